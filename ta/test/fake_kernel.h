/* fake_kernel.h - the secure kernel as a test wants it, behind the kit's system calls; and a
 * TA.
 *
 * Reset before each test. A system call that no handler was set for fails the test, except LOG,
 * which is kept, and CHECK_ACCESS_RIGHTS, which is granted. */
#ifndef TA_TEST_FAKE_KERNEL_H
#define TA_TEST_FAKE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"

typedef uint32_t (*fake_syscall)(const uint64_t args[SYSCALL_ARGS_MAX]);

void fake_kernel_reset(void);
/* NULL: not expected. */
void fake_kernel_set(enum syscall_number number, fake_syscall handler);
/* Always answer so, and do nothing. */
void fake_kernel_answer(enum syscall_number number, uint32_t result);

/* How often it was called, and the last arguments. */
unsigned int fake_kernel_calls(enum syscall_number number);
const uint64_t *fake_kernel_args(enum syscall_number number);

/* All that was logged. */
const char *fake_kernel_log(void);

/* A handler for CHECK_ACCESS_RIGHTS: refuses. */
uint32_t fake_kernel_deny(const uint64_t args[SYSCALL_ARGS_MAX]);

/* Memory that an argument points to. */
void *fake_kernel_pointer(uint64_t argument);

/* Run `body`, which must panic. Returns the code; fails the test if it does not panic. */
uint32_t fake_kernel_panic_of(void (*body)(void));

#endif
