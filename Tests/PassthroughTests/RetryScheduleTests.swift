import Testing

@testable import Passthrough

@Suite("When a failure is tried again")
struct RetryScheduleTests {
    @Test("the delay doubles from 1 s to 5 minutes")
    func delays() {
        var schedule = RetrySchedule()
        #expect(schedule.next == nil)
        var now: Int64 = 50
        var delays: [Int64] = []
        for _ in 1...12 {
            schedule.fail(at: now)
            delays.append((schedule.next ?? 0) - now)
            now = schedule.next ?? 0
            schedule.begin()
            #expect(schedule.next == nil)
        }
        #expect(delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map { $0 * 1000 })
        #expect(schedule.failures == 12)
    }

    @Test("no number of failures overflows")
    func many() {
        var schedule = RetrySchedule()
        for _ in 0..<100_000 { schedule.fail(at: 7) }
        #expect(schedule.next == 300_007)
    }

    @Test("an event brings the next try forward, but never closer to the last than the pace")
    func events() {
        var schedule = RetrySchedule()
        schedule.hasten(at: 5)
        #expect(schedule.next == nil, "nothing has failed")
        for _ in 0..<3 { schedule.fail(at: 0) }
        schedule.hasten(at: 10)
        #expect(schedule.next == 4_000, "a short delay stays")
        for _ in 0..<6 { schedule.fail(at: 0) }
        schedule.hasten(at: 10)
        #expect(schedule.next == 20_000)
        schedule.hasten(at: 15)
        #expect(schedule.next == 20_000)
        schedule.fail(at: 0)
        schedule.hasten(at: 90_000)
        #expect(schedule.next == 90_000)
        schedule.hasten(at: 95_000)
        #expect(schedule.next == 90_000, "it is due already")
    }
}
