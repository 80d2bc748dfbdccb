/// `physical`, `virtual` or `any`.
package enum RolePattern: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case any, physical, virtual

    package func matches(_ role: FunctionRole) -> Bool { self == .any || rawValue == role.rawValue }

    package var description: String { rawValue }
}
