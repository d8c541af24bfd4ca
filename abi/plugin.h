/* plugin.h - what a plug-in of tee-supplicant is: a shared object with a variable `plugin_method`.
 *
 * Plug-ins are written against tee_plugin_method.h, which says the same in libteec's terms. */
#ifndef ABI_PLUGIN_H
#define ABI_PLUGIN_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"

#define PLUGIN_SYMBOL "plugin_method"

struct plugin_method {
	/* For people. Not NULL. */
	const char *name;
	/* By which the secure world names it; as it lies in memory. */
	TEE_UUID uuid;
	/* Called once, when it has been loaded; NULL: there is nothing to do. Anything but 0: it does
	 * not want to be used. */
	uint32_t (*init)(void);
	/* `data` is `size` bytes that are read and written in place; *length is how many of them are
	 * the answer. Called from any thread, and from many at once. Not NULL. */
	uint32_t (*invoke)(unsigned int command, unsigned int sub_command, void *data, size_t size,
			   size_t *length);
};

#if UINTPTR_MAX > 0xFFFFFFFFu
static_assert(sizeof(struct plugin_method) == 40, "plugin_method");
static_assert(offsetof(struct plugin_method, name) == 0, "name");
static_assert(offsetof(struct plugin_method, uuid) == 8, "uuid");
static_assert(offsetof(struct plugin_method, init) == 24, "init");
static_assert(offsetof(struct plugin_method, invoke) == 32, "invoke");
#endif

#endif
