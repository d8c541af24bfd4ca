#include "sim/supplicant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/gp.h"
#include "lib/list.h"
#include "normal/driver/driver.h"
#include "normal/driver/os.h"
#include "sim/memory.h"
#include "sim/task.h"
#include "sim/trouble.h"

#define WORKERS_DEFAULT 2u
#define MEMORIES_MAX	128u
/* Of the first byte of a registered range. */
#define REGISTER_OFFSET 0x128u
#define NEIGHBOUR	0x5A

struct supplicant_memory {
	int32_t id; /* 0: none */
	uint64_t size;
	uint8_t *bytes;
	struct os_memory *memory; /* from SHM_ALLOC, or */
	struct os_file *file;	  /* our own, registered */
};

struct supplicant {
	struct driver *driver;
	struct service *service;
	struct supplicant_options options;
	struct task *task;
	struct list changed; /* waits for stopping or reviving */
	bool stopping;
	bool dying;
	/* Of this life. */
	struct driver_file *file;
	struct task *workers[SUPPLICANT_WORKERS_MAX];
	unsigned int workers_count;
	struct supplicant_memory memories[MEMORIES_MAX];
	/* Of all lives. */
	unsigned int requests;
	unsigned int allocations;
};

/* The ioctls' structures, each with room for all parameters. */
union receive_buffer {
	struct tee_ioctl_supp_recv_arg arg;
	uint64_t room[1 + 4 * SUPPLICANT_PARAMS_MAX];
};

union send_buffer {
	struct tee_ioctl_supp_send_arg arg;
	uint64_t room[1 + 4 * SUPPLICANT_PARAMS_MAX];
};

/* --- Memory ----------------------------------------------------------------------------------- */

unsigned int supplicant_memories(const struct supplicant *supplicant)
{
	unsigned int count = 0;

	for (size_t i = 0; i < MEMORIES_MAX; i++) {
		count += supplicant->memories[i].id != 0 ? 1 : 0;
	}
	return count;
}

static struct supplicant_memory *memory_by_id(struct supplicant *supplicant, uint64_t id)
{
	for (size_t i = 0; i < MEMORIES_MAX; i++) {
		if ((uint64_t)supplicant->memories[i].id == id) {
			return &supplicant->memories[i];
		}
	}
	return NULL;
}

static int memory_alloc(struct supplicant *supplicant, struct supplicant_memory *memory,
			uint64_t size)
{
	struct tee_ioctl_shm_alloc_data data = { .size = size };
	int error = driver_ioctl(supplicant->file, TEE_IOC_SHM_ALLOC, &data, sizeof(data), NULL,
				 &memory->memory);

	if (error == 0) {
		memory->id = data.id;
		memory->size = data.size;
		memory->bytes = os_memory_address(memory->memory);
	}
	return error;
}

/* What lies before and behind a registered range in its pages belongs to somebody else. */
static void neighbours_fill(struct supplicant_memory *memory)
{
	memset(memory_file_bytes(memory->file), NEIGHBOUR, memory_file_size(memory->file));
	memset(memory->bytes, 0, memory->size);
}

static bool neighbours_forgotten;

void supplicant_neighbours_forget(void)
{
	neighbours_forgotten = true;
}

static void expect_neighbours(const struct supplicant_memory *memory)
{
	const uint8_t *bytes = memory_file_bytes(memory->file);
	size_t begin = (size_t)(memory->bytes - bytes);

	for (size_t i = 0; i < memory_file_size(memory->file); i++) {
		expect((i >= begin && i - begin < memory->size) || bytes[i] == NEIGHBOUR ||
		       neighbours_forgotten);
	}
}

static int memory_register(struct supplicant *supplicant, struct supplicant_memory *memory,
			   uint64_t size)
{
	struct tee_ioctl_shm_register_data data = { .addr = REGISTER_OFFSET, .length = size };
	struct os_memory *none;
	int error;

	memory->file = memory_file_new((REGISTER_OFFSET + size - 1) / OS_PAGE_SIZE + 1);
	error = driver_ioctl(supplicant->file, TEE_IOC_SHM_REGISTER, &data, sizeof(data),
			     memory->file, &none);
	if (error != 0) {
		memory_file_put(memory->file);
		return error;
	}
	memory->id = data.id;
	memory->size = data.length;
	memory->bytes = memory_file_bytes(memory->file) + REGISTER_OFFSET;
	neighbours_fill(memory);
	return 0;
}

