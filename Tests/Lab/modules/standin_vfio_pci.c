// SPDX-License-Identifier: GPL-2.0
/* The variant driver for 1d6b:7f10, named as the kernel names its own: mlx5_vfio_pci, nvgrace_gpu_vfio_pci. */
#define VARIANT "standin_vfio_pci"
#define VARIANT_DEVICE 0x7f10
#include "standin_vfio.c"
