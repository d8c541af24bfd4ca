/* sha256.h - SHA-256 by the CPU's own instructions, in the crypto library's place for that. */
#ifndef SECURE_CRYPTO_FIRMWARE_SHA256_H
#define SECURE_CRYPTO_FIRMWARE_SHA256_H

/* Once, at boot: does the CPU have them? Without them, or before, a digest takes some twenty times as many
 * instructions. */
void crypto_sha256_init(void);

#endif
