/* plugin.h - code that others put into the supplicant: shared objects, found by UUID. */
#ifndef NORMAL_SUPPLICANT_PLUGIN_H
#define NORMAL_SUPPLICANT_PLUGIN_H

#include <stddef.h>

#include "abi/plugin.h"
#include "normal/supplicant/request.h"

#define PLUGINS_MAX 64u

struct plugins {
	size_t count;
	struct {
		void *library;
		const struct plugin_method *method;
	} list[PLUGINS_MAX];
};

/* Load what is in `directory`, by name; one that is not there holds none. What is no plug-in, or does
 * not want to be one, is left out, and a line says so. Runs the plug-ins' init(). */
void plugins_load(struct plugins *plugins, const char *directory);
void plugins_unload(struct plugins *plugins);

/* RPC_CMD_SUPP_PLUGIN. The plug-in's result; ITEM_NOT_FOUND: there is none of that UUID;
 * NOT_SUPPORTED: it is not to be invoked, but something else. */
request_serve plugin_serve;

#endif
