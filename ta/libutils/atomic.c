#include <atomic.h>

uint32_t atomic_inc32(volatile uint32_t *value)
{
	return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

uint32_t atomic_dec32(volatile uint32_t *value)
{
	return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST);
}
