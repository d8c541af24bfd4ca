/* Promises of secure/tee/storage.h when several CPUs are at it: what is read was written as a whole,
 * and nothing is left over. Who comes first is chance; what may come of it is not. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/syscall.h"
#include "lib/bytes.h"
#include "secure/core/fake_port.h"
#include "secure/core/thread.h"
#include "secure/tee/fake_rpc.h"
#include "secure/tee/instance.h"
#include "secure/tee/storage.h"

#define CPUS   4u
#define ROUNDS 150u
#define SIZE   64u

#define AT_RESULT 0u
#define AT_ID	  64u
#define AT_INFO	  128u
#define AT_DATA	  256u

#define SHARED                                                                                     \
	(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_SHARE_READ |       \
	 TEE_DATA_FLAG_SHARE_WRITE)

struct ta {
	struct instance instance;
	struct caller caller;
	uint64_t memory;
	uint32_t chance;
};

static struct ta ta[CPUS];

/* cmocka's own asserts belong to the thread that runs the tests. */
#define require(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static uint32_t chance(struct ta *t, uint32_t limit)
{
	t->chance = t->chance * 1664525 + 1013904223;
	return (t->chance >> 8) % limit;
}

static uint8_t *at(struct ta *t, uint64_t place)
{
	return (uint8_t *)space_address(t->instance.space, t->memory, 1) + place;
}

static uint64_t put_id(struct ta *t)
{
	*at(t, AT_ID) = (uint8_t)('a' + chance(t, 2));
	return t->memory + AT_ID;
}

static bool one_of(TEE_Result res, TEE_Result a, TEE_Result b)
{
	return res == TEE_SUCCESS || res == a || res == b;
}

/* 0: it could not be had. */
static uint32_t get(struct ta *t, uint32_t flags)
{
	const uint64_t id = put_id(t);
	const uint64_t opening[8] = { TEE_STORAGE_PRIVATE, id, 1, flags, t->memory + AT_RESULT };
	const uint64_t creating[8] = {
		TEE_STORAGE_PRIVATE,  id, 1, flags, 0, t->memory + AT_DATA, SIZE,
		t->memory + AT_RESULT
	};
	TEE_Result res;

	memset(at(t, AT_DATA), (int)chance(t, 256), SIZE);
	res = chance(t, 3) == 0 ? storage_sys_create(&t->caller, creating)
				: storage_sys_open(&t->caller, opening);
	require(one_of(res, TEE_ERROR_ACCESS_CONFLICT, TEE_ERROR_ITEM_NOT_FOUND));
	return res == TEE_SUCCESS ? load_le32(at(t, AT_RESULT)) : 0;
}

static void write_whole(struct ta *t, uint32_t number)
{
	const uint64_t args[8] = { number, t->memory + AT_DATA, SIZE };

	memset(at(t, AT_DATA), (int)chance(t, 256), SIZE);
	require(storage_sys_seek(&t->caller, (const uint64_t[8]){ number, 0, TEE_DATA_SEEK_SET }) ==
		TEE_SUCCESS);
	require(storage_sys_write(&t->caller, args) == TEE_SUCCESS);
}

static void read_whole(struct ta *t, uint32_t number)
{
	const uint64_t args[8] = { number, t->memory + AT_DATA, SIZE, t->memory + AT_RESULT };

	require(storage_sys_seek(&t->caller, (const uint64_t[8]){ number, 0, TEE_DATA_SEEK_SET }) ==
		TEE_SUCCESS);
	require(storage_sys_read(&t->caller, args) == TEE_SUCCESS);
	require(load_le64(at(t, AT_RESULT)) == SIZE);
	for (size_t i = 1; i < SIZE; i++) {
		require(at(t, AT_DATA)[i] == at(t, AT_DATA)[0]);
	}
}

static void close_object(struct ta *t, uint32_t number)
{
	require(storage_sys_close(&t->caller, (const uint64_t[8]){ number }) == TEE_SUCCESS);
}

static void use(struct ta *t)
{
	uint32_t number = get(t, SHARED);

	if (number != 0) {
		for (uint32_t i = chance(t, 4); i > 0; i--) {
			write_whole(t, number);
			read_whole(t, number);
		}
		close_object(t, number);
	}
}

