/* loop.h - receive a request, serve it, send the answer.
 *
 * One thread always waits for the next request as long as there are not too many: whoever
 * receives one while nobody else waits starts another thread before it serves. A driver that does
 * not number its requests (the META parameter) has one at a time, and gets one thread. */
#ifndef NORMAL_SUPPLICANT_LOOP_H
#define NORMAL_SUPPLICANT_LOOP_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/bits.h"
#include "normal/supplicant/supplicant.h"

/* Threads, unless the command line says otherwise, and what it may say. When all serve, the next
 * request waits in the driver. */
#define LOOP_THREADS_DEFAULT 32u
#define LOOP_THREADS_MAX     128u

/* Parameters that a request is received with at first, META included; when the driver says that
 * they do not suffice, this many, which no kernel's limit is below. */
#define LOOP_PARAMS_FIRST 5u
#define LOOP_PARAMS_MAX	  31u

struct loop {
	struct supplicant *supplicant;
	unsigned int threads_max;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	unsigned int threads;
	unsigned int waiting; /* of these, in RECV */
	bool ended;
	int error; /* what ended it */
};

void loop_init(struct loop *loop, struct supplicant *supplicant, unsigned int threads_max);

/* Serve until something goes wrong: the negative errno, as the device gave it; -ENODEV: the TEE is
 * gone. Threads may still be serving or waiting when this returns. Once for each loop. */
MUST_CHECK int loop_run(struct loop *loop);

/* After loop_run(): wait until no thread runs any more, which takes a device that lets them go. */
void loop_destroy(struct loop *loop);

#endif
