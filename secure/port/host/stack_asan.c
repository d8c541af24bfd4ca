/* AddressSanitizer has to know on which stack the code runs. port[] of a stack: its fake stack while
 * it is left and, for a stack that a CPU entered on, the lowest byte and the size, which only the
 * sanitizer knows. */
#include "secure/port/host/stack.h"

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

/* Whom the code that arrives came from: it learns that stack's bounds. */
static _Thread_local struct port_stack *stack_left;

void stack_forget(struct port_stack *stack)
{
	/* Frames that were abandoned leave their red zones behind. */
	__asan_unpoison_memory_region(stack->base, stack->size);
	stack->port[0] = NULL;
}

static void stack_arrived(struct port_stack *stack)
{
	struct port_stack *left = stack_left;
	const void *base;
	size_t size;

	__sanitizer_finish_switch_fiber(stack->port[0], &base, &size);
	if (left->base == NULL) {
		left->port[1] = (void *)(uintptr_t)base;
		left->port[2] = (void *)(uintptr_t)size;
	}
}

void stack_arrive(struct port_stack *stack)
{
	stack_arrived(stack);
}

void stack_switch(struct port_stack *from, struct port_stack *to)
{
	const void *base = to->base != NULL ? to->base : to->port[1];
	size_t size = to->base != NULL ? to->size : (size_t)(uintptr_t)to->port[2];

	stack_left = from;
	__sanitizer_start_switch_fiber(&from->port[0], base, size);
	stack_swap(&from->pointer, to->pointer);
	stack_arrived(from);
}
