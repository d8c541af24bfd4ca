/* Promises of shm.h. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "secure/core/check.h"
#include "secure/core/fake_normal.h"
#include "secure/core/fake_port.h"
#include "secure/core/shm.h"
#include "secure/core/thread.h"
#include "secure/core/wait.h"

#define PAGE	PORT_PAGE_SIZE
#define COOKIE	0xffff888012345600ull
#define FOREIGN (FAKE_NORMAL_BASE - PAGE)
#define BEYOND	(FAKE_NORMAL_BASE + (uint64_t)FAKE_NORMAL_PAGES * PAGE)
/* More than fit in one, two, three list pages. */
#define MANY	(2 * MSG_PAGE_LIST_ENTRIES + 5)

static int setup(void **state)
{
	fake_reset();
	fake_normal_reset();
	thread_init(4);
	return 0;
}

static int teardown(void **state)
{
	thread_reset();
	assert_int_equal(shm_live(), 0);
	assert_int_equal(fake.pages_live, 0);
	assert_int_equal(fake.maps_live, 0);
	return 0;
}

static void work_unregister(void *arg)
{
	*(TEE_Result *)arg = shm_unregister(COOKIE);
}

static TEE_Result unregister(void)
{
	TEE_Result res = TEE_ERROR_GENERIC;

	fake_call_run(work_unregister, &res);
	return res;
}

static void assert_refused(uint64_t list, uint64_t size)
{
	struct shm *shm;

	assert_int_equal(shm_register(COOKIE, list, size), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_list(COOKIE, list, size, &shm), TEE_ERROR_BAD_PARAMETERS);
	assert_null(shm_find(COOKIE));
	assert_int_equal(shm_live(), 0);
}

/* --- Making objects -------------------------------------------------------------------------- */

static void a_registered_object_is_found_by_its_cookie(void **state)
{
	uint64_t pages[3];
	uint64_t list = fake_list_of(3, pages);
	struct shm *shm;
	size_t count;
	size_t first;

	assert_null(shm_find(COOKIE));
	assert_int_equal(shm_register(COOKIE, list + 0x123, 2 * PAGE), TEE_SUCCESS);
	shm = shm_find(COOKIE);
	assert_non_null(shm);
	assert_true(shm_cookie(shm) == COOKIE);
	assert_int_equal(shm_size(shm), 3 * PAGE - 0x123);
	assert_memory_equal(shm_pages(shm, &count, &first), pages, sizeof(pages));
	assert_int_equal(count, 3);
	assert_int_equal(first, 0x123);
	assert_null(shm_find(COOKIE + 1));
	shm_put(shm);
	assert_int_equal(unregister(), TEE_SUCCESS);
}

static void the_pages_follow_from_offset_and_size(void **state)
{
	static const struct {
		uint64_t offset;
		uint64_t size;
		size_t pages;
	} cases[] = {
		{ 0, 1, 1 },	    { 0, PAGE, 1 }, { 0, PAGE + 1, 2 }, { PAGE - 1, 1, 1 },
		{ PAGE - 1, 2, 2 }, { 1, PAGE, 2 }, { 1, PAGE - 1, 1 }, { 8, 7 * PAGE, 8 },
	};
	uint64_t pages[8];
	uint64_t list = fake_list_of(8, pages);

	for (size_t i = 0; i < array_size(cases); i++) {
		struct shm *shm;
		size_t count;
		size_t first;

		assert_int_equal(
			shm_create_list(COOKIE, list + cases[i].offset, cases[i].size, &shm),
			TEE_SUCCESS);
		assert_memory_equal(shm_pages(shm, &count, &first), pages,
				    cases[i].pages * sizeof(pages[0]));
		assert_int_equal(count, cases[i].pages);
		assert_int_equal(first, cases[i].offset);
		shm_put(shm);
	}
}

static void a_list_may_have_many_pages(void **state)
{
	static uint64_t pages[MANY];
	static const size_t counts[] = { MSG_PAGE_LIST_ENTRIES, MSG_PAGE_LIST_ENTRIES + 1,
					 2 * MSG_PAGE_LIST_ENTRIES, MANY };

	for (size_t i = 0; i < array_size(counts); i++) {
		struct shm *shm;
		uint64_t list;
		size_t count;
		size_t first;

		fake_normal_reset();
		list = fake_list_of(counts[i], pages);
		assert_int_equal(shm_create_list(COOKIE, list, counts[i] * PAGE, &shm),
				 TEE_SUCCESS);
		assert_memory_equal(shm_pages(shm, &count, &first), pages,
				    counts[i] * sizeof(pages[0]));
		assert_int_equal(count, counts[i]);
		shm_put(shm);
	}
}

