#include "secure/port/host/gate.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secure/core/port.h"
#include "secure/port/host/cpu.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/plug.h"
#include "secure/tee/entry.h"

struct gate_memory *gate_shared;

static unsigned int gate_cpus;
static uint32_t gate_notification;

static const char *gate_check(const struct gate_memory *memory)
{
	uint32_t count = futex_read(&memory->cpu_count);

	if (futex_read(&memory->magic) != GATE_MAGIC) {
		return "gate memory: wrong magic";
	}
	if (futex_read(&memory->version) != GATE_VERSION) {
		return "gate memory: wrong version";
	}
	if (count == 0 || count > GATE_CPUS_MAX) {
		return "gate memory: wrong number of CPUs";
	}
	gate_cpus = count;
	return NULL;
}

/* Without the seals a truncation would be our SIGBUS. */
static const char *gate_map(int fd)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW;
	struct stat status;
	void *memory;

	if ((fcntl(fd, F_GET_SEALS) & seals) != seals) {
		return "gate memory: not sealed";
	}
	if (fstat(fd, &status) != 0 || status.st_size < (off_t)sizeof(struct gate_memory)) {
		return "gate memory: too small";
	}
	memory = mmap(NULL, sizeof(struct gate_memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		return "gate memory: cannot be mapped";
	}
	gate_shared = memory;
	return gate_check(memory);
}

const char *gate_open(int fd)
{
	const char *problem =
		fcntl(fd, F_GET_SEALS) < 0 ? "gate memory: no memory object" : gate_map(fd);

	close(fd);
	return problem;
}

unsigned int gate_cpu_count(void)
{
	return gate_cpus;
}

void gate_state_set(enum gate_state state)
{
	futex_write(&gate_shared->state, state);
	futex_wake(&gate_shared->state);
}

void port_notification_raise(void)
{
	uint32_t raised = __atomic_add_fetch(&gate_notification, 1, __ATOMIC_SEQ_CST);

	futex_write(&gate_shared->notification, raised);
	futex_wake(&gate_shared->notification);
}

static void gate_wait(const struct gate_cpu *cpu)
{
	uint32_t turn = futex_read(&cpu->turn);

	if (turn != GATE_TURN_SECURE) {
		cpu_spin(&cpu->turn, turn);
	}
	for (turn = futex_read(&cpu->turn); turn != GATE_TURN_SECURE;
	     turn = futex_read(&cpu->turn)) {
		futex_wait(&cpu->turn, turn);
	}
}

void gate_serve(unsigned int index)
{
	struct gate_cpu *cpu = &gate_shared->cpus[index];
	struct smc_regs regs;

	cpu_set(index);
	for (;;) {
		gate_wait(cpu);
		port_normal_read(&regs, &cpu->regs, sizeof(regs));
		plug_take();
		tee_enter(&regs);
		port_normal_write(&cpu->regs, &regs, sizeof(regs));
		futex_write(&cpu->turn, GATE_TURN_NORMAL);
		futex_wake(&cpu->turn);
	}
}
