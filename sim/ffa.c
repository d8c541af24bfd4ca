#include "sim/ffa.h"

#include <string.h>

#include "normal/driver/os.h"
#include "normal/gate/gate.h"
#include "sim/memory.h"
#include "sim/trouble.h"

static struct os_file *tx;
static struct os_file *rx;

struct smc_regs ffa_call(struct smc_regs regs)
{
	gate_smc(&regs);
	return regs;
}

/* --- Buffers ---------------------------------------------------------------------------------- */

void ffa_buffers_begin(void)
{
	struct smc_regs regs;

	tx = memory_file_new(1);
	rx = memory_file_new(1);
	(void)ffa_call((struct smc_regs){ .a0 = FFA_RXTX_UNMAP });
	regs = ffa_call((struct smc_regs){ FFA_VERSION, FFA_VERSION_1_1 });
	expect_equal(regs.a0, FFA_VERSION_1_1);
	regs = ffa_call((struct smc_regs){ FFA_RXTX_MAP_64, memory_file_page(tx, 0),
					   memory_file_page(rx, 0), 1 });
	expect_equal(regs.a0, FFA_SUCCESS);
}

void ffa_buffers_end(void)
{
	expect_equal(ffa_call((struct smc_regs){ .a0 = FFA_RXTX_UNMAP }).a0, FFA_SUCCESS);
	memory_file_put(tx);
	memory_file_put(rx);
	tx = NULL;
	rx = NULL;
}

uint8_t *ffa_tx_bytes(void)
{
	return memory_file_bytes(tx);
}

uint8_t *ffa_rx_bytes(void)
{
	return memory_file_bytes(rx);
}

/* --- Messages --------------------------------------------------------------------------------- */

struct smc_regs ffa_request(uint32_t service, uint32_t w4, uint32_t w5, uint32_t w6, uint32_t w7)
{
	return (struct smc_regs){
		.a0 = FFA_MSG_SEND_DIRECT_REQ_32,
		.a1 = ffa_endpoints(FFA_ID_NORMAL_WORLD, FFA_ID_TEE),
		.a3 = service,
		.a4 = w4,
		.a5 = w5,
		.a6 = w6,
		.a7 = w7,
	};
}

struct smc_regs ffa_call_with_arg(uint64_t handle, uint32_t offset)
{
	return ffa_request(FFA_YIELDING_CALL_WITH_ARG, smc_u64_low(handle), smc_u64_high(handle),
			   offset, 0);
}

struct smc_regs ffa_resume(uint32_t thread)
{
	return ffa_request(FFA_YIELDING_CALL_RESUME, 0, 0, 0, thread);
}

bool ffa_is_rpc(const struct smc_regs *answer)
{
	return answer->a0 == FFA_MSG_SEND_DIRECT_RESP_32 && answer->a3 == FFA_YIELDING_OK &&
	       (answer->a4 == FFA_YIELDING_RPC_CMD || answer->a4 == FFA_YIELDING_INTERRUPT);
}

/* --- Memory ----------------------------------------------------------------------------------- */

void ffa_describe(struct ffa_description *description, uint32_t pages, uint32_t ranges)
{
	*description = (struct ffa_description){
		.memory = {
			.attributes = FFA_MEMORY_ATTRIBUTES_PLAIN,
			.access_size = sizeof(struct ffa_access),
			.access_count = 1,
			.access_offset = offsetof(struct ffa_description, access),
		},
		.access = {
			.receiver = FFA_ID_TEE,
			.permissions = FFA_ACCESS_READ_WRITE,
			.composite_offset = offsetof(struct ffa_description, composite),
		},
		.composite = { .page_count = pages, .range_count = ranges },
	};
}

/* No two pages are neighbours here, so each is a range. */
static uint32_t ranges_write(const struct os_file *file, uint32_t *next, uint8_t *to, uint32_t size)
{
	while (*next < memory_file_size(file) / OS_PAGE_SIZE &&
	       size + sizeof(struct ffa_range) <= OS_PAGE_SIZE) {
		const struct ffa_range range = { memory_file_page(file, *next), 1, 0 };

		memcpy(to + size, &range, sizeof(range));
		size += (uint32_t)sizeof(range);
		(*next)++;
	}
	return size;
}

int32_t ffa_share(const struct os_file *file, uint64_t *handle)
{
	uint32_t pages = (uint32_t)(memory_file_size(file) / OS_PAGE_SIZE);
	struct ffa_description head;
	struct smc_regs regs;
	uint32_t next = 0;
	uint32_t size;

	ffa_describe(&head, pages, pages);
	memcpy(ffa_tx_bytes(), &head, sizeof(head));
	size = ranges_write(file, &next, ffa_tx_bytes(), sizeof(head));
	regs = ffa_call((struct smc_regs){ FFA_MEM_SHARE_32, FFA_DESCRIPTION_SIZE(pages), size });
	while (regs.a0 == FFA_MEM_FRAG_RX) {
		size = ranges_write(file, &next, ffa_tx_bytes(), 0);
		regs = ffa_call((struct smc_regs){ FFA_MEM_FRAG_TX, regs.a1, regs.a2, size });
	}
	if (regs.a0 != FFA_SUCCESS) {
		return (int32_t)regs.a2;
	}
	*handle = ffa_handle((uint32_t)regs.a2, (uint32_t)regs.a3);
	return FFA_OK;
}

int32_t ffa_unregister(uint64_t handle)
{
	struct smc_regs regs = ffa_call(
		ffa_request(FFA_UNREGISTER_SHM, smc_u64_low(handle), smc_u64_high(handle), 0, 0));

	expect_equal(regs.a0, FFA_MSG_SEND_DIRECT_RESP_32);
	return (int32_t)regs.a3;
}

int32_t ffa_reclaim(uint64_t handle)
{
	struct smc_regs regs = ffa_call(
		(struct smc_regs){ FFA_MEM_RECLAIM, smc_u64_low(handle), smc_u64_high(handle) });

	return regs.a0 == FFA_SUCCESS ? FFA_OK : (int32_t)regs.a2;
}