static void a_size_that_is_no_size_is_refused(void **state)
{
	uint64_t pages[1];
	uint64_t list = fake_list_of(1, pages);

	assert_refused(list, 0);
	assert_refused(list + 5, 0);
	assert_refused(list, SHM_SIZE_MAX + 1);
	assert_refused(list + 1, UINT64_MAX);
	assert_refused(list + PAGE - 1, UINT64_MAX - PAGE + 2);
	assert_refused(list, 1ull << 63);
}

static void cookie_0_cannot_be_registered(void **state)
{
	uint64_t pages[1];
	uint64_t list = fake_list_of(1, pages);
	struct shm *shm;

	assert_int_equal(shm_register(0, list, PAGE), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_list(0, list, PAGE, &shm), TEE_SUCCESS);
	assert_int_equal(shm_cookie(shm), 0);
	assert_null(shm_find(0));
	shm_put(shm);
}

static void a_list_outside_of_normal_memory_is_refused(void **state)
{
	assert_refused(0, PAGE);
	assert_refused(8, PAGE);
	assert_refused(FOREIGN, PAGE);
	assert_refused(BEYOND, PAGE);
	assert_refused(UINT64_MAX, PAGE);
	assert_refused(UINT64_MAX - PAGE + 1, PAGE);
}

static void a_bad_entry_anywhere_in_a_list_is_refused(void **state)
{
	static const uint64_t bad[] = { 0,
					FOREIGN,
					BEYOND,
					FAKE_NORMAL_BASE + 8,
					FAKE_NORMAL_BASE + 1,
					UINT64_MAX,
					UINT64_MAX - PAGE + 1 };
	static const size_t places[] = {
		0, 6, 7, 8, MSG_PAGE_LIST_ENTRIES - 1, MSG_PAGE_LIST_ENTRIES, MANY - 1
	};
	static uint64_t pages[MANY];
	uint64_t list = fake_list_of(MANY, pages);

	for (size_t i = 0; i < array_size(places); i++) {
		struct msg_page_list *page =
			fake_list_page(list, places[i] / MSG_PAGE_LIST_ENTRIES);
		uint64_t *entry = &page->pages[places[i] % MSG_PAGE_LIST_ENTRIES];
		uint64_t good = *entry;

		for (size_t j = 0; j < array_size(bad); j++) {
			*entry = bad[j];
			assert_refused(list, (places[i] + 1) * PAGE);
		}
		*entry = good;
	}
}

static void page_0_is_a_hole_even_where_there_is_memory(void **state)
{
	uint64_t pages[3];
	uint64_t list = fake_list_of(3, pages);
	struct shm *shm;

	fake.normal_has_page_0 = true;
	assert_refused(0, PAGE);
	assert_int_equal(shm_create_page(COOKIE, 8, PAGE / 2, &shm), TEE_ERROR_BAD_PARAMETERS);
	fake_list_page(list, 0)->pages[1] = 0;
	assert_refused(list, 3 * PAGE);
}

static void a_bad_link_is_refused_when_it_is_needed(void **state)
{
	static const uint64_t bad[] = { 0, FOREIGN, BEYOND, FAKE_NORMAL_BASE + 8, UINT64_MAX };
	static uint64_t pages[MANY];
	uint64_t list = fake_list_of(MANY, pages);
	struct shm *shm;

	for (size_t page = 0; page < 2; page++) {
		uint64_t *next = &fake_list_page(list, page)->next;
		uint64_t good = *next;

		for (size_t j = 0; j < array_size(bad); j++) {
			*next = bad[j];
			assert_refused(list, MANY * PAGE);
			/* Entry 512 is not needed for these. */
			assert_int_equal(shm_create_list(COOKIE, list,
							 (page + 1) * MSG_PAGE_LIST_ENTRIES * PAGE,
							 &shm),
					 TEE_SUCCESS);
			shm_put(shm);
		}
		*next = good;
	}
}

