#include "normal/rpmb/device.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bytes.h"
#include "normal/rpmb/frame.h"

/* What the next read gives: nothing, or the answer to the last frame that was written. */
enum ready {
	READY_NOTHING,
	READY_COUNTER,
	READY_DATA,
	READY_RESULT,
};

struct rpmb_device {
	pthread_mutex_t lock;
	struct rpmb_state state;
	uint8_t *scratch; /* as large as state.data */
	rpmb_store *store;
	void *arg;

	enum ready ready;
	struct rpmb_frame asked;   /* of a read, the request */
	struct rpmb_frame outcome; /* the result register */

	bool powered;
	bool failing; /* this exchange */
	unsigned int exchanges;
	unsigned int writes;
	struct rpmb_fault faults[RPMB_FAULTS_MAX];
	size_t fault_count;
	struct rpmb_frame *last; /* what came back from the exchange before */
	size_t last_count;
};

static size_t data_size(const struct rpmb_geometry *geometry)
{
	return (size_t)geometry->size_mult * RPMB_SIZE_UNIT;
}

static size_t block_total(const struct rpmb_device *device)
{
	return data_size(&device->state.geometry) / RPMB_DATA_SIZE;
}

/* --- results --- */

/* A response of `type`; the counter's end is told with every one. */
static void response_begin(const struct rpmb_device *device, struct rpmb_frame *frame,
			   uint16_t type, uint16_t result)
{
	memset(frame, 0, sizeof(*frame));
	if (!device->state.key_is_set && type != RPMB_MSG_KEY_PROGRAM_RESPONSE) {
		result = RPMB_RESULT_NO_KEY;
	}
	if (device->state.write_counter == UINT32_MAX) {
		result |= RPMB_RESULT_COUNTER_EXPIRED;
	}
	store_be16(frame->msg_type, type);
	store_be16(frame->op_result, result);
}

/* Nothing is signed before there is a key. */
static bool frames_sign(const struct rpmb_device *device, struct rpmb_frame *frames, size_t count)
{
	return !device->state.key_is_set ||
	       rpmb_frames_mac(device->state.key, frames, count, frames[count - 1].key_mac);
}

static bool frames_are_authentic(const struct rpmb_device *device, const struct rpmb_frame *frames,
				 size_t count)
{
	uint8_t mac[RPMB_KEY_MAC_SIZE];

	return rpmb_frames_mac(device->state.key, frames, count, mac) &&
	       bytes_equal_secret(mac, frames[count - 1].key_mac, sizeof(mac));
}

/* --- the key --- */

static enum rpmb_result key_program(struct rpmb_device *device, const struct rpmb_frame *frame)
{
	struct rpmb_state next = device->state;

	if (next.key_is_set) {
		return RPMB_RESULT_GENERAL;
	}
	next.key_is_set = true;
	memcpy(next.key, frame->key_mac, sizeof(next.key));
	if (device->failing || (device->store != NULL && !device->store(device->arg, &next))) {
		return RPMB_RESULT_WRITE;
	}
	device->state = next;
	device->writes++;
	return RPMB_RESULT_OK;
}

static void serve_key(struct rpmb_device *device, const struct rpmb_frame *frames, size_t count)
{
	enum rpmb_result result =
		count == 1 ? key_program(device, &frames[0]) : RPMB_RESULT_GENERAL;

	response_begin(device, &device->outcome, RPMB_MSG_KEY_PROGRAM_RESPONSE, result);
}

/* --- authenticated writes --- */

static enum rpmb_result write_check(const struct rpmb_device *device,
				    const struct rpmb_frame *frames, size_t count)
{
	size_t first = load_be16(frames[0].address);

	if (!device->state.key_is_set) {
		return RPMB_RESULT_NO_KEY;
	}
	if (device->state.write_counter == UINT32_MAX) {
		return RPMB_RESULT_WRITE;
	}
	if (load_be16(frames[0].block_count) != count ||
	    count > 2u * device->state.geometry.rel_wr) {
		return RPMB_RESULT_GENERAL;
	}
	if (!range_within(first, count, block_total(device))) {
		return RPMB_RESULT_ADDRESS;
	}
	if (!frames_are_authentic(device, frames, count)) {
		return RPMB_RESULT_AUTH;
	}
	return load_be32(frames[0].write_counter) == device->state.write_counter
		       ? RPMB_RESULT_OK
		       : RPMB_RESULT_COUNTER;
}

