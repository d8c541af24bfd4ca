/* Promises of space.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "secure/core/check.h"
#include "secure/core/fake_normal.h"
#include "secure/core/fake_port.h"
#include "secure/core/shm.h"
#include "secure/core/space.h"

#define PAGE	((uint64_t)PORT_PAGE_SIZE)
#define COOKIE	0xffff888012345600ull
#define READ	PORT_ACCESS_READ
#define WRITE	PORT_ACCESS_WRITE
#define EXECUTE PORT_ACCESS_EXECUTE

static struct space *space;

static int setup(void **state)
{
	fake_reset();
	fake_normal_reset();
	space = space_create("a test");
	return 0;
}

static int teardown(void **state)
{
	space_destroy(space);
	assert_int_equal(shm_live(), 0);
	assert_int_equal(fake.pages_live, 0);
	assert_int_equal(fake.maps_live, 0);
	assert_int_equal(fake.spaces_live, 0);
	return 0;
}

static uint64_t map_at(uint64_t address, size_t count, unsigned int access)
{
	assert_int_equal(space_map(space, &address, count, access), TEE_SUCCESS);
	return address;
}

static void commit(void)
{
	assert_int_equal(space_commit(space), TEE_SUCCESS);
}

/* What the TA finds at `address`, and may do there. */
static uint8_t *user(uint64_t address, unsigned int access)
{
	uint8_t *byte = NULL;

	assert_int_equal(fake_space_access(space_port(space), address, &byte), access);
	return byte;
}

static struct shm *share(size_t count, uint64_t offset, uint64_t *pages)
{
	struct shm *shm;

	assert_int_equal(shm_create_list(COOKIE, fake_list_of(count, pages) + offset,
					 count * PAGE - offset, &shm),
			 TEE_SUCCESS);
	return shm;
}

/* --- Private memory -------------------------------------------------------------------------- */

static void a_region_is_zeroed_and_in_force_after_a_commit(void **state)
{
	uint64_t address = map_at(0x40000, 2, READ | WRITE);
	uint8_t zeros[2 * PORT_PAGE_SIZE] = { 0 };
	uint8_t bytes[sizeof(zeros)];

	assert_int_equal(address, 0x40000);
	user(address, 0);
	commit();
	user(address - 1, 0);
	user(address, READ | WRITE);
	user(address + 2 * PAGE - 1, READ | WRITE);
	user(address + 2 * PAGE, 0);
	assert_int_equal(space_copy_in(space, bytes, address, sizeof(bytes)), TEE_SUCCESS);
	assert_memory_equal(bytes, zeros, sizeof(zeros));
}

static void the_core_and_the_ta_see_the_same_bytes(void **state)
{
	uint64_t address = map_at(0, 1, READ | WRITE);
	char text[6];

	commit();
	assert_int_equal(space_copy_out(space, address + 10, "hello", 6), TEE_SUCCESS);
	assert_string_equal((char *)user(address + 10, READ | WRITE), "hello");
	strcpy((char *)user(address + 20, READ | WRITE), "world");
	assert_int_equal(space_copy_in(space, text, address + 20, 6), TEE_SUCCESS);
	assert_string_equal(text, "world");
	assert_ptr_equal(space_address(space, address + 20, 6), user(address + 20, READ | WRITE));
}

static void assert_not_mapped(uint64_t address, size_t count, unsigned int access)
{
	assert_int_equal(space_map(space, &address, count, access), TEE_ERROR_BAD_PARAMETERS);
}

static void a_region_that_cannot_be_is_refused(void **state)
{
	map_at(0x40000, 2, READ);
	assert_not_mapped(0x40000, 1, READ);
	assert_not_mapped(0x41000, 1, READ);
	assert_not_mapped(0x3f000, 2, READ);
	assert_not_mapped(0x3f000, 4, READ);
	assert_not_mapped(0x40001, 1, READ);
	assert_not_mapped(0x50008, 1, READ);
	assert_not_mapped(0x50000, 0, READ);
	assert_not_mapped(0, 0, READ);
	assert_not_mapped(0x50000, 1, WRITE | EXECUTE);
	assert_not_mapped(FAKE_SPACE_LOW - PAGE, 1, READ);
	assert_not_mapped(FAKE_SPACE_LOW - PAGE, 2, READ);
	assert_not_mapped(fake.space_high, 1, READ);
	assert_not_mapped(fake.space_high - PAGE, 2, READ);
	assert_not_mapped(UINT64_MAX - PAGE + 1, 1, READ);
	assert_not_mapped(UINT64_MAX - PAGE + 1, 2, READ);
	assert_not_mapped(0x50000, SIZE_MAX, READ);
	assert_not_mapped(0x50000, SIZE_MAX / PAGE + 2, READ);
	assert_int_equal(fake.pages_live, 1 + 2);
	/* Right beside is no overlap, and so are both ends of the space. */
	map_at(0x42000, 1, READ);
	map_at(0x3f000, 1, READ);
	map_at(FAKE_SPACE_LOW, 1, READ);
	map_at(fake.space_high - PAGE, 1, READ);
}

