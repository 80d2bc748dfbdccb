// The administrative settings of virtual functions (rtnetlink(7)). One of these calls writes to the kernel, so only Engine depends on them.
#pragma once

#include <stdint.h>

// The administrative settings of a virtual function, as the interface of its physical function reports and takes them.
struct linux_vf {
    uint32_t index;
    uint8_t address[6];
    uint16_t vlan;
    uint8_t priority;
};

// Reads them (RTM_GETLINK with RTEXT_FILTER_VF); `found->index` names the virtual function. -1 with errno, ENODATA where the interface
// does not report it.
int32_t linux_vf_read(uint32_t interface, struct linux_vf *found);

// Writes the MAC address or the VLAN with its priority (RTM_SETLINK with IFLA_VFINFO_LIST); -1 with the driver's errno.
int32_t linux_vf_write(uint32_t interface, struct linux_vf wanted, int with_address);

// The messages of these two, written into 256 bytes; their length.
int32_t linux_vf_question(uint8_t *buffer, uint32_t interface);
int32_t linux_vf_order(uint8_t *buffer, uint32_t interface, struct linux_vf wanted, int with_address);

// Reads the kernel's answer: link or acknowledgement. `bytes` are aligned to 4.
int32_t linux_vf_answer(const uint8_t *bytes, int32_t size, struct linux_vf *found);
