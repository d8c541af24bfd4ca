/* Promises of ffa.h, from registers to registers; refusals above all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/ffa.h"
#include "abi/image.h"
#include "abi/msg.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/core/notif.h"
#include "secure/core/shm.h"
#include "secure/core/thread.h"
#include "secure/tee/entry.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/ffa_buffer.h"
#include "secure/tee/ffa_memory.h"
#include "secure/tee/revision.h"

#define PAGE	PORT_PAGE_SIZE
#define FOREIGN (FAKE_NORMAL_BASE - PAGE)
#define ENDS	ffa_endpoints(FFA_ID_NORMAL_WORLD, FFA_ID_TEE)

static uint64_t tx;
static uint64_t rx;

static TEE_Result interrupted(struct fake_entry *entry)
{
	if (entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		fake_interrupt(entry);
	}
	return TEE_SUCCESS;
}

static struct smc_regs enter(struct smc_regs regs)
{
	tee_enter(&regs);
	return regs;
}

static struct smc_regs call(uint32_t function, uint64_t w1, uint64_t w2, uint64_t w3)
{
	return enter((struct smc_regs){ function, w1, w2, w3, 0, 0, 0, 0 });
}

static void assert_status(struct smc_regs answer, int32_t status)
{
	if (status == FFA_OK) {
		assert_int_equal(answer.a0, FFA_SUCCESS);
		return;
	}
	assert_int_equal(answer.a0, FFA_ERROR);
	assert_int_equal((int32_t)answer.a2, status);
	assert_int_equal(answer.a1 | answer.a3 | answer.a4 | answer.a5 | answer.a6 | answer.a7, 0);
}

static int setup_without_buffers(void **state)
{
	tee_transport(TEE_FFA);
	fake_client_begin();
	fake_ta_install(1, TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION, interrupted);
	return 0;
}

static int setup(void **state)
{
	setup_without_buffers(state);
	tx = fake_pages(1);
	rx = fake_pages(1);
	assert_int_equal(call(FFA_VERSION, FFA_VERSION_1_1, 0, 0).a0, FFA_VERSION_1_1);
	assert_status(call(FFA_RXTX_MAP_64, tx, rx, 1), FFA_OK);
	return 0;
}

static int teardown_without_buffers(void **state)
{
	fake_client_end(0);
	return 0;
}

static int teardown(void **state)
{
	assert_status(call(FFA_RXTX_UNMAP, 0, 0, 0), FFA_OK);
	return teardown_without_buffers(state);
}

/* --- Who is here ------------------------------------------------------------------------------ */

/* covers: FFA_VERSION */
static void it_speaks_one_of_two_versions(void **state)
{
	assert_int_equal(call(FFA_VERSION, FFA_VERSION_1_0, 0, 0).a0, FFA_VERSION_1_0);
	assert_int_equal(call(FFA_VERSION, FFA_VERSION_1_1, 0, 0).a0, FFA_VERSION_1_1);
	assert_int_equal(call(FFA_VERSION, 0x1FFFF, 0, 0).a0, FFA_VERSION_1_1);
	assert_int_equal((int32_t)call(FFA_VERSION, 0x20000, 0, 0).a0, FFA_NOT_SUPPORTED);
	assert_int_equal((int32_t)call(FFA_VERSION, 0x00001, 0, 0).a0, FFA_NOT_SUPPORTED);
	assert_int_equal((int32_t)call(FFA_VERSION, 0x80010001, 0, 0).a0, FFA_NOT_SUPPORTED);
}

static void the_version_stays_while_there_are_buffers(void **state)
{
	assert_int_equal(call(FFA_VERSION, FFA_VERSION_1_1, 0, 0).a0, FFA_VERSION_1_1);
	assert_int_equal((int32_t)call(FFA_VERSION, FFA_VERSION_1_0, 0, 0).a0, FFA_NOT_SUPPORTED);
}

/* covers: FFA_ID_GET FFA_SPM_ID_GET */
static void it_says_who_everybody_is(void **state)
{
	assert_int_equal(call(FFA_ID_GET, 0, 0, 0).a2, FFA_ID_NORMAL_WORLD);
	assert_int_equal(call(FFA_SPM_ID_GET, 0, 0, 0).a2, FFA_ID_SPM);
}

/* covers: FFA_FEATURES */
static void it_says_which_functions_it_has(void **state)
{
	static const uint32_t known[] = {
		FFA_VERSION,
		FFA_RXTX_MAP_32,
		FFA_RXTX_MAP_64,
		FFA_MEM_SHARE_32,
		FFA_MEM_SHARE_64,
		FFA_MEM_FRAG_TX,
		FFA_MEM_RECLAIM,
		FFA_MSG_SEND_DIRECT_REQ_32,
		FFA_PARTITION_INFO_GET,
		FFA_FEATURES,
	};
	static const uint32_t unknown[] = {
		0,
		1,
		2,
		FFA_MEM_DONATE_32,
		FFA_MEM_LEND_64,
		FFA_MEM_RETRIEVE_REQ_32,
		SMC_CALLS_UID,
		FFA_MEM_RELINQUISH,
		FFA_MSG_SEND_DIRECT_REQ2,
	};

	for (size_t i = 0; i < array_size(known); i++) {
		assert_status(call(FFA_FEATURES, known[i], 0, 0), FFA_OK);
	}
	for (size_t i = 0; i < array_size(unknown); i++) {
		assert_status(call(FFA_FEATURES, unknown[i], 0, 0), FFA_NOT_SUPPORTED);
	}
}

/* covers: FFA_MEM_DONATE_32 FFA_MEM_DONATE_64 FFA_MEM_LEND_32 FFA_MEM_LEND_64
 * FFA_MEM_RETRIEVE_REQ_32 FFA_MEM_RETRIEVE_REQ_64 FFA_MEM_RELINQUISH
 * FFA_MSG_SEND_DIRECT_REQ2
 * FFA_NOTIFICATION_INFO_GET_64 */
static void what_it_has_not_is_not_supported(void **state)
{
	static const uint32_t functions[] = {
		0x84000060,
		0x8400006a,
		FFA_MEM_DONATE_32,
		FFA_MEM_DONATE_64,
		FFA_MEM_LEND_32,
		FFA_MEM_LEND_64,
		FFA_MEM_RETRIEVE_REQ_32,
		FFA_MEM_RETRIEVE_REQ_64,
		FFA_MEM_RELINQUISH,
		FFA_NOTIFICATION_INFO_GET_64,
		FFA_MSG_SEND_DIRECT_RESP_32,
		FFA_MSG_SEND_DIRECT_REQ2,
		0x840000ef,
	};

	for (size_t i = 0; i < array_size(functions); i++) {
		assert_status(call(functions[i], 1, 2, 3), FFA_NOT_SUPPORTED);
	}
}

