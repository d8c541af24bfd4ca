/* cursor.h - read a message from front to back, and ask once whether it was well formed.
 *
 * A cursor remembers the first mistake: after it every read gives 0 or NULL and consumes nothing,
 * so that a parser reads like the message and tests once, at the end. What is read must not
 * change meanwhile: a message from another world is copied first. Numbers are little-endian and
 * need no alignment. */

#ifndef LIB_CURSOR_H
#define LIB_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"

struct cursor {
	const uint8_t *next;
	size_t left;
	bool failed;
};

/* Read the `size` bytes at `bytes`, which stay the caller's; NULL with a size of 0. */
struct cursor cursor_over(const void *bytes, size_t size);

uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_u16(struct cursor *cursor);
uint32_t cursor_u32(struct cursor *cursor);
uint64_t cursor_u64(struct cursor *cursor);

/* The next `size` bytes, in place. NULL when there are fewer. Of 0 bytes the pointer may be NULL
 * too: ask cursor_failed() and not the pointer. */
const uint8_t *cursor_bytes(struct cursor *cursor, size_t size);

/* Copy the next `size` bytes; all zero when there are fewer. */
void cursor_copy(struct cursor *cursor, void *to, size_t size);

/* A UUID written as 16 octets of RFC 4122; the nil UUID when there are fewer. */
TEE_UUID cursor_uuid_octets(struct cursor *cursor);

/* The bytes that were not read yet; 0 after a mistake. */
size_t cursor_left(const struct cursor *cursor);

/* Was there a mistake so far? */
MUST_CHECK bool cursor_failed(const struct cursor *cursor);

/* No mistake, and nothing left over. */
MUST_CHECK bool cursor_finished(const struct cursor *cursor);

#endif
