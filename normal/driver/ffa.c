/* ffa.c - FF-A (spec/smc.md 7): the secure world is a partition, reached by direct messages, and
 * memory is shared by handle. */
#include "abi/ffa.h"

#include <errno.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "abi/smc.h"
#include "normal/driver/arg.h"
#include "normal/driver/call.h"
#include "normal/driver/ffa.h"
#include "normal/driver/file.h"
#include "normal/driver/observe.h"
#include "normal/driver/param.h"
#include "normal/driver/rpc.h"
#include "normal/driver/state.h"
#include "normal/driver/transport.h"

/* Somebody still uses what is to be given up, or nobody ever lets go of it. */
#define UNREGISTER_TRIES_MAX 64u
#define UNREGISTER_PAUSE_MS  1u

/* --- Calls that are answered at once --------------------------------------------------------- */

static struct smc_regs ask(struct smc_regs regs)
{
	os_smc(&regs);
	return regs;
}

static bool succeeded(const struct smc_regs *answer)
{
	return (uint32_t)answer->a0 == FFA_SUCCESS;
}

static struct smc_regs direct_request(const struct ffa *ffa, uint32_t service)
{
	return (struct smc_regs){
		.a0 = FFA_MSG_SEND_DIRECT_REQ_32,
		.a1 = ffa->endpoints,
		.a3 = service,
	};
}

static bool is_response(const struct smc_regs *answer)
{
	return (uint32_t)answer->a0 == FFA_MSG_SEND_DIRECT_RESP_32;
}

/* A status, or the SMC went wrong. */
static int error_of(const struct smc_regs *answer)
{
	if ((uint32_t)answer->a0 != FFA_ERROR) {
		return -ENODEV;
	}
	return (int32_t)answer->a2 == FFA_NO_MEMORY ? -ENOMEM : -EINVAL;
}

/* --- Finding the partition ------------------------------------------------------------------- */

static bool version_agree(struct ffa *ffa)
{
	uint32_t version = (uint32_t)ask((struct smc_regs){ FFA_VERSION, FFA_VERSION_1_1 }).a0;

	ffa->version = version < FFA_VERSION_1_1 ? FFA_VERSION_1_0 : FFA_VERSION_1_1;
	return (version & FFA_VERSION_RESERVED) == 0 &&
	       version >> FFA_VERSION_MAJOR_SHIFT == FFA_VERSION_1_0 >> FFA_VERSION_MAJOR_SHIFT;
}

static int buffers_map(struct ffa *ffa)
{
	struct smc_regs answer;

	ffa->tx = os_memory_alloc(OS_PAGE_SIZE);
	ffa->rx = os_memory_alloc(OS_PAGE_SIZE);
	if (ffa->tx == NULL || ffa->rx == NULL || os_memory_address(ffa->tx) == NULL ||
	    os_memory_address(ffa->rx) == NULL) {
		return -ENOMEM;
	}
	answer = ask((struct smc_regs){ FFA_RXTX_MAP_64, os_memory_page(ffa->tx, 0),
					os_memory_page(ffa->rx, 0), 1 });
	return succeeded(&answer) ? 0 : error_of(&answer);
}

static int partition_find(struct ffa *ffa)
{
	struct smc_regs own = ask((struct smc_regs){ .a0 = FFA_ID_GET });
	struct ffa_partition_1_0 partition;
	struct smc_regs answer;

	answer = ask((struct smc_regs){ FFA_PARTITION_INFO_GET, FFA_OPTEE_UUID_0, FFA_OPTEE_UUID_1,
					FFA_OPTEE_UUID_2, FFA_OPTEE_UUID_3 });
	if (!succeeded(&own) || !succeeded(&answer)) {
		return -ENODEV;
	}
	/* All versions begin like this. */
	shared_copy_in(&partition, os_memory_address(ffa->rx), sizeof(partition));
	(void)ask((struct smc_regs){ .a0 = FFA_RX_RELEASE });
	if ((uint32_t)answer.a2 != 1 ||
	    (partition.properties & FFA_PARTITION_DIRECT_RECEIVE) == 0) {
		return -ENODEV;
	}
	ffa->endpoints = ffa_endpoints((uint16_t)own.a2, partition.id);
	return 0;
}