static void a_list_that_leads_back_to_itself_ends_and_its_pages_repeat(void **state)
{
	static uint64_t pages[MSG_PAGE_LIST_ENTRIES];
	uint64_t list = fake_list_of(MSG_PAGE_LIST_ENTRIES, pages);
	const uint64_t *seen;
	struct shm *shm;
	size_t count;
	size_t first;

	fake_list_page(list, 0)->next = list;
	assert_int_equal(shm_create_list(COOKIE, list, MANY * PAGE, &shm), TEE_SUCCESS);
	seen = shm_pages(shm, &count, &first);
	assert_int_equal(count, MANY);
	for (size_t i = 0; i < count; i++) {
		assert_true(seen[i] == pages[i % MSG_PAGE_LIST_ENTRIES]);
	}
	shm_put(shm);
}

static void what_a_list_holds_behind_its_end_does_not_matter(void **state)
{
	uint64_t pages[2];
	uint64_t list = fake_list_of(2, pages);
	struct shm *shm;

	fake_list_page(list, 0)->pages[2] = 1;
	assert_int_equal(shm_create_list(COOKIE, list, 2 * PAGE, &shm), TEE_SUCCESS);
	shm_put(shm);
}

static void a_page_object_lies_within_one_page(void **state)
{
	uint64_t page = fake_pages(2);
	struct shm *shm;

	assert_int_equal(shm_create_page(COOKIE, page, PAGE, &shm), TEE_SUCCESS);
	assert_int_equal(shm_size(shm), PAGE);
	assert_null(shm_find(COOKIE));
	shm_put(shm);
	assert_int_equal(shm_create_page(0, page + 0x100, 0x20, &shm), TEE_SUCCESS);
	assert_int_equal(shm_size(shm), PAGE - 0x100);
	shm_put(shm);
	assert_int_equal(shm_create_page(COOKIE, page, 0, &shm), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_page(COOKIE, page, PAGE + 1, &shm), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_page(COOKIE, page + 8, PAGE - 7, &shm),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_page(COOKIE, page + 8, UINT64_MAX, &shm),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_page(COOKIE, 0, 1, &shm), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_page(COOKIE, FOREIGN, 1, &shm), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_page(COOKIE, UINT64_MAX, 1, &shm), TEE_ERROR_BAD_PARAMETERS);
}

/* --- Memory that changes --------------------------------------------------------------------- */

static uint64_t changing_list;

/* Everything that was read is bad from now on. */
static void spoil_list(const void *from, size_t size)
{
	for (size_t page = 0; page < 3; page++) {
		memset(fake_list_page(changing_list, page), 0xff, PAGE);
	}
}

static void spoil_what_was_read(const void *from, size_t size)
{
	memset((void *)from, 0xff, size);
}

static void pages_that_change_after_they_were_read_do_not_count(void **state)
{
	static uint64_t pages[MSG_PAGE_LIST_ENTRIES];
	struct shm *shm;
	size_t count;
	size_t first;

	changing_list = fake_list_of(array_size(pages), pages);
	fake.normal_read_hook = spoil_list;
	assert_int_equal(shm_create_list(COOKIE, changing_list, array_size(pages) * PAGE, &shm),
			 TEE_SUCCESS);
	fake.normal_read_hook = NULL;
	assert_memory_equal(shm_pages(shm, &count, &first), pages, sizeof(pages));
	shm_put(shm);
}

static void each_entry_and_each_link_is_read_once(void **state)
{
	static uint64_t pages[MANY];
	uint64_t list = fake_list_of(MANY, pages);
	struct shm *shm;
	size_t count;
	size_t first;

	fake.normal_read_hook = spoil_what_was_read;
	assert_int_equal(shm_create_list(COOKIE, list, MANY * PAGE, &shm), TEE_SUCCESS);
	fake.normal_read_hook = NULL;
	assert_memory_equal(shm_pages(shm, &count, &first), pages, sizeof(pages));
	/* Three pages of the list, two links. */
	assert_int_equal(fake.normal_reads, 5);
	shm_put(shm);
}

static void the_list_is_not_read_again(void **state)
{
	uint64_t pages[2];
	struct shm *shm;
	uint8_t byte;
	long reads;

	changing_list = fake_list_of(2, pages);
	assert_int_equal(shm_create_list(COOKIE, changing_list, 2 * PAGE, &shm), TEE_SUCCESS);
	reads = fake.normal_reads;
	memset(fake_list_page(changing_list, 0), 0xff, PAGE);
	*(uint8_t *)fake_normal(pages[1]) = 77;
	assert_true(shm_copy_in(shm, PAGE, &byte, 1));
	assert_int_equal(byte, 77);
	assert_int_equal(fake.normal_reads, reads + 1);
	shm_put(shm);
}

