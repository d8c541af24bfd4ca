/* access.h - whose memory is it? */
#ifndef TA_LIBUTEE_ACCESS_H
#define TA_LIBUTEE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tee_internal_api.h>

/* The call that the TA serves: its parameters as they came, and where its stack begins. Kept
 * from one to the next, so that what a TA does to its `params` does not matter. */
void utee_access_begin(uint32_t types, const TEE_Param params[TEE_NUM_PARAMS],
		       const void *stack_top);
void utee_access_end(void);

/* May the TA use [buffer, buffer + size) so (TEE_MEMORY_ACCESS_READ, WRITE, ANY_OWNER)? As
 * TEE_CheckMemoryAccessRights(), but does not trouble the kernel about the TA's own stack and
 * data. */
bool utee_access_allowed(uint32_t flags, const void *buffer, size_t size);

/* Panics when a memref that goes to another TA lies in memory of our own caller and asks for
 * more than the caller granted, or lies in the heap that is not to be shared. */
void utee_access_check_forward(const char *function, uint32_t types, const TEE_Param *params);

#endif
