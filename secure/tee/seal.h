/* seal.h - a persistent object as it lies in a file of the normal world: sealed with keys that only
 * this device has, different for each TA and each object.
 *
 *   header   in the clear, and authenticated
 *   body     AES-256-GCM: what the object is called and may be used for, then its data
 *
 * The file's name is a MAC of the object's id, so that it says nothing; the key is derived from the
 * name, so that a file does not open under another. Nothing keeps the normal world from bringing
 * back a whole file that was replaced: a later design does. Nothing here does RPC or sleeps. */
#ifndef SECURE_TEE_SEAL_H
#define SECURE_TEE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/core/port.h"
#include "secure/crypto/crypto.h"

#define SEAL_MAGIC     0x4c414553u /* "SEAL" */
#define SEAL_VERSION   1u
#define SEAL_NAME_SIZE 32u

struct seal_header {
	uint32_t magic;
	uint32_t version;
	uint64_t body_size;
	uint8_t nonce[CRYPTO_GCM_NONCE_SIZE];
	uint32_t reserved;
	uint8_t tag[CRYPTO_GCM_TAG_SIZE];
};

static_assert(sizeof(struct seal_header) == 48, "header");
static_assert(offsetof(struct seal_header, tag) == 32, "all before the tag is authenticated");

struct seal_id {
	uint32_t size;
	uint8_t bytes[TEE_OBJECT_ID_MAX_LEN];
};

struct seal_body {
	uint32_t type;	/* TEE_TYPE_* */
	uint32_t usage; /* TEE_USAGE_* */
	struct seal_id id;
	uint32_t reserved;
};

static_assert(sizeof(struct seal_body) == 80, "body");

struct seal_name {
	uint8_t bytes[SEAL_NAME_SIZE];
};

/* An object in secure memory, laid out as in the file but in the clear. `size` bytes in all. */
struct seal_content {
	struct port_pages *pages;
	size_t size;
};

#define SEAL_OVERHEAD (sizeof(struct seal_header) + sizeof(struct seal_body))

bool seal_id_equal(const struct seal_id *a, const struct seal_id *b);

/* The name of the file of object `id` of TA `uuid`. */
void seal_name(const TEE_UUID *uuid, const struct seal_id *id, struct seal_name *name);

/* Room for a file of `size` bytes, all zero. false: no memory. Give back with
 * seal_content_free(), which wipes it. */
MUST_CHECK bool seal_content_create(struct seal_content *content, size_t size);
void seal_content_free(struct seal_content *content);

struct seal_body *seal_content_body(const struct seal_content *content);
uint8_t *seal_content_data(const struct seal_content *content);
size_t seal_content_data_size(const struct seal_content *content);

/* Seal into `sealed`, of content->size bytes. false: the crypto library has no memory. */
MUST_CHECK bool seal_close(const TEE_UUID *uuid, const struct seal_content *content,
			   uint8_t *sealed);

/* How large the file has to be that begins with this header; 0: it is not one of ours, or its data
 * would be more than `data_size_max`. Not yet authenticated. */
MUST_CHECK size_t seal_file_size(const struct seal_header *header, size_t data_size_max);

/* Open the file that `content` holds, in place. false: it is not what we sealed under this name,
 * and holds nothing useful. */
MUST_CHECK bool seal_open(const TEE_UUID *uuid, const struct seal_name *name,
			  const struct seal_content *content);

#endif
