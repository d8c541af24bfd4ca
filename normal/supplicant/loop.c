#include "normal/supplicant/loop.h"

#include <errno.h>
#include <string.h>

#include "abi/device.h"
#include "abi/rpc.h"
#include "normal/supplicant/log.h"

/* The ioctls' structures differ in the name of their first word. */
union exchange {
	struct tee_ioctl_supp_recv_arg receive;
	struct tee_ioctl_supp_send_arg send;
	unsigned char room[sizeof(struct tee_ioctl_supp_recv_arg) +
			   TEE_IOCTL_PARAM_SIZE(LOOP_PARAMS_MAX)];
};

static_assert(sizeof(union exchange) <= TEE_MAX_ARG_SIZE, "no kernel takes more");

static size_t exchange_size(size_t params)
{
	return sizeof(struct tee_ioctl_supp_recv_arg) + TEE_IOCTL_PARAM_SIZE(params);
}

/* --- One request ---------------------------------------------------------------------------- */

static int receive(struct device *device, union exchange *exchange, uint32_t params)
{
	int error;

	do {
		memset(exchange, 0, sizeof(*exchange));
		exchange->receive.num_params = params;
		exchange->receive.params[0].attr = TEE_IOCTL_PARAM_ATTR_META;
		error = device_call(device, TEE_IOC_SUPPL_RECV, exchange, exchange_size(params));
	} while (error == -EINTR);
	if (error == 0 && exchange->receive.num_params > params) {
		error = -EPROTO;
	}
	return error;
}

/* META parameters come first. */
static size_t meta_count(const union exchange *exchange)
{
	const struct tee_ioctl_param *params = exchange->receive.params;
	size_t count = 0;

	while (count < exchange->receive.num_params &&
	       (params[count].attr & TEE_IOCTL_PARAM_ATTR_META) != 0) {
		count++;
	}
	return count;
}

static void serve(struct supplicant *supplicant, union exchange *exchange)
{
	size_t meta = meta_count(exchange);

	exchange->send.ret = supplicant_serve(supplicant, exchange->receive.func,
					      exchange->receive.params + meta,
					      exchange->receive.num_params - meta);
}

/* Requests whose answer names something that is given until it is given back: where the name is, and
 * what gives it back. The operation is that of files; of memory, its type. */
struct gift {
	uint32_t command;
	uint64_t operation;
	size_t params;
	struct tee_ioctl_param (*back)(const struct tee_ioctl_param *params);
	uint32_t back_command;
};

static struct tee_ioctl_param memory_back(const struct tee_ioctl_param *params)
{
	return (struct tee_ioctl_param){
		.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT,
		.a = RPC_SHM_TYPE_APPL,
		.b = params[0].c,
	};
}

static struct tee_ioctl_param file_back(const struct tee_ioctl_param *params)
{
	return (struct tee_ioctl_param){
		.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
		.a = RPC_FS_CLOSE,
		.b = params[2].a,
	};
}

static struct tee_ioctl_param directory_back(const struct tee_ioctl_param *params)
{
	return (struct tee_ioctl_param){
		.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
		.a = RPC_FS_CLOSEDIR,
		.b = params[2].a,
	};
}

static const struct gift gifts[] = {
	{ RPC_CMD_SHM_ALLOC, RPC_SHM_TYPE_APPL, 1, memory_back, RPC_CMD_SHM_FREE },
	{ RPC_CMD_FS, RPC_FS_OPEN, 3, file_back, RPC_CMD_FS },
	{ RPC_CMD_FS, RPC_FS_CREATE, 3, file_back, RPC_CMD_FS },
	{ RPC_CMD_FS, RPC_FS_OPENDIR, 3, directory_back, RPC_CMD_FS },
};

