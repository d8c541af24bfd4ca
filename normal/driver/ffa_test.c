/* Promises of transport.h as FF-A keeps them, to a secure world that plays by the rules and to one
 * that does not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/ffa.h"
#include "abi/gp.h"
#include "abi/msg.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/notif.h"
#include "normal/driver/shm.h"

#define PAGE	     4096u
#define OBJECTS_MAX  64u
#define RANGES_MAX   1024u
#define PARTITION    0x8123u
#define CALLER	     5u
#define HANDLE_FIRST 0x700000010ull

/* --- A secure world --------------------------------------------------------------------------- */

struct object {
	uint64_t handle; /* 0: free */
	uint32_t pages;
	uint64_t first; /* page */
};

/* What it does, and what it was told. */
static struct {
	uint32_t version;
	uint32_t api;
	uint32_t partitions;
	uint32_t properties;
	uint32_t capabilities;
	uint32_t capabilities_result;
	uint32_t rpc_params;
	uint32_t key_max;
	int32_t map_status;
	int32_t share_status;
	unsigned int busy; /* so many UNREGISTER_SHM are answered so */
	bool reclaim_denied;
	bool (*lie)(struct smc_regs *regs); /* true: this is the answer */
	/* A call: the answer's w3, w4 and w7. NULL: done. */
	void (*work)(struct msg_arg *message, struct smc_regs *regs);

	uint64_t tx;
	uint64_t rx;
	bool rx_taken;
	struct object objects[OBJECTS_MAX];
	uint64_t handle_next;
	/* The description that comes. */
	struct object coming;
	uint32_t total;
	uint32_t received;
	uint32_t pages_left;
	unsigned int pieces;
	struct smc_regs last_call;
	unsigned int calls;
	unsigned int resumed;
	uint64_t bound;
	uint64_t pending; /* notifications */
	bool enabled;
} secure;

static void answer_status(struct smc_regs *regs, int32_t status)
{
	*regs = status == FFA_OK ? (struct smc_regs){ .a0 = FFA_SUCCESS }
				 : (struct smc_regs){ .a0 = FFA_ERROR, .a2 = (uint32_t)status };
}

static struct object *object_find(uint64_t handle)
{
	for (size_t i = 0; i < OBJECTS_MAX; i++) {
		if (secure.objects[i].handle == handle) {
			return &secure.objects[i];
		}
	}
	return NULL;
}

static size_t objects(void)
{
	size_t count = 0;

	for (size_t i = 0; i < OBJECTS_MAX; i++) {
		count += secure.objects[i].handle != 0 ? 1 : 0;
	}
	return count;
}

static void serve_map(struct smc_regs *regs)
{
	if (secure.map_status == FFA_OK) {
		assert_int_equal(secure.tx, 0);
		assert_int_equal(regs->a3, 1);
		secure.tx = regs->a1;
		secure.rx = regs->a2;
	}
	answer_status(regs, secure.map_status);
}

static void serve_info(struct smc_regs *regs)
{
	struct ffa_partition *partition = fake_os_physical(secure.rx);

	assert_int_equal(regs->a1, 0xE0786148);
	assert_int_equal(regs->a4, 0x1BC5D5A5);
	assert_false(secure.rx_taken);
	secure.rx_taken = true;
	*partition = (struct ffa_partition){ .id = PARTITION, .properties = secure.properties };
	*regs = (struct smc_regs){ .a0 = FFA_SUCCESS, .a2 = secure.partitions, .a3 = 24 };
}

static void ranges_take(const struct ffa_range *ranges, uint32_t size)
{
	assert_int_equal(size % sizeof(*ranges), 0);
	for (uint32_t i = 0; i < size / sizeof(*ranges); i++) {
		assert_int_equal(ranges[i].address % PAGE, 0);
		assert_non_null(fake_os_physical(ranges[i].address));
		assert_true(ranges[i].page_count >= 1);
		if (secure.pages_left == secure.coming.pages) {
			secure.coming.first = ranges[i].address;
		}
		assert_true(ranges[i].page_count <= secure.pages_left);
		secure.pages_left -= ranges[i].page_count;
	}
}

