/* postern_test.c - a device that is posternd's, and the search for one. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "normal/device/device.h"
#include "normal/device/fake_posternd.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

/* What the fake does with a request; NULL: the honest reply. */
typedef void answer(const struct fake_request *request, struct fake_reply *reply);

static struct {
	struct fake_posternd *fake;
	struct device *device;
	pthread_mutex_t lock; /* of what follows: the fake's threads use it too */
	answer *answer;
	struct fake_request seen; /* the last request */
	unsigned int count;
	int memory;	 /* of the last SHM_ALLOC that was served, -1: none */
	ino_t inode;	 /* of the last descriptor that came along */
	uint32_t parked; /* requests of this operation ... */
	sem_t arrived;	 /* ... say that they are there ... */
	sem_t released;	 /* ... and wait for this */
	int descriptors; /* this process had at the start */
} world;

static int descriptor_count(void)
{
	int count = 0;
	int fd;

	for (fd = 0; fd < 256; fd++) {
		count += fcntl(fd, F_GETFD) >= 0;
	}
	return count;
}

static void serve(void *context, const struct fake_request *request, struct fake_reply *reply)
{
	bool parked;

	pthread_mutex_lock(&world.lock);
	world.seen = *request;
	world.count++;
	parked = request->operation == world.parked;
	pthread_mutex_unlock(&world.lock);
	if (parked) {
		sem_post(&world.arrived);
		sem_wait(&world.released);
	}
	pthread_mutex_lock(&world.lock);
	if (world.answer != NULL) {
		world.answer(request, reply);
	}
	pthread_mutex_unlock(&world.lock);
}

static void answer_with(answer *next)
{
	pthread_mutex_lock(&world.lock);
	world.answer = next;
	pthread_mutex_unlock(&world.lock);
}

static void park(uint32_t operation)
{
	pthread_mutex_lock(&world.lock);
	world.parked = operation;
	pthread_mutex_unlock(&world.lock);
}

static struct fake_request seen(void)
{
	struct fake_request request;

	pthread_mutex_lock(&world.lock);
	request = world.seen;
	pthread_mutex_unlock(&world.lock);
	return request;
}

static unsigned int seen_count(void)
{
	unsigned int count;

	pthread_mutex_lock(&world.lock);
	count = world.count;
	pthread_mutex_unlock(&world.lock);
	return count;
}

static int memory(void)
{
	int fd;

	pthread_mutex_lock(&world.lock);
	fd = world.memory;
	pthread_mutex_unlock(&world.lock);
	return fd;
}

static int setup(void **state)
{
	memset(&world, 0, sizeof(world));
	pthread_mutex_init(&world.lock, NULL);
	sem_init(&world.arrived, 0, 0);
	sem_init(&world.released, 0, 0);
	world.memory = -1;
	world.descriptors = descriptor_count();
	world.fake = fake_posternd_start(serve, NULL);
	unsetenv("POSTERN_TEE");
	unsetenv("XDG_RUNTIME_DIR");
	return 0;
}

static int setup_open(void **state)
{
	setup(state);
	return device_open(DEVICE_TEE, fake_posternd_directory(world.fake), &world.device);
}

/* Nothing is left open, whatever the test did. */
static int teardown(void **state)
{
	device_close(world.device);
	fake_posternd_stop(world.fake);
	if (world.memory >= 0) {
		close(world.memory);
	}
	sem_destroy(&world.arrived);
	sem_destroy(&world.released);
	pthread_mutex_destroy(&world.lock);
	return descriptor_count() == world.descriptors ? 0 : -1;
}

static int invoke(void)
{
	struct tee_ioctl_invoke_arg call = { .func = 1, .session = 2 };

	return device_call(world.device, TEE_IOC_INVOKE, &call, sizeof(call));
}

static void *invoke_main(void *result)
{
	*(int *)result = invoke();
	return NULL;
}

/* --- The search ----------------------------------------------------------------------------- */

