/// One step that was made.
package struct StepOutcome: Sendable, Hashable {
    package let step: Step
    /// `ok`, or the errno's name.
    package let result: String
    package let milliseconds: Int

    package init(step: Step, result: String, milliseconds: Int) {
        self.step = step
        self.result = result
        self.milliseconds = milliseconds
    }
}
