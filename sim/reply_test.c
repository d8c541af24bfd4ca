/* Replies of the wrong kind, and what they are taken for: the result that the protocol has for
 * each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "sim/memory.h"
#include "sim/raw.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

#define SEED		70u
#define FOREIGN_ADDRESS 0x1000ull
#define PAGE		4096u

/* A reply to the request number `occurrence` (from 0 on) for `command`, and of FS `operation`,
 * and how the step of the tour that needed it ends. */
struct reply {
	const char *name;
	uint32_t command;
	uint64_t operation;
	unsigned int occurrence;
	void (*change)(struct raw_request *request, uint64_t number);
	uint64_t number;
	enum tour_step step;
	TEE_Result result;
};

/* --- Changes ---------------------------------------------------------------------------------- */

static void set_ret(struct raw_request *request, uint64_t number)
{
	request->arg->ret = (uint32_t)number;
}

static void set_count(struct raw_request *request, uint64_t number)
{
	request->arg->num_params = (uint32_t)number;
}

static void set_attr(struct raw_request *request, uint64_t number)
{
	request->arg->params[0].attr = number;
}

static void set_pages(struct raw_request *request, uint64_t number)
{
	request->arg->params[0].u.tmem.buf_ptr = number;
}

/* More, or with a negative number less, than was asked for. */
static void add_to_size(struct raw_request *request, uint64_t number)
{
	request->arg->params[0].u.tmem.size = request->asked[0].u.value.b + number;
}

static void set_size(struct raw_request *request, uint64_t number)
{
	request->arg->params[0].u.tmem.size = number;
}

static void set_cookie(struct raw_request *request, uint64_t number)
{
	request->arg->params[0].u.tmem.shm_ref = number;
}

/* offs_low, offs_high and internal_offs, from the lowest bit on. */
static void set_offset(struct raw_request *request, uint64_t number)
{
	request->arg->params[0].u.value.a = number;
}

static void set_entry(struct raw_request *request, uint64_t number)
{
	uint64_t *entries = (void *)memory_frame(request->arg->params[0].u.tmem.buf_ptr);

	entries[1] = number;
}

/* Of the second parameter, which is memory that was filled. */
static void set_filled(struct raw_request *request, uint64_t number)
{
	request->arg->params[1].u.rmem.size = number;
}

static void add_to_filled(struct raw_request *request, uint64_t number)
{
	request->arg->params[1].u.rmem.size += number;
}

/* More, or less, than there was room for. */
static void add_to_room(struct raw_request *request, uint64_t number)
{
	request->arg->params[1].u.rmem.size = request->asked[1].u.rmem.size + number;
}

static void set_b(struct raw_request *request, uint64_t number)
{
	request->arg->params[0].u.value.b = number;
}

static void set_handle(struct raw_request *request, uint64_t number)
{
	request->arg->params[3].u.value.a = number;
}

static void set_done(struct raw_request *request, uint64_t number)
{
	request->arg->params[2].u.value.b = number;
}

static void set_file(struct raw_request *request, uint64_t number)
{
	request->arg->params[0].u.value.a = number;
}

/* --- Replies ---------------------------------------------------------------------------------- */

#define LESS(n) (~(uint64_t)(n) + 1)

#define ALLOC(name, change, number, result)                                                        \
	{                                                                                          \
		name, RPC_CMD_SHM_ALLOC, 0, 0, change, number, TOUR_OPEN, result                   \
	}
#define LOAD(name, occurrence, change, number, result)                                             \
	{                                                                                          \
		name, RPC_CMD_LOAD_TA, 0, occurrence, change, number, TOUR_OPEN, result            \
	}
#define FILES(name, operation, occurrence, change, number, result)                                 \
	{                                                                                          \
		name, RPC_CMD_FS, operation, occurrence, change, number, TOUR_STORE, result        \
	}

#define SOCKET(name, operation, change, number, result)                                            \
	{                                                                                          \
		name, RPC_CMD_SOCKET, operation, 0, change, number, TOUR_SOCKET, result            \
	}
