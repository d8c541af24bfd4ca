/* mbedtls_config.h - mbedTLS as it goes into the firmware: what secure/crypto/mbedtls.c uses, and no
 * operating system below it. */
#ifndef SECURE_CRYPTO_FIRMWARE_MBEDTLS_CONFIG_H
#define SECURE_CRYPTO_FIRMWARE_MBEDTLS_CONFIG_H

#include <limits.h>

/* The allocator found that its memory was written over (heap.c). */
void crypto_heap_broken(int status);

/* The CPU's multiplication in the library's own assembly. */
#define MBEDTLS_HAVE_ASM

/* Memory comes from heap.c. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_PLATFORM_EXIT_MACRO crypto_heap_broken
#define MBEDTLS_NO_PLATFORM_ENTROPY

#define MBEDTLS_SHA256_C
/* By the CPU's instructions (sha256.c). */
#define MBEDTLS_SHA256_PROCESS_ALT
#define MBEDTLS_SHA512_C
#define MBEDTLS_MD_C
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_CIPHER_MODE_CBC
#define MBEDTLS_CIPHER_C
#define MBEDTLS_GCM_C
#define MBEDTLS_CTR_DRBG_C

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_MPI_MAX_SIZE 1024
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21

#endif
