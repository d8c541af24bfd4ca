/* notif.h - keys that secure threads wait for.
 *
 * A key holds one token at most. Results are TEE_Results, for the secure world. */
#ifndef NORMAL_DRIVER_NOTIF_H
#define NORMAL_DRIVER_NOTIF_H

#include <stdint.h>

#include "lib/bits.h"
#include "lib/list.h"
#include "normal/driver/os.h"

struct driver;

/* A secure world that wants larger keys is refused. */
#define NOTIF_KEY_MAX 4095u

struct notif {
	struct os_mutex mutex;
	uint32_t key_max;
	struct list waiting;
	uint64_t posted[(NOTIF_KEY_MAX + 1) / 64];
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

#endif
