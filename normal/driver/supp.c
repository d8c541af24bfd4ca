#include "normal/driver/supp.h"

#include <errno.h>
#include <string.h>

#include "abi/gp.h"
#include "normal/driver/driver.h"
#include "normal/driver/file.h"
#include "normal/driver/observe.h"
#include "normal/driver/state.h"

/* How a request ends (doc/requests.md). */
enum supp_outcome {
	SUPP_ANSWERED,
	SUPP_CLIENT_GONE,
	SUPP_SUPPLICANT_GONE,
	SUPP_FROZEN,
	SUPP_SHUT_DOWN,
	SUPP_NO_ROOM,
};

static const struct {
	uint32_t result;
	enum os_log_level level;
	const char *what;
	const char *advice;
} outcomes[] = {
	[SUPP_CLIENT_GONE] = { TEE_ERROR_CANCEL, OS_LOG_INFO, "its client is gone",
			       "nothing to do" },
	[SUPP_SUPPLICANT_GONE] = { TEE_ERROR_COMMUNICATION, OS_LOG_WARNING,
				   "the supplicant is gone", "start tee-supplicant again" },
	[SUPP_FROZEN] = { TEE_ERROR_TIMEOUT, OS_LOG_WARNING,
			  "the supplicant did not answer in time",
			  "see whether tee-supplicant is stopped or hangs, or raise "
			  "--supplicant-timeout" },
	[SUPP_SHUT_DOWN] = { TEE_ERROR_TARGET_DEAD, OS_LOG_WARNING, "the TEE ends",
			     "nothing to do" },
	[SUPP_NO_ROOM] = { TEE_ERROR_OUT_OF_MEMORY, OS_LOG_WARNING,
			   "too many requests wait for the supplicant",
			   "see whether tee-supplicant is stopped or hangs" },
};

/* Whoever made it sleeps on `answered`, and owns it and its parameters. One that nobody waits
 * for is a block of its own, freed when it is finished. */
struct supp_request {
	struct list link; /* in the queue */
	uint32_t id;	  /* 0: finished */
	struct supp_ask ask;
	uint32_t result;
	enum supp_outcome outcome;
	bool ownerless;
	struct os_completion answered;
	struct driver_event event;
	struct param copies[]; /* of an ownerless one */
};

/* A receiver that sleeps. */
struct supp_receiver {
	struct list link; /* alone: woken */
	struct os_completion woken;
};

void driver_supp_init(struct supp *supp)
{
	os_mutex_init(&supp->mutex);
	list_init(&supp->queue);
	list_init(&supp->receivers);
}

void driver_supp_destroy(struct supp *supp)
{
	os_mutex_destroy(&supp->mutex);
}

/* --- Requests: the mutex is held ------------------------------------------------------------- */

static struct supp_slot *slot_of(struct supp *supp, uint64_t id)
{
	return id > 0 && id <= SUPP_REQUESTS_MAX ? &supp->slots[id - 1] : NULL;
}

/* The lowest free id; 0: none. */
static uint32_t slot_free_id(const struct supp *supp)
{
	uint32_t id;

	for (id = 1; id <= SUPP_REQUESTS_MAX; id++) {
		if (supp->slots[id - 1].state == SUPP_NONE) {
			return id;
		}
	}
	return 0;
}

static void slot_forget(struct supp *supp, uint32_t id)
{
	supp->slots[id - 1] = (struct supp_slot){ .state = SUPP_NONE };
	if (supp->synchronous == id) {
		supp->synchronous = 0;
	}
}

/* Its owner, if it has one, may return and take it along as soon as the mutex is free. */
static void request_finish(struct supp *supp, struct supp_request *request,
			   enum supp_outcome outcome, uint32_t result)
{
	slot_forget(supp, request->id);
	list_remove(&request->link);
	if (request->ownerless) {
		os_free(request);
		return;
	}
	request->id = 0;
	request->outcome = outcome;
	request->result = result;
	os_complete(&request->answered);
}

static void receiver_wake(struct supp *supp)
{
	struct list *link = list_take_first(&supp->receivers);

	if (link != NULL) {
		os_complete(&list_entry(link, struct supp_receiver, link)->woken);
	}
}

/* SUPP_ANSWERED: it will be, if all goes well. */
static enum supp_outcome request_queue(const struct call *call, struct supp_request *request)
{
	struct supp *supp = &call->driver->supp;

