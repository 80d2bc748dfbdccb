/*
 * The guest's end of the lab: runs commands and moves files for the machine outside, over one virtio-serial port.
 *
 * A frame is: length of the payload (u32), channel (u32), kind (u8), payload; numbers are little-endian.
 *   in:  R run (argv, each word ended by NUL)   W write a file (mode, path)   G get a file (path)
 *        D data for standard input or the file; empty: its end   K kill   C set the clock (u64 microseconds)
 *   out: H hello, once after each start   B began (u64 monotonic microseconds)   O, E output and errors
 *        X ended (i32 exit status, or minus the signal; for files the errno; u64 monotonic microseconds)
 * A file is a channel without a process, so that data flows the same way.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (256 * 1024)
#define HEADER 9

struct channel {
	struct channel *next;
	uint32_t number;
	pid_t process;				/* 0: a file */
	int input, output, error;		/* -1: closed */
	bool ended, input_complete;
	int status;
	char *pending;				/* input that its reader did not take yet */
	size_t pending_size;
};

static struct channel *channels;
static int port;

static void send_frame(uint32_t channel, char kind, const void *payload, uint32_t size)
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

static void send_began(uint32_t number)
{
	uint64_t now = monotonic_microseconds();

	send_frame(number, 'B', &now, sizeof(now));
}

static void send_ended(uint32_t number, int32_t status)
{
	char payload[12];
	uint64_t now = monotonic_microseconds();

	memcpy(payload, &status, 4);
	memcpy(payload + 4, &now, 8);
	send_frame(number, 'X', payload, sizeof(payload));
}

static void shut(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

static struct channel *channel_add(uint32_t number)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	*channel = (struct channel){ .next = channels, .number = number, .input = -1, .output = -1, .error = -1 };
	return channels = channel;
}

static void run(uint32_t number, char *words, size_t size)
{
	struct channel *channel = channel_add(number);
	int input[2], output[2], error[2], count = 0;
	char *arguments[256];

	for (char *word = words; word < words + size && count < 255; word += strlen(word) + 1)
		arguments[count++] = word;
	arguments[count] = NULL;
	if (pipe2(input, O_CLOEXEC) || pipe2(output, O_CLOEXEC) || pipe2(error, O_CLOEXEC))
		exit(1);
	send_began(number);
	channel->process = fork();
	if (channel->process == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setsid();
		dup2(input[0], 0);
		dup2(output[1], 1);
		dup2(error[1], 2);
		execvp(arguments[0], arguments);
		dprintf(2, "%s: %s\n", arguments[0], strerror(errno));
		_exit(127);
	}
	close(input[0]);
	close(output[1]);
	close(error[1]);
	channel->input = input[1];
	channel->output = output[0];
	channel->error = error[0];
	fcntl(channel->input, F_SETPIPE_SZ, 1 << 20);
	fcntl(channel->output, F_SETPIPE_SZ, 1 << 20);
	fcntl(channel->input, F_SETFL, O_NONBLOCK);
	fcntl(channel->output, F_SETFL, O_NONBLOCK);
	fcntl(channel->error, F_SETFL, O_NONBLOCK);
}

