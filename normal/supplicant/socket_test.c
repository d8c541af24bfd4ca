/* socket_test.c - TAs on the network: here the loopback interface, at ports that the system chose. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "normal/supplicant/fake_request.h"

#define INSTANCE   7
#define HOST_AT	   0
#define DATA_AT	   512
#define MEMORY_MAX 16384

static struct supplicant supplicant;
static struct request_memory memory;
static uint64_t memory_id;

static int setup(void **state)
{
	struct tee_ioctl_param all;

	fake_device_reset();
	fake_device.registers = true;
	if (device_open(DEVICE_TEEPRIV, NULL, &supplicant.device) != 0) {
		return -1;
	}
	shm_init(&supplicant.shm, supplicant.device);
	sockets_init(&supplicant.sockets);
	memory_id = fake_shm_alloc(&supplicant, MEMORY_MAX);
	all = fake_memref(MEMREF_INPUT, 0, MEMORY_MAX, memory_id);
	return shm_get(&supplicant.shm, &all, &memory) ? 0 : -1;
}

static int teardown(void **state)
{
	shm_put(&supplicant.shm, memory.object);
	if (fake_shm_free(&supplicant, memory_id) != TEE_SUCCESS) {
		return -1;
	}
	sockets_destroy(&supplicant.sockets);
	shm_destroy(&supplicant.shm);
	device_close(supplicant.device);
	return 0;
}

/* --- The other end -------------------------------------------------------------------------- */

/* A socket of the test's own, bound to a port of the loopback address. */
static int peer_make(int family, int type, uint16_t *port)
{
	struct sockaddr_storage address = { .ss_family = (sa_family_t)family };
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
	struct sockaddr_in *four = (struct sockaddr_in *)&address;
	socklen_t size = family == AF_INET ? sizeof(*four) : sizeof(*six);
	int fd = socket(family, type, 0);

	assert_true(fd >= 0);
	if (family == AF_INET) {
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		six->sin6_addr = in6addr_loopback;
	}
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(family == AF_INET ? four->sin_port : six->sin6_port);
	if (type == SOCK_STREAM) {
		assert_int_equal(listen(fd, 4), 0);
	}
	return fd;
}

/* --- What the secure world asks ------------------------------------------------------------- */

static TEE_Result open_at(const char *host, uint64_t port, uint64_t protocol, uint64_t version,
			  uint64_t *handle)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_SOCKET_OPEN, INSTANCE, 0),
		fake_value(VALUE_INPUT, port, protocol, version),
		fake_memref(MEMREF_INPUT, HOST_AT, strlen(host) + 1, memory_id),
		fake_value(VALUE_OUTPUT, 0, 0, 0),
	};
	TEE_Result result;

	strcpy((char *)memory.data + HOST_AT, host);
	result = supplicant_serve(&supplicant, RPC_CMD_SOCKET, params, array_size(params));
	*handle = params[3].a;
	return result;
}

static TEE_Result close_instance(uint64_t instance, uint64_t handle)
{
	struct tee_ioctl_param param = fake_value(VALUE_INPUT, RPC_SOCKET_CLOSE, instance, handle);

	return supplicant_serve(&supplicant, RPC_CMD_SOCKET, &param, 1);
}

static TEE_Result close_all(uint64_t instance)
{
	struct tee_ioctl_param param = fake_value(VALUE_INPUT, RPC_SOCKET_CLOSE_ALL, instance, 0);

	return supplicant_serve(&supplicant, RPC_CMD_SOCKET, &param, 1);
}

static TEE_Result send_text(uint64_t handle, const char *text, uint32_t timeout, uint64_t *sent)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_SOCKET_SEND, INSTANCE, handle),
		fake_memref(MEMREF_INPUT, DATA_AT, strlen(text), memory_id),
		fake_value(VALUE_INOUT, timeout, 0, 0),
	};
	TEE_Result result;

	memcpy(memory.data + DATA_AT, text, strlen(text));
	result = supplicant_serve(&supplicant, RPC_CMD_SOCKET, params, array_size(params));
	*sent = params[2].b;
	return result;
}

