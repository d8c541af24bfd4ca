#include "ta/test/fake_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ta/libutee/trap.h"

#define LOG_MAX 65536u

static struct {
	fake_syscall handler;
	bool answers;
	uint32_t answer;
	unsigned int calls;
	uint64_t args[SYSCALL_ARGS_MAX];
} table[SYSCALL_COUNT];

static char log_text[LOG_MAX];
static size_t log_size;

static jmp_buf panicked;
static bool may_panic;
static uint32_t panic_code;

void fake_kernel_reset(void)
{
	memset(table, 0, sizeof(table));
	log_size = 0;
	log_text[0] = '\0';
	may_panic = false;
}

void fake_kernel_set(enum syscall_number number, fake_syscall handler)
{
	table[number].handler = handler;
	table[number].answers = false;
}

void fake_kernel_answer(enum syscall_number number, uint32_t result)
{
	table[number].handler = NULL;
	table[number].answers = true;
	table[number].answer = result;
}

unsigned int fake_kernel_calls(enum syscall_number number)
{
	return table[number].calls;
}

const uint64_t *fake_kernel_args(enum syscall_number number)
{
	return table[number].args;
}

const char *fake_kernel_log(void)
{
	return log_text;
}

void *fake_kernel_pointer(uint64_t argument)
{
	return (void *)(uintptr_t)argument;
}

uint32_t fake_kernel_deny(const uint64_t args[SYSCALL_ARGS_MAX])
{
	return 0xFFFF0001;
}

static uint32_t serve_log(const uint64_t args[SYSCALL_ARGS_MAX])
{
	size_t size = args[1];

	assert_true(size < sizeof(log_text) - log_size);
	memcpy(log_text + log_size, fake_kernel_pointer(args[0]), size);
	log_size += size;
	log_text[log_size] = '\0';
	return 0;
}

static void serve_panic(const uint64_t args[SYSCALL_ARGS_MAX])
{
	if (!may_panic) {
		fail_msg("panic 0x%x: %s", (unsigned int)args[0], log_text);
	}
	panic_code = (uint32_t)args[0];
	longjmp(panicked, 1);
}

uint32_t utee_trap(uint64_t number, const uint64_t args[SYSCALL_ARGS_MAX])
{
	assert_in_range(number, 0, SYSCALL_COUNT - 1);
	table[number].calls++;
	memcpy(table[number].args, args, sizeof(table[number].args));
	if (table[number].handler != NULL) {
		return table[number].handler(args);
	}
	if (table[number].answers) {
		return table[number].answer;
	}
	switch (number) {
	case SYSCALL_LOG:
		return serve_log(args);
	case SYSCALL_PANIC:
		serve_panic(args);
		break;
	case SYSCALL_CHECK_ACCESS_RIGHTS:
		return 0;
	default:
		fail_msg("system call %u was not expected", (unsigned int)number);
	}
	return 0;
}

uint32_t fake_kernel_panic_of(void (*body)(void))
{
	may_panic = true;
	if (setjmp(panicked) == 0) {
		body();
		fail_msg("it did not panic");
	}
	may_panic = false;
	return panic_code;
}