static void raw_smc_is_unknown(void **state)
{
	static const uint32_t functions[] = {
		SMC_CALLS_UID,
		SMC_GET_OS_REVISION,
		SMC_EXCHANGE_CAPABILITIES,
		SMC_CALL_WITH_ARG,
		SMC_CALL_WITH_RPC_ARG,
		SMC_CALL_WITH_REGD_ARG,
		SMC_RETURN_FROM_RPC,
		0x840000f0,
		0x8400005f,
		0,
		UINT32_MAX,
	};

	for (size_t i = 0; i < array_size(functions); i++) {
		const struct smc_regs answer =
			enter((struct smc_regs){ functions[i], 1, 2, 3, 4, 5, 6, 7 });

		assert_int_equal(answer.a0, SMC_UNKNOWN_FUNCTION);
		assert_int_equal(answer.a1, 1);
		assert_int_equal(answer.a7, 7);
	}
}

/* --- Partitions ------------------------------------------------------------------------------- */

static struct smc_regs partitions(const uint32_t uuid[4], uint32_t flags)
{
	return enter((struct smc_regs){ FFA_PARTITION_INFO_GET, uuid[0], uuid[1], uuid[2], uuid[3],
					flags, 0, 0 });
}

static const uint32_t tee_uuid[4] = { 0xE0786148, 0xE311F8E7, 0x02005EBC, 0x1BC5D5A5 };

