/* Promises of memref.h, and of the objects by handle of shm.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/rpc.h"
#include "secure/core/fake_normal.h"
#include "secure/core/fake_port.h"
#include "secure/core/memref.h"
#include "secure/core/thread.h"

#define PAGE	PORT_PAGE_SIZE
#define HANDLE	0x100000001ull
#define FOREIGN (FAKE_NORMAL_BASE - PAGE)
#define NOBODY	MSG_FMEM_INVALID_GLOBAL_ID

static int setup(void **state)
{
	fake_reset();
	fake_normal_reset();
	thread_init(4);
	memref_use(&memref_ffa);
	return 0;
}

static int teardown(void **state)
{
	memref_use(&memref_smc);
	thread_reset();
	assert_int_equal(shm_live(), 0);
	assert_int_equal(fake.pages_live, 0);
	assert_int_equal(fake.maps_live, 0);
	return 0;
}

/* `count` pages as HANDLE; the address of the first. */
static uint64_t share(size_t count)
{
	uint64_t pages = fake_pages(count);
	struct shm *shm;

	assert_int_equal(shm_gather(count, &shm), TEE_SUCCESS);
	assert_int_equal(shm_gather_pages(shm, pages, count), TEE_SUCCESS);
	shm_share(shm, HANDLE);
	return pages;
}

static void take_back(void)
{
	assert_int_equal(shm_relinquish(HANDLE), TEE_SUCCESS);
	assert_int_equal(shm_reclaim(HANDLE), TEE_SUCCESS);
}

/* --- Putting an object together --------------------------------------------------------------- */

static void an_object_has_a_sane_number_of_pages(void **state)
{
	struct shm *shm;

	assert_int_equal(shm_gather(0, &shm), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_gather(SHM_SIZE_MAX / PAGE + 2, &shm), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_gather(1ull << 32, &shm), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_gather(UINT64_MAX, &shm), TEE_ERROR_BAD_PARAMETERS);
}

static void pages_that_are_not_the_normal_worlds_are_refused(void **state)
{
	uint64_t pages = fake_pages(4);
	const struct {
		uint64_t address;
		uint64_t count;
	} bad[] = {
		{ pages, 0 },
		{ pages, 5 },
		{ pages, UINT64_MAX },
		{ pages + 8, 1 },
		{ FOREIGN, 1 },
		{ 0, 1 },
		{ FAKE_NORMAL_BASE + (FAKE_NORMAL_PAGES - 1ull) * PAGE, 2 },
		{ UINT64_MAX - PAGE + 1, 1 },
		{ UINT64_MAX - 2 * PAGE + 1, 4 },
	};

	fake.normal_has_page_0 = true;
	for (size_t i = 0; i < array_size(bad); i++) {
		struct shm *shm;

		assert_int_equal(shm_gather(4, &shm), TEE_SUCCESS);
		assert_int_equal(shm_gather_pages(shm, bad[i].address, bad[i].count),
				 TEE_ERROR_BAD_PARAMETERS);
		assert_false(shm_is_gathered(shm));
		shm_put(shm);
	}
}

static void pages_come_in_any_number_of_pieces(void **state)
{
	uint64_t pages = fake_pages(20);
	struct shm *shm;
	uint8_t byte;

	assert_int_equal(shm_gather(20, &shm), TEE_SUCCESS);
	assert_int_equal(shm_gather_pages(shm, pages + 10 * PAGE, 10), TEE_SUCCESS);
	assert_int_equal(shm_gather_pages(shm, pages + 9 * PAGE, 1), TEE_SUCCESS);
	assert_false(shm_is_gathered(shm));
	assert_int_equal(shm_gather_pages(shm, pages, 9), TEE_SUCCESS);
	assert_true(shm_is_gathered(shm));
	*(uint8_t *)fake_normal(pages + 9 * PAGE + 5) = 77;
	assert_true(shm_copy_in(shm, 10 * PAGE + 5, &byte, 1));
	assert_int_equal(byte, 77);
	assert_int_equal(shm_gather_pages(shm, pages, 1), TEE_ERROR_BAD_PARAMETERS);
	shm_put(shm);
}

/* --- Retrieved, relinquished, reclaimed ------------------------------------------------------- */

static void shared_memory_is_found_by_its_handle_alone(void **state)
{
	struct shm *shm;

	share(1);
	assert_null(shm_find_handle(HANDLE + 1, 0));
	assert_null(shm_find_handle(0, 0));
	assert_null(shm_find_handle(NOBODY, 0));
	shm = shm_find_handle(HANDLE, 0);
	assert_non_null(shm);
	assert_true(shm_cookie(shm) == HANDLE);
	shm_put(shm);
	take_back();
	assert_null(shm_find_handle(HANDLE, 0));
}

