#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "normal/tools/symbolize.h"

#define WORDS_TA      "TA "
#define WORDS_ADDRESS "load address + "

/* The text after `words` in `text`, NULL when it has none. */
static const char *after(const char *text, const char *words)
{
	const char *found = strstr(text, words);

	return found == NULL ? NULL : found + strlen(words);
}

static bool parse_uuid(const char *text, char uuid[UUID_TEXT_SIZE])
{
	TEE_UUID parsed;

	if (strlen(text) < UUID_TEXT_SIZE || text[UUID_TEXT_SIZE - 1] != ':') {
		return false;
	}
	memcpy(uuid, text, UUID_TEXT_SIZE - 1);
	uuid[UUID_TEXT_SIZE - 1] = '\0';
	return uuid_from_text(uuid, &parsed);
}

static bool parse_offset(const char *text, uint64_t *offset)
{
	char *end;

	if (strncmp(text, "0x", 2) != 0) {
		return false;
	}
	errno = 0;
	*offset = strtoull(text, &end, 16);
	return errno == 0 && end > text + 2;
}

bool symbolize_parse(const char *line, struct symbolize_place *place)
{
	const char *uuid = after(line, WORDS_TA);
	const char *offset;

	if (uuid == NULL || !parse_uuid(uuid, place->uuid)) {
		return false;
	}
	offset = after(uuid, WORDS_ADDRESS);
	if (offset == NULL || !parse_offset(offset, &place->offset)) {
		return false;
	}
	/* A call may be the last instruction of its function: that one's name is wanted. */
	if (strstr(uuid, ": #") != NULL && place->offset > 0) {
		place->offset--;
	}
	return true;
}
