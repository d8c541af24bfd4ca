#include "lib/bytes.h"

#include <string.h>

bool bytes_equal_secret(const void *a, const void *b, size_t size)
{
	const uint8_t *left = a;
	const uint8_t *right = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < size; i++) {
		difference |= left[i] ^ right[i];
		/* The compiler may not know the value, or it could stop at the first difference. */
		__asm__ volatile("" : "+r"(difference));
	}
	return difference == 0;
}

void bytes_wipe(void *bytes, size_t size)
{
	if (size == 0) {
		return;
	}
	memset(bytes, 0, size);
	/* Somebody might read the memory here, as far as the compiler knows. */
	__asm__ volatile("" : : "r"(bytes) : "memory");
}

bool bytes_are_zero(const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < size; i++) {
		if (byte[i] != 0) {
			return false;
		}
	}
	return true;
}

void bytes_to_hex(const void *bytes, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[byte[i] >> 4];
		text[2 * i + 1] = digits[byte[i] & 0xF];
	}
	text[2 * size] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return -1;
}

bool bytes_from_hex(const char *text, void *bytes, size_t size)
{
	uint8_t *byte = bytes;

	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(text[2 * i]);
		/* A text that ended at `high` has no second digit to look at. */
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0) {
			memset(bytes, 0, size);
			return false;
		}
		byte[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static uint64_t load_le(const uint8_t *from, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++) {
		value |= (uint64_t)from[i] << (8 * i);
	}
	return value;
}

static uint64_t load_be(const uint8_t *from, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++) {
		value = value << 8 | from[i];
	}
	return value;
}

static void store_le(uint8_t *to, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++) {
		to[i] = (uint8_t)(value >> (8 * i));
	}
}

static void store_be(uint8_t *to, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++) {
		to[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
	}
}

uint16_t load_le16(const void *from)
{
	return (uint16_t)load_le(from, 2);
}

uint32_t load_le32(const void *from)
{
	return (uint32_t)load_le(from, 4);
}

uint64_t load_le64(const void *from)
{
	return load_le(from, 8);
}

uint16_t load_be16(const void *from)
{
	return (uint16_t)load_be(from, 2);
}

uint32_t load_be32(const void *from)
{
	return (uint32_t)load_be(from, 4);
}

uint64_t load_be64(const void *from)
{
	return load_be(from, 8);
}

void store_le16(void *to, uint16_t value)
{
	store_le(to, value, 2);
}

void store_le32(void *to, uint32_t value)
{
	store_le(to, value, 4);
}

void store_le64(void *to, uint64_t value)
{
	store_le(to, value, 8);
}

void store_be16(void *to, uint16_t value)
{
	store_be(to, value, 2);
}

void store_be32(void *to, uint32_t value)
{
	store_be(to, value, 4);
}

void store_be64(void *to, uint64_t value)
{
	store_be(to, value, 8);
}
