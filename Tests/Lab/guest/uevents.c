/*
 * Records every uevent of the kernel, one JSON object a line: "us" is CLOCK_MONOTONIC in microseconds when it was
 * received, the rest are the event's own keys. {"lost": true} says that the socket overran.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void print_quoted(FILE *out, const char *text, size_t size)
{
	fputc('"', out);
	for (size_t at = 0; at < size; at++) {
		unsigned char character = text[at];

		if (character == '"' || character == '\\')
			fprintf(out, "\\%c", character);
		else if (character < 0x20 || character > 0x7e)
			fprintf(out, "\\u%04x", character);
		else
			fputc(character, out);
	}
	fputc('"', out);
}

int main(int count, char **arguments)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct sched_param priority = { .sched_priority = 1 };
	int buffer = 64 << 20, receiver = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	static char event[16384];
	FILE *out;

	if (count != 2) {
		fprintf(stderr, "usage: uevents FILE\n");
		return 64;
	}
	/* Times are those of reception, so that nothing but an interrupt should come before us. */
	sched_setscheduler(0, SCHED_FIFO, &priority);
	setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	mkdir("/run/lab", 0755);
	out = fopen(arguments[1], "ae");
	if (!out || bind(receiver, (struct sockaddr *)&address, sizeof(address))) {
		perror("uevents");
		return 1;
	}
	for (;;) {
		ssize_t size = recv(receiver, event, sizeof(event) - 1, 0);
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		if (size < 0) {
			fputs(errno == ENOBUFS ? "{\"lost\": true}\n" : "", out);
			fflush(out);
			continue;
		}
		event[size] = 0;
		fprintf(out, "{\"us\": %lld", now.tv_sec * 1000000LL + now.tv_nsec / 1000);
		/* The first string, action@path, says nothing that the keys do not. */
		for (char *pair = event + strlen(event) + 1; pair < event + size; pair += strlen(pair) + 1) {
			char *equals = strchr(pair, '=');

			if (!equals)
				continue;
			fputs(", ", out);
			print_quoted(out, pair, equals - pair);
			fputs(": ", out);
			print_quoted(out, equals + 1, strlen(equals + 1));
		}
		fputs("}\n", out);
		fflush(out);
	}
}
