/* event_log.h - the driver's events, for those who asked to see them.
 *
 * A reader has a queue of its own; when it is too slow its newest events are dropped and counted. With
 * no reader an event costs one load. */
#ifndef NORMAL_DAEMON_EVENT_LOG_H
#define NORMAL_DAEMON_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bits.h"
#include "normal/driver/event.h"

#define EVENT_QUEUE_MAX	  8192u
#define EVENT_READERS_MAX 8u

struct event_reader;

void event_log_add(const struct driver_event *event);

/* NULL: too many readers, or no memory. */
MUST_CHECK struct event_reader *event_reader_open(void);
void event_reader_close(struct event_reader *reader);

/* The next event; sleeps until there is one. false: event_reader_finish() was called and all was read. */
MUST_CHECK bool event_reader_next(struct event_reader *reader, struct driver_event *event);

/* No more events after those already queued. Any thread. */
void event_reader_finish(struct event_reader *reader);

/* Events dropped so far. */
uint64_t event_reader_dropped(const struct event_reader *reader);

#endif
