/* user.h - between the port's address spaces (port_user.c) and the scripts in them (ta.c). */
#ifndef SIM_USER_H
#define SIM_USER_H

#include "lib/list.h"
#include "secure/core/port.h"
#include "sim/ta.h"

struct ta {
	struct port_space *space;
	const struct ta_script *script;
	struct port_stack *stack; /* while running */
	struct port_stack kernel; /* whoever runs it */
	/* How it left, or how it is to go on. */
	enum port_trap trap;
	struct port_user user;
	void (*kernel_work)(void *arg);
	void *kernel_arg;
	uint64_t sp;
	_Alignas(16) uint8_t state[TA_STATE_SIZE];
};

/* Make it run from its entry. */
void user_enter(struct ta *ta);
/* Let it run until it traps. */
enum port_trap user_go_on(struct ta *ta);
/* Whatever it was about to do, it does not do. */
void user_drop(struct ta *ta);

/* Where the secure kernel sees the byte at a user address, with how many follow it there; NULL:
 * that is nothing the TA may access so. */
uint8_t *space_byte(struct port_space *space, uint64_t address, unsigned int access, size_t *left);

#endif