/* Whoever cannot find a message behind another one in its page cannot be used. */
static int terms_agree(const struct ffa *ffa, struct transport_terms *terms)
{
	struct smc_regs answer = ask(direct_request(ffa, FFA_GET_API_VERSION));

	if (!is_response(&answer) || (uint32_t)answer.a3 != FFA_API_VERSION_MAJOR) {
		return -ENODEV;
	}
	answer = ask(direct_request(ffa, FFA_EXCHANGE_CAPABILITIES));
	if (!is_response(&answer) || (uint32_t)answer.a3 != 0 ||
	    ((uint32_t)answer.a5 & FFA_CAP_ARG_OFFSET) == 0) {
		return -EINVAL;
	}
	*terms = (struct transport_terms){
		.capabilities =
			SMC_SEC_CAP_DYNAMIC_SHM | SMC_SEC_CAP_MEMREF_NULL | SMC_SEC_CAP_RPC_ARG,
		.rpc_params = (uint32_t)answer.a4 & FFA_CAP_RPC_PARAMS_MASK,
		.key_max = (uint32_t)answer.a6 != 0 ? (uint32_t)answer.a6
						    : SMC_NOTIF_VALUE_MAX_DEFAULT,
	};
	if (((uint32_t)answer.a5 & FFA_CAP_ASYNC_NOTIF) != 0) {
		terms->capabilities |= SMC_SEC_CAP_ASYNC_NOTIF;
	}
	if (((uint32_t)answer.a5 & FFA_CAP_RPMB_PROBE) != 0) {
		terms->capabilities |= SMC_SEC_CAP_RPMB_PROBE;
	}
	return terms->rpc_params > 0 ? 0 : -EINVAL;
}

/* Bind or unbind all. The TEE sends, we receive. */
static struct smc_regs notifications_bind(const struct ffa *ffa, uint32_t function)
{
	return ask((struct smc_regs){
		.a0 = function,
		.a1 = ffa->endpoints << FFA_SOURCE_SHIFT | ffa->endpoints >> FFA_SOURCE_SHIFT,
		.a3 = UINT32_MAX,
		.a4 = UINT32_MAX,
	});
}

static void ffa_destroy(struct driver *driver)
{
	struct ffa *ffa = driver->ffa;

	if ((driver->capabilities & SMC_SEC_CAP_ASYNC_NOTIF) != 0) {
		(void)notifications_bind(ffa, FFA_NOTIFICATION_UNBIND);
		(void)ask((struct smc_regs){ FFA_NOTIFICATION_BITMAP_DESTROY,
					     ffa->endpoints >> FFA_SOURCE_SHIFT });
	}
	(void)ask((struct smc_regs){ .a0 = FFA_RXTX_UNMAP });
	if (ffa->tx != NULL) {
		os_memory_put(ffa->tx);
	}
	if (ffa->rx != NULL) {
		os_memory_put(ffa->rx);
	}
	os_completion_destroy(&ffa->tx_free);
	os_free(ffa);
}

static int ffa_probe(struct driver *driver, struct transport_terms *terms)
{
	struct ffa *ffa = os_alloc(sizeof(*ffa));
	int error;

	if (ffa == NULL) {
		return -ENOMEM;
	}
	if (!version_agree(ffa)) {
		os_free(ffa);
		return -ENODEV;
	}
	driver->ffa = ffa;
	os_completion_init(&ffa->tx_free);
	os_complete(&ffa->tx_free);
	error = buffers_map(ffa);
	if (error == 0) {
		error = partition_find(ffa);
	}
	if (error == 0) {
		error = terms_agree(ffa, terms);
	}
	if (error != 0) {
		ffa_destroy(driver);
	}
	return error;
}

static void ffa_start(struct driver *driver)
{
	struct smc_regs answer = ask(direct_request(driver->ffa, FFA_GET_OS_VERSION));

	if (is_response(&answer)) {
		os_log(OS_LOG_INFO, "the secure world is of revision %u.%u (%08x), by FF-A",
		       (unsigned int)answer.a3, (unsigned int)answer.a4, (unsigned int)answer.a5);
	}
}

static void ffa_stop(struct driver *driver)
{
}

/* --- Calls ----------------------------------------------------------------------------------- */

static void ffa_arg_name(const struct driver *driver, struct arg *arg)
{
	/* There are no messages that share memory, so none that has to lie in a page of its own. */
	arg->function = FFA_YIELDING_CALL_WITH_ARG;
	arg->reference = arg->memory == NULL ? driver_arg_object(arg)->cookie : FFA_HANDLE_INVALID;
}

