#include "normal/driver/fake_secure.h"

#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "normal/driver/fake_os.h"

#define REGISTERED_MAX 4096u
#define PAGES_MAX      4096u
#define CACHED_MAX     16u

struct registered {
	uint64_t cookie; /* 0: free */
	uint64_t list;
	uint64_t size;
	size_t page_count;
	uint64_t pages[16]; /* the first ones; the list itself is not read again */
};

struct fake_secure fake_secure;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fake_thread threads[FAKE_THREADS_MAX];
static struct registered registered[REGISTERED_MAX];
static uint64_t cached[CACHED_MAX];
static size_t cached_count;
static uint32_t next_session;
static size_t sessions;
static struct smc_regs calls[FAKE_CALLS_MAX];
static size_t call_count;
static size_t smc_count;
static bool is_dead;
static sem_t inside;
static sem_t go_on;

static uint64_t posted;

void fake_secure_reset(void)
{
	memset(threads, 0, sizeof(threads));
	memset(registered, 0, sizeof(registered));
	cached_count = 0;
	next_session = 1;
	sessions = 0;
	call_count = 0;
	smc_count = 0;
	posted = 0;
	is_dead = false;
	sem_init(&inside, 0, 0);
	sem_init(&go_on, 0, 0);
	fake_secure = (struct fake_secure){
		.uid = { SMC_UID_0, SMC_UID_1, SMC_UID_2, SMC_UID_3 },
		.revision = 2,
		.capabilities =
			SMC_SEC_CAP_DYNAMIC_SHM | SMC_SEC_CAP_MEMREF_NULL | SMC_SEC_CAP_RPC_ARG,
		.rpc_params = 4,
		.threads_claimed = 4,
		.threads = 4,
	};
}

/* --- For scripts ----------------------------------------------------------------------------- */

struct msg_param fake_value(uint64_t attr, uint64_t a, uint64_t b, uint64_t c)
{
	struct msg_param param = { .attr = attr };

	param.u.value = (struct msg_param_value){ a, b, c };
	return param;
}

struct msg_param fake_memref(uint64_t attr, uint64_t offset, uint64_t size, uint64_t cookie)
{
	struct msg_param param = { .attr = attr };

	param.u.rmem = (struct msg_param_rmem){ offset, size, cookie };
	return param;
}

enum fake_stop fake_rpc(struct fake_thread *thread, uint32_t function, uint64_t a1, uint64_t a2)
{
	thread->regs.a0 = function;
	thread->regs.a1 = a1;
	thread->regs.a2 = a2;
	thread->regs.a3 = thread->index;
	return FAKE_RPC;
}

/* A count that is too large is sent as it is, with as many parameters as there is room for. */
static uint32_t params_that_fit(uint32_t count)
{
	return count < MSG_RPC_PARAMS_MAX ? count : MSG_RPC_PARAMS_MAX;
}

static enum fake_stop request_send(struct fake_thread *thread)
{
	uint64_t cookie = thread->request_cookie;

	thread->request_waits = false;
	*thread->request = (struct msg_arg){
		.cmd = thread->pending.cmd,
		.ret = MSG_RPC_RET_PRESET,
		.num_params = thread->pending.count,
	};
	memcpy(thread->request->params, thread->pending.params,
	       params_that_fit(thread->pending.count) * sizeof(struct msg_param));
	return fake_rpc(thread, SMC_RPC_CMD, smc_u64_high(cookie), smc_u64_low(cookie));
}

enum fake_stop fake_request(struct fake_thread *thread, uint32_t cmd, uint32_t count,
			    const struct msg_param *params)
{
	thread->pending.cmd = cmd;
	thread->pending.count = count;
	memcpy(thread->pending.params, params, params_that_fit(count) * sizeof(*params));
	if (thread->request == NULL) {
		thread->request_waits = true;
		return fake_rpc(thread, SMC_RPC_ALLOC, MSG_RPC_ARG_SIZE, 0);
	}
	return request_send(thread);
}

struct msg_arg *fake_reply(struct fake_thread *thread)
{
	return thread->request;
}

enum fake_stop fake_done(struct fake_thread *thread, uint32_t ret, uint32_t origin)
{
	thread->message->ret = ret;
	thread->message->ret_origin = origin;
	return FAKE_DONE;
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0) {
	}
}

void fake_inside(void)
{
	sem_post(&inside);
	wait_for(&go_on);
}

