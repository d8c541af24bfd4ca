/* memory.c - moving and comparing bytes. */
#include <stdint.h>
#include <string.h>
#include <string_ext.h>
#include <strings.h>

#include <compiler.h>

/* 16 bytes that lie anywhere. */
struct memory_chunk {
	uint64_t words[2];
} __attribute__((packed, may_alias));

__inhibit_loop_to_libcall void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	while (size >= sizeof(struct memory_chunk)) {
		*(struct memory_chunk *)out = *(const struct memory_chunk *)in;
		out += sizeof(struct memory_chunk);
		in += sizeof(struct memory_chunk);
		size -= sizeof(struct memory_chunk);
	}
	while (size > 0) {
		*out++ = *in++;
		size--;
	}
	return to;
}

__inhibit_loop_to_libcall static void memory_copy_down(unsigned char *out, const unsigned char *in,
						       size_t size)
{
	struct memory_chunk chunk;

	while (size >= sizeof(chunk)) {
		size -= sizeof(chunk);
		chunk = *(const struct memory_chunk *)(in + size);
		*(struct memory_chunk *)(out + size) = chunk;
	}
	while (size > 0) {
		size--;
		out[size] = in[size];
	}
}

__inhibit_loop_to_libcall static void memory_copy_up(unsigned char *out, const unsigned char *in,
						     size_t size)
{
	struct memory_chunk chunk;

	while (size >= sizeof(chunk)) {
		chunk = *(const struct memory_chunk *)in;
		*(struct memory_chunk *)out = chunk;
		out += sizeof(chunk);
		in += sizeof(chunk);
		size -= sizeof(chunk);
	}
	while (size > 0) {
		*out++ = *in++;
		size--;
	}
}

void *memmove(void *to, const void *from, size_t size)
{
	/* One comparison: is `to` inside [from, from + size)? */
	if ((uintptr_t)to - (uintptr_t)from < size) {
		memory_copy_down(to, from, size);
	} else {
		memory_copy_up(to, from, size);
	}
	return to;
}

__inhibit_loop_to_libcall void *memset(void *to, int c, size_t size)
{
	unsigned char *out = to;
	uint64_t word = (unsigned char)c * UINT64_C(0x0101010101010101);

	while (size >= sizeof(struct memory_chunk)) {
		*(struct memory_chunk *)out = (struct memory_chunk){ { word, word } };
		out += sizeof(struct memory_chunk);
		size -= sizeof(struct memory_chunk);
	}
	while (size > 0) {
		*out++ = (unsigned char)c;
		size--;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *left = a;
	const unsigned char *right = b;

	for (size_t i = 0; i < size; i++) {
		if (left[i] != right[i]) {
			return left[i] - right[i];
		}
	}
	return 0;
}

int bcmp(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size);
}

void *memchr(const void *buffer, int c, size_t size)
{
	const unsigned char *bytes = buffer;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == (unsigned char)c) {
			return (void *)(uintptr_t)(bytes + i);
		}
	}
	return NULL;
}

int consttime_memcmp(const void *a, const void *b, size_t size)
{
	const volatile unsigned char *left = a;
	const volatile unsigned char *right = b;
	uint32_t result = 0;
	uint32_t difference;
	uint32_t mask;

	/* From the end, so that the first difference is what remains; the mask is all ones
	 * where the bytes differ. */
	for (size_t i = size; i > 0; i--) {
		difference = (uint32_t)left[i - 1] - (uint32_t)right[i - 1];
		mask = 0u - ((difference | (0u - difference)) >> 31);
		result = (result & ~mask) | (difference & mask);
	}
	return (int)result;
}

int buf_compare_ct(const void *a, const void *b, size_t size)
{
	return consttime_memcmp(a, b, size);
}

void memzero_explicit(void *to, size_t size)
{
	memset(to, 0, size);
	/* Whatever this is, it looks at the bytes. */
	__asm__ volatile("" : : "r"(to) : "memory");
}