static void share_go_on(struct smc_regs *regs)
{
	secure.pieces++;
	if (secure.received < secure.total) {
		*regs = (struct smc_regs){ FFA_MEM_FRAG_RX, smc_u64_low(secure.coming.handle),
					   smc_u64_high(secure.coming.handle), secure.received };
		return;
	}
	assert_int_equal(secure.pages_left, 0);
	*object_find(0) = secure.coming;
	*regs = (struct smc_regs){ FFA_SUCCESS, 0, smc_u64_low(secure.coming.handle),
				   smc_u64_high(secure.coming.handle) };
}

/* The layout of the version. */
static uint32_t head_check(const uint8_t *from)
{
	uint32_t header = secure.version == FFA_VERSION_1_0 ? 32 : 48;
	const struct ffa_access *access = (const void *)(from + header);

	if (secure.version == FFA_VERSION_1_0) {
		const struct ffa_memory_1_0 *memory = (const void *)from;

		assert_int_equal(memory->sender, CALLER);
		assert_int_equal(memory->attributes, 0x2F);
		assert_int_equal(memory->access_count, 1);
	} else {
		const struct ffa_memory *memory = (const void *)from;

		assert_int_equal(memory->sender, CALLER);
		assert_int_equal(memory->attributes, 0x2F);
		assert_int_equal(memory->access_count, 1);
		assert_int_equal(memory->access_size, 16);
		assert_int_equal(memory->access_offset, header);
	}
	assert_int_equal(access->receiver, PARTITION);
	assert_int_equal(access->permissions, FFA_ACCESS_READ_WRITE);
	assert_int_equal(access->composite_offset, header + 16);
	return header + 16;
}

static void serve_share(struct smc_regs *regs)
{
	const uint8_t *from = fake_os_physical(secure.tx);
	uint32_t composite_at = head_check(from);
	const struct ffa_composite *composite = (const void *)(from + composite_at);
	uint32_t size = (uint32_t)regs->a2;

	if (secure.share_status != FFA_OK) {
		answer_status(regs, secure.share_status);
		return;
	}
	assert_true(size <= PAGE);
	assert_int_equal(regs->a1, composite_at + 16 + 16 * composite->range_count);
	secure.coming = (struct object){ secure.handle_next++, composite->page_count, 0 };
	secure.total = (uint32_t)regs->a1;
	secure.received = size;
	secure.pages_left = composite->page_count;
	secure.pieces = 0;
	ranges_take((const void *)(from + composite_at + 16), size - composite_at - 16);
	share_go_on(regs);
}

static void serve_fragment(struct smc_regs *regs)
{
	uint32_t size = (uint32_t)regs->a3;

	assert_true(ffa_handle((uint32_t)regs->a1, (uint32_t)regs->a2) == secure.coming.handle);
	assert_true(size > 0 && size <= PAGE);
	ranges_take(fake_os_physical(secure.tx), size);
	secure.received += size;
	share_go_on(regs);
}

static void serve_reclaim(struct smc_regs *regs)
{
	struct object *object = object_find(ffa_handle((uint32_t)regs->a1, (uint32_t)regs->a2));

	if (object == NULL || secure.reclaim_denied) {
		answer_status(regs, object == NULL ? FFA_INVALID_PARAMETERS : FFA_DENIED);
		return;
	}
	object->handle = 0;
	answer_status(regs, FFA_OK);
}

static void serve_unregister(struct smc_regs *regs)
{
	regs->a3 = 0;
	if (secure.busy > 0) {
		secure.busy--;
		regs->a3 = (uint32_t)FFA_BUSY;
	}
}

static void serve_call(struct smc_regs *regs)
{
	struct object *object = object_find(ffa_handle((uint32_t)regs->a4, (uint32_t)regs->a5));
	uint32_t offset = (uint32_t)regs->a6;
	struct msg_arg *message;

	secure.last_call = *regs;
	secure.calls++;
	assert_non_null(object);
	assert_int_equal(offset % 8, 0);
	message = (void *)((uint8_t *)fake_os_physical(object->first) + offset);
	*regs = (struct smc_regs){ .a4 = FFA_YIELDING_DONE };
	message->ret = TEE_SUCCESS;
	message->session = message->cmd == MSG_CMD_OPEN_SESSION ? 1 : message->session;
	if (secure.work != NULL && message->cmd == MSG_CMD_INVOKE_COMMAND) {
		secure.work(message, regs);
	}
}

static struct msg_arg *resumes;

