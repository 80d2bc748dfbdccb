/*
 * writes ADDRESS… < SCRIPT
 * Performs kernel writes exactly as they are written down, to compare the real kernel with a model of it. A line of
 * the script is a path, a tab, and the bytes with C's escapes (\n, \t, \r, \\, \xHH, and one to three octal digits);
 * nothing after the tab is a write of length zero. A line without a tab is a command for the stand-in host bridge, such as
 * "unplug 0001:00:00.0" (modules/control.c). Each line is one open(2) and one write(2), and gives one line of output:
 * "ok", the errno's name, or "short:" and the count; then, each after a tab, the driver of every ADDRESS ("none", or "-"
 * where there is no such function).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t unescape(char *text)
{
	char *to = text;

	for (char *from = text; *from;) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from += 2;
		switch (from[-1]) {
		case 'n': *to++ = '\n'; break;
		case 't': *to++ = '\t'; break;
		case 'r': *to++ = '\r'; break;
		case '0' ... '7': {
			char digits[4] = { from[-1] };

			for (int at = 1; at < 3 && *from >= '0' && *from <= '7'; at++)
				digits[at] = *from++;
			*to++ = strtoul(digits, NULL, 8);
			break;
		}
		case 'x': {
			char digits[3] = { from[0], from[0] ? from[1] : 0, 0 };

			*to++ = strtoul(digits, NULL, 16);
			from += strlen(digits);
			break;
		}
		case '\0': from--; break;
		default: *to++ = from[-1];
		}
	}
	return to - text;
}

static void print_result(const char *path, const char *bytes, size_t size)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t count;

	if (file < 0) {
		printf("%s", strerrorname_np(errno));
		return;
	}
	count = write(file, bytes, size);
	if (count < 0)
		printf("%s", strerrorname_np(errno));
	else if ((size_t)count < size)
		printf("short:%zd", count);
	else
		printf("ok");
	close(file);
}

static void print_driver(const char *address)
{
	char path[128], target[512];
	ssize_t size;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", address);
	if (access(path, F_OK)) {
		printf("\t-");
		return;
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", address);
	size = readlink(path, target, sizeof(target) - 1);
	target[size < 0 ? 0 : size] = 0;
	printf("\t%s", size < 0 ? "none" : basename(target));
}

int main(int count, char **addresses)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t size;

	while ((size = getline(&line, &capacity, stdin)) > 0) {
		char *bytes;

		line[strcspn(line, "\n")] = 0;
		bytes = strchr(line, '\t');
		if (bytes) {
			*bytes++ = 0;
			print_result(line, bytes, unescape(bytes));
		} else {
			print_result("/dev/standin", line, strlen(line));
		}
		for (int at = 1; at < count; at++)
			print_driver(addresses[at]);
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}