	if (atomic_load(&call->driver->dead)) {
		return SUPP_SHUT_DOWN;
	}
	if ((supp->file == NULL && call->patience == CALL_HASTY) ||
	    (request->ask.only != NULL && request->ask.only != supp->file)) {
		return SUPP_SUPPLICANT_GONE;
	}
	request->id = slot_free_id(supp);
	if (request->id == 0) {
		return SUPP_NO_ROOM;
	}
	request->event.request = request->id;
	*slot_of(supp, request->id) = (struct supp_slot){ SUPP_QUEUED, request };
	list_add_back(&supp->queue, &request->link);
	receiver_wake(supp);
	return SUPP_ANSWERED;
}

/* Put a request without an owner in the place of `request`. false: no memory. */
static bool request_leave(struct supp *supp, struct supp_request *request)
{
	size_t size = request->ask.count * sizeof(request->copies[0]);
	struct supp_request *copy = os_alloc(sizeof(*copy) + size);

	if (copy == NULL) {
		return false;
	}
	copy->id = request->id;
	copy->ask = request->ask;
	copy->ask.params = copy->copies;
	copy->ownerless = true;
	copy->event = request->event;
	memcpy(copy->copies, request->ask.params, size);
	list_insert_before(&request->link, &copy->link);
	list_remove(&request->link);
	slot_of(supp, copy->id)->request = copy;
	return true;
}

/* The owner was killed, or has waited long enough. What it gives back is for a supplicant that is there: the next one never
 * had it. */
static void request_abandon(struct supp *supp, struct supp_request *request)
{
	struct supp_slot *slot = slot_of(supp, request->id);

	if (slot->state == SUPP_TAKEN) {
		*slot = (struct supp_slot){ .state = SUPP_ABANDONED };
		return;
	}
	if (request->ask.purpose == SUPP_GIVE_BACK && supp->file != NULL &&
	    request_leave(supp, request)) {
		return;
	}
	list_remove(&request->link);
	slot_forget(supp, request->id);
}

static void fail_all(struct supp *supp, enum supp_outcome outcome)
{
	uint32_t id;

	for (id = 1; id <= SUPP_REQUESTS_MAX; id++) {
		struct supp_slot *slot = slot_of(supp, id);

		if (slot->state == SUPP_QUEUED || slot->state == SUPP_TAKEN) {
			request_finish(supp, slot->request, outcome, outcomes[outcome].result);
		} else if (slot->state == SUPP_ABANDONED) {
			slot_forget(supp, id);
		}
	}
}

/* --- The secure world's side ----------------------------------------------------------------- */

/* Whether it ended or was answered first is seen under the mutex. */
static enum supp_outcome request_wait(const struct call *call, struct supp_request *request,
				      uint32_t timeout_ms)
{
	bool hasty = call->patience == CALL_HASTY;
	int error = 0;

	if (timeout_ms == 0) {
		if (hasty) {
			os_wait(&request->answered);
		} else {
			error = os_wait_killable(&request->answered);
		}
	} else if (hasty) {
		error = os_wait_timeout(&request->answered, timeout_ms);
	} else {
		error = os_wait_killable_timeout(&request->answered, timeout_ms);
	}
	return error == -ETIMEDOUT ? SUPP_FROZEN : SUPP_CLIENT_GONE;
}

/* What, whose, and what to do. The secure world gives back what it can, with nobody to ask or not:
 * that is no news. */
static void outcome_log(const struct call *call, const struct supp_request *request)
{
	enum os_log_level level = outcomes[request->outcome].level;

	if (request->outcome == SUPP_ANSWERED ||
	    (request->outcome == SUPP_SUPPLICANT_GONE && call->patience == CALL_HASTY) ||
	    request->ask.only != NULL) {
		return;
	}
	os_log(level,
	       "RPC command %u (request %u) of call %llu, process %d, failed with %#x: %s; %s",
	       request->ask.function, request->event.request, (unsigned long long)call->number,
	       (int)call->file->credentials.pid, request->result, outcomes[request->outcome].what,
	       outcomes[request->outcome].advice);
}

static void request_end(struct supp *supp, struct supp_request *request, enum supp_outcome outcome)
{
	request->outcome = outcome;
	request->result = outcomes[outcome].result;
	if (request->id != 0) {
		request_abandon(supp, request);
	}
}

