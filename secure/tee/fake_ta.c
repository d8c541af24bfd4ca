#include "secure/tee/fake_ta.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/image.h"
#include "abi/rpc.h"
#include "secure/core/fake_port.h"
#include "secure/core/port.h"
#include "secure/core/rpc.h"
#include "secure/core/space.h"
#include "secure/tee/elf.h"
#include "secure/tee/image.h"
#include "secure/tee/storage.h"
#include "secure/tee/store.h"

/* Ever, since the reset. */
#define SPACES_MAX 1024u

/* One address space's user mode. The kernel's side and the TA's hand the CPU to and fro. */
struct fake_user {
	struct port_space *space;
	struct fake_ta *ta;

	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool runs;
	bool ended;
	enum port_trap trap;
	struct port_user *registers;
	struct fake_entry entry;
};

static pthread_mutex_t fake_tas_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct fake_ta tas[FAKE_TAS_MAX];
static unsigned int tas_count;
static struct fake_user users[SPACES_MAX];
static unsigned int users_count;
static unsigned int objects_live;
static long objects_allowed;

static void require(bool condition, const char *why)
{
	if (!condition) {
		fprintf(stderr, "fake TA: %s\n", why);
		abort();
	}
}

static void tas_lock(void)
{
	require(pthread_mutex_lock(&fake_tas_mutex) == 0, "lock");
}

static void tas_unlock(void)
{
	require(pthread_mutex_unlock(&fake_tas_mutex) == 0, "unlock");
}

bool fake_ta_key_is_public;

void fake_ta_reset(void)
{
	require(objects_live == 0, "object handles leaked");
	memset(tas, 0, sizeof(tas));
	tas_count = 0;
	for (unsigned int i = 0; i < users_count; i++) {
		require(!users[i].runs, "a TA is still running");
		pthread_mutex_destroy(&users[i].mutex);
		pthread_cond_destroy(&users[i].changed);
	}
	memset(users, 0, sizeof(users));
	users_count = 0;
	objects_allowed = FAKE_UNLIMITED;
	fake_ta_key_is_public = true;
}

TEE_UUID fake_ta_uuid(uint32_t number)
{
	return (TEE_UUID){ 0x7a000000 + number, 1, 2, { 3, 4, 5, 6, 7, 8, 9, 10 } };
}

struct fake_ta *fake_ta_install(uint32_t number, uint32_t flags, fake_program program)
{
	struct fake_ta *ta = &tas[tas_count];

	require(tas_count < FAKE_TAS_MAX, "too many TAs");
	tas_count++;
	*ta = (struct fake_ta){
		.uuid = fake_ta_uuid(number),
		.flags = flags,
		.program = program,
	};
	return ta;
}

static struct fake_ta *ta_find(const TEE_UUID *uuid)
{
	for (unsigned int i = 0; i < tas_count; i++) {
		if (memcmp(&tas[i].uuid, uuid, sizeof(*uuid)) == 0) {
			return &tas[i];
		}
	}
	return NULL;
}

/* --- image.h ---------------------------------------------------------------------------------- */

void image_log_key(void)
{
}

bool image_key_is_public(void)
{
	return fake_ta_key_is_public;
}

/* --- store.h ---------------------------------------------------------------------------------- */

