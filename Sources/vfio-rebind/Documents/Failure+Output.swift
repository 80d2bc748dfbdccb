import Glibc
import JSON

extension Failure {
    /// Ends the program with it.
    func end(asJSON: Bool) -> Never {
        print(asJSON: asJSON)
        exit(status.rawValue)
    }

    /// Says it on standard error, and as a document on standard output where that is asked for.
    func print(asJSON: Bool) {
        Output.error("vfio-rebind: \(message)", priority: 3)
        for detail in details { Output.error(detail, priority: 3) }
        if asJSON { Output.standard(JSONDocument.error(status, message, details).text) }
    }
}
