/* entry.c - from what the secure kernel calls to what the TA wrote. */
#include <utee_entry.h>

#include <malloc.h>

#include <tee_internal_api.h>
#include <user_ta_header.h>

#include "ta/libutee/access.h"
#include "ta/libutee/constructor.h"
#include "ta/libutee/memory.h"
#include "ta/libutils/default_heap.h"

/* A session that is open, and what the TA keeps for it. */
struct ta_session {
	struct ta_session *next;
	uint32_t id;
	void *context;
};

static struct ta_session *sessions;
static bool library_ready;
static bool instance_ready;

/* --- Parameters ------------------------------------------------------------------------------ */

static bool type_is_memref(uint32_t type)
{
	return type >= TEE_PARAM_TYPE_MEMREF_INPUT && type <= TEE_PARAM_TYPE_MEMREF_INOUT;
}

static void params_read(const struct utee_params *from, uint32_t types, TEE_Param *params)
{
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		if (type_is_memref(TEE_PARAM_TYPE_GET(types, i))) {
			params[i].memref.buffer = (void *)(uintptr_t)from->vals[2 * i];
			params[i].memref.size = from->vals[2 * i + 1];
		} else {
			params[i].value.a = (uint32_t)from->vals[2 * i];
			params[i].value.b = (uint32_t)from->vals[2 * i + 1];
		}
	}
}

static void params_write(struct utee_params *to, uint32_t types, const TEE_Param *params)
{
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		switch (TEE_PARAM_TYPE_GET(types, i)) {
		case TEE_PARAM_TYPE_VALUE_OUTPUT:
		case TEE_PARAM_TYPE_VALUE_INOUT:
			to->vals[2 * i] = params[i].value.a;
			to->vals[2 * i + 1] = params[i].value.b;
			break;
		case TEE_PARAM_TYPE_MEMREF_OUTPUT:
		case TEE_PARAM_TYPE_MEMREF_INOUT:
			to->vals[2 * i + 1] = params[i].memref.size;
			break;
		default:
			break;
		}
	}
}

/* --- Sessions -------------------------------------------------------------------------------- */

/* The link that leads to the session, or to the end of the list. */
static struct ta_session **session_find(uint32_t id)
{
	struct ta_session **link = &sessions;

	while (*link != NULL && (*link)->id != id) {
		link = &(*link)->next;
	}
	return link;
}

static void session_remove(struct ta_session **link)
{
	struct ta_session *session = *link;

	*link = session->next;
	free(session);
}

/* --- Entry functions ------------------------------------------------------------------------- */

static TEE_Result instance_create(void)
{
	TEE_Result res;

	if (!library_ready) {
		library_ready = true;
		trace_set_level(tahead_get_trace_level());
		utee_memory_init();
		utee_constructors_run();
	}
	if (instance_ready) {
		return TEE_SUCCESS;
	}
	res = TA_CreateEntryPoint();
	instance_ready = res == TEE_SUCCESS;
	return res;
}

/* Once no session is left: the kernel is about to drop the instance, unless it is to be kept. */
static void instance_destroy(void)
{
	uint32_t stays = TA_FLAG_SINGLE_INSTANCE | TA_FLAG_INSTANCE_KEEP_ALIVE;

	if (sessions == NULL && (ta_head.flags & stays) != stays) {
		instance_ready = false;
		TA_DestroyEntryPoint();
		utee_destructors_run();
	}
}

static TEE_Result open_session(uint32_t id, uint32_t types, TEE_Param *params)
{
	TEE_Result res = instance_create();
	struct ta_session *session;

	if (res != TEE_SUCCESS) {
		return res;
	}
	session = malloc(sizeof(*session));
	if (session == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*session = (struct ta_session){ .next = sessions, .id = id };
	sessions = session;
	res = TA_OpenSessionEntryPoint(types, params, &session->context);
	if (res != TEE_SUCCESS) {
		session_remove(session_find(id));
		instance_destroy();
	}
	return res;
}

static TEE_Result close_session(uint32_t id)
{
	struct ta_session **link = session_find(id);

	if (*link == NULL) {
		return TEE_ERROR_BAD_STATE;
	}
	TA_CloseSessionEntryPoint((*link)->context);
	session_remove(link);
	instance_destroy();
	return TEE_SUCCESS;
}

static TEE_Result invoke_command(uint32_t id, uint32_t command, uint32_t types, TEE_Param *params)
{
	struct ta_session *session = *session_find(id);

	if (session == NULL) {
		return TEE_ERROR_BAD_STATE;
	}
	return TA_InvokeCommandEntryPoint(session->context, command, types, params);
}

static TEE_Result dump_memstats(uint32_t types, TEE_Param *params)
{
	const struct heap_stats *stats = &utils_heap.stats;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, TEE_PARAM_TYPE_VALUE_OUTPUT,
				     TEE_PARAM_TYPE_VALUE_OUTPUT, TEE_PARAM_TYPE_NONE)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	params[0].value.a = (uint32_t)stats->used;
	params[0].value.b = (uint32_t)stats->used_max;
	params[1].value.a = (uint32_t)stats->size;
	params[1].value.b = stats->failures;
	params[2].value.a = (uint32_t)stats->failed_size_max;
	params[2].value.b = (uint32_t)stats->failed_used;
	return TEE_SUCCESS;
}

static TEE_Result serve(unsigned long func, uint32_t session, uint32_t command, uint32_t types,
			TEE_Param *params)
{
	switch (func) {
	case UTEE_ENTRY_FUNC_OPEN_SESSION:
		return open_session(session, types, params);
	case UTEE_ENTRY_FUNC_CLOSE_SESSION:
		return close_session(session);
	case UTEE_ENTRY_FUNC_INVOKE_COMMAND:
		return invoke_command(session, command, types, params);
	case UTEE_ENTRY_FUNC_DUMP_MEMSTATS:
		return dump_memstats(types, params);
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}

TEE_Result __utee_entry(unsigned long func, unsigned long session, struct utee_params *params,
			unsigned long command)
{
	TEE_Param list[TEE_NUM_PARAMS];
	uint32_t types = (uint32_t)params->types;
	TEE_Result res;

	params_read(params, types, list);
	utee_access_begin(types, list, params + 1);
	res = serve(func, (uint32_t)session, (uint32_t)command, types, list);
	utee_access_end();
	params_write(params, types, list);
	return res;
}
