#include "sim/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/smc.h"
#include "lib/uuid.h"
#include "normal/driver/driver.h"
#include "normal/driver/event.h"
#include "normal/driver/os.h"
#include "normal/gate/gate.h"
#include "normal/rpmb/device.h"
#include "secure/core/lock.h"
#include "secure/core/shm.h"
#include "secure/core/thread.h"
#include "secure/tee/entry.h"
#include "secure/tee/instance.h"
#include "secure/tee/session.h"
#include "secure/tee/storage.h"
#include "sim/fault.h"
#include "sim/ffa.h"
#include "sim/gate.h"
#include "sim/memory.h"
#include "sim/normal.h"
#include "sim/os.h"
#include "sim/port.h"
#include "sim/raw.h"
#include "sim/task.h"
#include "sim/trouble.h"

#define THREADS_DEFAULT 2u
/* More sessions than any scenario opens. */
#define SESSION_IDS	256u

bool world_is_ffa(void)
{
	const char *transport = getenv("SIM_TRANSPORT");

	return transport != NULL && strcmp(transport, "ffa") == 0;
}

/* --- Beginning -------------------------------------------------------------------------------- */

/* The last thing that crossed is what one wants to know when a promise is broken. */
static void rpc_log(const struct driver_event *event)
{
	char line[160];
	int length =
		snprintf(line, sizeof(line), "sim: call %llu: RPC %u command %u.%u %s: %#x",
			 (unsigned long long)event->call, event->function & SMC_RPC_FUNCTION_MASK,
			 event->command, event->sub_command, event->detail, event->result);

	trouble_line(line, (size_t)length);
}

/* Events do not carry this as a number, but in words for people. */
static bool detail_is(const struct driver_event *event, const char *word)
{
	return strncmp(event->detail, word, strlen(word)) == 0;
}

static void command_count(struct world *world, const struct driver_event *event)
{
	world->commands[event->command]++;
	if (event->command == RPC_CMD_NOTIFICATION) {
		world->notifications[RPC_NOTIFICATION_WAIT] += detail_is(event, "wait");
		world->notifications[RPC_NOTIFICATION_SEND] += detail_is(event, "send");
	}
	if (event->command == RPC_CMD_SHM_ALLOC) {
		world->memories[RPC_SHM_TYPE_APPL] += detail_is(event, "application");
		world->memories[RPC_SHM_TYPE_KERNEL] += detail_is(event, "kernel");
	}
}

static void world_observe(void *arg, const struct driver_event *event)
{
	struct world *world = arg;
	uint32_t function = event->function & SMC_RPC_FUNCTION_MASK;

	if (event->kind == DRIVER_EVENT_RPC_END) {
		rpc_log(event);
	}
	if (event->kind != DRIVER_EVENT_RPC_BEGIN) {
		return;
	}
	if (function < WORLD_RPC_FUNCTIONS) {
		world->functions[function]++;
	}
	if (function == SMC_RPC_FUNCTION_CMD && event->command < WORLD_RPC_COMMANDS) {
		command_count(world, event);
	}
}

/* The interrupt handler: a task that runs for as long as the interrupt is raised again. */
static void interrupt_run(void *arg)
{
	struct world *world = arg;

	while (world->interrupt) {
		world->interrupt = false;
		driver_interrupt(world->driver);
	}
	world->interrupting--;
}

/* In the midst of the secure world: nothing here gives another task a turn. */
static void interrupt_raise(void *arg)
{
	struct world *world = arg;
	struct task *task;

	world->interrupt = true;
	if (world->interrupting > 0) {
		return;
	}
	task = task_start("interrupt", interrupt_run, world);
	if (task == NULL) {
		trouble("no task for an interrupt");
	}
	world->interrupting++;
	task_detach(task);
}

static void machine_begin(uint64_t seed)
{
	trouble_begin(seed);
	(void)fault_end();
	task_begin(seed);
	memory_begin(seed);
	normal_begin();
	port_begin(seed);
	port_interrupt_every(0);
	os_begin();
	gate_begin();
	ta_begin();
}

static int rpmb_exchange(void *arg, const void *request, size_t request_frames, void *response,
			 size_t response_frames)
{
	return rpmb_device_exchange(arg, request, request_frames, response, response_frames);
}

