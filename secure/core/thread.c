#include "secure/core/thread.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "secure/core/check.h"
#include "secure/core/lock.h"
#include "secure/core/port.h"
#include "secure/core/rpc_thread.h"
#include "secure/core/shm.h"

#define CANARY_WORDS 4u

/* A random value at each end of every stack. The lower one lies in the lowest bytes, the upper one
 * in the outermost frame. */
struct thread_canary {
	uint64_t words[CANARY_WORDS];
};

struct thread {
	enum thread_state state;
	struct port_stack stack;
	struct thread_canary *upper;

	/* Where thread_start() or thread_resume() goes on: the stack of the CPU we run on. */
	struct port_stack *home;

	void (*work)(struct smc_regs *regs);
	/* What the call brought, and at its end its result. */
	struct smc_regs regs;
	/* a0 to a3 as they leave, at its end or at a suspension. Written with interrupts off until the
	 * thread is left, for an interrupt is a suspension too. */
	struct smc_regs leaving;
	bool finished;
	/* The suspended thread wants the words that the resuming call brings. */
	bool takes_answer;
	uint32_t answer[4];

	struct rpc_thread rpc;
	struct call *call;
};

struct thread_cpu {
	_Alignas(64) struct thread *current;
};

static struct thread threads[THREADS_MAX];
static unsigned int threads_count;
static struct thread_canary thread_canary_lower;
static struct thread_canary thread_canary_upper;
static struct thread_cpu thread_cpus[PORT_CPUS_MAX];
static struct spinlock thread_lock = SPINLOCK(LOCK_THREAD);

static struct thread_canary *thread_lower(const struct thread *thread)
{
	return thread->stack.base;
}

/* Without a loop and a way out of it: this is done at each suspension. */
static bool thread_canary_is(const struct thread_canary *canary,
			     const struct thread_canary *expected)
{
	const uint64_t *a = canary->words;
	const uint64_t *b = expected->words;

	static_assert(CANARY_WORDS == 4, "each is compared");
	return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
}

static void thread_check_canaries(const struct thread *thread)
{
	check(thread_canary_is(thread_lower(thread), &thread_canary_lower));
	/* An interrupt may come before it is there. */
	check(thread->upper == NULL || thread_canary_is(thread->upper, &thread_canary_upper));
}

void thread_init(unsigned int count)
{
	check(count >= 1 && count <= THREADS_MAX);
	check(threads_count == 0);
	port_random(&thread_canary_lower, sizeof(thread_canary_lower));
	port_random(&thread_canary_upper, sizeof(thread_canary_upper));
	for (unsigned int i = 0; i < count; i++) {
		struct thread *thread = &threads[i];

		/* A port cannot take a stack back: after thread_reset() it is still there. */
		if (thread->stack.base == NULL) {
			check(port_stack_create(&thread->stack));
		}
		memcpy(thread_lower(thread), &thread_canary_lower, sizeof(thread_canary_lower));
		thread->state = THREAD_FREE;
	}
	threads_count = count;
}

unsigned int thread_count(void)
{
	return threads_count;
}

void thread_reset(void)
{
	check(thread_all_free(NULL, NULL));
	for (unsigned int i = 0; i < threads_count; i++) {
		rpc_thread_reset(&threads[i].rpc);
	}
	threads_count = 0;
	shm_reset();
}

/* Between the two looks nothing may move the thread to another CPU. */
struct thread *thread_current(void)
{
	uint32_t interrupts = port_interrupts_off();
	unsigned int cpu = port_cpu();
	struct thread *thread;

	check(cpu < PORT_CPUS_MAX);
	thread = thread_cpus[cpu].current;
	port_interrupts_restore(interrupts);
	return thread;
}

unsigned int thread_index(const struct thread *thread)
{
	return (unsigned int)(thread - threads);
}

struct thread *thread_by_index(unsigned int index)
{
	return index < threads_count ? &threads[index] : NULL;
}

struct rpc_thread *thread_rpc(struct thread *thread)
{
	return &thread->rpc;
}

struct call *thread_call(const struct thread *thread)
{
	return thread->call;
}

void thread_set_call(struct thread *thread, struct call *call)
{
	thread->call = call;
}