static void there_is_a_limit_to_regions(void **state)
{
	uint64_t pages[1];
	struct shm *shm = share(1, 0, pages);
	uint64_t address = 0;

	for (unsigned int i = 0; i < SPACE_REGIONS_MAX; i++) {
		map_at(0, 1, READ);
	}
	assert_int_equal(space_map(space, &address, 1, READ), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(space_map_shm(space, shm, 0, 1, READ, &address), TEE_ERROR_OUT_OF_MEMORY);
	shm_put(shm);
}

static void without_memory_nothing_is_mapped(void **state)
{
	uint64_t pages[1];
	struct shm *shm = share(1, 0, pages);
	uint64_t address = 0;

	fake.pages_allowed = 0;
	assert_int_equal(space_map(space, &address, 1, READ), TEE_ERROR_OUT_OF_MEMORY);
	assert_null(space_create("another"));
	fake.pages_allowed = FAKE_UNLIMITED;
	fake.spaces_allowed = 0;
	assert_null(space_create("another"));
	fake.space_maps_allowed = 0;
	assert_int_equal(space_map(space, &address, 1, READ), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(space_map_shm(space, shm, 0, 1, READ, &address), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(address, 0);
	assert_int_equal(fake.pages_live, 1);
	assert_int_equal(fake.maps_live, 0);
	shm_put(shm);
}

/* --- Places ---------------------------------------------------------------------------------- */

static void a_place_has_an_unmapped_page_on_either_side(void **state)
{
	uint64_t low = FAKE_SPACE_LOW;

	/* Room for five pages; two are there at the ends of it. */
	fake.space_high = low + 5 * PAGE;
	space_destroy(space);
	space = space_create("a small one");
	assert_int_equal(space_place(space, 4), 0);
	assert_int_equal(space_place(space, 3), low + PAGE);
	map_at(low, 1, READ);
	assert_int_equal(space_place(space, 3), 0);
	assert_int_equal(space_place(space, 2), low + 2 * PAGE);
	map_at(low + 4 * PAGE, 1, READ);
	assert_int_equal(space_place(space, 2), 0);
	assert_int_equal(space_place(space, 1), low + 2 * PAGE);
	assert_int_equal(space_place(space, 0), 0);
	assert_int_equal(space_place(space, SIZE_MAX), 0);
	map_at(0, 1, READ);
	assert_int_equal(space_place(space, 1), 0);
}

static void every_free_place_is_chosen_some_time(void **state)
{
	uint64_t low = FAKE_SPACE_LOW;
	unsigned int seen[16] = { 0 };

	fake.space_high = low + 16 * PAGE;
	space_destroy(space);
	space = space_create("a small one");
	map_at(low + 7 * PAGE, 1, READ);
	for (unsigned int i = 0; i < 2000; i++) {
		seen[(space_place(space, 2) - low) / PAGE]++;
	}
	for (unsigned int i = 0; i < 16; i++) {
		bool free = (i >= 1 && i <= 4) || (i >= 9 && i <= 13);

		assert_int_equal(seen[i] > 0, free);
	}
}

static void regions_without_an_address_never_touch(void **state)
{
	uint64_t addresses[SPACE_REGIONS_MAX];

	for (unsigned int i = 0; i < SPACE_REGIONS_MAX; i++) {
		addresses[i] = map_at(0, 3, READ);
		for (unsigned int j = 0; j < i; j++) {
			assert_true(addresses[i] >= addresses[j] + 4 * PAGE ||
				    addresses[j] >= addresses[i] + 4 * PAGE);
		}
	}
}

/* --- Shared memory --------------------------------------------------------------------------- */

static void a_part_of_an_object_is_mapped_with_its_offset_in_the_page(void **state)
{
	uint64_t pages[4];
	struct shm *shm = share(4, 0x80, pages);
	uint64_t address;
	char text[4] = "abc";

	strcpy((char *)fake_normal(pages[1] + 0x80 + 0x10), "one");
	assert_int_equal(space_map_shm(space, shm, PAGE + 0x10, PAGE, READ | WRITE, &address),
			 TEE_SUCCESS);
	commit();
	assert_int_equal(address % PAGE, 0x90);
	assert_string_equal((char *)user(address, READ | WRITE), "one");
	user(align_down(address, PAGE) - 1, 0);
	user(align_down(address, PAGE) + 2 * PAGE - 1, READ | WRITE);
	user(align_down(address, PAGE) + 2 * PAGE, 0);
	assert_int_equal(space_copy_in(space, text, address, 4), TEE_SUCCESS);
	assert_string_equal(text, "one");
	assert_int_equal(space_copy_out(space, address + PAGE - 4, "two", 4), TEE_SUCCESS);
	assert_string_equal((char *)fake_normal(pages[2] + 0x90 - 4), "two");
	shm_put(shm);
}

static void a_part_that_is_none_is_refused(void **state)
{
	uint64_t pages[2];
	struct shm *shm = share(2, 0x80, pages);
	uint64_t size = 2 * PAGE - 0x80;
	uint64_t address = 77;

	assert_int_equal(space_map_shm(space, shm, 0, 0, READ, &address), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_map_shm(space, shm, 0, size + 1, READ, &address),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_map_shm(space, shm, size, 1, READ, &address),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_map_shm(space, shm, UINT64_MAX, 2, READ, &address),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_map_shm(space, shm, 1, UINT64_MAX, READ, &address),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_map_shm(space, shm, 0, 1, READ | EXECUTE, &address),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(address, 77);
	assert_int_equal(space_map_shm(space, shm, 0, size, READ, &address), TEE_SUCCESS);
	shm_put(shm);
}

static void only_the_bytes_that_were_shared_count(void **state)
{
	uint64_t pages[1];
	struct shm *shm = share(1, 0, pages);
	uint64_t address;

	assert_int_equal(space_map_shm(space, shm, 0x100, 0x20, READ, &address), TEE_SUCCESS);
	assert_int_equal(space_check(space, address, 0x20, READ, false), TEE_SUCCESS);
	assert_int_equal(space_check(space, address - 1, 1, READ, false), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_check(space, address, 0x21, READ, false), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_check(space, address + 0x20, 1, READ, false),
			 TEE_ERROR_ACCESS_DENIED);
	shm_put(shm);
}

static void a_region_holds_its_object_until_a_commit_after_the_unmap(void **state)
{
	uint64_t pages[1];
	struct shm *shm = share(1, 0, pages);
	uint64_t address;

	assert_int_equal(space_map_shm(space, shm, 8, 8, READ, &address), TEE_SUCCESS);
	shm_put(shm);
	commit();
	assert_int_equal(shm_live(), 1);
	space_unmap(space, address);
	assert_int_equal(shm_live(), 1);
	assert_int_equal(space_check(space, address, 1, READ, false), TEE_ERROR_ACCESS_DENIED);
	commit();
	assert_int_equal(shm_live(), 0);
	user(address, 0);
}

static void shared_memory_that_the_core_cannot_see_is_not_allowed(void **state)
{
	uint64_t pages[1];
	struct shm *shm = share(1, 0, pages);
	uint64_t address;
	uint8_t byte;

	assert_int_equal(space_map_shm(space, shm, 0, PAGE, READ, &address), TEE_SUCCESS);
	fake.maps_allowed = 0;
	assert_int_equal(space_check(space, address, 1, READ, false), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_copy_in(space, &byte, address, 1), TEE_ERROR_ACCESS_DENIED);
	fake.maps_allowed = 1;
	assert_int_equal(space_check(space, address, 1, READ, false), TEE_SUCCESS);
	assert_int_equal(space_copy_in(space, &byte, address, 1), TEE_SUCCESS);
	shm_put(shm);
}

static void spoil_what_was_read(const void *from, size_t size)
{
	memset((void *)from, 0xff, size);
}

static void shared_memory_is_copied_once(void **state)
{
	uint64_t pages[2];
	struct shm *shm = share(2, 0, pages);
	uint8_t bytes[2 * PORT_PAGE_SIZE];
	uint64_t address;
	long reads;

	memset(fake_normal(pages[0]), 5, PAGE);
	memset(fake_normal(pages[1]), 6, PAGE);
	assert_int_equal(space_map_shm(space, shm, 0, 2 * PAGE, READ, &address), TEE_SUCCESS);
	reads = fake.normal_reads;
	fake.normal_read_hook = spoil_what_was_read;
	assert_int_equal(space_copy_in(space, bytes, address, sizeof(bytes)), TEE_SUCCESS);
	fake.normal_read_hook = NULL;
	assert_int_equal(fake.normal_reads, reads + 1);
	assert_int_equal(bytes[0], 5);
	assert_int_equal(bytes[PAGE], 6);
	shm_put(shm);
}

/* --- What a TA points at --------------------------------------------------------------------- */

static void assert_denied(uint64_t address, uint64_t size)
{
	static uint8_t bytes[4 * PORT_PAGE_SIZE];
	static uint8_t before[sizeof(bytes)];

	memset(bytes, 0x77, sizeof(bytes));
	memset(before, 0x77, sizeof(before));
	assert_int_equal(space_check(space, address, size, READ, false), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_check(space, address, size, WRITE, false), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_copy_in(space, bytes, address, size), TEE_ERROR_ACCESS_DENIED);
	assert_memory_equal(bytes, before, sizeof(bytes));
	assert_int_equal(space_copy_out(space, address, bytes, size), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_copy_in_own(space, bytes, address, size), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_copy_out_own(space, address, bytes, size), TEE_ERROR_ACCESS_DENIED);
}

static void copies_outside_of_regions_are_refused_whole(void **state)
{
	uint64_t address = map_at(0x40000, 2, READ | WRITE);
	uint8_t byte = 1;

	assert_denied(address - 1, 1);
	assert_denied(address - 1, 2);
	assert_denied(address + 2 * PAGE, 1);
	assert_denied(address + 2 * PAGE - 1, 2);
	assert_denied(address, 2 * PAGE + 1);
	assert_denied(0, 1);
	assert_denied(UINT64_MAX, 1);
	assert_denied(UINT64_MAX, 2);
	assert_denied(address, UINT64_MAX);
	assert_denied(address, UINT64_MAX - address);
	assert_denied(address, UINT64_MAX - address + 1);
	/* Nothing was written where there was memory. */
	assert_int_equal(space_copy_in(space, &byte, address + 2 * PAGE - 1, 1), TEE_SUCCESS);
	assert_int_equal(byte, 0);
}

static void size_0_is_allowed_anywhere(void **state)
{
	assert_int_equal(space_check(space, 0, 0, READ | WRITE, true), TEE_SUCCESS);
	assert_int_equal(space_check(space, UINT64_MAX, 0, READ, false), TEE_SUCCESS);
	assert_int_equal(space_copy_in(space, NULL, 12345, 0), TEE_SUCCESS);
	assert_int_equal(space_copy_out_own(space, 12345, NULL, 0), TEE_SUCCESS);
}

static void copies_go_across_regions_side_by_side(void **state)
{
	uint8_t bytes[PORT_PAGE_SIZE + 20];
	uint8_t back[sizeof(bytes)];
	uint64_t address = 0x40000;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(i * 3);
	}
	map_at(address + 2 * PAGE, 1, READ | WRITE);
	map_at(address, 1, READ | WRITE);
	assert_denied(address + PAGE - 10, sizeof(bytes));
	map_at(address + PAGE, 1, READ | WRITE);
	assert_int_equal(space_copy_out(space, address + PAGE - 10, bytes, sizeof(bytes)),
			 TEE_SUCCESS);
	assert_int_equal(space_copy_in(space, back, address + PAGE - 10, sizeof(back)),
			 TEE_SUCCESS);
	assert_memory_equal(back, bytes, sizeof(bytes));
	/* But it is not one region. */
	assert_null(space_address(space, address + PAGE - 10, 20));
}

static void a_region_is_used_as_its_access_says(void **state)
{
	uint64_t read = map_at(0x40000, 1, READ);
	uint64_t code = map_at(0x50000, 1, READ | EXECUTE);
	uint64_t none = map_at(0x60000, 1, 0);
	uint64_t both = map_at(0x41000, 1, READ | WRITE);
	uint8_t byte = 1;

	assert_int_equal(space_copy_in(space, &byte, read, 1), TEE_SUCCESS);
	assert_int_equal(space_copy_out(space, read, &byte, 1), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_copy_in(space, &byte, code, 1), TEE_SUCCESS);
	assert_int_equal(space_copy_out(space, code, &byte, 1), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_copy_in(space, &byte, none, 1), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_check(space, both, 1, READ | WRITE, true), TEE_SUCCESS);
	/* All of it has to allow it. */
	assert_int_equal(space_check(space, both - 1, 2, READ, true), TEE_SUCCESS);
	assert_int_equal(space_check(space, both - 1, 2, WRITE, true), TEE_ERROR_ACCESS_DENIED);
}

static void foreign_memory_is_not_the_tas_own(void **state)
{
	uint64_t pages[1];
	struct shm *shm = share(1, 0, pages);
	uint64_t own = map_at(0, 1, READ | WRITE);
	uint64_t shared;
	uint8_t byte = 1;

	assert_int_equal(space_map_shm(space, shm, 0, PAGE, READ | WRITE, &shared), TEE_SUCCESS);
	assert_int_equal(space_check(space, own, 1, READ | WRITE, true), TEE_SUCCESS);
	assert_int_equal(space_check(space, shared, 1, READ, true), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_check(space, shared, 1, READ | WRITE, false), TEE_SUCCESS);
	assert_int_equal(space_copy_in_own(space, &byte, own, 1), TEE_SUCCESS);
	assert_int_equal(space_copy_in_own(space, &byte, shared, 1), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_copy_out_own(space, own, &byte, 1), TEE_SUCCESS);
	assert_int_equal(space_copy_out_own(space, shared, &byte, 1), TEE_ERROR_ACCESS_DENIED);
	assert_null(space_address(space, shared, 1));
	shm_put(shm);
}

static void the_loader_sees_one_private_region(void **state)
{
	uint64_t address = map_at(0, 2, READ);

	assert_non_null(space_address(space, address, 2 * PAGE));
	assert_null(space_address(space, address, 2 * PAGE + 1));
	assert_null(space_address(space, address, SIZE_MAX));
	assert_null(space_address(space, address - 1, 1));
	assert_ptr_equal(space_address(space, address + 5, 1),
			 (uint8_t *)space_address(space, address, 1) + 5);
}

/* --- Changes --------------------------------------------------------------------------------- */

static void an_unmapped_region_is_gone_for_the_core_at_once_and_for_the_ta_at_the_commit(
	void **state)
{
	uint64_t address = map_at(0x40000, 1, READ | WRITE);
	uint64_t other = map_at(0x41000, 1, READ | WRITE);
	uint8_t byte = 1;

	commit();
	space_unmap(space, address + 5);
	assert_int_equal(space_copy_in(space, &byte, address, 1), TEE_ERROR_ACCESS_DENIED);
	assert_null(space_address(space, address, 1));
	/* Its pages are given back, and its place is free, only when the TA has lost it. */
	assert_not_mapped(address, 1, READ);
	assert_int_equal(fake.pages_live, 3);
	commit();
	user(address, 0);
	user(other, READ | WRITE);
	assert_int_equal(fake.pages_live, 2);
	map_at(address, 1, READ);
}

static void a_new_access_takes_the_bytes_along(void **state)
{
	uint64_t address = map_at(0, 1, READ | WRITE);
	uint8_t byte = 0;

	assert_int_equal(space_copy_out(space, address, "x", 1), TEE_SUCCESS);
	commit();
	assert_int_equal(space_protect(space, address, READ | EXECUTE), TEE_SUCCESS);
	commit();
	assert_int_equal(*user(address, READ | EXECUTE), 'x');
	assert_int_equal(space_copy_out(space, address, &byte, 1), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(space_copy_in(space, &byte, address, 1), TEE_SUCCESS);
	assert_int_equal(byte, 'x');
	assert_int_equal(fake.pages_live, 2);
}

static void an_access_that_cannot_be_is_refused(void **state)
{
	uint64_t pages[1];
	struct shm *shm = share(1, 0, pages);
	uint64_t address = map_at(0, 2, READ | WRITE);
	uint64_t shared;

	assert_int_equal(space_map_shm(space, shm, 0, PAGE, READ, &shared), TEE_SUCCESS);
	assert_int_equal(space_protect(space, address, WRITE | EXECUTE), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_protect(space, address + PAGE, READ), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_protect(space, address + 1, READ), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_protect(space, shared, READ), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(space_check(space, address, PAGE, READ | WRITE, true), TEE_SUCCESS);
	shm_put(shm);
}

static void a_space_that_lost_a_mapping_is_dead(void **state)
{
	uint64_t address = map_at(0, 1, READ | WRITE);

	fake.space_maps_allowed = 0;
	assert_int_equal(space_protect(space, address, READ), TEE_ERROR_OUT_OF_MEMORY);
	fake.space_maps_allowed = FAKE_UNLIMITED;
	assert_int_equal(space_commit(space), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(fake.pages_live, 2);
}

static void a_space_that_cannot_unmap_is_dead(void **state)
{
	uint64_t address = map_at(0, 1, READ | WRITE);

	commit();
	fake.unmaps_allowed = 0;
	space_unmap(space, address);
	assert_int_equal(space_commit(space), TEE_ERROR_TARGET_DEAD);
	/* The TA may still reach it. */
	assert_int_equal(fake.pages_live, 2);
}

static void a_space_that_the_port_lost_stays_dead(void **state)
{
	map_at(0, 1, READ);
	fake.commits_allowed = 0;
	assert_int_equal(space_commit(space), TEE_ERROR_TARGET_DEAD);
	fake.commits_allowed = FAKE_UNLIMITED;
	assert_int_equal(space_commit(space), TEE_ERROR_TARGET_DEAD);
}

static void a_destroyed_space_gives_back_all_it_had(void **state)
{
	uint64_t pages[3];
	struct shm *shm = share(3, 0, pages);
	struct space *other = space_create("another");
	uint64_t address = 0;

	assert_int_equal(space_map(other, &address, 4, READ), TEE_SUCCESS);
	assert_int_equal(space_map_shm(other, shm, 0, PAGE, READ, &address), TEE_SUCCESS);
	assert_int_equal(space_map_shm(other, shm, PAGE, PAGE, READ, &address), TEE_SUCCESS);
	assert_int_equal(space_commit(other), TEE_SUCCESS);
	space_unmap(other, address);
	shm_put(shm);
	assert_int_equal(shm_live(), 1);
	space_destroy(other);
	assert_int_equal(shm_live(), 0);
	assert_int_equal(fake.pages_live, 1);
	assert_int_equal(fake.spaces_live, 1);
}

/* --- Panics ---------------------------------------------------------------------------------- */

static void unmap_nothing(void)
{
	setup(NULL);
	map_at(0x40000, 2, READ);
	space_unmap(space, 0x41000);
}

static void unmap_twice(void)
{
	setup(NULL);
	map_at(0x40000, 2, READ);
	space_unmap(space, 0x40000);
	space_unmap(space, 0x40000);
}

static const struct fake_panic panics[] = {
	{ "unmap_nothing", unmap_nothing },
	{ "unmap_twice", unmap_twice },
};

static void unmapping_what_is_not_there_panics(void **state)
{
	fake_panic_expect("unmap_nothing", "region != NULL");
	fake_panic_expect("unmap_twice", "region != NULL");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_region_is_zeroed_and_in_force_after_a_commit),
		TEST(the_core_and_the_ta_see_the_same_bytes),
		TEST(a_region_that_cannot_be_is_refused),
		TEST(there_is_a_limit_to_regions),
		TEST(without_memory_nothing_is_mapped),
		TEST(a_place_has_an_unmapped_page_on_either_side),
		TEST(every_free_place_is_chosen_some_time),
		TEST(regions_without_an_address_never_touch),
		TEST(a_part_of_an_object_is_mapped_with_its_offset_in_the_page),
		TEST(a_part_that_is_none_is_refused),
		TEST(only_the_bytes_that_were_shared_count),
		TEST(a_region_holds_its_object_until_a_commit_after_the_unmap),
		TEST(shared_memory_that_the_core_cannot_see_is_not_allowed),
		TEST(shared_memory_is_copied_once),
		TEST(copies_outside_of_regions_are_refused_whole),
		TEST(size_0_is_allowed_anywhere),
		TEST(copies_go_across_regions_side_by_side),
		TEST(a_region_is_used_as_its_access_says),
		TEST(foreign_memory_is_not_the_tas_own),
		TEST(the_loader_sees_one_private_region),
		TEST(an_unmapped_region_is_gone_for_the_core_at_once_and_for_the_ta_at_the_commit),
		TEST(a_new_access_takes_the_bytes_along),
		TEST(an_access_that_cannot_be_is_refused),
		TEST(a_space_that_lost_a_mapping_is_dead),
		TEST(a_space_that_cannot_unmap_is_dead),
		TEST(a_space_that_the_port_lost_stays_dead),
		TEST(a_destroyed_space_gives_back_all_it_had),
		cmocka_unit_test(unmapping_what_is_not_there_panics),
	};

	fake_panics_serve(panics, array_size(panics), argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
