#include <assert.h>
#include <stddef.h>

#include "secure/core/port.h"
#include "secure/port/aarch64/layout.h"
#include "secure/port/aarch64/map.h"

/* What port_stack_switch() (start.S) finds on a stack. */
struct stack_frame {
	uint64_t x19_to_x30[12];
	uint64_t daif;
	uint64_t unused;
};

static_assert(sizeof(struct stack_frame) == 112, "start.S knows it");
static_assert(offsetof(struct port_stack, pointer) == STACK_POINTER, "start.S knows it");

void stack_enter(void);

bool port_stack_create(struct port_stack *stack)
{
	struct port_pages *pages = port_pages_alloc(1 + LAYOUT_THREAD_STACK_SIZE / PORT_PAGE_SIZE);
	uint8_t *memory;

	if (pages == NULL) {
		return false;
	}
	memory = port_pages_address(pages);
	map_guard(memory);
	*stack = (struct port_stack){
		.base = memory + PORT_PAGE_SIZE,
		.size = LAYOUT_THREAD_STACK_SIZE,
	};
	return true;
}

/* A secure thread begins with interrupts on. */
void port_stack_prepare(struct port_stack *stack, void (*work)(void *arg), void *arg)
{
	struct stack_frame *frame =
		(struct stack_frame *)((uint8_t *)stack->base + stack->size) - 1;

	*frame = (struct stack_frame){
		.x19_to_x30 = { [0] = (uint64_t)work,
				[1] = (uint64_t)arg,
				[11] = (uint64_t)stack_enter },
	};
	stack->pointer = frame;
}