/* The next state is made beside this one, so that it is kept whole or not at all. */
static enum rpmb_result write_do(struct rpmb_device *device, const struct rpmb_frame *frames,
				 size_t count)
{
	struct rpmb_state next = device->state;
	size_t first = load_be16(frames[0].address);

	next.data = device->scratch;
	memcpy(next.data, device->state.data, data_size(&next.geometry));
	for (size_t i = 0; i < count; i++) {
		memcpy(next.data + (first + i) * RPMB_DATA_SIZE, frames[i].data, RPMB_DATA_SIZE);
	}
	next.write_counter++;
	if (device->failing || (device->store != NULL && !device->store(device->arg, &next))) {
		return RPMB_RESULT_WRITE;
	}
	device->scratch = device->state.data;
	device->state = next;
	device->writes++;
	return RPMB_RESULT_OK;
}

static void serve_write(struct rpmb_device *device, const struct rpmb_frame *frames, size_t count)
{
	enum rpmb_result result = write_check(device, frames, count);

	if (result == RPMB_RESULT_OK) {
		result = write_do(device, frames, count);
	}
	response_begin(device, &device->outcome, RPMB_MSG_WRITE_RESPONSE, result);
	memcpy(device->outcome.address, frames[0].address, sizeof(device->outcome.address));
	store_be32(device->outcome.write_counter, device->state.write_counter);
}

/* --- reads --- */

static void serve_request(struct rpmb_device *device, const struct rpmb_frame *frames, size_t count)
{
	device->asked = frames[0];
	device->ready = load_be16(frames[0].msg_type) == RPMB_MSG_READ ? READY_DATA : READY_COUNTER;
}

static void serve_result(struct rpmb_device *device, const struct rpmb_frame *frames, size_t count)
{
	device->ready = READY_RESULT;
}

static bool give_counter(struct rpmb_device *device, struct rpmb_frame *frames, size_t count)
{
	response_begin(device, frames, RPMB_MSG_READ_COUNTER_RESPONSE,
		       device->failing ? RPMB_RESULT_READ : RPMB_RESULT_OK);
	memcpy(frames->nonce, device->asked.nonce, sizeof(frames->nonce));
	if (device->state.key_is_set) {
		store_be32(frames->write_counter, device->state.write_counter);
	}
	return frames_sign(device, frames, 1);
}

static enum rpmb_result read_check(const struct rpmb_device *device, size_t count)
{
	if (!device->state.key_is_set) {
		return RPMB_RESULT_NO_KEY;
	}
	if (!range_within(load_be16(device->asked.address), count, block_total(device))) {
		return RPMB_RESULT_ADDRESS;
	}
	return device->failing ? RPMB_RESULT_READ : RPMB_RESULT_OK;
}

static bool give_data(struct rpmb_device *device, struct rpmb_frame *frames, size_t count)
{
	enum rpmb_result result = read_check(device, count);
	size_t first = load_be16(device->asked.address);

	for (size_t i = 0; i < count; i++) {
		response_begin(device, &frames[i], RPMB_MSG_READ_RESPONSE, result);
		memcpy(frames[i].nonce, device->asked.nonce, sizeof(frames[i].nonce));
		memcpy(frames[i].address, device->asked.address, sizeof(frames[i].address));
		store_be16(frames[i].block_count, (uint16_t)count);
		if (result == RPMB_RESULT_OK) {
			memcpy(frames[i].data, device->state.data + (first + i) * RPMB_DATA_SIZE,
			       RPMB_DATA_SIZE);
		}
	}
	return frames_sign(device, frames, count);
}

static bool give_result(struct rpmb_device *device, struct rpmb_frame *frames, size_t count)
{
	*frames = device->outcome;
	return frames_sign(device, frames, 1);
}

/* --- the two commands of the bus --- */

static void (*const services[])(struct rpmb_device *, const struct rpmb_frame *, size_t) = {
	[RPMB_MSG_KEY_PROGRAM] = serve_key,	 [RPMB_MSG_WRITE] = serve_write,
	[RPMB_MSG_READ_COUNTER] = serve_request, [RPMB_MSG_READ] = serve_request,
	[RPMB_MSG_RESULT_READ] = serve_result,
};

static bool (*const givers[])(struct rpmb_device *, struct rpmb_frame *, size_t) = {
	[READY_COUNTER] = give_counter,
	[READY_DATA] = give_data,
	[READY_RESULT] = give_result,
};