/* The outermost frame of a thread. */
static void thread_main(void *arg)
{
	struct thread_canary upper = thread_canary_upper;
	struct thread *thread = arg;

	/* An interrupt looks at it as soon as it is known. */
	atomic_signal_fence(memory_order_release);
	thread->upper = &upper;
	thread->work(&thread->regs);
	check(lock_depth() == 0);
	thread_check_canaries(thread);
	(void)port_interrupts_off();
	thread->leaving = thread->regs;
	thread->finished = true;
	port_stack_switch(&thread->stack, thread->home);
	port_panic("a finished thread was resumed");
}

/* Only when the CPU is back on its own stack may another take the thread: until then its stack is
 * in use, however early the normal world sends its RETURN_FROM_RPC. */
static void thread_leave(struct thread *thread)
{
	struct spinlock_held held = spinlock_take(&thread_lock);

	check(thread->state == THREAD_ACTIVE);
	thread->state = thread->finished ? THREAD_FREE : THREAD_SUSPENDED;
	spinlock_release(&held);
}

/* Run an active thread until it comes back. */
static void thread_run(struct thread *thread, struct smc_regs *regs)
{
	struct thread_cpu *cpu = &thread_cpus[port_cpu()];
	struct port_stack home = { 0 };

	check(cpu->current == NULL);
	cpu->current = thread;
	thread->home = &home;
	port_stack_switch(&home, &thread->stack);
	cpu->current = NULL;
	thread->home = NULL;

	regs->a0 = thread->leaving.a0;
	regs->a1 = thread->leaving.a1;
	regs->a2 = thread->leaving.a2;
	regs->a3 = thread->leaving.a3;
	thread_leave(thread);
}

static struct thread *thread_take_free(void)
{
	struct spinlock_held held = spinlock_take(&thread_lock);
	struct thread *thread = NULL;

	for (unsigned int i = 0; i < threads_count && thread == NULL; i++) {
		if (threads[i].state == THREAD_FREE) {
			thread = &threads[i];
			thread->state = THREAD_ACTIVE;
		}
	}
	spinlock_release(&held);
	return thread;
}

static struct thread *thread_take_suspended(uint32_t index)
{
	struct spinlock_held held = spinlock_take(&thread_lock);
	struct thread *thread = thread_by_index(index);

	if (thread != NULL && thread->state == THREAD_SUSPENDED) {
		thread->state = THREAD_ACTIVE;
	} else {
		thread = NULL;
	}
	spinlock_release(&held);
	return thread;
}

void thread_start(void (*work)(struct smc_regs *regs), struct smc_regs *regs)
{
	struct thread *thread = thread_take_free();

	if (thread == NULL) {
		regs->a0 = SMC_ETHREAD_LIMIT;
		return;
	}
	thread->work = work;
	thread->upper = NULL;
	thread->regs = *regs;
	thread->finished = false;
	thread->takes_answer = false;
	thread->call = NULL;
	port_stack_prepare(&thread->stack, thread_main, thread);
	thread_run(thread, regs);
}

void thread_resume(struct smc_regs *regs)
{
	/* Registers are 32 bits wide, whatever else is in a3. */
	struct thread *thread = thread_take_suspended((uint32_t)regs->a3);

	if (thread == NULL) {
		regs->a0 = SMC_ERESUME;
		return;
	}
	if (thread->takes_answer) {
		thread->answer[0] = (uint32_t)regs->a1;
		thread->answer[1] = (uint32_t)regs->a2;
		thread->answer[2] = (uint32_t)regs->a4;
		thread->answer[3] = (uint32_t)regs->a5;
	}
	thread_run(thread, regs);
}

void thread_suspend(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t answer[4])
{
	uint32_t interrupts = port_interrupts_off();
	struct thread *thread = thread_current();

	check(thread != NULL);
	check(lock_depth() == 0);
	thread_check_canaries(thread);
	thread->leaving = (struct smc_regs){ a0, a1, a2, thread_index(thread), 0, 0, 0, 0 };
	thread->takes_answer = answer != NULL;
	port_stack_switch(&thread->stack, thread->home);
	if (answer != NULL) {
		memcpy(answer, thread->answer, sizeof(thread->answer));
	}
	port_interrupts_restore(interrupts);
}

bool thread_all_free(void (*visit)(struct thread *thread, void *arg), void *arg)
{
	struct spinlock_held held = spinlock_take(&thread_lock);
	bool free = true;

	for (unsigned int i = 0; i < threads_count; i++) {
		if (threads[i].state != THREAD_FREE) {
			free = false;
		}
	}
	for (unsigned int i = 0; free && visit != NULL && i < threads_count; i++) {
		visit(&threads[i], arg);
	}
	spinlock_release(&held);
	return free;
}
