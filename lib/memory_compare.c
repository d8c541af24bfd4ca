/* memory_compare.c - memcmp() for the firmware: eight bytes at a time, where the packaged C library goes
 * byte by byte. The functions that move bytes are in memory_aarch64.S. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a;
	const uint8_t *y = b;
	uint64_t left;
	uint64_t right;

	while (size >= sizeof(left)) {
		memcpy(&left, x, sizeof(left));
		memcpy(&right, y, sizeof(right));
		if (left != right) {
			break;
		}
		x += sizeof(left);
		y += sizeof(right);
		size -= sizeof(left);
	}
	for (; size > 0; size--, x++, y++) {
		if (*x != *y) {
			return *x < *y ? -1 : 1;
		}
	}
	return 0;
}
