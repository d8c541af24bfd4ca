#include "normal/driver/call.h"

#include <errno.h>

#include "abi/gp.h"
#include "normal/driver/arg.h"
#include "normal/driver/file.h"
#include "normal/driver/observe.h"
#include "normal/driver/state.h"

/* Somebody else gives memory back meanwhile, or nobody does. */
#define GIVE_BACK_TRIES_MAX 64u
#define GIVE_BACK_PAUSE_MS  1u

/* --- Who may enter --------------------------------------------------------------------------- */

/* A call's place in the queue. */
struct call_turn {
	struct list link;
	uint64_t arrival;
	uint64_t departures; /* as they were when this call last entered */
	struct os_completion granted;
};

void driver_calls_init(struct call_queue *queue, unsigned int threads)
{
	os_mutex_init(&queue->mutex);
	list_init(&queue->waiting);
	queue->threads = threads;
}

void driver_calls_destroy(struct call_queue *queue)
{
	os_mutex_destroy(&queue->mutex);
}

/* The one who waits longest is inside from now on. The mutex is held, here and in the next
 * three. */
static void turn_grant(struct call_queue *queue)
{
	struct list *link = list_take_first(&queue->waiting);

	if (link != NULL) {
		queue->waiters--;
		queue->inside++;
		os_complete(&list_entry(link, struct call_turn, link)->granted);
	}
}

/* By arrival: who was turned away by the secure world keeps its place before those that came
 * later. */
static void turn_insert(struct call_queue *queue, struct call_turn *turn)
{
	struct list *place = &queue->waiting;

	while (place->prev != &queue->waiting &&
	       list_entry(place->prev, struct call_turn, link)->arrival > turn->arrival) {
		place = place->prev;
	}
	list_insert_before(place, &turn->link);
	queue->waiters++;
}

/* Sleeps without the mutex. Whoever grants the turn counts this call in. */
static void turn_wait(struct call_queue *queue, struct call_turn *turn)
{
	turn_insert(queue, turn);
	os_mutex_unlock(&queue->mutex);
	os_wait(&turn->granted);
	os_mutex_lock(&queue->mutex);
}

static bool queue_is_full(const struct call_queue *queue)
{
	return !list_is_empty(&queue->waiting) ||
	       (queue->threads != 0 && queue->inside >= queue->threads);
}

/* Returns the call's number. */
static uint64_t queue_enter(struct driver *driver, struct call_turn *turn)
{
	struct call_queue *queue = &driver->calls;

	os_completion_init(&turn->granted);
	os_mutex_lock(&queue->mutex);
	turn->arrival = ++queue->arrivals;
	if (queue_is_full(queue) && !atomic_load(&driver->dead)) {
		turn_wait(queue, turn);
	} else {
		queue->inside++;
	}
	turn->departures = queue->departures;
	os_mutex_unlock(&queue->mutex);
	return turn->arrival;
}

/* The secure world had no thread for this call: wait for one that becomes free. If a call has left
 * since this one entered, that may have happened already, and it is worth asking at once. false:
 * nobody is inside who could ever leave. */
static bool queue_wait_again(struct driver *driver, struct call_turn *turn)
{
	struct call_queue *queue = &driver->calls;
	bool alone = false;

	os_mutex_lock(&queue->mutex);
	if (turn->departures == queue->departures && !atomic_load(&driver->dead)) {
		alone = queue->inside == 1;
		if (!alone) {
			queue->inside--;
			turn_wait(queue, turn);
		}
	}
	turn->departures = queue->departures;
	os_mutex_unlock(&queue->mutex);
	return !alone;
}

static void queue_leave(struct call_queue *queue, struct call_turn *turn)
{
	os_mutex_lock(&queue->mutex);
	queue->inside--;
	queue->departures++;
	turn_grant(queue);
	os_mutex_unlock(&queue->mutex);
	os_completion_destroy(&turn->granted);
}