static struct smc_regs ffa_begin(const struct call *call)
{
	struct smc_regs regs = direct_request(call->driver->ffa, call->arg->function);

	regs.a4 = smc_u64_low(call->arg->reference);
	regs.a5 = smc_u64_high(call->arg->reference);
	regs.a6 = call->arg->offset;
	return regs;
}

/* Of a call that did not go well. */
static enum transport_stop stop_of(uint32_t service, uint32_t result)
{
	if (result == FFA_YIELDING_NO_MEMORY) {
		return TRANSPORT_UNREAD;
	}
	return result == FFA_YIELDING_BUSY && service != FFA_YIELDING_CALL_RESUME
		       ? TRANSPORT_FULL
		       : TRANSPORT_FAILED;
}

static enum transport_stop ffa_enter(struct smc_regs *regs)
{
	struct smc_regs answer = ask(*regs);

	if (!is_response(&answer)) {
		return TRANSPORT_FAILED;
	}
	if ((uint32_t)answer.a3 != FFA_YIELDING_OK) {
		return stop_of((uint32_t)regs->a3, (uint32_t)answer.a3);
	}
	switch ((uint32_t)answer.a4) {
	case FFA_YIELDING_DONE:
		return TRANSPORT_DONE;
	case FFA_YIELDING_RPC_CMD:
	case FFA_YIELDING_INTERRUPT:
		*regs = answer;
		return TRANSPORT_RPC;
	default:
		return TRANSPORT_FAILED;
	}
}

static void ffa_serve(struct call *call, struct smc_regs *regs)
{
	uint64_t resume = regs->a7;

	if ((uint32_t)regs->a4 == FFA_YIELDING_RPC_CMD) {
		driver_rpc_serve(call, call->arg->rpc, msg_arg_size(call->driver->rpc_params));
	} else {
		driver_rpc_interrupt(call);
	}
	*regs = direct_request(call->driver->ffa, FFA_YIELDING_CALL_RESUME);
	regs->a7 = resume;
}

/* --- Notifications --------------------------------------------------------------------------- */

/* A driver before this one may have left something. The bit of the bottom half is its value, 0. */
static int ffa_notif_enable(struct driver *driver)
{
	const struct ffa *ffa = driver->ffa;
	struct smc_regs answer;

	(void)ask((struct smc_regs){ FFA_NOTIFICATION_BITMAP_CREATE,
				     ffa->endpoints >> FFA_SOURCE_SHIFT, 1 });
	(void)notifications_bind(ffa, FFA_NOTIFICATION_UNBIND);
	answer = notifications_bind(ffa, FFA_NOTIFICATION_BIND);
	if (!succeeded(&answer)) {
		return -EIO;
	}
	answer = ask(direct_request(ffa, FFA_ENABLE_ASYNC_NOTIF));
	return is_response(&answer) && (uint32_t)answer.a3 == 0 ? 0 : -EIO;
}

static bool ffa_notif_take(struct driver *driver, uint32_t *value, bool *more)
{
	struct ffa *ffa = driver->ffa;
	uint64_t pending = atomic_exchange(&ffa->pending, 0);

	if (pending == 0) {
		struct smc_regs answer = ask((struct smc_regs){ FFA_NOTIFICATION_GET,
								ffa->endpoints >> FFA_SOURCE_SHIFT,
								FFA_NOTIFICATION_FROM_PARTITIONS });

		pending = succeeded(&answer) ? ffa_handle((uint32_t)answer.a2, (uint32_t)answer.a3)
					     : 0;
	}
	if (pending == 0) {
		*more = false;
		return false;
	}
	*value = (uint32_t)__builtin_ctzll(pending);
	pending &= pending - 1;
	/* Another task may have got others meanwhile. */
	*more = (atomic_fetch_or(&ffa->pending, pending) | pending) != 0;
	return true;
}

/* --- Sharing memory -------------------------------------------------------------------------- */

/* A description on its way. */
struct description {
	const struct os_memory *memory;
	size_t page_count;
	size_t page; /* the next to describe */
	uint32_t range_count;
};

/* The next range: neighbours in one. */
static struct ffa_range range_take(struct description *description)
{
	uint64_t first = os_memory_page(description->memory, description->page);
	struct ffa_range range = { .address = first };

