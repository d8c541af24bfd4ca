#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants those first. */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/socket.h"
#include "normal/device/fake_posternd.h"
#include "normal/exec/line.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

/* Operations that the fake knows. */
enum {
	ECHO = 100, /* every byte inverted */
	REFUSE,	    /* -EPERM */
	MEMORY,	    /* a descriptor */
	SLEEP,	    /* waits for the test */
	SHORT,	    /* a payload of another size */
	NONSENSE,   /* an error that is none */
	DIE,
};

static struct {
	struct fake_posternd *fake;
	struct line *line;
	sem_t arrived;
	sem_t released;
} world;

static void serve(void *context, const struct fake_request *request, struct fake_reply *reply)
{
	size_t i;

	switch (request->operation) {
	case ECHO:
		for (i = 0; i < request->size; i++) {
			reply->payload[i] = (unsigned char)~request->payload[i];
		}
		break;
	case REFUSE:
		reply->header = (struct socket_reply){ .error = -EPERM };
		break;
	case MEMORY:
		reply->fds[0] = fake_memory(4096, SEALS);
		reply->fd_count = 1;
		break;
	case SLEEP:
		sem_post(&world.arrived);
		sem_wait(&world.released);
		break;
	case SHORT:
		reply->header.size--;
		break;
	case NONSENSE:
		reply->header = (struct socket_reply){ .error = 7 };
		break;
	default:
		reply->hang_up = true;
		break;
	}
}

static int setup(void **state)
{
	sem_init(&world.arrived, 0, 0);
	sem_init(&world.released, 0, 0);
	world.fake = fake_posternd_start(serve, NULL);
	assert_int_equal(
		line_open(fake_posternd_directory(world.fake), SOCKET_NAME_TEE, &world.line), 0);
	return 0;
}

static int teardown(void **state)
{
	line_close(world.line);
	fake_posternd_wait_closed(world.fake);
	fake_posternd_stop(world.fake);
	return 0;
}

static int call(uint32_t operation, uint32_t *payload)
{
	struct line_request request = {
		.operation = operation,
		.payload = payload,
		.size = sizeof(*payload),
		.send_fd = -1,
	};
	int error = line_call(world.line, &request);

	assert_int_equal(request.received_fd, -1);
	return error;
}

static void a_payload_is_replaced_by_the_replys(void **state)
{
	uint32_t payload = 0x12345678;

	assert_int_equal(call(ECHO, &payload), 0);
	assert_int_equal(payload, ~0x12345678u);
	assert_int_equal(call(REFUSE, &payload), -EPERM);
	assert_int_equal(payload, ~0x12345678u);
}

static void one_connection_does_for_calls_that_follow_one_another(void **state)
{
	uint32_t payload = 0;
	int i;

	for (i = 0; i < 10; i++) {
		assert_int_equal(call(ECHO, &payload), 0);
	}
	/* And the one over which it was asked for. */
	assert_int_equal(fake_posternd_connections(world.fake), 2);
}

static void a_descriptor_is_the_callers(void **state)
{
	struct line_request request = { .operation = MEMORY, .send_fd = -1 };

	assert_int_equal(line_call(world.line, &request), 0);
	assert_true(request.received_fd >= 0);
	assert_int_equal(fcntl(request.received_fd, F_GETFD), FD_CLOEXEC);
	close(request.received_fd);
}

static void a_payload_beyond_the_limit_is_refused(void **state)
{
	static char payload[SOCKET_PAYLOAD_MAX + 1];
	struct line_request request = {
		.operation = ECHO,
		.payload = payload,
		.size = sizeof(payload),
		.send_fd = -1,
	};

	assert_int_equal(line_call(world.line, &request), -EINVAL);
}

static void nonsense_is_nobody_there(void **state)
{
	uint32_t payload = 5;

	assert_int_equal(call(SHORT, &payload), -ENODEV);
	assert_int_equal(call(NONSENSE, &payload), -ENODEV);
	assert_int_equal(payload, 5);
}

static void death_ends_a_call_and_all_later_ones(void **state)
{
	uint32_t payload = 5;

	assert_int_equal(call(DIE, &payload), -ENODEV);
	assert_int_equal(call(ECHO, &payload), -ENODEV);
}

static void *sleeper_run(void *arg)
{
	uint32_t payload = 1;

	*(int *)arg = call(SLEEP, &payload);
	return NULL;
}

static void a_call_that_waits_keeps_no_other_waiting(void **state)
{
	uint32_t payload = 0;
	pthread_t thread;
	int result = 1;

	assert_int_equal(pthread_create(&thread, NULL, sleeper_run, &result), 0);
	sem_wait(&world.arrived);
	assert_int_equal(call(ECHO, &payload), 0);
	sem_post(&world.released);
	pthread_join(thread, NULL);
	assert_int_equal(result, 0);
}

/* Asked for the third time it does, and lets the reply come. */
static bool give_up(void *context)
{
	unsigned int *asked = context;

	if (++*asked < 3) {
		return false;
	}
	sem_post(&world.released);
	return true;
}

static void a_call_given_up_still_has_its_answer(void **state)
{
	unsigned int asked = 0;
	uint32_t payload = 9;
	struct line_request request = {
		.operation = SLEEP,
		.payload = &payload,
		.size = sizeof(payload),
		.send_fd = -1,
		.give_up = give_up,
		.context = &asked,
	};

	assert_int_equal(line_call(world.line, &request), 0);
	assert_int_equal(asked, 3);
	assert_int_equal(payload, 9);
	/* Its connection is of no more use; the next call has one of its own. */
	assert_int_equal(call(ECHO, &payload), 0);
	assert_int_equal(payload, ~9u);
}

static void what_posternd_says_to_open_is_heard(void **state)
{
	const struct socket_hello busy = {
		.magic = SOCKET_MAGIC,
		.version = SOCKET_VERSION,
		.error = EBUSY,
	};
	const struct socket_hello strange = { .magic = 1, .version = SOCKET_VERSION };
	const char *directory = fake_posternd_directory(world.fake);
	struct line *line;

	fake_posternd_set_hello(world.fake, &busy, sizeof(busy));
	assert_int_equal(line_open(directory, SOCKET_NAME_TEEPRIV, &line), -EBUSY);
	fake_posternd_set_hello(world.fake, &strange, sizeof(strange));
	assert_int_equal(line_open(directory, SOCKET_NAME_TEE, &line), -ENODEV);
	fake_posternd_set_hello(world.fake, &busy, 3);
	assert_int_equal(line_open(directory, SOCKET_NAME_TEE, &line), -ENODEV);
	assert_int_equal(line_open(directory, "nobody", &line), -ENOENT);
	assert_int_equal(line_open("/no/such/directory", SOCKET_NAME_TEE, &line), -ENOENT);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_payload_is_replaced_by_the_replys),
		promise(one_connection_does_for_calls_that_follow_one_another),
		promise(a_descriptor_is_the_callers),
		promise(a_payload_beyond_the_limit_is_refused),
		promise(nonsense_is_nobody_there),
		promise(death_ends_a_call_and_all_later_ones),
		promise(a_call_that_waits_keeps_no_other_waiting),
		promise(a_call_given_up_still_has_its_answer),
		promise(what_posternd_says_to_open_is_heard),
	};

	return cmocka_run_group_tests_name("exec/line", tests, NULL, NULL);
}