static int frames_in(struct rpmb_device *device, const struct rpmb_frame *frames, size_t count)
{
	uint16_t type;

	if (!device->powered || count == 0) {
		return -EIO;
	}
	device->ready = READY_NOTHING;
	type = load_be16(frames[0].msg_type);
	if (type < array_size(services) && services[type] != NULL) {
		services[type](device, frames, count);
	}
	return 0;
}

static int frames_out(struct rpmb_device *device, struct rpmb_frame *frames, size_t count)
{
	bool one = device->ready != READY_DATA;

	if (!device->powered || device->ready == READY_NOTHING || count == 0 ||
	    (one && count != 1) || count > RPMB_FRAMES_MAX) {
		return -EIO;
	}
	return givers[device->ready](device, frames, count) ? 0 : -EIO;
}

int rpmb_device_write(struct rpmb_device *device, const struct rpmb_frame *frames, size_t count)
{
	int error;

	pthread_mutex_lock(&device->lock);
	error = frames_in(device, frames, count);
	pthread_mutex_unlock(&device->lock);
	return error;
}

int rpmb_device_read(struct rpmb_device *device, struct rpmb_frame *frames, size_t count)
{
	int error;

	pthread_mutex_lock(&device->lock);
	error = frames_out(device, frames, count);
	pthread_mutex_unlock(&device->lock);
	return error;
}

/* --- exchanges --- */

static int exchange_do(struct rpmb_device *device, const struct rpmb_frame *request,
		       size_t request_count, struct rpmb_frame *response, size_t response_count)
{
	struct rpmb_frame result_read = { 0 };
	int error;

	error = frames_in(device, request, request_count);
	if (error == 0 &&
	    rpmb_exchange_of(request, request_count, response_count) == RPMB_EXCHANGE_WRITE) {
		store_be16(result_read.msg_type, RPMB_MSG_RESULT_READ);
		error = frames_in(device, &result_read, 1);
	}
	return error == 0 ? frames_out(device, response, response_count) : error;
}

/* The fault that is ordered for the exchange that comes now, or NULL. */
static const struct rpmb_fault *fault_due(struct rpmb_device *device)
{
	device->exchanges++;
	for (size_t i = 0; i < device->fault_count; i++) {
		if (device->faults[i].exchange == device->exchanges) {
			return &device->faults[i];
		}
	}
	return NULL;
}

/* What comes back, when it is not what should: the frames of the exchange before, as far as there
 * are any. */
static void response_replay(const struct rpmb_device *device, struct rpmb_frame *response,
			    size_t count)
{
	memset(response, 0, count * sizeof(*response));
	for (size_t i = 0; i < count && i < device->last_count; i++) {
		response[i] = device->last[i];
	}
}

static void response_remember(struct rpmb_device *device, const struct rpmb_frame *response,
			      size_t count)
{
	struct rpmb_frame *copy = realloc(device->last, count * sizeof(*copy));

	if (copy != NULL) {
		memcpy(copy, response, count * sizeof(*copy));
		device->last = copy;
		device->last_count = count;
	}
}

static bool is_before(enum rpmb_fault_kind kind)
{
	return kind == RPMB_FAULT_LOSE_REQUEST || kind == RPMB_FAULT_CUT_BEFORE;
}

static bool is_cut(enum rpmb_fault_kind kind)
{
	return kind == RPMB_FAULT_CUT_BEFORE || kind == RPMB_FAULT_CUT_AFTER;
}

static int exchange_with(struct rpmb_device *device, const struct rpmb_fault *fault,
			 const struct rpmb_frame *request, size_t request_count,
			 struct rpmb_frame *response, size_t response_count)
{
	int error = -EIO;

	if (!is_before(fault->kind)) {
		device->failing = fault->kind == RPMB_FAULT_FAIL;
		error = exchange_do(device, request, request_count, response, response_count);
		device->failing = false;
	}
	device->powered = device->powered && !is_cut(fault->kind);
	if (fault->kind == RPMB_FAULT_FAIL) {
		return error;
	}
	if (fault->kind == RPMB_FAULT_REPLAY && error == 0) {
		response_replay(device, response, response_count);
		return 0;
	}
	memset(response, 0, response_count * sizeof(*response));
	return -EIO;
}

