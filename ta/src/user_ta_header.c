/* user_ta_header.c - what every TA is compiled with: its header, its heap, its properties, from the
 * TA's own user_ta_header_defines.h. */
#include <compiler.h>
#include <config.h>
#include <malloc.h>
#include <stack_protector.h>
#include <stdint.h>
#include <tee_internal_api_extensions.h>
#include <tee_ta_api.h>
#include <trace.h>
#include <user_ta_header.h>
#include <utee_entry.h>
#include <utee_syscalls.h>

#include <user_ta_header_defines.h>

#ifndef TA_UUID
#error "user_ta_header_defines.h does not define TA_UUID"
#endif
#ifndef TA_FLAGS
#error "user_ta_header_defines.h does not define TA_FLAGS"
#endif
#ifndef TA_STACK_SIZE
#error "user_ta_header_defines.h does not define TA_STACK_SIZE"
#endif
#ifndef TA_DATA_SIZE
#error "user_ta_header_defines.h does not define TA_DATA_SIZE"
#endif

/* What the library itself needs of the stack. */
#define TA_FRAMEWORK_STACK 2048

int trace_level = TRACE_LEVEL;
const char trace_ext_prefix[] = "TA";

const struct ta_head ta_head __section(".ta_head") __used = {
	.uuid = TA_UUID,
	.stack_size = TA_STACK_SIZE + TA_FRAMEWORK_STACK,
	.flags = TA_FLAGS,
	.depr_entry = UINT64_MAX,
};

_Static_assert(((TA_STACK_SIZE) + TA_FRAMEWORK_STACK) % 16 == 0, "TA_STACK_SIZE: a multiple of 16");
_Static_assert(((TA_FLAGS) & ~TA_FLAGS_MASK) == 0, "TA_FLAGS: a flag that is not known");

/* --- Memory ---------------------------------------------------------------------------------- */

#if TA_DATA_SIZE < MALLOC_INITIAL_POOL_MIN_SIZE
#error "TA_DATA_SIZE is smaller than MALLOC_INITIAL_POOL_MIN_SIZE"
#endif

uint8_t ta_heap[TA_DATA_SIZE] __aligned(16);
const size_t ta_heap_size = sizeof(ta_heap);

#if defined(TA_NO_SHARE_DATA_SIZE) && TA_NO_SHARE_DATA_SIZE > 0
#if TA_NO_SHARE_DATA_SIZE < MALLOC_INITIAL_POOL_MIN_SIZE
#error "TA_NO_SHARE_DATA_SIZE is smaller than MALLOC_INITIAL_POOL_MIN_SIZE"
#endif
uint8_t __ta_no_share_heap[TA_NO_SHARE_DATA_SIZE] __aligned(16);
const size_t __ta_no_share_heap_size = sizeof(__ta_no_share_heap);
#else
/* Too small to be a heap. */
uint8_t __ta_no_share_heap[1];
const size_t __ta_no_share_heap_size = 0;
#endif

/* --- Properties ------------------------------------------------------------------------------ */

#ifndef TA_VERSION
#define TA_VERSION "Undefined version"
#endif
#ifndef TA_DESCRIPTION
#define TA_DESCRIPTION "Undefined description"
#endif

#define FLAG(name) (((TA_FLAGS) & (name)) != 0)

const struct user_ta_property ta_props[] = {
	{ TA_PROP_STR_SINGLE_INSTANCE, USER_TA_PROP_TYPE_BOOL,
	  &(const bool){ FLAG(TA_FLAG_SINGLE_INSTANCE) } },
	{ TA_PROP_STR_MULTI_SESSION, USER_TA_PROP_TYPE_BOOL,
	  &(const bool){ FLAG(TA_FLAG_MULTI_SESSION) } },
	{ TA_PROP_STR_KEEP_ALIVE, USER_TA_PROP_TYPE_BOOL,
	  &(const bool){ FLAG(TA_FLAG_INSTANCE_KEEP_ALIVE) } },
	{ TA_PROP_STR_KEEP_CRASHED, USER_TA_PROP_TYPE_BOOL,
	  &(const bool){ FLAG(TA_FLAG_INSTANCE_KEEP_CRASHED) } },
	{ TA_PROP_STR_DATA_SIZE, USER_TA_PROP_TYPE_U32, &(const uint32_t){ TA_DATA_SIZE } },
	{ TA_PROP_STR_STACK_SIZE, USER_TA_PROP_TYPE_U32, &(const uint32_t){ TA_STACK_SIZE } },
	{ TA_PROP_STR_VERSION, USER_TA_PROP_TYPE_STRING, TA_VERSION },
	{ TA_PROP_STR_DESCRIPTION, USER_TA_PROP_TYPE_STRING, TA_DESCRIPTION },
	/* Little-endian. */
	{ TA_PROP_STR_ENDIAN, USER_TA_PROP_TYPE_U32, &(const uint32_t){ 0 } },
	{ TA_PROP_STR_DOES_NOT_CLOSE_HANDLE_ON_CORRUPT_OBJECT, USER_TA_PROP_TYPE_BOOL,
	  &(const bool){ FLAG(TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT) } },
#ifdef TA_CURRENT_TA_EXT_PROPERTIES
	TA_CURRENT_TA_EXT_PROPERTIES
#endif
};

const size_t ta_num_props = sizeof(ta_props) / sizeof(ta_props[0]);

/* --- Entry ----------------------------------------------------------------------------------- */

int tahead_get_trace_level(void)
{
	return TRACE_LEVEL;
}

/* The functions below this one check the stack against a value that nobody can guess. Its
 * lowest byte is 0: a string that runs over the end stops there. */
static __no_stack_protector void stack_guard_draw(void)
{
	static bool drawn;
	uintptr_t guard = 0;

	if (!drawn) {
		drawn = true;
		_utee_cryp_random_number_generate(&guard, sizeof(guard));
		__stack_chk_guard = guard & ~(uintptr_t)0xff;
	}
}

__no_stack_protector void __ta_entry_c(unsigned long func, unsigned long session,
				       struct utee_params *params, unsigned long command)
{
	stack_guard_draw();
	_utee_return(__utee_entry(func, session, params, command));
}
