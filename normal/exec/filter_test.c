#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants those first. */
#include <cmocka.h>
#include <linux/seccomp.h>

#include "abi/device.h"
#include "normal/exec/filter.h"

#define HERE  0xC000003Eu
#define OTHER 0x40000003u
#define IOCTL 16

/* What the kernel does with a program, as far as ours go. */
static uint32_t run(const struct sock_filter *program, size_t count,
		    const struct seccomp_data *data)
{
	uint32_t accumulator = 0;
	size_t at;

	for (at = 0; at < count; at++) {
		const struct sock_filter *one = &program[at];

		switch (one->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(one->k <= sizeof(*data) - sizeof(accumulator));
			memcpy(&accumulator, (const char *)data + one->k, sizeof(accumulator));
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += accumulator == one->k ? one->jt : one->jf;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			accumulator &= one->k;
			break;
		case BPF_RET | BPF_K:
			return one->k;
		default:
			fail_msg("instruction %#x", one->code);
		}
	}
	fail_msg("it ran off its end");
	return 0;
}

struct filter {
	struct sock_filter program[FILTER_INSTRUCTIONS_MAX];
	size_t count;
};

static struct filter filter_of(size_t calls)
{
	struct filter_choice choice = { .architecture = HERE, .ioctl = IOCTL, .count = calls };
	struct filter filter;
	size_t i;

	for (i = 0; i < calls; i++) {
		choice.calls[i] = 100 + (int)i;
	}
	filter.count = filter_make(&choice, filter.program);
	assert_true(filter.count <= FILTER_INSTRUCTIONS_MAX);
	return filter;
}

static uint32_t answer(const struct filter *filter, uint32_t architecture, int number,
		       uint64_t second)
{
	const struct seccomp_data data = {
		.nr = number,
		.arch = architecture,
		.args = { 3, second },
	};

	return run(filter->program, filter->count, &data);
}

static void the_chosen_calls_are_told_and_no_other(void **state)
{
	struct filter filter = filter_of(FILTER_CALLS_MAX);
	int number;

	for (number = 0; number < 300; number++) {
		bool chosen = number >= 100 && number < 100 + (int)FILTER_CALLS_MAX;

		assert_int_equal(answer(&filter, HERE, number, 0),
				 chosen ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
	}
}

static void an_ioctl_is_told_by_its_type(void **state)
{
	struct filter filter = filter_of(3);

	assert_int_equal(answer(&filter, HERE, IOCTL, TEE_IOC_VERSION), SECCOMP_RET_USER_NOTIF);
	assert_int_equal(answer(&filter, HERE, IOCTL, TEE_IOC_SHM_REGISTER),
			 SECCOMP_RET_USER_NOTIF);
	/* The kernel looks at 32 bits. */
	assert_int_equal(answer(&filter, HERE, IOCTL, 1ull << 40 | TEE_IOC_VERSION),
			 SECCOMP_RET_USER_NOTIF);
	assert_int_equal(answer(&filter, HERE, IOCTL, 0x5401), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&filter, HERE, IOCTL, 0x800CA500), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&filter, HERE, IOCTL, 0), SECCOMP_RET_ALLOW);
}

static void calls_of_another_architecture_are_not_told(void **state)
{
	struct filter filter = filter_of(3);

	assert_int_equal(answer(&filter, OTHER, 100, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&filter, OTHER, IOCTL, TEE_IOC_VERSION), SECCOMP_RET_ALLOW);
}

static void without_calls_only_ioctls_are_told(void **state)
{
	struct filter filter = filter_of(0);

	assert_int_equal(answer(&filter, HERE, 100, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&filter, HERE, IOCTL, TEE_IOC_INVOKE), SECCOMP_RET_USER_NOTIF);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chosen_calls_are_told_and_no_other),
		cmocka_unit_test(an_ioctl_is_told_by_its_type),
		cmocka_unit_test(calls_of_another_architecture_are_not_told),
		cmocka_unit_test(without_calls_only_ioctls_are_told),
	};

	return cmocka_run_group_tests_name("exec/filter", tests, NULL, NULL);
}
