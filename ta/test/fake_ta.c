#include "ta/test/fake_ta.h"

#include <user_ta_header.h>

#include "ta/libutee/constructor.h"

struct fake_ta fake_ta;

/* The library sees it as a constant, and rightly so: only tests write here. */
static struct ta_head head = { .stack_size = 4096, .depr_entry = UINT64_MAX };
extern const struct ta_head ta_head __attribute__((alias("head")));

int trace_level = TRACE_MAX;
const char trace_ext_prefix[] = "TA";

uint8_t ta_heap[FAKE_TA_HEAP_SIZE] __aligned(16);
const size_t ta_heap_size = sizeof(ta_heap);
uint8_t __ta_no_share_heap[FAKE_TA_NO_SHARE_HEAP_SIZE] __aligned(16);
const size_t __ta_no_share_heap_size = sizeof(__ta_no_share_heap);

const struct user_ta_property ta_props[] = {
	{ "gpd.ta.singleInstance", USER_TA_PROP_TYPE_BOOL, &(const bool){ true } },
	{ "gpd.ta.dataSize", USER_TA_PROP_TYPE_U32, &(const uint32_t){ FAKE_TA_HEAP_SIZE } },
	{ "gpd.ta.version", USER_TA_PROP_TYPE_STRING, "3.1 of the fake" },
	{ "my.uuid", USER_TA_PROP_TYPE_UUID,
	  &(const TEE_UUID){ 0x01234567, 0x89ab, 0xcdef, { 1, 2, 3, 4, 5, 6, 7, 8 } } },
	{ "my.identity", USER_TA_PROP_TYPE_IDENTITY,
	  &(const TEE_Identity){ 4026531840u,
				 { 0x01234567, 0x89ab, 0xcdef, { 1, 2, 3, 4, 5, 6, 7, 8 } } } },
	{ "my.u64", USER_TA_PROP_TYPE_U64, &(const uint64_t){ 0x123456789abcdef0 } },
	{ "my.binary", USER_TA_PROP_TYPE_BINARY_BLOCK, "SGVsbG8gd29ybGQh" },
	{ "my.nothing", USER_TA_PROP_TYPE_BINARY_BLOCK, "-%@&" },
};
const size_t ta_num_props = sizeof(ta_props) / sizeof(ta_props[0]);

int tahead_get_trace_level(void)
{
	return TRACE_MAX;
}

void fake_ta_flags(uint32_t flags)
{
	head.flags = flags;
}

static void keep(void *context, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	fake_ta.context = context;
	fake_ta.types = types;
	for (int i = 0; i < TEE_NUM_PARAMS; i++) {
		fake_ta.params[i] = params[i];
	}
	if (fake_ta.look != NULL) {
		fake_ta.look(types, params);
	}
}

void utee_constructors_run(void)
{
	fake_ta.constructed++;
}

void utee_destructors_run(void)
{
	fake_ta.destructed++;
}

TEE_Result TA_CreateEntryPoint(void)
{
	fake_ta.created++;
	return fake_ta.create_result;
}

void TA_DestroyEntryPoint(void)
{
	fake_ta.destroyed++;
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **context)
{
	fake_ta.opened++;
	keep(*context, types, params);
	*context = &fake_ta;
	return fake_ta.open_result;
}

void TA_CloseSessionEntryPoint(void *context)
{
	fake_ta.closed++;
	fake_ta.context = context;
}

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	fake_ta.invoked++;
	fake_ta.command = command;
	keep(context, types, params);
	return fake_ta.invoke_result;
}
