/* loop_test.c - receiving, serving and answering, against a driver that is played here. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "normal/supplicant/fake_request.h"
#include "normal/supplicant/loop.h"

#define QUEUE_MAX 64

struct item {
	uint32_t command;
	size_t count;
	struct tee_ioctl_param params[8];
};

/* The driver's side of SUPPL_RECV and SUPPL_SEND. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool meta; /* requests are numbered */
	bool dead;
	bool seen; /* `first` is the structure of the first RECV */
	_Alignas(8) unsigned char first[1024];
	size_t first_size;
	struct item queue[QUEUE_MAX];
	unsigned int queued;
	unsigned int received;
	unsigned int receivers;	    /* in RECV now, */
	unsigned int receivers_max; /* and ever at once */
	unsigned int answered;
	_Alignas(8) unsigned char answers[QUEUE_MAX][1024];
	size_t answer_sizes[QUEUE_MAX];
	int receive_error;  /* of the next RECV, once */
	int send_error;	    /* of the next SEND, once */
	bool too_many;	    /* RECV lies about the number of parameters */
	size_t room_needed; /* RECV with fewer parameters is -EINVAL */
} driver;

static struct supplicant supplicant;
static struct loop loop;
static pthread_t runner;
static int run_error;

static void deliver(struct tee_ioctl_supp_recv_arg *arg, const struct item *item, uint64_t id)
{
	size_t first = driver.meta ? 1 : 0;

	arg->func = item->command;
	arg->num_params = (uint32_t)(item->count + first);
	if (driver.meta) {
		arg->params[0] = fake_value(TEE_IOCTL_PARAM_ATTR_SUPP_META, id, 0, 0);
	}
	memcpy(arg->params + first, item->params, item->count * sizeof(*item->params));
	if (driver.too_many) {
		arg->num_params = 1000;
	}
}

static int receive(struct tee_ioctl_supp_recv_arg *arg, size_t size)
{
	int error;

	if (!driver.seen) {
		driver.seen = true;
		driver.first_size = size;
		memcpy(driver.first, arg, size);
	}
	driver.receivers++;
	if (driver.receivers > driver.receivers_max) {
		driver.receivers_max = driver.receivers;
	}
	pthread_cond_broadcast(&driver.changed);
	while (!driver.dead && driver.receive_error == 0 && driver.received == driver.queued) {
		pthread_cond_wait(&driver.changed, &driver.lock);
	}
	driver.receivers--;
	if (driver.dead) {
		return -ENODEV;
	}
	if (driver.receive_error != 0) {
		error = driver.receive_error;
		driver.receive_error = 0;
		return error;
	}
	if (arg->num_params < driver.room_needed) {
		return -EINVAL;
	}
	deliver(arg, &driver.queue[driver.received], driver.received + 1);
	driver.received++;
	return 0;
}

static int answer(const void *arg, size_t size)
{
	int error = driver.send_error;

	if (driver.dead) {
		return -ENODEV;
	}
	memcpy(driver.answers[driver.answered], arg, size);
	driver.answer_sizes[driver.answered++] = size;
	driver.send_error = 0;
	return error;
}

static int serve(uint32_t command, void *buffer, size_t size)
{
	int error;

	pthread_mutex_lock(&driver.lock);
	error = command == TEE_IOC_SUPPL_RECV ? receive(buffer, size) : answer(buffer, size);
	pthread_cond_broadcast(&driver.changed);
	pthread_mutex_unlock(&driver.lock);
	return error;
}

static void *run(void *unused)
{
	int error = loop_run(&loop);

	pthread_mutex_lock(&driver.lock);
	run_error = error;
	pthread_cond_broadcast(&driver.changed);
	pthread_mutex_unlock(&driver.lock);
	return NULL;
}

static int setup_with(bool meta)
{
	fake_device_reset();
	memset(&driver, 0, sizeof(driver));
	pthread_mutex_init(&driver.lock, NULL);
	pthread_cond_init(&driver.changed, NULL);
	driver.meta = meta;
	fake_device.serve = serve;
	run_error = 0;
	if (device_open(DEVICE_TEEPRIV, NULL, &supplicant.device) != 0 ||
	    !ta_init(&supplicant.ta, "", NULL) || !fs_init(&supplicant.fs, "/nowhere", false)) {
		return -1;
	}
	shm_init(&supplicant.shm, supplicant.device);
	return 0;
}

static int setup(void **state)
{
	return setup_with(true);
}

static int setup_without_meta(void **state)
{
	return setup_with(false);
}

static int teardown(void **state)
{
	shm_destroy(&supplicant.shm);
	fs_destroy(&supplicant.fs);
	ta_destroy(&supplicant.ta);
	device_close(supplicant.device);
	pthread_cond_destroy(&driver.changed);
	pthread_mutex_destroy(&driver.lock);
	return 0;
}

static void start(unsigned int threads)
{
	loop_init(&loop, &supplicant, threads);
	assert_int_equal(pthread_create(&runner, NULL, run, NULL), 0);
}

