#include "normal/driver/event.h"

#include <string.h>

#include "abi/rpc.h"
#include "abi/smc.h"
#include "lib/format.h"
#include "lib/uuid.h"
#include "normal/driver/arg.h"
#include "normal/driver/file.h"
#include "normal/driver/observe.h"
#include "normal/driver/param.h"
#include "normal/driver/shm.h"
#include "normal/driver/state.h"

#define DETAIL_SIZE sizeof(((struct driver_event *)0)->detail)

/* --- What parameters say --------------------------------------------------------------------- */

static bool is_memref(const struct msg_param *param)
{
	uint64_t type = param->attr & MSG_ATTR_TYPE_MASK;

	return (type >= MSG_ATTR_TYPE_RMEM_INPUT && type <= MSG_ATTR_TYPE_RMEM_INOUT) ||
	       (type >= MSG_ATTR_TYPE_TMEM_INPUT && type <= MSG_ATTR_TYPE_TMEM_INOUT);
}

/* Bytes of memory that is there; size and name lie alike in all kinds of memref. */
static uint64_t memory_bytes(const struct msg_param *params, uint32_t count)
{
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (is_memref(&params[i]) && params[i].u.rmem.shm_ref != MSG_SHM_REF_NONE &&
		    params[i].u.fmem.global_id != MSG_FMEM_INVALID_GLOBAL_ID) {
			bytes += params[i].u.rmem.size;
		}
	}
	return bytes;
}

/* A request being described. Nothing of it has been checked yet. */
struct subject {
	struct driver *driver;
	const struct msg_param *params;
	uint32_t count;
	char *text; /* DETAIL_SIZE, empty so far */
};

/* All zero where there is no such value. */
static struct msg_param_value value_at(const struct subject *subject, uint32_t index)
{
	const struct msg_param *param = &subject->params[index];

	if (index >= subject->count || param->attr < MSG_ATTR_TYPE_VALUE_INPUT ||
	    param->attr > MSG_ATTR_TYPE_VALUE_INOUT) {
		return (struct msg_param_value){ 0 };
	}
	return param->u.value;
}

static void make_printable(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~') {
			*text = '?';
		}
	}
}

static void copy_name(const struct param *memref, char *name)
{
	size_t size = memref->b < DETAIL_SIZE - 1 ? (size_t)memref->b : DETAIL_SIZE - 1;
	const char *address = driver_shm_address(memref->shm);

	if (address != NULL) {
		shared_copy_in(name, address + memref->a, size);
		name[size] = '\0';
		make_printable(name);
	}
}

/* The text in a memref, cut to fit; empty where there is none. */
static void name_at(const struct subject *subject, uint32_t index, char name[DETAIL_SIZE])
{
	struct param memref = { 0 };

	name[0] = '\0';
	if (index >= subject->count || !is_memref(&subject->params[index])) {
		return;
	}
	if (subject->driver->transport->memref_in(subject->driver, &subject->params[index],
						  &memref) &&
	    memref.shm != NULL) {
		copy_name(&memref, name);
	}
	driver_shm_put(memref.shm);
}

static void write_uuid(const uint8_t *octets, char *text)
{
	TEE_UUID uuid = uuid_from_octets(octets);

	uuid_to_text(&uuid, text);
}

/* --- RPC commands ---------------------------------------------------------------------------- */

#define describe(subject, ...) format_print((subject)->text, DETAIL_SIZE, __VA_ARGS__)
#define ull(value)	       ((unsigned long long)(value))

static void describe_load_ta(const struct subject *subject)
{
	if (subject->count > 0) {
		write_uuid(subject->params[0].u.octets, subject->text);
	}
}

static void describe_name(const struct subject *subject)
{
	name_at(subject, 1, subject->text);
}

static void describe_rename(const struct subject *subject)
{
	char before[DETAIL_SIZE];
	char after[DETAIL_SIZE];

	name_at(subject, 1, before);
	name_at(subject, 2, after);
	describe(subject, "%s to %s", before, after);
}

static void describe_file(const struct subject *subject)
{
	describe(subject, "file %llu", ull(value_at(subject, 0).b));
}

static void describe_file_offset(const struct subject *subject)
{
	struct msg_param_value value = value_at(subject, 0);

	describe(subject, "file %llu at %llu", ull(value.b), ull(value.c));
}

static void (*const fs_describers[])(const struct subject *subject) = {
	[RPC_FS_OPEN] = describe_name,	       [RPC_FS_CREATE] = describe_name,
	[RPC_FS_CLOSE] = describe_file,	       [RPC_FS_READ] = describe_file_offset,
	[RPC_FS_WRITE] = describe_file_offset, [RPC_FS_TRUNCATE] = describe_file_offset,
	[RPC_FS_REMOVE] = describe_name,       [RPC_FS_RENAME] = describe_rename,
	[RPC_FS_OPENDIR] = describe_name,      [RPC_FS_CLOSEDIR] = describe_file,
	[RPC_FS_READDIR] = describe_file,
};

static void describe_fs(const struct subject *subject)
{
	uint64_t operation = value_at(subject, 0).a;

	if (operation < array_size(fs_describers)) {
		fs_describers[operation](subject);
	}
}

static void describe_notification(const struct subject *subject)
{
	struct msg_param_value value = value_at(subject, 0);

	if (value.a == RPC_NOTIFICATION_SEND) {
		describe(subject, "send %llu", ull(value.b));
	} else if (value.c == RPC_NOTIFICATION_FOREVER) {
		describe(subject, "wait %llu", ull(value.b));
	} else {
		describe(subject, "wait %llu, %llu ms", ull(value.b), ull(value.c));
	}
}

