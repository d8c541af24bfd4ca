/* notif.h - keys that secure threads wait for, and what the secure world sends unasked.
 *
 * A key holds one token at most. Results are TEE_Results, for the secure world. */
#ifndef NORMAL_DRIVER_NOTIF_H
#define NORMAL_DRIVER_NOTIF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bits.h"
#include "lib/list.h"
#include "normal/driver/os.h"

struct driver;
struct driver_census;

/* A secure world that wants larger keys is refused. */
#define NOTIF_KEY_MAX 4095u

/* A secure world that says "more" for ever is not believed. */
#define NOTIF_TAKEN_MAX 1024u

struct notif {
	struct os_mutex mutex;
	uint32_t key_max;
	struct list waiting;
	uint64_t posted[(NOTIF_KEY_MAX + 1) / 64];
	/* Of asynchronous notifications. */
	bool enabled;
	bool owed;		   /* the secure world wants its bottom half run (again) */
	bool working;		   /* a task is at it */
	bool leaving;		   /* the driver ends: no other task begins */
	struct os_completion idle; /* when leaving: the task is done */
};

void driver_notif_init(struct notif *notif, uint32_t key_max);
void driver_notif_destroy(struct notif *notif);
/* The driver is dead: wake all that wait. */
void driver_notif_wake(struct notif *notif);

/* Take the key's token, sleeping until there is one; 0 ms is for ever. Not interrupted by a kill: a
 * secure thread that waits for a lock gets it. TIMEOUT; BAD_PARAMETERS: no such key, or somebody
 * waits for it already; COMMUNICATION: the driver is dead. */
uint32_t driver_notif_wait(struct driver *driver, uint64_t key, uint64_t timeout_ms);

/* Give the key its token. BAD_PARAMETERS: no such key. */
uint32_t driver_notif_send(struct driver *driver, uint64_t key);

/* Asynchronous notifications begin, where the secure world has them; and end, before the driver does:
 * no bottom half runs any more. */
void driver_notif_start(struct driver *driver);
void driver_notif_stop(struct driver *driver);

/* Fills notifications and bottom_halves. */
void driver_notif_count(struct notif *notif, struct driver_census *census);

#endif
