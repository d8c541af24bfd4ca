#include "secure/tee/ffa_memory.h"

#include "abi/ffa.h"
#include "lib/bits.h"
#include "secure/core/check.h"
#include "secure/core/lock.h"
#include "secure/core/shm.h"
#include "secure/tee/ffa_answer.h"
#include "secure/tee/ffa_buffer.h"

/* In both halves there is something to lose. */
#define HANDLE_FIRST 0x100000001ull

#define COMPOSITE_ALIGNMENT 8u

/* A description that is being read. */
struct transaction {
	uint64_t handle;
	struct shm *shm;
	uint32_t ranges_left;
	uint32_t size_read;
	bool used;
	bool busy; /* a CPU reads a piece of it */
};

static struct spinlock ffa_lock = SPINLOCK(LOCK_FFA);
static struct transaction transactions[FFA_TRANSACTIONS_MAX];
static uint64_t handle_last;

/* --- Reading a description -------------------------------------------------------------------- */

/* The header, whatever the version. */
struct header {
	uint16_t sender;
	uint32_t attributes;
	uint32_t flags;
	uint64_t handle;
	uint32_t access_count;
	uint32_t access_offset;
	uint32_t access_size;
};

static bool header_1_0_read(struct shm *tx, uint32_t size, struct header *header)
{
	struct ffa_memory_1_0 memory;

	if (size < sizeof(memory) || !shm_copy_in(tx, 0, &memory, sizeof(memory))) {
		return false;
	}
	*header = (struct header){
		.sender = memory.sender,
		.attributes = memory.attributes,
		.flags = memory.flags,
		.handle = memory.handle,
		.access_count = memory.access_count,
		.access_offset = sizeof(memory),
		.access_size = sizeof(struct ffa_access),
	};
	return true;
}

static bool header_1_1_read(struct shm *tx, uint32_t size, struct header *header)
{
	struct ffa_memory memory;

	if (size < sizeof(memory) || !shm_copy_in(tx, 0, &memory, sizeof(memory))) {
		return false;
	}
	*header = (struct header){
		.sender = memory.sender,
		.attributes = memory.attributes,
		.flags = memory.flags,
		.handle = memory.handle,
		.access_count = memory.access_count,
		.access_offset = memory.access_offset,
		.access_size = memory.access_size,
	};
	return memory.access_offset >= sizeof(memory);
}

/* Normal memory, to one borrower, for nothing else. */
static int32_t header_check(const struct header *header)
{
	if (header->sender != FFA_ID_NORMAL_WORLD || header->flags != 0 || header->handle != 0 ||
	    header->access_count != 1 || header->access_size != sizeof(struct ffa_access) ||
	    !is_aligned(header->access_offset, COMPOSITE_ALIGNMENT)) {
		return FFA_INVALID_PARAMETERS;
	}
	return header->attributes == FFA_MEMORY_ATTRIBUTES_PLAIN ? FFA_OK : FFA_DENIED;
}

/* The borrower is the TEE, which may read and write. */
static int32_t access_read(struct shm *tx, uint32_t size, const struct header *header,
			   uint32_t *composite)
{
	struct ffa_access access;

	if (!range_within(header->access_offset, sizeof(access), size) ||
	    !shm_copy_in(tx, header->access_offset, &access, sizeof(access))) {
		return FFA_INVALID_PARAMETERS;
	}
	if (access.receiver != FFA_ID_TEE || access.flags != 0 ||
	    access.composite_offset < header->access_offset + sizeof(access) ||
	    !is_aligned(access.composite_offset, COMPOSITE_ALIGNMENT)) {
		return FFA_INVALID_PARAMETERS;
	}
	if ((access.permissions & ~FFA_ACCESS_NO_EXECUTE) != FFA_ACCESS_READ_WRITE) {
		return FFA_DENIED;
	}
	*composite = access.composite_offset;
	return FFA_OK;
}

static int32_t status_of(TEE_Result res)
{
	return res == TEE_ERROR_OUT_OF_MEMORY ? FFA_NO_MEMORY : FFA_INVALID_PARAMETERS;
}

/* How much there is going to be; the whole has to be exactly that long. */
static int32_t composite_read(struct shm *tx, uint32_t total, uint32_t size, uint32_t offset,
			      struct transaction *transaction)
{
	struct ffa_composite composite;
	uint64_t ranges = (uint64_t)offset + sizeof(composite);
	TEE_Result res;