void fake_wait_inside(void)
{
	wait_for(&inside);
}

void fake_go_on(void)
{
	sem_post(&go_on);
}

/* --- Memory ---------------------------------------------------------------------------------- */

/* As spec/msg.md 2 has it: a link is followed only when entry 512 is needed. */
static uint64_t list_entry_at(uint64_t list, size_t index)
{
	const struct msg_page_list *page = fake_os_physical(list & ~(uint64_t)MSG_PAGE_MASK);

	while (page != NULL && index >= MSG_PAGE_LIST_ENTRIES) {
		if ((page->next & MSG_PAGE_MASK) != 0) {
			return 0;
		}
		page = fake_os_physical(page->next);
		index -= MSG_PAGE_LIST_ENTRIES;
	}
	return page != NULL ? page->pages[index] : 0;
}

void *fake_secure_byte(uint64_t list, uint64_t size, uint64_t offset)
{
	uint64_t from_page = (list & MSG_PAGE_MASK) + offset;
	uint64_t page;
	char *found;

	if (offset >= size) {
		return NULL;
	}
	page = list_entry_at(list, from_page / MSG_PAGE_SIZE);
	if (page == 0 || (page & MSG_PAGE_MASK) != 0) {
		return NULL;
	}
	found = fake_os_physical(page);
	return found != NULL ? found + from_page % MSG_PAGE_SIZE : NULL;
}

static struct registered *registered_find(uint64_t cookie)
{
	size_t i;

	for (i = 0; i < REGISTERED_MAX && cookie != 0; i++) {
		if (registered[i].cookie == cookie) {
			return &registered[i];
		}
	}
	return NULL;
}

void *fake_secure_registered_byte(uint64_t cookie, uint64_t offset)
{
	struct registered *object;
	void *found = NULL;
	uint64_t place;

	pthread_mutex_lock(&lock);
	object = registered_find(cookie);
	if (object != NULL && offset < object->size) {
		place = (object->list & MSG_PAGE_MASK) + offset;
		if (place / MSG_PAGE_SIZE < array_size(object->pages)) {
			found = fake_os_physical(object->pages[place / MSG_PAGE_SIZE] +
						 place % MSG_PAGE_SIZE);
		}
	}
	pthread_mutex_unlock(&lock);
	return found;
}