static void the_offset_is_fixed_while_somebody_uses_the_memory(void **state)
{
	struct shm *first;
	struct shm *second;

	share(2);
	assert_null(shm_find_handle(HANDLE, PAGE));
	assert_null(shm_find_handle(HANDLE, UINT32_MAX));
	first = shm_find_handle(HANDLE, 16);
	assert_non_null(first);
	assert_int_equal(shm_size(first), 2 * PAGE - 16);
	assert_null(shm_find_handle(HANDLE, 0));
	second = shm_find_handle(HANDLE, 16);
	assert_ptr_equal(second, first);
	shm_put(first);
	assert_null(shm_find_handle(HANDLE, 17));
	shm_put(second);
	first = shm_find_handle(HANDLE, PAGE - 1);
	assert_non_null(first);
	assert_int_equal(shm_size(first), PAGE + 1);
	shm_put(first);
	take_back();
}

static void memory_in_use_is_neither_given_up_nor_taken_back(void **state)
{
	struct shm *shm;

	share(1);
	shm = shm_find_handle(HANDLE, 0);
	assert_int_equal(shm_relinquish(HANDLE), TEE_ERROR_BUSY);
	assert_int_equal(shm_reclaim(HANDLE), TEE_ERROR_BUSY);
	shm_put(shm);
	/* It is still retrieved. */
	assert_int_equal(shm_reclaim(HANDLE), TEE_ERROR_BUSY);
	take_back();
}

static void memory_is_taken_back_once(void **state)
{
	share(1);
	assert_int_equal(shm_reclaim(HANDLE), TEE_SUCCESS);
	assert_int_equal(shm_reclaim(HANDLE), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(shm_reclaim(NOBODY), TEE_ERROR_ITEM_NOT_FOUND);
	/* What nobody has needs not be given up. */
	assert_int_equal(shm_relinquish(HANDLE), TEE_SUCCESS);
}

/* --- Memory in messages ----------------------------------------------------------------------- */

static struct msg_param fmem(uint64_t attr, uint64_t offset, uint32_t internal, uint64_t size,
			     uint64_t handle)
{
	struct msg_param param = { .attr = attr };

	param.u.fmem = (struct msg_param_fmem){
		.offs_low = (uint32_t)offset,
		.offs_high = (uint16_t)(offset >> 32),
		.internal_offs = (uint16_t)internal,
		.size = size,
		.global_id = handle,
	};
	return param;
}

static void assert_in(struct msg_param param, TEE_Result res)
{
	struct memref memref;

	assert_int_equal(memref_in(&param, &memref), res);
	assert_null(memref.shm);
}

static void a_parameter_names_a_range_by_handle_and_two_offsets(void **state)
{
	struct msg_param param = fmem(MSG_ATTR_TYPE_FMEM_INOUT, PAGE, 8, PAGE - 8, HANDLE);
	struct memref memref;

	share(2);
	assert_int_equal(memref_in(&param, &memref), TEE_SUCCESS);
	assert_true(shm_cookie(memref.shm) == HANDLE);
	assert_int_equal(memref.offset, PAGE);
	assert_int_equal(memref.size, PAGE - 8);
	shm_put(memref.shm);
	take_back();
}

static void a_range_outside_its_memory_is_a_violation(void **state)
{
	share(2);
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT, 0, 0, 2 * PAGE + 1, HANDLE), TEE_ERROR_SECURITY);
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT, 0, 1, 2 * PAGE, HANDLE), TEE_ERROR_SECURITY);
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT, 1ull << 32, 0, 0, HANDLE), TEE_ERROR_SECURITY);
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT, 8, 0, UINT64_MAX, HANDLE), TEE_ERROR_SECURITY);
	take_back();
}

static void memory_that_is_unknown_is_refused(void **state)
{
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT, 0, 0, 1, HANDLE), TEE_ERROR_BAD_PARAMETERS);
	share(1);
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT, 0, PAGE, 1, HANDLE), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_reclaim(HANDLE), TEE_SUCCESS);
}

static void no_memory_has_no_size(void **state)
{
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT, 0, 0, 0, NOBODY), TEE_SUCCESS);
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT, 0, 0, 1, NOBODY), TEE_ERROR_BAD_PARAMETERS);
}

/* Neither a page list nor a cookie means anything here, and a handle nothing on raw SMC. */
static void the_words_of_the_other_transport_are_not_understood(void **state)
{
	struct msg_param list = { .attr = MSG_ATTR_TYPE_TMEM_INPUT | MSG_ATTR_NONCONTIG };
	uint64_t pages[2];

	list.u.tmem.buf_ptr = fake_list_of(2, pages);
	list.u.tmem.size = PAGE;
	list.u.tmem.shm_ref = HANDLE;
	assert_in(list, TEE_ERROR_BAD_PARAMETERS);
	list.attr = MSG_ATTR_TYPE_TMEM_INPUT;
	assert_in(list, TEE_ERROR_BAD_PARAMETERS);
	memset(&list.u, 0, sizeof(list.u));
	assert_in(list, TEE_ERROR_BAD_PARAMETERS);
	assert_in(fmem(MSG_ATTR_TYPE_FMEM_INPUT | MSG_ATTR_NONCONTIG, 0, 0, 0, NOBODY),
		  TEE_ERROR_BAD_PARAMETERS);
}

