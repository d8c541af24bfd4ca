/* stack.h - stacks for tasks and for user mode, from a pool: a port never takes one back.
 *
 * How a stack is entered and left is secure/core/port.h's business (port_stack_*): the secure
 * threads, the tasks and the user mode of this simulation all stand on the same kind. */
#ifndef SIM_STACK_H
#define SIM_STACK_H

struct port_stack;

/* Whatever was on it before is forgotten. Ends the world when there is no memory. */
struct port_stack *stack_get(void);
void stack_put(struct port_stack *stack);

#endif