static void file_write(uint32_t number, char *mode, char *path)
{
	struct channel *channel;
	int file;

	/* Without a mode it is a file of the kernel's: nothing is made, and it keeps its mode. */
	for (char *slash = strchr(path + 1, '/'); *mode && slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	file = open(path, O_WRONLY | O_CLOEXEC | (*mode ? O_CREAT | O_TRUNC : 0), 0600);
	if (file < 0) {
		send_ended(number, errno);
		return;
	}
	if (*mode)
		fchmod(file, strtoul(mode, NULL, 8));
	channel = channel_add(number);
	channel->input = file;
}

static void file_get(uint32_t number, const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		send_ended(number, errno);
	else
		channel_add(number)->output = file;
}

/* Gives pending input to its reader, as far as that takes it. */
static void feed(struct channel *channel)
{
	while (channel->input >= 0 && channel->pending_size) {
		ssize_t count = write(channel->input, channel->pending, channel->pending_size);

		if (count < 0 && errno == EAGAIN)
			return;
		if (count < 0) {
			if (!channel->process)
				channel->status = errno;
			count = channel->pending_size;
		}
		channel->pending_size -= count;
		memmove(channel->pending, channel->pending + count, channel->pending_size);
	}
	if (!channel->input_complete)
		return;
	shut(&channel->input);
	if (!channel->process)
		channel->ended = true;
}

static void data(struct channel *channel, const char *payload, size_t size)
{
	if (size) {
		channel->pending = realloc(channel->pending, channel->pending_size + size);
		memcpy(channel->pending + channel->pending_size, payload, size);
		channel->pending_size += size;
	} else {
		channel->input_complete = true;
	}
	feed(channel);
}

static void set_clock(uint32_t number, uint64_t microseconds)
{
	struct timeval now = { microseconds / 1000000, microseconds % 1000000 };

	send_ended(number, settimeofday(&now, NULL) ? errno : 0);
}

static void obey(uint32_t number, char kind, char *payload, size_t size)
{
	struct channel *channel = channels;

	while (channel && channel->number != number)
		channel = channel->next;
	if (kind == 'R')
		run(number, payload, size);
	else if (kind == 'W')
		file_write(number, payload, payload + strlen(payload) + 1);
	else if (kind == 'G')
		file_get(number, payload);
	else if (kind == 'C')
		set_clock(number, *(uint64_t *)payload);
	else if (kind == 'D' && channel)
		data(channel, payload, size);
	else if (kind == 'K' && channel && channel->process)
		kill(-channel->process, SIGKILL);
}

static void receive(void)
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

/* Passes on what there is to read; false: nothing now. */
static bool drain(struct channel *channel, int *descriptor, char kind)
{
	static char text[CHUNK];
	ssize_t count = *descriptor < 0 ? -1 : read(*descriptor, text, sizeof(text));

	if (count > 0) {
		send_frame(channel->number, kind, text, count);
		return true;
	}
	if (*descriptor >= 0 && (count == 0 || errno != EAGAIN)) {
		if (!channel->process) {
			channel->ended = true;
			channel->status = count < 0 ? errno : 0;
		}
		shut(descriptor);
	}
	return false;
}

static void reap(void)
{
	pid_t process;
	int status;

	while ((process = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct channel *channel = channels; channel; channel = channel->next)
			if (channel->process == process) {
				channel->ended = true;
				channel->status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
			}
}

/* What ended is reported once its output is out. What it left running may keep the pipes; nobody waits for that. */
static void sweep(void)
{
	for (struct channel **link = &channels, *channel; (channel = *link);) {
		if (!channel->ended) {
			link = &channel->next;
			continue;
		}
		while (channel->process && drain(channel, &channel->output, 'O'))
			;
		while (channel->process && drain(channel, &channel->error, 'E'))
			;
		shut(&channel->input);
		shut(&channel->output);
		shut(&channel->error);
		send_ended(channel->number, channel->status);
		*link = channel->next;
		free(channel->pending);
		free(channel);
	}
}

/* The port by its name, without udev's links: this program starts early. */
static int port_open(const char *wanted)
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

int main(void)
{
	sigset_t children;
	int signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	port = port_open("lab");
	send_frame(0, 'H', "", 0);
	for (;;) {
		struct pollfd waits[2 + 3 * 256] = { { port, POLLIN, 0 }, { signals, POLLIN, 0 } };
		int count = 2, at = 2;
		char ignored[sizeof(struct signalfd_siginfo)];

		for (struct channel *channel = channels; channel && count < 2 + 3 * 255; channel = channel->next) {
			waits[count++] = (struct pollfd){ channel->output, POLLIN, 0 };
			waits[count++] = (struct pollfd){ channel->error, POLLIN, 0 };
			waits[count++] = (struct pollfd){ channel->pending_size ? channel->input : -1, POLLOUT, 0 };
		}
		poll(waits, count, -1);
		for (struct channel *channel = channels; channel && at < count; channel = channel->next, at += 3) {
			if (waits[at].revents)
				drain(channel, &channel->output, 'O');
			if (waits[at + 1].revents)
				drain(channel, &channel->error, 'E');
			if (waits[at + 2].revents)
				feed(channel);
		}
		if (waits[1].revents) {
			while (read(signals, ignored, sizeof(ignored)) > 0)
				;
			reap();
		}
		if (waits[0].revents)
			receive();
		sweep();
	}
}
