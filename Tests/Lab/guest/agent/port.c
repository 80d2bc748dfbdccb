/* The port, and frames on it. */
#define _GNU_SOURCE
#include "agent.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HEADER 9

int port;

void send_frame(uint32_t channel, char kind, const void *payload, uint32_t size)
{
	static char frame[HEADER + CHUNK];
	size_t sent = 0, total = HEADER + size;

	memcpy(frame, &size, 4);
	memcpy(frame + 4, &channel, 4);
	frame[8] = kind;
	memcpy(frame + HEADER, payload, size);
	while (sent < total) {
		ssize_t count = write(port, frame + sent, total - sent);

		if (count > 0)
			sent += count;
		else if (errno != EINTR && errno != EAGAIN)
			return;
	}
}

static uint64_t monotonic_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

void send_began(uint32_t number)
{
	uint64_t now = monotonic_microseconds();

	send_frame(number, 'B', &now, sizeof(now));
}

void send_ended(uint32_t number, int32_t status)
{
	char payload[12];
	uint64_t now = monotonic_microseconds();

	memcpy(payload, &status, 4);
	memcpy(payload + 4, &now, 8);
	send_frame(number, 'X', payload, sizeof(payload));
}

void port_receive(void (*obey)(uint32_t number, char kind, char *payload, size_t size))
{
	static char frame[HEADER + CHUNK + 1];
	static size_t filled;
	ssize_t count = read(port, frame + filled, HEADER + CHUNK - filled);
	uint32_t size, number;

	if (count <= 0) {
		usleep(10000);	/* nobody is at the other end */
		return;
	}
	filled += count;
	while (filled >= HEADER && (memcpy(&size, frame, 4), filled >= HEADER + size)) {
		char *payload = frame + HEADER, after = payload[size];

		memcpy(&number, frame + 4, 4);
		payload[size] = 0;
		obey(number, frame[8], payload, size);
		payload[size] = after;
		filled -= HEADER + size;
		memmove(frame, payload + size, filled);
	}
}

/* The port by its name, without udev's links: this program starts early. */
int port_open(const char *wanted)
{
	for (;; usleep(20000)) {
		DIR *ports = opendir("/sys/class/virtio-ports");

		for (struct dirent *entry; ports && (entry = readdir(ports));) {
			char path[300], name[64] = "";
			FILE *file;
			int found;

			snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
			file = fopen(path, "re");
			found = file && fscanf(file, "%63s", name) == 1 && !strcmp(name, wanted);
			if (file)
				fclose(file);
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			if (found && (found = open(path, O_RDWR | O_CLOEXEC)) >= 0) {
				closedir(ports);
				return found;
			}
		}
		if (ports)
			closedir(ports);
	}
}
