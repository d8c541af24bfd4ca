/* supplicant.h - the tee-supplicant that posternd keeps running. Main thread only. */
#ifndef NORMAL_DAEMON_SUPPLICANT_H
#define NORMAL_DAEMON_SUPPLICANT_H

#include <stdbool.h>
#include <sys/types.h>

#include "normal/daemon/options.h"

/* One that dies is started again; one that dies this often within SUPPLICANT_CALM_MS of its start, in
 * a row, is not. */
#define SUPPLICANT_TRIES   5u
#define SUPPLICANT_CALM_MS 1000u

/* Start it. Without one among the options: does nothing. */
void supplicant_start(const struct options *options);

/* Some child died: if it was the supplicant, say so and start it again. */
void supplicant_reap(const struct options *options);

/* End it and wait for it. */
void supplicant_stop(void);

/* 0: none runs. */
pid_t supplicant_pid(void);

#endif
