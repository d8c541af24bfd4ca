/* runner.h - the two memory objects that the secure world shares with each TA's process, and how
 * they are used. postern-ta (runner/) is what runs there.
 *
 * The trap page is written by both sides: the secure world trusts nothing in it and copies it once.
 * The control pages are written by the secure world and, the word `dead`, by the launcher; in the
 * TA's process they are mapped for reading only, and sealed so that nothing there can change that.
 *
 * The process has two tasks. One runs the TA. The other, the manager, makes the system calls that
 * are listed in the control pages, which is how the TA's address space changes; see
 * runner/manager_x86_64.S for why the TA cannot make use of it. For each list one byte arrives on
 * the manager's socket, and one goes back when every call returned what was expected. Otherwise the
 * process ends, and the secure world sees the end of the socket. */
#ifndef SECURE_PORT_HOST_RUNNER_H
#define SECURE_PORT_HOST_RUNNER_H

#define RUNNER_PAGE	    4096
/* The control pages. */
#define RUNNER_CONTROL_SIZE 65536
/* Calls start at the second control page; 64 bytes each. */
#define RUNNER_CALLS	    RUNNER_PAGE
#define RUNNER_CALL_SIZE    64
/* A call with this number is the end of the list. */
#define RUNNER_CALL_END	    -1

/* Descriptors that postern-ta is started with, and has no others. */
#define RUNNER_FD_SOCKET  0
#define RUNNER_FD_TRAP	  1
#define RUNNER_FD_CONTROL 2

/* The manager keeps but its socket: what arrives with a list gets numbers from here on, in order,
 * and is closed by the list. */
#define RUNNER_FD_FIRST	   1
#define RUNNER_OBJECTS_MAX 16
/* Room for that in a control message. */
#define RUNNER_RIGHTS_SIZE 80

#ifndef __ASSEMBLER__

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/host_ta.h"

enum runner_turn {
	RUNNER_TURN_SECURE = 0,
	RUNNER_TURN_TA = 1,
};

enum runner_trap_kind {
	RUNNER_TRAP_SYSCALL = 1,
	RUNNER_TRAP_FAULT = 2,
};

enum runner_run {
	RUNNER_RUN_ENTER = 1,  /* call pc on sp with args[0..3] */
	RUNNER_RUN_RESULT = 2, /* return `result` from the trap */
};

struct runner_trap {
	uint32_t turn; /* futex, enum runner_turn */
	/* To the TA. */
	uint32_t run;
	uint64_t pc;
	uint64_t sp;
	uint64_t result;
	/* From the TA. */
	uint32_t kind;
	uint32_t fault_cause; /* the signal */
	uint64_t number;
	uint64_t args[8];	/* both ways */
	uint64_t fault_address; /* SIGSYS: the number of the system call */
	uint64_t fault_pc;
	uint64_t frame; /* the TA's frame pointer */
};

/* A system call that the manager is to make. */
struct runner_call {
	uint64_t number;
	uint64_t args[6];
	uint64_t expected;
};

#define RUNNER_CALLS_MAX ((RUNNER_CONTROL_SIZE - RUNNER_CALLS) / RUNNER_CALL_SIZE)

struct runner_control {
	uint32_t dead; /* futex: 1 when the process is gone */
	uint8_t pad[RUNNER_CALLS - sizeof(uint32_t)];
	struct runner_call calls[RUNNER_CALLS_MAX];
};

static_assert(sizeof(struct runner_trap) <= RUNNER_PAGE, "one page");
static_assert(sizeof(struct runner_call) == RUNNER_CALL_SIZE, "as the manager steps");
static_assert(offsetof(struct runner_call, expected) == 56, "as the manager reads it");
static_assert(offsetof(struct runner_control, calls) == RUNNER_CALLS, "behind the first page");
static_assert(sizeof(struct runner_control) == RUNNER_CONTROL_SIZE, "whole pages");

#endif
#endif