static void a_directory_or_a_socket_is_posternds(void **state)
{
	const char *directory = fake_posternd_directory(world.fake);
	struct tee_ioctl_version_data version;
	struct device *device;
	char path[128];

	assert_int_equal(device_open(DEVICE_TEE, directory, &device), 0);
	snprintf(path, sizeof(path), "%s/tee0", directory);
	assert_string_equal(device_path(device), path);
	assert_int_equal(device_version(device, &version), 0);
	assert_int_equal(version.impl_id, TEE_IMPL_ID_OPTEE);
	device_close(device);

	snprintf(path, sizeof(path), "%s/teepriv0", directory);
	assert_int_equal(device_open(DEVICE_TEEPRIV, directory, &device), 0);
	assert_string_equal(device_path(device), path);
	device_close(device);
	assert_int_equal(device_open(DEVICE_TEEPRIV, path, &device), 0);
	device_close(device);
}

static void a_path_too_long_for_a_socket_address_opens(void **state)
{
	char directory[] = "/tmp/postern-long-XXXXXX";
	char path[256];
	struct device *device;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/%0150d", directory, 0);
	assert_int_equal(symlink(fake_posternd_directory(world.fake), path), 0);
	assert_int_equal(device_open(DEVICE_TEE, path, &device), 0);
	device_close(device);
	unlink(path);
	rmdir(directory);
}

static void the_environment_names_the_only_tee(void **state)
{
	struct device *device;

	setenv("POSTERN_TEE", fake_posternd_directory(world.fake), 1);
	assert_int_equal(device_open(DEVICE_TEE, NULL, &device), 0);
	device_close(device);
}

static void nothing_is_searched_beside_what_the_environment_names(void **state)
{
	char run_time[] = "/tmp/postern-run-XXXXXX";
	char path[128];
	struct device *device;

	assert_non_null(mkdtemp(run_time));
	snprintf(path, sizeof(path), "%s/postern", run_time);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/postern/default", run_time);
	assert_int_equal(symlink(fake_posternd_directory(world.fake), path), 0);
	setenv("XDG_RUNTIME_DIR", run_time, 1);

	if (access("/dev/tee0", F_OK) != 0) {
		assert_int_equal(device_open(DEVICE_TEE, NULL, &device), 0);
		device_close(device);
	}
	setenv("POSTERN_TEE", "/nowhere", 1);
	assert_int_equal(device_open(DEVICE_TEE, NULL, &device), -ENOENT);
	setenv("POSTERN_TEE", "", 1);
	assert_int_equal(device_open(DEVICE_TEE, NULL, &device), -ENOENT);

	unlink(path);
	snprintf(path, sizeof(path), "%s/postern", run_time);
	rmdir(path);
	rmdir(run_time);
}

static bool suits_nobody(const struct tee_ioctl_version_data *version, const void *context)
{
	assert_string_equal(context, "context");
	assert_int_equal(version->impl_id, TEE_IMPL_ID_OPTEE);
	return false;
}

static void a_device_that_does_not_suit_is_not_found(void **state)
{
	struct device *device;

	setenv("POSTERN_TEE", fake_posternd_directory(world.fake), 1);
	assert_int_equal(device_find(DEVICE_TEE, suits_nobody, "context", &device), -ENOENT);
	fake_posternd_wait_closed(world.fake);
}

static void a_socket_that_nobody_serves_is_refused(void **state)
{
	struct device *device;

	fake_posternd_kill(world.fake);
	assert_int_equal(device_open(DEVICE_TEE, fake_posternd_directory(world.fake), &device),
			 -ECONNREFUSED);
}

/* --- Hello ---------------------------------------------------------------------------------- */

static void hello_with_an_error_is_that_error(void **state)
{
	struct socket_hello hello = { SOCKET_MAGIC, SOCKET_VERSION, EBUSY, 0 };
	struct device *device;

	fake_posternd_set_hello(world.fake, &hello, sizeof(hello));
	assert_int_equal(device_open(DEVICE_TEEPRIV, fake_posternd_directory(world.fake), &device),
			 -EBUSY);
}

