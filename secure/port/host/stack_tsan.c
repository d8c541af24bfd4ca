/* ThreadSanitizer follows "fibers". port[0] of a stack is its fiber. A fresh stack is a fresh fiber:
 * the old one remembers calls that will never return. */
#include "secure/port/host/stack.h"

#include <sanitizer/tsan_interface.h>

void stack_forget(struct port_stack *stack)
{
	if (stack->port[0] != NULL) {
		__tsan_destroy_fiber(stack->port[0]);
	}
	stack->port[0] = __tsan_create_fiber(0);
}

void stack_arrive(struct port_stack *stack)
{
	(void)stack;
}

void stack_switch(struct port_stack *from, struct port_stack *to)
{
	void *pointer = to->pointer;

	if (from->base == NULL) {
		from->port[0] = __tsan_get_current_fiber();
	}
	__tsan_switch_to_fiber(to->port[0], 0);
	stack_swap(&from->pointer, pointer);
}
