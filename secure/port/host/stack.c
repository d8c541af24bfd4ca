#include "secure/port/host/stack.h"

#include <assert.h>
#include <sys/mman.h>

/* Address space; memory only as deep as a thread goes. Sanitizers multiply the size of frames. */
#define STACK_SIZE (256u * 1024u)

/* Lies at the top of the stack that it starts. */
struct stack_start {
	struct port_stack *stack;
	void (*work)(void *arg);
	void *arg;
	uint64_t alignment;
};

static_assert(sizeof(struct stack_start) % 16 == 0, "the stack pointer stays aligned");

bool port_stack_create(struct port_stack *stack)
{
	uint8_t *memory = mmap(NULL, PORT_PAGE_SIZE + STACK_SIZE, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		return false;
	}
	if (mprotect(memory + PORT_PAGE_SIZE, STACK_SIZE, PROT_READ | PROT_WRITE) != 0) {
		munmap(memory, PORT_PAGE_SIZE + STACK_SIZE);
		return false;
	}
	*stack = (struct port_stack){ .base = memory + PORT_PAGE_SIZE, .size = STACK_SIZE };
	return true;
}

static void stack_begin(void *arg)
{
	struct stack_start start = *(struct stack_start *)arg;

	stack_arrive(start.stack);
	start.work(start.arg);
	port_panic("a secure thread fell off its stack");
}

void port_stack_prepare(struct port_stack *stack, void (*work)(void *arg), void *arg)
{
	struct stack_start *start;

	stack_forget(stack);
	start = (struct stack_start *)((uint8_t *)stack->base + stack->size) - 1;
	*start = (struct stack_start){ .stack = stack, .work = work, .arg = arg };
	stack->pointer = stack_fresh(start, stack_begin, start);
}
