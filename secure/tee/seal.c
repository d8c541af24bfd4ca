#include "secure/tee/seal.h"

#include <string.h>

#include "lib/bytes.h"
#include "secure/core/check.h"
#include "secure/tee/key.h"

/* The format's version is part of the names: a file of another version is not found, rather than
 * found to be corrupt. */
#define SEAL_LABEL_NAME "postern object name 1"
#define SEAL_LABEL_BODY "postern object body 1"

static_assert(SEAL_NAME_SIZE == KEY_SIZE, "a name is one HMAC");

/* --- names and keys --- */

bool seal_id_equal(const struct seal_id *a, const struct seal_id *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

void seal_name(const TEE_UUID *uuid, const struct seal_id *id, struct seal_name *name)
{
	struct secret_key key;

	key_storage(uuid, &key);
	key_derive(&key, SEAL_LABEL_NAME, id->bytes, id->size, &key);
	memcpy(name->bytes, key.bytes, sizeof(name->bytes));
	key_wipe(&key);
}

static void body_key(const TEE_UUID *uuid, const struct seal_name *name, struct secret_key *key)
{
	key_storage(uuid, key);
	key_derive(key, SEAL_LABEL_BODY, name->bytes, sizeof(name->bytes), key);
}

/* --- contents --- */

bool seal_content_create(struct seal_content *content, size_t size)
{
	check(size >= SEAL_OVERHEAD);
	content->pages = port_pages_alloc((size + PORT_PAGE_SIZE - 1) / PORT_PAGE_SIZE);
	content->size = size;
	return content->pages != NULL;
}

void seal_content_free(struct seal_content *content)
{
	bytes_wipe(port_pages_address(content->pages), content->size);
	port_pages_free(content->pages);
	*content = (struct seal_content){ 0 };
}

static uint8_t *content_bytes(const struct seal_content *content)
{
	return port_pages_address(content->pages);
}

struct seal_body *seal_content_body(const struct seal_content *content)
{
	return (struct seal_body *)(content_bytes(content) + sizeof(struct seal_header));
}

uint8_t *seal_content_data(const struct seal_content *content)
{
	return content_bytes(content) + SEAL_OVERHEAD;
}

size_t seal_content_data_size(const struct seal_content *content)
{
	return content->size - SEAL_OVERHEAD;
}

/* --- sealing --- */

static size_t body_size(const struct seal_content *content)
{
	return content->size - sizeof(struct seal_header);
}

bool seal_close(const TEE_UUID *uuid, const struct seal_content *content, uint8_t *sealed)
{
	struct seal_header header = {
		.magic = SEAL_MAGIC,
		.version = SEAL_VERSION,
		.body_size = body_size(content),
	};
	struct secret_key key;
	struct seal_name name;
	bool closed;

	seal_name(uuid, &seal_content_body(content)->id, &name);
	body_key(uuid, &name, &key);
	crypto_random(header.nonce, sizeof(header.nonce));
	closed = crypto_gcm_seal(key.bytes, sizeof(key.bytes), header.nonce, &header,
				 offsetof(struct seal_header, tag), seal_content_body(content),
				 sealed + sizeof(header), body_size(content), header.tag);
	key_wipe(&key);
	memcpy(sealed, &header, sizeof(header));
	return closed;
}

size_t seal_file_size(const struct seal_header *header, size_t data_size_max)
{
	if (header->magic != SEAL_MAGIC || header->version != SEAL_VERSION ||
	    header->body_size < sizeof(struct seal_body) ||
	    header->body_size - sizeof(struct seal_body) > data_size_max) {
		return 0;
	}
	return sizeof(*header) + header->body_size;
}

/* What was authenticated came from us, unless it was written by an older program with a bug. */
static bool body_is_sound(const TEE_UUID *uuid, const struct seal_name *name,
			  const struct seal_body *body)
{
	struct seal_name expected;

	if (body->id.size > sizeof(body->id.bytes)) {
		return false;
	}
	seal_name(uuid, &body->id, &expected);
	return memcmp(&expected, name, sizeof(expected)) == 0;
}

bool seal_open(const TEE_UUID *uuid, const struct seal_name *name,
	       const struct seal_content *content)
{
	struct seal_body *body = seal_content_body(content);
	struct seal_header header;
	struct secret_key key;
	bool opened;

	memcpy(&header, content_bytes(content), sizeof(header));
	body_key(uuid, name, &key);
	opened = crypto_gcm_open(key.bytes, sizeof(key.bytes), header.nonce, &header,
				 offsetof(struct seal_header, tag), body, body, body_size(content),
				 header.tag);
	key_wipe(&key);
	return opened && body_is_sound(uuid, name, body);
}
