#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"

#define PAGE ((uint64_t)OS_PAGE_SIZE)

struct devices {
	struct driver *driver;
	struct driver_file *tee;
	struct driver_file *teepriv;
};

static struct devices devices_open(void)
{
	struct devices devices;

	devices.driver = fake_driver();
	devices.tee = fake_client(devices.driver);
	devices.teepriv = fake_supplicant(devices.driver);
	return devices;
}

static void devices_close(struct devices *devices)
{
	driver_release(devices->tee);
	driver_release(devices->teepriv);
	fake_driver_end(devices->driver);
}

/* An ioctl of `size` bytes of `argument`, from which nothing comes but its result. */
static int control(struct driver_file *file, uint32_t command, const void *argument, size_t size)
{
	_Alignas(8) unsigned char buffer[8192] = { 0 };
	struct os_memory *out;
	int error;

	if (argument != NULL) {
		memcpy(buffer, argument, size);
	}
	error = driver_ioctl(file, command, buffer, size, NULL, &out);
	if (out != NULL) {
		os_memory_put(out);
	}
	return error;
}

/* --- Which and how large --------------------------------------------------------------------- */

static void unknown_commands_are_refused(void **state)
{
	static const uint32_t commands[] = { 0,
					     TEE_IOC_SHM_REGISTER_FD,
					     TEE_IOC_OBJECT_INVOKE,
					     TEE_IOC_OBJECT_INVOKE + 1,
					     TEE_IOC_VERSION ^ 0x40000000,
					     TEE_IOC_INVOKE & 0xffff,
					     UINT32_MAX };
	struct devices devices = devices_open();
	size_t i;

	for (i = 0; i < array_size(commands); i++) {
		assert_int_equal(control(devices.tee, commands[i], NULL, 24), -EINVAL);
		assert_int_equal(control(devices.teepriv, commands[i], NULL, 24), -EINVAL);
	}
	devices_close(&devices);
}

/* covers: TEE_IOC_VERSION TEE_IOC_SHM_ALLOC TEE_IOC_SHM_REGISTER TEE_IOC_OPEN_SESSION
 * TEE_IOC_INVOKE TEE_IOC_CANCEL TEE_IOC_CLOSE_SESSION TEE_IOC_SUPPL_RECV TEE_IOC_SUPPL_SEND */
static void each_device_has_its_own_commands(void **state)
{
	static const struct {
		uint32_t command;
		size_t size;
	} clients[] = {
		{ TEE_IOC_OPEN_SESSION, 56 },
		{ TEE_IOC_INVOKE, 24 },
		{ TEE_IOC_CANCEL, 8 },
		{ TEE_IOC_CLOSE_SESSION, 4 },
	};
	struct devices devices = devices_open();
	size_t i;

	for (i = 0; i < array_size(clients); i++) {
		assert_int_equal(
			control(devices.teepriv, clients[i].command, NULL, clients[i].size),
			-EINVAL);
	}
	assert_int_equal(control(devices.tee, TEE_IOC_SUPPL_RECV, NULL, 8 + 32), -EINVAL);
	assert_int_equal(control(devices.tee, TEE_IOC_SUPPL_SEND, NULL, 8 + 32), -EINVAL);
	assert_int_equal(fake_secure_calls(), 0);
	devices_close(&devices);
}

static void a_structure_has_its_size(void **state)
{
	static const struct {
		uint32_t command;
		size_t size;
	} fixed[] = {
		{ TEE_IOC_VERSION, 12 }, { TEE_IOC_SHM_ALLOC, 16 },    { TEE_IOC_SHM_REGISTER, 24 },
		{ TEE_IOC_CANCEL, 8 },	 { TEE_IOC_CLOSE_SESSION, 4 },
	};
	struct devices devices = devices_open();
	size_t i;

	for (i = 0; i < array_size(fixed); i++) {
		assert_int_equal(control(devices.tee, fixed[i].command, NULL, fixed[i].size - 1),
				 -EINVAL);
		assert_int_equal(control(devices.tee, fixed[i].command, NULL, fixed[i].size + 1),
				 -EINVAL);
		assert_int_equal(control(devices.tee, fixed[i].command, NULL, 0), -EINVAL);
	}
	devices_close(&devices);
}