#define PLUGIN(name, change, number, result)                                                       \
	{                                                                                          \
		name, RPC_CMD_SUPP_PLUGIN, 0, 0, change, number, TOUR_PLUGIN, result               \
	}
#define PROFILE(name, change, number, result)                                                      \
	{                                                                                          \
		name, RPC_CMD_GPROF, 0, 0, change, number, TOUR_PROFILE, result                    \
	}

/* The memory for the image, by its pages; */
static const struct reply allocations_smc[] = {
	ALLOC("no memory", set_ret, TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("another result", set_ret, TEE_ERROR_SECURITY, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("no parameter", set_count, 0, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("two parameters", set_count, 2, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a value", set_attr, MSG_ATTR_TYPE_VALUE_INPUT, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("an input", set_attr, MSG_ATTR_TYPE_TMEM_INPUT | MSG_ATTR_NONCONTIG,
	      TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("registered memory", set_attr, MSG_ATTR_TYPE_RMEM_OUTPUT, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a bit too many", set_attr, RPC_SHM_ATTR_NONCONTIG | 1u << 16,
	      TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("more than a page at once", set_attr, RPC_SHM_ATTR_CONTIG, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("one byte less", add_to_size, LESS(1), TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("no bytes", set_size, 0, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("as many bytes as asked", add_to_size, 0, TEE_SUCCESS),
	ALLOC("one byte more", add_to_size, 1, TEE_SUCCESS),
	ALLOC("32 bits of bytes", set_size, 1ull << 32, TEE_SUCCESS),
	ALLOC("64 bits of bytes", set_size, UINT64_MAX, TEE_SUCCESS),
	ALLOC("no cookie", set_cookie, 0, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("no list", set_pages, 0, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a list elsewhere", set_pages, FOREIGN_ADDRESS, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a list with a hole", set_entry, 0, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a page elsewhere", set_entry, FOREIGN_ADDRESS, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("an unaligned page", set_entry, FOREIGN_ADDRESS + 8, TEE_ERROR_OUT_OF_MEMORY),
};

/* or by its handle. */
static const struct reply allocations_ffa[] = {
	ALLOC("no memory", set_ret, TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("another result", set_ret, TEE_ERROR_SECURITY, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("no parameter", set_count, 0, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("two parameters", set_count, 2, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a value", set_attr, MSG_ATTR_TYPE_VALUE_INPUT, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("an input", set_attr, MSG_ATTR_TYPE_FMEM_INPUT, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("both ways", set_attr, MSG_ATTR_TYPE_FMEM_INOUT, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("pages", set_attr, RPC_SHM_ATTR_NONCONTIG, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a page", set_attr, RPC_SHM_ATTR_CONTIG, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a bit too many", set_attr, RPC_SHM_ATTR_FMEM | 1u << 16, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("one byte less", add_to_size, LESS(1), TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("no bytes", set_size, 0, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("as many bytes as asked", add_to_size, 0, TEE_SUCCESS),
	ALLOC("one byte more", add_to_size, 1, TEE_SUCCESS),
	ALLOC("64 bits of bytes", set_size, UINT64_MAX, TEE_SUCCESS),
	ALLOC("no handle", set_cookie, MSG_FMEM_INVALID_GLOBAL_ID, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("handle 0", set_cookie, 0, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("a handle that nobody has", set_cookie, 0x1FFFFFFFF, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("later in the memory", set_offset, 8, TEE_ERROR_OUT_OF_MEMORY),
	ALLOC("far later in it", set_offset, 1ull << 32, TEE_ERROR_OUT_OF_MEMORY),
	/* Taken, but what is read there is no image. */
	ALLOC("later in the first page", set_offset, 1ull << 48, TEE_ERROR_SECURITY),
	ALLOC("in another than the first page", set_offset, 4096ull << 48, TEE_ERROR_OUT_OF_MEMORY),
};

static const struct reply replies[] = {
	/* How large is the image? */
	LOAD("no TA", 0, set_ret, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_ITEM_NOT_FOUND),
	LOAD("nobody answers", 0, set_ret, TEE_ERROR_COMMUNICATION, TEE_ERROR_COMMUNICATION),
	LOAD("nobody writes a result", 0, set_ret, MSG_RPC_RET_PRESET, TEE_ERROR_GENERIC),
	LOAD("no bytes", 0, set_filled, 0, TEE_ERROR_SECURITY),
	LOAD("one byte less", 0, add_to_filled, LESS(1), TEE_ERROR_SECURITY),
	LOAD("one byte more", 0, add_to_filled, 1, TEE_ERROR_SECURITY),
	LOAD("32 bits of bytes", 0, set_filled, 1ull << 32, TEE_ERROR_SECURITY),
	LOAD("64 bits of bytes", 0, set_filled, UINT64_MAX, TEE_ERROR_SECURITY),
	/* The image. */
	LOAD("gone meanwhile", 1, set_ret, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_ITEM_NOT_FOUND),
	LOAD("too large meanwhile", 1, set_ret, TEE_ERROR_SHORT_BUFFER, TEE_ERROR_SECURITY),
	LOAD("no bytes of it", 1, set_filled, 0, TEE_ERROR_SECURITY),
	LOAD("one byte less of it", 1, add_to_filled, LESS(1), TEE_ERROR_SECURITY),
	LOAD("one byte more of it", 1, add_to_filled, 1, TEE_ERROR_SECURITY),
	LOAD("32 bits of it", 1, set_filled, 1ull << 32, TEE_ERROR_SECURITY),
	LOAD("64 bits of it", 1, set_filled, UINT64_MAX, TEE_ERROR_SECURITY),

	/* An object that is read. */
	FILES("cannot be opened", RPC_FS_OPEN, 1, set_ret, TEE_ERROR_GENERIC,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	FILES("is not there", RPC_FS_OPEN, 1, set_ret, TEE_ERROR_ITEM_NOT_FOUND, TEE_SUCCESS),
	FILES("reads as nothing", RPC_FS_READ, 2, set_filled, 0, TEE_ERROR_CORRUPT_OBJECT),
	FILES("ends early", RPC_FS_READ, 2, add_to_filled, LESS(1), TEE_ERROR_CORRUPT_OBJECT),
	FILES("one byte more than there is room", RPC_FS_READ, 2, add_to_room, 1,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	FILES("32 bits of it", RPC_FS_READ, 2, set_filled, 1ull << 32,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	FILES("64 bits of it", RPC_FS_READ, 2, set_filled, UINT64_MAX,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	/* An object that is written. */
	FILES("no room", RPC_FS_WRITE, 0, set_ret, TEE_ERROR_STORAGE_NO_SPACE,
	      TEE_ERROR_STORAGE_NO_SPACE),
	FILES("cannot be made", RPC_FS_CREATE, 0, set_ret, TEE_ERROR_GENERIC,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	FILES("cannot be renamed", RPC_FS_RENAME, 0, set_ret, TEE_ERROR_GENERIC,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	/* A directory. */
	FILES("a name without an end", RPC_FS_READDIR, 0, add_to_room, LESS(1),
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	FILES("a name of no bytes", RPC_FS_READDIR, 0, set_filled, 0,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	FILES("a name longer than its room", RPC_FS_READDIR, 0, add_to_room, 1,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),
	FILES("a name of 64 bits", RPC_FS_READDIR, 0, set_filled, UINT64_MAX,
	      TEE_ERROR_STORAGE_NOT_AVAILABLE),

	/* Of a socket, results that there are not are failures of communication. */
	SOCKET("opened badly", RPC_SOCKET_OPEN, set_ret, TEE_ERROR_TARGET_DEAD,
	       TEE_ERROR_COMMUNICATION),
	SOCKET("no such host", RPC_SOCKET_OPEN, set_ret, RPC_SOCKET_ERROR_HOSTNAME,
	       RPC_SOCKET_ERROR_HOSTNAME),
	SOCKET("a handle of 33 bits", RPC_SOCKET_OPEN, set_handle, 1ull << 32,
	       TEE_ERROR_COMMUNICATION),
	SOCKET("another handle", RPC_SOCKET_OPEN, set_handle, 5, TEE_ERROR_BAD_PARAMETERS),
	SOCKET("one byte more sent", RPC_SOCKET_SEND, set_done, 5, TEE_ERROR_COMMUNICATION),
	SOCKET("64 bits of bytes sent", RPC_SOCKET_SEND, set_done, UINT64_MAX,
	       TEE_ERROR_COMMUNICATION),
	SOCKET("less sent", RPC_SOCKET_SEND, set_done, 0, TEE_SUCCESS),
	SOCKET("no result", RPC_SOCKET_SEND, set_ret, 1, TEE_ERROR_COMMUNICATION),
	SOCKET("time is up", RPC_SOCKET_RECV, set_ret, RPC_SOCKET_ERROR_TIMEOUT,
	       RPC_SOCKET_ERROR_TIMEOUT),
	SOCKET("a datagram that was cut", RPC_SOCKET_RECV, add_to_room, 4096, TEE_SUCCESS),
	SOCKET("nothing received", RPC_SOCKET_RECV, set_filled, 0, TEE_SUCCESS),
	SOCKET("32 bits received", RPC_SOCKET_RECV, set_filled, 1ull << 32,
	       TEE_ERROR_COMMUNICATION),
	SOCKET("64 bits received", RPC_SOCKET_RECV, set_filled, UINT64_MAX,
	       TEE_ERROR_COMMUNICATION),
	SOCKET("more from an ioctl", RPC_SOCKET_IOCTL, add_to_room, 1, TEE_ERROR_COMMUNICATION),
	SOCKET("not closed", RPC_SOCKET_CLOSE, set_ret, TEE_ERROR_SHORT_BUFFER,
	       TEE_ERROR_COMMUNICATION),
	SOCKET("not all closed", RPC_SOCKET_CLOSE_ALL, set_ret, TEE_ERROR_GENERIC, TEE_SUCCESS),

	/* A plug-in says what it likes, */
	PLUGIN("its own result", set_ret, 0x12345678, 0x12345678),
	PLUGIN("no such plug-in", set_ret, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_ITEM_NOT_FOUND),
	PLUGIN("more than there is room for", set_done, 5, TEE_SUCCESS),
	/* but it has sizes as all have. */
	PLUGIN("32 bits of output", set_done, 1ull << 32, TEE_ERROR_COMMUNICATION),
	PLUGIN("64 bits of output", set_done, UINT64_MAX, TEE_ERROR_COMMUNICATION),

	PROFILE("no file", set_file, 0, TEE_ERROR_COMMUNICATION),
	PROFILE("too large a file number", set_file, 101, TEE_ERROR_COMMUNICATION),
	PROFILE("a file number of 33 bits", set_file, 1ull << 32 | 1, TEE_ERROR_COMMUNICATION),
	PROFILE("a result that is none", set_ret, TEE_ERROR_TARGET_DEAD, TEE_ERROR_COMMUNICATION),
	PROFILE("no space", set_ret, TEE_ERROR_GENERIC, TEE_ERROR_GENERIC),

	{ "a second has a thousand milliseconds", RPC_CMD_GET_TIME, 0, 0, set_b, 1000000000,
	  TOUR_TIME, TEE_ERROR_COMMUNICATION },
	{ "no time", RPC_CMD_GET_TIME, 0, 0, set_ret, TEE_ERROR_GENERIC, TOUR_TIME,
	  TEE_ERROR_GENERIC },
	/* It is the own clock that says when the wait is over. */
	{ "no sleep", RPC_CMD_SUSPEND, 0, 0, set_ret, TEE_ERROR_GENERIC, TOUR_WAIT, TEE_SUCCESS },
};

struct replier {
	const struct reply *reply;
	unsigned int seen;
};

static void reply_change(void *arg, struct raw_request *request)
{
	struct replier *replier = arg;
	const struct reply *reply = replier->reply;

	bool has_operations = reply->command == RPC_CMD_FS || reply->command == RPC_CMD_SOCKET;

	if (request->arg == NULL || request->command != reply->command ||
	    (has_operations && request->asked[0].u.value.a != reply->operation)) {
		return;
	}
	if (replier->seen == reply->occurrence) {
		reply->change(request, reply->number);
	}
	replier->seen++;
}

static void tour_with_reply(const struct reply *reply, uint32_t function)
{
	const struct world_options options = { .no_driver = true };
	struct world *world = world_new(SEED, tour_scripts, &options);
	struct replier replier = { .reply = reply };
	struct tour tour;

	trouble_step("%s", reply->name);
	raw_call_function(world->raw, function);
	raw_on_request(world->raw, reply_change, &replier);
	tour_run_raw(world->raw, &tour);
	expect(replier.seen > reply->occurrence);
	expect_equal(tour.results[reply->step], reply->result);
	world_free_hostile(world);
}

static void memory_is_taken_for_what_it_is(void **state)
{
	const struct reply *list = world_is_ffa() ? allocations_ffa : allocations_smc;
	size_t count = world_is_ffa() ? array_size(allocations_ffa) : array_size(allocations_smc);

	for (size_t i = 0; i < count; i++) {
		tour_with_reply(&list[i], SMC_CALL_WITH_RPC_ARG);
		if (!world_is_ffa()) {
			tour_with_reply(&list[i], SMC_CALL_WITH_ARG);
		}
	}
}

static void each_reply_is_taken_for_what_it_is(void **state)
{
	for (size_t i = 0; i < array_size(replies); i++) {
		tour_with_reply(&replies[i], SMC_CALL_WITH_RPC_ARG);
	}
}

static void so_it_is_in_memory_that_was_asked_for(void **state)
{
	for (size_t i = 0; i < array_size(replies); i++) {
		tour_with_reply(&replies[i], SMC_CALL_WITH_ARG);
	}
}

/* Memory that was not accepted goes back at once, under the name that it came with. */
static void memory_that_is_refused_is_given_back(void **state)
{
	const struct world_options options = { .no_driver = true };
	static const struct reply refused[] = {
		ALLOC("a hole", set_entry, 0, TEE_ERROR_OUT_OF_MEMORY),
		ALLOC("elsewhere", set_pages, FOREIGN_ADDRESS, TEE_ERROR_OUT_OF_MEMORY),
		ALLOC("too small", set_size, 1, TEE_ERROR_OUT_OF_MEMORY),
	};
	static const struct reply refused_ffa[] = {
		ALLOC("later", set_offset, 8, TEE_ERROR_OUT_OF_MEMORY),
		ALLOC("no such page", set_offset, 4096ull << 48, TEE_ERROR_OUT_OF_MEMORY),
		ALLOC("too small", set_size, 1, TEE_ERROR_OUT_OF_MEMORY),
	};

	for (size_t i = 0; i < array_size(refused); i++) {
		struct world *world = world_new(SEED, tour_scripts, &options);
		const struct reply *reply = world_is_ffa() ? &refused_ffa[i] : &refused[i];
		struct replier replier = { .reply = reply };
		uint32_t session;

		trouble_step("%s", reply->name);
		raw_on_request(world->raw, reply_change, &replier);
		expect_equal(raw_open(world->raw, &tour_guide.uuid, &session),
			     TEE_ERROR_OUT_OF_MEMORY);
		expect_equal(raw_given(world->raw), 0);
		world_free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_taken_for_what_it_is),
		cmocka_unit_test(each_reply_is_taken_for_what_it_is),
		cmocka_unit_test(memory_that_is_refused_is_given_back),
		cmocka_unit_test(so_it_is_in_memory_that_was_asked_for),
	};

	return world_run(tests, 1);
}
