/// One condition of the index: a number of the function, masked, must be a value.
struct IndexCondition {
    enum Kind: UInt8 {
        case any, id, subsystem, classCode, address
    }

    let kind: Kind
    var mask: UInt64 = 0
    var value: UInt64 = 0
}
