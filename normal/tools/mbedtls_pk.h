/* mbedtls_pk.h - two calls that mbedTLS 2.28 and 3 spell differently: mbedtls_pk_2.c,
 * mbedtls_pk_3.c. */
#ifndef NORMAL_TOOLS_MBEDTLS_PK_H
#define NORMAL_TOOLS_MBEDTLS_PK_H

#include <stddef.h>
#include <stdint.h>

#include <mbedtls/pk.h>

/* What the library calls for random bytes; returns 0. */
int pk_random(void *unused, unsigned char *bytes, size_t size);

/* 0, or an error of the library. */
int pk_load_private(mbedtls_pk_context *pk, const char *path);
int pk_sign_pkcs1(mbedtls_pk_context *pk, mbedtls_md_type_t hash, const uint8_t *digest,
		  size_t digest_size, uint8_t *signature, size_t room, size_t *size);

#endif