int rpmb_device_exchange(struct rpmb_device *device, const struct rpmb_frame *request,
			 size_t request_count, struct rpmb_frame *response, size_t response_count)
{
	const struct rpmb_fault *fault;
	int error;

	switch (rpmb_exchange_of(request, request_count, response_count)) {
	case RPMB_EXCHANGE_WRONG_SHAPE:
		return -EINVAL;
	case RPMB_EXCHANGE_WRONG_TYPE:
		return -ENOTSUP;
	default:
		break;
	}
	pthread_mutex_lock(&device->lock);
	fault = fault_due(device);
	if (fault != NULL) {
		error = exchange_with(device, fault, request, request_count, response,
				      response_count);
	} else {
		error = exchange_do(device, request, request_count, response, response_count);
	}
	if (error == 0) {
		response_remember(device, response, response_count);
	}
	pthread_mutex_unlock(&device->lock);
	return error;
}

/* --- life --- */

static bool geometry_is_possible(const struct rpmb_geometry *geometry)
{
	return geometry->size_mult > 0 && geometry->size_mult <= RPMB_SIZE_MULT_MAX &&
	       geometry->rel_wr > 0;
}

struct rpmb_device *rpmb_device_resume(const struct rpmb_state *state, rpmb_store *store, void *arg)
{
	struct rpmb_device *device = calloc(1, sizeof(*device));

	if (device == NULL || !geometry_is_possible(&state->geometry)) {
		free(device);
		return NULL;
	}
	device->scratch = malloc(data_size(&state->geometry));
	if (device->scratch == NULL) {
		free(device);
		return NULL;
	}
	pthread_mutex_init(&device->lock, NULL);
	device->state = *state;
	device->store = store;
	device->arg = arg;
	device->powered = true;
	return device;
}

struct rpmb_device *rpmb_device_new(const struct rpmb_geometry *geometry, rpmb_store *store,
				    void *arg)
{
	struct rpmb_state state = { .geometry = *geometry };
	struct rpmb_device *device = NULL;

	if (geometry_is_possible(geometry)) {
		state.data = calloc(1, data_size(geometry));
	}
	if (state.data != NULL) {
		device = rpmb_device_resume(&state, store, arg);
	}
	if (device == NULL) {
		free(state.data);
	}
	return device;
}

void rpmb_device_free(struct rpmb_device *device)
{
	if (device == NULL) {
		return;
	}
	pthread_mutex_destroy(&device->lock);
	bytes_wipe(device->state.key, sizeof(device->state.key));
	free(device->state.data);
	free(device->scratch);
	free(device->last);
	free(device);
}

void rpmb_device_geometry(struct rpmb_device *device, struct rpmb_geometry *geometry)
{
	pthread_mutex_lock(&device->lock);
	*geometry = device->state.geometry;
	pthread_mutex_unlock(&device->lock);
}

/* --- for tests --- */

bool rpmb_device_fault(struct rpmb_device *device, const struct rpmb_fault *fault)
{
	bool fits;

	pthread_mutex_lock(&device->lock);
	fits = device->fault_count < RPMB_FAULTS_MAX;
	if (fits) {
		device->faults[device->fault_count++] = *fault;
	}
	pthread_mutex_unlock(&device->lock);
	return fits;
}

void rpmb_device_restart(struct rpmb_device *device)
{
	pthread_mutex_lock(&device->lock);
	device->powered = true;
	device->ready = READY_NOTHING;
	device->exchanges = 0;
	device->writes = 0;
	device->fault_count = 0;
	pthread_mutex_unlock(&device->lock);
}

unsigned int rpmb_device_exchanges(struct rpmb_device *device)
{
	unsigned int count;

	pthread_mutex_lock(&device->lock);
	count = device->exchanges;
	pthread_mutex_unlock(&device->lock);
	return count;
}

unsigned int rpmb_device_writes(struct rpmb_device *device)
{
	unsigned int count;

	pthread_mutex_lock(&device->lock);
	count = device->writes;
	pthread_mutex_unlock(&device->lock);
	return count;
}

void rpmb_device_counter_set(struct rpmb_device *device, uint32_t counter)
{
	pthread_mutex_lock(&device->lock);
	device->state.write_counter = counter;
	pthread_mutex_unlock(&device->lock);
}

void rpmb_device_state(struct rpmb_device *device, struct rpmb_state *state)
{
	pthread_mutex_lock(&device->lock);
	*state = device->state;
	pthread_mutex_unlock(&device->lock);
}
