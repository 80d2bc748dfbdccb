/* Waits for whatever happens next: frames, output, room for input, ends of children. */
#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <unistd.h>

#define MOST 256			/* channels looked at in one round */

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
		open_command(number, payload, size);
	else if (kind == 'W')
		open_to_write(number, payload, payload + strlen(payload) + 1);
	else if (kind == 'G')
		open_to_read(number, payload);
	else if (kind == 'C')
		set_clock(number, *(uint64_t *)payload);
	else if (kind == 'D' && channel)
		channel_input(channel, payload, size);
	else if (kind == 'K' && channel)
		kill(-channel->process, SIGKILL);
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
		struct pollfd waits[2 + 3 * MOST] = { { port, POLLIN, 0 }, { signals, POLLIN, 0 } };
		int count = 2, at = 2;
		char ignored[sizeof(struct signalfd_siginfo)];

		for (struct channel *channel = channels; channel && count < 2 + 3 * (MOST - 1); channel = channel->next) {
			waits[count++] = (struct pollfd){ channel->output, POLLIN, 0 };
			waits[count++] = (struct pollfd){ channel->error, POLLIN, 0 };
			waits[count++] = (struct pollfd){ channel->pending_to ? channel->input : -1, POLLOUT, 0 };
		}
		poll(waits, count, -1);
		for (struct channel *channel = channels; channel && at < count; channel = channel->next, at += 3) {
			if (waits[at].revents)
				channel_drain(channel, &channel->output, 'O');
			if (waits[at + 1].revents)
				channel_drain(channel, &channel->error, 'E');
			if (waits[at + 2].revents)
				channel_feed(channel);
		}
		if (waits[1].revents) {
			while (read(signals, ignored, sizeof(ignored)) > 0)
				;
			channels_reap();
		}
		if (waits[0].revents)
			port_receive(obey);
		channels_sweep();
	}
}
