#include "secure/tee/clock.h"

#include "abi/rpc.h"
#include "abi/syscall.h"
#include "lib/uuid.h"
#include "secure/core/lock.h"
#include "secure/core/port.h"
#include "secure/core/rpc.h"
#include "secure/core/space.h"
#include "secure/tee/instance.h"
#include "secure/tee/session.h"

#define MS_PER_S  1000u
#define NS_PER_MS 1000000u
#define NS_PER_S  1000000000u

/* Persistent time is system time plus this. */
struct ta_offset {
	TEE_UUID uuid;
	int64_t ms;
};

static struct spinlock offsets_lock = SPINLOCK(LOCK_SESSION);
static struct ta_offset offsets[CLOCK_TAS_MAX];
static unsigned int offsets_count;

void clock_init(void)
{
	offsets_count = 0;
}

static uint64_t system_ms(void)
{
	return port_time_ns() / NS_PER_MS;
}

/* The seconds are cut to what TEE_Time holds. */
static struct utee_time time_from_ms(uint64_t ms)
{
	return (struct utee_time){
		.seconds = (uint32_t)(ms / MS_PER_S),
		.millis = (uint32_t)(ms % MS_PER_S),
	};
}

/* --- The three clocks ------------------------------------------------------------------------- */

static TEE_Result system_time(const struct caller *caller, struct utee_time *time)
{
	(void)caller;
	*time = time_from_ms(system_ms());
	return TEE_SUCCESS;
}

/* `held` is the proof that the table does not change. NULL: the TA has set no time. */
static struct ta_offset *offset_find(const struct spinlock_held *held, const TEE_UUID *uuid)
{
	(void)held;
	for (unsigned int i = 0; i < offsets_count; i++) {
		if (uuid_equal(&offsets[i].uuid, uuid)) {
			return &offsets[i];
		}
	}
	return NULL;
}

static bool offset_get(const TEE_UUID *uuid, int64_t *ms)
{
	struct spinlock_held held = spinlock_take(&offsets_lock);
	const struct ta_offset *offset = offset_find(&held, uuid);

	if (offset != NULL) {
		*ms = offset->ms;
	}
	spinlock_release(&held);
	return offset != NULL;
}

static bool offset_set(const TEE_UUID *uuid, int64_t ms)
{
	struct spinlock_held held = spinlock_take(&offsets_lock);
	struct ta_offset *offset = offset_find(&held, uuid);

	if (offset == NULL && offsets_count < CLOCK_TAS_MAX) {
		offset = &offsets[offsets_count];
		offset->uuid = *uuid;
		offsets_count++;
	}
	if (offset != NULL) {
		offset->ms = ms;
	}
	spinlock_release(&held);
	return offset != NULL;
}

static TEE_Result persistent_time(const struct caller *caller, struct utee_time *time)
{
	int64_t offset;
	uint64_t ms;

	if (!offset_get(&caller->instance->uuid, &offset)) {
		return TEE_ERROR_TIME_NOT_SET;
	}
	/* Never below 0: it was not when it was set, and system time does not go back. */
	ms = (uint64_t)((int64_t)system_ms() + offset);
	*time = time_from_ms(ms);
	return ms / MS_PER_S > UINT32_MAX ? TEE_ERROR_OVERFLOW : TEE_SUCCESS;
}

/* Anything may come back, and the TA may believe it or not. That there are 1000 milliseconds to a
 * second it does believe. */
static TEE_Result ree_time(const struct caller *caller, struct utee_time *time)
{
	struct rpc_param now = { .type = RPC_PARAM_VALUE_OUTPUT };
	TEE_Result res;

	(void)caller;
	res = rpc_call(RPC_CMD_GET_TIME, &now, 1);
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (now.b >= NS_PER_S) {
		return TEE_ERROR_COMMUNICATION;
	}
	*time = (struct utee_time){
		.seconds = (uint32_t)now.a,
		.millis = (uint32_t)(now.b / NS_PER_MS),
	};
	return TEE_SUCCESS;
}

typedef TEE_Result (*clock_reader)(const struct caller *caller, struct utee_time *time);

static const clock_reader readers[] = {
	[UTEE_TIME_CAT_SYSTEM] = system_time,
	[UTEE_TIME_CAT_TA_PERSISTENT] = persistent_time,
	[UTEE_TIME_CAT_REE] = ree_time,
};

TEE_Result clock_sys_get_time(struct caller *caller, const uint64_t args[8])
{
	struct utee_time time = { 0 };
	TEE_Result copied;
	TEE_Result res;

	if (args[0] >= array_size(readers)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = readers[args[0]](caller, &time);
	if (res != TEE_SUCCESS && res != TEE_ERROR_OVERFLOW) {
		return res;
	}
	copied = space_copy_out_own(caller->instance->space, args[1], &time, sizeof(time));
	return copied == TEE_SUCCESS ? res : copied;
}

TEE_Result clock_sys_set_ta_time(struct caller *caller, const uint64_t args[8])
{
	struct utee_time time;
	TEE_Result res;
	uint64_t ms;

	res = space_copy_in_own(caller->instance->space, &time, args[0], sizeof(time));
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (time.millis >= MS_PER_S) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	ms = (uint64_t)time.seconds * MS_PER_S + time.millis;
	if (!offset_set(&caller->instance->uuid, (int64_t)ms - (int64_t)system_ms())) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	return TEE_SUCCESS;
}

/* --- Waiting ---------------------------------------------------------------------------------- */

/* The normal world sleeps for us, for as long as it likes or not at all: how long it was our own
 * counter says. CANCEL: whoever called the TA is gone. */
static TEE_Result slice_wait(uint64_t left_ns)
{
	struct rpc_param sleep = { .type = RPC_PARAM_VALUE_INPUT, .a = CLOCK_WAIT_SLICE_MS };
	/* Rounded up: a sleep of 0 ms would be none. */
	uint64_t left_ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;

	if (left_ms < sleep.a) {
		sleep.a = left_ms;
	}
	return rpc_call(RPC_CMD_SUSPEND, &sleep, 1);
}

/* Far enough away to be never, near enough to be added to. */
static uint64_t wait_end_ns(uint32_t timeout_ms)
{
	return timeout_ms == TEE_TIMEOUT_INFINITE
		       ? UINT64_MAX / 2
		       : port_time_ns() + (uint64_t)timeout_ms * NS_PER_MS;
}

TEE_Result clock_sys_wait(struct caller *caller, const uint64_t args[8])
{
	uint64_t end_ns = wait_end_ns((uint32_t)args[0]);
	uint64_t now_ns = port_time_ns();

	while (now_ns < end_ns) {
		if (session_is_cancelled(caller->session) ||
		    slice_wait(end_ns - now_ns) == TEE_ERROR_CANCEL) {
			return TEE_ERROR_CANCEL;
		}
		now_ns = port_time_ns();
	}
	return TEE_SUCCESS;
}
