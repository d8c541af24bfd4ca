#include <base64.h>

#include <stdint.h>
#include <string.h>

static const char base64_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_enc_len(size_t size)
{
	return (size + 2) / 3 * 4 + 1;
}

/* Four characters for 1 to 3 bytes. */
static void base64_put(const unsigned char *bytes, size_t size, char *text)
{
	uint32_t bits = (uint32_t)bytes[0] << 16;

	bits |= size > 1 ? (uint32_t)bytes[1] << 8 : 0;
	bits |= size > 2 ? bytes[2] : 0;
	text[0] = base64_alphabet[bits >> 18 & 0x3f];
	text[1] = base64_alphabet[bits >> 12 & 0x3f];
	text[2] = size > 1 ? base64_alphabet[bits >> 6 & 0x3f] : '=';
	text[3] = size > 2 ? base64_alphabet[bits & 0x3f] : '=';
}

bool base64_enc(const void *data, size_t size, char *text, size_t *length)
{
	const unsigned char *bytes = data;
	size_t need = base64_enc_len(size);
	bool fits = *length >= need;

	*length = need;
	if (!fits) {
		return false;
	}
	for (; size > 0; text += 4) {
		size_t take = size < 3 ? size : 3;

		base64_put(bytes, take, text);
		bytes += take;
		size -= take;
	}
	*text = '\0';
	return true;
}

bool base64_dec(const char *text, size_t size, void *data, size_t *length)
{
	unsigned char *bytes = data;
	size_t room = *length;
	size_t count = 0;
	uint32_t bits = 0;
	unsigned int have = 0;
	const char *digit;

	for (size_t i = 0; i < size && text[i] != '\0' && text[i] != '='; i++) {
		digit = strchr(base64_alphabet, text[i]);
		if (digit == NULL) {
			continue;
		}
		bits = bits << 6 | (uint32_t)(digit - base64_alphabet);
		have += 6;
		if (have < 8) {
			continue;
		}
		have -= 8;
		if (count < room) {
			bytes[count] = (unsigned char)(bits >> have);
		}
		count++;
	}
	*length = count;
	return count <= room;
}
