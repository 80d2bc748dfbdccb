/*
 * eligible [--hold] ADDRESS
 * Does with a function what a virtual machine monitor does before it passes the function on: opens its IOMMU group,
 * asks whether it is viable, puts it behind a container, opens the device and maps memory for DMA. Prints a line for
 * each step; the first step that fails is the last, with its errno, and the exit status is 1.
 * --hold keeps the device open until standard input ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define DMA_SIZE (1 << 20)

/* Prints how the step went; a negative value is a failure. */
static int step(const char *name, int value)
{
	printf("%s %s\n", name, value < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
	return value;
}

static int group_open(const char *address)
{
	char path[256], link[256];
	ssize_t size;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
	size = readlink(path, link, sizeof(link) - 1);
	if (size < 0)
		return -1;
	link[size] = 0;
	snprintf(path, sizeof(path), "/dev/vfio/%s", basename(link));
	return open(path, O_RDWR | O_CLOEXEC);
}

int main(int count, char **arguments)
{
	int hold = count == 3 && !strcmp(arguments[1], "--hold");
	const char *address = arguments[count - 1];
	struct vfio_group_status status = { .argsz = sizeof(status) };
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map), .iova = DMA_SIZE, .size = DMA_SIZE,
						.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE };
	int container, group, device;
	char ignored[64];

	if (count != 2 + hold) {
		fprintf(stderr, "usage: eligible [--hold] ADDRESS\n");
		return 64;
	}
	container = step("container", open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
	if (container < 0)
		return 1;
	group = step("group", group_open(address));
	if (group < 0)
		return 1;
	if (step("status", ioctl(group, VFIO_GROUP_GET_STATUS, &status)) < 0)
		return 1;
	printf("viable %s\n", status.flags & VFIO_GROUP_FLAGS_VIABLE ? "yes" : "no");
	if (step("set_container", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)) < 0)
		return 1;
	if (step("type1v2", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)) < 0)
		return 1;
	device = step("device", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address));
	if (device < 0)
		return 1;
	map.vaddr = (unsigned long)mmap(NULL, DMA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (step("dma_map", ioctl(container, VFIO_IOMMU_MAP_DMA, &map)) < 0)
		return 1;
	if (hold) {
		puts("holding");
		fflush(stdout);
		while (read(0, ignored, sizeof(ignored)) > 0)
			;
	}
	return 0;
}
