/* mbedtls_pk_3.c - mbedTLS 3. */
#include "normal/tools/mbedtls_pk.h"

int pk_load_private(mbedtls_pk_context *pk, const char *path)
{
	return mbedtls_pk_parse_keyfile(pk, path, NULL, pk_random, NULL);
}

int pk_sign_pkcs1(mbedtls_pk_context *pk, mbedtls_md_type_t hash, const uint8_t *digest,
		  size_t digest_size, uint8_t *signature, size_t room, size_t *size)
{
	return mbedtls_pk_sign(pk, hash, digest, digest_size, signature, room, size, pk_random,
			       NULL);
}
