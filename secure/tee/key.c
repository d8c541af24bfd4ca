#include "secure/tee/key.h"

#include <string.h>

#include "lib/bytes.h"
#include "secure/core/port.h"
#include "secure/crypto/crypto.h"

static_assert(KEY_SIZE == CRYPTO_SHA256_SIZE, "a key is one HMAC");

void key_wipe(struct secret_key *key)
{
	bytes_wipe(key, sizeof(*key));
}

void key_subkey(enum huk_subkey_usage usage, const void *data, size_t size, struct secret_key *key)
{
	uint8_t device[PORT_DEVICE_KEY_SIZE];
	uint8_t word[sizeof(uint32_t)];
	struct crypto_piece pieces[] = { { word, sizeof(word) }, { data, size } };

	store_le32(word, usage);
	port_device_key(device);
	crypto_hmac_sha256(device, sizeof(device), pieces, array_size(pieces), key->bytes);
	bytes_wipe(device, sizeof(device));
}

void key_storage(const TEE_UUID *uuid, struct secret_key *key)
{
	struct crypto_piece piece = { uuid, sizeof(*uuid) };
	struct secret_key storage;

	key_subkey(HUK_SUBKEY_SSK, NULL, 0, &storage);
	crypto_hmac_sha256(storage.bytes, sizeof(storage.bytes), &piece, 1, key->bytes);
	key_wipe(&storage);
}

void key_derive(const struct secret_key *parent, const char *label, const void *data, size_t size,
		struct secret_key *key)
{
	struct crypto_piece pieces[] = { { label, strlen(label) + 1 }, { data, size } };
	struct secret_key derived;

	crypto_hmac_sha256(parent->bytes, sizeof(parent->bytes), pieces, array_size(pieces),
			   derived.bytes);
	*key = derived;
	key_wipe(&derived);
}