/* `size` 0: how much waits? */
static TEE_Result receive(uint64_t handle, uint64_t size, uint32_t timeout, uint64_t *got)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_SOCKET_RECV, INSTANCE, handle),
		fake_memref(MEMREF_OUTPUT, DATA_AT, size, size > 0 ? memory_id : UINT64_MAX),
		fake_value(VALUE_INPUT, timeout, 0, 0),
	};
	TEE_Result result;

	params[1].a = size > 0 ? DATA_AT : 0;
	result = supplicant_serve(&supplicant, RPC_CMD_SOCKET, params, array_size(params));
	*got = params[1].b;
	return result;
}

static TEE_Result set(uint64_t handle, uint64_t command, const void *data, size_t size)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_SOCKET_IOCTL, INSTANCE, handle),
		fake_memref(MEMREF_INOUT, DATA_AT, size, memory_id),
		fake_value(VALUE_INPUT, command, 0, 0),
	};

	memcpy(memory.data + DATA_AT, data, size);
	return supplicant_serve(&supplicant, RPC_CMD_SOCKET, params, array_size(params));
}

/* --- Promises ------------------------------------------------------------------------------- */

static void stream_goes_both_ways(int family, const char *host, uint64_t version)
{
	uint16_t port;
	int listener = peer_make(family, SOCK_STREAM, &port);
	char text[16] = "";
	uint64_t handle;
	uint64_t length;
	int peer;

	assert_int_equal(open_at(host, port, RPC_SOCKET_PROTOCOL_TCP, version, &handle),
			 TEE_SUCCESS);
	peer = accept(listener, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(send_text(handle, "hello", 1000, &length), TEE_SUCCESS);
	assert_int_equal(length, 5);
	assert_int_equal(recv(peer, text, sizeof(text), 0), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(send(peer, "answer", 6, 0), 6);
	assert_int_equal(receive(handle, 100, RPC_SOCKET_TIMEOUT_BLOCKING, &length), TEE_SUCCESS);
	assert_int_equal(length, 6);
	assert_memory_equal(memory.data + DATA_AT, "answer", 6);
	close(peer);
	/* The end of the stream is no error. */
	assert_int_equal(receive(handle, 100, RPC_SOCKET_TIMEOUT_BLOCKING, &length), TEE_SUCCESS);
	assert_int_equal(length, 0);
	assert_int_equal(close_instance(INSTANCE, handle), TEE_SUCCESS);
	close(listener);
}

/* covers: RPC_CMD_SOCKET RPC_SOCKET_OPEN RPC_SOCKET_SEND RPC_SOCKET_RECV */
static void a_stream_goes_both_ways(void **state)
{
	stream_goes_both_ways(AF_INET, "127.0.0.1", RPC_SOCKET_IP_V4);
	stream_goes_both_ways(AF_INET, "127.0.0.1", RPC_SOCKET_IP_ANY);
}

static bool has_ipv6(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool has;

	address.sin6_addr = in6addr_loopback;
	has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	if (fd >= 0) {
		close(fd);
	}
	return has;
}

/* Where the machine has none, that is what is answered. */
static void ipv6_is_spoken_where_there_is_one(void **state)
{
	uint64_t handle;

	if (has_ipv6()) {
		stream_goes_both_ways(AF_INET6, "::1", RPC_SOCKET_IP_V6);
	} else {
		assert_int_not_equal(
			open_at("::1", 9, RPC_SOCKET_PROTOCOL_TCP, RPC_SOCKET_IP_V6, &handle),
			TEE_SUCCESS);
	}
	assert_int_equal(
		open_at("127.0.0.1", 9, RPC_SOCKET_PROTOCOL_TCP, RPC_SOCKET_IP_V6, &handle),
		RPC_SOCKET_ERROR_HOSTNAME);
}

static void datagrams_keep_their_edges(void **state)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	uint16_t port;
	int peer = peer_make(AF_INET, SOCK_DGRAM, &port);
	char text[16];
	uint64_t handle;
	uint64_t length;

	assert_int_equal(
		open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_UDP, RPC_SOCKET_IP_V4, &handle),
		TEE_SUCCESS);
	assert_int_equal(send_text(handle, "one", 0, &length), TEE_SUCCESS);
	assert_int_equal(recvfrom(peer, text, sizeof(text), 0, (struct sockaddr *)&from, &size), 3);
	assert_int_equal(sendto(peer, "datagram", 8, 0, (struct sockaddr *)&from, size), 8);
	assert_int_equal(sendto(peer, "next", 4, 0, (struct sockaddr *)&from, size), 4);

	/* How much waits is asked without taking it. */
	assert_int_equal(receive(handle, 0, 1000, &length), TEE_SUCCESS);
	assert_int_equal(length, 8);
	/* One that does not fit says how long it was, and is gone. */
	assert_int_equal(receive(handle, 3, 1000, &length), TEE_SUCCESS);
	assert_int_equal(length, 8);
	assert_memory_equal(memory.data + DATA_AT, "dat", 3);
	assert_int_equal(receive(handle, 100, 1000, &length), TEE_SUCCESS);
	assert_int_equal(length, 4);
	assert_int_equal(close_all(INSTANCE), TEE_SUCCESS);
	close(peer);
}

