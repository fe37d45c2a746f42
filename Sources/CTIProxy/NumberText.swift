/// Numbers as the tools print them: whole numbers keep their digits, others are shortest doubles.
enum NumberText {
    /// Writes the number that these bytes of a parsed text are.
    static func write(_ text: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        var digits = 0
        var dot = -1
        var isWhole = true
        for place in text.indices {
            let byte = text[place]
            if byte &- 0x30 <= 9 {
                digits &+= 1
            } else if byte == UInt8(ascii: ".") {
                isWhole = false
                dot = place
            } else if byte != UInt8(ascii: "-") {
                // An exponent or a word.
                return write(Double(String(decoding: text, as: UTF8.self)) ?? .nan, into: &output)
            }
        }
        if isWhole {
            if text.count == 2, text[0] == UInt8(ascii: "-"), text[1] == 0x30 {
                output.append(0x30)
            } else {
                output.append(contentsOf: text)
            }
            return
        }
        // Up to 15 digits a decimal is its double's shortest form, when it has no needless zero at either end.
        let first = text[0] == UInt8(ascii: "-") ? 1 : 0
        let last = text[text.count - 1]
        if digits <= 15, text[first] != 0x30, last != 0x30 || dot == text.count - 2 {
            output.append(contentsOf: text)
        } else {
            write(Double(String(decoding: text, as: UTF8.self)) ?? .nan, into: &output)
        }
    }

    /// Writes a double in the shortest form that reads back the same: fixed notation for exponents from -4 to 15.
    static func write(_ number: Double, into output: inout [UInt8]) {
        if number.isNaN { return output.append(contentsOf: "NaN".utf8) }
        if number.isInfinite { return output.append(contentsOf: (number < 0 ? "-Infinity" : "Infinity").utf8) }
        write(Decimal(number), fixedUpTo: 15, into: &output)
    }

    /// Writes a double with at most 12 significant digits, without trailing zeros but with at least one decimal.
    static func writeTwelveDigits(_ number: Double, into output: inout [UInt8]) {
        guard number.isFinite else { return write(number, into: &output) }
        var decimal = Decimal(number)
        decimal.round(to: 12, of: number)
        write(decimal, fixedUpTo: 11, into: &output)
    }

    /// `0.d₁d₂d₃… × 10^(exponent+1)`: the first digit has the weight 10^exponent.
    private struct Decimal {
        var isNegative = false
        var digits: [UInt8] = []
        var exponent = 0

        /// The shortest decimal that reads back as this finite number.
        init(_ number: Double) {
            var text = number.description[...]
            if text.first == "-" {
                isNegative = true
                text = text.dropFirst()
            }
            var shift = 0
            if let mark = text.firstIndex(of: "e") {
                shift = Int(text[text.index(after: mark)...]) ?? 0
                text = text[..<mark]
            }
            var point: Int?
            for byte in text.utf8 {
                if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte &- 0x30) }
            }
            exponent = (point ?? digits.count) - 1 + shift
            let zeros = digits.prefix { $0 == 0 }.count
            if zeros == digits.count {
                digits = [0]
                exponent = 0
            } else {
                digits.removeFirst(zeros)
                exponent -= zeros
                trim()
            }
        }

        mutating func trim() {
            while digits.count > 1, digits[digits.count - 1] == 0 { digits.removeLast() }
        }

        /// Rounds to some significant digits; what lies in the middle by its shortest form is decided by the exact
        /// value, and a true middle goes to the even digit.
        mutating func round(to count: Int, of number: Double) {
            guard digits.count > count else { return }
            let isMiddle = digits.count == count + 1 && digits[count] == 5
            var goesUp = digits[count] >= 5
            if isMiddle {
                // The number is `scaled / power` to within half a unit; the sign of the rest tells on which side.
                var scaled = 0.0
                for digit in digits { scaled = scaled * 10 + Double(digit) }
                let places = digits.count - 1 - exponent
                var power = 1.0
                for _ in 0..<min(22, abs(places)) { power *= 10 }
                let magnitude = abs(number)
                let rest = (0...22).contains(places) ? (-scaled).addingProduct(magnitude, power) : 0
                goesUp = rest > 0 || rest == 0 && digits[count - 1] % 2 == 1
            }
            digits.removeLast(digits.count - count)
            if goesUp {
                var place = count - 1
                while place >= 0, digits[place] == 9 {
                    digits[place] = 0
                    place -= 1
                }
                if place >= 0 {
                    digits[place] += 1
                } else {
                    digits = [1]
                    exponent += 1
                }
            }
            trim()
        }
    }

    private static func write(_ decimal: Decimal, fixedUpTo limit: Int, into output: inout [UInt8]) {
        let dot = UInt8(ascii: ".")
        let digits = decimal.digits
        let exponent = decimal.exponent
        if decimal.isNegative { output.append(UInt8(ascii: "-")) }
        if exponent < -4 || exponent > limit {
            output.append(0x30 + digits[0])
            if digits.count > 1 {
                output.append(dot)
                for digit in digits[1...] { output.append(0x30 + digit) }
            }
            output.append(UInt8(ascii: "e"))
            output.append(UInt8(ascii: exponent < 0 ? "-" : "+"))
            if abs(exponent) < 10 { output.append(0x30) }
            output.append(contentsOf: String(abs(exponent)).utf8)
        } else if exponent < 0 {
            output.append(0x30)
            output.append(dot)
            output.append(contentsOf: repeatElement(0x30, count: -1 - exponent))
            for digit in digits { output.append(0x30 + digit) }
        } else {
            for place in 0...max(exponent, digits.count - 1) {
                if place == exponent + 1 { output.append(dot) }
                output.append(0x30 + (place < digits.count ? digits[place] : 0))
            }
            if digits.count <= exponent + 1 {
                output.append(dot)
                output.append(0x30)
            }
        }
    }
}
