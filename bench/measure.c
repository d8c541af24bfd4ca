/* measure.c - measures calls of a TEE as its client sees them; one line of JSON for each figure.
 *
 *	measure [FIGURE]	that one alone
 *
 * Every figure is a distribution over single operations, next to a baseline of the same run: a bare
 * hand-over between two processes through a futex, there and back. */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <tee_client_api.h>
#include <time.h>
#include <unistd.h>

#include "bench/ta/bench_ta.h"
#include "lib/bits.h"
#include "test/ta/worker/worker_ta.h"

#define WARM_UP	    200
#define ROUNDS	    5000
#define ROUNDS_SLOW 300
#define MEBIBYTE    (1u << 20)

static TEEC_Context context;
static TEEC_Session session;
static TEEC_SharedMemory small_memory;
static TEEC_SharedMemory large_memory;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

_Noreturn static void fail(const char *what, TEEC_Result result, uint32_t origin)
{
	fprintf(stderr, "measure: %s: 0x%08x (origin %u)\n", what, result, origin);
	exit(EXIT_FAILURE);
}

/* --- The baseline ---------------------------------------------------------------------------- */

static uint32_t *turn;

static void futex(int operation, uint32_t value)
{
	syscall(SYS_futex, turn, operation, value, NULL, NULL, 0);
}

static void hand_over(uint32_t from, uint32_t to)
{
	__atomic_store_n(turn, to, __ATOMIC_SEQ_CST);
	futex(FUTEX_WAKE, 1);
	while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != from) {
		futex(FUTEX_WAIT, to);
	}
}

_Noreturn static void partner_run(void)
{
	while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != 1) {
		futex(FUTEX_WAIT, 0);
	}
	for (;;) {
		hand_over(1, 0);
	}
}

static pid_t partner_start(void)
{
	pid_t pid;

	turn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (pid == 0) {
		partner_run();
	}
	return pid;
}

static void do_hand_over(void)
{
	hand_over(0, 1);
}

/* --- What is measured ------------------------------------------------------------------------ */

static void invoke(uint32_t command, TEEC_Operation *operation)
{
	uint32_t origin = 0;
	TEEC_Result result = TEEC_InvokeCommand(&session, command, operation, &origin);

	if (result != TEEC_SUCCESS) {
		fail("invoke", result, origin);
	}
}

static void do_null(void)
{
	invoke(BENCH_NULL, NULL);
}

static void invoke_whole(TEEC_SharedMemory *memory)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].memref.parent = memory,
	};

	invoke(BENCH_MEMREF, &operation);
}

static void do_small(void)
{
	invoke_whole(&small_memory);
}

static void do_large(void)
{
	invoke_whole(&large_memory);
}

static void do_ree_time(void)
{
	invoke(BENCH_REE_TIME, NULL);
}

static void do_object_read(void)
{
	invoke(BENCH_OBJECT_READ, NULL);
}

static const TEEC_UUID bench_uuid = BENCH_TA_UUID;
static const TEEC_UUID resident_uuid = SHARED_TA_UUID;

static void session_open(TEEC_Session *opened, const TEEC_UUID *uuid)
{
	uint32_t origin = 0;
	TEEC_Result result =
		TEEC_OpenSession(&context, opened, uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);

	if (result != TEEC_SUCCESS) {
		fail("open session", result, origin);
	}
}

/* The TA is multi-instance: each session loads it. */
static void do_open_close(void)
{
	TEEC_Session other;

	session_open(&other, &bench_uuid);
	TEEC_CloseSession(&other);
}

/* All sessions share the instance, which another session keeps. */
static void do_open_close_resident(void)
{
	TEEC_Session other;

	session_open(&other, &resident_uuid);
	TEEC_CloseSession(&other);
}

static const struct {
	const char *name;
	void (*run)(void);
	int rounds;
} figures[] = {
	{ "hand-over", do_hand_over, ROUNDS },
	{ "invoke", do_null, ROUNDS },
	{ "invoke, 4 KiB registered", do_small, ROUNDS },
	{ "invoke, 1 MiB registered", do_large, ROUNDS_SLOW },
	{ "invoke, one GET_TIME RPC", do_ree_time, ROUNDS },
	{ "invoke, object open+read+close", do_object_read, ROUNDS_SLOW },
	{ "open+close session, TA resident", do_open_close_resident, ROUNDS },
	{ "open+close session, TA loaded", do_open_close, ROUNDS_SLOW },
};

/* --- The run --------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static void measure(size_t figure)
{
	int rounds = figures[figure].rounds;
	uint64_t *samples = calloc((size_t)rounds, sizeof(*samples));
	int i;

	if (samples == NULL) {
		fail("memory", TEEC_ERROR_OUT_OF_MEMORY, TEEC_ORIGIN_API);
	}
	for (i = 0; i < WARM_UP && i < rounds; i++) {
		figures[figure].run();
	}
	for (i = 0; i < rounds; i++) {
		uint64_t start = now_ns();

		figures[figure].run();
		samples[i] = now_ns() - start;
	}
	qsort(samples, (size_t)rounds, sizeof(*samples), compare);
	printf("{\"name\": \"%s\", \"median_ns\": %llu, \"p99_ns\": %llu, \"rounds\": %d}\n",
	       figures[figure].name, (unsigned long long)samples[rounds / 2],
	       (unsigned long long)samples[rounds * 99 / 100], rounds);
	fflush(stdout);
	free(samples);
}

static void memory_register(TEEC_SharedMemory *memory, size_t size)
{
	TEEC_Result result;

	memory->buffer = calloc(1, size);
	memory->size = size;
	memory->flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT;
	result = TEEC_RegisterSharedMemory(&context, memory);
	if (result != TEEC_SUCCESS) {
		fail("register memory", result, TEEC_ORIGIN_API);
	}
}

int main(int argc, char **argv)
{
	TEEC_Result result = TEEC_InitializeContext(NULL, &context);
	TEEC_Session resident;
	pid_t partner;
	size_t i;

	if (result != TEEC_SUCCESS) {
		fail("no TEE", result, TEEC_ORIGIN_API);
	}
	session_open(&session, &bench_uuid);
	session_open(&resident, &resident_uuid);
	memory_register(&small_memory, 4096);
	memory_register(&large_memory, MEBIBYTE);
	invoke(BENCH_OBJECT_CREATE, NULL);
	partner = partner_start();
	for (i = 0; i < array_size(figures); i++) {
		if (argc < 2 || strcmp(argv[1], figures[i].name) == 0) {
			measure(i);
		}
	}
	kill(partner, SIGKILL);
	waitpid(partner, NULL, 0);
	TEEC_ReleaseSharedMemory(&small_memory);
	TEEC_ReleaseSharedMemory(&large_memory);
	TEEC_CloseSession(&resident);
	TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
	return EXIT_SUCCESS;
}
