/* bytes.h - bytes as numbers, as text and as secrets. */

#ifndef LIB_BYTES_H
#define LIB_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

/* Are the two the same? The time it takes says nothing of what they hold, only of `size`. */
MUST_CHECK bool bytes_equal_secret(const void *a, const void *b, size_t size);

/* Overwrite with zeros, even where nobody reads them any more. */
void bytes_wipe(void *bytes, size_t size);

/* True when every byte is 0; also when there is none. Not for secrets. */
MUST_CHECK bool bytes_are_zero(const void *bytes, size_t size);

/* Write 2 * size lower-case digits and a NUL. */
void bytes_to_hex(const void *bytes, size_t size, char *text);

/* Read exactly 2 * size digits of either case; what follows them in `text` is not looked at, and
 * `text` may end there without a NUL. False: a character is not a digit, and `bytes` is all
 * zero. */
MUST_CHECK bool bytes_from_hex(const char *text, void *bytes, size_t size);

/* Numbers in memory of any alignment: little-endian and big-endian. */
uint16_t load_le16(const void *from);
uint32_t load_le32(const void *from);
uint64_t load_le64(const void *from);
uint16_t load_be16(const void *from);
uint32_t load_be32(const void *from);
uint64_t load_be64(const void *from);

void store_le16(void *to, uint16_t value);
void store_le32(void *to, uint32_t value);
void store_le64(void *to, uint64_t value);
void store_be16(void *to, uint16_t value);
void store_be32(void *to, uint32_t value);
void store_be64(void *to, uint64_t value);

#endif
