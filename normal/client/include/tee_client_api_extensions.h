/* tee_client_api_extensions.h - beyond GlobalPlatform's TEE Client API. */
#ifndef TEE_CLIENT_API_EXTENSIONS_H
#define TEE_CLIENT_API_EXTENSIONS_H

#include <tee_client_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Have the TEE use the memory behind `fd`: a dma-buf, which the kernel must know how to share, or
 * on a TEE without one a memfd sealed F_SEAL_SHRINK and F_SEAL_GROW, a whole number of pages.
 * `fd` stays the caller's and may be closed. `sharedMem->flags` says in which directions; `size`
 * is set to the memory's and `buffer` to NULL: the library does not map it.
 * TEEC_ERROR_BAD_PARAMETERS: it did not work. */
TEEC_Result TEEC_RegisterSharedMemoryFileDescriptor(TEEC_Context *context,
						    TEEC_SharedMemory *sharedMem, int fd);

#ifdef __cplusplus
}
#endif

#endif