static void serve_resume(struct smc_regs *regs)
{
	assert_int_equal(regs->a4 | regs->a5 | regs->a6, 0);
	assert_int_equal(regs->a7, 3);
	secure.resumed++;
	*regs = (struct smc_regs){ .a4 = FFA_YIELDING_DONE };
	secure.work(resumes, regs);
}

static void serve_direct(struct smc_regs *regs)
{
	const uint32_t ends = (uint32_t)regs->a1;

	assert_int_equal(ends, ffa_endpoints(CALLER, PARTITION));
	assert_int_equal(regs->a2, 0);
	switch (regs->a3) {
	case FFA_GET_API_VERSION:
		*regs = (struct smc_regs){ .a3 = secure.api };
		break;
	case FFA_EXCHANGE_CAPABILITIES:
		*regs = (struct smc_regs){ .a3 = secure.capabilities_result,
					   .a4 = secure.rpc_params,
					   .a5 = secure.capabilities,
					   .a6 = secure.key_max };
		break;
	case FFA_UNREGISTER_SHM:
		serve_unregister(regs);
		break;
	case FFA_ENABLE_ASYNC_NOTIF:
		assert_int_equal(regs->a4, 0);
		secure.enabled = true;
		regs->a3 = 0;
		break;
	case FFA_YIELDING_CALL_WITH_ARG:
		serve_call(regs);
		break;
	case FFA_YIELDING_CALL_RESUME:
		serve_resume(regs);
		break;
	default:
		*regs = (struct smc_regs){ 0 };
		break;
	}
	regs->a0 = FFA_MSG_SEND_DIRECT_RESP_32;
	regs->a1 = ffa_endpoints(PARTITION, CALLER);
}

static void smc(struct smc_regs *regs)
{
	if (secure.lie != NULL && secure.lie(regs)) {
		return;
	}
	switch (regs->a0) {
	case FFA_VERSION:
		assert_int_equal(regs->a1, FFA_VERSION_1_1);
		*regs = (struct smc_regs){ .a0 = secure.version };
		break;
	case FFA_ID_GET:
		*regs = (struct smc_regs){ .a0 = FFA_SUCCESS, .a2 = CALLER };
		break;
	case FFA_RXTX_MAP_64:
		serve_map(regs);
		break;
	case FFA_RXTX_UNMAP:
		secure.tx = 0;
		answer_status(regs, FFA_OK);
		break;
	case FFA_PARTITION_INFO_GET:
		serve_info(regs);
		break;
	case FFA_RX_RELEASE:
		secure.rx_taken = false;
		answer_status(regs, FFA_OK);
		break;
	case FFA_MEM_SHARE_32:
		serve_share(regs);
		break;
	case FFA_MEM_FRAG_TX:
		serve_fragment(regs);
		break;
	case FFA_MEM_RECLAIM:
		serve_reclaim(regs);
		break;
	case FFA_NOTIFICATION_BITMAP_CREATE:
	case FFA_NOTIFICATION_BITMAP_DESTROY:
		assert_int_equal(regs->a1, CALLER);
		answer_status(regs, FFA_OK);
		break;
	case FFA_NOTIFICATION_BIND:
	case FFA_NOTIFICATION_UNBIND:
		assert_int_equal(regs->a1, ffa_endpoints(PARTITION, CALLER));
		secure.bound = regs->a0 == FFA_NOTIFICATION_BIND
				       ? ffa_handle((uint32_t)regs->a3, (uint32_t)regs->a4)
				       : 0;
		answer_status(regs, FFA_OK);
		break;
	case FFA_NOTIFICATION_GET:
		*regs = (struct smc_regs){ FFA_SUCCESS, 0, smc_u64_low(secure.pending),
					   smc_u64_high(secure.pending) };
		secure.pending = 0;
		break;
	case FFA_MSG_SEND_DIRECT_REQ_32:
		serve_direct(regs);
		break;
	default:
		fail_msg("function %#lx", (unsigned long)regs->a0);
	}
}

static int setup(void **state)
{
	fake_setup(state);
	memset(&secure, 0, sizeof(secure));
	secure.version = FFA_VERSION_1_1;
	secure.api = 1;
	secure.partitions = 1;
	secure.properties = FFA_PARTITION_DIRECT_RECEIVE;
	secure.capabilities = FFA_CAP_ARG_OFFSET;
	secure.rpc_params = 4;
	secure.handle_next = HANDLE_FIRST;
	fake_os_on_smc(smc);
	return 0;
}