/* Header and parameters make up the buffer, exactly, and are not more than 1024 bytes. */
static void assert_exact(struct driver_file *file, uint32_t command, size_t header,
			 size_t count_offset)
{
	_Alignas(8) unsigned char buffer[8192] = { 0 };
	static const uint32_t counts[] = { 0,	2,	    3,		31,	    32,
					   128, 0x08000000, 0x7fffffff, 0x80000001, UINT32_MAX };
	size_t i;

	for (i = 0; i < array_size(counts); i++) {
		memcpy(buffer + count_offset, &counts[i], sizeof(counts[i]));
		assert_int_equal(control(file, command, buffer, header + 32), -EINVAL);
	}
	memcpy(buffer + count_offset, &(uint32_t){ 1 }, sizeof(uint32_t));
	assert_int_equal(control(file, command, buffer, header), -EINVAL);
	assert_int_equal(control(file, command, buffer, header + 31), -EINVAL);
	assert_int_equal(control(file, command, buffer, header + 33), -EINVAL);
	assert_int_equal(control(file, command, buffer, header - 1), -EINVAL);
	memcpy(buffer + count_offset, &(uint32_t){ 32 }, sizeof(uint32_t));
	assert_int_equal(control(file, command, buffer, header + 32 * 32), -EINVAL);
}

static void parameters_fill_the_buffer(void **state)
{
	struct devices devices = devices_open();

	assert_exact(devices.tee, TEE_IOC_OPEN_SESSION, 56, 52);
	assert_exact(devices.tee, TEE_IOC_INVOKE, 24, 20);
	assert_exact(devices.teepriv, TEE_IOC_SUPPL_RECV, 8, 4);
	assert_int_equal(fake_secure_calls(), 0);
	devices_close(&devices);
}

static void an_answer_may_be_shorter_than_its_buffer_but_not_longer(void **state)
{
	_Alignas(8) unsigned char send[8 + 2 * sizeof(struct tee_ioctl_param)] = { 0 };
	struct tee_ioctl_supp_send_arg *arg = (void *)send;
	struct devices devices = devices_open();

	arg->num_params = 1;
	arg->params[0].attr = TEE_IOCTL_PARAM_ATTR_SUPP_META;
	arg->params[0].a = 1;
	/* Well formed, but there is no such request. */
	assert_int_equal(control(devices.teepriv, TEE_IOC_SUPPL_SEND, send, sizeof(send)), -ENOENT);
	arg->num_params = 3;
	assert_int_equal(control(devices.teepriv, TEE_IOC_SUPPL_SEND, send, sizeof(send)), -EINVAL);
	arg->num_params = 0x08000001;
	assert_int_equal(control(devices.teepriv, TEE_IOC_SUPPL_SEND, send, sizeof(send)), -EINVAL);
	devices_close(&devices);
}

/* --- VERSION --------------------------------------------------------------------------------- */

static void assert_version(struct driver_file *file, uint32_t capabilities)
{
	struct tee_ioctl_version_data version;
	struct os_memory *out;

	assert_int_equal(driver_ioctl(file, TEE_IOC_VERSION, &version, sizeof(version), NULL, &out),
			 0);
	assert_null(out);
	assert_int_equal(version.impl_id, 1);
	assert_int_equal(version.impl_caps, 1);
	assert_int_equal(version.gen_caps, capabilities);
}

static void the_version_says_what_the_device_can(void **state)
{
	struct devices devices = devices_open();

	assert_version(devices.tee, 1 | 4 | 8);
	assert_version(devices.teepriv, 1 | 2 | 4 | 8);
	devices_close(&devices);
	fake_setup(NULL);
	fake_secure.capabilities &= ~SMC_SEC_CAP_MEMREF_NULL;
	devices = devices_open();
	assert_version(devices.tee, 1 | 4);
	devices_close(&devices);
}

/* --- SHM_ALLOC ------------------------------------------------------------------------------- */

static void an_allocation_is_rounded_up_to_pages_and_comes_with_a_file(void **state)
{
	struct tee_ioctl_shm_alloc_data data = { .size = PAGE + 1 };
	struct devices devices = devices_open();
	struct os_memory *out;

	assert_int_equal(
		driver_ioctl(devices.tee, TEE_IOC_SHM_ALLOC, &data, sizeof(data), NULL, &out), 0);
	assert_int_equal(data.size, 2 * PAGE);
	assert_true(data.id >= 1);
	assert_int_equal(data.flags, 0);
	assert_non_null(out);
	assert_int_equal(os_memory_file(out)->size, 2 * PAGE);
	/* The file is good even if the client closes the id before it has seen it. */
	assert_int_equal(driver_shm_close(devices.tee, data.id), 0);
	assert_int_equal(os_memory_file(out)->size, 2 * PAGE);
	os_memory_put(out);
	devices_close(&devices);
}

