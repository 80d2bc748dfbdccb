/// The makers of processors that differ in how an IOMMU is switched on.
package enum Processor: String, Sendable, CaseIterable {
    case intel, amd, arm, power, other
    case ibmZ = "ibm_z"
}
