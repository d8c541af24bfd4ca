/* util.h - arithmetic that everyone needs. */
#ifndef UTIL_H
#define UTIL_H

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>

#include <compiler.h>

#define SIZE_4K UINTPTR_C(0x1000)
#define SIZE_1M UINTPTR_C(0x100000)
#define SIZE_2M UINTPTR_C(0x200000)
#define SIZE_4M UINTPTR_C(0x400000)
#define SIZE_8M UINTPTR_C(0x800000)
#define SIZE_2G UINTPTR_C(0x80000000)

#ifndef UINTPTR_C
#define UINTPTR_C(v) UL(v)
#endif

/* Each argument is evaluated once, and both have the same type. */
#ifndef MAX
#define MAX(a, b)                                                                                  \
	(__extension__({                                                                           \
		__typeof__(a) _max_a = (a);                                                        \
		__typeof__(b) _max_b = (b);                                                        \
		(void)(&_max_a == &_max_b);                                                        \
		_max_a > _max_b ? _max_a : _max_b;                                                 \
	}))
#define MIN(a, b)                                                                                  \
	(__extension__({                                                                           \
		__typeof__(a) _min_a = (a);                                                        \
		__typeof__(b) _min_b = (b);                                                        \
		(void)(&_min_a == &_min_b);                                                        \
		_min_a < _min_b ? _min_a : _min_b;                                                 \
	}))
#endif

/* For constant expressions: arguments are evaluated twice. */
#define MAX_UNSAFE(a, b) ((a) > (b) ? (a) : (b))
#define MIN_UNSAFE(a, b) ((a) < (b) ? (a) : (b))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* ROUNDUP2, ROUNDDOWN2 and IS_ALIGNED want a power of two. */
#define ROUNDUP(v, size)    (((v) + ((__typeof__(v))(size)-1)) / (size) * (size))
#define ROUNDUP2(v, size)   (((v) + ((__typeof__(v))(size)-1)) & ~((__typeof__(v))(size)-1))
#define ROUNDDOWN(v, size)  ((v) / (size) * (size))
#define ROUNDDOWN2(v, size) ((v) & ~((__typeof__(v))(size)-1))

#define ROUNDUP_DIV(v, size)	 (((v) + ((__typeof__(v))(size)-1)) / (size))
#define ROUNDUP2_DIV(v, size)	 ROUNDUP_DIV(v, size)
#define DIV_ROUND_UP(v, size)	 ROUNDUP_DIV(v, size)
#define UDIV_ROUND_NEAREST(v, d) (((v) + (d) / 2) / (d))

/* True: *(result) does not hold the rounded value. */
#define ROUNDUP_OVERFLOW(v, size, result)                                                          \
	(__extension__({                                                                           \
		__typeof__(*(result)) _roundup_rest = 0;                                           \
		__typeof__(*(result)) _roundup_size = (size);                                      \
		__typeof__(v) _roundup_v = (v);                                                    \
		_roundup_rest = _roundup_v % _roundup_size;                                        \
		_roundup_rest = _roundup_rest == 0 ? 0 : _roundup_size - _roundup_rest;            \
		ADD_OVERFLOW(_roundup_v, _roundup_rest, (result));                                 \
	}))
#define ROUNDUP2_OVERFLOW(v, size, result) ROUNDUP_OVERFLOW(v, size, result)

#define IS_POWER_OF_TWO(v)  ((v) != 0 && ((v) & ~(v) + 1) == (v))
#define IS_ALIGNED(v, size) (((v) & ((size)-1)) == 0)
#define IS_ALIGNED_WITH_TYPE(v, type)                                                              \
	(__extension__({ IS_ALIGNED((uintptr_t)(v), __alignof__(type)); }))

#define __TO_STR(v) #v
#define TO_STR(v)   __TO_STR(v)

#define __CONCAT_JOIN(a, b) a##b
#define CONCAT(a, b)	    __CONCAT_JOIN(a, b)

#define container_of(pointer, type, member)                                                        \
	((type *)((unsigned long)(pointer)-offsetof(type, member)))

#define MEMBER_SIZE(type, member) sizeof(((type *)0)->member)

#define BIT32(n) (UINT32_C(1) << (n))
#define BIT64(n) (UINT64_C(1) << (n))
#define BIT(n)	 BIT32(n)

#define SHIFT_U32(v, n) ((uint32_t)(v) << (n))
#define SHIFT_U64(v, n) ((uint64_t)(v) << (n))

/* Ones from bit `low` to bit `high`. */
#define GENMASK_32(high, low) ((UINT32_MAX << (low)) & (UINT32_MAX >> (31 - (high))))
#define GENMASK_64(high, low) ((UINT64_MAX << (low)) & (UINT64_MAX >> (63 - (high))))

/* True: it does not fit. */
#define ADD_OVERFLOW(a, b, result) __compiler_add_overflow((a), (b), (result))
#define SUB_OVERFLOW(a, b, result) __compiler_sub_overflow((a), (b), (result))
#define MUL_OVERFLOW(a, b, result) __compiler_mul_overflow((a), (b), (result))

/* -1, 0 or 1. */
#define CMP_TRILEAN(a, b)                                                                          \
	(__extension__({                                                                           \
		__typeof__(a) _trilean_a = (a);                                                    \
		__typeof__(b) _trilean_b = (b);                                                    \
		(_trilean_a > _trilean_b) - (_trilean_a < _trilean_b);                             \
	}))

static inline uint64_t reg_pair_to_64(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static inline uint32_t high32_from_64(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static inline uint32_t low32_from_64(uint64_t value)
{
	return (uint32_t)value;
}

static inline void reg_pair_from_64(uint64_t value, uint32_t *high, uint32_t *low)
{
	*high = high32_from_64(value);
	*low = low32_from_64(value);
}

/* A field is named by a mask of ones next to one another, not 0. */
static inline uint32_t get_field_u32(uint32_t word, uint32_t mask)
{
	return (word & mask) / (mask & ~(mask - 1));
}

static inline uint32_t set_field_u32(uint32_t word, uint32_t mask, uint32_t value)
{
	return (word & ~mask) | (value * (mask & ~(mask - 1)) & mask);
}

static inline uint64_t get_field_u64(uint64_t word, uint64_t mask)
{
	return (word & mask) / (mask & ~(mask - 1));
}

static inline uint64_t set_field_u64(uint64_t word, uint64_t mask, uint64_t value)
{
	return (word & ~mask) | (value * (mask & ~(mask - 1)) & mask);
}

/* Ascending. */
void qsort_int(int *items, size_t count);
void qsort_uint(unsigned int *items, size_t count);
void qsort_long(long int *items, size_t count);
void qsort_ul(unsigned long int *items, size_t count);
void qsort_ll(long long int *items, size_t count);
void qsort_ull(unsigned long long int *items, size_t count);
void qsort_s8(int8_t *items, size_t count);
void qsort_u8(uint8_t *items, size_t count);
void qsort_s16(int16_t *items, size_t count);
void qsort_u16(uint16_t *items, size_t count);
void qsort_s32(int32_t *items, size_t count);
void qsort_u32(uint32_t *items, size_t count);
void qsort_s64(int64_t *items, size_t count);
void qsort_u64(uint64_t *items, size_t count);

#endif
