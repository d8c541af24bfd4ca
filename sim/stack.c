#include "sim/stack.h"

#include <stdlib.h>

#include "lib/bits.h"
#include "lib/list.h"
#include "secure/core/port.h"
#include "sim/trouble.h"

struct pooled {
	struct list link;
	struct port_stack stack;
};

static struct list pool = LIST_EMPTY(pool);

struct port_stack *stack_get(void)
{
	struct list *link = list_take_first(&pool);
	struct pooled *pooled;

	if (link != NULL) {
		return &list_entry(link, struct pooled, link)->stack;
	}
	pooled = calloc(1, sizeof(*pooled));
	if (pooled == NULL || !port_stack_create(&pooled->stack)) {
		trouble("no memory for a stack");
	}
	list_init(&pooled->link);
	return &pooled->stack;
}

void stack_put(struct port_stack *stack)
{
	list_add_front(&pool, &container_of(stack, struct pooled, stack)->link);
}
