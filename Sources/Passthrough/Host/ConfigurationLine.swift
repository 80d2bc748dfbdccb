/// One line of a file of configuration, and its place.
package struct ConfigurationLine: Sendable, Hashable {
    /// The path as seen without `--root`.
    package let file: String
    /// Counted from 1.
    package let number: Int
    package let text: String

    package init(file: String, number: Int, text: String) {
        self.file = file
        self.number = number
        self.text = text
    }

    /// `/etc/modprobe.d/vfio.conf:3`.
    package var place: String { "\(file):\(number)" }
}
