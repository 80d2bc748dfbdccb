/// Why a function is not isolated by an IOMMU.
package enum IOMMUObstacle: Hashable, Sendable {
    case noGroup
    /// VFIO made the group in its no-IOMMU mode, `enable_unsafe_noiommu_mode`.
    case noIOMMUMode
}
