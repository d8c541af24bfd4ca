/* heap.h - the memory that the crypto library allocates from, where there is no C library. */
#ifndef SECURE_CRYPTO_FIRMWARE_HEAP_H
#define SECURE_CRYPTO_FIRMWARE_HEAP_H

/* Once, at boot, before the first use of crypto.h. */
void crypto_heap_init(void);

#endif
