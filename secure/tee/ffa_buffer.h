/* ffa_buffer.h - the normal world's two buffers, and the version that it speaks.
 *
 * It writes TX and reads RX, whenever it likes. RX is ours from the moment it is released until we
 * have written it. */
#ifndef SECURE_TEE_FFA_BUFFER_H
#define SECURE_TEE_FFA_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"
#include "secure/core/shm.h"

#define FFA_BUFFER_PAGES_MAX 16u

/* FFA_VERSION. The version that both speak from now on, or FFA_NOT_SUPPORTED: not ours at all, or
 * buffers are mapped and it is another than before. */
uint32_t ffa_version_agree(uint32_t version);
uint32_t ffa_version(void);

/* FFA_RXTX_MAP. FFA_INVALID_PARAMETERS: no or too many pages, unaligned, overlapping, not the normal
 * world's RAM. FFA_DENIED: there are buffers. FFA_NO_MEMORY. */
MUST_CHECK int32_t ffa_buffers_map(uint64_t tx, uint64_t rx, uint32_t pages);
/* FFA_INVALID_PARAMETERS: there are none. */
MUST_CHECK int32_t ffa_buffers_unmap(void);

/* TX, with one more user. NULL: there is none. */
MUST_CHECK struct shm *ffa_tx(void);

/* Write `size` bytes to RX, which the normal world owns then. FFA_BUSY: it does already, or there is
 * none. FFA_NO_MEMORY: they do not fit. */
MUST_CHECK int32_t ffa_rx_write(const void *data, size_t size);
/* FFA_DENIED: it is not the normal world's. */
MUST_CHECK int32_t ffa_rx_release(void);

void ffa_buffers_reset(void);

#endif
