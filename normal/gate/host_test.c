/* The gate's promises, with threads of this program in the secure world's place. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "normal/gate/gate.h"
#include "normal/gate/host.h"

#define CALLERS 16
#define CALLS	200
#define HOLD	0x32000004u /* the secure world keeps the CPU until it is interrupted */

static struct gate_memory *memory;
static int plug[2];
static pthread_t cpus[GATE_CPUS_MAX];
static atomic_bool leave;
static atomic_uint plugged;

static void futex(uint32_t *word, int operation, uint32_t value)
{
	syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static void drain_plug(void)
{
	struct gate_plug message;

	while (recv(plug[1], &message, sizeof(message), MSG_DONTWAIT) == (ssize_t)sizeof(message)) {
		atomic_fetch_add(&plugged, 1);
	}
}

static void await_interrupt(struct gate_cpu *cpu)
{
	while (__atomic_load_n(&cpu->foreign_interrupt, __ATOMIC_SEQ_CST) == 0) {
		futex(&cpu->foreign_interrupt, FUTEX_WAIT, 0);
	}
	__atomic_store_n(&cpu->foreign_interrupt, 0, __ATOMIC_SEQ_CST);
}

/* Answers a0 = 0, a1 = a1 + 1, and writes a4 too. */
static void *secure_cpu(void *arg)
{
	struct gate_cpu *cpu = arg;

	for (;;) {
		while (__atomic_load_n(&cpu->turn, __ATOMIC_SEQ_CST) == GATE_TURN_NORMAL) {
			if (atomic_load(&leave)) {
				return NULL;
			}
			futex(&cpu->turn, FUTEX_WAIT, GATE_TURN_NORMAL);
		}
		drain_plug();
		if (cpu->regs.a0 == HOLD) {
			await_interrupt(cpu);
		}
		cpu->regs.a0 = 0;
		cpu->regs.a1++;
		cpu->regs.a4 = 99;
		__atomic_store_n(&cpu->turn, GATE_TURN_NORMAL, __ATOMIC_SEQ_CST);
		futex(&cpu->turn, FUTEX_WAKE, 1);
	}
}

static int setup(void **state)
{
	memory = mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	memory->cpu_count = 2;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, plug), 0);
	gate_attach(memory, plug[0]);
	atomic_store(&leave, false);
	atomic_store(&plugged, 0);
	return 0;
}

static void secure_start(void)
{
	uint32_t i;

	for (i = 0; i < memory->cpu_count; i++) {
		assert_int_equal(pthread_create(&cpus[i], NULL, secure_cpu, &memory->cpus[i]), 0);
	}
}

static void secure_end(void)
{
	uint32_t i;

	atomic_store(&leave, true);
	for (i = 0; i < memory->cpu_count; i++) {
		/* A wake-up may come before the wait; a changed word cannot be missed. */
		while (pthread_tryjoin_np(cpus[i], NULL) == EBUSY) {
			futex(&memory->cpus[i].turn, FUTEX_WAKE, 1);
			sched_yield();
		}
	}
}

static int teardown(void **state)
{
	close(plug[0]);
	close(plug[1]);
	munmap(memory, sizeof(*memory));
	return 0;
}

static void eight_registers_come_back(void **state)
{
	struct smc_regs regs = { .a0 = 1, .a1 = 41, .a4 = 4, .a5 = 5, .a6 = 6, .a7 = 7 };

	secure_start();
	gate_smc(&regs);
	secure_end();
	assert_int_equal(regs.a0, 0);
	assert_int_equal(regs.a1, 42);
	assert_int_equal(regs.a4, 99);
	assert_int_equal(regs.a7, 7);
}

static void *caller(void *arg)
{
	uintptr_t wrong = 0;
	unsigned int i;

	for (i = 0; i < CALLS; i++) {
		struct smc_regs regs = { .a0 = 1, .a1 = i };

		gate_smc(&regs);
		wrong += regs.a0 != 0 || regs.a1 != i + 1;
	}
	return (void *)wrong;
}

static void many_callers_share_few_cpus_and_each_gets_its_own_answer(void **state)
{
	pthread_t callers[CALLERS];
	unsigned int i;
	void *wrong;

	secure_start();
	for (i = 0; i < CALLERS; i++) {
		assert_int_equal(pthread_create(&callers[i], NULL, caller, NULL), 0);
	}
	for (i = 0; i < CALLERS; i++) {
		pthread_join(callers[i], &wrong);
		assert_null(wrong);
	}
	secure_end();
}

static void *holder(void *arg)
{
	struct smc_regs regs = { .a0 = HOLD };

	gate_smc(&regs);
	return (void *)(uintptr_t)regs.a0;
}