static struct driver *probe(void)
{
	struct driver *driver;

	assert_int_equal(driver_probe(DRIVER_FFA, &driver), 0);
	return driver;
}

static void end(struct driver *driver)
{
	fake_driver_end(driver);
	assert_int_equal(objects(), 0);
	assert_int_equal(secure.tx, 0);
}

/* --- Probing ---------------------------------------------------------------------------------- */

static void assert_refused(int error)
{
	struct driver *driver;

	assert_int_equal(driver_probe(DRIVER_FFA, &driver), error);
	assert_int_equal(fake_os_blocks(), 0);
	assert_int_equal(fake_os_memories(), 0);
	assert_int_equal(secure.tx, 0);
}

static void without_ff_a_there_is_no_driver(void **state)
{
	const uint32_t versions[] = { (uint32_t)FFA_NOT_SUPPORTED, 0, 1, 0x20000, 0xFFFF };

	for (size_t i = 0; i < array_size(versions); i++) {
		secure.version = versions[i];
		assert_refused(-ENODEV);
	}
	/* Nor where raw SMC is spoken. */
	fake_os_on_smc(fake_smc);
	assert_refused(-ENODEV);
}

static void without_the_tee_there_is_no_driver(void **state)
{
	secure.partitions = 0;
	assert_refused(-ENODEV);
	assert_false(secure.rx_taken);
	secure.partitions = 2;
	assert_refused(-ENODEV);
	secure.partitions = 1;
	secure.properties = FFA_PARTITION_DIRECT_SEND;
	assert_refused(-ENODEV);
	secure.properties = FFA_PARTITION_DIRECT_RECEIVE;
	secure.api = 2;
	assert_refused(-ENODEV);
}

static void without_buffers_there_is_no_driver(void **state)
{
	secure.map_status = FFA_NO_MEMORY;
	assert_refused(-ENOMEM);
	secure.map_status = FFA_DENIED;
	assert_refused(-EINVAL);
}

static void capabilities_that_it_cannot_use_are_refused(void **state)
{
	secure.capabilities_result = 1;
	assert_refused(-EINVAL);
	secure.capabilities_result = 0;
	secure.capabilities = 0;
	assert_refused(-EINVAL);
	secure.capabilities = UINT32_MAX;
	secure.rpc_params = 0;
	assert_refused(-EINVAL);
	secure.rpc_params = 255;
	assert_refused(-EINVAL);
	secure.rpc_params = 4;
	secure.key_max = 1u << 20;
	assert_refused(-EINVAL);
}

static void a_failed_allocation_leaves_nothing(void **state)
{
	unsigned int number = 0;
	bool failed = true;

	while (failed) {
		struct driver *driver;

		fake_os_fail(++number);
		if (driver_probe(DRIVER_FFA, &driver) == 0) {
			end(driver);
		}
		failed = fake_os_failed();
		assert_int_equal(fake_os_blocks(), 0);
		assert_int_equal(fake_os_memories(), 0);
	}
	assert_true(number > 4);
}

static void it_can_do_what_raw_smc_can(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	struct tee_ioctl_version_data version;
	struct os_memory *none;

	assert_int_equal(
		driver_ioctl(file, TEE_IOC_VERSION, &version, sizeof(version), NULL, &none), 0);
	assert_int_equal(version.gen_caps,
			 TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL);
	driver_release(file);
	end(driver);
}

/* --- Sharing ---------------------------------------------------------------------------------- */

/* covers: FFA_MEM_SHARE_32 FFA_MEM_RECLAIM FFA_UNREGISTER_SHM */
static void memory_is_shared_and_taken_back(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	int32_t id;

	assert_int_equal(client_shm_alloc(file, 3 * PAGE, &id), 0);
	assert_int_equal(objects(), 1);
	assert_int_equal(secure.objects[0].pages, 3);
	assert_int_equal(secure.pieces, 1);
	assert_int_equal(driver_shm_close(file, id), 0);
	assert_int_equal(objects(), 0);
	driver_release(file);
	end(driver);
}

/* covers: FFA_MEM_FRAG_TX */
static void much_memory_is_described_in_pieces(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	int32_t id;

	/* No two pages are neighbours: 16 bytes for each. */
	assert_int_equal(client_shm_alloc(file, 1000 * PAGE, &id), 0);
	assert_int_equal(secure.objects[0].pages, 1000);
	assert_int_equal(secure.pieces, 4);
	driver_release(file);
	end(driver);
}