/* Nobody has heard what the answer gives, so nobody will ever give it back. */
static void take_back(struct supplicant *supplicant, uint32_t command, union exchange *exchange)
{
	size_t meta = meta_count(exchange);
	const struct tee_ioctl_param *params = exchange->send.params + meta;
	size_t count = exchange->send.num_params - meta;
	size_t i;

	for (i = 0; i < array_size(gifts) && exchange->send.ret == TEE_SUCCESS; i++) {
		const struct gift *gift = &gifts[i];

		if (command == gift->command && count == gift->params &&
		    params[0].a == gift->operation) {
			struct tee_ioctl_param back = gift->back(params);

			(void)supplicant_serve(supplicant, gift->back_command, &back, 1);
		}
	}
}

static int answer(struct supplicant *supplicant, uint32_t command, union exchange *exchange)
{
	int error = device_call(supplicant->device, TEE_IOC_SUPPL_SEND, exchange,
				exchange_size(exchange->send.num_params));

	/* Who asked was killed meanwhile: nobody wants to know. */
	if (error == -EBADF || error == -ENOENT) {
		take_back(supplicant, command, exchange);
		return 0;
	}
	return error;
}

/* --- Threads -------------------------------------------------------------------------------- */

static void *thread_main(void *argument);

/* With the lock held. */
static int thread_start(struct loop *loop)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, thread_main, loop);

	if (error == 0) {
		pthread_detach(thread);
		loop->threads++;
	}
	return -error;
}

static void begin_to_wait(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	loop->waiting++;
	pthread_mutex_unlock(&loop->lock);
}

/* `numbered`: further requests may come while this thread serves. Somebody has to wait for
 * them. */
static void end_to_wait(struct loop *loop, bool numbered)
{
	pthread_mutex_lock(&loop->lock);
	loop->waiting--;
	if (numbered && loop->waiting == 0 && loop->threads < loop->threads_max &&
	    thread_start(loop) != 0) {
		log_error("no resources for one more thread");
	}
	pthread_mutex_unlock(&loop->lock);
}

static bool has_ended(struct loop *loop)
{
	bool ended;

	pthread_mutex_lock(&loop->lock);
	ended = loop->ended;
	pthread_mutex_unlock(&loop->lock);
	return ended;
}

/* Serve one request. `*params` grows when a request needs it. */
static int serve_one(struct loop *loop, uint32_t *params)
{
	struct supplicant *supplicant = loop->supplicant;
	union exchange exchange;
	uint32_t command;
	int error;

	begin_to_wait(loop);
	error = receive(supplicant->device, &exchange, *params);
	end_to_wait(loop, error == 0 && meta_count(&exchange) > 0);
	if (error == -EINVAL && *params < LOOP_PARAMS_MAX) {
		*params = LOOP_PARAMS_MAX;
		return 0;
	}
	if (error != 0) {
		return error;
	}
	command = exchange.receive.func;
	serve(supplicant, &exchange);
	return answer(supplicant, command, &exchange);
}

static void *thread_main(void *argument)
{
	struct loop *loop = argument;
	uint32_t params = LOOP_PARAMS_FIRST;
	int error = 0;

	while (error == 0 && !has_ended(loop)) {
		error = serve_one(loop, &params);
	}
	pthread_mutex_lock(&loop->lock);
	if (!loop->ended) {
		loop->ended = true;
		loop->error = error;
	}
	loop->threads--;
	pthread_cond_broadcast(&loop->changed);
	pthread_mutex_unlock(&loop->lock);
	return NULL;
}

void loop_init(struct loop *loop, struct supplicant *supplicant, unsigned int threads_max)
{
	memset(loop, 0, sizeof(*loop));
	loop->supplicant = supplicant;
	loop->threads_max = threads_max;
	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->changed, NULL);
}

int loop_run(struct loop *loop)
{
	int error;

	pthread_mutex_lock(&loop->lock);
	error = thread_start(loop);
	while (error == 0 && !loop->ended) {
		pthread_cond_wait(&loop->changed, &loop->lock);
	}
	if (error == 0) {
		error = loop->error;
	}
	pthread_mutex_unlock(&loop->lock);
	return error;
}

void loop_destroy(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	while (loop->threads > 0) {
		pthread_cond_wait(&loop->changed, &loop->lock);
	}
	pthread_mutex_unlock(&loop->lock);
	pthread_cond_destroy(&loop->changed);
	pthread_mutex_destroy(&loop->lock);
}
