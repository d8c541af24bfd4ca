#include "secure/port/host/runner/filter.h"

#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "secure/port/host/runner.h"
#include "secure/port/host/runner/arch.h"

#define INSTRUCTIONS_MAX 64

/* Low and high half of argument `n`. */
#define ARGUMENT_LOW(n)	 (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t))
#define ARGUMENT_HIGH(n) (ARGUMENT_LOW(n) + sizeof(uint32_t))

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low half comes first");

struct filter {
	struct sock_filter code[INSTRUCTIONS_MAX];
	unsigned short length;
};

static struct filter manager_code;
/* Named by manager_ARCH.S. */
struct sock_fprog manager_filter;

static void filter_add(struct filter *filter, unsigned short code, unsigned char yes,
		       unsigned char no, uint32_t k)
{
	filter->code[filter->length++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

static void filter_load(struct filter *filter, size_t offset)
{
	filter_add(filter, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void filter_return(struct filter *filter, uint32_t action)
{
	filter_add(filter, BPF_RET | BPF_K, 0, 0, action);
}

/* Go on only when what was loaded is `value`; otherwise `action`. */
static void filter_demand(struct filter *filter, uint32_t value, uint32_t action)
{
	filter_add(filter, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value);
	filter_return(filter, action);
}

static void filter_begin(struct filter *filter, uint32_t action)
{
	filter_load(filter, offsetof(struct seccomp_data, arch));
	filter_demand(filter, arch_audit(), action);
	filter_load(filter, offsetof(struct seccomp_data, nr));
}

/* With the number loaded. */
static void filter_allow(struct filter *filter, uint32_t number)
{
	filter_add(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number);
	filter_return(filter, SECCOMP_RET_ALLOW);
}

static struct sock_fprog filter_program(struct filter *filter)
{
	return (struct sock_fprog){ .len = filter->length, .filter = filter->code };
}

/* The lists come from the secure world: this is for the day when they do not. */
void filter_prepare_manager(void)
{
	static const uint32_t allowed[] = {
		SYS_recvmsg, SYS_sendto, SYS_mmap, SYS_munmap, SYS_close, SYS_exit_group,
	};
	struct filter *filter = &manager_code;

	filter_begin(filter, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		filter_allow(filter, allowed[i]);
	}
	filter_return(filter, SECCOMP_RET_KILL_PROCESS);
	manager_filter = filter_program(filter);
}

bool filter_enter_ta(const uint32_t *word)
{
	static struct filter ta_code;
	struct filter *filter = &ta_code;
	struct sock_fprog program;

	filter_begin(filter, SECCOMP_RET_TRAP);
	filter_allow(filter, SYS_exit_group);
	filter_demand(filter, SYS_futex, SECCOMP_RET_TRAP);
	filter_load(filter, ARGUMENT_LOW(0));
	filter_demand(filter, (uint32_t)(uintptr_t)word, SECCOMP_RET_TRAP);
	filter_load(filter, ARGUMENT_HIGH(0));
	filter_demand(filter, (uint32_t)((uintptr_t)word >> 32), SECCOMP_RET_TRAP);
	filter_load(filter, ARGUMENT_LOW(1));
	filter_allow(filter, FUTEX_WAIT);
	filter_allow(filter, FUTEX_WAKE);
	filter_return(filter, SECCOMP_RET_TRAP);
	program = filter_program(filter);
	return arch_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (uintptr_t)&program, 0, 0, 0) ==
	       0;
}
