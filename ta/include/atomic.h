/* atomic.h */
#ifndef ATOMIC_H
#define ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include <compiler.h>

/* Return the new value. */
uint32_t atomic_inc32(volatile uint32_t *value);
uint32_t atomic_dec32(volatile uint32_t *value);

/* true: *p was *expected and is now `desired`. false: *expected is what *p was; it may also
 * fail for no reason. */
static inline bool atomic_cas_uint(unsigned int *p, unsigned int *expected, unsigned int desired)
{
	return __compiler_compare_and_swap(p, expected, desired);
}

static inline bool atomic_cas_u32(uint32_t *p, uint32_t *expected, uint32_t desired)
{
	return __compiler_compare_and_swap(p, expected, desired);
}

static inline int atomic_load_int(int *p)
{
	return __compiler_atomic_load(p);
}

static inline short int atomic_load_short(short int *p)
{
	return __compiler_atomic_load(p);
}

static inline unsigned int atomic_load_uint(unsigned int *p)
{
	return __compiler_atomic_load(p);
}

static inline uint32_t atomic_load_u32(const uint32_t *p)
{
	return __compiler_atomic_load(p);
}

static inline void atomic_store_int(int *p, int value)
{
	__compiler_atomic_store(p, value);
}

static inline void atomic_store_short(short int *p, short int value)
{
	__compiler_atomic_store(p, value);
}

static inline void atomic_store_uint(unsigned int *p, unsigned int value)
{
	__compiler_atomic_store(p, value);
}

static inline void atomic_store_u32(uint32_t *p, uint32_t value)
{
	__compiler_atomic_store(p, value);
}

#endif
