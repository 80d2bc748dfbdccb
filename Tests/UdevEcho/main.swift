// With the argument `overrun`, in a network namespace of its own: loses messages in a monitor and drains it.
//
// Otherwise run under umockdev-wrapper. Reads one command a line from standard input, prints what the monitor says of it:
//   device NAME SUBSYSTEM PARENT|- [KEY=VALUE…]   adds a device, prints `path` and its path
//   send ACTION PATH                              sends a uevent
//   bytes HEX                                     sends these bytes to the monitor's socket
//   drain                                         prints a line for each message, then `nothing`
import Glibc
import Passthrough
import SystemPackage
import Udev

private func describe(_ event: Uevent) -> String {
    let facts: [String?] = [
        event.id?.description, event.subsystem?.description, event.classCode?.description, event.driver?.description,
    ]
    let text = facts.map { $0 ?? "-" }.joined(separator: " ")
    return "event \(event.action) \(event.address) \(event.origin) \(text)"
}

private func drain(_ monitor: borrowing UdevMonitor) throws(UdevError) {
    while true {
        switch try monitor.next() {
        case .event(let event): print(describe(event))
        case .ignored(let reason): print("ignored \(reason.map(\.description) ?? "by libudev")")
        case .overrun(let reason): print("overrun \(reason.rawValue)")
        case .nothing: return print("nothing")
        }
    }
}

private func add(_ words: [String], to testbed: Testbed) {
    guard words.count >= 4 else { return print("device: NAME SUBSYSTEM PARENT") }
    let properties = words[4...].compactMap { word -> (key: String, value: String)? in
        let parts = word.split(separator: "=", maxSplits: 1)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }
    let parent = words[3] == "-" ? nil : words[3]
    print("path", testbed.add(words[1], subsystem: words[2], parent: parent, properties: properties) ?? "none")
}

private func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.utf8.count - 1, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
}

private func obey(_ testbed: Testbed) throws(UdevError) {
    // umockdev has no udevd: any file that is there stands for its control socket.
    let monitor = try UdevMonitor(.udev, receiveBuffer: 1 << 20, control: "/")
    print("open", monitor.descriptor >= 0, monitor.receiveBuffer > 0)
    while let line = readLine() {
        let words = line.split(separator: " ").map(String.init)
        switch words.first {
        case "device": add(words, to: testbed)
        case "send" where words.count == 3: testbed.send(words[1], path: words[2])
        case "bytes" where words.count == 2: testbed.send(bytes: bytes(words[1]))
        case "drain": try drain(monitor)
        default: print("unknown command: \(line)")
        }
    }
}

private func overrun() throws(UdevError) {
    let monitor = try UdevMonitor(.kernel, receiveBuffer: 16384)
    guard Overrun.provoke(messages: 200) else { return print("this namespace takes no messages") }
    try drain(monitor)
}

do {
    if CommandLine.arguments.dropFirst().first == "overrun" {
        try overrun()
    } else if let testbed = Testbed() {
        try obey(testbed)
    } else {
        print("libumockdev.so.0 is missing: install libumockdev0")
        exit(1)
    }
} catch {
    print(error)
    exit(1)
}