static void an_allocation_that_cannot_be_is_refused(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t flags;
		int error;
	} cases[] = {
		{ 0, 0, -EINVAL },	    { 1, 1, -EINVAL },
		{ 1, 0x80000000, -EINVAL }, { (1ull << 30) + 1, 0, -ENOMEM },
		{ UINT64_MAX, 0, -ENOMEM }, { UINT64_MAX - 4095, 0, -ENOMEM },
	};
	struct devices devices = devices_open();
	size_t i;

	for (i = 0; i < array_size(cases); i++) {
		const struct tee_ioctl_shm_alloc_data data = { cases[i].size, cases[i].flags, 0 };

		assert_int_equal(control(devices.tee, TEE_IOC_SHM_ALLOC, &data, sizeof(data)),
				 cases[i].error);
		assert_int_equal(control(devices.teepriv, TEE_IOC_SHM_ALLOC, &data, sizeof(data)),
				 cases[i].error);
	}
	assert_int_equal(fake_os_memories(), 0);
	devices_close(&devices);
}

/* --- SHM_REGISTER ---------------------------------------------------------------------------- */

static int shm_register(struct driver_file *file, const struct os_file *pages,
			struct tee_ioctl_shm_register_data data)
{
	struct os_memory *out;
	int error = driver_ioctl(file, TEE_IOC_SHM_REGISTER, &data, sizeof(data), pages, &out);

	assert_null(out);
	return error;
}

static void a_registration_that_cannot_be_is_refused(void **state)
{
	static const struct {
		uint64_t address;
		uint64_t length;
		uint32_t flags;
		int error;
	} cases[] = {
		{ 0, 1, 1, -EINVAL },
		{ 0, 0, 0, -ENOMEM },
		{ 0, PAGE + 1, 0, -EFAULT },
		{ PAGE, 1, 0, -EFAULT },
		{ 1, UINT64_MAX, 0, -EFAULT },
		{ UINT64_MAX, 1, 0, -EFAULT },
		{ UINT64_MAX, UINT64_MAX, 0, -EFAULT },
		{ 0, (1ull << 30) + 1, 0, -ENOMEM },
	};
	const struct os_file pages = { .size = PAGE };
	struct devices devices = devices_open();
	size_t i;

	for (i = 0; i < array_size(cases); i++) {
		const struct tee_ioctl_shm_register_data data = { cases[i].address, cases[i].length,
								  cases[i].flags, 0 };

		assert_int_equal(shm_register(devices.tee, &pages, data), cases[i].error);
		assert_int_equal(shm_register(devices.teepriv, &pages, data), cases[i].error);
	}
	/* No file came along. */
	assert_int_equal(shm_register(devices.tee, NULL,
				      (struct tee_ioctl_shm_register_data){ .length = 1 }),
			 -EFAULT);
	assert_int_equal(fake_os_memories(), 0);
	devices_close(&devices);
}

static void a_registration_keeps_its_length(void **state)
{
	struct tee_ioctl_shm_register_data data = { .addr = 0x123, .length = 7 };
	const struct os_file pages = { .size = PAGE };
	struct devices devices = devices_open();
	struct os_memory *out;

	assert_int_equal(
		driver_ioctl(devices.tee, TEE_IOC_SHM_REGISTER, &data, sizeof(data), &pages, &out),
		0);
	assert_null(out);
	assert_int_equal(data.length, 7);
	assert_true(data.id >= 1);
	devices_close(&devices);
}

/* --- The end of the secure world ------------------------------------------------------------- */

static void nothing_can_be_done_without_a_secure_world(void **state)
{
	static const struct {
		uint32_t command;
		size_t size;
	} all[] = {
		{ TEE_IOC_VERSION, 12 },      { TEE_IOC_SHM_ALLOC, 16 },
		{ TEE_IOC_SHM_REGISTER, 24 }, { TEE_IOC_OPEN_SESSION, 56 },
		{ TEE_IOC_INVOKE, 24 },	      { TEE_IOC_CANCEL, 8 },
		{ TEE_IOC_CLOSE_SESSION, 4 },
	};
	struct devices devices = devices_open();
	size_t i;

	driver_dead(devices.driver);
	for (i = 0; i < array_size(all); i++) {
		assert_int_equal(control(devices.tee, all[i].command, NULL, all[i].size), -ENODEV);
	}
	assert_int_equal(control(devices.teepriv, TEE_IOC_SUPPL_RECV, NULL, 40), -ENODEV);
	assert_int_equal(control(devices.teepriv, TEE_IOC_SUPPL_SEND, NULL, 40), -ENODEV);
	devices_close(&devices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(unknown_commands_are_refused),
		promise(each_device_has_its_own_commands),
		promise(a_structure_has_its_size),
		promise(parameters_fill_the_buffer),
		promise(an_answer_may_be_shorter_than_its_buffer_but_not_longer),
		promise(the_version_says_what_the_device_can),
		promise(an_allocation_is_rounded_up_to_pages_and_comes_with_a_file),
		promise(an_allocation_that_cannot_be_is_refused),
		promise(a_registration_that_cannot_be_is_refused),
		promise(a_registration_keeps_its_length),
		promise(nothing_can_be_done_without_a_secure_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
