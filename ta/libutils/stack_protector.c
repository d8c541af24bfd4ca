/* stack_protector.c - what the compiler's checks of the stack refer to. */
#include <stdint.h>

#include <compiler.h>
#include <stack_protector.h>
#include <tee_internal_api.h>
#include <trace.h>

/* __ta_entry draws another one before the first function that uses it. */
uintptr_t __stack_chk_guard;

void __stack_chk_fail(void)
{
	EMSG_RAW("the stack was overwritten");
	TEE_Panic(TEE_ERROR_OVERFLOW);
}
