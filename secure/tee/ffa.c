#include "secure/tee/ffa.h"

#include <string.h>

#include "abi/ffa.h"
#include "lib/bits.h"
#include "secure/core/thread.h"
#include "secure/tee/ffa_answer.h"
#include "secure/tee/ffa_buffer.h"
#include "secure/tee/ffa_memory.h"
#include "secure/tee/ffa_message.h"
#include "secure/tee/ffa_notification.h"

static void version(struct smc_regs *regs)
{
	*regs = (struct smc_regs){ .a0 = ffa_version_agree((uint32_t)regs->a1) };
}

static void rx_release(struct smc_regs *regs)
{
	ffa_answer_status(regs, ffa_rx_release());
}

static void rxtx_map_32(struct smc_regs *regs)
{
	ffa_answer_status(
		regs, ffa_buffers_map((uint32_t)regs->a1, (uint32_t)regs->a2, (uint32_t)regs->a3));
}

static void rxtx_map_64(struct smc_regs *regs)
{
	ffa_answer_status(regs, ffa_buffers_map(regs->a1, regs->a2, (uint32_t)regs->a3));
}

static void rxtx_unmap(struct smc_regs *regs)
{
	ffa_answer_status(regs, (uint32_t)regs->a1 >> FFA_SOURCE_SHIFT == FFA_ID_NORMAL_WORLD
					? ffa_buffers_unmap()
					: FFA_INVALID_PARAMETERS);
}

static void id_get(struct smc_regs *regs)
{
	ffa_answer(regs, FFA_ID_NORMAL_WORLD, 0);
}

static void spm_id_get(struct smc_regs *regs)
{
	ffa_answer(regs, FFA_ID_SPM, 0);
}

/* --- Partitions ------------------------------------------------------------------------------- */

/* The only one. */
static const uint32_t tee_uuid[4] = {
	FFA_OPTEE_UUID_0,
	FFA_OPTEE_UUID_1,
	FFA_OPTEE_UUID_2,
	FFA_OPTEE_UUID_3,
};

static int32_t partition_write(bool with_uuid)
{
	struct ffa_partition partition = {
		.id = FFA_ID_TEE,
		.contexts = (uint16_t)thread_count(),
		.properties = FFA_PARTITION_DIRECT_RECEIVE | FFA_PARTITION_AARCH64 |
			      FFA_PARTITION_NOTIFICATIONS,
	};

	if (ffa_version() == FFA_VERSION_1_0) {
		/* It begins alike, and ends there. */
		partition.properties = FFA_PARTITION_DIRECT_RECEIVE;
		return ffa_rx_write(&partition, sizeof(struct ffa_partition_1_0));
	}
	if (with_uuid) {
		memcpy(partition.uuid, tee_uuid, sizeof(tee_uuid));
	}
	return ffa_rx_write(&partition, sizeof(partition));
}

static_assert(offsetof(struct ffa_partition_1_0, properties) ==
		      offsetof(struct ffa_partition, properties),
	      "both begin alike");

static void partition_info_get(struct smc_regs *regs)
{
	static const uint32_t any[4];
	const uint32_t uuid[4] = { (uint32_t)regs->a1, (uint32_t)regs->a2, (uint32_t)regs->a3,
				   (uint32_t)regs->a4 };
	bool is_any = memcmp(uuid, any, sizeof(uuid)) == 0;
	bool is_new = ffa_version() != FFA_VERSION_1_0;
	uint32_t flags = is_new ? (uint32_t)regs->a5 : 0;
	uint32_t size = is_new ? sizeof(struct ffa_partition) : 0;
	int32_t status = FFA_OK;

	if ((!is_any && memcmp(uuid, tee_uuid, sizeof(uuid)) != 0) ||
	    (flags & ~FFA_PARTITION_COUNT_ONLY) != 0) {
		status = FFA_INVALID_PARAMETERS;
	} else if (flags == 0) {
		/* Whoever asks by UUID knows it. */
		status = partition_write(is_any);
	} else {
		size = 0;
	}
	if (status == FFA_OK) {
		ffa_answer(regs, 1, size);
	} else {
		ffa_answer_error(regs, status);
	}
}

/* --- Functions -------------------------------------------------------------------------------- */

static void features(struct smc_regs *regs);

struct function {
	uint32_t id;
	void (*serve)(struct smc_regs *regs);
	/* What FFA_FEATURES says of it besides. */
	uint32_t properties;
};

static const struct function functions[] = {
	{ FFA_VERSION, version, 0 },
	{ FFA_FEATURES, features, 0 },
	{ FFA_RX_RELEASE, rx_release, 0 },
	{ FFA_RXTX_MAP_32, rxtx_map_32, FFA_RXTX_SIZE_4K },
	{ FFA_RXTX_MAP_64, rxtx_map_64, FFA_RXTX_SIZE_4K },
	{ FFA_RXTX_UNMAP, rxtx_unmap, 0 },
	{ FFA_PARTITION_INFO_GET, partition_info_get, 0 },
	{ FFA_ID_GET, id_get, 0 },
	{ FFA_SPM_ID_GET, spm_id_get, 0 },
	{ FFA_MSG_SEND_DIRECT_REQ_32, ffa_message_serve, 0 },
	{ FFA_MSG_SEND_DIRECT_REQ_64, ffa_message_serve, 0 },
	{ FFA_MEM_SHARE_32, ffa_memory_share, 0 },
	{ FFA_MEM_SHARE_64, ffa_memory_share, 0 },
	{ FFA_MEM_FRAG_TX, ffa_memory_fragment, 0 },
	{ FFA_MEM_RECLAIM, ffa_memory_reclaim, 0 },
	{ FFA_NOTIFICATION_BITMAP_CREATE, ffa_notification_bitmap_create, 0 },
	{ FFA_NOTIFICATION_BITMAP_DESTROY, ffa_notification_bitmap_destroy, 0 },
	{ FFA_NOTIFICATION_BIND, ffa_notification_bind, 0 },
	{ FFA_NOTIFICATION_UNBIND, ffa_notification_unbind, 0 },
	{ FFA_NOTIFICATION_GET, ffa_notification_get, 0 },
};

static const struct function *function_find(uint32_t id)
{
	for (size_t i = 0; i < array_size(functions); i++) {
		if (functions[i].id == id) {
			return &functions[i];
		}
	}
	return NULL;
}

static void features(struct smc_regs *regs)
{
	const struct function *function = function_find((uint32_t)regs->a1);

	if (function != NULL) {
		ffa_answer(regs, function->properties, 0);
	} else {
		ffa_answer_error(regs, FFA_NOT_SUPPORTED);
	}
}

void ffa_enter(struct smc_regs *regs)
{
	const struct function *function = function_find((uint32_t)regs->a0);

	if (function != NULL) {
		function->serve(regs);
	} else if (ffa_is_function(regs->a0)) {
		ffa_answer_error(regs, FFA_NOT_SUPPORTED);
	} else {
		regs->a0 = SMC_UNKNOWN_FUNCTION;
	}
}

void ffa_reset(void)
{
	ffa_memory_reset();
	ffa_buffers_reset();
	ffa_notification_reset();
}
