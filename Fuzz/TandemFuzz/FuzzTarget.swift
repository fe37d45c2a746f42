/// What a check says about one input.
struct Verdict {
    /// What is wrong; nil when everything is as it must be.
    var problem: String?
    /// What kind of input this was, e.g. why it was refused. An input of a kind that was not seen before is kept and
    /// varied further.
    var kind: String

    static func fine(_ kind: String) -> Verdict { Verdict(problem: nil, kind: kind) }
    static func wrong(_ problem: String) -> Verdict { Verdict(problem: problem, kind: "wrong") }
}

/// One thing that is fuzzed: an entry of `FuzzTarget.all`. Its corpus are the files of `Fuzz/Corpus/<name>`.
struct FuzzTarget: Sendable {
    /// Its name on the command line, and that of its corpus.
    let name: String
    /// What must hold, as a sentence.
    let promise: String
    /// Words that mutations put in.
    let dictionary: [String]
    /// A known fault: a smoke run that does not find it has lost its eyes, and fails.
    var isCanary = false
    /// How many inputs a smoke run tries: a second or two of them.
    var smokeCases = 4_000
    /// The corpus of another target, for those that have none of their own.
    var corpusOf: String?
    /// Judges one input. The same input MUST get the same verdict.
    let check: @Sendable ([UInt8]) -> Verdict

    /// Every target. Another protocol joins by one line here and a folder of its corpus.
    static let all: [FuzzTarget] =
        [
            jsonTape, ctiLines, ctiServer, ami, rctiFrames, rctiLink,
        ] + canaries
}