static void garbled_hello_is_refused(void **state)
{
	static const struct {
		struct socket_hello hello;
		size_t size;
		int error;
	} lies[] = {
		{ { 0, SOCKET_VERSION, 0, 0 }, sizeof(struct socket_hello), -EPROTO },
		{ { SOCKET_MAGIC, SOCKET_VERSION + 1, 0, 0 },
		  sizeof(struct socket_hello),
		  -EPROTO },
		{ { SOCKET_MAGIC, SOCKET_VERSION, -EBUSY, 0 },
		  sizeof(struct socket_hello),
		  -EPROTO },
		{ { SOCKET_MAGIC, SOCKET_VERSION, 4096, 0 }, sizeof(struct socket_hello), -EPROTO },
		{ { SOCKET_MAGIC, SOCKET_VERSION, INT32_MIN, 0 },
		  sizeof(struct socket_hello),
		  -EPROTO },
		{ { SOCKET_MAGIC, SOCKET_VERSION, 0, 0 },
		  sizeof(struct socket_hello) - 1,
		  -EPROTO },
		{ { SOCKET_MAGIC, SOCKET_VERSION, 0, 0 }, 1, -EPROTO },
		{ { SOCKET_MAGIC, SOCKET_VERSION, 0, 0 }, 0, -ENODEV },
	};
	struct device *device;
	size_t i;

	for (i = 0; i < array_size(lies); i++) {
		fake_posternd_set_hello(world.fake, &lies[i].hello, lies[i].size);
		assert_int_equal(
			device_open(DEVICE_TEE, fake_posternd_directory(world.fake), &device),
			lies[i].error);
	}
}

/* --- Requests ------------------------------------------------------------------------------- */

static void answer_plus_one(const struct fake_request *request, struct fake_reply *reply)
{
	size_t i;

	for (i = 0; i < request->size; i++) {
		reply->payload[i]++;
	}
}

static void a_call_carries_the_buffer_and_brings_it_back(void **state)
{
	static const uint32_t commands[] = { TEE_IOC_OPEN_SESSION, TEE_IOC_INVOKE,
					     TEE_IOC_SUPPL_RECV, TEE_IOC_SUPPL_SEND };
	unsigned char buffer[SOCKET_PAYLOAD_MAX];
	size_t i;

	answer_with(answer_plus_one);
	for (i = 0; i < array_size(commands); i++) {
		memset(buffer, 0x41, sizeof(buffer));
		assert_int_equal(device_call(world.device, commands[i], buffer, sizeof(buffer)), 0);
		assert_int_equal(seen().operation, commands[i]);
		assert_int_equal(seen().size, sizeof(buffer));
		assert_int_equal(seen().fd, -1);
		assert_int_equal(seen().payload[0], 0x41);
		assert_int_equal(seen().payload[sizeof(buffer) - 1], 0x41);
		assert_int_equal(buffer[0], 0x42);
		assert_int_equal(buffer[sizeof(buffer) - 1], 0x42);
	}
}

static void a_payload_beyond_the_limit_is_not_sent(void **state)
{
	unsigned char buffer[SOCKET_PAYLOAD_MAX + 1] = { 0 };

	assert_int_equal(device_call(world.device, TEE_IOC_INVOKE, buffer, sizeof(buffer)),
			 -EINVAL);
	assert_int_equal(seen_count(), 0);
}

static void answer_busy(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.error = -EBUSY;
	reply->header.size = 0;
	memset(reply->payload, 0xff, sizeof(reply->payload));
}