static void rename_or_delete(struct ta *t)
{
	uint32_t number = get(t, TEE_DATA_FLAG_ACCESS_WRITE_META);
	TEE_Result res;

	if (number == 0) {
		return;
	}
	if (chance(t, 2) == 0) {
		require(storage_sys_delete(&t->caller, (const uint64_t[8]){ number }) ==
			TEE_SUCCESS);
		return;
	}
	res = storage_sys_rename(&t->caller, (const uint64_t[8]){ number, put_id(t), 1 });
	require(one_of(res, TEE_ERROR_ACCESS_CONFLICT, TEE_SUCCESS));
	close_object(t, number);
}

static void enumerate(struct ta *t)
{
	uint32_t number;
	TEE_Result res;

	require(storage_sys_enum_alloc(&t->caller, (const uint64_t[8]){ t->memory + AT_RESULT }) ==
		TEE_SUCCESS);
	number = load_le32(at(t, AT_RESULT));
	res = storage_sys_enum_start(&t->caller,
				     (const uint64_t[8]){ number, TEE_STORAGE_PRIVATE });
	while (res == TEE_SUCCESS) {
		const struct utee_object_info *info = (void *)at(t, AT_INFO);

		res = storage_sys_enum_next(&t->caller,
					    (const uint64_t[8]){ number, t->memory + AT_INFO,
								 t->memory + AT_ID,
								 t->memory + AT_RESULT });
		require(res != TEE_SUCCESS || info->data_size == SIZE);
	}
	require(res == TEE_ERROR_ITEM_NOT_FOUND);
	require(storage_sys_enum_free(&t->caller, (const uint64_t[8]){ number }) == TEE_SUCCESS);
}

/* A TA that ends with objects open, and starts anew. */
static void die(struct ta *t)
{
	get(t, SHARED);
	get(t, TEE_DATA_FLAG_ACCESS_WRITE_META);
	storage_handles_destroy(t->instance.objects);
	t->instance.objects = storage_handles_create();
	require(t->instance.objects != NULL);
}

static void live(struct smc_regs *regs)
{
	struct ta *t = &ta[regs->a1];

	for (unsigned int i = 0; i < ROUNDS; i++) {
		switch (chance(t, 8)) {
		case 0:
			rename_or_delete(t);
			break;
		case 1:
			enumerate(t);
			break;
		case 2:
			die(t);
			break;
		default:
			use(t);
			break;
		}
	}
}

static void *cpu_run(void *arg)
{
	struct smc_regs regs = { .a1 = (uintptr_t)arg };

	fake_cpu_set((unsigned int)(uintptr_t)arg);
	thread_start(live, &regs);
	return NULL;
}

static void ta_start(struct ta *t, uint32_t seed)
{
	const TEE_UUID uuid = { 1, 2, 3, { 4 } };

	t->chance = seed;
	t->instance.uuid = uuid;
	t->instance.space = space_create("ta");
	t->instance.objects = storage_handles_create();
	t->caller.instance = &t->instance;
	assert_non_null(t->instance.space);
	assert_non_null(t->instance.objects);
	assert_int_equal(
		space_map(t->instance.space, &t->memory, 1, PORT_ACCESS_READ | PORT_ACCESS_WRITE),
		TEE_SUCCESS);
}

static void tas_on_several_cpus_never_see_half_a_write(void **state)
{
	pthread_t threads[CPUS];

	for (uint32_t i = 0; i < CPUS; i++) {
		ta_start(&ta[i], 41 + i);
	}
	for (uintptr_t i = 0; i < CPUS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, cpu_run, (void *)i), 0);
	}
	for (size_t i = 0; i < CPUS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	for (size_t i = 0; i < CPUS; i++) {
		storage_handles_destroy(ta[i].instance.objects);
		space_destroy(ta[i].instance.space);
	}
	assert_int_equal(storage_open_objects(), 0);
	assert_int_equal(fake.pages_live, 0);
	assert_int_equal(fake_files_open(), 0);
	assert_true(fake_files() <= 2);
	fake_rpc_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tas_on_several_cpus_never_see_half_a_write),
	};

	fake_reset();
	thread_init(CPUS);
	storage_init();
	return cmocka_run_group_tests_name("secure/tee/storage on several CPUs", tests, NULL, NULL);
}
