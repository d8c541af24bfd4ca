#include "secure/tee/instance.h"

#include "lib/uuid.h"
#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/tee/call.h"
#include "secure/tee/store.h"

/* Instances that stay without a session, and those that stay although they crashed. */
#define FLAGS_KEPT	   (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_INSTANCE_KEEP_ALIVE)
#define FLAGS_KEPT_CRASHED (FLAGS_KEPT | TA_FLAG_INSTANCE_KEEP_CRASHED)

static struct instance pool[INSTANCES_MAX];
static struct list spare;
/* The instances that a new session may find, in order of birth. */
static struct list findable;
static unsigned int used;
/* Calls that wait until another has loaded a TA. */
static struct list loaders;

static void memory_free(struct instance *instance)
{
	if (instance->objects != NULL) {
		storage_handles_destroy(instance->objects);
		instance->objects = NULL;
	}
	if (instance->space != NULL) {
		space_destroy(instance->space);
		instance->space = NULL;
	}
}

void instances_init(void)
{
	list_init(&spare);
	list_init(&findable);
	list_init(&loaders);
	used = 0;
	for (unsigned int i = 0; i < INSTANCES_MAX; i++) {
		list_init(&pool[i].link);
		list_add_back(&spare, &pool[i].link);
	}
}

void instances_reset(void)
{
	for (unsigned int i = 0; i < INSTANCES_MAX; i++) {
		memory_free(&pool[i]);
	}
	instances_init();
}

static bool has_flags(const struct instance *instance, uint32_t flags)
{
	return (instance->flags & flags) == flags;
}

static struct instance *instance_find(const TEE_UUID *uuid)
{
	list_for_each (link, &findable) {
		struct instance *instance = list_entry(link, struct instance, link);

		if (uuid_equal(&instance->uuid, uuid)) {
			return instance;
		}
	}
	return NULL;
}

static struct instance *instance_new(const TEE_UUID *uuid)
{
	struct list *link = list_take_first(&spare);
	struct instance *instance;

	if (link == NULL) {
		return NULL;
	}
	instance = list_entry(link, struct instance, link);
	*instance = (struct instance){ .uuid = *uuid, .sessions = 1, .loading = true };
	turn_init(&instance->turn);
	list_init(&instance->opened);
	list_init(&instance->link);
	list_add_back(&findable, &instance->link);
	used++;
	return instance;
}

static void instance_free(struct instance *instance)
{
	list_remove(&instance->link);
	list_add_back(&spare, &instance->link);
	used--;
}

/* Everything but the entry in the pool. */
static void instance_empty(struct instance *instance)
{
	call_adopt(&instance->opened);
	memory_free(instance);
}

static TEE_Result stack_map(struct instance *instance)
{
	size_t pages = (instance->program.head.stack_size + PORT_PAGE_SIZE - 1) / PORT_PAGE_SIZE;
	uint64_t address = 0;
	TEE_Result res;

	res = space_map(instance->space, &address, pages, PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	if (res == TEE_SUCCESS) {
		instance->stack_top = address + (uint64_t)pages * PORT_PAGE_SIZE;
	}
	return res;
}

static TEE_Result program_load(struct instance *instance, const struct store_image *image)
{
	TEE_Result res;

	res = elf_load(instance->space, image->elf, image->elf_size, &instance->program);
	if (res != TEE_SUCCESS) {
		return res;
	}
	instance->flags = instance->program.head.flags;
	res = stack_map(instance);
	if (res != TEE_SUCCESS) {
		return res;
	}
	return space_commit(instance->space);
}

static TEE_Result instance_fill(struct instance *instance, const struct store_image *image)
{
	char name[UUID_TEXT_SIZE];

	uuid_to_text(&instance->uuid, name);
	instance->space = space_create(name);
	instance->objects = storage_handles_create();
	if (instance->space == NULL || instance->objects == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	return program_load(instance, image);
}

/* There is nothing to load, and nothing to keep without a session. */
static TEE_Result pta_load(struct instance *instance)
{
	instance->flags = instance->pta->flags & ~(uint32_t)TA_FLAG_INSTANCE_KEEP_ALIVE;
	return TEE_SUCCESS;
}

static TEE_Result instance_load(struct instance *instance)
{
	struct store_image image;
	TEE_Result res;

	instance->pta = pta_find(&instance->uuid);
	if (instance->pta != NULL) {
		return pta_load(instance);
	}
	res = store_fetch(&instance->uuid, &image);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = instance_fill(instance, &image);
	store_release(&image);
	if (res != TEE_SUCCESS) {
		instance_empty(instance);
	}
	return res;
}

/* The others who want this TA wait meanwhile: its flags are in the image. */
static TEE_Result instance_create(struct roster_locked *locked, const TEE_UUID *uuid,
				  struct instance **created)
{
	struct instance *instance = instance_new(uuid);
	TEE_Result res;

	if (instance == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	roster_unlock(locked);
	res = instance_load(instance);
	*locked = roster_lock();
	instance->loading = false;
	roster_wake_all(locked, &loaders);
	if (res != TEE_SUCCESS) {
		instance_free(instance);
		return res;
	}
	*created = instance;
	return TEE_SUCCESS;
}

static TEE_Result instance_share(struct instance *instance)
{
	if (instance->panicked) {
		return TEE_ERROR_TARGET_DEAD;
	}
	if (instance->sessions > 0 && !has_flags(instance, TA_FLAG_MULTI_SESSION)) {
		return TEE_ERROR_BUSY;
	}
	instance->sessions++;
	return TEE_SUCCESS;
}

TEE_Result instance_join(struct roster_locked *locked, const TEE_UUID *uuid,
			 struct instance **instance)
{
	struct instance *found = instance_find(uuid);

	while (found != NULL && found->loading) {
		roster_sleep(locked, &loaders);
		found = instance_find(uuid);
	}
	if (found == NULL || !has_flags(found, TA_FLAG_SINGLE_INSTANCE)) {
		return instance_create(locked, uuid, instance);
	}
	*instance = found;
	return instance_share(found);
}

bool instance_leave(struct roster_locked *locked, struct instance *instance)
{
	(void)locked;
	check(instance->sessions > 0);
	instance->sessions--;
	if (instance->sessions > 0 ||
	    has_flags(instance, instance->panicked ? FLAGS_KEPT_CRASHED : FLAGS_KEPT)) {
		return false;
	}
	list_remove(&instance->link);
	return true;
}

void instance_destroy(struct instance *instance)
{
	struct roster_locked locked;

	instance_empty(instance);
	locked = roster_lock();
	instance_free(instance);
	roster_unlock(&locked);
}

void instance_kill(struct instance *instance, uint32_t panic_code)
{
	struct roster_locked locked = roster_lock();

	check(turn_is_taken(&instance->turn));
	instance->panicked = true;
	instance->panic_code = panic_code;
	if (!has_flags(instance, FLAGS_KEPT_CRASHED)) {
		list_remove(&instance->link);
	}
	roster_unlock(&locked);
	instance_empty(instance);
}

unsigned int instance_count(void)
{
	struct roster_locked locked = roster_lock();
	unsigned int count = used;

	roster_unlock(&locked);
	return count;
}
