/* stack.h - what the three files behind port_stack_*() share.
 *
 * stack_ARCH.S knows the registers, stack.c where stacks come from, and one of stack_plain.c,
 * stack_asan.c and stack_tsan.c (meson chooses) what a sanitizer wants to be told. No system call
 * is made after port_stack_create(). */
#ifndef SECURE_PORT_HOST_STACK_H
#define SECURE_PORT_HOST_STACK_H

#include "secure/core/port.h"

/* Save the callee-saved registers on this stack and its pointer in *save, go on at `load`. */
void stack_swap(void **save, void *load);

/* A stack pointer for stack_swap() that calls begin(arg); `top` is aligned to 16. */
void *stack_fresh(void *top, void (*begin)(void *arg), void *arg);

/* port_stack_switch(), but for what a port does besides. */
void stack_switch(struct port_stack *from, struct port_stack *to);

/* Nothing of what ran on `stack` before will run again. */
void stack_forget(struct port_stack *stack);

/* The first thing that runs on a fresh stack. */
void stack_arrive(struct port_stack *stack);

#endif
