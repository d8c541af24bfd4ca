/* assert.c - what happens when the program is wrong. */
#include <assert.h>
#include <stdint.h>

#include <compiler.h>
#include <tee_internal_api.h>
#include <trace.h>

void _assert_log(const char *expression, const char *file, int line, const char *function)
{
	trace_printf(function, line, TRACE_ERROR, true, "assertion '%s' failed at %s:%d",
		     expression, file, line);
}

void _assert_break(void)
{
	TEE_Panic(TEE_ERROR_GENERIC);
}