void driver_calls_wake(struct call_queue *queue)
{
	os_mutex_lock(&queue->mutex);
	while (!list_is_empty(&queue->waiting)) {
		turn_grant(queue);
	}
	os_mutex_unlock(&queue->mutex);
}

void driver_calls_count(struct call_queue *queue, unsigned int *inside, unsigned int *waiting)
{
	os_mutex_lock(&queue->mutex);
	*inside = queue->inside;
	*waiting = queue->waiters;
	os_mutex_unlock(&queue->mutex);
}

/* --- The loop -------------------------------------------------------------------------------- */

/* Enter until the call is done. */
static enum transport_stop call_run(struct call *call, struct call_turn *turn)
{
	const struct transport *transport = call->driver->transport;
	struct smc_regs regs = transport->begin(call);

	for (;;) {
		enum transport_stop stop;

		if (atomic_load(&call->driver->dead)) {
			return TRANSPORT_FAILED;
		}
		stop = transport->enter(&regs);
		if (stop == TRANSPORT_RPC) {
			transport->serve(call, &regs);
		} else if (stop != TRANSPORT_FULL) {
			return stop;
		} else if (!queue_wait_again(call->driver, turn)) {
			os_log(OS_LOG_ERROR, "the secure world has lost its threads");
			return TRANSPORT_FAILED;
		}
	}
}

static void call_message(struct call *call, struct message *message)
{
	struct driver_event event;
	enum transport_stop stop;
	struct call_turn turn;

	call->number = queue_enter(call->driver, &turn);
	driver_event_call_begin(&event, call, message);
	driver_arg_write(call->arg, message);
	stop = call_run(call, &turn);
	if (call->page_list != NULL) {
		os_memory_put(call->page_list);
	}
	queue_leave(&call->driver->calls, &turn);
	driver_arg_read(call->arg, message);
	message->unread = stop == TRANSPORT_UNREAD;
	if (stop != TRANSPORT_DONE) {
		message->ret = TEE_ERROR_COMMUNICATION;
		message->ret_origin = MSG_ORIGIN_COMMS;
	}
	driver_event_call_end(&event, message);
}

typedef int (*arg_getter)(struct driver *driver, uint32_t params, struct arg *arg);

static int call_with(arg_getter arg_get, struct driver_file *file, enum call_patience patience,
		     struct message *message)
{
	struct call call = { .driver = file->driver, .file = file, .patience = patience };
	struct arg arg;
	int error;

	if (atomic_load(&call.driver->dead)) {
		return -ENODEV;
	}
	error = arg_get(call.driver, message->num_params, &arg);
	if (error != 0) {
		return error;
	}
	call.arg = &arg;
	call_message(&call, message);
	driver_arg_put(call.driver, &arg);
	return 0;
}

int driver_call(struct driver_file *file, enum call_patience patience, struct message *message)
{
	return call_with(driver_arg_get, file, patience, message);
}

int driver_call_private(struct driver_file *file, enum call_patience patience,
			struct message *message)
{
	return call_with(driver_arg_get_private, file, patience, message);
}

static int give_back_with(arg_getter arg_get, struct driver_file *file, enum call_patience patience,
			  struct message *message)
{
	unsigned int i;
	int error;

	for (i = 0; i < GIVE_BACK_TRIES_MAX; i++) {
		error = call_with(arg_get, file, patience, message);
		if (error != -ENOMEM && (error != 0 || !message->unread)) {
			return error;
		}
		os_sleep(GIVE_BACK_PAUSE_MS);
	}
	return -ENOMEM;
}

int driver_call_give_back(struct driver_file *file, enum call_patience patience,
			  struct message *message)
{
	return give_back_with(driver_arg_get, file, patience, message);
}

int driver_call_private_give_back(struct driver_file *file, enum call_patience patience,
				  struct message *message)
{
	return give_back_with(driver_arg_get_private, file, patience, message);
}