static void an_error_leaves_the_buffer_alone(void **state)
{
	unsigned char buffer[24] = { 1, 2, 3 };
	unsigned char before[24] = { 1, 2, 3 };

	answer_with(answer_busy);
	assert_int_equal(device_call(world.device, TEE_IOC_INVOKE, buffer, sizeof(buffer)), -EBUSY);
	assert_memory_equal(buffer, before, sizeof(before));
	answer_with(NULL);
	assert_int_equal(invoke(), 0);
}

static void answer_nothing(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.size = 0;
}

static void what_nobody_reads_back_need_not_come_back(void **state)
{
	struct tee_ioctl_cancel_arg cancel = { .session = 1 };
	struct tee_ioctl_close_session_arg close_session = { .session = 1 };
	struct tee_ioctl_supp_send_arg send = { .num_params = 0 };

	answer_with(answer_nothing);
	assert_int_equal(device_control(world.device, TEE_IOC_CANCEL, &cancel, sizeof(cancel)), 0);
	assert_int_equal(device_control(world.device, TEE_IOC_CLOSE_SESSION, &close_session,
					sizeof(close_session)),
			 0);
	assert_int_equal(device_call(world.device, TEE_IOC_SUPPL_SEND, &send, sizeof(send)), 0);
	assert_int_equal(seen().size, sizeof(send));
}

static void sequential_calls_share_one_connection(void **state)
{
	int i;

	for (i = 0; i < 20; i++) {
		assert_int_equal(invoke(), 0);
	}
	assert_int_equal(fake_posternd_connections(world.fake), 2);
	assert_int_equal(seen().connection, 1);
}

static void a_blocked_call_keeps_no_other_waiting(void **state)
{
	struct tee_ioctl_cancel_arg cancel = { .session = 1 };
	pthread_t threads[3];
	int results[3];
	int i;

	park(TEE_IOC_INVOKE);
	for (i = 0; i < 3; i++) {
		pthread_create(&threads[i], NULL, invoke_main, &results[i]);
		sem_wait(&world.arrived);
	}
	assert_int_equal(device_control(world.device, TEE_IOC_CANCEL, &cancel, sizeof(cancel)), 0);
	/* A cancellation needs no connection of its own. */
	assert_int_equal(seen().connection, 0);
	assert_int_equal(fake_posternd_connections(world.fake), 4);
	for (i = 0; i < 3; i++) {
		sem_post(&world.released);
	}
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(results[i], 0);
	}
	/* They stay for later. */
	for (i = 0; i < 3; i++) {
		sem_post(&world.released);
		assert_int_equal(invoke(), 0);
	}
	assert_int_equal(fake_posternd_connections(world.fake), 4);
}

static void answer_another_only_once(const struct fake_request *request, struct fake_reply *reply)
{
	if (request->operation == SOCKET_ANOTHER) {
		reply->header.error = -EMFILE;
		reply->header.size = 0;
	}
}

static void without_a_connection_a_call_fails(void **state)
{
	fake_posternd_set_serve_another(world.fake);
	answer_with(answer_another_only_once);
	assert_int_equal(invoke(), -EMFILE);
	assert_int_equal(invoke(), -EMFILE);
}

static void refused_another_connection_a_call_waits_for_one(void **state)
{
	pthread_t threads[2];
	int results[2];

	park(TEE_IOC_INVOKE);
	pthread_create(&threads[0], NULL, invoke_main, &results[0]);
	sem_wait(&world.arrived);
	fake_posternd_set_serve_another(world.fake);
	answer_with(answer_another_only_once);
	pthread_create(&threads[1], NULL, invoke_main, &results[1]);
	sem_post(&world.released);
	sem_wait(&world.arrived);
	sem_post(&world.released);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], 0);
	assert_int_equal(seen().connection, 1);
}

static void on_signal(int signal)
{
}

static void a_signal_does_not_disturb_a_call(void **state)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction before;
	pthread_t thread;
	int result;

	sigaction(SIGUSR1, &action, &before);
	park(TEE_IOC_INVOKE);
	pthread_create(&thread, NULL, invoke_main, &result);
	sem_wait(&world.arrived);
	pthread_kill(thread, SIGUSR1);
	sem_post(&world.released);
	pthread_join(thread, NULL);
	assert_int_equal(result, 0);
	sigaction(SIGUSR1, &before, NULL);
}

