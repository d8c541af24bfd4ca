/* posternd_test.c - the whole library against the sockets of a posternd that is played here. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <tee_client_api.h>
#include <tee_client_api_extensions.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "normal/device/fake_posternd.h"

#define OBJECTS_MAX 64
#define THREADS	    16
#define SEALS	    (F_SEAL_SHRINK | F_SEAL_GROW)

static const TEEC_UUID uuid = { 1, 2, 3, { 4 } };

/* A TEE whose only TA turns the bits of the first parameter's memory over. */
static struct {
	struct fake_posternd *fake;
	TEEC_Context context;
	pthread_mutex_t lock;
	unsigned int allocated;
	unsigned int closed;
	unsigned int sessions;
	size_t sizes[OBJECTS_MAX];
	unsigned char *objects[OBJECTS_MAX]; /* by id */
	bool die;
} world;

static void serve_alloc(struct fake_reply *reply)
{
	struct tee_ioctl_shm_alloc_data data;
	uint64_t size;

	memcpy(&data, reply->payload, sizeof(data));
	if (!align_up(data.size, 4096, &size)) {
		abort();
	}
	reply->fds[0] = fake_memory(size, SEALS);
	reply->fd_count = 1;
	data.size = size;
	data.id = (int32_t)++world.allocated;
	world.sizes[data.id] = size;
	world.objects[data.id] =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, reply->fds[0], 0);
	memcpy(reply->payload, &data, sizeof(data));
}

static void serve_register(const struct fake_request *request, struct fake_reply *reply)
{
	struct tee_ioctl_shm_register_data data;

	memcpy(&data, reply->payload, sizeof(data));
	data.id = (int32_t)++world.allocated;
	world.sizes[data.id] = data.length;
	world.objects[data.id] =
		mmap(NULL, data.length, PROT_READ | PROT_WRITE, MAP_SHARED, request->fd, 0);
	memcpy(reply->payload, &data, sizeof(data));
}

static void serve_shm_close(struct fake_reply *reply)
{
	int32_t id;

	memcpy(&id, reply->payload, sizeof(id));
	munmap(world.objects[id], world.sizes[id]);
	world.objects[id] = NULL;
	world.closed++;
	reply->header.size = 0;
}

static void serve_invoke(struct fake_reply *reply)
{
	struct tee_ioctl_invoke_arg *arg = (void *)reply->payload;
	struct tee_ioctl_param *param = &arg->params[0];
	uint64_t i;

	if (param->attr >= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT) {
		for (i = 0; i < param->b; i++) {
			world.objects[param->c][param->a + i] ^= 0xff;
		}
	}
	arg->ret_origin = TEEC_ORIGIN_TRUSTED_APP;
}

static void serve(void *unused, const struct fake_request *request, struct fake_reply *reply)
{
	pthread_mutex_lock(&world.lock);
	switch (request->operation) {
	case TEE_IOC_SHM_ALLOC:
		serve_alloc(reply);
		break;
	case TEE_IOC_SHM_REGISTER:
		serve_register(request, reply);
		break;
	case SOCKET_SHM_CLOSE:
		serve_shm_close(reply);
		break;
	case TEE_IOC_OPEN_SESSION:
		((struct tee_ioctl_open_session_arg *)(void *)reply->payload)->session =
			++world.sessions;
		break;
	case TEE_IOC_INVOKE:
		reply->hang_up = world.die;
		serve_invoke(reply);
		break;
	default:
		break;
	}
	pthread_mutex_unlock(&world.lock);
}

static unsigned int locked(const unsigned int *number)
{
	unsigned int value;

	pthread_mutex_lock(&world.lock);
	value = *number;
	pthread_mutex_unlock(&world.lock);
	return value;
}

/* What the TEE sees of the object. */
static void expect_object(int id, const char *text)
{
	pthread_mutex_lock(&world.lock);
	assert_string_equal(world.objects[id], text);
	pthread_mutex_unlock(&world.lock);
}

static int setup(void **state)
{
	memset(&world, 0, sizeof(world));
	pthread_mutex_init(&world.lock, NULL);
	world.fake = fake_posternd_start(serve, NULL);
	setenv("POSTERN_TEE", fake_posternd_directory(world.fake), 1);
	return TEEC_InitializeContext(NULL, &world.context) == TEEC_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
	unsigned int id;

	TEEC_FinalizeContext(&world.context);
	if (!world.die) {
		fake_posternd_wait_closed(world.fake);
	}
	fake_posternd_stop(world.fake);
	for (id = 1; id <= world.allocated; id++) {
		if (world.objects[id] != NULL) {
			munmap(world.objects[id], world.sizes[id]);
		}
	}
	pthread_mutex_destroy(&world.lock);
	return 0;
}

static TEEC_Session open_session(void)
{
	TEEC_Session session;

	assert_int_equal(TEEC_OpenSession(&world.context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL,
					  NULL, NULL),
			 TEEC_SUCCESS);
	return session;
}

static TEEC_Result turn_over(TEEC_Session *session, uint32_t type, TEEC_Parameter parameter)
{
	TEEC_Operation operation = { .paramTypes = type, .params = { parameter } };

	return TEEC_InvokeCommand(session, 1, &operation, NULL);
}

static void temporary_memory_makes_the_round_trip(void **state)
{
	TEEC_Session session = open_session();
	unsigned char bytes[] = { 0x00, 0x0f, 0xff };
	TEEC_Parameter parameter = { .tmpref = { bytes, sizeof(bytes) } };
	int i;

	for (i = 0; i < 10; i++) {
		assert_int_equal(turn_over(&session, TEEC_MEMREF_TEMP_INOUT, parameter),
				 TEEC_SUCCESS);
		assert_int_equal(bytes[1], i % 2 == 0 ? 0xf0 : 0x0f);
	}
	/* One allocation for all of them, which stays until the context ends. */
	assert_int_equal(locked(&world.allocated), 1);
	assert_int_equal(locked(&world.closed), 0);
	TEEC_CloseSession(&session);
}