/* --- Copies ---------------------------------------------------------------------------------- */

static void copies_go_across_pages_that_are_not_neighbours(void **state)
{
	uint8_t out[2 * PAGE + 100];
	uint8_t in[sizeof(out)];
	uint64_t pages[4];
	struct shm *shm;

	for (size_t i = 0; i < sizeof(out); i++) {
		out[i] = (uint8_t)(i * 7 + i / 256);
	}
	assert_int_equal(shm_create_list(COOKIE, fake_list_of(4, pages) + 50, 3 * PAGE, &shm),
			 TEE_SUCCESS);
	assert_true(shm_copy_out(shm, PAGE - 20, out, sizeof(out)));
	assert_memory_equal((uint8_t *)fake_normal(pages[1]) + 30, out, PAGE - 30);
	assert_memory_equal(fake_normal(pages[2]), out + PAGE - 30, PAGE);
	assert_memory_equal(fake_normal(pages[3]), out + 2 * PAGE - 30, 130);
	assert_true(shm_copy_in(shm, PAGE - 20, in, sizeof(in)));
	assert_memory_equal(in, out, sizeof(out));
	shm_put(shm);
}

static void copies_outside_are_refused(void **state)
{
	static const struct {
		uint64_t offset;
		uint64_t size;
		bool covered;
	} cases[] = {
		{ 0, 0, true },
		{ 0, 2 * PAGE - 16, true },
		{ 0, 2 * PAGE - 15, false },
		{ 2 * PAGE - 16, 0, true },
		{ 2 * PAGE - 15, 0, false },
		{ 2 * PAGE - 17, 1, true },
		{ 2 * PAGE - 17, 2, false },
		{ 2 * PAGE - 16, 1, false },
		{ UINT64_MAX, 1, false },
		{ UINT64_MAX, 2, false },
		{ 1, UINT64_MAX, false },
		{ UINT64_MAX - 5, UINT64_MAX - 5, false },
	};
	static uint8_t buffer[2 * PAGE];
	uint64_t pages[2];
	struct shm *shm;

	assert_int_equal(shm_create_list(COOKIE, fake_list_of(2, pages) + 16, PAGE, &shm),
			 TEE_SUCCESS);
	for (size_t i = 0; i < array_size(cases); i++) {
		assert_int_equal(shm_covers(shm, cases[i].offset, cases[i].size), cases[i].covered);
		assert_int_equal(shm_copy_in(shm, cases[i].offset, buffer, cases[i].size),
				 cases[i].covered);
		assert_int_equal(shm_copy_out(shm, cases[i].offset, buffer, cases[i].size),
				 cases[i].covered);
	}
	assert_non_null(shm_address(shm, 2 * PAGE - 17));
	assert_null(shm_address(shm, 2 * PAGE - 16));
	assert_null(shm_address(shm, UINT64_MAX));
	shm_put(shm);
}

static void an_object_is_mapped_once_and_for_as_long_as_it_lives(void **state)
{
	uint64_t pages[2];
	struct shm *shm;
	uint8_t byte;

	assert_int_equal(shm_create_list(COOKIE, fake_list_of(2, pages), PAGE, &shm), TEE_SUCCESS);
	assert_int_equal(fake.maps_live, 0);
	assert_true(shm_copy_in(shm, 0, &byte, 1));
	assert_ptr_equal(shm_address(shm, 0), (uint8_t *)shm_address(shm, 5) - 5);
	assert_int_equal(fake.maps_live, 1);
	shm_put(shm);
	assert_int_equal(fake.maps_live, 0);
}

static struct shm *mapped_twice;
static void *mapped_first;

static void map_meanwhile(void)
{
	mapped_first = shm_address(mapped_twice, 0);
}

static void two_cpus_that_map_at_once_share_one_mapping(void **state)
{
	void *address;

	assert_int_equal(shm_create_page(COOKIE, fake_pages(1), PAGE, &mapped_twice), TEE_SUCCESS);
	fake.map_hook = map_meanwhile;
	address = shm_address(mapped_twice, 0);
	assert_non_null(address);
	assert_ptr_equal(address, mapped_first);
	assert_int_equal(fake.maps_made, 2);
	assert_int_equal(fake.maps_live, 1);
	shm_put(mapped_twice);
}