static void a_datagram_larger_than_the_look_counts_as_one_more(void **state)
{
	static char large[RPC_SOCKET_PEEK_MAX + 100];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	uint16_t port;
	int peer = peer_make(AF_INET, SOCK_DGRAM, &port);
	char text[16];
	uint64_t handle;
	uint64_t length;

	assert_int_equal(
		open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_UDP, RPC_SOCKET_IP_V4, &handle),
		TEE_SUCCESS);
	assert_int_equal(send_text(handle, "one", 0, &length), TEE_SUCCESS);
	assert_int_equal(recvfrom(peer, text, sizeof(text), 0, (struct sockaddr *)&from, &size), 3);
	assert_int_equal(sendto(peer, large, sizeof(large), 0, (struct sockaddr *)&from, size),
			 sizeof(large));
	assert_int_equal(receive(handle, 0, 1000, &length), TEE_SUCCESS);
	assert_int_equal(length, RPC_SOCKET_PEEK_MAX + 1);
	close(peer);
}

static void waits_end_in_time(void **state)
{
	uint16_t port;
	int listener = peer_make(AF_INET, SOCK_STREAM, &port);
	uint64_t handle;
	uint64_t length;

	assert_int_equal(
		open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_TCP, RPC_SOCKET_IP_V4, &handle),
		TEE_SUCCESS);
	assert_int_equal(receive(handle, 100, RPC_SOCKET_TIMEOUT_NONBLOCKING, &length),
			 RPC_SOCKET_ERROR_TIMEOUT);
	assert_int_equal(receive(handle, 100, 10, &length), RPC_SOCKET_ERROR_TIMEOUT);
	assert_int_equal(receive(handle, 0, 10, &length), TEE_SUCCESS);
	assert_int_equal(length, 0);
	close(listener);
}

struct waiter {
	pthread_t thread;
	uint64_t handle;
	TEE_Result result;
	uint64_t length;
};

static void *wait_for_ever(void *arg)
{
	struct waiter *waiter = arg;

	waiter->result = receive(waiter->handle, 100, RPC_SOCKET_TIMEOUT_BLOCKING, &waiter->length);
	return NULL;
}

/* covers: RPC_SOCKET_CLOSE */
static void closing_ends_who_waits(void **state)
{
	struct waiter waiter;
	uint16_t port;
	int listener = peer_make(AF_INET, SOCK_STREAM, &port);

	assert_int_equal(open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_TCP, RPC_SOCKET_IP_V4,
				 &waiter.handle),
			 TEE_SUCCESS);
	assert_int_equal(pthread_create(&waiter.thread, NULL, wait_for_ever, &waiter), 0);
	/* Before it waits, or while it does: either way it ends. */
	assert_int_equal(close_all(INSTANCE), TEE_SUCCESS);
	assert_int_equal(pthread_join(waiter.thread, NULL), 0);
	assert_true(waiter.result == TEE_SUCCESS || waiter.result == TEE_ERROR_BAD_PARAMETERS);
	close(listener);
}

