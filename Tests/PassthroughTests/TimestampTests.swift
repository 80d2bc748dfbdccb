import Passthrough
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "a second of the Gregorian calendar",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"), (951_868_800, "2000-03-01T00:00:00Z"),
            (1_763_842_000, "2025-11-22T20:06:40Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
            (4_107_456_000, "2100-02-28T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        ])
    func text(_ seconds: Int64, _ wanted: String) { #expect(Timestamp.text(seconds) == wanted) }

    @Test("no number is too large or too small", arguments: [Int64.min, .min + 1, .max])
    func extremes(_ seconds: Int64) { #expect(Timestamp.text(seconds).hasSuffix("Z")) }
}