/* --- Death and nonsense --------------------------------------------------------------------- */

static void death_ends_blocked_calls_and_all_later_ones(void **state)
{
	struct tee_ioctl_cancel_arg cancel = { .session = 1 };
	struct device_shm shm;
	pthread_t threads[3];
	int results[3];
	int i;

	park(TEE_IOC_INVOKE);
	for (i = 0; i < 3; i++) {
		pthread_create(&threads[i], NULL, invoke_main, &results[i]);
		sem_wait(&world.arrived);
	}
	fake_posternd_kill(world.fake);
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(results[i], -ENODEV);
	}
	assert_int_equal(invoke(), -ENODEV);
	assert_int_equal(device_control(world.device, TEE_IOC_CANCEL, &cancel, sizeof(cancel)),
			 -ENODEV);
	assert_int_equal(device_shm_alloc(world.device, 10, &shm), -ENODEV);
	for (i = 0; i < 3; i++) {
		sem_post(&world.released);
	}
}

static void answer_hang_up(const struct fake_request *request, struct fake_reply *reply)
{
	reply->hang_up = true;
}

static void death_in_the_middle_of_a_call_ends_it(void **state)
{
	answer_with(answer_hang_up);
	assert_int_equal(invoke(), -ENODEV);
	assert_int_equal(invoke(), -ENODEV);
}

static void lie_short_header(const struct fake_request *request, struct fake_reply *reply)
{
	reply->length = sizeof(reply->header) - 1;
}

static void lie_one_byte(const struct fake_request *request, struct fake_reply *reply)
{
	reply->length = 1;
}

static void lie_partial_payload(const struct fake_request *request, struct fake_reply *reply)
{
	reply->length = sizeof(reply->header) + reply->header.size - 1;
}

static void lie_trailing_byte(const struct fake_request *request, struct fake_reply *reply)
{
	reply->length = sizeof(reply->header) + reply->header.size + 1;
}

static void lie_longer_than_asked(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.size++;
}

static void lie_shorter_than_asked(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.size--;
}

static void lie_no_payload(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.size = 0;
}

static void lie_huge_size(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.size = UINT32_MAX;
	reply->length = sizeof(reply->header) + 24;
}

static void lie_longer_than_the_limit(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.size = SOCKET_PAYLOAD_MAX + 1;
}

static void lie_positive_error(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.error = EINVAL;
}

static void lie_error_beyond_errno(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.error = INT32_MIN;
	reply->header.size = 0;
}

static void lie_error_with_payload(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.error = -EINVAL;
}

static void lie_descriptor(const struct fake_request *request, struct fake_reply *reply)
{
	reply->fds[0] = fake_memory(4096, SEALS);
	reply->fd_count = 1;
}

static void lie_error_with_descriptor(const struct fake_request *request, struct fake_reply *reply)
{
	reply->header.error = -EINVAL;
	reply->header.size = 0;
	lie_descriptor(request, reply);
}

static void lie_many_descriptors(const struct fake_request *request, struct fake_reply *reply)
{
	while (reply->fd_count < FAKE_DESCRIPTORS_MAX) {
		reply->fds[reply->fd_count++] = fake_memory(4096, SEALS);
	}
}

static void garbled_replies_are_refused_and_end_the_device(void **state)
{
	static answer *const lies[] = {
		lie_short_header,
		lie_one_byte,
		lie_partial_payload,
		lie_trailing_byte,
		lie_longer_than_asked,
		lie_shorter_than_asked,
		lie_no_payload,
		lie_huge_size,
		lie_longer_than_the_limit,
		lie_positive_error,
		lie_error_beyond_errno,
		lie_error_with_payload,
		lie_descriptor,
		lie_error_with_descriptor,
		lie_many_descriptors,
	};
	size_t i;

	for (i = 0; i < array_size(lies); i++) {
		assert_int_equal(
			device_open(DEVICE_TEE, fake_posternd_directory(world.fake), &world.device),
			0);
		answer_with(lies[i]);
		assert_int_equal(invoke(), -EPROTO);
		answer_with(NULL);
		assert_int_equal(invoke(), -ENODEV);
		device_close(world.device);
		world.device = NULL;
	}
}

