#include "secure/tee/ffa_buffer.h"

#include "abi/ffa.h"
#include "secure/core/lock.h"
#include "secure/core/port.h"

static struct {
	struct spinlock lock;
	uint32_t version;
	struct shm *tx; /* NULL: there are no buffers */
	struct shm *rx;
	bool rx_taken; /* by the normal world */
} ffa_buffers = {
	.lock = SPINLOCK(LOCK_FFA),
	.version = FFA_VERSION_1_0,
};

/* --- The version ------------------------------------------------------------------------------ */

static uint32_t version_common(uint32_t version)
{
	return version < FFA_VERSION_1_1 ? FFA_VERSION_1_0 : FFA_VERSION_1_1;
}

uint32_t ffa_version_agree(uint32_t version)
{
	struct spinlock_held held;
	uint32_t result;

	if ((version & FFA_VERSION_RESERVED) != 0 ||
	    version >> FFA_VERSION_MAJOR_SHIFT != FFA_VERSION_1_0 >> FFA_VERSION_MAJOR_SHIFT) {
		return (uint32_t)FFA_NOT_SUPPORTED;
	}
	result = version_common(version);
	held = spinlock_take(&ffa_buffers.lock);
	if (ffa_buffers.tx != NULL && result != ffa_buffers.version) {
		result = (uint32_t)FFA_NOT_SUPPORTED;
	} else {
		ffa_buffers.version = result;
	}
	spinlock_release(&held);
	return result;
}

uint32_t ffa_version(void)
{
	struct spinlock_held held = spinlock_take(&ffa_buffers.lock);
	uint32_t version = ffa_buffers.version;

	spinlock_release(&held);
	return version;
}

/* --- Mapping ---------------------------------------------------------------------------------- */

static int32_t buffer_make(uint64_t address, uint32_t pages, struct shm **buffer)
{
	struct shm *shm;

	if (shm_gather(pages, &shm) != TEE_SUCCESS) {
		return FFA_NO_MEMORY;
	}
	if (shm_gather_pages(shm, address, pages) != TEE_SUCCESS) {
		shm_put(shm);
		return FFA_INVALID_PARAMETERS;
	}
	/* All that can fail does so now. */
	if (shm_address(shm, 0) == NULL) {
		shm_put(shm);
		return FFA_NO_MEMORY;
	}
	*buffer = shm;
	return FFA_OK;
}

static bool ranges_overlap(uint64_t a, uint64_t b, uint64_t size)
{
	return a < b ? b - a < size : a - b < size;
}

static bool buffers_install(struct shm *tx, struct shm *rx)
{
	struct spinlock_held held = spinlock_take(&ffa_buffers.lock);
	bool free = ffa_buffers.tx == NULL;

	if (free) {
		ffa_buffers.tx = tx;
		ffa_buffers.rx = rx;
		ffa_buffers.rx_taken = false;
	}
	spinlock_release(&held);
	return free;
}

int32_t ffa_buffers_map(uint64_t tx, uint64_t rx, uint32_t pages)
{
	struct shm *tx_buffer;
	struct shm *rx_buffer;
	int32_t status;

	if (pages == 0 || pages > FFA_BUFFER_PAGES_MAX ||
	    ranges_overlap(tx, rx, (uint64_t)pages * PORT_PAGE_SIZE)) {
		return FFA_INVALID_PARAMETERS;
	}
	status = buffer_make(tx, pages, &tx_buffer);
	if (status != FFA_OK) {
		return status;
	}
	status = buffer_make(rx, pages, &rx_buffer);
	if (status == FFA_OK && !buffers_install(tx_buffer, rx_buffer)) {
		shm_put(rx_buffer);
		status = FFA_DENIED;
	}
	if (status != FFA_OK) {
		shm_put(tx_buffer);
	}
	return status;
}

/* false: there are none. */
static bool buffers_drop(void)
{
	struct spinlock_held held = spinlock_take(&ffa_buffers.lock);
	struct shm *tx = ffa_buffers.tx;
	struct shm *rx = ffa_buffers.rx;

	ffa_buffers.tx = NULL;
	ffa_buffers.rx = NULL;
	spinlock_release(&held);
	if (tx == NULL) {
		return false;
	}
	shm_put(tx);
	shm_put(rx);
	return true;
}

int32_t ffa_buffers_unmap(void)
{
	return buffers_drop() ? FFA_OK : FFA_INVALID_PARAMETERS;
}

/* --- Use -------------------------------------------------------------------------------------- */

struct shm *ffa_tx(void)
{
	struct spinlock_held held = spinlock_take(&ffa_buffers.lock);
	struct shm *tx = ffa_buffers.tx;

	if (tx != NULL) {
		shm_get(tx);
	}
	spinlock_release(&held);
	return tx;
}

int32_t ffa_rx_write(const void *data, size_t size)
{
	struct spinlock_held held = spinlock_take(&ffa_buffers.lock);
	int32_t status = FFA_OK;

	if (ffa_buffers.rx == NULL || ffa_buffers.rx_taken) {
		status = FFA_BUSY;
	} else if (!shm_copy_out(ffa_buffers.rx, 0, data, size)) {
		status = FFA_NO_MEMORY;
	} else {
		ffa_buffers.rx_taken = true;
	}
	spinlock_release(&held);
	return status;
}

int32_t ffa_rx_release(void)
{
	struct spinlock_held held = spinlock_take(&ffa_buffers.lock);
	bool taken = ffa_buffers.rx != NULL && ffa_buffers.rx_taken;

	ffa_buffers.rx_taken = false;
	spinlock_release(&held);
	return taken ? FFA_OK : FFA_DENIED;
}

void ffa_buffers_reset(void)
{
	(void)buffers_drop();
	ffa_buffers.version = FFA_VERSION_1_0;
}