static void what_cannot_be_mapped_cannot_be_copied(void **state)
{
	uint64_t page = fake_pages(1);
	struct shm *shm;
	uint8_t byte = 5;

	assert_int_equal(shm_create_page(COOKIE, page, PAGE, &shm), TEE_SUCCESS);
	fake.maps_allowed = 0;
	assert_null(shm_address(shm, 0));
	assert_false(shm_copy_in(shm, 0, &byte, 1));
	assert_false(shm_copy_out(shm, 0, &byte, 1));
	assert_int_equal(byte, 5);
	/* Not for ever. */
	fake.maps_allowed = FAKE_UNLIMITED;
	assert_true(shm_copy_in(shm, 0, &byte, 1));
	shm_put(shm);
}

/* --- Users ----------------------------------------------------------------------------------- */

static void an_object_lives_until_its_last_user_puts_it(void **state)
{
	struct shm *shm;

	assert_int_equal(shm_create_page(COOKIE, fake_pages(1), PAGE, &shm), TEE_SUCCESS);
	shm_get(shm);
	assert_int_equal(shm_live(), 1);
	shm_put(shm);
	assert_int_equal(shm_live(), 1);
	shm_put(shm);
	assert_int_equal(shm_live(), 0);
}

static void only_a_registered_object_is_unregistered_and_only_once(void **state)
{
	uint64_t pages[1];
	uint64_t list = fake_list_of(1, pages);
	struct shm *shm;

	assert_int_equal(unregister(), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_create_list(COOKIE, list, PAGE, &shm), TEE_SUCCESS);
	assert_int_equal(unregister(), TEE_ERROR_BAD_PARAMETERS);
	shm_put(shm);
	assert_int_equal(shm_register(COOKIE, list, PAGE), TEE_SUCCESS);
	assert_int_equal(unregister(), TEE_SUCCESS);
	assert_int_equal(shm_live(), 0);
	assert_int_equal(unregister(), TEE_ERROR_BAD_PARAMETERS);
}

static void of_two_with_one_cookie_the_newest_is_found(void **state)
{
	uint64_t pages[2];
	struct shm *shm;
	size_t count;
	size_t first;

	for (size_t i = 0; i < 2; i++) {
		uint64_t list = fake_list_of(1, &pages[i]);

		assert_int_equal(shm_register(COOKIE, list, PAGE), TEE_SUCCESS);
	}
	for (size_t i = 2; i-- > 0;) {
		shm = shm_find(COOKIE);
		assert_true(shm_pages(shm, &count, &first)[0] == pages[i]);
		shm_put(shm);
		assert_int_equal(unregister(), TEE_SUCCESS);
	}
	assert_null(shm_find(COOKIE));
}

static void work_put(void *arg)
{
	shm_put(arg);
}

static void unregistering_waits_for_the_last_user(void **state)
{
	struct fake_call call = { .room = 0 };
	TEE_Result res = TEE_ERROR_GENERIC;
	uint64_t pages[1];
	uint64_t list = fake_list_of(1, pages);
	struct shm *shm;

	assert_int_equal(shm_register(COOKIE, list, PAGE), TEE_SUCCESS);
	shm = shm_find(COOKIE);
	shm_get(shm);

	fake_call_start(&call, work_unregister, &res);
	fake_call_serve_rooms(&call);
	assert_false(fake_call_finished(&call));
	assert_false(fake_call_serve(&call));

	/* Meanwhile nobody finds it, and its memory stays. */
	assert_null(shm_find(COOKIE));
	assert_int_equal(unregister(), TEE_ERROR_BAD_PARAMETERS);
	assert_true(shm_covers(shm, 0, PAGE));

	/* A wake-up that the normal world invents changes nothing. */
	fake_notify(WAIT_VALUE_BASE);
	assert_true(fake_call_serve(&call));
	assert_false(fake_call_finished(&call));

	fake_call_run(work_put, shm);
	assert_false(fake_call_serve(&call));
	fake_call_run(work_put, shm);
	fake_call_finish(&call);
	assert_int_equal(res, TEE_SUCCESS);
	assert_int_equal(shm_live(), 0);
}

