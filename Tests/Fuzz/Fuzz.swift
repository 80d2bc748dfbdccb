import FuzzTargets
import Glibc

/// What libFuzzer calls with each input; `VFIO_REBIND_FUZZ_TARGET` names the reader that gets it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let complaint = reader.complaint(Array(UnsafeBufferPointer(start: start, count: count))) {
        fatalError(complaint)
    }
    return 0
}

nonisolated(unsafe) private let reader: any FuzzReader = {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name = getenv("VFIO_REBIND_FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
        fatalError("VFIO_REBIND_FUZZ_TARGET must be one of \(names)")
    }
    do {
        return try target.reader()
    } catch {
        fatalError("\(target.rawValue): \(error)")
    }
}()