/* The device dies, if it has not; what ended the loop. */
static int stop(void)
{
	pthread_mutex_lock(&driver.lock);
	driver.dead = true;
	pthread_cond_broadcast(&driver.changed);
	pthread_mutex_unlock(&driver.lock);
	pthread_join(runner, NULL);
	loop_destroy(&loop);
	return run_error;
}

static void queue(uint32_t command, const struct tee_ioctl_param *params, size_t count)
{
	struct item *item;

	pthread_mutex_lock(&driver.lock);
	item = &driver.queue[driver.queued++];
	item->command = command;
	item->count = count;
	memcpy(item->params, params, count * sizeof(*params));
	pthread_cond_broadcast(&driver.changed);
	pthread_mutex_unlock(&driver.lock);
}

static void queue_alloc(void)
{
	struct tee_ioctl_param param = fake_value(VALUE_INOUT, 0, 100, 0);

	queue(RPC_CMD_SHM_ALLOC, &param, 1);
}

#define wait_until(condition)                                                                      \
	do {                                                                                       \
		pthread_mutex_lock(&driver.lock);                                                  \
		while (!(condition)) {                                                             \
			pthread_cond_wait(&driver.changed, &driver.lock);                          \
		}                                                                                  \
		pthread_mutex_unlock(&driver.lock);                                                \
	} while (0)

static const struct tee_ioctl_supp_send_arg *answer_of(unsigned int index)
{
	wait_until(driver.answered > index);
	return (const void *)driver.answers[index];
}

/* --- What crosses --------------------------------------------------------------------------- */

static void receiving_announces_that_requests_may_be_numbered(void **state)
{
	const struct tee_ioctl_supp_recv_arg *arg = (const void *)driver.first;
	unsigned int i;

	start(LOOP_THREADS_DEFAULT);
	wait_until(driver.seen);
	assert_int_equal(driver.first_size, 8 + 5 * 32);
	assert_int_equal(arg->num_params, 5);
	assert_int_equal(arg->params[0].attr, TEE_IOCTL_PARAM_ATTR_META);
	assert_int_equal(arg->params[0].a, 0);
	for (i = 1; i < 5; i++) {
		assert_int_equal(arg->params[i].attr, 0);
	}
	assert_int_equal(stop(), -ENODEV);
}

static void a_numbered_request_is_answered_under_its_number(void **state)
{
	const struct tee_ioctl_supp_send_arg *arg;
	unsigned int i;

	start(LOOP_THREADS_DEFAULT);
	for (i = 0; i < 3; i++) {
		queue_alloc();
		arg = answer_of(i);
		assert_int_equal(driver.answer_sizes[i], 8 + 2 * 32);
		assert_int_equal(arg->ret, TEE_SUCCESS);
		assert_int_equal(arg->num_params, 2);
		assert_int_equal(arg->params[0].attr, TEE_IOCTL_PARAM_ATTR_SUPP_META);
		assert_int_equal(arg->params[0].a, i + 1);
		assert_int_equal(arg->params[1].attr, VALUE_INOUT);
		assert_int_equal(arg->params[1].c, i + 1);
	}
	assert_int_equal(stop(), -ENODEV);
}

static void a_request_without_number_is_answered_without(void **state)
{
	const struct tee_ioctl_supp_send_arg *arg;

	start(LOOP_THREADS_DEFAULT);
	queue_alloc();
	arg = answer_of(0);
	assert_int_equal(driver.answer_sizes[0], 8 + 1 * 32);
	assert_int_equal(arg->ret, TEE_SUCCESS);
	assert_int_equal(arg->num_params, 1);
	assert_int_equal(arg->params[0].c, 1);
	assert_int_equal(stop(), -ENODEV);
}