static void a_caller_without_a_cpu_has_one_given_back(void **state)
{
	struct smc_regs regs = { .a0 = 1, .a1 = 1 };
	pthread_t holders[2];
	void *result;
	int i;

	secure_start();
	for (i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&holders[i], NULL, holder, NULL), 0);
	}
	gate_smc(&regs);
	assert_int_equal(regs.a1, 2);
	for (i = 0; i < 2; i++) {
		/* One more caller interrupts whoever still holds a CPU. */
		while (pthread_tryjoin_np(holders[i], &result) == EBUSY) {
			__atomic_store_n(&memory->cpus[0].foreign_interrupt, 1, __ATOMIC_SEQ_CST);
			__atomic_store_n(&memory->cpus[1].foreign_interrupt, 1, __ATOMIC_SEQ_CST);
			futex(&memory->cpus[0].foreign_interrupt, FUTEX_WAKE, 1);
			futex(&memory->cpus[1].foreign_interrupt, FUTEX_WAKE, 1);
			sched_yield();
		}
		assert_null(result);
	}
	secure_end();
}

static void whoever_is_inside_comes_back_when_the_secure_world_dies(void **state)
{
	struct smc_regs regs = { .a0 = 1 };
	pthread_t inside;
	void *result;

	assert_int_equal(pthread_create(&inside, NULL, holder, NULL), 0);
	while (__atomic_load_n(&memory->cpus[0].turn, __ATOMIC_SEQ_CST) != GATE_TURN_SECURE) {
		sched_yield();
	}
	gate_dead();
	pthread_join(inside, &result);
	assert_int_equal((uintptr_t)result, SMC_ENOTAVAIL);
	gate_smc(&regs);
	assert_int_equal(regs.a0, SMC_ENOTAVAIL);
	assert_int_equal(gate_plug(0, 4096, 4096), -ENODEV);
}

static void plugging_sends_place_size_and_a_descriptor_and_counts(void **state)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct gate_plug message;
	struct iovec vector = { &message, sizeof(message) };
	struct msghdr packet = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	assert_int_equal(gate_plug(STDIN_FILENO, 0x100000000, 8192), 0);
	assert_int_equal(memory->plugged, 1);
	assert_int_equal(recvmsg(plug[1], &packet, 0), sizeof(message));
	assert_int_equal(message.operation, GATE_PLUG_ADD);
	assert_int_equal(message.address, 0x100000000);
	assert_int_equal(message.size, 8192);
	assert_non_null(CMSG_FIRSTHDR(&packet));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&packet)), sizeof(fd));
	assert_int_equal(close(fd), 0);

	gate_unplug(0x100000000, 8192);
	assert_int_equal(memory->plugged, 2);
}

static void a_full_plug_socket_is_emptied_by_an_entry(void **state)
{
	unsigned int i;

	secure_start();
	for (i = 0; i < 5000; i++) {
		gate_unplug(0x100000000 + i * 4096ull, 4096);
	}
	secure_end();
	drain_plug();
	assert_int_equal(atomic_load(&plugged), 5000);
}

static atomic_uint heard;

static void *hear(void *arg)
{
	while (gate_interrupt_wait()) {
		atomic_fetch_add(&heard, 1);
	}
	return arg;
}

/* As the secure world's port does. */
static void interrupt_raise(uint32_t count)
{
	__atomic_store_n(&memory->notification, count, __ATOMIC_SEQ_CST);
	futex(&memory->notification, FUTEX_WAKE, 1);
}

static void heard_wait(unsigned int count)
{
	while (atomic_load(&heard) < count) {
		sched_yield();
	}
}

static void an_interrupt_is_heard_once_until_it_is_raised_again(void **state)
{
	pthread_t thread;

	atomic_store(&heard, 0);
	/* Also one that was raised before anybody listened. */
	interrupt_raise(1);
	assert_int_equal(pthread_create(&thread, NULL, hear, NULL), 0);
	heard_wait(1);
	interrupt_raise(2);
	heard_wait(2);
	gate_interrupts_end();
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&heard), 2);
	assert_false(gate_interrupt_wait());
}

static void nobody_waits_for_an_interrupt_of_a_dead_secure_world(void **state)
{
	pthread_t thread;

	atomic_store(&heard, 0);
	assert_int_equal(pthread_create(&thread, NULL, hear, NULL), 0);
	gate_dead();
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&heard), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(eight_registers_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(
			many_callers_share_few_cpus_and_each_gets_its_own_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(a_caller_without_a_cpu_has_one_given_back, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			whoever_is_inside_comes_back_when_the_secure_world_dies, setup, teardown),
		cmocka_unit_test_setup_teardown(
			plugging_sends_place_size_and_a_descriptor_and_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_plug_socket_is_emptied_by_an_entry, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_interrupt_is_heard_once_until_it_is_raised_again,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			nobody_waits_for_an_interrupt_of_a_dead_secure_world, setup, teardown),
	};

	return cmocka_run_group_tests_name("the host's gate", tests, NULL, NULL);
}
