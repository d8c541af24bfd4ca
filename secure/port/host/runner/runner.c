/* runner.c - the program that a TA's process executes (no C library).
 *
 * All of it but the manager is in the TA's hands once the TA runs: what it does is for the TA's
 * convenience, never for anybody's protection. What protects is the task's filter, the manager's
 * rules (manager_x86_64.S) and the care of the secure world with the trap page. */
#include "secure/port/host/runner.h"

#include <linux/futex.h>
#include <linux/prctl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "secure/port/host/runner/arch.h"
#include "secure/port/host/runner/filter.h"

#define SIGNAL_STACK_SIZE 65536
/* As the kernel counts: one bit for each of 64 signals. */
#define SIGNAL_SET_SIZE	  8
/* <signal.h> keeps it to itself. */
#define SIGNAL_RESTORER	  0x04000000ul

#define WAKE_ALL 0x7fffffff

/* The kernel's, which is not the C library's. */
struct signal_action {
	void (*handler)(int number, siginfo_t *info, void *context);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

void runner_main(void);

/* Replaced by the shared memory objects; named by the manager. */
static _Alignas(RUNNER_PAGE) union {
	struct runner_trap trap;
	uint8_t bytes[RUNNER_PAGE];
} runner_trap_page;
_Alignas(RUNNER_PAGE) uint8_t runner_control_pages[RUNNER_CONTROL_SIZE];

static uint8_t runner_signal_stack[SIGNAL_STACK_SIZE];

/* Where recvmsg() puts what arrives for the manager. */
static uint8_t manager_byte;
static _Alignas(struct cmsghdr) uint8_t manager_rights[RUNNER_RIGHTS_SIZE];
static struct iovec manager_data = { .iov_base = &manager_byte, .iov_len = 1 };
struct msghdr manager_header = {
	.msg_iov = &manager_data,
	.msg_iovlen = 1,
	.msg_control = manager_rights,
	.msg_controllen = sizeof(manager_rights),
};

static_assert(offsetof(struct msghdr, msg_controllen) == 40, "as manager_ARCH.S writes it");
static_assert(CMSG_SPACE(RUNNER_OBJECTS_MAX * sizeof(int)) == RUNNER_RIGHTS_SIZE, "they fit");

static _Noreturn void runner_end(void)
{
	for (;;) {
		arch_call(SYS_exit_group, 1, 0, 0, 0, 0, 0);
	}
}

static void runner_demand(bool condition)
{
	if (!condition) {
		runner_end();
	}
}

/* --- Traps ------------------------------------------------------------------------------------ */

static uint32_t trap(uint64_t number, const uint64_t args[8]);

static void trap_wait(const struct runner_trap *shared)
{
	while (__atomic_load_n(&shared->turn, __ATOMIC_SEQ_CST) != RUNNER_TURN_TA) {
		arch_call(SYS_futex, (uintptr_t)&shared->turn, FUTEX_WAIT, RUNNER_TURN_SECURE, 0, 0,
			  0);
	}
}

/* Give the CPU to the secure world until it gives it back. */
static void trap_switch(struct runner_trap *shared)
{
	__atomic_store_n(&shared->turn, RUNNER_TURN_SECURE, __ATOMIC_SEQ_CST);
	arch_call(SYS_futex, (uintptr_t)&shared->turn, FUTEX_WAKE, WAKE_ALL, 0, 0, 0);
	trap_wait(shared);
}

/* Do what the secure world gave the CPU for. */
static uint32_t trap_answer(struct runner_trap *shared)
{
	if (shared->run == RUNNER_RUN_ENTER) {
		arch_enter(shared->pc, shared->sp, shared->args, trap);
	}
	return (uint32_t)shared->result;
}

static uint32_t trap(uint64_t number, const uint64_t args[8])
{
	struct runner_trap *shared = &runner_trap_page.trap;

	shared->kind = RUNNER_TRAP_SYSCALL;
	shared->number = number;
	/* This function's frame is the innermost one on the TA's stack. */
	shared->frame = (uintptr_t)__builtin_frame_address(0);
	for (int i = 0; i < 8; i++) {
		shared->args[i] = args[i];
	}
	trap_switch(shared);
	return trap_answer(shared);
}

static void trap_fault(int signal_number, siginfo_t *info, void *context)
{
	struct runner_trap *shared = &runner_trap_page.trap;

	shared->kind = RUNNER_TRAP_FAULT;
	shared->fault_cause = (uint32_t)signal_number;
	shared->fault_pc = arch_fault_pc(context);
	shared->frame = arch_fault_frame(context);
	shared->fault_address =
		signal_number == SIGSYS ? (uint64_t)info->si_syscall : (uintptr_t)info->si_addr;
	trap_switch(shared);
	/* A TA that faulted never goes on. */
	runner_end();
}

/* --- Start ------------------------------------------------------------------------------------ */

static void map_shared(void *address, size_t size, uint64_t access, int fd)
{
	runner_demand(arch_call(SYS_mmap, (uintptr_t)address, size, access, MAP_SHARED | MAP_FIXED,
				(uint64_t)fd, 0) == (long)(uintptr_t)address);
	runner_demand(arch_call(SYS_close, (uint64_t)fd, 0, 0, 0, 0, 0) == 0);
}

static void signals_mask(uint64_t set)
{
	runner_demand(arch_call(SYS_rt_sigprocmask, SIG_SETMASK, (uintptr_t)&set, 0,
				SIGNAL_SET_SIZE, 0, 0) == 0);
}

static void signals_catch(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };
	const stack_t stack = { .ss_sp = runner_signal_stack, .ss_size = SIGNAL_STACK_SIZE };
	const struct signal_action action = {
		.handler = trap_fault,
		.flags = SA_SIGINFO | SA_ONSTACK | SIGNAL_RESTORER,
		.restorer = arch_no_return,
		.mask = UINT64_MAX,
	};