static void memory_release(struct supplicant_memory *memory)
{
	if (memory->memory != NULL) {
		os_memory_put(memory->memory);
	}
	if (memory->file != NULL) {
		expect_neighbours(memory);
		memory_file_put(memory->file);
	}
	*memory = (struct supplicant_memory){ 0 };
}

static uint32_t shm_alloc(struct supplicant *supplicant, struct service_param *param)
{
	struct supplicant_memory *memory = memory_by_id(supplicant, 0);
	struct supplicant_memory made = { 0 };
	int error = -ENOMEM;

	if (memory != NULL && param->b != 0 && param->b <= MEMORY_FRAMES / 4 * OS_PAGE_SIZE) {
		supplicant->allocations++;
		error = supplicant->allocations % 2 == 0
				? memory_alloc(supplicant, &made, param->b)
				: memory_register(supplicant, &made, param->b);
	}
	if (error != 0) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	/* The driver may have let others run. */
	memory = memory_by_id(supplicant, 0);
	expect(memory != NULL);
	*memory = made;
	param->c = (uint64_t)made.id;
	return TEE_SUCCESS;
}

static uint32_t shm_free(struct supplicant *supplicant, const struct service_param *param)
{
	struct supplicant_memory *memory = memory_by_id(supplicant, param->b);
	struct supplicant_memory gone;

	if (param->b == 0 || memory == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	gone = *memory;
	*memory = (struct supplicant_memory){ 0 };
	expect_equal(driver_shm_close(supplicant->file, gone.id), 0);
	memory_release(&gone);
	return TEE_SUCCESS;
}

/* --- One request ------------------------------------------------------------------------------ */

static bool is_memref(uint32_t type)
{
	return type >= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT &&
	       type <= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
}

static struct service_param param_decode(struct supplicant *supplicant,
					 const struct tee_ioctl_param *from)
{
	struct service_param param = {
		.type = (uint32_t)(from->attr & TEE_IOCTL_PARAM_ATTR_TYPE_MASK),
		.a = from->a,
		.b = from->b,
		.c = from->c,
	};
	const struct supplicant_memory *memory;

	if (is_memref(param.type)) {
		memory = from->c == 0 ? NULL : memory_by_id(supplicant, from->c);
		param.size = from->b;
		if (memory != NULL && range_within(from->a, from->b, memory->size)) {
			param.data = memory->bytes + from->a;
		}
	}
	return param;
}

static void param_encode(const struct service_param *param, struct tee_ioctl_param *to)
{
	if (is_memref(param->type)) {
		to->b = param->size;
		return;
	}
	to->a = param->a;
	to->b = param->b;
	to->c = param->c;
}

static uint32_t request_answer(struct supplicant *supplicant, uint32_t command,
			       struct service_param *params, unsigned int count)
{
	if (command == RPC_CMD_SHM_ALLOC && count == 1) {
		return shm_alloc(supplicant, &params[0]);
	}
	if (command == RPC_CMD_SHM_FREE && count == 1) {
		return shm_free(supplicant, &params[0]);
	}
	return service_answer(supplicant->service, command, params, count);
}

static void request_serve(struct supplicant *supplicant, struct supplicant_answer *answer)
{
	struct service_param params[SERVICE_PARAMS_MAX] = { 0 };
	unsigned int count = answer->num_params;

	expect(count <= SERVICE_PARAMS_MAX);
	for (unsigned int i = 0; i < count; i++) {
		answer->params[i] = answer->asked[i];
		params[i] = param_decode(supplicant, &answer->asked[i]);
	}
	answer->operation = count > 0 ? (uint32_t)params[0].a : 0;
	answer->ret = request_answer(supplicant, answer->command, params, count);
	for (unsigned int i = 0; i < count; i++) {
		param_encode(&params[i], &answer->params[i]);
	}
}

static int receive(struct supplicant *supplicant, union receive_buffer *buffer)
{
	struct os_memory *none;

	memset(buffer, 0, sizeof(*buffer));
	buffer->arg.num_params = SUPPLICANT_PARAMS_MAX;
	if (!supplicant->options.plain) {
		buffer->arg.params[0].attr = TEE_IOCTL_PARAM_ATTR_META;
	}
	return driver_ioctl(supplicant->file, TEE_IOC_SUPPL_RECV, buffer, sizeof(*buffer), NULL,
			    &none);
}

static int send(struct supplicant *supplicant, const union receive_buffer *request,
		const struct supplicant_answer *answer)
{
	unsigned int meta = supplicant->options.plain ? 0 : 1;
	struct os_memory *none;
	union send_buffer buffer = { .room = { 0 } };

	buffer.arg.ret = answer->ret;
	buffer.arg.num_params = answer->num_params + meta;
	if (meta != 0) {
		buffer.arg.params[0] = request->arg.params[0];
	}
	for (unsigned int i = 0; i < answer->num_params && i < SERVICE_PARAMS_MAX; i++) {
		buffer.arg.params[meta + i] = answer->params[i];
	}
	return driver_ioctl(supplicant->file, TEE_IOC_SUPPL_SEND, &buffer, sizeof(buffer), NULL,
			    &none);
}

/* What a request gives, where, and what takes it back. */
struct gift {
	uint32_t command;
	uint64_t operation;
	unsigned int param;
	uint32_t back_command;
	uint64_t back_operation;
};

static const struct gift gifts[] = {
	{ RPC_CMD_SHM_ALLOC, RPC_SHM_TYPE_APPL, 0, RPC_CMD_SHM_FREE, RPC_SHM_TYPE_APPL },
	{ RPC_CMD_FS, RPC_FS_OPEN, 2, RPC_CMD_FS, RPC_FS_CLOSE },
	{ RPC_CMD_FS, RPC_FS_CREATE, 2, RPC_CMD_FS, RPC_FS_CLOSE },
	{ RPC_CMD_FS, RPC_FS_OPENDIR, 2, RPC_CMD_FS, RPC_FS_CLOSEDIR },
};

/* Nobody waits for the answer any more, and nobody will ever give back what it gave. */
static void answer_undo(struct supplicant *supplicant, const struct supplicant_answer *truth)
{
	for (size_t i = 0; i < array_size(gifts) && truth->ret == TEE_SUCCESS; i++) {
		const struct gift *gift = &gifts[i];
		const struct tee_ioctl_param *given = &truth->params[gift->param];
		struct service_param back = {
			.type = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
			.a = gift->back_operation,
			.b = gift->command == RPC_CMD_SHM_ALLOC ? given->c : given->a,
		};

		if (truth->command == gift->command && truth->operation == gift->operation) {
			(void)request_answer(supplicant, gift->back_command, &back, 1);
		}
	}
}

/* A refused answer is followed by the true one: a program that only ever lies would keep its client
 * waiting, which is no news. */
static void answer_send(struct supplicant *supplicant, const union receive_buffer *request,
			const struct supplicant_answer *told, const struct supplicant_answer *truth)
{
	int error = send(supplicant, request, told);

	if (error == -EINVAL) {
		error = send(supplicant, request, truth);
	}
	expect(error == 0 || error == -EBADF || error == -ENOENT || error == -ENODEV);
	if (error != 0) {
		answer_undo(supplicant, truth);
	}
}

/* false: the program dies. */
static bool serve_one(struct supplicant *supplicant, const union receive_buffer *request)
{
	unsigned int meta = supplicant->options.plain ? 0 : 1;
	struct supplicant_answer truth = {
		.number = supplicant->requests,
		.command = request->arg.func,
		.asked = request->arg.params + meta,
		.num_params = request->arg.num_params - meta,
	};
	enum supplicant_deed deed = SUPPLICANT_SEND;
	struct supplicant_answer told;

	supplicant->requests++;
	request_serve(supplicant, &truth);
	told = truth;
	if (supplicant->options.meddle != NULL) {
		deed = supplicant->options.meddle(supplicant->options.arg, &told);
	}
	if (deed != SUPPLICANT_DIE && !supplicant->dying) {
		answer_send(supplicant, request, &told, &truth);
	}
	return deed == SUPPLICANT_SEND;
}

/* --- Life ------------------------------------------------------------------------------------- */

static void workers_kill(struct supplicant *supplicant)
{
	for (unsigned int i = 0; i < supplicant->workers_count; i++) {
		task_kill(supplicant->workers[i]);
	}
}

static void worker_main(void *arg)
{
	struct supplicant *supplicant = arg;
	union receive_buffer request;

	while (!supplicant->dying && !supplicant->stopping) {
		if (receive(supplicant, &request) != 0) {
			return;
		}
		if (!serve_one(supplicant, &request)) {
			supplicant->dying = true;
			workers_kill(supplicant);
		}
	}
}

static void workers_run(struct supplicant *supplicant)
{
	unsigned int count = supplicant->options.workers;

	if (count == 0) {
		count = WORKERS_DEFAULT;
	}
	if (supplicant->options.plain) {
		count = 1;
	}
	supplicant->dying = false;
	supplicant->workers_count = 0;
	for (unsigned int i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "supplicant %u", i);
		supplicant->workers[i] = task_start(name, worker_main, supplicant);
		expect(supplicant->workers[i] != NULL);
		supplicant->workers_count++;
	}
	for (unsigned int i = 0; i < count; i++) {
		task_join(supplicant->workers[i]);
	}
	supplicant->workers_count = 0;
}