uint32_t driver_supp_request(const struct call *call, struct driver_event *event,
			     const struct supp_ask *ask)
{
	struct supp *supp = &call->driver->supp;
	struct supp_request request = { .ask = *ask, .event = *event };
	enum supp_outcome outcome;
	uint32_t timeout_ms;

	list_init(&request.link);
	os_completion_init(&request.answered);
	os_mutex_lock(&supp->mutex);
	timeout_ms = supp->timeout_ms;
	outcome = request_queue(call, &request);
	if (outcome != SUPP_ANSWERED) {
		request_end(supp, &request, outcome);
	} else {
		event->request = request.id;
		os_mutex_unlock(&supp->mutex);
		outcome = request_wait(call, &request, timeout_ms);
		os_mutex_lock(&supp->mutex);
		if (request.id != 0) {
			request_end(supp, &request, outcome);
		}
	}
	os_mutex_unlock(&supp->mutex);
	os_completion_destroy(&request.answered);
	outcome_log(call, &request);
	return request.result;
}

void driver_supplicant_timeout(struct driver *driver, uint32_t timeout_ms)
{
	os_mutex_lock(&driver->supp.mutex);
	driver->supp.timeout_ms = timeout_ms;
	os_mutex_unlock(&driver->supp.mutex);
}

/* --- The supplicant's side ------------------------------------------------------------------- */

int driver_supp_open(struct supp *supp, struct driver_file *file)
{
	int error = -EBUSY;

	os_mutex_lock(&supp->mutex);
	if (supp->file == NULL) {
		supp->file = file;
		error = 0;
	}
	os_mutex_unlock(&supp->mutex);
	return error;
}

void driver_supp_release(struct supp *supp)
{
	os_mutex_lock(&supp->mutex);
	supp->file = NULL;
	fail_all(supp, SUPP_SUPPLICANT_GONE);
	os_mutex_unlock(&supp->mutex);
}

void driver_supp_wake(struct supp *supp)
{
	os_mutex_lock(&supp->mutex);
	fail_all(supp, SUPP_SHUT_DOWN);
	while (!list_is_empty(&supp->receivers)) {
		receiver_wake(supp);
	}
	os_mutex_unlock(&supp->mutex);
}

void driver_supp_count(struct supp *supp, struct driver_census *census)
{
	uint32_t id;

	os_mutex_lock(&supp->mutex);
	census->supplicant = supp->file != NULL ? 1 : 0;
	for (id = 1; id <= SUPP_REQUESTS_MAX; id++) {
		enum supp_state state = supp->slots[id - 1].state;

		census->requests_queued += state == SUPP_QUEUED ? 1 : 0;
		census->requests_taken += state == SUPP_TAKEN || state == SUPP_ABANDONED ? 1 : 0;
	}
	os_mutex_unlock(&supp->mutex);
}

/* Sleeps without the mutex until there may be something to receive. */
static int receiver_sleep(struct supp *supp)
{
	struct supp_receiver receiver;
	int error;

	os_completion_init(&receiver.woken);
	list_add_back(&supp->receivers, &receiver.link);
	os_mutex_unlock(&supp->mutex);
	error = os_wait_killable(&receiver.woken);
	os_mutex_lock(&supp->mutex);
	list_remove(&receiver.link);
	os_completion_destroy(&receiver.woken);
	return error;
}

/* Wait for the first request that is queued and take it, in a buffer of `room` parameters. The
 * mutex is held. */
static int request_take(struct driver *driver, uint32_t room, bool meta,
			struct supp_request **request)
{
	struct supp *supp = &driver->supp;
	int error = 0;

	while (error == 0 && supp->synchronous == 0 && list_is_empty(&supp->queue) &&
	       !atomic_load(&driver->dead)) {
		error = receiver_sleep(supp);
	}
	if (error != 0) {
		return error;
	}
	if (atomic_load(&driver->dead)) {
		return -ENODEV;
	}
	if (supp->synchronous != 0) {
		return -EINVAL;
	}
	*request = list_entry(list_first(&supp->queue), struct supp_request, link);
	if ((*request)->ask.count > room - (meta ? 1 : 0)) {
		return -EINVAL;
	}
	list_remove(&(*request)->link);
	slot_of(supp, (*request)->id)->state = SUPP_TAKEN;
	supp->synchronous = meta ? 0 : (*request)->id;
	return 0;
}

static void request_show(const struct supp_request *request, bool meta,
			 struct tee_ioctl_supp_recv_arg *buffer)
{
	struct tee_ioctl_param *to = buffer->params;
	uint32_t i;