static void an_old_secure_world_gets_an_old_description(void **state)
{
	struct driver *driver;
	struct driver_file *file;
	int32_t id;

	secure.version = FFA_VERSION_1_0;
	driver = probe();
	file = fake_client(driver);
	assert_int_equal(client_shm_alloc(file, 300 * PAGE, &id), 0);
	assert_int_equal(secure.objects[0].pages, 300);
	driver_release(file);
	end(driver);
}

/* A supplicant is asked for memory while secure threads wait; sharing takes none. */
static void the_supplicants_memory_is_shared_too(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_supplicant(driver);
	int32_t id;

	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	assert_int_equal(objects(), 1);
	driver_release(file);
	end(driver);
}

static void what_the_secure_world_refuses_is_not_shared(void **state)
{
	static const struct {
		int32_t status;
		int error;
	} answers[] = {
		{ FFA_NO_MEMORY, -ENOMEM },
		{ FFA_DENIED, -EINVAL },
		{ FFA_INVALID_PARAMETERS, -EINVAL },
		{ FFA_BUSY, -EINVAL },
		{ 77, -EINVAL },
	};
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	int32_t id;

	for (size_t i = 0; i < array_size(answers); i++) {
		secure.share_status = answers[i].status;
		assert_int_equal(client_shm_alloc(file, PAGE, &id), answers[i].error);
		assert_int_equal(client_shm_register(file, 5, PAGE, &id), answers[i].error);
	}
	secure.share_status = FFA_OK;
	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	driver_release(file);
	end(driver);
}

static bool always_more(struct smc_regs *regs)
{
	if (regs->a0 != FFA_MEM_SHARE_32 && regs->a0 != FFA_MEM_FRAG_TX) {
		return false;
	}
	*regs = (struct smc_regs){ FFA_MEM_FRAG_RX, 1, 0, (uint32_t)regs->a2 };
	return true;
}

static bool more_of_something_else(struct smc_regs *regs)
{
	if (regs->a0 == FFA_MEM_SHARE_32) {
		*regs = (struct smc_regs){ FFA_MEM_FRAG_RX, 1, 0, 0 };
		return true;
	}
	assert_true(regs->a0 != FFA_MEM_FRAG_TX);
	return false;
}

static bool no_handle(struct smc_regs *regs)
{
	if (regs->a0 == FFA_MEM_SHARE_32) {
		*regs = (struct smc_regs){ FFA_SUCCESS, 0, UINT32_MAX, UINT32_MAX };
		return true;
	}
	return false;
}

static bool nonsense(struct smc_regs *regs)
{
	if (regs->a0 == FFA_MEM_SHARE_32 || regs->a0 == FFA_MEM_FRAG_TX) {
		*regs = (struct smc_regs){ 0x12345678, 1, 2, 3 };
		return true;
	}
	return false;
}

static bool too_soon(struct smc_regs *regs)
{
	if (regs->a0 == FFA_MEM_SHARE_32) {
		*regs = (struct smc_regs){ FFA_SUCCESS, 0, 7, 7 };
		return true;
	}
	return false;
}

static void a_secure_world_that_lies_about_sharing_gets_nothing(void **state)
{
	bool (*const lies[])(struct smc_regs * regs) = { always_more, more_of_something_else,
							 no_handle, nonsense, too_soon };
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	int32_t id;

	for (size_t i = 0; i < array_size(lies); i++) {
		secure.lie = lies[i];
		assert_true(client_shm_alloc(file, 1000 * PAGE, &id) < 0);
		secure.lie = NULL;
		assert_int_equal(objects(), 0);
	}
	/* The buffer is free again. */
	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	driver_release(file);
	end(driver);
}

static void memory_in_use_is_asked_for_again(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	int32_t id;

	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	secure.busy = 5;
	assert_int_equal(driver_shm_close(file, id), 0);
	assert_int_equal(secure.busy, 0);
	assert_int_equal(objects(), 0);
	/* Not for ever. */
	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	secure.busy = UINT32_MAX;
	secure.reclaim_denied = true;
	assert_int_equal(driver_shm_close(file, id), 0);
	secure.busy = 0;
	secure.reclaim_denied = false;
	memset(secure.objects, 0, sizeof(secure.objects));
	driver_release(file);
	end(driver);
}

