#include "secure/core/fake_normal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "secure/core/fake_port.h"
#include "secure/core/rpc.h"
#include "secure/core/thread.h"

#define OBJECTS_MAX 1024u
#define KEYS_MAX    256u
#define COOKIE_BASE 0x123400005000ull

static const uint64_t page_size = PORT_PAGE_SIZE;

struct object {
	uint64_t address;
	bool is_room;
	bool is_live;
};

struct fake_normal_world normal;

static uint64_t pages_used;
static struct object objects[OBJECTS_MAX];
static size_t objects_count;
static bool posted[KEYS_MAX];

static void require(bool condition, const char *why)
{
	if (!condition) {
		fprintf(stderr, "fake normal world: %s\n", why);
		abort();
	}
}

void fake_normal_reset(void)
{
	memset(&normal, 0, sizeof(normal));
	memset(posted, 0, sizeof(posted));
	pages_used = 0;
	objects_count = 0;
}

/* --- Memory ---------------------------------------------------------------------------------- */

uint64_t fake_pages(size_t count)
{
	uint64_t address = FAKE_NORMAL_BASE + pages_used * page_size;

	pages_used += count;
	require(pages_used <= FAKE_NORMAL_PAGES, "out of memory");
	memset(fake_normal(address), 0, count * page_size);
	return address;
}

uint64_t fake_list(const uint64_t *pages, size_t count)
{
	size_t lists = (count + MSG_PAGE_LIST_ENTRIES - 1) / MSG_PAGE_LIST_ENTRIES;
	uint64_t first = fake_pages(2 * lists);

	for (size_t i = 0; i < count; i++) {
		size_t page = i / MSG_PAGE_LIST_ENTRIES;
		struct msg_page_list *list = fake_normal(first + 2 * page * page_size);

		list->pages[i % MSG_PAGE_LIST_ENTRIES] = pages[i];
		if (page + 1 < lists) {
			list->next = first + 2 * (page + 1) * page_size;
		}
	}
	return first;
}

struct msg_page_list *fake_list_page(uint64_t list, size_t page)
{
	return fake_normal(list + 2 * page * page_size);
}

uint64_t fake_list_of(size_t count, uint64_t *pages)
{
	uint64_t first = fake_pages(count);

	for (size_t i = 0; i < count; i++) {
		pages[i] = first + (count - 1 - i) * page_size;
	}
	return fake_list(pages, count);
}

/* --- Calls ----------------------------------------------------------------------------------- */

static void call_work(struct smc_regs *regs)
{
	void (*work)(void *arg) = (void (*)(void *))(uintptr_t)regs->a4;

	work((void *)(uintptr_t)regs->a5);
	rpc_end();
	*regs = (struct smc_regs){ .a0 = SMC_OK };
}

void fake_call_start(struct fake_call *call, void (*work)(void *arg), void *arg)
{
	call->regs = (struct smc_regs){
		.a0 = SMC_CALL_WITH_ARG,
		.a4 = (uintptr_t)work,
		.a5 = (uintptr_t)arg,
	};
	thread_start(call_work, &call->regs);
}

bool fake_call_finished(const struct fake_call *call)
{
	return !smc_is_rpc(call->regs.a0);
}

uint32_t fake_call_rpc(const struct fake_call *call)
{
	require(!fake_call_finished(call), "the call has ended");
	return (uint32_t)call->regs.a0;
}

static struct object *object_of(uint64_t cookie)
{
	uint64_t i = (cookie - COOKIE_BASE) / 16;

	require(cookie >= COOKIE_BASE && i < objects_count && cookie % 16 == 0, "unknown cookie");
	require(objects[i].is_live, "a cookie that was freed");
	return &objects[i];
}

static uint64_t object_create(uint64_t address, bool is_room)
{
	require(objects_count < OBJECTS_MAX, "too many objects");
	objects[objects_count] =
		(struct object){ .address = address, .is_room = is_room, .is_live = true };
	objects_count++;
	return COOKIE_BASE + 16 * (objects_count - 1);
}

static void object_free(uint64_t cookie, bool is_room)
{
	struct object *object = object_of(cookie);

	require(object->is_room == is_room, "freed by the wrong means");
	object->is_live = false;
	if (is_room) {
		normal.rooms_live--;
	} else {
		normal.shms_live--;
		normal.last_freed = cookie;
	}
}

struct msg_arg *fake_call_request(const struct fake_call *call)
{
	uint64_t cookie = smc_u64_from_pair(call->regs.a1, call->regs.a2);

	require(fake_call_rpc(call) == SMC_RPC_CMD, "no request");
	return fake_normal(cookie == 0 ? call->room : object_of(cookie)->address);
}

void *fake_object_bytes(uint64_t cookie)
{
	return fake_normal(object_of(cookie)->address);
}

void fake_call_resume(struct fake_call *call)
{
	/* What a driver's registers hold from before. */
	call->regs.a0 = SMC_RETURN_FROM_RPC;
	call->regs.a4 = 0xa4a4a4a4;
	call->regs.a5 = 0xa5a5a5a5;
	thread_resume(&call->regs);
}

