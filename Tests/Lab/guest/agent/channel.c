/* Channels: commands and files, and what flows through them. */
#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct channel *channels;

static void shut(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

struct channel *channel_add(uint32_t number)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	*channel = (struct channel){ .next = channels, .number = number, .input = -1, .output = -1, .error = -1 };
	return channels = channel;
}

/* Gives pending input to its reader, as far as that takes it. */
void channel_feed(struct channel *channel)
{
	while (channel->input >= 0 && channel->pending_from < channel->pending_to) {
		size_t size = channel->pending_to - channel->pending_from;
		ssize_t count = write(channel->input, channel->pending + channel->pending_from, size);

		if (count < 0 && errno == EAGAIN)
			return;
		channel->pending_from += count < 0 ? size : (size_t)count; /* below 0: nobody reads it any more */
	}
	channel->pending_from = channel->pending_to = 0;
	if (channel->input_complete)
		shut(&channel->input);
}

void channel_input(struct channel *channel, const char *data, size_t size)
{
	if (size) {
		channel->pending = realloc(channel->pending, channel->pending_to + size);
		memcpy(channel->pending + channel->pending_to, data, size);
		channel->pending_to += size;
	} else {
		channel->input_complete = true;
	}
	channel_feed(channel);
}

/* Passes on what there is to read; false: nothing now. */
bool channel_drain(struct channel *channel, int *descriptor, char kind)
{
	static char text[CHUNK];
	ssize_t count = *descriptor < 0 ? -1 : read(*descriptor, text, sizeof(text));

	if (count > 0) {
		send_frame(channel->number, kind, text, count);
		return true;
	}
	if (*descriptor >= 0 && (count == 0 || errno != EAGAIN))
		shut(descriptor);
	return false;
}

void channels_reap(void)
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
void channels_sweep(void)
{
	for (struct channel **link = &channels, *channel; (channel = *link);) {
		if (!channel->ended) {
			link = &channel->next;
			continue;
		}
		while (channel_drain(channel, &channel->output, 'O'))
			;
		while (channel_drain(channel, &channel->error, 'E'))
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