static void a_cookie_may_be_used_again_while_its_object_is_unregistered(void **state)
{
	struct fake_call call = { .room = 0 };
	TEE_Result res = TEE_ERROR_GENERIC;
	uint64_t pages[1];
	uint64_t list = fake_list_of(1, pages);
	struct shm *old;
	struct shm *fresh;

	assert_int_equal(shm_register(COOKIE, list, PAGE), TEE_SUCCESS);
	old = shm_find(COOKIE);
	fake_call_start(&call, work_unregister, &res);
	fake_call_serve_rooms(&call);

	assert_int_equal(shm_register(COOKIE, list, PAGE), TEE_SUCCESS);
	fresh = shm_find(COOKIE);
	assert_ptr_not_equal(fresh, old);
	shm_put(fresh);
	fake_call_run(work_put, old);
	fake_call_finish(&call);
	assert_int_equal(res, TEE_SUCCESS);
	assert_int_equal(unregister(), TEE_SUCCESS);
}

#define CPUS	   3u
#define CPU_ROUNDS 500u

static void *cpu_main(void *arg)
{
	uint8_t bytes[8];

	fake_cpu_set((unsigned int)(uintptr_t)arg);
	for (unsigned int i = 0; i < CPU_ROUNDS; i++) {
		struct shm *found = shm_find(COOKIE + i % 4);
		struct shm *own;

		check(found != NULL && shm_copy_in(found, 2 * PAGE - 4, bytes, sizeof(bytes)));
		check(shm_create_page(COOKIE, FAKE_NORMAL_BASE, PAGE, &own) == TEE_SUCCESS);
		shm_put(found);
		shm_put(own);
	}
	return NULL;
}

static void work_unregister_four(void *arg)
{
	for (uint64_t i = 0; i < 4; i++) {
		check(shm_unregister(COOKIE + i) == TEE_SUCCESS);
	}
}

static void several_cpus_use_the_same_objects(void **state)
{
	pthread_t cpus[CPUS];
	uint64_t pages[3];
	uint64_t list = fake_list_of(3, pages);

	for (uint64_t i = 0; i < 4; i++) {
		assert_int_equal(shm_register(COOKIE + i, list, 3 * PAGE), TEE_SUCCESS);
	}
	for (uintptr_t i = 0; i < CPUS; i++) {
		assert_int_equal(pthread_create(&cpus[i], NULL, cpu_main, (void *)i), 0);
	}
	for (size_t i = 0; i < CPUS; i++) {
		assert_int_equal(pthread_join(cpus[i], NULL), 0);
	}
	assert_int_equal(fake.maps_live, 4);
	fake_call_run(work_unregister_four, NULL);
}

/* --- Limits ---------------------------------------------------------------------------------- */

static void there_is_room_for_a_named_number_of_objects(void **state)
{
	static struct shm *objects[SHM_OBJECTS_MAX];
	uint64_t page = fake_pages(1);
	struct shm *another;

	assert_true(SHM_OBJECTS_MAX >= 16384);
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < SHM_OBJECTS_MAX; i++) {
			assert_int_equal(shm_create_page(i, page, PAGE, &objects[i]), TEE_SUCCESS);
		}
		assert_int_equal(shm_live(), SHM_OBJECTS_MAX);
		assert_int_equal(shm_create_page(1, page, PAGE, &another), TEE_ERROR_OUT_OF_MEMORY);
		/* In another order than they came. */
		for (size_t i = 0; i < SHM_OBJECTS_MAX; i++) {
			size_t j = (i * 40503u) % SHM_OBJECTS_MAX;

			assert_int_equal(shm_cookie(objects[j]), j);
			shm_put(objects[j]);
		}
		assert_int_equal(fake.pages_live, 0);
	}
}

static void work_unregister_many(void *arg)
{
	const size_t *count = arg;

	for (size_t i = 0; i < *count; i++) {
		check(shm_unregister(COOKIE + i) == TEE_SUCCESS);
	}
}

static void each_of_many_cookies_finds_its_own_object(void **state)
{
	size_t many = 16384;
	uint64_t pages[1];
	uint64_t list = fake_list_of(1, pages);

	for (size_t i = 0; i < many; i++) {
		assert_int_equal(shm_register(COOKIE + i, list + i % PAGE, 1), TEE_SUCCESS);
	}
	for (size_t i = 0; i < many; i++) {
		struct shm *shm = shm_find(COOKIE + i);

		assert_true(shm_cookie(shm) == COOKIE + i);
		assert_int_equal(shm_size(shm), PAGE - i % PAGE);
		shm_put(shm);
	}
	fake_call_run(work_unregister_many, &many);
}