/* --- Calls ------------------------------------------------------------------------------------ */

static void a_message_is_named_by_handle_and_offset(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);

	client_session(file);
	assert_int_equal(secure.calls, 1);
	assert_int_equal(secure.last_call.a3, FFA_YIELDING_CALL_WITH_ARG);
	assert_int_equal(secure.last_call.a6, 0);
	assert_int_equal(secure.last_call.a7, 0);
	/* The page of messages, and no other. */
	assert_int_equal(objects(), 1);
	driver_release(file);
	end(driver);
}

static unsigned int step;
static struct smc_regs answers[8];

static void answer_by_step(struct msg_arg *message, struct smc_regs *regs)
{
	resumes = message;
	*regs = answers[step++];
}

static struct outcome invoke_with(struct driver_file *file, const struct smc_regs *list,
				  size_t count)
{
	struct outcome outcome;

	memset(answers, 0, sizeof(answers));
	memcpy(answers, list, count * sizeof(*list));
	step = 0;
	secure.work = answer_by_step;
	assert_int_equal(client_invoke(file, 1, 9, NULL, 0, &outcome), 0);
	secure.work = NULL;
	return outcome;
}

#define WORDS(w3, w4, w7)                                                                          \
	{                                                                                          \
		.a3 = (w3), .a4 = (w4), .a7 = (w7)                                                 \
	}

/* covers: FFA_YIELDING_CALL_RESUME */
static void an_interrupted_call_is_resumed(void **state)
{
	static const struct smc_regs list[] = { WORDS(0, FFA_YIELDING_INTERRUPT, 3),
						WORDS(0, FFA_YIELDING_INTERRUPT, 3) };
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);

	client_session(file);
	assert_int_equal(invoke_with(file, list, 2).ret, TEE_SUCCESS);
	assert_int_equal(secure.resumed, 2);
	driver_release(file);
	end(driver);
}

static void a_call_that_went_wrong_is_a_communication_error(void **state)
{
	static const struct smc_regs wrong[] = {
		WORDS(FFA_YIELDING_BAD_PARAMETERS, 0, 0),
		WORDS(FFA_YIELDING_NOT_IMPLEMENTED, 0, 0),
		WORDS((uint32_t)FFA_DENIED, 0, 0),
		WORDS(0, 3, 3),
		WORDS(0, UINT32_MAX, 3),
		/* Nobody else is inside who could leave. */
		WORDS(FFA_YIELDING_BUSY, 0, 0),
	};
	static const struct smc_regs late[] = { WORDS(0, FFA_YIELDING_INTERRUPT, 3),
						WORDS(FFA_YIELDING_BUSY, 0, 0) };
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	struct outcome outcome;

	client_session(file);
	for (size_t i = 0; i < array_size(wrong); i++) {
		outcome = invoke_with(file, &wrong[i], 1);
		assert_int_equal(outcome.ret, TEE_ERROR_COMMUNICATION);
		assert_int_equal(outcome.origin, MSG_ORIGIN_COMMS);
	}
	/* A thread that was resumed cannot lack a thread. */
	assert_int_equal(invoke_with(file, late, 2).ret, TEE_ERROR_COMMUNICATION);
	driver_release(file);
	end(driver);
}

/* --- Requests --------------------------------------------------------------------------------- */

/* Sent when a call is first entered; then what came back. */
static union {
	uint8_t bytes[MSG_ARG_SIZE(2)];
	struct msg_arg arg;
} request;

static void request_work(struct msg_arg *message, struct smc_regs *regs)
{
	void *room = (uint8_t *)message + msg_arg_size(message->num_params);

	resumes = message;
	if (step++ == 0) {
		memcpy(room, &request, sizeof(request));
		*regs = (struct smc_regs)WORDS(0, FFA_YIELDING_RPC_CMD, 3);
		return;
	}
	memcpy(&request, room, sizeof(request));
}

static uint32_t ask(struct driver_file *file, uint32_t cmd, uint32_t count)
{
	struct outcome outcome;

	request.arg = (struct msg_arg){
		.cmd = cmd,
		.num_params = count,
		.ret = MSG_RPC_RET_PRESET,
	};
	step = 0;
	secure.work = request_work;
	assert_int_equal(client_invoke(file, 1, 9, NULL, 0, &outcome), 0);
	secure.work = NULL;
	return request.arg.ret;
}

