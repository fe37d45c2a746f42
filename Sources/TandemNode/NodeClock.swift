import NIOCore
import TandemCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads both clocks of the machine: the only place from which a node's cores learn the time.
public enum NodeClock {
    /// The present.
    public static func now() -> Moment {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        return Moment(
            instant: Instant(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds)),
            unixTime: Double(wall.tv_sec) + Double(wall.tv_nsec) / 1e9)
    }
}