static void without_memory_nothing_is_made(void **state)
{
	static struct shm *objects[1024];
	static uint64_t pages[MANY];
	uint64_t list = fake_list_of(MANY, pages);
	size_t made = 0;
	struct shm *shm;

	/* For the addresses of the pages. */
	fake.pages_allowed = 0;
	assert_int_equal(shm_create_list(COOKIE, list, MANY * PAGE, &shm), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(shm_register(COOKIE, list, MANY * PAGE), TEE_ERROR_OUT_OF_MEMORY);
	assert_null(shm_find(COOKIE));
	assert_int_equal(shm_live(), 0);

	/* For the objects. */
	while (shm_create_page(COOKIE, pages[0], 1, &shm) == TEE_SUCCESS) {
		objects[made] = shm;
		made++;
		assert_true(made < array_size(objects));
	}
	assert_int_equal(shm_create_page(COOKIE, pages[0], 1, &shm), TEE_ERROR_OUT_OF_MEMORY);
	while (made > 0) {
		made--;
		shm_put(objects[made]);
	}

	/* For a look at the list. */
	fake.pages_allowed = FAKE_UNLIMITED;
	for (long maps = 0; maps < 3; maps++) {
		fake.maps_allowed = maps;
		assert_int_equal(shm_create_list(COOKIE, list, MANY * PAGE, &shm),
				 TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(shm_live(), 0);
	}
}

static void each_boot_draws_the_same_chances(void **state)
{
	struct shm *shm;
	const void *first;

	for (unsigned int i = 0; i < 2; i++) {
		thread_reset();
		thread_init(1);
		first = fake_random_given(0);
		/* The cookies' keys, once. */
		for (unsigned int j = 0; j < 2; j++) {
			assert_int_equal(shm_create_page(COOKIE, fake_pages(1), 1, &shm),
					 TEE_SUCCESS);
			shm_put(shm);
			assert_ptr_not_equal(fake_random_given(0), first);
			assert_ptr_equal(fake_random_given(1), first);
		}
	}
}

/* --- Panics ---------------------------------------------------------------------------------- */

static void put_too_often(void)
{
	struct shm *shm;

	check(shm_create_page(COOKIE, fake_pages(1), PAGE, &shm) == TEE_SUCCESS);
	shm_put(shm);
	shm_put(shm);
}

static const struct fake_panic panics[] = {
	{ "put_too_often", put_too_often },
};

static void putting_what_one_does_not_have_panics(void **state)
{
	fake_panic_expect("put_too_often", "users > 0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_registered_object_is_found_by_its_cookie),
		TEST(the_pages_follow_from_offset_and_size),
		TEST(a_list_may_have_many_pages),
		TEST(a_size_that_is_no_size_is_refused),
		TEST(cookie_0_cannot_be_registered),
		TEST(a_list_outside_of_normal_memory_is_refused),
		TEST(a_bad_entry_anywhere_in_a_list_is_refused),
		TEST(page_0_is_a_hole_even_where_there_is_memory),
		TEST(a_bad_link_is_refused_when_it_is_needed),
		TEST(a_list_that_leads_back_to_itself_ends_and_its_pages_repeat),
		TEST(what_a_list_holds_behind_its_end_does_not_matter),
		TEST(a_page_object_lies_within_one_page),
		TEST(pages_that_change_after_they_were_read_do_not_count),
		TEST(each_entry_and_each_link_is_read_once),
		TEST(the_list_is_not_read_again),
		TEST(copies_go_across_pages_that_are_not_neighbours),
		TEST(copies_outside_are_refused),
		TEST(an_object_is_mapped_once_and_for_as_long_as_it_lives),
		TEST(two_cpus_that_map_at_once_share_one_mapping),
		TEST(what_cannot_be_mapped_cannot_be_copied),
		TEST(an_object_lives_until_its_last_user_puts_it),
		TEST(only_a_registered_object_is_unregistered_and_only_once),
		TEST(of_two_with_one_cookie_the_newest_is_found),
		TEST(unregistering_waits_for_the_last_user),
		TEST(a_cookie_may_be_used_again_while_its_object_is_unregistered),
		TEST(several_cpus_use_the_same_objects),
		TEST(there_is_room_for_a_named_number_of_objects),
		TEST(each_of_many_cookies_finds_its_own_object),
		TEST(without_memory_nothing_is_made),
		TEST(each_boot_draws_the_same_chances),
		cmocka_unit_test(putting_what_one_does_not_have_panics),
	};

	fake_panics_serve(panics, array_size(panics), argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
