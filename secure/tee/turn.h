/* turn.h - one call at a time, first come first served.
 *
 * A TA instance runs one entry at a time, and a session serves one invoke or close at a time. The
 * turn is handed from its owner to the one who has waited longest, so nobody overtakes and nobody
 * starves. A wait that could never end, because the owner waits (through however many others) for
 * the caller, is refused instead. All under the roster's lock. */
#ifndef SECURE_TEE_TURN_H
#define SECURE_TEE_TURN_H

#include <stdbool.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "secure/tee/call.h"
#include "secure/tee/roster.h"

struct turn {
	struct call *owner;
	struct list waiters;
};

void turn_init(struct turn *turn);

/* Wait until it is the current call's turn. Gives the lock back while it sleeps. BUSY: the wait
 * would have no end. */
MUST_CHECK TEE_Result turn_take(struct roster_locked *locked, struct turn *turn);

/* The turn is the current call's: hand it on. */
void turn_release(struct roster_locked *locked, struct turn *turn);

/* Does anybody have the turn? */
bool turn_is_taken(const struct turn *turn);

#endif
