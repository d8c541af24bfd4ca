#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "abi/msg.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/file.h"
#include "normal/driver/shm.h"

#define PAGE ((uint64_t)OS_PAGE_SIZE)

/* --- Page lists ------------------------------------------------------------------------------ */

/* Every page is in its place, every link where it is needed and nowhere else. */
static void assert_page_list(size_t pages)
{
	struct os_memory *memory = os_memory_alloc(pages * OS_PAGE_SIZE);
	const struct msg_page_list *page;
	struct os_memory *list;
	uint64_t address;
	size_t i;

	list = driver_shm_page_list(memory, &address);
	assert_non_null(list);
	assert_int_equal(os_memory_page_count(list), (pages + 510) / 511);
	page = fake_os_physical(address);
	for (i = 0; i < pages; i++) {
		if (i > 0 && i % 511 == 0) {
			assert_int_equal(page->next % PAGE, 0);
			page = fake_os_physical(page->next);
		}
		assert_non_null(page);
		assert_int_equal(page->pages[i % 511], os_memory_page(memory, i));
	}
	for (i = (pages - 1) % 511 + 1; i < 511; i++) {
		assert_int_equal(page->pages[i], 0);
	}
	assert_int_equal(page->next, 0);
	os_memory_put(list);
	os_memory_put(memory);
}

static void a_page_list_has_no_holes(void **state)
{
	static const size_t counts[] = { 1, 2, 510, 511, 512, 513, 1021, 1022, 1023, 1533, 1534 };
	size_t i;

	for (i = 0; i < array_size(counts); i++) {
		assert_page_list(counts[i]);
	}
	assert_int_equal(fake_os_memories(), 0);
}

static void a_page_list_carries_the_offset_of_the_first_byte(void **state)
{
	const struct os_file file = { .size = 1u << 20 };
	struct os_memory *memory;
	struct os_memory *list;
	uint64_t address;

	assert_int_equal(os_memory_adopt(&file, 3 * PAGE + 0x123, 2 * PAGE, &memory), 0);
	assert_int_equal(os_memory_page_count(memory), 3);
	list = driver_shm_page_list(memory, &address);
	assert_non_null(list);
	assert_int_equal(address % PAGE, 0x123);
	assert_int_equal(address - 0x123, os_memory_page(list, 0));
	os_memory_put(list);
	os_memory_put(memory);
}

/* Register so many bytes, at such an offset in a page, and look at the first and last byte through
 * the secure world's eyes: it refuses lists with holes itself. */
static void assert_registers(struct driver_file *file, uint64_t offset, uint64_t length)
{
	struct shm *shm;
	int32_t id;

	assert_int_equal(client_shm_register(file, offset, length, &id), 0);
	shm = driver_shm_by_id(file, (uint64_t)id);
	assert_non_null(shm);
	assert_int_equal(shm->size, length);
	assert_ptr_equal(fake_secure_registered_byte(shm->cookie, 0), driver_shm_address(shm));
	driver_shm_put(shm);
	assert_int_equal(driver_shm_close(file, id), 0);
	assert_int_equal(fake_secure_registered(), 1);
}

static void memory_of_any_size_and_offset_registers(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 0x7ff, PAGE - 1, 5 * PAGE + 64 };
	static const uint64_t lengths[] = { 1,		PAGE - 1,	 PAGE,
					    PAGE + 1,	510 * PAGE,	 511 * PAGE,
					    512 * PAGE, 1022 * PAGE + 1, 1023 * PAGE };
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	size_t i;
	size_t j;

	/* So that there is one page of messages, and no more come. */
	client_session(file);
	for (i = 0; i < array_size(offsets); i++) {
		for (j = 0; j < array_size(lengths); j++) {
			assert_registers(file, offsets[i], lengths[j]);
		}
	}
	driver_release(file);
	fake_driver_end(driver);
}

/* --- Ids and cookies ------------------------------------------------------------------------- */