static void nonsense_wakes_those_who_wait(void **state)
{
	struct tee_ioctl_cancel_arg cancel = { .session = 1 };
	pthread_t thread;
	int result;

	park(TEE_IOC_INVOKE);
	pthread_create(&thread, NULL, invoke_main, &result);
	sem_wait(&world.arrived);
	answer_with(lie_short_header);
	assert_int_equal(device_control(world.device, TEE_IOC_CANCEL, &cancel, sizeof(cancel)),
			 -EPROTO);
	pthread_join(thread, NULL);
	assert_int_equal(result, -ENODEV);
	sem_post(&world.released);
}

static void lie_another(const struct fake_request *request, struct fake_reply *reply)
{
	/* No descriptor. */
}

static void another_connection_without_a_descriptor_is_nonsense(void **state)
{
	fake_posternd_set_serve_another(world.fake);
	answer_with(lie_another);
	assert_int_equal(invoke(), -EPROTO);
	assert_int_equal(invoke(), -ENODEV);
}

/* --- Memory --------------------------------------------------------------------------------- */

static void give_memory(struct fake_reply *reply, uint64_t size, int32_t id, size_t really,
			int seals)
{
	struct tee_ioctl_shm_alloc_data data = { .size = size, .id = id };

	memcpy(reply->payload, &data, sizeof(data));
	reply->fds[0] = fake_memory(really, seals);
	reply->fd_count = 1;
	if (world.memory >= 0) {
		close(world.memory);
	}
	world.memory = dup(reply->fds[0]);
}

static void answer_memory(const struct fake_request *request, struct fake_reply *reply)
{
	if (request->operation == TEE_IOC_SHM_ALLOC) {
		give_memory(reply, 8192, 5, 8192, SEALS);
	}
}

static void allocated_memory_is_shared_with_posternd(void **state)
{
	struct tee_ioctl_shm_alloc_data data;
	struct device_shm shm;
	char text[6] = { 0 };
	int32_t id;

	answer_with(answer_memory);
	assert_int_equal(device_shm_alloc(world.device, 5000, &shm), 0);
	assert_int_equal(seen().operation, TEE_IOC_SHM_ALLOC);
	assert_int_equal(seen().size, sizeof(data));
	memcpy(&data, seen().payload, sizeof(data));
	assert_int_equal(data.size, 5000);
	assert_int_equal(data.flags, 0);
	assert_int_equal(shm.id, 5);
	assert_int_equal(shm.size, 5000);
	assert_int_equal(shm.mapped, 8192);
	assert_int_equal(shm.fd, -1);
	strcpy(shm.address, "hello");
	assert_int_equal(pread(memory(), text, 5, 0), 5);
	assert_string_equal(text, "hello");

	device_shm_free(world.device, &shm);
	assert_int_equal(seen().operation, SOCKET_SHM_CLOSE);
	assert_int_equal(seen().size, sizeof(id));
	memcpy(&id, seen().payload, sizeof(id));
	assert_int_equal(id, 5);
	assert_int_equal(shm.id, -1);
	assert_null(shm.address);
}

static void memory_outlives_its_device(void **state)
{
	struct device_shm shm;

	answer_with(answer_memory);
	assert_int_equal(device_shm_create(world.device, 5000, &shm), 0);
	device_close(world.device);
	world.device = NULL;
	strcpy(shm.address, "still here");
	device_shm_free(NULL, &shm);
}

