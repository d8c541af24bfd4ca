#include "secure/port/host/stack.h"

void stack_forget(struct port_stack *stack)
{
	(void)stack;
}

void stack_arrive(struct port_stack *stack)
{
	(void)stack;
}

void stack_switch(struct port_stack *from, struct port_stack *to)
{
	stack_swap(&from->pointer, to->pointer);
}
