/* compiler.h - short names for what gcc and clang can be told about code. */
#ifndef COMPILER_H
#define COMPILER_H

#ifndef __has_attribute
#define __has_attribute(x) 0
#endif

#define __GCC_VERSION (__GNUC__ * 10000 + __GNUC_MINOR__ * 100 + __GNUC_PATCHLEVEL__)

#define __deprecated   __attribute__((deprecated))
#define __packed       __attribute__((packed))
#define __weak	       __attribute__((weak))
#define __alias(x)     __attribute__((alias(x)))
#define __noreturn     __attribute__((noreturn))
#define __pure	       __attribute__((pure))
#define __attr_const   __attribute__((const))
#define __aligned(x)   __attribute__((aligned(x)))
#define __printf(a, b) __attribute__((format(__printf__, a, b)))
#define __noinline     __attribute__((noinline))
#define __unused       __attribute__((unused))
#define __maybe_unused __attribute__((unused))
#define __used	       __attribute__((used))
#define __must_check   __attribute__((warn_unused_result))
#define __cold	       __attribute__((cold))
#define __section(x)   __attribute__((section(x)))
#define __data	       __section(".data")
#define __bss	       __section(".bss")
#define __rodata       __section(".rodata")
#define __noprof       __attribute__((no_instrument_function))
#define __no_asan      __attribute__((no_sanitize_address))
/* Nothing of ours has stack checks beyond the protector's. */
#define __nostackcheck

#if __has_attribute(no_stack_protector)
#define __no_stack_protector __attribute__((no_stack_protector))
#else
#define __no_stack_protector __attribute__((optimize("no-stack-protector")))
#endif
#define __no_stackprot __no_stack_protector

/* The body of memcpy() must not become a call of memcpy(). */
#ifdef __clang__
#define __inhibit_loop_to_libcall __attribute__((no_builtin))
#else
#define __inhibit_loop_to_libcall __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

#if __has_attribute(fallthrough)
#define fallthrough __attribute__((fallthrough))
#else
#define fallthrough                                                                                \
	do {                                                                                       \
	} while (0)
#endif

#define __compiler_bswap16(x) __builtin_bswap16(x)
#define __compiler_bswap32(x) __builtin_bswap32(x)
#define __compiler_bswap64(x) __builtin_bswap64(x)

/* True: the result does not fit. */
#define __compiler_add_overflow(a, b, result) __builtin_add_overflow(a, b, result)
#define __compiler_sub_overflow(a, b, result) __builtin_sub_overflow(a, b, result)
#define __compiler_mul_overflow(a, b, result) __builtin_mul_overflow(a, b, result)

#define __compiler_compare_and_swap(p, old, new)                                                   \
	__atomic_compare_exchange_n((p), (old), (new), 1, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define __compiler_atomic_load(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define __compiler_atomic_store(p, val) __atomic_store_n((p), (val), __ATOMIC_RELAXED)

#define barrier() __asm__ volatile("" : : : "memory")

#endif
