#include "lib/cursor.h"

#include <string.h>

#include "lib/bytes.h"
#include "lib/uuid.h"

struct cursor cursor_over(const void *bytes, size_t size)
{
	return (struct cursor){ .next = bytes, .left = size, .failed = false };
}

const uint8_t *cursor_bytes(struct cursor *cursor, size_t size)
{
	const uint8_t *bytes = cursor->next;

	if (cursor->failed || size > cursor->left) {
		cursor->failed = true;
		cursor->left = 0;
		return NULL;
	}
	if (size != 0) {
		cursor->next += size;
		cursor->left -= size;
	}
	return bytes;
}

uint8_t cursor_u8(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_bytes(cursor, sizeof(uint8_t));

	return bytes == NULL ? 0 : bytes[0];
}

uint16_t cursor_u16(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_bytes(cursor, sizeof(uint16_t));

	return bytes == NULL ? 0 : load_le16(bytes);
}

uint32_t cursor_u32(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_bytes(cursor, sizeof(uint32_t));

	return bytes == NULL ? 0 : load_le32(bytes);
}

uint64_t cursor_u64(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_bytes(cursor, sizeof(uint64_t));

	return bytes == NULL ? 0 : load_le64(bytes);
}

void cursor_copy(struct cursor *cursor, void *to, size_t size)
{
	const uint8_t *bytes = cursor_bytes(cursor, size);

	if (size == 0) {
		return;
	}
	if (bytes == NULL) {
		memset(to, 0, size);
	} else {
		memcpy(to, bytes, size);
	}
}

TEE_UUID cursor_uuid_octets(struct cursor *cursor)
{
	uint8_t octets[UUID_OCTETS];

	cursor_copy(cursor, octets, sizeof(octets));
	return uuid_from_octets(octets);
}

size_t cursor_left(const struct cursor *cursor)
{
	return cursor->left;
}

bool cursor_failed(const struct cursor *cursor)
{
	return cursor->failed;
}

bool cursor_finished(const struct cursor *cursor)
{
	return !cursor->failed && cursor->left == 0;
}
