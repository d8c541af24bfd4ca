/* api.h - how every function of the API refuses: panics with a reason, checks of pointers, and
 * results that the specification does not list. */
#ifndef TA_LIBUTEE_API_H
#define TA_LIBUTEE_API_H

#include <stddef.h>
#include <stdint.h>

#include <compiler.h>
#include <tee_internal_api.h>

/* Log "function: why" and panic. */
void utee_panic(const char *function, const char *why, TEE_Result code) __noreturn;

/* What a pointer is for. */
enum api_use {
	/* A structure, a number, a name: the TA's own memory. */
	API_IN = TEE_MEMORY_ACCESS_READ,
	API_OUT = TEE_MEMORY_ACCESS_WRITE,
	API_INOUT = TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE,
	/* Data: anybody's. */
	API_IN_BUFFER = TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_ANY_OWNER,
	API_OUT_BUFFER = TEE_MEMORY_ACCESS_WRITE | TEE_MEMORY_ACCESS_ANY_OWNER,
};

/* Panics unless the `size` bytes at `pointer` may be used so. No bytes may be anywhere. */
void utee_check(const char *function, const char *name, enum api_use use, const void *pointer,
		size_t size);

#define API_CHECK(use, pointer, size) utee_check(__func__, #pointer, (use), (pointer), (size))

/* `res` if it is among `allowed`, else panics with it. */
TEE_Result utee_result(const char *function, TEE_Result res, const TEE_Result *allowed,
		       size_t count);

/* `res` if it is TEE_SUCCESS or one of the others. */
#define API_RESULT(res, ...)                                                                       \
	utee_result(__func__, (res), (const TEE_Result[]){ TEE_SUCCESS, __VA_ARGS__ },             \
		    sizeof((const TEE_Result[]){ TEE_SUCCESS, __VA_ARGS__ }) / sizeof(TEE_Result))

/* For functions that cannot fail. */
#define API_SUCCESS(res)                                                                           \
	((void)utee_result(__func__, (res), (const TEE_Result[]){ TEE_SUCCESS }, 1))

#endif
