#include "sim/task.h"

#include <stdio.h>
#include <string.h>

#include "secure/core/port.h"
#include "secure/port/host/stack.h"
#include "sim/chance.h"
#include "sim/stack.h"
#include "sim/trouble.h"

/* A moment of the simulation's own: no two events fall on the same nanosecond. */
#define STEP_NS	      100u
#define TIME_START_NS 1000000000ull

#define DEADLOCK_TEXT_SIZE 1024u

enum task_state {
	TASK_FREE,
	TASK_READY,
	TASK_WAITING,
	TASK_ENDED,
};

struct task {
	enum task_state state;
	char name[32];
	struct port_stack *stack;
	void (*work)(void *arg);
	void *arg;
	bool detached;
	bool killed;
	unsigned int locks;
	/* While waiting. */
	struct list link;
	const char *what;
	uint64_t deadline_ns;
	enum task_patience patience;
	enum task_woken woken;
	struct list joiners;
};

static struct task tasks[TASKS_MAX];
static struct port_stack first_stack;
static struct task *current;
static struct chance chance;
static uint64_t now_ns;
static bool (*deadlock_resolve)(void *arg);
static void *deadlock_arg;

static void task_init(struct task *task, const char *name, struct port_stack *stack)
{
	*task = (struct task){ .state = TASK_READY, .stack = stack };
	snprintf(task->name, sizeof(task->name), "%s", name);
	list_init(&task->link);
	list_init(&task->joiners);
}

void task_begin(uint64_t seed)
{
	memset(tasks, 0, sizeof(tasks));
	first_stack = (struct port_stack){ 0 };
	task_init(&tasks[0], "test", &first_stack);
	current = &tasks[0];
	chance_begin(&chance, seed, CHANCE_SCHEDULE);
	now_ns = TIME_START_NS;
	task_on_deadlock(NULL, NULL);
}

void task_end(void)
{
	expect(current == &tasks[0]);
	for (size_t i = 1; i < TASKS_MAX; i++) {
		if (tasks[i].state != TASK_FREE) {
			trouble("task %s was not joined", tasks[i].name);
		}
	}
}

uint64_t task_time_ns(void)
{
	return now_ns;
}

void task_time_pass(uint64_t ns)
{
	now_ns += ns;
}

/* --- Who is next ------------------------------------------------------------------------------ */

static void task_make_ready(struct task *task, enum task_woken woken)
{
	list_remove(&task->link);
	task->woken = woken;
	task->state = TASK_READY;
}

static void deadlines_pass(void)
{
	for (size_t i = 0; i < TASKS_MAX; i++) {
		if (tasks[i].state == TASK_WAITING && tasks[i].deadline_ns <= now_ns) {
			task_make_ready(&tasks[i], TASK_TIMEOUT);
		}
	}
}

/* NULL: nobody can run now. */
static struct task *ready_draw(void)
{
	struct task *ready[TASKS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < TASKS_MAX; i++) {
		if (tasks[i].state == TASK_READY) {
			ready[count] = &tasks[i];
			count++;
		}
	}
	return count == 0 ? NULL : ready[chance_below(&chance, count)];
}

static uint64_t deadline_first(void)
{
	uint64_t first = TASK_FOREVER;

	for (size_t i = 0; i < TASKS_MAX; i++) {
		if (tasks[i].state == TASK_WAITING && tasks[i].deadline_ns < first) {
			first = tasks[i].deadline_ns;
		}
	}
	return first;
}

static void deadlock(void)
{
	char text[DEADLOCK_TEXT_SIZE] = "";
	size_t used = 0;

	if (deadlock_resolve != NULL && deadlock_resolve(deadlock_arg)) {
		return;
	}
	for (size_t i = 0; i < TASKS_MAX && used < sizeof(text); i++) {
		if (tasks[i].state == TASK_WAITING) {
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%s waits for %s", used == 0 ? "" : ", ",
						 tasks[i].name, tasks[i].what);
		}
	}
	trouble("deadlock: %s", text);
}

void task_on_deadlock(bool (*resolve)(void *arg), void *arg)
{
	deadlock_resolve = resolve;
	deadlock_arg = arg;
}

static struct task *task_next(void)
{
	struct task *next;

	for (;;) {
		deadlines_pass();
		next = ready_draw();
		if (next != NULL) {
			return next;
		}
		if (deadline_first() != TASK_FOREVER) {
			now_ns = deadline_first();
		} else {
			deadlock();
		}
	}
}

/* Returns when it is the calling task's turn again. */
static void schedule(void)
{
	struct task *from = current;

	task_time_pass(STEP_NS);
	current = task_next();
	if (current != from) {
		stack_switch(from->stack, current->stack);
	}
}

/* --- Life ------------------------------------------------------------------------------------- */

static void task_free(struct task *task)
{
	task->state = TASK_FREE;
}

/* The outermost frame. Nobody takes the stack before this task has left it: there is no other
 * thread of execution. */
static void task_main(void *arg)
{
	struct task *task = arg;

	task->work(task->arg);
	task->state = TASK_ENDED;
	while (!list_is_empty(&task->joiners)) {
		task_wake(&task->joiners);
	}
	stack_put(task->stack);
	if (task->detached) {
		task_free(task);
	}
	schedule();
	trouble("task %s ran after its end", task->name);
}

struct task *task_start(const char *name, void (*work)(void *arg), void *arg)
{
	for (size_t i = 0; i < TASKS_MAX; i++) {
		struct task *task = &tasks[i];

		if (task->state == TASK_FREE) {
			task_init(task, name, stack_get());
			task->work = work;
			task->arg = arg;
			port_stack_prepare(task->stack, task_main, task);
			return task;
		}
	}
	return NULL;
}

void task_detach(struct task *task)
{
	task->detached = true;
	if (task->state == TASK_ENDED) {
		task_free(task);
	}
}

void task_join(struct task *task)
{
	expect(!task->detached);
	while (task->state != TASK_ENDED) {
		(void)task_wait(&task->joiners, task->name, TASK_FOREVER, TASK_STUBBORN);
	}
	task_free(task);
}

struct task *task_current(void)
{
	return current;
}

void task_kill(struct task *task)
{
	task->killed = true;
	if (task->state == TASK_WAITING && task->patience == TASK_KILLABLE) {
		task_make_ready(task, TASK_INTERRUPTED);
	}
}

bool task_killed(const struct task *task)
{
	return task->killed;
}

unsigned int task_locks(int change)
{
	current->locks += (unsigned int)change;
	return current->locks;
}

void task_yield(void)
{
	schedule();
}

enum task_woken task_wait(struct list *queue, const char *what, uint64_t deadline_ns,
			  enum task_patience patience)
{
	struct task *task = current;

	if (task->killed && patience == TASK_KILLABLE) {
		return TASK_INTERRUPTED;
	}
	task->what = what;
	task->deadline_ns = deadline_ns;
	task->patience = patience;
	task->state = TASK_WAITING;
	if (queue != NULL) {
		list_add_back(queue, &task->link);
	}
	schedule();
	return task->woken;
}

void task_wake(struct list *queue)
{
	uint64_t waiting = 0;
	uint64_t lucky;

	list_for_each (link, queue) {
		waiting++;
	}
	if (waiting == 0) {
		return;
	}
	lucky = chance_below(&chance, waiting);
	list_for_each (link, queue) {
		if (lucky == 0) {
			task_make_ready(list_entry(link, struct task, link), TASK_WOKEN);
			return;
		}
		lucky--;
	}
}
