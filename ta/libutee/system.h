/* system.h - the library's own sessions with pseudo-TAs. */
#ifndef TA_LIBUTEE_SYSTEM_H
#define TA_LIBUTEE_SYSTEM_H

#include <stdint.h>

#include <tee_internal_api.h>

/* A session that is opened when it is first used, and stays for as long as the TA. */
struct utee_service {
	const TEE_UUID uuid;
	TEE_TASessionHandle session;
};

/* Invoke `command`. What opening says when that fails, which is tried again the next time. */
TEE_Result utee_service_call(struct utee_service *service, uint32_t command, uint32_t types,
			     TEE_Param params[TEE_NUM_PARAMS]);

#endif