static uint32_t ask_value(struct driver_file *file, uint32_t cmd, uint64_t a, uint64_t b)
{
	request.arg.params[0] = (struct msg_param){ .attr = MSG_ATTR_TYPE_VALUE_INPUT };
	request.arg.params[0].u.value = (struct msg_param_value){ a, b, RPC_SHM_ALIGNMENT };
	return ask(file, cmd, 1);
}

static void memory_for_the_secure_world_goes_by_its_handle(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	struct msg_param_fmem fmem;

	client_session(file);
	assert_int_equal(ask_value(file, RPC_CMD_SHM_ALLOC, RPC_SHM_TYPE_KERNEL, 5000),
			 TEE_SUCCESS);
	assert_int_equal(request.arg.params[0].attr, RPC_SHM_ATTR_FMEM);
	fmem = request.arg.params[0].u.fmem;
	assert_int_equal(fmem.size, 2 * PAGE);
	assert_int_equal(fmem.offs_low | fmem.offs_high | fmem.internal_offs, 0);
	assert_int_equal(object_find(fmem.global_id)->pages, 2);
	assert_int_equal(ask_value(file, RPC_CMD_SHM_FREE, RPC_SHM_TYPE_KERNEL, fmem.global_id),
			 TEE_SUCCESS);
	assert_null(object_find(fmem.global_id));
	driver_release(file);
	end(driver);
}

