/* user.c - run a TA until it traps: hand the CPU to its process and wait for it to come back. */
#include <string.h>

#include "secure/core/port.h"
#include "secure/port/host/cpu.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/gate.h"
#include "secure/port/host/space.h"

static void user_start(struct runner_trap *trap, const struct port_user *user)
{
	if (user->run == PORT_RUN_ENTER) {
		trap->run = RUNNER_RUN_ENTER;
		trap->pc = user->pc;
		trap->sp = user->sp;
		memcpy(trap->args, user->args, sizeof(trap->args));
	} else {
		trap->run = RUNNER_RUN_RESULT;
		trap->result = user->result;
	}
	futex_write(&trap->turn, RUNNER_TURN_TA);
	futex_wake(&trap->turn);
}

/* What the TA wrote, once. A kind that is none is a TA that does not use the runner's trap: that
 * is its fault. */
static enum port_trap user_trap(const struct runner_trap *shared, struct port_user *user)
{
	struct runner_trap trap;

	port_normal_read(&trap, shared, sizeof(trap));
	user->frame = trap.frame;
	if (trap.kind == RUNNER_TRAP_SYSCALL) {
		user->number = trap.number;
		memcpy(user->args, trap.args, sizeof(user->args));
		return PORT_TRAP_SYSCALL;
	}
	user->fault_address = trap.fault_address;
	user->fault_pc = trap.fault_pc;
	user->fault_cause = trap.fault_cause;
	return PORT_TRAP_FAULT;
}

static void user_sleep(const struct runner_trap *trap, const struct runner_control *control,
		       const struct gate_cpu *cpu)
{
	const struct futex_waitv waiters[] = {
		futex_waiter(&trap->turn, RUNNER_TURN_TA),
		futex_waiter(&control->dead, 0),
		futex_waiter(&cpu->foreign_interrupt, 0),
	};

	futex_wait_any(waiters, array_size(waiters));
}

static enum port_trap user_wait(struct port_space *space, struct port_user *user)
{
	struct gate_cpu *cpu = &gate_shared->cpus[port_cpu()];

	cpu_spin(&space->trap->turn, RUNNER_TURN_TA);
	for (;;) {
		if (futex_read(&space->trap->turn) != RUNNER_TURN_TA) {
			return user_trap(space->trap, user);
		}
		if (futex_read(&space->control->dead) != 0) {
			return PORT_TRAP_GONE;
		}
		if (futex_read(&cpu->foreign_interrupt) != 0) {
			futex_write(&cpu->foreign_interrupt, 0);
			return PORT_TRAP_INTERRUPT;
		}
		user_sleep(space->trap, space->control, cpu);
	}
}

enum port_trap port_user_run(struct port_space *space, struct port_user *user)
{
	enum port_trap trap;

	if (space->broken || futex_read(&space->control->dead) != 0) {
		return PORT_TRAP_GONE;
	}
	if (user->run != PORT_RUN_RESUME) {
		user_start(space->trap, user);
	}
	trap = user_wait(space, user);
	space->broken = trap == PORT_TRAP_FAULT || trap == PORT_TRAP_GONE;
	return trap;
}