static void memories_release(struct supplicant *supplicant)
{
	for (size_t i = 0; i < MEMORIES_MAX; i++) {
		memory_release(&supplicant->memories[i]);
	}
}

/* Whoever starts it tries again when there was no memory for it. */
static int device_open(struct supplicant *supplicant)
{
	static const struct driver_credentials root = { .pid = 2 };
	int error;

	do {
		task_yield();
		error = driver_open(supplicant->driver, DRIVER_TEEPRIV, &root, &supplicant->file);
	} while (error == -ENOMEM);
	return error;
}

/* false: it cannot be opened. */
static bool live(struct supplicant *supplicant)
{
	if (device_open(supplicant) != 0) {
		return false;
	}
	service_restart(supplicant->service);
	workers_run(supplicant);
	driver_release(supplicant->file);
	supplicant->file = NULL;
	memories_release(supplicant);
	return true;
}

static void supplicant_main(void *arg)
{
	struct supplicant *supplicant = arg;

	while (!supplicant->stopping && live(supplicant)) {
		while (!supplicant->stopping && supplicant->options.stays_dead) {
			(void)task_wait(&supplicant->changed, "a new life", TASK_FOREVER,
					TASK_STUBBORN);
		}
	}
}

struct supplicant *supplicant_start(struct driver *driver, struct service *service,
				    const struct supplicant_options *options)
{
	struct supplicant *supplicant = calloc(1, sizeof(*supplicant));

	if (supplicant == NULL) {
		trouble("no memory for a supplicant");
	}
	neighbours_forgotten = false;
	supplicant->driver = driver;
	supplicant->service = service;
	if (options != NULL) {
		supplicant->options = *options;
	}
	list_init(&supplicant->changed);
	supplicant->task = task_start("supplicant", supplicant_main, supplicant);
	expect(supplicant->task != NULL);
	return supplicant;
}

void supplicant_die(struct supplicant *supplicant)
{
	supplicant->dying = true;
	workers_kill(supplicant);
}

bool supplicant_lives(const struct supplicant *supplicant)
{
	return supplicant->file != NULL && !supplicant->dying;
}

void supplicant_revive(struct supplicant *supplicant)
{
	supplicant->options.stays_dead = false;
	task_wake(&supplicant->changed);
}

void supplicant_stop(struct supplicant *supplicant)
{
	supplicant->stopping = true;
	workers_kill(supplicant);
	task_wake(&supplicant->changed);
	task_join(supplicant->task);
	free(supplicant);
}
