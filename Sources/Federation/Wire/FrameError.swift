import TandemCore

/// Why a line is not a frame.
package struct FrameError: Error, Hashable, CustomStringConvertible {
    /// The class of the frame, when it could be read.
    var frame: String
    /// What is wrong, naming the field.
    var problem: String

    /// Class and fault.
    package var description: String { frame.isEmpty ? problem : "\(frame): \(problem)" }
}
