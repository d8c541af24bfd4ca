/* user.c - run a TA until it traps. */
#include "secure/port/aarch64/user.h"

#include <string.h>

#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/interrupt.h"
#include "secure/port/aarch64/map.h"

#define ESR_CLASS_SHIFT 26
#define ESR_CLASS_MASK	0x3Fu
#define ESR_CLASS_FP	0x07u
#define ESR_CLASS_SVC	0x15u

/* CPACR_EL1: the vector registers may be used at both levels. */
#define CPACR_FP (3ull << 20)

/* The number of the system call, and the frame pointer. */
#define REGISTER_NUMBER 8
#define REGISTER_FRAME	29

/* What the vector registers held when a TA of this CPU first wanted them: somebody else's. */
static struct vector vectors_borrowed[LAYOUT_CPUS_MAX];

/* With interrupts off. */
static void vector_borrow(const struct port_space *space)
{
	arch_write("cpacr_el1", CPACR_FP);
	arch_isb();
	vector_save(&vectors_borrowed[port_cpu()]);
	vector_load(&space->vector);
}

static void vector_return(struct port_space *space)
{
	vector_save(&space->vector);
	vector_load(&vectors_borrowed[port_cpu()]);
	arch_write("cpacr_el1", 0);
	arch_isb();
}

static void registers_set(struct user_registers *registers, const struct port_user *user)
{
	if (user->run == PORT_RUN_RESULT) {
		registers->x[0] = user->result;
		return;
	}
	if (user->run == PORT_RUN_ENTER) {
		*registers = (struct user_registers){
			.x = { user->args[0], user->args[1], user->args[2], user->args[3] },
			.pc = user->pc,
			.sp = user->sp,
		};
	}
}

static enum port_trap trap_sync(const struct user_registers *registers, uint64_t esr, uint64_t far,
				struct port_user *user)
{
	user->frame = registers->x[REGISTER_FRAME];
	if ((esr >> ESR_CLASS_SHIFT & ESR_CLASS_MASK) == ESR_CLASS_SVC) {
		user->number = registers->x[REGISTER_NUMBER];
		memcpy(user->args, registers->x, sizeof(user->args));
		return PORT_TRAP_SYSCALL;
	}
	user->fault_address = far;
	user->fault_pc = registers->pc;
	user->fault_cause = (uint32_t)esr;
	return PORT_TRAP_FAULT;
}

/* Until the TA leaves for something that is not ours alone. With interrupts off. */
static enum port_trap user_run(struct port_space *space, struct port_user *user)
{
	bool borrowed = false;
	uint64_t left;
	uint64_t esr;
	uint64_t far;

	for (;;) {
		left = user_enter(&space->registers);
		esr = arch_read("esr_el1");
		far = arch_read("far_el1");
		if (left == USER_LEFT_IRQ) {
			interrupt_native();
			continue;
		}
		if (left != USER_LEFT_SYNC || borrowed ||
		    (esr >> ESR_CLASS_SHIFT & ESR_CLASS_MASK) != ESR_CLASS_FP) {
			break;
		}
		vector_borrow(space);
		borrowed = true;
	}
	if (borrowed) {
		vector_return(space);
	}
	return left == USER_LEFT_FIQ ? PORT_TRAP_INTERRUPT
				     : trap_sync(&space->registers, esr, far, user);
}

enum port_trap port_user_run(struct port_space *space, struct port_user *user)
{
	uint32_t interrupts = port_interrupts_off();
	enum port_trap trap;

	registers_set(&space->registers, user);
	arch_write("ttbr1_el1", space->ttbr);
	arch_isb();
	trap = user_run(space, user);
	arch_write("ttbr1_el1", map_no_user());
	arch_isb();
	port_interrupts_restore(interrupts);
	return trap;
}
