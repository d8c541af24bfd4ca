/* key.h - keys that are derived from the device key.
 *
 * A key belongs to whoever asked for it, who wipes it on every path. */
#ifndef SECURE_TEE_KEY_H
#define SECURE_TEE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/storage.h"

#define KEY_SIZE 32u

struct secret_key {
	uint8_t bytes[KEY_SIZE];
};

void key_wipe(struct secret_key *key);

/* HMAC-SHA256 of the usage and `data` under the device key. The same device and input give the same
 * key, and another usage tells nothing of it. */
void key_subkey(enum huk_subkey_usage usage, const void *data, size_t size, struct secret_key *key);

/* The key of all that the TA `uuid` stores (TSK). */
void key_storage(const TEE_UUID *uuid, struct secret_key *key);

/* HMAC-SHA256 of `label` with its NUL, and then `data`, under `parent`. `key` may be `parent`. */
void key_derive(const struct secret_key *parent, const char *label, const void *data, size_t size,
		struct secret_key *key);

#endif
