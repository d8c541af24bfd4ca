#include "secure/tee/turn.h"

#include "secure/core/check.h"

void turn_init(struct turn *turn)
{
	turn->owner = NULL;
	list_init(&turn->waiters);
}

/* Each call waits for one turn at most, so who waits for whom is a chain. It has no ring in it as
 * long as no wait closes one. */
static bool wait_has_no_end(const struct turn *turn, const struct call *call)
{
	while (turn != NULL && turn->owner != NULL) {
		if (turn->owner == call) {
			return true;
		}
		turn = turn->owner->waiting;
	}
	return false;
}

TEE_Result turn_take(struct roster_locked *locked, struct turn *turn)
{
	struct call *call = call_current();

	if (wait_has_no_end(turn, call)) {
		return TEE_ERROR_BUSY;
	}
	if (turn->owner == NULL) {
		turn->owner = call;
		return TEE_SUCCESS;
	}
	call->waiting = turn;
	roster_sleep(locked, &turn->waiters);
	/* Who woke us made us the owner. */
	check(turn->owner == call && call->waiting == NULL);
	return TEE_SUCCESS;
}

void turn_release(struct roster_locked *locked, struct turn *turn)
{
	check(turn->owner == call_current());
	turn->owner = roster_wake_first(locked, &turn->waiters);
	if (turn->owner != NULL) {
		turn->owner->waiting = NULL;
	}
}

bool turn_is_taken(const struct turn *turn)
{
	return turn->owner != NULL;
}