static void allocated_memory_is_the_devices_own(void **state)
{
	TEEC_Session session = open_session();
	TEEC_SharedMemory memory = { .size = 5000, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT };
	TEEC_Parameter parameter = { .memref = { &memory, 0, 0 } };

	assert_int_equal(TEEC_AllocateSharedMemory(&world.context, &memory), TEEC_SUCCESS);
	strcpy(memory.buffer, "seen at once");
	expect_object(memory.imp.id, "seen at once");
	assert_int_equal(turn_over(&session, TEEC_MEMREF_WHOLE, parameter), TEEC_SUCCESS);
	assert_int_equal(((unsigned char *)memory.buffer)[0], (unsigned char)~'s');
	TEEC_ReleaseSharedMemory(&memory);
	assert_int_equal(locked(&world.closed), 1);
	TEEC_CloseSession(&session);
}

static void registered_memory_is_copied_with_each_operation(void **state)
{
	TEEC_Session session = open_session();
	unsigned char bytes[100] = { 0 };
	TEEC_SharedMemory memory = { .buffer = bytes,
				     .size = sizeof(bytes),
				     .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT };
	TEEC_Parameter part = { .memref = { &memory, 10, 50 } };

	assert_int_equal(TEEC_RegisterSharedMemory(&world.context, &memory), TEEC_SUCCESS);
	bytes[50] = 0x0f;
	assert_int_equal(turn_over(&session, TEEC_MEMREF_PARTIAL_INOUT, part), TEEC_SUCCESS);
	assert_int_equal(bytes[49], 0);
	assert_int_equal(bytes[50], 0xf0);
	assert_int_equal(bytes[59], 0xff);
	assert_int_equal(bytes[60], 0);
	TEEC_ReleaseSharedMemory(&memory);
	assert_int_equal(locked(&world.closed), 1);
	TEEC_CloseSession(&session);
}

static void memory_of_a_memfd_is_shared_without_a_copy(void **state)
{
	TEEC_Session session = open_session();
	TEEC_SharedMemory memory = { .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT };
	TEEC_Parameter part = { .memref = { &memory, 1, 4096 } };
	unsigned char byte = 0;
	int fd = fake_memory(8192, SEALS);

	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&world.context, &memory, fd),
			 TEEC_SUCCESS);
	assert_int_equal(memory.size, 8192);
	assert_int_equal(turn_over(&session, TEEC_MEMREF_PARTIAL_INOUT, part), TEEC_SUCCESS);
	assert_int_equal(pread(fd, &byte, 1, 4096), 1);
	assert_int_equal(byte, 0xff);
	TEEC_ReleaseSharedMemory(&memory);
	close(fd);
	TEEC_CloseSession(&session);
}

static void *turn_over_main(void *argument)
{
	TEEC_Session *session = argument;
	unsigned char bytes[64];
	TEEC_Parameter parameter = { .tmpref = { bytes, sizeof(bytes) } };
	uintptr_t wrong = 0;
	int i;

	for (i = 0; i < 50; i++) {
		memset(bytes, i, sizeof(bytes));
		wrong += turn_over(session, TEEC_MEMREF_TEMP_INOUT, parameter) != TEEC_SUCCESS;
		wrong += bytes[0] != (unsigned char)~i || bytes[63] != (unsigned char)~i;
	}
	return (void *)wrong;
}

static void many_threads_share_one_context(void **state)
{
	TEEC_Session session = open_session();
	pthread_t threads[THREADS];
	void *wrong;
	int i;

	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, turn_over_main, &session), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	TEEC_CloseSession(&session);
}

static void a_tee_that_died_fails_every_call_and_leaks_nothing(void **state)
{
	TEEC_Session session = open_session();
	TEEC_SharedMemory memory = { .size = 5000, .flags = TEEC_MEM_INPUT };
	TEEC_SharedMemory late = { .size = 5000, .flags = TEEC_MEM_INPUT };
	TEEC_Context context;
	uint32_t origin = 0;

	assert_int_equal(TEEC_AllocateSharedMemory(&world.context, &memory), TEEC_SUCCESS);
	pthread_mutex_lock(&world.lock);
	world.die = true;
	pthread_mutex_unlock(&world.lock);
	assert_int_equal(TEEC_InvokeCommand(&session, 1, NULL, &origin), TEEC_ERROR_GENERIC);
	assert_int_equal(origin, TEEC_ORIGIN_COMMS);
	origin = 0;
	assert_int_equal(TEEC_InvokeCommand(&session, 1, NULL, &origin), TEEC_ERROR_GENERIC);
	assert_int_equal(origin, TEEC_ORIGIN_COMMS);
	assert_int_equal(TEEC_AllocateSharedMemory(&world.context, &late),
			 TEEC_ERROR_OUT_OF_MEMORY);
	/* The memory itself is the program's until it lets go. */
	strcpy(memory.buffer, "still here");
	TEEC_ReleaseSharedMemory(&memory);
	TEEC_CloseSession(&session);
	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_ERROR_ITEM_NOT_FOUND);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(temporary_memory_makes_the_round_trip),
		promise(allocated_memory_is_the_devices_own),
		promise(registered_memory_is_copied_with_each_operation),
		promise(memory_of_a_memfd_is_shared_without_a_copy),
		promise(many_threads_share_one_context),
		promise(a_tee_that_died_fails_every_call_and_leaks_nothing),
	};

	return cmocka_run_group_tests_name("client/posternd", tests, NULL, NULL);
}