static void what_is_not_the_secure_worlds_is_not_taken_back(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	uint64_t handle;
	int32_t id;

	client_session(file);
	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	handle = secure.handle_next - 1;
	assert_int_equal(ask_value(file, RPC_CMD_SHM_FREE, RPC_SHM_TYPE_KERNEL, handle),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(ask_value(file, RPC_CMD_SHM_FREE, RPC_SHM_TYPE_APPL, handle),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(ask_value(file, RPC_CMD_SHM_FREE, RPC_SHM_TYPE_KERNEL, 1),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(ask_value(file, RPC_CMD_SHM_FREE, RPC_SHM_TYPE_GLOBAL, handle),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_non_null(object_find(handle));
	driver_release(file);
	end(driver);
}

static void a_request_for_memory_has_one_parameter(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);

	client_session(file);
	request.arg.params[0] = (struct msg_param){ .attr = MSG_ATTR_TYPE_VALUE_INPUT };
	request.arg.params[0].u.value = (struct msg_param_value){ RPC_SHM_TYPE_KERNEL, 1, 8 };
	request.arg.params[1] = (struct msg_param){ .attr = MSG_ATTR_TYPE_NONE };
	assert_int_equal(ask(file, RPC_CMD_SHM_ALLOC, 2), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(ask_value(file, RPC_CMD_SHM_ALLOC, RPC_SHM_TYPE_GLOBAL, 1),
			 TEE_ERROR_BAD_PARAMETERS);
	driver_release(file);
	end(driver);
}

/* --- Memory in messages ----------------------------------------------------------------------- */

static struct msg_param seen[3];

static void look(struct msg_arg *message, struct smc_regs *regs)
{
	memcpy(seen, message->params, sizeof(seen));
	message->params[1].u.fmem.size = 77;
}

static void a_clients_memory_goes_by_its_handle(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	struct tee_ioctl_param params[3];
	struct outcome outcome;
	int32_t id;

	client_session(file);
	/* It begins within its first page. */
	assert_int_equal(client_shm_register(file, 3 * PAGE + 300, 2 * PAGE, &id), 0);
	params[0] = client_memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, id, 16, 100);
	params[1] = client_memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT, id, 0, 2 * PAGE);
	params[2] = client_memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT, 0, 0, 0);
	params[2].c = TEE_MEMREF_NULL;
	secure.work = look;
	assert_int_equal(client_invoke(file, 1, 0, params, 3, &outcome), 0);
	secure.work = NULL;
	assert_int_equal(seen[0].attr, MSG_ATTR_TYPE_FMEM_INPUT);
	assert_int_equal(seen[0].u.fmem.offs_low, 16);
	assert_int_equal(seen[0].u.fmem.offs_high, 0);
	assert_int_equal(seen[0].u.fmem.internal_offs, 300);
	assert_int_equal(seen[0].u.fmem.size, 100);
	assert_true(seen[0].u.fmem.global_id == secure.handle_next - 1);
	assert_int_equal(seen[1].u.fmem.size, 2 * PAGE);
	assert_true(seen[2].u.fmem.global_id == MSG_FMEM_INVALID_GLOBAL_ID);
	assert_int_equal(seen[2].u.fmem.size, 0);
	assert_int_equal(params[1].b, 77);
	driver_release(file);
	end(driver);
}

/* --- Notifications ---------------------------------------------------------------------------- */

/* covers: FFA_ENABLE_ASYNC_NOTIF FFA_NOTIFICATION_BIND FFA_NOTIFICATION_GET */
static void notifications_wake_who_waits_for_their_bits(void **state)
{
	struct driver *driver;

	secure.capabilities |= FFA_CAP_ASYNC_NOTIF;
	driver = probe();
	assert_true(secure.enabled);
	assert_true(secure.bound == UINT64_MAX);
	secure.pending = 1ull << 63 | 1ull << 5;
	driver_interrupt(driver);
	assert_true(secure.pending == 0);
	/* Their tokens are there. */
	assert_int_equal(driver_notif_wait(driver, 5, 1), TEE_SUCCESS);
	assert_int_equal(driver_notif_wait(driver, 63, 1), TEE_SUCCESS);
	fake_time_flies(true);
	assert_int_equal(driver_notif_wait(driver, 6, 1), TEE_ERROR_TIMEOUT);
	driver_interrupt(driver);
	assert_int_equal(driver_notif_wait(driver, 5, 1), TEE_ERROR_TIMEOUT);
	end(driver);
	assert_true(secure.bound == 0);
}

static void without_the_capability_nobody_asks_for_notifications(void **state)
{
	struct driver *driver = probe();

	assert_false(secure.enabled);
	assert_true(secure.bound == 0);
	end(driver);
}

/* --- What an observer sees -------------------------------------------------------------------- */

static void sharing_is_seen(void **state)
{
	struct driver *driver = probe();
	struct driver_file *file = fake_client(driver);
	int32_t id;

	fake_events_forget();
	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	assert_int_equal(driver_shm_close(file, id), 0);
	assert_int_equal(fake_events(), 4);
	assert_int_equal(fake_event(0).kind, DRIVER_EVENT_CALL_BEGIN);
	assert_int_equal(fake_event(0).function, FFA_MEM_SHARE_32);
	assert_int_equal(fake_event(0).pid, 100);
	assert_int_equal(fake_event(1).kind, DRIVER_EVENT_CALL_END);
	assert_int_equal(fake_event(1).bytes, PAGE);
	assert_int_equal(fake_event(1).result, TEE_SUCCESS);
	assert_int_equal(fake_event(2).function, FFA_MEM_RECLAIM);
	assert_int_equal(fake_event(3).result, TEE_SUCCESS);
	driver_release(file);
	end(driver);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_ff_a_there_is_no_driver),
		TEST(without_the_tee_there_is_no_driver),
		TEST(without_buffers_there_is_no_driver),
		TEST(capabilities_that_it_cannot_use_are_refused),
		TEST(a_failed_allocation_leaves_nothing),
		TEST(it_can_do_what_raw_smc_can),
		TEST(memory_is_shared_and_taken_back),
		TEST(much_memory_is_described_in_pieces),
		TEST(an_old_secure_world_gets_an_old_description),
		TEST(the_supplicants_memory_is_shared_too),
		TEST(what_the_secure_world_refuses_is_not_shared),
		TEST(a_secure_world_that_lies_about_sharing_gets_nothing),
		TEST(memory_in_use_is_asked_for_again),
		TEST(a_message_is_named_by_handle_and_offset),
		TEST(an_interrupted_call_is_resumed),
		TEST(a_call_that_went_wrong_is_a_communication_error),
		TEST(memory_for_the_secure_world_goes_by_its_handle),
		TEST(what_is_not_the_secure_worlds_is_not_taken_back),
		TEST(a_request_for_memory_has_one_parameter),
		TEST(a_clients_memory_goes_by_its_handle),
		TEST(notifications_wake_who_waits_for_their_bits),
		TEST(without_the_capability_nobody_asks_for_notifications),
		TEST(sharing_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