static void describe_suspend(const struct subject *subject)
{
	describe(subject, "%llu ms", ull(value_at(subject, 0).a));
}

static void describe_shm(const struct subject *subject)
{
	static const char *const types[] = {
		[RPC_SHM_TYPE_APPL] = "application",
		[RPC_SHM_TYPE_KERNEL] = "kernel",
		[RPC_SHM_TYPE_GLOBAL] = "global",
	};
	uint64_t type = value_at(subject, 0).a;

	if (type < array_size(types)) {
		describe(subject, "%s", types[type]);
	}
}

static void describe_socket(const struct subject *subject)
{
	char host[DETAIL_SIZE];

	if (value_at(subject, 0).a == RPC_SOCKET_OPEN) {
		name_at(subject, 2, host);
		describe(subject, "%s:%llu", host, ull(value_at(subject, 1).a));
	}
}

static void (*const describers[])(const struct subject *subject) = {
	[RPC_CMD_LOAD_TA] = describe_load_ta,
	[RPC_CMD_FS] = describe_fs,
	[RPC_CMD_NOTIFICATION] = describe_notification,
	[RPC_CMD_SUSPEND] = describe_suspend,
	[RPC_CMD_SHM_ALLOC] = describe_shm,
	[RPC_CMD_SHM_FREE] = describe_shm,
	[RPC_CMD_SOCKET] = describe_socket,
};

/* --- Events ---------------------------------------------------------------------------------- */

static void event_begin(struct driver_event *event, const struct call *call,
			enum driver_event_kind kind)
{
	memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->time_ns = os_time_monotonic_ns();
	event->call = call->number;
	event->pid = call->file->credentials.pid;
}

static void event_end(struct driver_event *event, enum driver_event_kind kind)
{
	uint64_t now = os_time_monotonic_ns();

	event->kind = kind;
	event->duration_ns = now - event->time_ns;
	event->time_ns = now;
	os_event(event);
}

void driver_event_call_begin(struct driver_event *event, const struct call *call,
			     const struct message *message)
{
	event_begin(event, call, DRIVER_EVENT_CALL_BEGIN);
	event->command = message->cmd;
	event->session = message->session;
	event->bytes = memory_bytes(message->params, message->num_params);
	if (message->cmd == MSG_CMD_INVOKE_COMMAND) {
		event->sub_command = message->func;
	}
	if (message->cmd == MSG_CMD_OPEN_SESSION) {
		write_uuid(message->params[0].u.octets, event->detail);
	}
	os_event(event);
}

void driver_event_call_end(struct driver_event *event, const struct message *message)
{
	event->session = message->session;
	event->result = message->ret;
	event->origin = message->ret_origin;
	event->bytes = memory_bytes(message->params, message->num_params);
	event_end(event, DRIVER_EVENT_CALL_END);
}

void driver_event_sharing_begin(struct driver_event *event, const struct shm *shm,
				uint32_t function)
{
	memset(event, 0, sizeof(*event));
	event->kind = DRIVER_EVENT_CALL_BEGIN;
	event->time_ns = os_time_monotonic_ns();
	event->pid = shm->file->credentials.pid;
	event->function = function;
	event->bytes = shm->size;
	os_event(event);
}

void driver_event_sharing_end(struct driver_event *event, uint32_t result)
{
	event->result = result;
	event_end(event, DRIVER_EVENT_CALL_END);
}

void driver_event_rpc_begin(struct driver_event *event, const struct call *call, uint32_t function,
			    uint64_t bytes)
{
	event_begin(event, call, DRIVER_EVENT_RPC_BEGIN);
	event->function = function;
	event->bytes = bytes;
	os_event(event);
}

void driver_event_rpc_end(struct driver_event *event, uint32_t result)
{
	event->result = result;
	event_end(event, DRIVER_EVENT_RPC_END);
}

void driver_event_request_begin(struct driver_event *event, const struct call *call,
				uint32_t command, const struct msg_param *params, uint32_t count)
{
	struct subject subject = { call->driver, params, count, event->detail };

	event_begin(event, call, DRIVER_EVENT_RPC_BEGIN);
	event->function = SMC_RPC_CMD;
	event->command = command;
	if (command == RPC_CMD_FS || command == RPC_CMD_SOCKET) {
		event->sub_command = (uint32_t)value_at(&subject, 0).a;
	}
	event->bytes = memory_bytes(params, count);
	if (command == RPC_CMD_SHM_ALLOC) {
		event->bytes = value_at(&subject, 0).b;
	}
	if (command < array_size(describers) && describers[command] != NULL) {
		describers[command](&subject);
	}
	os_event(event);
}

void driver_event_request_end(struct driver_event *event, const struct msg_param *params,
			      uint32_t count, uint32_t result, uint32_t origin)
{
	event->bytes = memory_bytes(params, count);
	event->result = result;
	event->origin = origin;
	event_end(event, DRIVER_EVENT_RPC_END);
}

void driver_event_supplicant(struct driver_event event, enum driver_event_kind kind,
			     uint32_t result)
{
	uint64_t now = os_time_monotonic_ns();

	event.kind = kind;
	event.result = result;
	event.duration_ns = kind == DRIVER_EVENT_SUPPLICANT_ANSWER ? now - event.time_ns : 0;
	event.time_ns = now;
	os_event(&event);
}