static uint32_t serve_register(const struct msg_param *param)
{
	uint64_t offset = param->u.tmem.buf_ptr & MSG_PAGE_MASK;
	uint64_t size = param->u.tmem.size;
	struct registered *object = NULL;
	size_t i;

	if (param->attr != MSG_ATTR_REGISTER_SHM || param->u.tmem.shm_ref == 0 || size == 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	for (i = 0; i < REGISTERED_MAX && object == NULL; i++) {
		if (registered[i].cookie == 0) {
			object = &registered[i];
		}
	}
	assert(object != NULL);
	object->page_count = (size_t)((size + offset - 1) / MSG_PAGE_SIZE + 1);
	for (i = 0; i < object->page_count; i++) {
		uint64_t page = list_entry_at(param->u.tmem.buf_ptr, i);

		if (page == 0 || (page & MSG_PAGE_MASK) != 0 || fake_os_physical(page) == NULL) {
			return TEE_ERROR_BAD_PARAMETERS;
		}
		if (i < array_size(object->pages)) {
			object->pages[i] = page;
		}
	}
	object->cookie = param->u.tmem.shm_ref;
	object->list = param->u.tmem.buf_ptr;
	object->size = size;
	return TEE_SUCCESS;
}

static uint32_t serve_unregister(const struct msg_param *param)
{
	struct registered *object = registered_find(param->u.rmem.shm_ref);

	if (object == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	object->cookie = 0;
	return TEE_SUCCESS;
}

/* --- Messages -------------------------------------------------------------------------------- */

static enum fake_stop run_open(struct fake_thread *thread)
{
	uint32_t result = fake_secure.open_result;

	pthread_mutex_lock(&lock);
	if (result == TEE_SUCCESS) {
		thread->message->session = next_session++;
		sessions++;
	}
	pthread_mutex_unlock(&lock);
	return fake_done(thread, result, MSG_ORIGIN_TRUSTED_APP);
}

static enum fake_stop run_invoke(struct fake_thread *thread)
{
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TRUSTED_APP);
}

static enum fake_stop run_close(struct fake_thread *thread)
{
	pthread_mutex_lock(&lock);
	sessions--;
	pthread_mutex_unlock(&lock);
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
}

static enum fake_stop run_register(struct fake_thread *thread)
{
	uint32_t result = fake_secure.register_result;

	pthread_mutex_lock(&lock);
	if (result == TEE_SUCCESS) {
		result = serve_register(&thread->message->params[0]);
	}
	pthread_mutex_unlock(&lock);
	return fake_done(thread, result, 0);
}

static enum fake_stop run_unregister(struct fake_thread *thread)
{
	uint32_t result = fake_secure.unregister_result;

	pthread_mutex_lock(&lock);
	result = result != TEE_SUCCESS ? result : serve_unregister(&thread->message->params[0]);
	pthread_mutex_unlock(&lock);
	return fake_done(thread, result, 0);
}

static enum fake_stop run_bottom_half(struct fake_thread *thread)
{
	return FAKE_DONE;
}

static enum fake_stop run_stop(struct fake_thread *thread)
{
	fake_secure.notifying = false;
	return FAKE_DONE;
}

static enum fake_stop thread_run(struct fake_thread *thread)
{
	static const fake_script scripts[] = {
		[MSG_CMD_OPEN_SESSION] = run_open,
		[MSG_CMD_INVOKE_COMMAND] = run_invoke,
		[MSG_CMD_CLOSE_SESSION] = run_close,
		[MSG_CMD_CANCEL] = run_invoke,
		[MSG_CMD_REGISTER_SHM] = run_register,
		[MSG_CMD_UNREGISTER_SHM] = run_unregister,
		[MSG_CMD_DO_BOTTOM_HALF] = run_bottom_half,
		[MSG_CMD_STOP_ASYNC_NOTIF] = run_stop,
	};
	fake_script own = NULL;

	if (thread->cmd == MSG_CMD_OPEN_SESSION) {
		own = fake_secure.open;
	} else if (thread->cmd == MSG_CMD_INVOKE_COMMAND) {
		own = fake_secure.invoke;
	} else if (thread->cmd == MSG_CMD_CLOSE_SESSION) {
		own = fake_secure.close;
	} else if (thread->cmd == MSG_CMD_DO_BOTTOM_HALF) {
		own = fake_secure.bottom_half;
	} else if (thread->cmd == MSG_CMD_STOP_ASYNC_NOTIF) {
		own = fake_secure.stop;
	}
	assert(thread->cmd < array_size(scripts));
	return own != NULL ? own(thread) : scripts[thread->cmd](thread);
}

/* --- Threads --------------------------------------------------------------------------------- */

static void answer(struct smc_regs *regs, const struct fake_thread *thread)
{
	regs->a0 = thread->regs.a0;
	regs->a1 = thread->regs.a1;
	regs->a2 = thread->regs.a2;
	regs->a3 = thread->regs.a3;
	/* Whoever takes these for answers is wrong at once. */
	regs->a4 = 0xdead0004;
	regs->a5 = 0xdead0005;
	regs->a6 = 0xdead0006;
	regs->a7 = 0xdead0007;
}

static void thread_free(struct fake_thread *thread)
{
	pthread_mutex_lock(&lock);
	thread->busy = false;
	pthread_mutex_unlock(&lock);
}

/* The memory for requests goes back, or is kept for the next call. */
static bool thread_gives_back(struct fake_thread *thread)
{
	if (thread->request_cookie == 0) {
		return false;
	}
	if (fake_secure.cache) {
		pthread_mutex_lock(&lock);
		assert(cached_count < CACHED_MAX);
		cached[cached_count++] = thread->request_cookie;
		pthread_mutex_unlock(&lock);
		return false;
	}
	fake_rpc(thread, SMC_RPC_FREE, smc_u64_high(thread->request_cookie),
		 smc_u64_low(thread->request_cookie));
	thread->request_cookie = 0;
	return true;
}

static void thread_finish(struct fake_thread *thread, struct smc_regs *regs)
{
	thread->finished = true;
	if (thread_gives_back(thread)) {
		answer(regs, thread);
		return;
	}
	thread->regs = (struct smc_regs){ .a0 = fake_secure.final };
	answer(regs, thread);
	thread_free(thread);
}

static void thread_enter(struct fake_thread *thread, struct smc_regs *regs)
{
	thread->regs = *regs;
	if (thread->finished) {
		thread_finish(thread, regs);
		return;
	}
	if (thread->request_waits) {
		uint64_t address = smc_u64_from_pair(regs->a1, regs->a2);

		thread->request_cookie = smc_u64_from_pair(regs->a4, regs->a5);
		thread->request = address != 0 ? fake_os_physical(address) : NULL;
		if (thread->request == NULL) {
			(void)fake_done(thread, TEE_ERROR_OUT_OF_MEMORY, MSG_ORIGIN_TEE);
			thread_finish(thread, regs);
			return;
		}
		(void)request_send(thread);
		answer(regs, thread);
		return;
	}
	if (thread_run(thread) == FAKE_DONE) {
		thread_finish(thread, regs);
		return;
	}
	thread->step++;
	answer(regs, thread);
}

static struct fake_thread *thread_take(void)
{
	struct fake_thread *thread = NULL;
	uint32_t i;

	pthread_mutex_lock(&lock);
	if (fake_secure.limits > 0) {
		fake_secure.limits--;
	} else {
		for (i = 0; i < fake_secure.threads && thread == NULL; i++) {
			if (!threads[i].busy) {
				thread = &threads[i];
				memset(thread, 0, sizeof(*thread));
				thread->busy = true;
				thread->index = i;
			}
		}
	}
	pthread_mutex_unlock(&lock);
	return thread;
}

static void limit(struct smc_regs *regs)
{
	void (*on_limit)(void);

	pthread_mutex_lock(&lock);
	on_limit = fake_secure.on_limit;
	fake_secure.on_limit = NULL;
	pthread_mutex_unlock(&lock);
	if (on_limit != NULL) {
		on_limit();
	}
	regs->a0 = SMC_ETHREAD_LIMIT;
}

static void start(struct smc_regs *regs)
{
	uint64_t reference = smc_u64_from_pair(regs->a1, regs->a2);
	struct fake_thread *thread = thread_take();

	if (thread == NULL) {
		limit(regs);
		return;
	}
	if (regs->a0 == SMC_CALL_WITH_REGD_ARG) {
		thread->message = fake_secure_registered_byte(reference, regs->a3);
	} else if ((reference & MSG_PAGE_MASK) == 0) {
		thread->message = fake_os_physical(reference);
	}
	if (thread->message == NULL || (regs->a3 & 7) != 0) {
		thread_free(thread);
		regs->a0 = SMC_EBADADDR;
		return;
	}
	thread->cmd = thread->message->cmd;
	thread->func = thread->message->func;
	if (regs->a0 != SMC_CALL_WITH_ARG) {
		thread->request = (struct msg_arg *)((char *)thread->message +
						     msg_arg_size(thread->message->num_params));
	}
	thread_enter(thread, regs);
}

static void resume(struct smc_regs *regs)
{
	struct fake_thread *thread = &threads[regs->a3 % FAKE_THREADS_MAX];

	if (regs->a3 >= FAKE_THREADS_MAX || !thread->busy) {
		regs->a0 = SMC_ERESUME;
		return;
	}
	thread_enter(thread, regs);
}

/* --- Fast calls ------------------------------------------------------------------------------ */

static void serve_cache_disable(struct smc_regs *regs)
{
	uint64_t cookie;

	pthread_mutex_lock(&lock);
	regs->a0 = SMC_OK;
	if (fake_secure.stale_cookies > 0) {
		cookie = 0xffff888000000000ull + fake_secure.stale_cookies--;
	} else if (cached_count > 0) {
		cookie = cached[--cached_count];
	} else {
		cookie = 0;
		fake_secure.cache = false;
		regs->a0 = SMC_ENOTAVAIL;
	}
	regs->a1 = smc_u64_high(cookie);
	regs->a2 = smc_u64_low(cookie);
	pthread_mutex_unlock(&lock);
}

static void serve_cache(struct smc_regs *regs)
{
	if (fake_secure.cache_busy > 0) {
		fake_secure.cache_busy--;
		regs->a0 = SMC_EBUSY;
	} else if (regs->a0 == SMC_DISABLE_SHM_CACHE) {
		serve_cache_disable(regs);
	} else {
		fake_secure.cache = true;
		regs->a0 = SMC_OK;
	}
}

void fake_secure_post(uint32_t value)
{
	__atomic_fetch_or(&posted, 1ull << value, __ATOMIC_SEQ_CST);
}

static void serve_posted(struct smc_regs *regs)
{
	uint64_t now = __atomic_load_n(&posted, __ATOMIC_SEQ_CST);
	uint64_t lowest = now & -now;

	*regs = (struct smc_regs){ SMC_OK };
	if (fake_secure.endless) {
		regs->a1 = 1;
		regs->a2 = SMC_ASYNC_NOTIF_VALID | SMC_ASYNC_NOTIF_PENDING;
	} else if (now != 0) {
		__atomic_fetch_and(&posted, ~lowest, __ATOMIC_SEQ_CST);
		regs->a1 = (uint64_t)__builtin_ctzll(lowest);
		regs->a2 = SMC_ASYNC_NOTIF_VALID | (now != lowest ? SMC_ASYNC_NOTIF_PENDING : 0);
	}
}

static void serve_fast(struct smc_regs *regs)
{
	switch (regs->a0) {
	case SMC_CALLS_UID:
		*regs = (struct smc_regs){ fake_secure.uid[0], fake_secure.uid[1],
					   fake_secure.uid[2], fake_secure.uid[3] };
		break;
	case SMC_CALLS_REVISION:
		*regs = (struct smc_regs){ .a0 = fake_secure.revision };
		break;
	case SMC_GET_OS_REVISION:
		*regs = (struct smc_regs){ .a0 = 4, .a1 = 2, .a2 = 0xabcdef };
		break;
	case SMC_GET_THREAD_COUNT:
		regs->a0 = fake_secure.threads_claimed != 0 ? SMC_OK : SMC_UNKNOWN_FUNCTION;
		regs->a1 = fake_secure.threads_claimed;
		break;
	case SMC_EXCHANGE_CAPABILITIES:
		*regs = (struct smc_regs){ fake_secure.capabilities_result,
					   fake_secure.capabilities, fake_secure.key_max,
					   fake_secure.rpc_params };
		break;
	case SMC_ENABLE_ASYNC_NOTIF:
		fake_secure.notifying = fake_secure.enable_result == SMC_OK;
		*regs = (struct smc_regs){ fake_secure.enable_result };
		break;
	case SMC_GET_ASYNC_NOTIF_VALUE:
		serve_posted(regs);
		break;
	case SMC_DISABLE_SHM_CACHE:
	case SMC_ENABLE_SHM_CACHE:
		serve_cache(regs);
		break;
	default:
		regs->a0 = SMC_UNKNOWN_FUNCTION;
		break;
	}
}

void fake_smc(struct smc_regs *regs)
{
	bool dead;

	pthread_mutex_lock(&lock);
	smc_count++;
	dead = is_dead;
	if (!smc_is_fast(regs->a0) && call_count < FAKE_CALLS_MAX) {
		calls[call_count++] = *regs;
	}
	pthread_mutex_unlock(&lock);
	if (dead) {
		regs->a0 = SMC_ENOTAVAIL;
	} else if (smc_is_fast(regs->a0)) {
		serve_fast(regs);
	} else if (regs->a0 == SMC_RETURN_FROM_RPC) {
		resume(regs);
	} else {
		start(regs);
	}
}

void fake_secure_die(void)
{
	pthread_mutex_lock(&lock);
	is_dead = true;
	pthread_mutex_unlock(&lock);
}

/* --- What it has seen ------------------------------------------------------------------------ */

size_t fake_secure_registered(void)
{
	size_t count = 0;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < REGISTERED_MAX; i++) {
		count += registered[i].cookie != 0 ? 1 : 0;
	}
	pthread_mutex_unlock(&lock);
	return count;
}

size_t fake_secure_sessions(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = sessions;
	pthread_mutex_unlock(&lock);
	return count;
}

size_t fake_secure_busy(void)
{
	size_t count = 0;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < FAKE_THREADS_MAX; i++) {
		count += threads[i].busy ? 1 : 0;
	}
	pthread_mutex_unlock(&lock);
	return count;
}

struct smc_regs fake_secure_call(size_t index)
{
	struct smc_regs regs;

	pthread_mutex_lock(&lock);
	assert(index < call_count);
	regs = calls[index];
	pthread_mutex_unlock(&lock);
	return regs;
}

size_t fake_secure_calls(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = call_count;
	pthread_mutex_unlock(&lock);
	return count;
}

size_t fake_secure_smcs(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = smc_count;
	pthread_mutex_unlock(&lock);
	return count;
}
