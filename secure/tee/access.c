#include "secure/tee/access.h"

#include <stdbool.h>

#include "abi/tee_api_defines_extensions.h"
#include "secure/core/port.h"
#include "secure/core/space.h"
#include "secure/tee/instance.h"

#define KNOWN_FLAGS                                                                                \
	(TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE | TEE_MEMORY_ACCESS_ANY_OWNER |          \
	 TEE_MEMORY_ACCESS_NONSECURE | TEE_MEMORY_ACCESS_SECURE)

static unsigned int port_access_of(uint64_t flags)
{
	unsigned int access = 0;

	if ((flags & TEE_MEMORY_ACCESS_READ) != 0) {
		access |= PORT_ACCESS_READ;
	}
	if ((flags & TEE_MEMORY_ACCESS_WRITE) != 0) {
		access |= PORT_ACCESS_WRITE;
	}
	return access;
}

/* A TA's own memory is secure, and what a client shares with it is not. No two regions of a space
 * touch unless both are the TA's own, so a range is all of one kind; and no memory is of both. */
static bool is_allowed(struct space *space, uint64_t flags, uint64_t address, uint64_t size)
{
	unsigned int access = port_access_of(flags);
	bool own = space_check(space, address, size, access, true) == TEE_SUCCESS;

	if ((flags & ~(uint64_t)KNOWN_FLAGS) != 0) {
		return false;
	}
	if ((flags & TEE_MEMORY_ACCESS_NONSECURE) != 0 && own) {
		return false;
	}
	if ((flags & TEE_MEMORY_ACCESS_SECURE) != 0 || (flags & TEE_MEMORY_ACCESS_ANY_OWNER) == 0) {
		return own;
	}
	return space_check(space, address, size, access, false) == TEE_SUCCESS;
}

TEE_Result access_sys_check(struct caller *caller, const uint64_t args[8])
{
	uint64_t size = args[2];

	if (size == 0 || is_allowed(caller->instance->space, args[0], args[1], size)) {
		return TEE_SUCCESS;
	}
	return TEE_ERROR_ACCESS_DENIED;
}
