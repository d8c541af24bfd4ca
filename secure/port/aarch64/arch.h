/* arch.h - the instructions that C cannot say. */
#ifndef SECURE_PORT_AARCH64_ARCH_H
#define SECURE_PORT_AARCH64_ARCH_H

#include <stdint.h>

#define arch_read(name)                                                                            \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " name : "=r"(value_));                                  \
		value_;                                                                            \
	})
#define arch_write(name, value)                                                                    \
	__asm__ volatile("msr " name ", %0" ::"r"((uint64_t)(value)) : "memory")

/* Instructions after this see what registers say before it. */
static inline void arch_isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

/* Table walks after this see stores before it. */
static inline void arch_dsb_stores(void)
{
	__asm__ volatile("dsb ishst" ::: "memory");
}

/* All that was begun before, also at other CPUs, is done. */
static inline void arch_dsb(void)
{
	__asm__ volatile("dsb ish" ::: "memory");
}

/* Of an ID register. */
static inline unsigned int arch_field(uint64_t value, unsigned int low)
{
	return (unsigned int)(value >> low) & 0xF;
}

#endif
