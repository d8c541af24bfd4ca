/* uuid.h - a UUID as a structure, as octets and as text.
 *
 * In memory (TEE_UUID) the first three fields are numbers of the machine; in octets (RFC 4122) they
 * are big-endian. Which of the two a place wants is said in abi/. */

#ifndef LIB_UUID_H
#define LIB_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"

#define UUID_OCTETS    16
/* 36 characters and a NUL. */
#define UUID_TEXT_SIZE 37

TEE_UUID uuid_from_octets(const uint8_t octets[UUID_OCTETS]);
void uuid_to_octets(const TEE_UUID *uuid, uint8_t octets[UUID_OCTETS]);

/* Lower case, as in "8aaaf200-2450-11e4-abe2-0002a5d5c51b". */
void uuid_to_text(const TEE_UUID *uuid, char text[UUID_TEXT_SIZE]);

/* Exactly 36 characters, digits of either case, and then the end. False: `*uuid` is nil. */
MUST_CHECK bool uuid_from_text(const char *text, TEE_UUID *uuid);

MUST_CHECK bool uuid_equal(const TEE_UUID *a, const TEE_UUID *b);

/* Is it all zero? */
MUST_CHECK bool uuid_is_nil(const TEE_UUID *uuid);

#endif