static void rpmb_attach(struct driver *driver, struct rpmb_device *device)
{
	struct driver_rpmb attached = {
		.kind = RPC_RPMB_EMMC,
		.exchange = rpmb_exchange,
		.arg = device,
	};
	struct rpmb_geometry geometry;

	rpmb_device_geometry(device, &geometry);
	attached.capacity = geometry.size_mult;
	attached.reliable_writes = geometry.rel_wr;
	memcpy(attached.id, geometry.cid, sizeof(attached.id));
	expect_equal(driver_rpmb_attach(driver, &attached), 0);
}

struct world *world_new(uint64_t seed, const struct ta_script *const *scripts,
			const struct world_options *options)
{
	static const struct world_options honest;
	struct world *world = calloc(1, sizeof(*world));

	if (options == NULL) {
		options = &honest;
	}
	if (world == NULL) {
		trouble("no memory for a world");
	}
	machine_begin(seed);
	for (size_t i = 0; scripts != NULL && scripts[i] != NULL; i++) {
		ta_register(scripts[i]);
	}
	tee_transport(world_is_ffa() ? TEE_FFA : TEE_SMC);
	tee_init(options->threads != 0 ? options->threads : THREADS_DEFAULT);
	world->pages_at_start = port_pages_live();
	world->service = service_new();
	if (options->supplicant_rpmb != NULL) {
		world->service->rpmb = options->supplicant_rpmb;
	}
	gate_hide_capabilities(options->hidden_capabilities);
	os_observe(world_observe, world);
	if (options->no_driver) {
		world->raw = raw_new(world->service);
		return world;
	}
	port_on_notification(interrupt_raise, world);
	expect_equal(driver_probe(world_is_ffa() ? DRIVER_FFA : DRIVER_SMC, &world->driver), 0);
	if (options->driver_rpmb != NULL) {
		rpmb_attach(world->driver, options->driver_rpmb);
	}
	if (!options->no_supplicant) {
		world->supplicant =
			supplicant_start(world->driver, world->service, &options->supplicant);
	}
	return world;
}

/* --- The end ---------------------------------------------------------------------------------- */

unsigned int world_sessions(const struct world *world)
{
	struct driver_census census;

	driver_census(world->driver, &census);
	return census.sessions;
}

unsigned int world_secure_sessions(void)
{
	return session_count();
}

/* The secure world holds nothing. */
static void expect_secure_nothing(const struct world *world)
{
	expect_equal(session_count(), 0);
	expect_equal(instance_count(), 0);
	expect_equal(storage_open_objects(), 0);
	expect_equal(port_spaces_live(), 0);
	expect_equal(port_space_ranges_live(), 0);
	expect_equal(shm_live(), 0);
	expect_equal(normal_mappings(), 0);
	expect_equal(port_pages_live(), world->pages_at_start);
	expect_equal(lock_depth(), 0);
	expect_equal(port_interrupts_masked(), 0);
	expect(thread_all_free(NULL, NULL));
}

static void expect_driver_nothing(struct world *world)
{
	struct driver_census census;

	driver_census(world->driver, &census);
	expect_equal(census.files, 0);
	expect_equal(census.sessions, 0);
	expect_equal(census.shm, 0);
	expect_equal(census.calls, 0);
	expect_equal(census.requests_queued, 0);
	expect_equal(census.requests_taken, 0);
	/* The rooms for requests that the secure world keeps, which driver_remove() takes back. */
	expect(census.shm_kernel <= census.threads);
}

static void supplicant_end(struct world *world)
{
	if (world->supplicant != NULL) {
		supplicant_stop(world->supplicant);
		world->supplicant = NULL;
	}
}

/* Nobody interrupts any more who has not yet begun to. */
static void interrupts_settle(struct world *world)
{
	struct driver_census census;

	do {
		task_yield();
		driver_census(world->driver, &census);
	} while (world->interrupting + census.bottom_halves > 0);
	port_on_notification(NULL, NULL);
}

/* Of the process, too. */
static void machine_end(struct world *world)
{
	thread_reset();
	task_end();
	expect_equal(memory_live(), 0);
	expect_equal(os_live(), 0);
	service_free(world->service);
	free(world);
}

/* The machine is as it was before the scenario disturbed it. */
static void disturbance_end(void)
{
	(void)fault_end();
	normal_observe(NULL);
	gate_on_exit(NULL, NULL);
	gate_at(0, NULL, NULL);
	task_on_deadlock(NULL, NULL);
}