	buffer->func = request->ask.function;
	buffer->num_params = request->ask.count + (meta ? 1 : 0);
	if (meta) {
		*to++ = (struct tee_ioctl_param){
			.attr = TEE_IOCTL_PARAM_ATTR_SUPP_META,
			.a = request->id,
		};
	}
	for (i = 0; i < request->ask.count; i++) {
		*to++ = driver_param_to_supplicant(&request->ask.params[i]);
	}
}

int driver_supp_receive(struct driver_file *file, struct tee_ioctl_supp_recv_arg *buffer)
{
	struct driver *driver = file->driver;
	struct supp *supp = &driver->supp;
	struct supp_request *request;
	struct driver_event event;
	bool meta;
	uint32_t i;
	int error;

	for (i = 0; i < buffer->num_params; i++) {
		if ((buffer->params[i].attr & ~(uint64_t)TEE_IOCTL_PARAM_ATTR_META) != 0) {
			return -EINVAL;
		}
	}
	if (buffer->num_params == 0) {
		return -EINVAL;
	}
	meta = buffer->params[0].attr == TEE_IOCTL_PARAM_ATTR_META;
	os_mutex_lock(&supp->mutex);
	error = request_take(driver, buffer->num_params, meta, &request);
	if (error == 0) {
		request_show(request, meta, buffer);
		event = request->event;
	} else if (!list_is_empty(&supp->queue)) {
		/* This receiver may have been the one woken for it. */
		receiver_wake(supp);
	}
	os_mutex_unlock(&supp->mutex);
	if (error == 0) {
		driver_event_supplicant(event, DRIVER_EVENT_SUPPLICANT_TAKE, 0);
	}
	return error;
}

/* Whose answer is it? 0: *request was taken, and `*answers` are its parameters. The mutex is
 * held. */
static int request_answered(struct supp *supp, const struct tee_ioctl_supp_send_arg *buffer,
			    struct supp_request **request, const struct tee_ioctl_param **answers)
{
	uint32_t meta = supp->synchronous == 0 ? 1 : 0;
	uint64_t id = meta != 0 ? buffer->params[0].a : supp->synchronous;
	const struct supp_slot *slot = slot_of(supp, id);

	if (meta != 0 && buffer->params[0].attr != TEE_IOCTL_PARAM_ATTR_SUPP_META) {
		return -EINVAL;
	}
	if (slot != NULL && slot->state == SUPP_ABANDONED) {
		slot_forget(supp, (uint32_t)id);
		return -EBADF;
	}
	if (slot == NULL || slot->state != SUPP_TAKEN) {
		return -ENOENT;
	}
	if (buffer->num_params - meta != slot->request->ask.count) {
		return -EINVAL;
	}
	*request = slot->request;
	*answers = buffer->params + meta;
	return 0;
}

static void request_update(struct driver_file *file, struct supp_request *request,
			   const struct tee_ioctl_param *answers)
{
	struct param *params = request->ask.params;
	uint32_t i;

	for (i = 0; i < request->ask.count; i++) {
		driver_param_from_supplicant(&answers[i], &params[i]);
	}
	if (request->ask.purpose == SUPP_ASK_MEMORY) {
		params[0].shm = driver_shm_by_id(file, params[0].c);
	}
}

int driver_supp_send(struct driver_file *file, const struct tee_ioctl_supp_send_arg *buffer)
{
	struct driver *driver = file->driver;
	struct supp *supp = &driver->supp;
	const struct tee_ioctl_param *answers;
	struct supp_request *request;
	struct driver_event event;
	uint32_t i;
	int error;

	for (i = 0; i < buffer->num_params; i++) {
		if ((buffer->params[i].attr & ~(uint64_t)TEE_IOCTL_PARAM_ATTR_MASK) != 0) {
			return -EINVAL;
		}
	}
	if (buffer->num_params == 0) {
		return -EINVAL;
	}
	os_mutex_lock(&supp->mutex);
	error = request_answered(supp, buffer, &request, &answers);
	if (error == 0) {
		request_update(file, request, answers);
		event = request->event;
		request_finish(supp, request, SUPP_ANSWERED, buffer->ret);
	}
	os_mutex_unlock(&supp->mutex);
	if (error == 0) {
		driver_event_supplicant(event, DRIVER_EVENT_SUPPLICANT_ANSWER, buffer->ret);
	}
	return error;
}