	if (!range_within(offset, sizeof(composite), size) ||
	    !shm_copy_in(tx, offset, &composite, sizeof(composite))) {
		return FFA_INVALID_PARAMETERS;
	}
	if (composite.range_count == 0 || composite.range_count > composite.page_count ||
	    ranges + (uint64_t)composite.range_count * sizeof(struct ffa_range) != total) {
		return FFA_INVALID_PARAMETERS;
	}
	res = shm_gather(composite.page_count, &transaction->shm);
	if (res != TEE_SUCCESS) {
		return status_of(res);
	}
	transaction->ranges_left = composite.range_count;
	transaction->size_read = (uint32_t)ranges;
	return FFA_OK;
}

/* Whole ranges from `offset` of TX to `size`. */
static int32_t ranges_read(struct shm *tx, uint32_t offset, uint32_t size,
			   struct transaction *transaction)
{
	uint32_t count = (size - offset) / (uint32_t)sizeof(struct ffa_range);

	if ((size - offset) % sizeof(struct ffa_range) != 0 || count > transaction->ranges_left) {
		return FFA_INVALID_PARAMETERS;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct ffa_range range;
		TEE_Result res;

		if (!shm_copy_in(tx, offset + i * sizeof(range), &range, sizeof(range))) {
			return FFA_INVALID_PARAMETERS;
		}
		res = shm_gather_pages(transaction->shm, range.address, range.page_count);
		if (res != TEE_SUCCESS) {
			return status_of(res);
		}
	}
	transaction->ranges_left -= count;
	transaction->size_read += count * (uint32_t)sizeof(struct ffa_range);
	return FFA_OK;
}

/* The first piece holds all but the ranges. */
static int32_t description_read(struct shm *tx, uint32_t total, uint32_t size,
				struct transaction *transaction)
{
	struct header header;
	uint32_t composite;
	int32_t status;
	bool good;

	if (size > total || !shm_covers(tx, 0, size)) {
		return FFA_INVALID_PARAMETERS;
	}
	good = ffa_version() == FFA_VERSION_1_0 ? header_1_0_read(tx, size, &header)
						: header_1_1_read(tx, size, &header);
	status = good ? header_check(&header) : FFA_INVALID_PARAMETERS;
	if (status == FFA_OK) {
		status = access_read(tx, size, &header, &composite);
	}
	if (status == FFA_OK) {
		status = composite_read(tx, total, size, composite, transaction);
	}
	return status == FFA_OK ? ranges_read(tx, transaction->size_read, size, transaction)
				: status;
}

/* --- Transactions ----------------------------------------------------------------------------- */

static uint64_t handle_new(void)
{
	struct spinlock_held held = spinlock_take(&ffa_lock);
	uint64_t handle = HANDLE_FIRST + handle_last;

	handle_last++;
	spinlock_release(&held);
	return handle;
}

/* Keep one of which the rest is to come. false: there are too many. */
static bool transaction_keep(const struct transaction *transaction)
{
	struct spinlock_held held = spinlock_take(&ffa_lock);
	bool kept = false;

	for (size_t i = 0; i < array_size(transactions) && !kept; i++) {
		if (!transactions[i].used) {
			transactions[i] = *transaction;
			transactions[i].used = true;
			kept = true;
		}
	}
	spinlock_release(&held);
	return kept;
}

/* Take one to go on with it: nobody else can, meanwhile. */
static int32_t transaction_take(uint64_t handle, struct transaction **taken)
{
	struct spinlock_held held = spinlock_take(&ffa_lock);
	int32_t status = FFA_INVALID_PARAMETERS;

	for (size_t i = 0; i < array_size(transactions); i++) {
		if (!transactions[i].used || transactions[i].handle != handle) {
			continue;
		}
		status = transactions[i].busy ? FFA_BUSY : FFA_OK;
		if (status == FFA_OK) {
			transactions[i].busy = true;
			*taken = &transactions[i];
		}
	}
	spinlock_release(&held);
	return status;
}

static void transaction_leave(struct transaction *transaction, bool used)
{
	struct spinlock_held held = spinlock_take(&ffa_lock);

	transaction->used = used;
	transaction->busy = false;
	spinlock_release(&held);
}

/* Everything has come. Takes the object over. */
static int32_t transaction_finish(const struct transaction *transaction)
{
	if (!shm_is_gathered(transaction->shm)) {
		shm_put(transaction->shm);
		return FFA_INVALID_PARAMETERS;
	}
	shm_share(transaction->shm, transaction->handle);
	return FFA_OK;
}

/* --- Calls ------------------------------------------------------------------------------------ */

static void answer_handle(struct smc_regs *regs, const struct transaction *transaction)
{
	ffa_answer(regs, smc_u64_low(transaction->handle), smc_u64_high(transaction->handle));
}