static void ids_begin_at_one_and_the_lowest_is_used_again(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *one = fake_client(driver);
	struct driver_file *two = fake_client(driver);
	int32_t id;

	assert_int_equal(client_shm_alloc(one, 1, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(client_shm_alloc(two, 1, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(client_shm_alloc(one, 1, &id), 0);
	assert_int_equal(id, 3);
	assert_int_equal(driver_shm_close(two, 2), 0);
	assert_int_equal(client_shm_register(one, 0, 1, &id), 0);
	assert_int_equal(id, 2);
	driver_release(one);
	driver_release(two);
	fake_driver_end(driver);
}

static void an_id_is_good_for_its_own_file_until_it_is_closed(void **state)
{
	static const uint64_t bad[] = {
		0, 2, SHM_OBJECTS_MAX, SHM_OBJECTS_MAX + 1, UINT32_MAX, (1ull << 32) + 1, UINT64_MAX
	};
	struct driver *driver = fake_driver();
	struct driver_file *mine = fake_client(driver);
	struct driver_file *other = fake_client(driver);
	struct shm *shm;
	int32_t id;
	size_t i;

	assert_int_equal(client_shm_alloc(mine, 1, &id), 0);
	assert_null(driver_shm_by_id(other, (uint64_t)id));
	assert_int_equal(driver_shm_close(other, id), -EINVAL);
	for (i = 0; i < array_size(bad); i++) {
		assert_null(driver_shm_by_id(mine, bad[i]));
	}
	assert_int_equal(driver_shm_close(mine, 0), -EINVAL);
	assert_int_equal(driver_shm_close(mine, -1), -EINVAL);
	assert_int_equal(driver_shm_close(mine, INT32_MIN), -EINVAL);
	shm = driver_shm_by_id(mine, (uint64_t)id);
	assert_non_null(shm);
	driver_shm_put(shm);
	assert_int_equal(driver_shm_close(mine, id), 0);
	assert_null(driver_shm_by_id(mine, (uint64_t)id));
	assert_int_equal(driver_shm_close(mine, id), -EINVAL);
	driver_release(mine);
	driver_release(other);
	fake_driver_end(driver);
}

static void a_cookie_is_never_zero_and_never_comes_again(void **state)
{
	struct driver *driver = fake_driver();
	uint64_t last = 0;
	struct shm *shm;
	size_t i;

	for (i = 0; i < 100; i++) {
		assert_int_equal(driver_shm_private(driver, 1, &shm), 0);
		assert_true(shm->cookie > last);
		assert_int_equal(shm->id, -1);
		last = shm->cookie;
		driver_shm_put(shm);
		assert_null(driver_shm_by_cookie(driver, last));
	}
	assert_null(driver_shm_by_cookie(driver, 0));
	assert_null(driver_shm_by_cookie(driver, UINT64_MAX));
	fake_driver_end(driver);
}

static void memory_lives_while_somebody_uses_it(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct driver_census census;
	struct shm *shm;
	int32_t id;

	assert_int_equal(client_shm_alloc(file, 5 * PAGE, &id), 0);
	shm = driver_shm_by_id(file, (uint64_t)id);
	assert_int_equal(driver_shm_close(file, id), 0);
	driver_census(driver, &census);
	assert_int_equal(census.shm, 1);
	assert_int_equal(census.shm_bytes, 5 * PAGE);
	memset(driver_shm_address(shm), 1, 5 * PAGE);
	assert_int_equal(fake_secure_registered(), 1);
	driver_shm_put(shm);
	assert_int_equal(fake_secure_registered(), 0);
	driver_census(driver, &census);
	assert_int_equal(census.shm, 0);
	assert_int_equal(census.shm_bytes, 0);
	driver_release(file);
	fake_driver_end(driver);
}

/* --- What the secure world is told ----------------------------------------------------------- */

static void a_clients_memory_is_registered_and_unregistered(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	int32_t alloc;
	int32_t registered;

	assert_int_equal(client_shm_alloc(file, 1, &alloc), 0);
	assert_int_equal(client_shm_register(file, 100, 200, &registered), 0);
	assert_int_equal(fake_secure_registered(), 2);
	assert_int_equal(driver_shm_close(file, alloc), 0);
	assert_int_equal(fake_secure_registered(), 1);
	driver_release(file);
	assert_int_equal(fake_secure_registered(), 0);
	fake_driver_end(driver);
}

/* It is asked for memory while secure threads wait for it; a registration would wait for one. */
static void the_supplicants_memory_is_not_registered(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_supplicant(driver);
	int32_t id;

	assert_int_equal(client_shm_alloc(file, 1, &id), 0);
	assert_int_equal(client_shm_register(file, 0, 1, &id), 0);
	assert_int_equal(fake_secure_calls(), 0);
	driver_release(file);
	assert_int_equal(fake_secure_calls(), 0);
	fake_driver_end(driver);
}

static void what_the_secure_world_refuses_is_given_back(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	int32_t id;

	fake_secure.register_result = TEE_ERROR_BAD_PARAMETERS;
	assert_int_equal(client_shm_alloc(file, 1, &id), -EINVAL);
	assert_int_equal(client_shm_register(file, 0, 1, &id), -EINVAL);
	assert_int_equal(fake_os_memories(), 0);
	driver_release(file);
	fake_driver_end(driver);
}

static void memory_goes_whether_or_not_the_secure_world_lets_it(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	int32_t id;

	assert_int_equal(client_shm_alloc(file, 1, &id), 0);
	fake_secure.unregister_result = TEE_ERROR_BAD_PARAMETERS;
	assert_int_equal(driver_shm_close(file, id), 0);
	assert_int_equal(fake_os_memories(), 0);
	driver_release(file);
	fake_driver_end(driver);
}

static void no_memory_leaks_nothing(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	unsigned int number;
	int32_t id;

	for (number = 1; number < 20; number++) {
		fake_os_fail(number);
		if (client_shm_alloc(file, 1, &id) == 0) {
			assert_int_equal(driver_shm_close(file, id), 0);
		}
		fake_os_fail(number);
		if (client_shm_register(file, 0, 1, &id) == 0) {
			assert_int_equal(driver_shm_close(file, id), 0);
		}
		/* Nor does the secure world keep what nobody knows of any more. */
		assert_int_equal(fake_secure_registered(), 0);
	}
	fake_os_fail(0);
	driver_release(file);
	fake_driver_end(driver);
}

static void a_file_has_only_so_many(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *greedy = fake_supplicant(driver);
	struct driver_file *other = fake_client(driver);
	unsigned int i;
	int32_t id;

	for (i = 0; i < SHM_FILE_OBJECTS_MAX; i++) {
		assert_int_equal(client_shm_alloc(greedy, 1, &id), 0);
	}
	assert_int_equal(client_shm_alloc(greedy, 1, &id), -ENOMEM);
	assert_int_equal(client_shm_alloc(other, 1, &id), 0);
	driver_release(greedy);
	driver_release(other);
	fake_driver_end(driver);
}

/* --- What the secure world holds ------------------------------------------------------------- */

static void what_it_holds_it_can_give_back_once(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_census census;
	struct shm *shm;
	uint64_t cookie;

	assert_int_equal(driver_shm_private(driver, 100, &shm), 0);
	cookie = shm->cookie;
	assert_null(driver_shm_unhold(driver, SHM_PRIVATE, cookie));
	assert_true(driver_shm_hold(shm));
	driver_census(driver, &census);
	assert_int_equal(census.shm_kernel, 1);
	assert_int_equal(census.shm_bytes, PAGE);
	assert_null(driver_shm_unhold(driver, SHM_CLIENT, cookie));
	assert_null(driver_shm_unhold(driver, SHM_PRIVATE, cookie + SHM_OBJECTS_MAX));
	assert_ptr_equal(driver_shm_unhold(driver, SHM_PRIVATE, cookie), shm);
	assert_null(driver_shm_unhold(driver, SHM_PRIVATE, cookie));
	driver_shm_put(shm);
	assert_null(driver_shm_unhold(driver, SHM_PRIVATE, cookie));
	fake_driver_end(driver);
}

static void what_it_holds_is_given_back_at_its_end(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_census census;
	struct shm *shm;

	assert_int_equal(driver_shm_private(driver, 1, &shm), 0);
	assert_true(driver_shm_hold(shm));
	driver_dead(driver);
	driver_census(driver, &census);
	assert_int_equal(census.shm_kernel, 0);
	assert_int_equal(driver_shm_private(driver, 1, &shm), 0);
	assert_false(driver_shm_hold(shm));
	driver_shm_put(shm);
	fake_driver_end(driver);
}

static void the_drivers_own_has_a_size(void **state)
{
	struct driver *driver = fake_driver();
	struct shm *shm;

	assert_int_equal(driver_shm_private(driver, 0, &shm), -ENOMEM);
	assert_int_equal(driver_shm_private(driver, SHM_SIZE_MAX + 1, &shm), -ENOMEM);
	assert_int_equal(driver_shm_private(driver, UINT64_MAX, &shm), -ENOMEM);
	fake_driver_end(driver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(a_page_list_has_no_holes),
		promise(a_page_list_carries_the_offset_of_the_first_byte),
		promise(memory_of_any_size_and_offset_registers),
		promise(ids_begin_at_one_and_the_lowest_is_used_again),
		promise(an_id_is_good_for_its_own_file_until_it_is_closed),
		promise(a_cookie_is_never_zero_and_never_comes_again),
		promise(memory_lives_while_somebody_uses_it),
		promise(a_clients_memory_is_registered_and_unregistered),
		promise(the_supplicants_memory_is_not_registered),
		promise(what_the_secure_world_refuses_is_given_back),
		promise(memory_goes_whether_or_not_the_secure_world_lets_it),
		promise(no_memory_leaks_nothing),
		promise(a_file_has_only_so_many),
		promise(what_it_holds_it_can_give_back_once),
		promise(what_it_holds_is_given_back_at_its_end),
		promise(the_drivers_own_has_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