	while (description->page < description->page_count &&
	       os_memory_page(description->memory, description->page) ==
		       first + (uint64_t)range.page_count * OS_PAGE_SIZE) {
		range.page_count++;
		description->page++;
	}
	return range;
}

static struct description describe(const struct os_memory *memory)
{
	struct description description = { memory, os_memory_page_count(memory), 0, 0 };

	while (description.page < description.page_count) {
		(void)range_take(&description);
		description.range_count++;
	}
	description.page = 0;
	return description;
}

/* The header in the version's layout; its size. */
static uint32_t header_write(const struct ffa *ffa, char *to)
{
	const struct ffa_memory_1_0 old = {
		.sender = (uint16_t)(ffa->endpoints >> FFA_SOURCE_SHIFT),
		.attributes = FFA_MEMORY_ATTRIBUTES_PLAIN,
		.access_count = 1,
	};
	const struct ffa_memory memory = {
		.sender = old.sender,
		.attributes = old.attributes,
		.access_size = sizeof(struct ffa_access),
		.access_count = 1,
		.access_offset = sizeof(memory),
	};

	if (ffa->version == FFA_VERSION_1_0) {
		memcpy(to, &old, sizeof(old));
		return sizeof(old);
	}
	memcpy(to, &memory, sizeof(memory));
	return sizeof(memory);
}

/* All before the ranges; its size. */
static uint32_t head_write(const struct ffa *ffa, const struct description *description, char *to)
{
	uint32_t size = header_write(ffa, to);
	const struct ffa_access access = {
		.receiver = (uint16_t)ffa->endpoints,
		.permissions = FFA_ACCESS_READ_WRITE,
		.composite_offset = size + (uint32_t)sizeof(access),
	};
	const struct ffa_composite composite = {
		.page_count = (uint32_t)description->page_count,
		.range_count = description->range_count,
	};

	memcpy(to + size, &access, sizeof(access));
	size += (uint32_t)sizeof(access);
	memcpy(to + size, &composite, sizeof(composite));
	return size + (uint32_t)sizeof(composite);
}

/* As many ranges as there are and fit behind the first `size` bytes of the buffer; its size then. */
static uint32_t ranges_write(struct description *description, char *to, uint32_t size)
{
	while (description->page < description->page_count &&
	       size + sizeof(struct ffa_range) <= OS_PAGE_SIZE) {
		const struct ffa_range range = range_take(description);

		memcpy(to + size, &range, sizeof(range));
		size += (uint32_t)sizeof(range);
	}
	return size;
}

static uint64_t reclaim(uint64_t handle)
{
	return ask((struct smc_regs){ FFA_MEM_RECLAIM, smc_u64_low(handle), smc_u64_high(handle) })
		.a0;
}

/* The buffer is ours. -EINVAL: refused, or the secure world asks for more than there is. */
static int share_in_pieces(const struct ffa *ffa, struct description *description, uint64_t *handle)
{
	char *buffer = os_memory_address(ffa->tx);
	uint32_t head = head_write(ffa, description, buffer);
	uint32_t sent = ranges_write(description, buffer, head);
	uint32_t total = head + description->range_count * (uint32_t)sizeof(struct ffa_range);
	struct smc_regs answer = ask((struct smc_regs){ FFA_MEM_SHARE_32, total, sent });

	while ((uint32_t)answer.a0 == FFA_MEM_FRAG_RX) {
		uint32_t size;

		if (sent == total || (uint32_t)answer.a3 != sent) {
			(void)reclaim(ffa_handle((uint32_t)answer.a1, (uint32_t)answer.a2));
			return -EINVAL;
		}
		size = ranges_write(description, buffer, 0);
		sent += size;
		answer = ask((struct smc_regs){ FFA_MEM_FRAG_TX, answer.a1, answer.a2, size });
	}
	if (!succeeded(&answer)) {
		return error_of(&answer);
	}
	*handle = ffa_handle((uint32_t)answer.a2, (uint32_t)answer.a3);
	if (sent != total) {
		(void)reclaim(*handle);
		return -EINVAL;
	}
	return 0;
}

