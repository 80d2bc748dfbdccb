#!/bin/bash
# Puts vfio-rebind into the initramfs, so that a card whose native driver is there goes to vfio-pci first.
# Not unless it is asked for: echo 'add_dracutmodules+=" vfio-rebind "' > /etc/dracut.conf.d/vfio-rebind.conf && dracut --force
# After a change of the policies, dracut --force makes them hold in the early boot too.

check() {
    require_binaries /usr/sbin/vfio-rebind || return 1
    return 255
}

depends() {
    echo udev-rules
}

installkernel() {
    # Whatever the host uses now: the card may come later.
    hostonly='' instmods vfio-pci vfio_iommu_type1
}

install() {
    /usr/lib/vfio-rebind/early-policies "$initdir/etc/vfio-rebind/policy.d" || return 0
    inst_binary /usr/sbin/vfio-rebind
    inst_rules 60-vfio-rebind.rules
}
