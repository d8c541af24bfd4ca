#include "secure/core/notif.h"

#include <stdatomic.h>
#include <stddef.h>

#include "abi/rpc.h"
#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/core/rpc.h"

#define BOTTOM_HALF_BIT (1ull << SMC_NOTIF_VALUE_BOTTOM_HALF)

/* Atomic instead of locked: an interrupt may send while it holds up anybody. */
static _Atomic uint64_t sent;
static _Atomic uint64_t allocated;
static atomic_bool started;

/* Written at boot. */
static void (*users[NOTIF_USERS_MAX])(enum notif_event event);
static size_t user_count;

void notif_init(void)
{
	atomic_store(&sent, 0);
	atomic_store(&allocated, BOTTOM_HALF_BIT);
	atomic_store(&started, false);
	user_count = 0;
}

/* --- For users in the secure world ------------------------------------------------------------- */

void notif_join(void (*notice)(enum notif_event event))
{
	check(user_count < NOTIF_USERS_MAX);
	users[user_count] = notice;
	user_count++;
}

static void users_tell(enum notif_event event)
{
	for (size_t i = 0; i < user_count; i++) {
		users[i](event);
	}
}

TEE_Result notif_value_alloc(uint32_t *value)
{
	uint64_t old = atomic_load(&allocated);

	do {
		if (~old == 0) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
		*value = (uint32_t)__builtin_ctzll(~old);
	} while (!atomic_compare_exchange_weak(&allocated, &old, old | 1ull << *value));
	return TEE_SUCCESS;
}

static bool value_is_allocated(uint32_t value)
{
	return value < NOTIF_VALUES && (atomic_load(&allocated) & 1ull << value) != 0;
}

/* Before anybody else may have it, what was sent for this user is forgotten. */
void notif_value_free(uint32_t value)
{
	check(value != SMC_NOTIF_VALUE_BOTTOM_HALF && value_is_allocated(value));
	atomic_fetch_and(&sent, ~(1ull << value));
	atomic_fetch_and(&allocated, ~(1ull << value));
}

/* Whoever enables looks at `sent` after `started` is set, and whoever sends the other way round:
 * one of the two raises. */
void notif_send(uint32_t value)
{
	check(value_is_allocated(value));
	atomic_fetch_or(&sent, 1ull << value);
	if (atomic_load(&started)) {
		port_notification_raise();
	}
}

TEE_Result notif_wait(uint32_t value, uint32_t timeout_ms)
{
	struct rpc_param param = {
		.type = RPC_PARAM_VALUE_INPUT,
		.a = RPC_NOTIFICATION_WAIT,
		.b = value,
		.c = timeout_ms,
	};

	check(value != SMC_NOTIF_VALUE_BOTTOM_HALF && value_is_allocated(value));
	return rpc_call(RPC_CMD_NOTIFICATION, &param, 1);
}

/* --- For the interface to the normal world ----------------------------------------------------- */

void notif_enable(void)
{
	if (!atomic_exchange(&started, true)) {
		users_tell(NOTIF_STARTED);
	}
	if (atomic_load(&sent) != 0) {
		port_notification_raise();
	}
}

bool notif_take(uint32_t *value, bool *pending)
{
	uint64_t old = atomic_load(&sent);

	do {
		if (old == 0) {
			*pending = false;
			return false;
		}
		*value = (uint32_t)__builtin_ctzll(old);
	} while (!atomic_compare_exchange_weak(&sent, &old, old & (old - 1)));
	*pending = (old & (old - 1)) != 0;
	return true;
}

void notif_bottom_half(void)
{
	users_tell(NOTIF_BOTTOM_HALF);
}

void notif_stop(void)
{
	if (atomic_exchange(&started, false)) {
		users_tell(NOTIF_STOPPED);
	}
}