/* covers: FFA_PARTITION_INFO_GET FFA_RX_RELEASE */
static void the_tee_is_found_by_its_uuid(void **state)
{
	const struct ffa_partition *found = fake_normal(rx);
	struct smc_regs answer = partitions(tee_uuid, 0);

	assert_status(answer, FFA_OK);
	assert_int_equal(answer.a2, 1);
	assert_int_equal(answer.a3, sizeof(*found));
	assert_int_equal(found->id, FFA_ID_TEE);
	assert_int_equal(found->contexts, FAKE_CLIENT_THREADS);
	assert_true((found->properties & FFA_PARTITION_DIRECT_RECEIVE) != 0);
	assert_int_equal(found->uuid[0], 0);
	/* The buffer is the normal world's until it says otherwise. */
	assert_status(partitions(tee_uuid, 0), FFA_BUSY);
	assert_status(call(FFA_RX_RELEASE, 0, 0, 0), FFA_OK);
	assert_status(call(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	/* Whoever names nobody is told the name. */
	assert_status(partitions((const uint32_t[4]){ 0 }, 0), FFA_OK);
	assert_memory_equal(found->uuid, tee_uuid, sizeof(tee_uuid));
	assert_status(call(FFA_RX_RELEASE, 0, 0, 0), FFA_OK);
}

static void partitions_are_counted_without_a_buffer(void **state)
{
	struct smc_regs answer = partitions(tee_uuid, FFA_PARTITION_COUNT_ONLY);

	assert_int_equal(answer.a2, 1);
	assert_int_equal(answer.a3, 0);
	assert_status(partitions(tee_uuid, FFA_PARTITION_COUNT_ONLY), FFA_OK);
	assert_status(partitions(tee_uuid, 2), FFA_INVALID_PARAMETERS);
	assert_status(partitions((const uint32_t[4]){ 1, 2, 3, 4 }, 0), FFA_INVALID_PARAMETERS);
}

static void an_old_caller_is_told_less(void **state)
{
	uint32_t *words;

	assert_status(call(FFA_RXTX_UNMAP, 0, 0, 0), FFA_OK);
	assert_int_equal(call(FFA_VERSION, FFA_VERSION_1_0, 0, 0).a0, FFA_VERSION_1_0);
	assert_status(call(FFA_RXTX_MAP_64, tx, rx, 1), FFA_OK);
	words = fake_normal(rx);
	words[2] = 0x55555555;
	assert_int_equal(partitions((const uint32_t[4]){ 0 }, 1).a3, 0);
	assert_int_equal(words[0] & 0xffff, FFA_ID_TEE);
	assert_int_equal(words[2], 0x55555555);
}

static void without_a_buffer_nothing_is_told(void **state)
{
	assert_status(partitions(tee_uuid, 0), FFA_BUSY);
	assert_status(call(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
	assert_status(call(FFA_MEM_SHARE_32, 96, 96, 0), FFA_INVALID_PARAMETERS);
	assert_status(call(FFA_MEM_FRAG_TX, 1, 0, 16), FFA_INVALID_PARAMETERS);
}

/* --- Buffers ---------------------------------------------------------------------------------- */

/* covers: FFA_RXTX_MAP_32 FFA_RXTX_MAP_64 FFA_RXTX_UNMAP */
static void buffers_are_two_different_pieces_of_normal_memory(void **state)
{
	uint64_t pages = fake_pages(64);
	const struct {
		uint64_t tx, rx;
		uint32_t pages;
		int32_t status;
	} bad[] = {
		{ pages, pages + PAGE, 0, FFA_INVALID_PARAMETERS },
		{ pages, pages + 32 * PAGE, FFA_BUFFER_PAGES_MAX + 1, FFA_INVALID_PARAMETERS },
		{ pages, pages + 32 * PAGE, UINT32_MAX, FFA_INVALID_PARAMETERS },
		{ pages, pages, 1, FFA_INVALID_PARAMETERS },
		{ pages, pages + PAGE, 2, FFA_INVALID_PARAMETERS },
		{ pages + PAGE, pages, 2, FFA_INVALID_PARAMETERS },
		{ pages + 8, pages + 2 * PAGE, 1, FFA_INVALID_PARAMETERS },
		{ pages, pages + PAGE + 8, 1, FFA_INVALID_PARAMETERS },
		{ FOREIGN, pages, 1, FFA_INVALID_PARAMETERS },
		{ pages, FOREIGN, 1, FFA_INVALID_PARAMETERS },
		{ 0, pages, 1, FFA_INVALID_PARAMETERS },
		{ UINT64_MAX - PAGE + 1, pages, 1, FFA_INVALID_PARAMETERS },
	};

	for (size_t i = 0; i < array_size(bad); i++) {
		assert_status(call(FFA_RXTX_MAP_64, bad[i].tx, bad[i].rx, bad[i].pages),
			      bad[i].status);
	}
	assert_status(call(FFA_RXTX_MAP_64, pages, pages + 32 * PAGE, FFA_BUFFER_PAGES_MAX),
		      FFA_OK);
	assert_status(call(FFA_RXTX_MAP_64, pages, pages + 32 * PAGE, 1), FFA_DENIED);
	assert_status(call(FFA_RXTX_UNMAP, 1u << 16, 0, 0), FFA_INVALID_PARAMETERS);
	assert_status(call(FFA_RXTX_UNMAP, 0, 0, 0), FFA_OK);
	assert_status(call(FFA_RXTX_UNMAP, 0, 0, 0), FFA_INVALID_PARAMETERS);
	/* Only the low halves count. */
	assert_status(call(FFA_RXTX_MAP_32, pages | 1ull << 32, pages + PAGE, 1), FFA_OK);
	assert_status(call(FFA_RXTX_UNMAP, 0, 0, 0), FFA_OK);
}

static void without_memory_there_are_no_buffers(void **state)
{
	uint64_t pages = fake_pages(2);

	fake.maps_allowed = 1;
	assert_status(call(FFA_RXTX_MAP_64, pages, pages + PAGE, 1), FFA_NO_MEMORY);
	fake.maps_allowed = FAKE_UNLIMITED;
}

/* --- Sharing ---------------------------------------------------------------------------------- */

#define RANGES_MAX 64u

/* As it lies in the buffer. */
struct description {
	struct ffa_memory memory;
	struct ffa_access access;
	struct ffa_composite composite;
	struct ffa_range ranges[RANGES_MAX];
};

#define SIZE(count) ((uint32_t)(offsetof(struct description, ranges) + 16 * (count)))

/* `count` pages of which no two are neighbours, a range for each. */
static struct description *describe(uint32_t count)
{
	struct description *to = fake_normal(tx);
	uint64_t pages = fake_pages(2 * (size_t)count);

	memset(to, 0, sizeof(*to));
	to->memory.attributes = FFA_MEMORY_ATTRIBUTES_PLAIN;
	to->memory.access_size = sizeof(struct ffa_access);
	to->memory.access_count = 1;
	to->memory.access_offset = offsetof(struct description, access);
	to->access.receiver = FFA_ID_TEE;
	to->access.permissions = FFA_ACCESS_READ_WRITE;
	to->access.composite_offset = offsetof(struct description, composite);
	to->composite.page_count = count;
	to->composite.range_count = count;
	for (uint32_t i = 0; i < count; i++) {
		to->ranges[i] = (struct ffa_range){ pages + 2ull * i * PAGE, 1, 0 };
	}
	return to;
}

static uint64_t handle_in(struct smc_regs answer)
{
	assert_status(answer, FFA_OK);
	return ffa_handle((uint32_t)answer.a2, (uint32_t)answer.a3);
}

static uint64_t share(uint32_t count)
{
	(void)describe(count);
	return handle_in(call(FFA_MEM_SHARE_32, SIZE(count), SIZE(count), 0));
}

static struct smc_regs reclaim(uint64_t handle)
{
	return call(FFA_MEM_RECLAIM, smc_u64_low(handle), smc_u64_high(handle), 0);
}

static struct smc_regs service(uint32_t id, uint32_t w4, uint32_t w5, uint32_t w6, uint32_t w7)
{
	return enter((struct smc_regs){ FFA_MSG_SEND_DIRECT_REQ_32, ENDS, 0, id, w4, w5, w6, w7 });
}

static int32_t unregister(uint64_t handle)
{
	struct smc_regs answer =
		service(FFA_UNREGISTER_SHM, smc_u64_low(handle), smc_u64_high(handle), 0, 0);

	assert_int_equal(answer.a0, FFA_MSG_SEND_DIRECT_RESP_32);
	return (int32_t)answer.a3;
}

/* covers: FFA_MEM_SHARE_32 FFA_MEM_RECLAIM */
static void memory_is_shared_once_and_reclaimed_once(void **state)
{
	uint64_t first = share(3);
	uint64_t second = share(1);

	assert_true(first != second);
	assert_true((first & FFA_HANDLE_HYPERVISOR) == 0);
	assert_status(reclaim(first), FFA_OK);
	assert_status(reclaim(first), FFA_INVALID_PARAMETERS);
	assert_status(reclaim(second), FFA_OK);
	assert_status(reclaim(0), FFA_INVALID_PARAMETERS);
	assert_status(reclaim(FFA_HANDLE_INVALID), FFA_INVALID_PARAMETERS);
	/* A name is not given twice. */
	first = share(1);
	assert_true(first != second);
	assert_status(call(FFA_MEM_RECLAIM, smc_u64_low(first), smc_u64_high(first), 1),
		      FFA_INVALID_PARAMETERS);
	assert_status(reclaim(first), FFA_OK);
}

/* Each change spoils a good description. */
static void spoil(struct description *good, unsigned int how)
{
	struct ffa_range *range = &good->ranges[1];

	switch (how) {
	case 0:
		good->memory.sender = 1;
		break;
	case 1:
		good->memory.flags = 1;
		break;
	case 2:
		good->memory.handle = 1;
		break;
	case 3:
		good->memory.access_count = 0;
		break;
	case 4:
		good->memory.access_count = 2;
		break;
	case 5:
		good->memory.access_size = 15;
		break;
	case 6:
		good->memory.access_offset = sizeof(struct ffa_memory) - 8;
		break;
	case 7:
		good->memory.access_offset = UINT32_MAX - 7;
		break;
	case 8:
		good->memory.access_offset++;
		break;
	case 9:
		good->access.receiver = FFA_ID_TEE + 1;
		break;
	case 10:
		good->access.flags = 1;
		break;
	case 11:
		good->access.composite_offset = offsetof(struct description, access) + 8;
		break;
	case 12:
		good->access.composite_offset = UINT32_MAX - 7;
		break;
	case 13:
		good->access.composite_offset += 4;
		break;
	case 14:
		good->access.composite_offset += 16;
		break;
	case 15:
		good->composite.page_count = 0;
		break;
	case 16:
		good->composite.page_count--;
		break;
	case 17:
		good->composite.page_count++;
		break;
	case 18:
		good->composite.page_count = UINT32_MAX;
		break;
	case 19:
		good->composite.range_count = 0;
		break;
	case 20:
		good->composite.range_count--;
		break;
	case 21:
		good->composite.range_count++;
		break;
	case 22:
		/* times 16 this is the right size again, in 32 bits */
		good->composite.range_count |= 1u << 28;
		break;
	case 23:
		range->address = FOREIGN;
		break;
	case 24:
		range->address++;
		break;
	case 25:
		range->address = 0;
		break;
	case 26:
		range->address = UINT64_MAX - PAGE + 1;
		break;
	case 27:
		range->page_count = 0;
		break;
	case 28:
		range->page_count = UINT32_MAX;
		break;
	default:
		range->page_count = 2;
		break;
	}
}

#define SPOILS 30u

static void a_description_that_lies_is_refused(void **state)
{
	for (unsigned int how = 0; how < SPOILS; how++) {
		spoil(describe(3), how);
		assert_status(call(FFA_MEM_SHARE_32, SIZE(3), SIZE(3), 0), FFA_INVALID_PARAMETERS);
		assert_int_equal(shm_live(), 2);
	}
}

/* covers: FFA_MEM_SHARE_64 */
static void memory_of_another_kind_is_denied(void **state)
{
	static const uint16_t attributes[] = { 0, 0x1F, 0x2C, 0x2D, 0x23, 0x6F, 0x12F, UINT16_MAX };
	static const uint8_t permissions[] = { 0, 1, 3, FFA_ACCESS_READ_WRITE | 8, 0xFF };

	for (size_t i = 0; i < array_size(attributes); i++) {
		describe(1)->memory.attributes = attributes[i];
		assert_status(call(FFA_MEM_SHARE_32, SIZE(1), SIZE(1), 0), FFA_DENIED);
	}
	for (size_t i = 0; i < array_size(permissions); i++) {
		describe(1)->access.permissions = permissions[i];
		assert_status(call(FFA_MEM_SHARE_32, SIZE(1), SIZE(1), 0), FFA_DENIED);
	}
	describe(1)->access.permissions = FFA_ACCESS_READ_WRITE | FFA_ACCESS_NO_EXECUTE;
	assert_status(reclaim(handle_in(call(FFA_MEM_SHARE_64, SIZE(1), SIZE(1), 0))), FFA_OK);
}

static void sizes_in_registers_that_lie_are_refused(void **state)
{
	const struct {
		uint32_t total, piece;
	} bad[] = {
		{ SIZE(3), SIZE(3) + 16 },
		{ SIZE(3), SIZE(3) - 8 },
		{ SIZE(3) - 16, SIZE(3) - 16 },
		{ SIZE(3) + 16, SIZE(3) },
		{ SIZE(3), 0 },
		{ 0, 0 },
		{ UINT32_MAX, UINT32_MAX },
		{ UINT32_MAX, SIZE(3) },
		{ SIZE(3), 47 },
		{ SIZE(3), 48 + 8 },
		{ SIZE(3), 48 + 16 + 8 },
		{ 5000, 5000 },
	};

	for (size_t i = 0; i < array_size(bad); i++) {
		(void)describe(3);
		assert_status(call(FFA_MEM_SHARE_32, bad[i].total, bad[i].piece, 0),
			      FFA_INVALID_PARAMETERS);
		assert_int_equal(shm_live(), 2);
	}
	(void)describe(3);
	assert_status(
		enter((struct smc_regs){ FFA_MEM_SHARE_64, SIZE(3), SIZE(3), tx, 1, 0, 0, 0 }),
		FFA_INVALID_PARAMETERS);
}

static void an_old_description_is_read_by_an_old_caller(void **state)
{
	const struct ffa_memory_1_0 memory = {
		.attributes = FFA_MEMORY_ATTRIBUTES_PLAIN,
		.access_count = 1,
	};
	const struct ffa_access access = {
		.receiver = FFA_ID_TEE,
		.permissions = FFA_ACCESS_READ_WRITE,
		.composite_offset = 48,
	};
	const struct ffa_composite composite = { .page_count = 2, .range_count = 1 };
	const struct ffa_range range = { fake_pages(2), 2, 0 };
	uint8_t *to = fake_normal(tx);

	assert_status(call(FFA_RXTX_UNMAP, 0, 0, 0), FFA_OK);
	assert_int_equal(call(FFA_VERSION, FFA_VERSION_1_0, 0, 0).a0, FFA_VERSION_1_0);
	assert_status(call(FFA_RXTX_MAP_64, tx, rx, 1), FFA_OK);
	memcpy(to, &memory, 32);
	memcpy(to + 32, &access, 16);
	memcpy(to + 48, &composite, 16);
	memcpy(to + 64, &range, 16);
	assert_status(call(FFA_MEM_SHARE_32, 80, 31, 0), FFA_INVALID_PARAMETERS);
	assert_status(reclaim(handle_in(call(FFA_MEM_SHARE_32, 80, 80, 0))), FFA_OK);
}

static void each_word_of_a_description_is_read_once(void **state)
{
	long before = fake.normal_reads;
	uint64_t handle = share(5);

	/* Header, access, composite, and five ranges. */
	assert_int_equal(fake.normal_reads - before, 3 + 5);
	assert_status(reclaim(handle), FFA_OK);
}

static void without_memory_nothing_is_shared(void **state)
{
	/* More pages than an object holds itself. */
	(void)describe(20);
	fake.pages_allowed = 0;
	assert_status(call(FFA_MEM_SHARE_32, SIZE(20), SIZE(20), 0), FFA_NO_MEMORY);
	fake.pages_allowed = FAKE_UNLIMITED;
	assert_int_equal(shm_live(), 2);
}

/* --- In pieces -------------------------------------------------------------------------------- */

static struct ffa_range kept[RANGES_MAX];

/* The first `here` of `count` ranges go first. */
static struct smc_regs share_begin(uint32_t count, uint32_t here)
{
	const struct description *all = describe(count);

	memcpy(kept, all->ranges, sizeof(kept));
	return call(FFA_MEM_SHARE_32, SIZE(count), SIZE(here), 0);
}

/* Ranges `first` to `first + count`, by the handle in `more`. */
static struct smc_regs share_more(struct smc_regs more, uint32_t first, uint32_t count)
{
	memcpy(fake_normal(tx), &kept[first], 16 * count);
	return call(FFA_MEM_FRAG_TX, more.a1, more.a2, 16 * count);
}

/* covers: FFA_MEM_FRAG_TX */
static void a_description_may_come_in_pieces(void **state)
{
	struct smc_regs more = share_begin(40, 0);
	uint64_t handle;

	assert_int_equal(more.a0, FFA_MEM_FRAG_RX);
	assert_int_equal(more.a3, SIZE(0));
	handle = ffa_handle((uint32_t)more.a1, (uint32_t)more.a2);
	/* It is not memory yet. */
	assert_null(shm_find_handle(handle, 0));
	more = share_more(more, 0, 1);
	assert_int_equal(more.a0, FFA_MEM_FRAG_RX);
	assert_int_equal(more.a3, SIZE(1));
	more = share_more(more, 1, 30);
	assert_int_equal(more.a3, SIZE(31));
	assert_true(handle_in(share_more(more, 31, 9)) == handle);
	assert_status(share_more(more, 31, 9), FFA_INVALID_PARAMETERS);
	assert_status(reclaim(handle), FFA_OK);
}

static void a_piece_that_cannot_be_used_ends_it(void **state)
{
	static const uint32_t sizes[] = { 0, 8, 16 * 9, 4096, 4112, UINT32_MAX };

	for (size_t i = 0; i < array_size(sizes); i++) {
		struct smc_regs more = share_begin(10, 2);

		memcpy(fake_normal(tx), &kept[2], 16 * 9);
		assert_status(call(FFA_MEM_FRAG_TX, more.a1, more.a2, sizes[i]),
			      FFA_INVALID_PARAMETERS);
		assert_status(share_more(more, 2, 8), FFA_INVALID_PARAMETERS);
		assert_int_equal(shm_live(), 2);
	}
}

static void fewer_pages_than_promised_are_refused_at_the_end(void **state)
{
	struct description *all = describe(4);
	struct smc_regs more;

	memcpy(kept, all->ranges, sizeof(kept));
	all->composite.page_count = 5;
	more = call(FFA_MEM_SHARE_32, SIZE(4), SIZE(2), 0);
	assert_int_equal(more.a0, FFA_MEM_FRAG_RX);
	assert_status(share_more(more, 2, 2), FFA_INVALID_PARAMETERS);
	assert_int_equal(shm_live(), 2);
}

static void a_piece_of_something_unknown_is_refused(void **state)
{
	struct smc_regs more = share_begin(4, 2);

	assert_status(call(FFA_MEM_FRAG_TX, more.a1 + 1, more.a2, 16), FFA_INVALID_PARAMETERS);
	assert_status(call(FFA_MEM_FRAG_TX, more.a1, more.a2 + 1, 16), FFA_INVALID_PARAMETERS);
	assert_status(enter((struct smc_regs){ FFA_MEM_FRAG_TX, more.a1, more.a2, 16, 1u << 16, 0,
					       0, 0 }),
		      FFA_INVALID_PARAMETERS);
	assert_status(reclaim(handle_in(share_more(more, 2, 2))), FFA_OK);
}

static void what_is_not_complete_is_limited_and_can_be_given_up(void **state)
{
	struct smc_regs more[FFA_TRANSACTIONS_MAX];

	for (size_t i = 0; i < array_size(more); i++) {
		more[i] = share_begin(4, 2);
		assert_int_equal(more[i].a0, FFA_MEM_FRAG_RX);
	}
	assert_status(share_begin(4, 2), FFA_NO_MEMORY);
	/* What comes whole needs no place. */
	assert_status(reclaim(share(4)), FFA_OK);
	for (size_t i = 0; i < array_size(more); i++) {
		assert_status(reclaim(ffa_handle((uint32_t)more[i].a1, (uint32_t)more[i].a2)),
			      FFA_OK);
	}
	assert_int_equal(shm_live(), 2);
}

/* --- Direct messages -------------------------------------------------------------------------- */

/* covers: FFA_MSG_SEND_DIRECT_REQ_32 FFA_GET_API_VERSION FFA_GET_OS_VERSION
 * FFA_EXCHANGE_CAPABILITIES */
static void services_that_answer_at_once(void **state)
{
	struct smc_regs answer = service(FFA_GET_API_VERSION, 0, 0, 0, 0);

	assert_int_equal(answer.a0, FFA_MSG_SEND_DIRECT_RESP_32);
	assert_int_equal(answer.a1, ffa_endpoints(FFA_ID_TEE, FFA_ID_NORMAL_WORLD));
	assert_int_equal(answer.a2, 0);
	assert_int_equal(answer.a3, 1);
	assert_int_equal(answer.a4, 0);
	answer = service(FFA_GET_OS_VERSION, 0, 0, 0, 0);
	assert_int_equal(answer.a3, REVISION_MAJOR);
	assert_int_equal(answer.a4, REVISION_MINOR);
	assert_int_equal(answer.a5, REVISION_BUILD);
	answer = service(FFA_EXCHANGE_CAPABILITIES, 0, 0, 0, 0);
	assert_int_equal(answer.a3, 0);
	assert_int_equal(answer.a4, 4);
	assert_true((answer.a5 & FFA_CAP_ARG_OFFSET) != 0);
	assert_true((answer.a5 & FFA_CAP_PROTMEM) == 0);
	assert_int_equal(answer.a6, 0);
}

static struct smc_regs bind(uint32_t function, uint64_t bits)
{
	return enter((struct smc_regs){ function, ffa_endpoints(FFA_ID_TEE, FFA_ID_NORMAL_WORLD), 0,
					smc_u64_low(bits), smc_u64_high(bits), 0, 0, 0 });
}

static uint64_t notifications(void)
{
	struct smc_regs answer = call(FFA_NOTIFICATION_GET, FFA_ID_NORMAL_WORLD, 1, 0);

	assert_status(answer, FFA_OK);
	return ffa_handle((uint32_t)answer.a2, (uint32_t)answer.a3);
}

/* covers: FFA_ENABLE_ASYNC_NOTIF FFA_NOTIFICATION_GET */
static void notifications_are_bits_that_come_at_once(void **state)
{
	uint32_t value;

	assert_true((service(FFA_EXCHANGE_CAPABILITIES, 0, 0, 0, 0).a5 & FFA_CAP_ASYNC_NOTIF) != 0);
	assert_int_equal(notif_value_alloc(&value), TEE_SUCCESS);
	notif_send(value);
	notif_send(SMC_NOTIF_VALUE_BOTTOM_HALF);
	/* A bit that is not bound cannot be the bottom half's, nor one that is none. */
	assert_int_equal(service(FFA_ENABLE_ASYNC_NOTIF, 0, 0, 0, 0).a3, 0xFFFF0006);
	assert_status(call(FFA_NOTIFICATION_BITMAP_CREATE, 0, 1, 0), FFA_OK);
	assert_status(bind(FFA_NOTIFICATION_BIND, UINT64_MAX), FFA_OK);
	assert_int_equal(service(FFA_ENABLE_ASYNC_NOTIF, 64, 0, 0, 0).a3, 0xFFFF0006);
	assert_int_equal(fake.notifications_raised, 0);
	assert_int_equal(service(FFA_ENABLE_ASYNC_NOTIF, 0, 0, 0, 0).a3, 0);
	assert_int_equal(fake.notifications_raised, 1);
	assert_true(notifications() == (1 | 1ull << value));
	assert_true(notifications() == 0);
	/* The bottom half may have a high bit. */
	assert_int_equal(service(FFA_ENABLE_ASYNC_NOTIF, 63, 0, 0, 0).a3, 0);
	notif_send(SMC_NOTIF_VALUE_BOTTOM_HALF);
	assert_int_equal(call(FFA_NOTIFICATION_GET, 0, 2, 0).a3, 0);
	assert_true(notifications() == 1ull << 63);
	assert_status(call(FFA_NOTIFICATION_GET, FFA_ID_TEE, 1, 0), FFA_INVALID_PARAMETERS);
}

/* covers: FFA_NOTIFICATION_BITMAP_CREATE FFA_NOTIFICATION_BITMAP_DESTROY FFA_NOTIFICATION_BIND
 * FFA_NOTIFICATION_UNBIND */
static void bits_are_bound_once_and_by_whom_they_are_for(void **state)
{
	assert_status(bind(FFA_NOTIFICATION_BIND, 1), FFA_DENIED);
	assert_status(call(FFA_NOTIFICATION_BITMAP_DESTROY, 0, 0, 0), FFA_DENIED);
	assert_status(call(FFA_NOTIFICATION_BITMAP_CREATE, 7, 1, 0), FFA_INVALID_PARAMETERS);
	assert_status(call(FFA_NOTIFICATION_BITMAP_CREATE, 0, 1, 0), FFA_OK);
	assert_status(call(FFA_NOTIFICATION_BITMAP_CREATE, 0, 1, 0), FFA_DENIED);
	assert_status(bind(FFA_NOTIFICATION_BIND, 0), FFA_INVALID_PARAMETERS);
	assert_status(call(FFA_NOTIFICATION_BIND, ENDS, 0, 1), FFA_INVALID_PARAMETERS);
	assert_status(call(FFA_NOTIFICATION_BIND, ffa_endpoints(FFA_ID_TEE, 0), 1, 1),
		      FFA_INVALID_PARAMETERS);
	assert_status(bind(FFA_NOTIFICATION_BIND, 1ull << 40 | 1), FFA_OK);
	assert_status(bind(FFA_NOTIFICATION_BIND, 1ull << 40), FFA_DENIED);
	assert_status(bind(FFA_NOTIFICATION_UNBIND, 0), FFA_INVALID_PARAMETERS);
	assert_status(bind(FFA_NOTIFICATION_UNBIND, 3), FFA_DENIED);
	assert_status(call(FFA_NOTIFICATION_BITMAP_DESTROY, 0, 0, 0), FFA_DENIED);
	assert_status(call(FFA_NOTIFICATION_BITMAP_DESTROY, 3, 0, 0), FFA_INVALID_PARAMETERS);
	assert_status(bind(FFA_NOTIFICATION_UNBIND, 1ull << 40 | 1), FFA_OK);
	assert_status(call(FFA_NOTIFICATION_BITMAP_DESTROY, 0, 0, 0), FFA_OK);
}

/* covers: FFA_RELEASE_PROTMEM */
static void an_unknown_service_is_a_bad_parameter(void **state)
{
	static const uint32_t unknown[] = { 4, 6, 7, FFA_RELEASE_PROTMEM, 9, 0x7FFFFFFF };

	for (size_t i = 0; i < array_size(unknown); i++) {
		assert_int_equal(service(unknown[i], 0, 0, 0, 0).a3, 0xFFFF0006);
	}
}

/* covers: FFA_MSG_SEND_DIRECT_REQ_64 */
static void an_answer_is_as_wide_as_its_request(void **state)
{
	struct smc_regs answer = enter(
		(struct smc_regs){ FFA_MSG_SEND_DIRECT_REQ_64, ENDS, 0, 1ull << 32, 0, 0, 0, 0 });

	/* Words are 32 bits wide all the same. */
	assert_int_equal(answer.a0, FFA_MSG_SEND_DIRECT_RESP_64);
	assert_int_equal(answer.a3, 1);
}

static void only_the_normal_world_speaks_to_the_tee(void **state)
{
	const struct {
		uint32_t ends, flags;
	} bad[] = {
		{ ffa_endpoints(0, FFA_ID_SPM), 0 },
		{ ffa_endpoints(0, FFA_ID_TEE + 1), 0 },
		{ ffa_endpoints(0, 0), 0 },
		{ ffa_endpoints(FFA_ID_TEE, FFA_ID_TEE), 0 },
		{ ffa_endpoints(0x8002, FFA_ID_TEE), 0 },
		{ ENDS, 1 },
		{ ENDS, 0x40000000 },
	};

	for (size_t i = 0; i < array_size(bad); i++) {
		assert_status(enter((struct smc_regs){ FFA_MSG_SEND_DIRECT_REQ_32, bad[i].ends,
						       bad[i].flags, 0, 0, 0, 0, 0 }),
			      FFA_INVALID_PARAMETERS);
	}
	/* A guest that nobody has heard of. */
	assert_int_equal(enter((struct smc_regs){ FFA_MSG_SEND_DIRECT_REQ_32,
						  ffa_endpoints(7, FFA_ID_TEE), 0, 0, 0, 0, 0, 0 })
				 .a3,
			 0xFFFF0008);
}

static struct smc_regs framework(uint32_t to, uint32_t type, uint32_t w3)
{
	return enter((struct smc_regs){ FFA_MSG_SEND_DIRECT_REQ_32, ffa_endpoints(0, (uint16_t)to),
					FFA_FRAMEWORK_MESSAGE | type, w3, 0, 0, 0, 0 });
}

/* covers: FFA_FRAMEWORK_VM_CREATED FFA_FRAMEWORK_VM_DESTROYED FFA_FRAMEWORK_VERSION */
static void framework_messages_are_answered_in_kind(void **state)
{
	struct smc_regs answer = framework(FFA_ID_SPM, FFA_FRAMEWORK_VERSION, FFA_VERSION_1_1);

	assert_int_equal(answer.a0, FFA_MSG_SEND_DIRECT_RESP_32);
	assert_int_equal(answer.a2, 0x80000009);
	assert_int_equal(answer.a3, FFA_VERSION_1_1);
	answer = framework(FFA_ID_TEE, FFA_FRAMEWORK_VM_CREATED, 1);
	assert_int_equal(answer.a2, 0x80000005);
	assert_int_equal((int32_t)answer.a3, FFA_INVALID_PARAMETERS);
	answer = framework(FFA_ID_TEE, FFA_FRAMEWORK_VM_DESTROYED, 1);
	assert_int_equal(answer.a2, 0x80000007);
	assert_int_equal((int32_t)answer.a3, FFA_INVALID_PARAMETERS);
	assert_status(framework(FFA_ID_TEE, 0, 0), FFA_NOT_SUPPORTED);
	assert_status(framework(FFA_ID_TEE, 0x104, 0), FFA_NOT_SUPPORTED);
}

/* --- Calls ------------------------------------------------------------------------------------ */

struct message {
	uint64_t handle;
	struct msg_arg *arg;
};

static struct message message_new(uint32_t cmd, uint32_t params)
{
	uint64_t handle = share(1);
	const struct description *in = fake_normal(tx);
	struct message message = { handle, fake_normal(in->ranges[0].address) };

	message.arg->cmd = cmd;
	message.arg->num_params = params;
	message.arg->ret = 0xAAAAAAAA;
	return message;
}

static void message_free(struct message message)
{
	assert_int_equal(unregister(message.handle), FFA_OK);
	assert_status(reclaim(message.handle), FFA_OK);
}

static struct smc_regs call_at(uint64_t handle, uint32_t offset)
{
	return service(FFA_YIELDING_CALL_WITH_ARG, smc_u64_low(handle), smc_u64_high(handle),
		       offset, 0);
}

static void assert_done(struct smc_regs answer, uint32_t result)
{
	assert_int_equal(answer.a0, FFA_MSG_SEND_DIRECT_RESP_32);
	assert_int_equal(answer.a3, result);
	assert_int_equal(answer.a4, FFA_YIELDING_DONE);
	assert_int_equal(answer.a7, 0);
}

static struct message message_open(void)
{
	struct message message = message_new(MSG_CMD_OPEN_SESSION, 2);
	struct fake_message pattern = fake_message_open(1, 0);

	memcpy(message.arg->params, pattern.arg->params, 2 * sizeof(struct msg_param));
	return message;
}

static struct msg_arg *room_of(struct message message)
{
	return (void *)((uint8_t *)message.arg + msg_arg_size(message.arg->num_params));
}

static struct smc_regs resume(struct smc_regs answer)
{
	return service(FFA_YIELDING_CALL_RESUME, 0, 0, 0, (uint32_t)answer.a7);
}

/* false: it waits for another. */
static bool request_serve(struct message message)
{
	struct msg_arg *request = room_of(message);

	assert_int_equal(request->ret, MSG_RPC_RET_PRESET);
	if (request->cmd == RPC_CMD_NOTIFICATION) {
		return fake_notification_serve(request);
	}
	assert_int_equal(request->cmd, RPC_CMD_LOAD_TA);
	request->ret = TEE_SUCCESS;
	return true;
}

/* Go on with answers until the call ends, is interrupted or has to wait. */
static struct smc_regs serve(struct message message, struct smc_regs answer)
{
	while (answer.a4 == FFA_YIELDING_RPC_CMD && request_serve(message)) {
		answer = resume(answer);
	}
	return answer;
}

static uint32_t session_open(void)
{
	struct message open = message_open();
	uint32_t session;

	assert_done(serve(open, call_at(open.handle, 0)), 0);
	assert_int_equal(open.arg->ret, TEE_SUCCESS);
	session = open.arg->session;
	message_free(open);
	return session;
}

static void session_close(uint32_t session)
{
	struct message close = message_new(MSG_CMD_CLOSE_SESSION, 0);

	close.arg->session = session;
	assert_done(serve(close, call_at(close.handle, 0)), 0);
	assert_int_equal(close.arg->ret, TEE_SUCCESS);
	message_free(close);
}

/* covers: FFA_YIELDING_CALL_WITH_ARG FFA_YIELDING_CALL_RESUME */
static void a_call_is_interrupted_and_resumed(void **state)
{
	uint32_t session = session_open();
	struct message invoke = message_new(MSG_CMD_INVOKE_COMMAND, 0);
	struct smc_regs answer;

	invoke.arg->session = session;
	answer = serve(invoke, call_at(invoke.handle, 0));
	assert_int_equal(answer.a3, 0);
	assert_int_equal(answer.a4, FFA_YIELDING_INTERRUPT);
	/* The message's memory is in use meanwhile. */
	assert_int_equal(unregister(invoke.handle), FFA_BUSY);
	assert_status(reclaim(invoke.handle), FFA_DENIED);
	assert_done(serve(invoke, resume(answer)), 0);
	assert_int_equal(invoke.arg->ret, TEE_SUCCESS);
	/* It is retrieved still. */
	assert_status(reclaim(invoke.handle), FFA_DENIED);
	message_free(invoke);
	session_close(session);
}

static void a_message_lies_where_it_is_said_to(void **state)
{
	struct message message = message_new(MSG_CMD_CANCEL, 0);
	const uint32_t bad[] = {
		1, 4, 12, PAGE, PAGE - 32, PAGE - 160 - 24, 0x80000000, UINT32_MAX - 7
	};

	for (size_t i = 0; i < array_size(bad); i++) {
		assert_done(call_at(message.handle, bad[i]), 0xFFFF0006);
	}
	/* Message and room end with the page. */
	assert_done(call_at(message.handle, PAGE - 32 - 160), 0);
	assert_int_equal(message.arg->ret, 0xAAAAAAAA);
	message.arg->num_params = 128;
	assert_done(call_at(message.handle, 0), 0xFFFF0006);
	message_free(message);
}

static void a_handle_that_nobody_has_is_refused(void **state)
{
	struct smc_regs more = share_begin(4, 2);
	uint64_t half = ffa_handle((uint32_t)more.a1, (uint32_t)more.a2);
	uint64_t gone = share(1);

	assert_status(reclaim(gone), FFA_OK);
	assert_done(call_at(gone, 0), 0xFFFF0006);
	assert_done(call_at(half, 0), 0xFFFF0006);
	assert_done(call_at(0, 0), 0xFFFF0006);
	assert_done(call_at(FFA_HANDLE_INVALID, 0), 0xFFFF0006);
	assert_done(call_at(tx, 0), 0xFFFF0006);
	assert_status(reclaim(half), FFA_OK);
}

/* Memory that was used with an offset in its first page is, while it is, no place for messages. */
static void a_message_begins_with_its_first_page(void **state)
{
	struct message message = message_new(MSG_CMD_CANCEL, 0);
	struct shm *shm = shm_find_handle(message.handle, 8);

	assert_done(call_at(message.handle, 0), 0xFFFF0006);
	shm_put(shm);
	assert_done(call_at(message.handle, 0), 0);
	message_free(message);
}

static void messages_that_share_memory_do_not_exist(void **state)
{
	static const uint32_t commands[] = {
		MSG_CMD_REGISTER_SHM, MSG_CMD_UNREGISTER_SHM, 8, 9, 99, UINT32_MAX
	};
	struct message message = message_new(0, 1);

	for (size_t i = 0; i < array_size(commands); i++) {
		message.arg->cmd = commands[i];
		assert_done(call_at(message.handle, 0), 0xFFFF0009);
		assert_int_equal(message.arg->ret, 0xAAAAAAAA);
	}
	message_free(message);
}

static void an_unknown_yielding_service_is_denied(void **state)
{
	assert_done(service(0x80000002, 0, 0, 0, 0), (uint32_t)FFA_DENIED);
	assert_done(service(0xFFFFFFFF, 0, 0, 0, 0), (uint32_t)FFA_DENIED);
}

static void without_a_free_thread_the_tee_is_busy(void **state)
{
	struct message invokes[FAKE_CLIENT_THREADS];
	struct smc_regs answers[FAKE_CLIENT_THREADS];
	uint32_t session = session_open();

	for (unsigned int i = 0; i < FAKE_CLIENT_THREADS; i++) {
		invokes[i] = message_new(MSG_CMD_INVOKE_COMMAND, 0);
		invokes[i].arg->session = session;
		answers[i] = serve(invokes[i], call_at(invokes[i].handle, 0));
		assert_int_not_equal(answers[i].a4, FFA_YIELDING_DONE);
	}
	assert_done(call_at(invokes[0].handle, 0), 0xFFFF000D);
	assert_done(service(0x80000002, 0, 0, 0, 0), 0xFFFF000D);
	/* The first is interrupted; the others wait for it, by requests, and are woken by it. */
	assert_int_equal(answers[0].a4, FFA_YIELDING_INTERRUPT);
	assert_int_equal(answers[1].a4, FFA_YIELDING_RPC_CMD);
	for (unsigned int done = 0, i = 0; done < FAKE_CLIENT_THREADS;
	     i = (i + 1) % FAKE_CLIENT_THREADS) {
		if (answers[i].a4 == FFA_YIELDING_DONE) {
			continue;
		}
		if (answers[i].a4 == FFA_YIELDING_INTERRUPT) {
			answers[i] = resume(answers[i]);
		}
		answers[i] = serve(invokes[i], answers[i]);
		done += answers[i].a4 == FFA_YIELDING_DONE ? 1 : 0;
	}
	for (unsigned int i = 0; i < FAKE_CLIENT_THREADS; i++) {
		assert_int_equal(invokes[i].arg->ret, TEE_SUCCESS);
		message_free(invokes[i]);
	}
	session_close(session);
}

static void only_a_suspended_thread_is_resumed(void **state)
{
	for (uint32_t i = 0; i < 200; i++) {
		assert_done(service(FFA_YIELDING_CALL_RESUME, 0, 0, 0, i), 0xFFFF0006);
	}
	assert_done(service(FFA_YIELDING_CALL_RESUME, 0, 0, 0, UINT32_MAX), 0xFFFF0006);
}

/* covers: FFA_UNREGISTER_SHM */
static void unregistering_has_three_answers(void **state)
{
	uint64_t handle = share(1);

	assert_int_equal(unregister(handle), FFA_OK);
	assert_int_equal(unregister(handle + 1), FFA_OK);
	assert_int_equal(unregister(FFA_HANDLE_INVALID), FFA_INVALID_PARAMETERS);
	assert_status(reclaim(handle), FFA_OK);
	assert_int_equal(unregister(handle), FFA_OK);
}

/* --- Two ways --------------------------------------------------------------------------------- */

static int setup_smc(void **state)
{
	fake_client_begin();
	return 0;
}

static void by_raw_smc_there_is_no_ff_a(void **state)
{
	static const uint32_t functions[] = { FFA_VERSION, FFA_RXTX_MAP_64,
					      FFA_MSG_SEND_DIRECT_REQ_32, FFA_MEM_SHARE_32 };

	for (size_t i = 0; i < array_size(functions); i++) {
		struct smc_regs answer =
			enter((struct smc_regs){ functions[i], 1, 2, 3, 4, 5, 6, 7 });

		/* FF-A's own word for it is the same. */
		assert_int_equal((int32_t)answer.a0, FFA_NOT_SUPPORTED);
		assert_int_equal(answer.a7, 7);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define BARE(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, setup_without_buffers, teardown_without_buffers)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BARE(it_speaks_one_of_two_versions),
		TEST(the_version_stays_while_there_are_buffers),
		BARE(it_says_who_everybody_is),
		BARE(it_says_which_functions_it_has),
		TEST(what_it_has_not_is_not_supported),
		TEST(raw_smc_is_unknown),
		TEST(the_tee_is_found_by_its_uuid),
		TEST(partitions_are_counted_without_a_buffer),
		TEST(an_old_caller_is_told_less),
		BARE(without_a_buffer_nothing_is_told),
		BARE(buffers_are_two_different_pieces_of_normal_memory),
		BARE(without_memory_there_are_no_buffers),
		TEST(memory_is_shared_once_and_reclaimed_once),
		TEST(a_description_that_lies_is_refused),
		TEST(memory_of_another_kind_is_denied),
		TEST(sizes_in_registers_that_lie_are_refused),
		TEST(an_old_description_is_read_by_an_old_caller),
		TEST(each_word_of_a_description_is_read_once),
		TEST(without_memory_nothing_is_shared),
		TEST(a_description_may_come_in_pieces),
		TEST(a_piece_that_cannot_be_used_ends_it),
		TEST(fewer_pages_than_promised_are_refused_at_the_end),
		TEST(a_piece_of_something_unknown_is_refused),
		TEST(what_is_not_complete_is_limited_and_can_be_given_up),
		BARE(services_that_answer_at_once),
		BARE(notifications_are_bits_that_come_at_once),
		BARE(bits_are_bound_once_and_by_whom_they_are_for),
		BARE(an_unknown_service_is_a_bad_parameter),
		BARE(an_answer_is_as_wide_as_its_request),
		BARE(only_the_normal_world_speaks_to_the_tee),
		BARE(framework_messages_are_answered_in_kind),
		TEST(a_call_is_interrupted_and_resumed),
		TEST(a_message_lies_where_it_is_said_to),
		TEST(a_handle_that_nobody_has_is_refused),
		TEST(a_message_begins_with_its_first_page),
		TEST(messages_that_share_memory_do_not_exist),
		BARE(an_unknown_yielding_service_is_denied),
		TEST(without_a_free_thread_the_tee_is_busy),
		BARE(only_a_suspended_thread_is_resumed),
		TEST(unregistering_has_three_answers),
		cmocka_unit_test_setup_teardown(by_raw_smc_there_is_no_ff_a, setup_smc,
						teardown_without_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