static void answer_more(struct smc_regs *regs, const struct transaction *transaction)
{
	*regs = (struct smc_regs){
		.a0 = FFA_MEM_FRAG_RX,
		.a1 = smc_u64_low(transaction->handle),
		.a2 = smc_u64_high(transaction->handle),
		.a3 = transaction->size_read,
		.a4 = (uint32_t)FFA_ID_NORMAL_WORLD << FFA_FRAGMENT_SENDER_SHIFT,
	};
}

static void share(struct smc_regs *regs, struct shm *tx)
{
	struct transaction transaction = { .shm = NULL };
	int32_t status;

	status = description_read(tx, (uint32_t)regs->a1, (uint32_t)regs->a2, &transaction);
	if (status != FFA_OK) {
		if (transaction.shm != NULL) {
			shm_put(transaction.shm);
		}
		ffa_answer_error(regs, status);
		return;
	}
	transaction.handle = handle_new();
	if (transaction.ranges_left == 0) {
		status = transaction_finish(&transaction);
		if (status == FFA_OK) {
			answer_handle(regs, &transaction);
		} else {
			ffa_answer_error(regs, status);
		}
	} else if (transaction_keep(&transaction)) {
		answer_more(regs, &transaction);
	} else {
		shm_put(transaction.shm);
		ffa_answer_error(regs, FFA_NO_MEMORY);
	}
}

/* A buffer of its own for this description is not offered (FFA_FEATURES says so). */
void ffa_memory_share(struct smc_regs *regs)
{
	struct shm *tx = ffa_tx();

	if (tx == NULL) {
		ffa_answer_error(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	if (regs->a3 != 0 || (uint32_t)regs->a4 != 0) {
		ffa_answer_error(regs, FFA_INVALID_PARAMETERS);
	} else {
		share(regs, tx);
	}
	shm_put(tx);
}

/* A piece that cannot be used ends its transaction. */
static void fragment_read(struct smc_regs *regs, struct shm *tx, struct transaction *transaction)
{
	uint32_t size = (uint32_t)regs->a3;
	int32_t status = FFA_INVALID_PARAMETERS;

	if (size != 0 && shm_covers(tx, 0, size)) {
		status = ranges_read(tx, 0, size, transaction);
	}
	if (status == FFA_OK && transaction->ranges_left > 0) {
		answer_more(regs, transaction);
		transaction_leave(transaction, true);
		return;
	}
	if (status == FFA_OK) {
		status = transaction_finish(transaction);
	} else {
		shm_put(transaction->shm);
	}
	if (status == FFA_OK) {
		answer_handle(regs, transaction);
	} else {
		ffa_answer_error(regs, status);
	}
	transaction_leave(transaction, false);
}

void ffa_memory_fragment(struct smc_regs *regs)
{
	struct transaction *transaction;
	struct shm *tx = ffa_tx();
	int32_t status = FFA_INVALID_PARAMETERS;

	if (tx == NULL) {
		ffa_answer_error(regs, status);
		return;
	}
	if ((uint32_t)regs->a4 == (uint32_t)FFA_ID_NORMAL_WORLD << FFA_FRAGMENT_SENDER_SHIFT) {
		status = transaction_take(ffa_handle((uint32_t)regs->a1, (uint32_t)regs->a2),
					  &transaction);
	}
	if (status == FFA_OK) {
		fragment_read(regs, tx, transaction);
	} else {
		ffa_answer_error(regs, status);
	}
	shm_put(tx);
}

/* What has not been described to its end is given up. */
static int32_t transaction_abort(uint64_t handle)
{
	struct transaction *transaction;
	int32_t status = transaction_take(handle, &transaction);

	if (status == FFA_OK) {
		shm_put(transaction->shm);
		transaction_leave(transaction, false);
	}
	return status;
}

static int32_t reclaim(uint64_t handle)
{
	switch (shm_reclaim(handle)) {
	case TEE_SUCCESS:
		return FFA_OK;
	case TEE_ERROR_BUSY:
		return FFA_DENIED;
	default:
		return transaction_abort(handle);
	}
}

void ffa_memory_reclaim(struct smc_regs *regs)
{
	uint64_t handle = ffa_handle((uint32_t)regs->a1, (uint32_t)regs->a2);

	if (((uint32_t)regs->a3 & ~FFA_RECLAIM_FLAGS_KNOWN) != 0) {
		ffa_answer_error(regs, FFA_INVALID_PARAMETERS);
	} else {
		ffa_answer_status(regs, reclaim(handle));
	}
}

void ffa_memory_reset(void)
{
	for (size_t i = 0; i < array_size(transactions); i++) {
		check(!transactions[i].busy);
		if (transactions[i].used) {
			shm_put(transactions[i].shm);
		}
		transactions[i].used = false;
	}
	handle_last = 0;
}
