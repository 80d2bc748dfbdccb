/*
 * The guest's end of the lab: runs commands and moves files for the machine outside, over one virtio-serial port.
 *
 * A frame is: length of the payload (u32), channel (u32), kind (u8), payload; numbers are little-endian.
 *   in:  R run (argv, each word ended by NUL)   W write a file (mode, path)   G get a file (path)
 *        D data for standard input or the file; empty: its end   K kill   C set the clock (u64 microseconds)
 *   out: H hello, once after each start   B began (u64 monotonic microseconds)   O, E output and errors
 *        X ended (i32 exit status, or minus the signal; for files the errno; u64 monotonic microseconds)
 * For a file a channel's process copies, so that data flows the same way.
 *
 *   main.c     waits for whatever happens next
 *   port.c     the port, and frames on it
 *   channel.c  channels: commands and files, and what flows through them
 *   open.c     how channels begin
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CHUNK (256 * 1024)

struct channel {
	struct channel *next;
	uint32_t number;
	pid_t process;
	int input, output, error;		/* -1: closed */
	bool ended, input_complete;
	int status;
	char *pending;				/* input that its reader did not take yet */
	size_t pending_from, pending_to;
};

/* port.c */
extern int port;
int port_open(const char *name);
void port_receive(void (*obey)(uint32_t number, char kind, char *payload, size_t size));
void send_frame(uint32_t channel, char kind, const void *payload, uint32_t size);
void send_began(uint32_t number);
void send_ended(uint32_t number, int32_t status);

/* channel.c */
extern struct channel *channels;
struct channel *channel_add(uint32_t number);
void channel_input(struct channel *channel, const char *data, size_t size);
void channel_feed(struct channel *channel);
bool channel_drain(struct channel *channel, int *descriptor, char kind);
void channels_reap(void);
void channels_sweep(void);

/* open.c */
void open_command(uint32_t number, char *words, size_t size);
void open_to_write(uint32_t number, const char *mode, char *path);
void open_to_read(uint32_t number, const char *path);

#endif
