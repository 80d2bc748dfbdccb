/* How channels begin. Each is a process of its own, for a file too: the kernel's files may block whoever touches them. */
#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int pipe_to_agent(int descriptor)
{
	fcntl(descriptor, F_SETPIPE_SZ, 1 << 20);
	fcntl(descriptor, F_SETFL, O_NONBLOCK);
	return descriptor;
}

/* True in the new process, whose standard streams are the channel's. */
static bool channel_fork(uint32_t number)
{
	struct channel *channel = channel_add(number);
	int input[2], output[2], error[2];
	sigset_t none;

	if (pipe2(input, O_CLOEXEC) || pipe2(output, O_CLOEXEC) || pipe2(error, O_CLOEXEC))
		exit(1);
	send_began(number);
	channel->process = fork();
	if (channel->process == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		setsid();
		dup2(input[0], 0);
		dup2(output[1], 1);
		dup2(error[1], 2);
		close(input[1]);
		return true;
	}
	close(input[0]);
	close(output[1]);
	close(error[1]);
	channel->input = pipe_to_agent(input[1]);
	channel->output = pipe_to_agent(output[0]);
	channel->error = pipe_to_agent(error[0]);
	return false;
}

void open_command(uint32_t number, char *words, size_t size)
{
	char *arguments[256];
	int count = 0;

	for (char *word = words; word < words + size && count < 255; word += strlen(word) + 1)
		arguments[count++] = word;
	arguments[count] = NULL;
	if (!channel_fork(number))
		return;
	execvp(arguments[0], arguments);
	dprintf(2, "%s: %s\n", arguments[0], strerror(errno));
	_exit(127);
}

static int copy(int from, int to)
{
	static char buffer[CHUNK];
	ssize_t size;

	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		for (ssize_t at = 0, count; at < size; at += count)
			if ((count = write(to, buffer + at, size - at)) < 0)
				return errno;
	return size < 0 ? errno : 0;
}

/* All that comes, in one write(2), though it be of length zero. */
static int write_once(int from, int to)
{
	static char buffer[CHUNK];
	size_t size = 0;
	ssize_t count;

	while (size < sizeof(buffer) && (count = read(from, buffer + size, sizeof(buffer) - size)) > 0)
		size += count;
	count = write(to, buffer, size);
	return count < 0 ? errno : (size_t)count < size ? EMSGSIZE : 0;
}

/* Without a mode it is a file of the kernel's: nothing is made, it keeps its mode, and it gets one write. */
void open_to_write(uint32_t number, const char *mode, char *path)
{
	int file;

	if (!channel_fork(number))
		return;
	for (char *slash = strchr(path + 1, '/'); *mode && slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	file = open(path, O_WRONLY | (*mode ? O_CREAT | O_TRUNC : 0), 0600);
	if (file < 0 || (*mode && fchmod(file, strtoul(mode, NULL, 8))))
		_exit(errno);
	_exit(*mode ? copy(0, file) : write_once(0, file));
}

void open_to_read(uint32_t number, const char *path)
{
	int file;

	if (!channel_fork(number))
		return;
	file = open(path, O_RDONLY);
	_exit(file < 0 ? errno : copy(file, 1));
}
