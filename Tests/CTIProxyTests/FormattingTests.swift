@testable import CTIProxy
import Testing