static void world_end(struct world *world)
{
	disturbance_end();
	if (world->raw != NULL) {
		raw_free(world->raw);
	} else {
		supplicant_end(world);
		interrupts_settle(world);
		expect_driver_nothing(world);
		driver_remove(world->driver);
	}
	expect_secure_nothing(world);
	machine_end(world);
}

/* What was left for the supplicant to take back, it takes. */
static void supplicant_settle(const struct world *world)
{
	struct driver_census census;

	do {
		task_yield();
		driver_census(world->driver, &census);
	} while (census.requests_queued + census.requests_taken > 0);
}

void world_free(struct world *world)
{
	if (world->supplicant != NULL) {
		supplicant_settle(world);
		expect_equal(supplicant_memories(world->supplicant), 0);
		expect_equal(service_handles(world->service), 0);
	}
	world_end(world);
}

void world_free_misled(struct world *world)
{
	world_end(world);
}

/* Threads that were left in the middle of a request go on without an answer, each a step at a time:
 * they may wait for one another. Their own error paths lead them out. */
static void threads_finish(void)
{
	bool suspended = true;

	while (suspended) {
		suspended = false;
		for (unsigned int i = 0; i < thread_count(); i++) {
			struct smc_regs regs = { .a0 = SMC_RETURN_FROM_RPC, .a3 = i };

			if (world_is_ffa()) {
				regs = ffa_resume(i);
			}
			gate_smc(&regs);
			suspended = suspended || smc_is_rpc(regs.a0) || ffa_is_rpc(&regs);
		}
	}
}

static void scrub(struct raw *raw)
{
	const uint64_t *cookies;
	unsigned int count = gate_cookies(&cookies);

	for (uint32_t id = 1; id < SESSION_IDS && session_count() > 0; id++) {
		(void)raw_close(raw, id);
	}
	/* One cookie may be the name of several objects. */
	for (unsigned int i = 0; i < count; i++) {
		if (world_is_ffa()) {
			(void)ffa_unregister(cookies[i]);
			(void)ffa_reclaim(cookies[i]);
			continue;
		}
		while (raw_unregister(raw, cookies[i]) == TEE_SUCCESS) {
		}
	}
}

void world_free_hostile(struct world *world)
{
	struct raw *raw = world->raw;

	disturbance_end();
	if (raw == NULL) {
		supplicant_end(world);
		interrupts_settle(world);
		driver_remove(world->driver);
	}
	gate_revive();
	if (raw == NULL) {
		raw = raw_new(world->service);
	}
	raw_on_request(raw, NULL, NULL);
	threads_finish();
	scrub(raw);
	raw_write_off(raw);
	raw_free(raw);
	expect_secure_nothing(world);
	machine_end(world);
}

/* --- Clients ---------------------------------------------------------------------------------- */

void client_open(struct client *client, struct world *world)
{
	static const struct driver_credentials somebody = { .pid = 100, .uid = 1000, .gid = 1000 };

	*client = (struct client){ .world = world };
	client->error = driver_open(world->driver, DRIVER_TEE, &somebody, &client->file);
}

void client_close(struct client *client)
{
	driver_release(client->file);
	client->file = NULL;
}

int client_alloc(struct client *client, size_t size, struct client_memory *memory)
{
	struct tee_ioctl_shm_alloc_data data = { .size = size };

	*memory = (struct client_memory){ 0 };
	client->error = driver_ioctl(client->file, TEE_IOC_SHM_ALLOC, &data, sizeof(data), NULL,
				     &memory->memory);
	if (client->error == 0) {
		memory->id = data.id;
		memory->size = data.size;
		memory->bytes = os_memory_address(memory->memory);
	}
	return client->error;
}

int client_register(struct client *client, size_t offset, size_t size, struct client_memory *memory)
{
	struct tee_ioctl_shm_register_data data = { .addr = offset, .length = size };
	struct os_memory *none;

	*memory = (struct client_memory){ 0 };
	memory->file = memory_file_new((offset + size - 1) / OS_PAGE_SIZE + 1);
	client->error = driver_ioctl(client->file, TEE_IOC_SHM_REGISTER, &data, sizeof(data),
				     memory->file, &none);
	if (client->error != 0) {
		memory_file_put(memory->file);
		return client->error;
	}
	memory->id = data.id;
	memory->size = data.length;
	memory->bytes = memory_file_bytes(memory->file) + offset;
	return 0;
}