static void lie_smaller_memory(const struct fake_request *request, struct fake_reply *reply)
{
	give_memory(reply, 4096, 5, 8192, SEALS);
}

static void lie_memory_that_is_not_there(const struct fake_request *request,
					 struct fake_reply *reply)
{
	give_memory(reply, 8192, 5, 4096, SEALS);
}

static void lie_memory_that_can_shrink(const struct fake_request *request, struct fake_reply *reply)
{
	give_memory(reply, 8192, 5, 8192, F_SEAL_GROW);
}

static void lie_memory_without_end(const struct fake_request *request, struct fake_reply *reply)
{
	give_memory(reply, UINT64_MAX, 5, 8192, SEALS);
}

static void lie_memory_without_id(const struct fake_request *request, struct fake_reply *reply)
{
	give_memory(reply, 8192, 0, 8192, SEALS);
}

static void lie_two_memories(const struct fake_request *request, struct fake_reply *reply)
{
	give_memory(reply, 8192, 5, 8192, SEALS);
	reply->fds[reply->fd_count++] = fake_memory(8192, SEALS);
}

static void lie_pipe_for_memory(const struct fake_request *request, struct fake_reply *reply)
{
	int ends[2];

	give_memory(reply, 8192, 5, 8192, SEALS);
	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	close(reply->fds[0]);
	reply->fds[0] = ends[0];
}

static void lie_no_memory(const struct fake_request *request, struct fake_reply *reply)
{
	struct tee_ioctl_shm_alloc_data data = { .size = 8192, .id = 5 };

	memcpy(reply->payload, &data, sizeof(data));
}

static void memory_that_is_not_as_promised_is_refused(void **state)
{
	static answer *const lies[] = {
		lie_smaller_memory,	    lie_memory_that_is_not_there,
		lie_memory_that_can_shrink, lie_memory_without_end,
		lie_memory_without_id,	    lie_two_memories,
		lie_pipe_for_memory,	    lie_no_memory,
	};
	struct device_shm shm;
	size_t i;

	for (i = 0; i < array_size(lies); i++) {
		assert_int_equal(
			device_open(DEVICE_TEE, fake_posternd_directory(world.fake), &world.device),
			0);
		answer_with(lies[i]);
		assert_int_equal(device_shm_alloc(world.device, 5000, &shm), -EPROTO);
		assert_int_equal(invoke(), -ENODEV);
		device_close(world.device);
		world.device = NULL;
	}
}

static void memory_of_the_caller_cannot_be_registered(void **state)
{
	struct device_shm shm;
	char own[10];

	assert_false(device_shm_registers(world.device));
	assert_int_equal(device_shm_register(world.device, own, sizeof(own), &shm), -EOPNOTSUPP);
	assert_int_equal(seen_count(), 0);
}

static void answer_register(const struct fake_request *request, struct fake_reply *reply)
{
	struct tee_ioctl_shm_register_data data;
	struct stat status;

	if (request->operation != TEE_IOC_SHM_REGISTER) {
		return;
	}
	memcpy(&data, request->payload, sizeof(data));
	data.id = 6;
	memcpy(reply->payload, &data, sizeof(data));
	if (fstat(request->fd, &status) == 0) {
		world.inode = status.st_ino;
	}
}

static void memory_of_a_memfd_is_registered_whole(void **state)
{
	struct tee_ioctl_shm_register_data data;
	struct device_shm shm;
	struct stat status;
	int fd = fake_memory(12288, SEALS);

	answer_with(answer_register);
	assert_int_equal(device_shm_register_fd(world.device, fd, &shm), 0);
	assert_int_equal(seen().operation, TEE_IOC_SHM_REGISTER);
	memcpy(&data, seen().payload, sizeof(data));
	assert_int_equal(data.addr, 0);
	assert_int_equal(data.length, 12288);
	assert_int_equal(data.flags, 0);
	fstat(fd, &status);
	pthread_mutex_lock(&world.lock);
	assert_int_equal(world.inode, status.st_ino);
	pthread_mutex_unlock(&world.lock);
	assert_int_equal(shm.id, 6);
	assert_int_equal(shm.size, 12288);
	assert_null(shm.address);
	device_shm_free(world.device, &shm);
	assert_int_equal(seen().operation, SOCKET_SHM_CLOSE);
	close(fd);
	assert_int_equal(device_shm_register_fd(world.device, fd, &shm), -EBADF);
}

