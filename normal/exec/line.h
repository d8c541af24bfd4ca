/* line.h - an open file of posternd's (abi/socket.h), on which many requests may be under way at once.
 *
 * This is not normal/device: that is a device as a program wants it, this is one as a kernel would
 * pass it on: payloads as they come, descriptors, and calls that end early. */
#ifndef NORMAL_EXEC_LINE_H
#define NORMAL_EXEC_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

struct line;

/* How often a request that takes long is asked whether it may give up. */
#define LINE_TICK_MS 50

/* Open `directory`/`name`. 0 or a negative errno: what posternd says open() gives, or what
 * connect() gave. */
MUST_CHECK int line_open(const char *directory, const char *name, struct line **line);

/* No request is under way. NULL: nothing happens. */
void line_close(struct line *line);

struct line_request {
	uint32_t operation;
	void *payload; /* sent, and replaced by the reply's, if that has one */
	size_t size;
	int send_fd;	 /* -1: none */
	int received_fd; /* out: -1, or the caller's */
	/* Asked each tick: true ends the request early, as a signal does that kills the caller. Its
	 * reply is still awaited, and may be that it was done. NULL: never. */
	bool (*give_up)(void *context);
	void *context;
};

/* What the ioctl gives: 0 or a negative errno. -ENODEV: posternd is gone, or talks nonsense. */
int line_call(struct line *line, struct line_request *request);

#endif