static void a_connection_that_is_refused_is_a_communication_error(void **state)
{
	uint16_t port;
	int listener = peer_make(AF_INET, SOCK_STREAM, &port);
	uint64_t handle;

	close(listener);
	assert_int_equal(
		open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_TCP, RPC_SOCKET_IP_V4, &handle),
		TEE_ERROR_COMMUNICATION);
	assert_int_equal(supplicant.sockets.count, 0);
}

static void a_name_that_is_none_is_told_apart(void **state)
{
	uint64_t handle;

	assert_int_equal(
		open_at("1.2.3.4.5", 9, RPC_SOCKET_PROTOCOL_TCP, RPC_SOCKET_IP_V4, &handle),
		RPC_SOCKET_ERROR_HOSTNAME);
}

/* covers: RPC_SOCKET_CLOSE_ALL */
static void each_instance_has_handles_of_its_own(void **state)
{
	uint16_t port;
	int peer = peer_make(AF_INET, SOCK_DGRAM, &port);
	uint64_t handle;

	assert_int_equal(open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_UDP, 1, &handle), 0);
	assert_int_equal(handle, 0);
	assert_int_equal(open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_UDP, 1, &handle), 0);
	assert_int_equal(handle, 1);
	assert_int_equal(close_instance(INSTANCE + 1, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(close_all(INSTANCE + 1), TEE_SUCCESS);
	assert_int_equal(close_instance(INSTANCE, 0), TEE_SUCCESS);
	assert_int_equal(close_instance(INSTANCE, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(close_instance(INSTANCE, 5), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_UDP, 1, &handle), 0);
	assert_int_equal(handle, 0);
	assert_int_equal(close_all(INSTANCE), TEE_SUCCESS);
	/* Nothing is kept for who has nothing. */
	assert_int_equal(supplicant.sockets.count, 0);
	close(peer);
}

static void there_is_a_limit_of_sockets(void **state)
{
	uint16_t port;
	int peer = peer_make(AF_INET, SOCK_DGRAM, &port);
	uint64_t handle;
	unsigned int i;

	for (i = 0; i < SOCKETS_MAX; i++) {
		assert_int_equal(open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_UDP, 1, &handle),
				 0);
	}
	assert_int_equal(open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_UDP, 1, &handle),
			 TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(close_all(INSTANCE), TEE_SUCCESS);
	close(peer);
}

static void a_datagram_socket_can_be_redirected(void **state)
{
	uint16_t first_port;
	uint16_t second_port;
	int first = peer_make(AF_INET, SOCK_DGRAM, &first_port);
	int second = peer_make(AF_INET, SOCK_DGRAM, &second_port);
	char text[16];
	uint64_t handle;
	uint64_t length;

	assert_int_equal(open_at("127.0.0.1", first_port, RPC_SOCKET_PROTOCOL_UDP, 1, &handle), 0);
	assert_int_equal(set(handle, RPC_SOCKET_UDP_CHANGEPORT, &second_port, sizeof(second_port)),
			 TEE_SUCCESS);
	assert_int_equal(set(handle, RPC_SOCKET_UDP_CHANGEADDR, "127.0.0.1", 10), TEE_SUCCESS);
	assert_int_equal(set(handle, RPC_SOCKET_UDP_CHANGEADDR, "no.such.address.", 17),
			 RPC_SOCKET_ERROR_HOSTNAME);
	assert_int_equal(send_text(handle, "there", 0, &length), TEE_SUCCESS);
	assert_int_equal(recv(second, text, sizeof(text), 0), 5);
	close(first);
	close(second);
}

/* covers: RPC_SOCKET_IOCTL */
static void settings_are_the_protocols_own(void **state)
{
	const int size = 8192;
	uint16_t port;
	uint16_t stream_port;
	int peer = peer_make(AF_INET, SOCK_DGRAM, &port);
	int listener = peer_make(AF_INET, SOCK_STREAM, &stream_port);
	uint64_t datagrams;
	uint64_t stream;

	assert_int_equal(open_at("127.0.0.1", port, RPC_SOCKET_PROTOCOL_UDP, 1, &datagrams), 0);
	assert_int_equal(open_at("127.0.0.1", stream_port, RPC_SOCKET_PROTOCOL_TCP, 1, &stream), 0);
	assert_int_equal(set(stream, RPC_SOCKET_TCP_SET_RECVBUF, &size, sizeof(size)), TEE_SUCCESS);
	assert_int_equal(set(stream, RPC_SOCKET_TCP_SET_SENDBUF, &size, sizeof(size)), TEE_SUCCESS);
	assert_int_equal(set(stream, RPC_SOCKET_TCP_SET_SENDBUF, &size, 3),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(set(stream, RPC_SOCKET_UDP_CHANGEPORT, &port, sizeof(port)),
			 TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(set(datagrams, RPC_SOCKET_TCP_SET_RECVBUF, &size, sizeof(size)),
			 TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(set(datagrams, RPC_SOCKET_UDP_CHANGEPORT, &port, 1),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(set(datagrams, 4711, &size, sizeof(size)), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(set(17, RPC_SOCKET_UDP_CHANGEPORT, &port, sizeof(port)),
			 TEE_ERROR_BAD_PARAMETERS);
	close(peer);
	close(listener);
}

static void places_that_do_not_exist_are_refused(void **state)
{
	uint64_t handle;

	assert_int_equal(open_at("127.0.0.1", 65536, RPC_SOCKET_PROTOCOL_UDP, 1, &handle),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(open_at("127.0.0.1", 9, 0x67, 1, &handle), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(open_at("127.0.0.1", 9, RPC_SOCKET_PROTOCOL_UDP, 3, &handle),
			 TEE_ERROR_BAD_PARAMETERS);
}

static void a_name_without_an_end_is_refused(void **state)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_SOCKET_OPEN, INSTANCE, 0),
		fake_value(VALUE_INPUT, 9, RPC_SOCKET_PROTOCOL_UDP, 1),
		fake_memref(MEMREF_INPUT, 0, 4, memory_id),
		fake_value(VALUE_OUTPUT, 0, 0, 0),
	};

	memcpy(memory.data, "127.0.0.1", 10);
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SOCKET, params, 4),
			 TEE_ERROR_BAD_PARAMETERS);
}

static void wrong_shapes_are_refused(void **state)
{
	struct tee_ioctl_param params[4] = { 0 };
	uint64_t operation;
	uint64_t length;

	for (operation = 0; operation <= RPC_SOCKET_IOCTL + 1; operation++) {
		params[0] = fake_value(VALUE_INPUT, operation, INSTANCE, 0);
		assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SOCKET, params, 2),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	params[0] = fake_value(VALUE_OUTPUT, RPC_SOCKET_CLOSE_ALL, INSTANCE, 0);
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SOCKET, params, 1),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SOCKET, params, 0),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(send_text(3, "x", 0, &length), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(receive(3, 10, 0, &length), TEE_ERROR_BAD_PARAMETERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_stream_goes_both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(ipv6_is_spoken_where_there_is_one, setup, teardown),
		cmocka_unit_test_setup_teardown(datagrams_keep_their_edges, setup, teardown),
		cmocka_unit_test_setup_teardown(a_datagram_larger_than_the_look_counts_as_one_more,
						setup, teardown),
		cmocka_unit_test_setup_teardown(waits_end_in_time, setup, teardown),
		cmocka_unit_test_setup_teardown(closing_ends_who_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_connection_that_is_refused_is_a_communication_error, setup, teardown),
		cmocka_unit_test_setup_teardown(a_name_that_is_none_is_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(each_instance_has_handles_of_its_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(there_is_a_limit_of_sockets, setup, teardown),
		cmocka_unit_test_setup_teardown(a_datagram_socket_can_be_redirected, setup,
						teardown),
		cmocka_unit_test_setup_teardown(settings_are_the_protocols_own, setup, teardown),
		cmocka_unit_test_setup_teardown(places_that_do_not_exist_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_name_without_an_end_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_shapes_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
}
