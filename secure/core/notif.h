/* notif.h - asynchronous notifications: the secure world tells the normal world something without
 * being asked.
 *
 * A value is a bit. Sending one sets its bit and raises the port's interrupt; the normal world
 * drains the bits, lowest first, and wakes who waits for the value there. Value 0 is different: the
 * normal world answers it by a call, on a secure thread, in which users do what an interrupt must
 * not do itself. Nothing is raised before the normal world asked for notifications or after it
 * stopped them; what was sent meanwhile waits. */
#ifndef SECURE_CORE_NOTIF_H
#define SECURE_CORE_NOTIF_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/smc.h"
#include "lib/bits.h"

/* Bottom half, then the values that users allocate. */
#define NOTIF_VALUES	SMC_NOTIF_ASYNC_VALUES
#define NOTIF_USERS_MAX 8u

enum notif_event {
	NOTIF_STARTED,	   /* in a fast call: do not sleep */
	NOTIF_BOTTOM_HALF, /* on a secure thread: may sleep */
	NOTIF_STOPPED,	   /* likewise */
};

/* Boot: nothing is sent, allocated or started, and nobody listens. */
void notif_init(void);

/* --- For users in the secure world ------------------------------------------------------------- */

/* Call notice(event) from now on, in the order of joining. At boot only. */
void notif_join(void (*notice)(enum notif_event event));

/* The lowest value that is free, for its user alone. OUT_OF_MEMORY: there is none. */
MUST_CHECK TEE_Result notif_value_alloc(uint32_t *value);
/* Not sent any more, if nobody has drained it yet. */
void notif_value_free(uint32_t value);

/* Any context, interrupts included; does not sleep. Sent twice before it is drained is sent once.
 * `value` is allocated, or 0: run bottom halves. */
void notif_send(uint32_t value);

/* Sleep until `value` is sent, at most `timeout_ms` (0: for ever), on a secure thread with no lock
 * held. TIMEOUT; BAD_PARAMETERS: another thread waits for it; other errors of the normal world,
 * whose word a success is, too: look at what you waited for. */
TEE_Result notif_wait(uint32_t value, uint32_t timeout_ms);

/* --- For the interface to the normal world ----------------------------------------------------- */

/* ENABLE_ASYNC_NOTIF: as often as it likes. */
void notif_enable(void);
/* GET_ASYNC_NOTIF_VALUE: take the lowest value sent. False: there is none. *pending: more are. */
bool notif_take(uint32_t *value, bool *pending);
/* The messages DO_BOTTOM_HALF and STOP_ASYNC_NOTIF, on a secure thread. */
void notif_bottom_half(void);
void notif_stop(void);

#endif