static int ffa_share(struct shm *shm)
{
	struct driver *driver = shm->file->driver;
	struct description description = describe(shm->memory);
	struct driver_event event;
	uint64_t handle = FFA_HANDLE_INVALID;
	int error;

	driver_event_sharing_begin(&event, shm, FFA_MEM_SHARE_32);
	os_wait(&driver->ffa->tx_free);
	error = share_in_pieces(driver->ffa, &description, &handle);
	os_complete(&driver->ffa->tx_free);
	if (error == 0 && handle == FFA_HANDLE_INVALID) {
		error = -EINVAL;
	}
	if (error == 0) {
		driver_shm_name(shm, handle);
	}
	driver_event_sharing_end(&event, error == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
	return error;
}

/* The TEE lets go of it; what it says of the last try. */
static uint32_t relinquish(const struct driver *driver, uint64_t handle)
{
	struct smc_regs request = direct_request(driver->ffa, FFA_UNREGISTER_SHM);
	struct smc_regs answer;
	unsigned int i;

	request.a4 = smc_u64_low(handle);
	request.a5 = smc_u64_high(handle);
	for (i = 0; i < UNREGISTER_TRIES_MAX; i++) {
		answer = ask(request);
		if (!is_response(&answer) || (int32_t)answer.a3 != FFA_BUSY) {
			break;
		}
		os_sleep(UNREGISTER_PAUSE_MS);
	}
	return (uint32_t)answer.a3;
}

static void ffa_unshare(struct shm *shm)
{
	struct driver *driver = shm->file->driver;
	struct driver_event event;
	uint32_t result;

	driver_event_sharing_begin(&event, shm, FFA_MEM_RECLAIM);
	result = relinquish(driver, shm->cookie);
	if ((uint32_t)reclaim(shm->cookie) == FFA_SUCCESS) {
		result = TEE_SUCCESS;
	} else if (!atomic_load(&driver->dead)) {
		os_log(OS_LOG_WARNING, "memory %#llx was not given back: %d",
		       (unsigned long long)shm->cookie, (int)result);
		result = TEE_ERROR_BUSY;
	}
	driver_event_sharing_end(&event, result);
}

/* --- Memory in messages ---------------------------------------------------------------------- */

static void ffa_memref_out(const struct param *from, struct msg_param *to)
{
	to->u.fmem = (struct msg_param_fmem){ .global_id = MSG_FMEM_INVALID_GLOBAL_ID };
	if (from->shm != NULL) {
		to->u.fmem = (struct msg_param_fmem){
			.offs_low = (uint32_t)from->a,
			.offs_high = (uint16_t)(from->a >> 32),
			.internal_offs = (uint16_t)os_memory_offset(from->shm->memory),
			.size = from->b,
			.global_id = from->shm->cookie,
		};
	}
}

/* The secure world leaves the offset in the first page to us. */
static bool ffa_memref_in(struct driver *driver, const struct msg_param *from, struct param *to)
{
	const struct msg_param_fmem *fmem = &from->u.fmem;

	if (from->attr > MSG_ATTR_TYPE_FMEM_INOUT) {
		return false;
	}
	to->b = fmem->size;
	if (fmem->global_id == MSG_FMEM_INVALID_GLOBAL_ID) {
		return true;
	}
	to->a = (uint64_t)fmem->offs_high << 32 | fmem->offs_low;
	to->shm = driver_shm_by_cookie(driver, fmem->global_id);
	return to->shm != NULL && range_within(to->a, to->b, to->shm->size);
}

static bool ffa_memory_out(struct call *call, const struct shm *shm, struct msg_param *to)
{
	to->attr = RPC_SHM_ATTR_FMEM;
	to->u.fmem = (struct msg_param_fmem){
		.internal_offs = (uint16_t)os_memory_offset(shm->memory),
		.size = shm->size,
		.global_id = shm->cookie,
	};
	return true;
}

const struct transport transport_ffa = {
	.shares_all = true,
	.strict_requests = true,
	.probe = ffa_probe,
	.start = ffa_start,
	.stop = ffa_stop,
	.destroy = ffa_destroy,
	.arg_name = ffa_arg_name,
	.begin = ffa_begin,
	.enter = ffa_enter,
	.serve = ffa_serve,
	.notif_enable = ffa_notif_enable,
	.notif_take = ffa_notif_take,
	.share = ffa_share,
	.unshare = ffa_unshare,
	.memref_out = ffa_memref_out,
	.memref_in = ffa_memref_in,
	.memory_out = ffa_memory_out,
};
