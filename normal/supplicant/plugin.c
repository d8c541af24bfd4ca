#include "normal/supplicant/plugin.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/rpc.h"
#include "lib/uuid.h"
#include "normal/supplicant/log.h"
#include "normal/supplicant/supplicant.h"

/* --- Loading -------------------------------------------------------------------------------- */

static const struct plugin_method *find(const struct plugins *plugins, const TEE_UUID *uuid)
{
	size_t i;

	for (i = 0; i < plugins->count; i++) {
		if (memcmp(&plugins->list[i].method->uuid, uuid, sizeof(*uuid)) == 0) {
			return plugins->list[i].method;
		}
	}
	return NULL;
}

/* Why it cannot be used; NULL: it can. */
static const char *method_problem(const struct plugins *plugins, const struct plugin_method *method)
{
	if (method == NULL) {
		return "it has no " PLUGIN_SYMBOL;
	}
	if (method->name == NULL || method->invoke == NULL) {
		return "its " PLUGIN_SYMBOL " lacks a name or invoke()";
	}
	if (find(plugins, &method->uuid) != NULL) {
		return "another plug-in has its UUID";
	}
	if (plugins->count == PLUGINS_MAX) {
		return "there are too many plug-ins";
	}
	if (method->init != NULL && method->init() != TEE_SUCCESS) {
		return "its init() failed";
	}
	return NULL;
}

static void load(struct plugins *plugins, const char *path)
{
	void *library = dlopen(path, RTLD_LAZY);
	const struct plugin_method *method;
	const char *problem;

	if (library == NULL) {
		log_error("plug-in %s: %s", path, dlerror());
		return;
	}
	method = dlsym(library, PLUGIN_SYMBOL);
	problem = method_problem(plugins, method);
	if (problem != NULL) {
		log_error("plug-in %s: %s", path, problem);
		dlclose(library);
		return;
	}
	plugins->list[plugins->count].library = library;
	plugins->list[plugins->count].method = method;
	plugins->count++;
	log_info("plug-in %s: %s", path, method->name);
}

static int is_no_dot(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

void plugins_load(struct plugins *plugins, const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_no_dot, alphasort);
	char path[PATH_MAX];
	int i;

	plugins->count = 0;
	if (count < 0) {
		if (errno != ENOENT) {
			log_error("plug-ins of %s: %s", directory, strerror(errno));
		}
		return;
	}
	for (i = 0; i < count; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name) <
		    (int)sizeof(path)) {
			load(plugins, path);
		}
		free(entries[i]);
	}
	free(entries);
}

void plugins_unload(struct plugins *plugins)
{
	while (plugins->count > 0) {
		dlclose(plugins->list[--plugins->count].library);
	}
}

/* --- Serving -------------------------------------------------------------------------------- */

static bool shape_is_good(const struct request *request)
{
	const struct tee_ioctl_param *params = request->params;

	/* Not request_has_shape(): a plug-in may be called without data. */
	return request->count == 4 && params[0].attr == TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT &&
	       params[1].attr == TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT &&
	       params[2].attr == TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT &&
	       params[3].attr == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT &&
	       (request->memory[3].data != NULL || params[3].b == 0);
}

/* The octets come as four words. */
static TEE_UUID uuid_of(const struct tee_ioctl_param *params)
{
	const uint32_t words[] = {
		(uint32_t)params[0].b,
		(uint32_t)params[0].c,
		(uint32_t)params[1].a,
		(uint32_t)params[1].b,
	};
	uint8_t octets[UUID_OCTETS];

	memcpy(octets, words, sizeof(octets));
	return uuid_from_octets(octets);
}

TEE_Result plugin_serve(struct supplicant *supplicant, struct request *request)
{
	struct tee_ioctl_param *params = request->params;
	const struct plugin_method *method;
	char text[UUID_TEXT_SIZE];
	TEE_Result result;
	size_t length = 0;
	TEE_UUID uuid;

	if (!shape_is_good(request)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (params[0].a != RPC_PLUGIN_INVOKE) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	uuid = uuid_of(params);
	method = find(&supplicant->plugins, &uuid);
	if (method == NULL) {
		uuid_to_text(&uuid, text);
		log_info("there is no plug-in %s", text);
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	result = method->invoke((unsigned int)params[1].c, (unsigned int)params[2].a,
				request->memory[3].data, request->memory[3].size, &length);
	params[2].b = length;
	return result;
}