void fake_call_resume_alloc(struct fake_call *call, uint64_t address, uint64_t cookie)
{
	require(fake_call_rpc(call) == SMC_RPC_ALLOC, "nothing asked for");
	call->regs.a0 = SMC_RETURN_FROM_RPC;
	call->regs.a1 = smc_u64_high(address);
	call->regs.a2 = smc_u64_low(address);
	call->regs.a4 = smc_u64_high(cookie);
	call->regs.a5 = smc_u64_low(cookie);
	thread_resume(&call->regs);
}

/* --- Answers --------------------------------------------------------------------------------- */

static void room_alloc(struct fake_call *call)
{
	uint64_t address;

	require(call->regs.a1 == MSG_RPC_ARG_SIZE, "a room of another size");
	if (normal.is_out_of_memory) {
		fake_call_resume_alloc(call, 0, 0);
		return;
	}
	address = fake_pages(1);
	/* Leftovers. */
	memset(fake_normal(address), 0x5a, page_size);
	normal.rooms_live++;
	normal.rooms_made++;
	fake_call_resume_alloc(call, address, object_create(address, true));
}

static void shm_alloc(struct msg_arg *arg)
{
	struct msg_param *param = &arg->params[0];
	uint64_t size = param->u.value.b;
	size_t count = (size_t)((size + page_size - 1) / page_size);
	uint64_t *pages = calloc(count, sizeof(*pages));

	require(arg->num_params == 1 && param->attr == MSG_ATTR_TYPE_VALUE_INPUT, "shape");
	require(param->u.value.c == RPC_SHM_ALIGNMENT && pages != NULL, "alignment");
	normal.shms_live++;
	normal.shms_made++;
	normal.last_asked = size;
	param->attr = RPC_SHM_ATTR_NONCONTIG;
	param->u.tmem.buf_ptr = fake_list_of(count, pages);
	param->u.tmem.size = size;
	param->u.tmem.shm_ref = object_create(pages[0], false);
	free(pages);
}

static void shm_free(const struct msg_arg *arg)
{
	require(arg->num_params == 1 && arg->params[0].attr == MSG_ATTR_TYPE_VALUE_INPUT, "shape");
	object_free(arg->params[0].u.value.b, false);
}

bool fake_notification_serve(struct msg_arg *arg)
{
	uint64_t key = arg->params[0].u.value.b;

	require(arg->cmd == RPC_CMD_NOTIFICATION, "another request");
	require(arg->num_params == 1 && arg->params[0].attr == MSG_ATTR_TYPE_VALUE_INPUT, "shape");
	require(key < KEYS_MAX, "key");
	if (arg->params[0].u.value.a == RPC_NOTIFICATION_SEND) {
		normal.sends++;
		posted[key] = true;
	} else if (posted[key]) {
		normal.waits++;
		posted[key] = false;
	} else {
		return false;
	}
	arg->ret = TEE_SUCCESS;
	return true;
}

void fake_notify(uint64_t key)
{
	require(key < KEYS_MAX, "key");
	posted[key] = true;
}

static bool request_serve(struct fake_call *call)
{
	struct msg_arg *arg = fake_call_request(call);

	require(arg->ret == MSG_RPC_RET_PRESET, "the result is not preset");
	if (normal.look != NULL) {
		normal.look(arg);
	}
	if (arg->cmd == RPC_CMD_NOTIFICATION) {
		if (!fake_notification_serve(arg)) {
			return false;
		}
	} else if (arg->cmd == RPC_CMD_SHM_ALLOC) {
		shm_alloc(arg);
	} else if (arg->cmd == RPC_CMD_SHM_FREE) {
		shm_free(arg);
	}
	arg->ret = TEE_SUCCESS;
	if (normal.lie != NULL) {
		normal.lie(arg);
	}
	fake_call_resume(call);
	return true;
}

bool fake_call_serve(struct fake_call *call)
{
	switch (fake_call_rpc(call)) {
	case SMC_RPC_ALLOC:
		room_alloc(call);
		return true;
	case SMC_RPC_FREE:
		object_free(smc_u64_from_pair(call->regs.a1, call->regs.a2), true);
		fake_call_resume(call);
		return true;
	case SMC_RPC_FOREIGN_INTR:
		fake_call_resume(call);
		return true;
	default:
		return request_serve(call);
	}
}

void fake_call_serve_rooms(struct fake_call *call)
{
	while (!fake_call_finished(call) && fake_call_rpc(call) != SMC_RPC_CMD) {
		fake_call_serve(call);
	}
}

void fake_call_finish(struct fake_call *call)
{
	while (!fake_call_finished(call)) {
		if (!fake_call_serve(call)) {
			fail_msg("the call waits for ever");
		}
	}
	assert_int_equal(call->regs.a0, SMC_OK);
}

void fake_call_run(void (*work)(void *arg), void *arg)
{
	struct fake_call call = { .room = 0 };

	fake_call_start(&call, work, arg);
	fake_call_finish(&call);
}