/* --- Other processes ------------------------------------------------------------------------ */

static void no_descriptor_survives_exec(void **state)
{
	bool open_before[256];
	struct device_shm shm;
	int fd;

	for (fd = 0; fd < 256; fd++) {
		open_before[fd] = fcntl(fd, F_GETFD) >= 0;
	}
	assert_int_equal(
		device_open(DEVICE_TEE, fake_posternd_directory(world.fake), &world.device), 0);
	answer_with(answer_memory);
	assert_int_equal(device_shm_alloc(world.device, 5000, &shm), 0);
	for (fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		/* The test's own dup() of the memory is none of the device's. */
		if (flags >= 0 && !open_before[fd] && fd != memory()) {
			assert_int_equal(flags & FD_CLOEXEC, FD_CLOEXEC);
		}
	}
	device_shm_free(world.device, &shm);
}

static void a_child_cannot_use_its_parents_device(void **state)
{
	struct tee_ioctl_cancel_arg cancel = { .session = 1 };
	unsigned int count;
	int status;
	pid_t child;

	assert_int_equal(invoke(), 0);
	count = seen_count();
	child = fork();
	if (child == 0) {
		bool refused =
			invoke() == -ENODEV && device_control(world.device, TEE_IOC_CANCEL, &cancel,
							      sizeof(cancel)) == -ENODEV;

		device_close(world.device);
		_exit(refused ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(seen_count(), count);
	assert_int_equal(invoke(), 0);
}

#define promise(name)	   cmocka_unit_test_setup_teardown(name, setup, teardown)
#define promise_open(name) cmocka_unit_test_setup_teardown(name, setup_open, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_directory_or_a_socket_is_posternds),
		promise(a_path_too_long_for_a_socket_address_opens),
		promise(the_environment_names_the_only_tee),
		promise(nothing_is_searched_beside_what_the_environment_names),
		promise(a_device_that_does_not_suit_is_not_found),
		promise(a_socket_that_nobody_serves_is_refused),
		promise(hello_with_an_error_is_that_error),
		promise(garbled_hello_is_refused),
		promise_open(a_call_carries_the_buffer_and_brings_it_back),
		promise_open(a_payload_beyond_the_limit_is_not_sent),
		promise_open(an_error_leaves_the_buffer_alone),
		promise_open(what_nobody_reads_back_need_not_come_back),
		promise_open(sequential_calls_share_one_connection),
		promise_open(a_blocked_call_keeps_no_other_waiting),
		promise_open(without_a_connection_a_call_fails),
		promise_open(refused_another_connection_a_call_waits_for_one),
		promise_open(a_signal_does_not_disturb_a_call),
		promise_open(death_ends_blocked_calls_and_all_later_ones),
		promise_open(death_in_the_middle_of_a_call_ends_it),
		promise(garbled_replies_are_refused_and_end_the_device),
		promise_open(nonsense_wakes_those_who_wait),
		promise_open(another_connection_without_a_descriptor_is_nonsense),
		promise_open(allocated_memory_is_shared_with_posternd),
		promise_open(memory_outlives_its_device),
		promise(memory_that_is_not_as_promised_is_refused),
		promise_open(memory_of_the_caller_cannot_be_registered),
		promise_open(memory_of_a_memfd_is_registered_whole),
		promise(no_descriptor_survives_exec),
		promise_open(a_child_cannot_use_its_parents_device),
	};

	return cmocka_run_group_tests_name("device/postern", tests, NULL, NULL);
}