void client_memory_free(struct client *client, struct client_memory *memory)
{
	expect_equal(driver_shm_close(client->file, memory->id), 0);
	if (memory->memory != NULL) {
		os_memory_put(memory->memory);
	}
	if (memory->file != NULL) {
		memory_file_put(memory->file);
	}
	*memory = (struct client_memory){ 0 };
}

struct tee_ioctl_param param_value_in(uint64_t a, uint64_t b)
{
	return (struct tee_ioctl_param){ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, a, b, 0 };
}

struct tee_ioctl_param param_value_inout(uint64_t a, uint64_t b)
{
	return (struct tee_ioctl_param){ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT, a, b, 0 };
}

struct tee_ioctl_param param_value_out(void)
{
	return (struct tee_ioctl_param){ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT, 0, 0, 0 };
}

struct tee_ioctl_param param_memory(uint32_t type, const struct client_memory *memory,
				    uint64_t offset, uint64_t size)
{
	return (struct tee_ioctl_param){ type, offset, size, (uint64_t)memory->id };
}

static TEE_Result result_of_error(int error)
{
	switch (error) {
	case -ENOMEM:
		return TEE_ERROR_OUT_OF_MEMORY;
	case -EINVAL:
		return TEE_ERROR_BAD_PARAMETERS;
	default:
		return TEE_ERROR_GENERIC;
	}
}

TEE_Result client_open_session(struct client *client, const TEE_UUID *uuid,
			       struct tee_ioctl_param *params, uint32_t count, uint32_t *session)
{
	union {
		struct tee_ioctl_open_session_arg arg;
		uint64_t room[7 + 4 * TEE_IOCTL_CLIENT_PARAMS_MAX];
	} buffer = { .room = { 0 } };
	struct os_memory *none;

	expect(count <= TEE_IOCTL_CLIENT_PARAMS_MAX);
	buffer.arg.num_params = count;
	uuid_to_octets(uuid, buffer.arg.uuid);
	if (count > 0) {
		memcpy(buffer.arg.params, params, TEE_IOCTL_PARAM_SIZE(count));
	}
	client->error = driver_ioctl(client->file, TEE_IOC_OPEN_SESSION, &buffer,
				     sizeof(buffer.arg) + TEE_IOCTL_PARAM_SIZE(count), NULL, &none);
	if (client->error != 0) {
		return result_of_error(client->error);
	}
	if (count > 0) {
		memcpy(params, buffer.arg.params, TEE_IOCTL_PARAM_SIZE(count));
	}
	client->origin = buffer.arg.ret_origin;
	*session = buffer.arg.session;
	return buffer.arg.ret;
}

TEE_Result client_invoke(struct client *client, uint32_t session, uint32_t command,
			 struct tee_ioctl_param *params, uint32_t count)
{
	union {
		struct tee_ioctl_invoke_arg arg;
		uint64_t room[3 + 4 * TEE_IOCTL_CLIENT_PARAMS_MAX];
	} buffer = { .room = { 0 } };
	struct os_memory *none;

	expect(count <= TEE_IOCTL_CLIENT_PARAMS_MAX);
	buffer.arg.func = command;
	buffer.arg.session = session;
	buffer.arg.num_params = count;
	if (count > 0) {
		memcpy(buffer.arg.params, params, TEE_IOCTL_PARAM_SIZE(count));
	}
	client->error = driver_ioctl(client->file, TEE_IOC_INVOKE, &buffer,
				     sizeof(buffer.arg) + TEE_IOCTL_PARAM_SIZE(count), NULL, &none);
	if (client->error != 0) {
		return result_of_error(client->error);
	}
	if (count > 0) {
		memcpy(params, buffer.arg.params, TEE_IOCTL_PARAM_SIZE(count));
	}
	client->origin = buffer.arg.ret_origin;
	return buffer.arg.ret;
}

int client_cancel(struct client *client, uint32_t session)
{
	struct tee_ioctl_cancel_arg arg = { .session = session };
	struct os_memory *none;

	client->error = driver_ioctl(client->file, TEE_IOC_CANCEL, &arg, sizeof(arg), NULL, &none);
	return client->error;
}

int client_close_session(struct client *client, uint32_t session)
{
	struct tee_ioctl_close_session_arg arg = { .session = session };
	struct os_memory *none;

	client->error =
		driver_ioctl(client->file, TEE_IOC_CLOSE_SESSION, &arg, sizeof(arg), NULL, &none);
	return client->error;
}
