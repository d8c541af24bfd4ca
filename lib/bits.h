/* bits.h - the few words that every file may need. */

#ifndef LIB_BITS_H
#define LIB_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The result says whether it worked: whoever calls has to look. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* The elements of an array; a pointer does not compile. */
#define array_size(array)                                                                          \
	(sizeof(array) / sizeof((array)[0]) +                                                      \
	 0 * sizeof(struct {                                                                       \
		 int not_a_pointer                                                                 \
		     : __builtin_types_compatible_p(__typeof__(array), __typeof__(&(array)[0]))    \
		       ? -1                                                                        \
		       : 1;                                                                        \
	 }))

/* The structure of `type` whose `member` is at `pointer`. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* `alignment` is a power of two, here and below. */
static inline bool is_aligned(uint64_t value, uint64_t alignment)
{
	return (value & (alignment - 1)) == 0;
}

static inline uint64_t align_down(uint64_t value, uint64_t alignment)
{
	return value & ~(alignment - 1);
}

/* False, and `*aligned` unchanged, when the next multiple is beyond 64 bits. */
MUST_CHECK static inline bool align_up(uint64_t value, uint64_t alignment, uint64_t *aligned)
{
	uint64_t sum;

	if (__builtin_add_overflow(value, alignment - 1, &sum)) {
		return false;
	}
	*aligned = align_down(sum, alignment);
	return true;
}

/* Does [offset, offset + size) lie within [0, limit)? An empty range may begin at `limit`. */
MUST_CHECK static inline bool range_within(uint64_t offset, uint64_t size, uint64_t limit)
{
	return offset <= limit && size <= limit - offset;
}

#endif
