#include "secure/tee/ffa_notification.h"

#include <stdbool.h>

#include "abi/ffa.h"
#include "secure/core/lock.h"
#include "secure/core/notif.h"
#include "secure/tee/ffa_answer.h"

static struct {
	struct spinlock lock;
	bool created;
	uint64_t bound;
	uint32_t bottom_half;
} notification = {
	.lock = SPINLOCK(LOCK_FFA),
};

static_assert(NOTIF_VALUES <= FFA_NOTIFICATIONS_MAX, "a bit for each value");

/* --- What the normal world has ---------------------------------------------------------------- */

static int32_t bitmap_create(void)
{
	struct spinlock_held held = spinlock_take(&notification.lock);
	int32_t status = notification.created ? FFA_DENIED : FFA_OK;

	notification.created = true;
	spinlock_release(&held);
	return status;
}

void ffa_notification_bitmap_create(struct smc_regs *regs)
{
	ffa_answer_status(regs, (uint32_t)regs->a1 == FFA_ID_NORMAL_WORLD ? bitmap_create()
									  : FFA_INVALID_PARAMETERS);
}

static int32_t bitmap_destroy(void)
{
	struct spinlock_held held = spinlock_take(&notification.lock);
	int32_t status = FFA_OK;

	if (!notification.created || notification.bound != 0) {
		status = FFA_DENIED;
	} else {
		notification.created = false;
	}
	spinlock_release(&held);
	return status;
}

void ffa_notification_bitmap_destroy(struct smc_regs *regs)
{
	ffa_answer_status(regs, (uint32_t)regs->a1 == FFA_ID_NORMAL_WORLD ? bitmap_destroy()
									  : FFA_INVALID_PARAMETERS);
}

/* The TEE sends, the normal world receives, on any CPU. */
static bool is_ours(const struct smc_regs *regs)
{
	return (uint32_t)regs->a1 == ffa_endpoints(FFA_ID_TEE, FFA_ID_NORMAL_WORLD) &&
	       (uint32_t)regs->a2 == 0;
}

static uint64_t bits_of(const struct smc_regs *regs)
{
	return smc_u64_from_pair(regs->a4, regs->a3);
}

static int32_t bind(uint64_t bits)
{
	struct spinlock_held held = spinlock_take(&notification.lock);
	int32_t status = FFA_OK;

	if (bits == 0) {
		status = FFA_INVALID_PARAMETERS;
	} else if (!notification.created || (notification.bound & bits) != 0) {
		status = FFA_DENIED;
	} else {
		notification.bound |= bits;
	}
	spinlock_release(&held);
	return status;
}

void ffa_notification_bind(struct smc_regs *regs)
{
	ffa_answer_status(regs, is_ours(regs) ? bind(bits_of(regs)) : FFA_INVALID_PARAMETERS);
}

static int32_t unbind(uint64_t bits)
{
	struct spinlock_held held = spinlock_take(&notification.lock);
	int32_t status = FFA_OK;

	if (bits == 0) {
		status = FFA_INVALID_PARAMETERS;
	} else if ((notification.bound & bits) != bits) {
		status = FFA_DENIED;
	} else {
		notification.bound &= ~bits;
	}
	spinlock_release(&held);
	return status;
}

void ffa_notification_unbind(struct smc_regs *regs)
{
	ffa_answer_status(regs, is_ours(regs) ? unbind(bits_of(regs)) : FFA_INVALID_PARAMETERS);
}

/* --- What it gets ----------------------------------------------------------------------------- */

TEE_Result ffa_notification_enable(uint32_t bit)
{
	struct spinlock_held held = spinlock_take(&notification.lock);
	bool good = bit < FFA_NOTIFICATIONS_MAX && (notification.bound & 1ull << bit) != 0;

	if (good) {
		notification.bottom_half = bit;
	}
	spinlock_release(&held);
	if (!good) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	notif_enable();
	return TEE_SUCCESS;
}

/* All that is pending. What is not bound has no way out. */
static uint64_t pending_take(void)
{
	struct spinlock_held held = spinlock_take(&notification.lock);
	uint64_t bound = notification.bound;
	uint32_t bottom_half = notification.bottom_half;
	uint64_t bits = 0;
	uint32_t value;
	bool more;

	spinlock_release(&held);
	for (uint32_t i = 0; i < NOTIF_VALUES && notif_take(&value, &more); i++) {
		bits |= 1ull << (value == SMC_NOTIF_VALUE_BOTTOM_HALF ? bottom_half : value);
	}
	return bits & bound;
}

/* The receiver is in the low half of w1; which of its CPUs asks does not matter. */
void ffa_notification_get(struct smc_regs *regs)
{
	uint64_t bits;

	if (((uint32_t)regs->a1 & FFA_PARTITION_MASK) != FFA_ID_NORMAL_WORLD) {
		ffa_answer_error(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	bits = ((uint32_t)regs->a2 & FFA_NOTIFICATION_FROM_PARTITIONS) != 0 ? pending_take() : 0;
	ffa_answer(regs, smc_u64_low(bits), smc_u64_high(bits));
}

void ffa_notification_reset(void)
{
	notification.created = false;
	notification.bound = 0;
	notification.bottom_half = 0;
}