static void a_request_names_memory_by_its_handle(void **state)
{
	struct memref memref = { .offset = 3, .size = 5 };
	struct msg_param param = { 0 };

	share(1);
	memref.shm = shm_find_handle(HANDLE, 100);
	assert_true(memref_out(&memref, MEMREF_OUTPUT, &param));
	assert_int_equal(param.attr, MSG_ATTR_TYPE_FMEM_OUTPUT);
	assert_int_equal(param.u.fmem.offs_low, 3);
	assert_int_equal(param.u.fmem.offs_high, 0);
	assert_int_equal(param.u.fmem.internal_offs, 0);
	assert_int_equal(param.u.fmem.size, 5);
	assert_true(param.u.fmem.global_id == HANDLE);
	memref.size = PAGE;
	assert_false(memref_out(&memref, MEMREF_OUTPUT, &param));
	shm_put(memref.shm);
	take_back();
	memref = (struct memref){ .size = 9 };
	assert_true(memref_out(&memref, MEMREF_INPUT, &param));
	assert_int_equal(param.attr, MSG_ATTR_TYPE_FMEM_INPUT);
	assert_true(param.u.fmem.global_id == NOBODY);
	assert_int_equal(param.u.fmem.size, 9);
}

/* --- Memory that is asked for ----------------------------------------------------------------- */

static void memory_is_given_by_its_handle(void **state)
{
	struct msg_param reply = fmem(RPC_SHM_ATTR_FMEM, 0, 8, PAGE, HANDLE);
	struct shm *shm;
	uint64_t name;

	share(1);
	assert_true(memref_is_grant(&reply, &name));
	assert_true(name == HANDLE);
	/* It is as large as it is, whatever is said. */
	assert_int_equal(memref_grant(&reply, PAGE, &shm), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(memref_grant(&reply, PAGE - 8, &shm), TEE_SUCCESS);
	assert_int_equal(shm_reclaim(HANDLE), TEE_ERROR_BUSY);
	/* The normal world may take it back once it is dropped. */
	memref_drop(shm);
	assert_int_equal(shm_reclaim(HANDLE), TEE_SUCCESS);
}

static void memory_that_is_given_twice_stays_with_who_uses_it(void **state)
{
	const struct msg_param reply = fmem(RPC_SHM_ATTR_FMEM, 0, 0, PAGE, HANDLE);
	struct shm *first;
	struct shm *second;

	share(1);
	assert_int_equal(memref_grant(&reply, PAGE, &first), TEE_SUCCESS);
	assert_int_equal(memref_grant(&reply, PAGE, &second), TEE_SUCCESS);
	memref_drop(first);
	assert_int_equal(shm_reclaim(HANDLE), TEE_ERROR_BUSY);
	memref_drop(second);
	assert_int_equal(shm_reclaim(HANDLE), TEE_SUCCESS);
}

static void an_answer_of_another_shape_gives_nothing(void **state)
{
	const uint64_t attrs[] = {
		0, 1, 4, 5, 7, RPC_SHM_ATTR_CONTIG, RPC_SHM_ATTR_NONCONTIG, 0x106, 0x206, ~0ull,
	};
	struct msg_param reply;
	uint64_t name;

	for (size_t i = 0; i < array_size(attrs); i++) {
		reply = fmem(attrs[i], 0, 0, PAGE, HANDLE);
		assert_false(memref_is_grant(&reply, &name));
	}
	reply = fmem(RPC_SHM_ATTR_FMEM, 0, 0, PAGE, NOBODY);
	assert_false(memref_is_grant(&reply, &name));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_has_a_sane_number_of_pages),
		TEST(pages_that_are_not_the_normal_worlds_are_refused),
		TEST(pages_come_in_any_number_of_pieces),
		TEST(shared_memory_is_found_by_its_handle_alone),
		TEST(the_offset_is_fixed_while_somebody_uses_the_memory),
		TEST(memory_in_use_is_neither_given_up_nor_taken_back),
		TEST(memory_is_taken_back_once),
		TEST(a_parameter_names_a_range_by_handle_and_two_offsets),
		TEST(a_range_outside_its_memory_is_a_violation),
		TEST(memory_that_is_unknown_is_refused),
		TEST(no_memory_has_no_size),
		TEST(the_words_of_the_other_transport_are_not_understood),
		TEST(a_request_names_memory_by_its_handle),
		TEST(memory_is_given_by_its_handle),
		TEST(memory_that_is_given_twice_stays_with_who_uses_it),
		TEST(an_answer_of_another_shape_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
