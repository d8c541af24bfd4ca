#include "normal/driver/arg.h"

#include <assert.h>
#include <errno.h>

#include "normal/driver/call.h"
#include "normal/driver/shm.h"
#include "normal/driver/state.h"

struct arg_page {
	struct list link;
	struct shm *shm;
	char *address;
	uint32_t used; /* one bit for each slot */
};

/* The largest message with the least room for requests behind it gives the most slots. */
#define SLOTS_MAX (OS_PAGE_SIZE / MSG_ARG_SIZE(MESSAGE_PARAMS_MAX))

static_assert(SLOTS_MAX < 32, "a bit for each slot");
static_assert(MSG_ARG_SIZE(MESSAGE_PARAMS_MAX) + MSG_ARG_SIZE(ARG_RPC_PARAMS_MAX) <= OS_PAGE_SIZE,
	      "a message and its requests fit in a page");

static size_t slot_size(const struct driver *driver)
{
	size_t size = msg_arg_size(MESSAGE_PARAMS_MAX);

	return driver->rpc_params > 0 ? size + msg_arg_size(driver->rpc_params) : size;
}

void driver_args_init(struct driver *driver)
{
	struct arg_pages *args = &driver->args;

	os_mutex_init(&args->mutex);
	list_init(&args->pages);
	args->slot_size = slot_size(driver);
	/* A message that is named by its address has to begin a page. */
	args->slots = driver->rpc_params > 0 ? (unsigned int)(OS_PAGE_SIZE / args->slot_size) : 1;
}

void driver_args_destroy(struct driver *driver)
{
	struct list *link;

	while ((link = list_take_first(&driver->args.pages)) != NULL) {
		struct arg_page *page = list_entry(link, struct arg_page, link);

		driver_shm_put(page->shm);
		os_free(page);
	}
	os_mutex_destroy(&driver->args.mutex);
}

/* --- Pages ----------------------------------------------------------------------------------- */

static int page_new(struct driver *driver, struct arg_page **result)
{
	struct arg_page *page = os_alloc(sizeof(*page));
	int error;

	if (page == NULL) {
		return -ENOMEM;
	}
	error = driver_shm_argument(driver, driver->rpc_params > 0, &page->shm);
	if (error != 0) {
		os_free(page);
		return error;
	}
	page->address = driver_shm_address(page->shm);
	if (page->address == NULL) {
		driver_shm_put(page->shm);
		os_free(page);
		return -ENOMEM;
	}
	*result = page;
	return 0;
}

/* false: all are taken. The mutex is held. */
static bool slot_take(struct arg_pages *args, struct arg *arg)
{
	list_for_each (link, &args->pages) {
		struct arg_page *page = list_entry(link, struct arg_page, link);
		unsigned int slot = (unsigned int)__builtin_ctz(~page->used);

		if (slot < args->slots) {
			page->used |= 1u << slot;
			arg->page = page;
			arg->slot = slot;
			return true;
		}
	}
	return false;
}

/* -ENOMEM: too many pages. */
static int page_add(struct arg_pages *args, struct arg_page *page, struct arg *arg)
{
	if (args->count == ARG_PAGES_MAX) {
		return -ENOMEM;
	}
	args->count++;
	list_add_back(&args->pages, &page->link);
	page->used = 1;
	arg->page = page;
	arg->slot = 0;
	return 0;
}

/* Any number of tasks may find all slots taken at once, and each adds a page then: registering one
 * is a call, which sleeps, so the mutex is not held meanwhile. */
static int slot_get(struct driver *driver, struct arg *arg)
{
	struct arg_pages *args = &driver->args;
	struct arg_page *page;
	bool taken;
	int error;

	os_mutex_lock(&args->mutex);
	taken = slot_take(args, arg);
	os_mutex_unlock(&args->mutex);
	if (taken) {
		return 0;
	}
	error = page_new(driver, &page);
	if (error != 0) {
		return error;
	}
	os_mutex_lock(&args->mutex);
	error = page_add(args, page, arg);
	os_mutex_unlock(&args->mutex);
	if (error != 0) {
		driver_shm_put(page->shm);
		os_free(page);
	}
	return error;
}

/* --- Slots ----------------------------------------------------------------------------------- */

static void slot_lay_out(const struct driver *driver, uint32_t params, void *address,
			 struct arg *arg)
{
	memset(address, 0, driver->args.slot_size);
	arg->shared = address;
	arg->shared->num_params = params;
	arg->rpc = NULL;
	if (driver->rpc_params > 0) {
		arg->rpc = (struct msg_arg *)((char *)address + msg_arg_size(params));
	}
}

int driver_arg_get(struct driver *driver, uint32_t params, struct arg *arg)
{
	int error;

	if (params > MESSAGE_PARAMS_MAX) {
		return -EINVAL;
	}
	error = slot_get(driver, arg);
	if (error != 0) {
		return error;
	}
	arg->memory = NULL;
	arg->offset = (uint32_t)(arg->slot * driver->args.slot_size);
	driver->transport->arg_name(driver, arg);
	slot_lay_out(driver, params, arg->page->address + arg->offset, arg);
	return 0;
}

int driver_arg_get_private(struct driver *driver, uint32_t params, struct arg *arg)
{
	void *address;

	if (params > MESSAGE_PARAMS_MAX) {
		return -EINVAL;
	}
	arg->memory = os_memory_alloc(OS_PAGE_SIZE);
	if (arg->memory == NULL) {
		return -ENOMEM;
	}
	address = os_memory_address(arg->memory);
	if (address == NULL) {
		os_memory_put(arg->memory);
		return -ENOMEM;
	}
	arg->page = NULL;
	arg->offset = 0;
	driver->transport->arg_name(driver, arg);
	slot_lay_out(driver, params, address, arg);
	return 0;
}

void driver_arg_put(struct driver *driver, struct arg *arg)
{
	struct arg_pages *args = &driver->args;

	if (arg->memory != NULL) {
		os_memory_put(arg->memory);
		return;
	}
	os_mutex_lock(&args->mutex);
	arg->page->used &= ~(1u << arg->slot);
	os_mutex_unlock(&args->mutex);
}

const struct shm *driver_arg_object(const struct arg *arg)
{
	return arg->page->shm;
}

void driver_arg_write(struct arg *arg, const struct message *message)
{
	struct msg_arg header = {
		.cmd = message->cmd,
		.func = message->func,
		.session = message->session,
		.cancel_id = message->cancel_id,
		.num_params = message->num_params,
	};

	memcpy(arg->shared, &header, sizeof(header));
	memcpy(arg->shared->params, message->params,
	       message->num_params * sizeof(message->params[0]));
}

void driver_arg_read(const struct arg *arg, struct message *message)
{
	struct msg_arg header;

	shared_copy_in(&header, arg->shared, sizeof(header));
	shared_copy_in(message->params, arg->shared->params,
		       message->num_params * sizeof(message->params[0]));
	message->session = header.session;
	message->ret = header.ret;
	message->ret_origin = header.ret_origin;
}
