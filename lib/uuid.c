#include "lib/uuid.h"

#include <string.h>

#include "lib/bytes.h"

/* The groups of the text, in octets; a hyphen stands between two. */
static const uint8_t groups[] = { 4, 2, 2, 2, 6 };

TEE_UUID uuid_from_octets(const uint8_t octets[UUID_OCTETS])
{
	TEE_UUID uuid;

	uuid.timeLow = load_be32(octets);
	uuid.timeMid = load_be16(octets + 4);
	uuid.timeHiAndVersion = load_be16(octets + 6);
	memcpy(uuid.clockSeqAndNode, octets + 8, sizeof(uuid.clockSeqAndNode));
	return uuid;
}

void uuid_to_octets(const TEE_UUID *uuid, uint8_t octets[UUID_OCTETS])
{
	store_be32(octets, uuid->timeLow);
	store_be16(octets + 4, uuid->timeMid);
	store_be16(octets + 6, uuid->timeHiAndVersion);
	memcpy(octets + 8, uuid->clockSeqAndNode, sizeof(uuid->clockSeqAndNode));
}

void uuid_to_text(const TEE_UUID *uuid, char text[UUID_TEXT_SIZE])
{
	uint8_t octets[UUID_OCTETS];
	const uint8_t *octet = octets;

	uuid_to_octets(uuid, octets);
	for (size_t i = 0; i < array_size(groups); i++) {
		if (i != 0) {
			*text++ = '-';
		}
		bytes_to_hex(octet, groups[i], text);
		octet += groups[i];
		text += 2 * groups[i];
	}
}

static bool octets_from_text(const char *text, uint8_t octets[UUID_OCTETS])
{
	for (size_t i = 0; i < array_size(groups); i++) {
		if (i != 0 && *text++ != '-') {
			return false;
		}
		if (!bytes_from_hex(text, octets, groups[i])) {
			return false;
		}
		octets += groups[i];
		text += 2 * groups[i];
	}
	return *text == '\0';
}

bool uuid_from_text(const char *text, TEE_UUID *uuid)
{
	uint8_t octets[UUID_OCTETS];

	if (!octets_from_text(text, octets)) {
		*uuid = (TEE_UUID){ 0 };
		return false;
	}
	*uuid = uuid_from_octets(octets);
	return true;
}

bool uuid_equal(const TEE_UUID *a, const TEE_UUID *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool uuid_is_nil(const TEE_UUID *uuid)
{
	return bytes_are_zero(uuid, sizeof(*uuid));
}