/* Leaves the secure world, as the real one does. */
TEE_Result store_fetch(const TEE_UUID *uuid, struct store_image *image)
{
	struct fake_ta *ta = ta_find(uuid);
	struct rpc_param params[2] = {
		{ .type = RPC_PARAM_VALUE_INPUT },
		{ .type = RPC_PARAM_MEMREF_OUTPUT },
	};
	TEE_Result res = rpc_call(RPC_CMD_LOAD_TA, params, 2);

	if (res != TEE_SUCCESS) {
		return res;
	}
	if (ta == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	if (ta->fetch_result != TEE_SUCCESS) {
		return ta->fetch_result;
	}
	image->pages = port_pages_alloc(1);
	if (image->pages == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	image->elf = (const uint8_t *)ta;
	image->elf_size = sizeof(*ta);
	image->version = 0;
	return TEE_SUCCESS;
}

void store_release(struct store_image *image)
{
	port_pages_free(image->pages);
}

/* --- elf.h ------------------------------------------------------------------------------------ */

static void user_add(struct port_space *space, struct fake_ta *ta)
{
	struct fake_user *user = NULL;

	tas_lock();
	ta->loads++;
	/* Of a space that is gone, the memory may be used again. */
	for (unsigned int i = 0; i < users_count && user == NULL; i++) {
		if (users[i].space == space) {
			user = &users[i];
		}
	}
	if (user == NULL) {
		require(users_count < SPACES_MAX, "too many spaces");
		user = &users[users_count];
		users_count++;
		pthread_mutex_init(&user->mutex, NULL);
		pthread_cond_init(&user->changed, NULL);
	}
	user->space = space;
	user->ta = ta;
	tas_unlock();
}

TEE_Result elf_load(struct space *space, const uint8_t *file, size_t size,
		    struct elf_program *program)
{
	struct fake_ta *ta = (struct fake_ta *)(uintptr_t)file;
	TEE_Result res;

	require(size == sizeof(*ta), "not the image that was fetched");
	program->load_address = 0;
	res = space_map(space, &program->load_address, 1, PORT_ACCESS_READ | PORT_ACCESS_EXECUTE);
	if (res != TEE_SUCCESS) {
		return res;
	}
	program->entry = program->load_address + 0x40;
	program->size = PORT_PAGE_SIZE;
	program->head.flags = ta->flags;
	program->head.stack_size = FAKE_TA_STACK;
	if (ta->load_result == TEE_SUCCESS) {
		user_add(space_port(space), ta);
	}
	return ta->load_result;
}

/* --- storage.h: handles that are only counted ------------------------------------------------- */

struct storage_handles {
	uint8_t unused;
};

void storage_init(void)
{
}

struct storage_handles *storage_handles_create(void)
{
	struct storage_handles *handles = NULL;

	tas_lock();
	if (objects_allowed != 0) {
		objects_allowed -= objects_allowed > 0;
		objects_live++;
		handles = calloc(1, sizeof(*handles));
		require(handles != NULL, "memory");
	}
	tas_unlock();
	return handles;
}

void storage_handles_destroy(struct storage_handles *handles)
{
	tas_lock();
	objects_live--;
	free(handles);
	tas_unlock();
}

unsigned int fake_ta_objects(void)
{
	return objects_live;
}

void fake_ta_objects_limit(long limit)
{
	objects_allowed = limit;
}

/* Each answers its own number, so that a test sees where a call went. */
#define STORAGE_SYSCALL(name, number)                                                              \
	TEE_Result storage_sys_##name(struct caller *caller, const uint64_t args[8])               \
	{                                                                                          \
		(void)caller;                                                                      \
		(void)args;                                                                        \
		return (number);                                                                   \
	}

STORAGE_SYSCALL(get_info, 24)
STORAGE_SYSCALL(close, 28)
STORAGE_SYSCALL(open, 41)
STORAGE_SYSCALL(create, 42)
STORAGE_SYSCALL(delete, 43)
STORAGE_SYSCALL(rename, 44)
STORAGE_SYSCALL(enum_alloc, 45)
STORAGE_SYSCALL(enum_free, 46)
STORAGE_SYSCALL(enum_reset, 47)
STORAGE_SYSCALL(enum_start, 48)
STORAGE_SYSCALL(enum_next, 49)
STORAGE_SYSCALL(read, 50)
STORAGE_SYSCALL(write, 51)
STORAGE_SYSCALL(truncate, 52)
STORAGE_SYSCALL(seek, 53)

/* --- port.h: user mode ------------------------------------------------------------------------ */

static struct fake_user *user_find(struct port_space *space)
{
	struct fake_user *found = NULL;

	tas_lock();
	for (unsigned int i = 0; i < users_count; i++) {
		if (users[i].space == space) {
			found = &users[i];
		}
	}
	tas_unlock();
	require(found != NULL, "user mode in a space that nothing was loaded into");
	return found;
}

/* The TA's side: hand the CPU over with a trap, and have it back when it is resumed. */
static void user_trap(struct fake_user *user, enum port_trap trap, bool last)
{
	user->trap = trap;
	user->ended = last;
	pthread_mutex_lock(&user->mutex);
	user->runs = false;
	pthread_cond_broadcast(&user->changed);
	while (!last && !user->runs) {
		pthread_cond_wait(&user->changed, &user->mutex);
	}
	pthread_mutex_unlock(&user->mutex);
}

static void *user_main(void *arg)
{
	struct fake_user *user = arg;
	TEE_Result res = user->ta->program(&user->entry);

	user->registers->number = SYSCALL_RETURN;
	user->registers->args[0] = res;
	user_trap(user, PORT_TRAP_SYSCALL, true);
	return NULL;
}

static void user_enter(struct fake_user *user, const struct port_user *registers)
{
	struct fake_ta *ta = user->ta;
	uint8_t *byte;

	require(fake_space_access(user->space, registers->pc, &byte) ==
			(PORT_ACCESS_READ | PORT_ACCESS_EXECUTE),
		"entered where there is no code");
	require(registers->sp == registers->args[2] && registers->sp % 16 == 0,
		"the stack pointer is not at the parameters");
	user->entry = (struct fake_entry){
		.ta = ta,
		.func = (uint32_t)registers->args[0],
		.session = (uint32_t)registers->args[1],
		.params_address = registers->args[2],
		.command = (uint32_t)registers->args[3],
		.stack_pointer = registers->sp,
		.code = registers->pc,
		.user = user,
	};
	tas_lock();
	require(user->entry.func < 4, "unknown function");
	ta->entries[user->entry.func]++;
	ta->last_session = user->entry.session;
	tas_unlock();
}

enum port_trap port_user_run(struct port_space *space, struct port_user *registers)
{
	struct fake_user *user = user_find(space);
	bool start = registers->run == PORT_RUN_ENTER;

	user->registers = registers;
	if (start) {
		require(!user->runs, "entered twice");
		user_enter(user, registers);
	}
	pthread_mutex_lock(&user->mutex);
	user->runs = true;
	if (start) {
		require(pthread_create(&user->thread, NULL, user_main, user) == 0, "no thread");
	} else {
		pthread_cond_broadcast(&user->changed);
	}
	while (user->runs) {
		pthread_cond_wait(&user->changed, &user->mutex);
	}
	pthread_mutex_unlock(&user->mutex);
	if (user->ended) {
		pthread_join(user->thread, NULL);
	}
	return user->trap;
}

/* --- For programs ----------------------------------------------------------------------------- */

uint32_t fake_syscall_list(struct fake_entry *entry, uint64_t number, const uint64_t args[8])
{
	struct fake_user *user = entry->user;

	user->registers->number = number;
	memcpy(user->registers->args, args, 8 * sizeof(args[0]));
	user_trap(user, PORT_TRAP_SYSCALL, false);
	require(user->registers->run == PORT_RUN_RESULT, "a system call without a result");
	return (uint32_t)user->registers->result;
}

void fake_panic(struct fake_entry *entry, uint32_t code)
{
	entry->user->registers->number = SYSCALL_PANIC;
	entry->user->registers->args[0] = code;
	entry->user->registers->frame = entry->frame;
	user_trap(entry->user, PORT_TRAP_SYSCALL, true);
	pthread_exit(NULL);
}

void fake_fault(struct fake_entry *entry, uint64_t address)
{
	struct port_user *registers = entry->user->registers;

	registers->fault_address = address;
	registers->fault_pc = registers->pc + 0x10;
	registers->fault_cause = 11;
	registers->frame = entry->frame;
	user_trap(entry->user, PORT_TRAP_FAULT, true);
	pthread_exit(NULL);
}

void fake_gone(struct fake_entry *entry)
{
	user_trap(entry->user, PORT_TRAP_GONE, true);
	pthread_exit(NULL);
}

void fake_interrupt(struct fake_entry *entry)
{
	user_trap(entry->user, PORT_TRAP_INTERRUPT, false);
	require(entry->user->registers->run == PORT_RUN_RESUME, "an interrupt without a resume");
}

void *fake_memory(struct fake_entry *entry, uint64_t address, unsigned int access)
{
	uint8_t *byte = NULL;
	unsigned int reached = fake_space_access(entry->user->space, address, &byte);

	return (reached & access) == access ? byte : NULL;
}

struct utee_params *fake_params(struct fake_entry *entry)
{
	void *params =
		fake_memory(entry, entry->params_address, PORT_ACCESS_READ | PORT_ACCESS_WRITE);

	require(params != NULL, "the parameters are not there");
	return params;
}

uint64_t fake_scratch(struct fake_entry *entry, uint64_t offset)
{
	require(offset < FAKE_TA_SCRATCH, "beyond the scratch memory");
	return entry->stack_pointer - FAKE_TA_SCRATCH + offset;
}

void *fake_scratch_bytes(struct fake_entry *entry, uint64_t offset)
{
	void *bytes = fake_memory(entry, fake_scratch(entry, offset),
				  PORT_ACCESS_READ | PORT_ACCESS_WRITE);

	require(bytes != NULL, "the scratch memory is not there");
	return bytes;
}
