/* mbedtls_pk_2.c - mbedTLS 2.28. */
#include "normal/tools/mbedtls_pk.h"

int pk_load_private(mbedtls_pk_context *pk, const char *path)
{
	return mbedtls_pk_parse_keyfile(pk, path, NULL);
}

int pk_sign_pkcs1(mbedtls_pk_context *pk, mbedtls_md_type_t hash, const uint8_t *digest,
		  size_t digest_size, uint8_t *signature, size_t room, size_t *size)
{
	if (mbedtls_pk_get_len(pk) > room) {
		return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
	}
	return mbedtls_pk_sign(pk, hash, digest, digest_size, signature, size, pk_random, NULL);
}