	runner_demand(arch_call(SYS_sigaltstack, (uintptr_t)&stack, 0, 0, 0, 0, 0) == 0);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		runner_demand(arch_call(SYS_rt_sigaction, (uint64_t)faults[i], (uintptr_t)&action,
					0, SIGNAL_SET_SIZE, 0, 0) == 0);
	}
}

/* The manager has this process's memory and its life, and a descriptor table of its own. */
static void manager_start(void)
{
	filter_prepare_manager();
	runner_demand(manager_clone(CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD |
				    CLONE_SYSVSEM) > 0);
	runner_demand(arch_call(SYS_close, RUNNER_FD_SOCKET, 0, 0, 0, 0, 0) == 0);
}

static void tasks_forbid(void)
{
	const struct rlimit none = { 0, 0 };

	runner_demand(arch_call(SYS_prlimit64, 0, RLIMIT_NPROC, (uintptr_t)&none, 0, 0, 0) == 0);
}

void runner_main(void)
{
	struct runner_trap *shared = &runner_trap_page.trap;

	map_shared(&runner_trap_page, RUNNER_PAGE, PROT_READ | PROT_WRITE, RUNNER_FD_TRAP);
	map_shared(runner_control_pages, RUNNER_CONTROL_SIZE, PROT_READ, RUNNER_FD_CONTROL);
	arch_call(SYS_prctl, PR_SET_NAME, (uintptr_t) "postern-ta", 0, 0, 0, 0);
	/* Let gdb attach where only a parent may (Yama); elsewhere there is no such call. */
	arch_call(SYS_prctl, PR_SET_PTRACER, (uint64_t)PR_SET_PTRACER_ANY, 0, 0, 0, 0);
	signals_mask(UINT64_MAX);
	manager_start();
	tasks_forbid();
	signals_catch();
	signals_mask(0);
	runner_demand(filter_enter_ta(&shared->turn));
	trap_wait(shared);
	trap_answer(shared);
	runner_end();
}
