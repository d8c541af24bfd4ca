#include "ta/libutee/api.h"

#include <utee_syscalls.h>

#include "ta/libutee/access.h"

void TEE_Panic(TEE_Result panicCode)
{
	_utee_panic(panicCode);
}

void utee_panic(const char *function, const char *why, TEE_Result code)
{
	EMSG_RAW("%s: %s: panic 0x%x", function, why, (unsigned int)code);
	TEE_Panic(code);
}

void utee_check(const char *function, const char *name, enum api_use use, const void *pointer,
		size_t size)
{
	if (!utee_access_allowed((uint32_t)use, pointer, size)) {
		EMSG_RAW("%s: '%s' is no memory for this", function, name);
		TEE_Panic(0);
	}
}

TEE_Result utee_result(const char *function, TEE_Result res, const TEE_Result *allowed,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (res == allowed[i]) {
			return res;
		}
	}
	utee_panic(function, "the TEE refused", res);
}