static void an_unknown_command_is_answered_too(void **state)
{
	const struct tee_ioctl_supp_send_arg *arg;
	struct tee_ioctl_param params[4] = { { VALUE_INOUT, 1, 2, 3 } };

	start(LOOP_THREADS_DEFAULT);
	queue(RPC_CMD_SQL_FS, params, 4);
	arg = answer_of(0);
	assert_int_equal(arg->ret, TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(arg->num_params, 5);
	assert_int_equal(arg->params[1].a, 1);
	assert_int_equal(stop(), -ENODEV);
}

/* --- Threads -------------------------------------------------------------------------------- */

static sem_t share_entered;
static sem_t share_allowed;

static void block_share(void)
{
	sem_post(&share_entered);
	sem_wait(&share_allowed);
}

static void block(void)
{
	sem_init(&share_entered, 0, 0);
	sem_init(&share_allowed, 0, 0);
	fake_device.on_share = block_share;
}

static void unblock(unsigned int times)
{
	while (times-- > 0) {
		sem_post(&share_allowed);
	}
}

static void while_one_thread_serves_another_waits(void **state)
{
	unsigned int i;

	block();
	start(LOOP_THREADS_DEFAULT);
	for (i = 0; i < 5; i++) {
		queue_alloc();
		sem_wait(&share_entered);
	}
	wait_until(driver.receivers == 1);
	assert_int_equal(driver.answered, 0);
	unblock(5);
	wait_until(driver.answered == 5);
	/* They stay. */
	wait_until(driver.receivers >= 6);
	assert_int_equal(stop(), -ENODEV);
}

static void there_are_no_more_threads_than_the_limit(void **state)
{
	block();
	start(2);
	queue_alloc();
	queue_alloc();
	sem_wait(&share_entered);
	sem_wait(&share_entered);
	queue_alloc();
	assert_int_equal(driver.received, 2);
	unblock(1);
	sem_wait(&share_entered);
	unblock(2);
	wait_until(driver.answered == 3);
	assert_true(driver.receivers_max <= 2);
	assert_int_equal(stop(), -ENODEV);
}

static void without_numbers_there_is_one_thread(void **state)
{
	unsigned int i;

	start(LOOP_THREADS_DEFAULT);
	for (i = 0; i < 10; i++) {
		queue_alloc();
	}
	wait_until(driver.answered == 10 && driver.receivers == 1);
	assert_int_equal(driver.receivers_max, 1);
	assert_int_equal(stop(), -ENODEV);
}

/* --- Errors --------------------------------------------------------------------------------- */

static void an_answer_that_nobody_waits_for_is_dropped(void **state)
{
	static const int errors[] = { -EBADF, -ENOENT };
	unsigned int i;

	start(1);
	for (i = 0; i < array_size(errors); i++) {
		pthread_mutex_lock(&driver.lock);
		driver.send_error = errors[i];
		pthread_mutex_unlock(&driver.lock);
		queue_alloc();
		wait_until(driver.answered == i + 1);
	}
	queue_alloc();
	assert_int_equal(answer_of(2)->ret, TEE_SUCCESS);
	/* And so is what the two gave: nobody knows of it. */
	assert_int_equal(fake_device_shared(), 1);
	assert_int_equal(stop(), -ENODEV);
}

static void an_answer_that_is_refused_ends_the_loop(void **state)
{
	driver.send_error = -EINVAL;
	start(1);
	queue_alloc();
	wait_until(run_error != 0);
	assert_int_equal(stop(), -EINVAL);
}

static void a_refused_answer_ends_the_loop_while_others_wait(void **state)
{
	driver.send_error = -EINVAL;
	start(LOOP_THREADS_DEFAULT);
	queue_alloc();
	wait_until(run_error != 0);
	assert_int_equal(run_error, -EINVAL);
	stop();
}

static void an_interrupted_wait_is_resumed(void **state)
{
	driver.receive_error = -EINTR;
	start(1);
	queue_alloc();
	assert_int_equal(answer_of(0)->ret, TEE_SUCCESS);
	assert_int_equal(stop(), -ENODEV);
}

static void a_request_that_needs_more_room_gets_it(void **state)
{
	struct tee_ioctl_param params[7] = { { 0 } };

	driver.room_needed = 8;
	start(1);
	queue(RPC_CMD_LOAD_TA, params, 7);
	assert_int_equal(answer_of(0)->ret, TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(answer_of(0)->num_params, 8);
	assert_int_equal(stop(), -ENODEV);
}

static void a_request_that_no_room_suffices_for_ends_the_loop(void **state)
{
	driver.room_needed = 100;
	start(1);
	queue_alloc();
	wait_until(run_error != 0);
	assert_int_equal(stop(), -EINVAL);
}

static void more_parameters_than_there_is_room_for_end_the_loop(void **state)
{
	driver.too_many = true;
	start(1);
	queue_alloc();
	wait_until(run_error != 0);
	assert_int_equal(stop(), -EPROTO);
}

static void a_dead_tee_ends_the_loop(void **state)
{
	start(LOOP_THREADS_DEFAULT);
	queue_alloc();
	wait_until(driver.answered == 1);
	assert_int_equal(stop(), -ENODEV);
}

#define promise(name)	   cmocka_unit_test_setup_teardown(name, setup, teardown)
#define without_meta(name) cmocka_unit_test_setup_teardown(name, setup_without_meta, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(receiving_announces_that_requests_may_be_numbered),
		promise(a_numbered_request_is_answered_under_its_number),
		without_meta(a_request_without_number_is_answered_without),
		promise(an_unknown_command_is_answered_too),
		promise(while_one_thread_serves_another_waits),
		promise(there_are_no_more_threads_than_the_limit),
		without_meta(without_numbers_there_is_one_thread),
		promise(an_answer_that_nobody_waits_for_is_dropped),
		promise(an_answer_that_is_refused_ends_the_loop),
		promise(a_refused_answer_ends_the_loop_while_others_wait),
		promise(an_interrupted_wait_is_resumed),
		promise(a_request_that_needs_more_room_gets_it),
		promise(a_request_that_no_room_suffices_for_ends_the_loop),
		promise(more_parameters_than_there_is_room_for_end_the_loop),
		promise(a_dead_tee_ends_the_loop),
	};

	return cmocka_run_group_tests_name("supplicant/loop", tests, NULL, NULL);
}
