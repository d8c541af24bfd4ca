#include "normal/daemon/event_log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct event_reader {
	pthread_cond_t changed;
	bool finished;
	uint64_t dropped;
	unsigned int first;
	unsigned int count;
	struct driver_event queue[EVENT_QUEUE_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct event_reader *readers[EVENT_READERS_MAX];
static atomic_uint reader_count;

static void reader_add(struct event_reader *reader, const struct driver_event *event)
{
	if (reader->finished) {
		return;
	}
	if (reader->count == EVENT_QUEUE_MAX) {
		reader->dropped++;
		return;
	}
	reader->queue[(reader->first + reader->count) % EVENT_QUEUE_MAX] = *event;
	reader->count++;
	pthread_cond_signal(&reader->changed);
}

void event_log_add(const struct driver_event *event)
{
	unsigned int i;

	if (atomic_load(&reader_count) == 0) {
		return;
	}
	pthread_mutex_lock(&lock);
	for (i = 0; i < EVENT_READERS_MAX; i++) {
		if (readers[i] != NULL) {
			reader_add(readers[i], event);
		}
	}
	pthread_mutex_unlock(&lock);
}

struct event_reader *event_reader_open(void)
{
	struct event_reader *reader = calloc(1, sizeof(*reader));
	unsigned int i;

	if (reader == NULL) {
		return NULL;
	}
	pthread_cond_init(&reader->changed, NULL);
	pthread_mutex_lock(&lock);
	for (i = 0; i < EVENT_READERS_MAX && readers[i] != NULL; i++) {
	}
	if (i < EVENT_READERS_MAX) {
		readers[i] = reader;
		atomic_fetch_add(&reader_count, 1);
	}
	pthread_mutex_unlock(&lock);
	if (i == EVENT_READERS_MAX) {
		pthread_cond_destroy(&reader->changed);
		free(reader);
		return NULL;
	}
	return reader;
}

void event_reader_close(struct event_reader *reader)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < EVENT_READERS_MAX; i++) {
		if (readers[i] == reader) {
			readers[i] = NULL;
			atomic_fetch_sub(&reader_count, 1);
		}
	}
	pthread_mutex_unlock(&lock);
	pthread_cond_destroy(&reader->changed);
	free(reader);
}

bool event_reader_next(struct event_reader *reader, struct driver_event *event)
{
	bool found;

	pthread_mutex_lock(&lock);
	while (reader->count == 0 && !reader->finished) {
		pthread_cond_wait(&reader->changed, &lock);
	}
	found = reader->count > 0;
	if (found) {
		*event = reader->queue[reader->first];
		reader->first = (reader->first + 1) % EVENT_QUEUE_MAX;
		reader->count--;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void event_reader_finish(struct event_reader *reader)
{
	pthread_mutex_lock(&lock);
	reader->finished = true;
	pthread_cond_signal(&reader->changed);
	pthread_mutex_unlock(&lock);
}

uint64_t event_reader_dropped(const struct event_reader *reader)
{
	uint64_t dropped;

	pthread_mutex_lock(&lock);
	dropped = reader->dropped;
	pthread_mutex_unlock(&lock);
	return dropped;
}
