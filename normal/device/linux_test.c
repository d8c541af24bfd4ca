/* linux_test.c - what is asked of the kernel's devices, with /dev/null in their place: the ioctls
 * on it are answered here. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "normal/device/device.h"

#define DEVICE "/dev/null"

static struct {
	uint32_t gen_caps;
	int error;		    /* of everything but VERSION; a positive errno */
	unsigned long command;	    /* the last one but VERSION */
	unsigned char argument[64]; /* as it came */
	unsigned int count;
	uint64_t alloc_size; /* what SHM_ALLOC says; 0: rounded up to pages */
	int memory;	     /* what SHM_ALLOC gave, kept open here */
} kernel;

int __wrap_ioctl(int fd, unsigned long request, void *argument);

static int memory_descriptor(size_t size)
{
	int fd = memfd_create("kernel", 0);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static int shm_alloc(struct tee_ioctl_shm_alloc_data *data)
{
	uint64_t size = kernel.alloc_size;

	if (size == 0) {
		assert_true(align_up(data->size, 4096, &size));
	}
	data->size = size;
	data->id = 7;
	kernel.memory = memory_descriptor(65536);
	return dup(kernel.memory);
}

int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	assert_true(fd >= 0);
	if (request == TEE_IOC_VERSION) {
		struct tee_ioctl_version_data *version = argument;

		version->impl_id = TEE_IMPL_ID_OPTEE;
		version->impl_caps = TEE_OPTEE_CAP_TZ;
		version->gen_caps = kernel.gen_caps;
		return 0;
	}
	kernel.command = request;
	kernel.count++;
	memcpy(kernel.argument, argument, TEE_IOC_SIZE(request));
	if (kernel.error != 0) {
		errno = kernel.error;
		return -1;
	}
	switch (request) {
	case TEE_IOC_SHM_ALLOC:
		return shm_alloc(argument);
	case TEE_IOC_SHM_REGISTER:
		((struct tee_ioctl_shm_register_data *)argument)->id = 8;
		return memory_descriptor(4096);
	case TEE_IOC_SHM_REGISTER_FD:
		((struct tee_ioctl_shm_register_fd_data *)argument)->id = 9;
		((struct tee_ioctl_shm_register_fd_data *)argument)->size = 12288;
		return memory_descriptor(4096);
	default:
		return 0;
	}
}

static int setup(void **state)
{
	struct device *device;

	memset(&kernel, 0, sizeof(kernel));
	kernel.gen_caps = TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL;
	kernel.memory = -1;
	if (device_open(DEVICE_TEE, DEVICE, &device) != 0) {
		return -1;
	}
	*state = device;
	return 0;
}

static int teardown(void **state)
{
	device_close(*state);
	if (kernel.memory >= 0) {
		close(kernel.memory);
	}
	return 0;
}

static int descriptor_count(void)
{
	int count = 0;
	int fd;

	for (fd = 0; fd < 256; fd++) {
		count += fcntl(fd, F_GETFD) >= 0;
	}
	return count;
}

static void version_is_what_the_kernel_said(void **state)
{
	struct tee_ioctl_version_data version;

	assert_int_equal(device_version(*state, &version), 0);
	assert_int_equal(version.impl_id, TEE_IMPL_ID_OPTEE);
	assert_int_equal(version.impl_caps, TEE_OPTEE_CAP_TZ);
	assert_int_equal(version.gen_caps, kernel.gen_caps);
	assert_string_equal(device_path(*state), DEVICE);
}

static void a_file_that_is_no_device_is_refused(void **state)
{
	char path[] = "/tmp/no-device-XXXXXX";
	struct device *device;
	int fd = mkstemp(path);

	assert_int_equal(device_open(DEVICE_TEE, path, &device), -ENOTTY);
	close(fd);
	unlink(path);
	assert_int_equal(device_open(DEVICE_TEE, path, &device), -ENOENT);
}

static void calls_carry_address_and_size_of_the_buffer(void **state)
{
	static const uint32_t commands[] = { TEE_IOC_OPEN_SESSION, TEE_IOC_INVOKE,
					     TEE_IOC_SUPPL_RECV, TEE_IOC_SUPPL_SEND };
	struct tee_ioctl_buf_data data;
	unsigned char buffer[56];
	size_t i;

	for (i = 0; i < array_size(commands); i++) {
		assert_int_equal(device_call(*state, commands[i], buffer, sizeof(buffer)), 0);
		assert_int_equal(kernel.command, commands[i]);
		memcpy(&data, kernel.argument, sizeof(data));
		assert_int_equal(data.buf_ptr, (uintptr_t)buffer);
		assert_int_equal(data.buf_len, sizeof(buffer));
	}
	kernel.error = EINTR;
	assert_int_equal(device_call(*state, TEE_IOC_SUPPL_RECV, buffer, 8), -EINTR);
}

static void controls_pass_their_structure(void **state)
{
	struct tee_ioctl_cancel_arg cancel = { .cancel_id = 3, .session = 4 };
	struct tee_ioctl_close_session_arg close_session = { .session = 5 };

	assert_int_equal(device_control(*state, TEE_IOC_CANCEL, &cancel, sizeof(cancel)), 0);
	assert_memory_equal(kernel.argument, &cancel, sizeof(cancel));
	assert_int_equal(device_control(*state, TEE_IOC_CLOSE_SESSION, &close_session,
					sizeof(close_session)),
			 0);
	assert_memory_equal(kernel.argument, &close_session, sizeof(close_session));
	kernel.error = EINVAL;
	assert_int_equal(device_control(*state, TEE_IOC_CANCEL, &cancel, sizeof(cancel)), -EINVAL);
}

static void a_control_of_the_wrong_size_never_reaches_the_kernel(void **state)
{
	struct tee_ioctl_cancel_arg cancel = { 0 };

	assert_int_equal(device_control(*state, TEE_IOC_CANCEL, &cancel, 4), -EINVAL);
	assert_int_equal(kernel.count, 0);
}

static void allocated_memory_is_mapped_and_its_descriptor_closed(void **state)
{
	struct tee_ioctl_shm_alloc_data data;
	struct device_shm shm;
	char text[6] = { 0 };
	int before = descriptor_count();

	assert_int_equal(device_shm_alloc(*state, 5000, &shm), 0);
	memcpy(&data, kernel.argument, sizeof(data));
	assert_int_equal(data.size, 5000);
	assert_int_equal(data.flags, 0);
	assert_int_equal(shm.id, 7);
	assert_int_equal(shm.size, 5000);
	assert_int_equal(shm.mapped, 8192);
	assert_int_equal(shm.fd, -1);
	assert_int_equal(shm.kind, DEVICE_SHM_MAPPED);
	strcpy(shm.address, "hello");
	assert_int_equal(pread(kernel.memory, text, 5, 0), 5);
	assert_string_equal(text, "hello");
	device_shm_free(*state, &shm);
	assert_int_equal(shm.id, -1);
	assert_int_equal(descriptor_count(), before + 1); /* kernel.memory */
}

static void an_allocation_that_fails_leaves_nothing(void **state)
{
	struct device_shm shm;
	int before = descriptor_count();

	kernel.error = ENOMEM;
	assert_int_equal(device_shm_alloc(*state, 5000, &shm), -ENOMEM);
	kernel.error = 0;
	kernel.alloc_size = 4096;
	assert_int_equal(device_shm_alloc(*state, 5000, &shm), -EPROTO);
	assert_int_equal(descriptor_count(), before + 1); /* kernel.memory */
}

static void registered_memory_keeps_its_descriptor(void **state)
{
	struct tee_ioctl_shm_register_data data;
	struct device_shm shm;
	char memory[10];
	int before = descriptor_count();

	assert_true(device_shm_registers(*state));
	assert_int_equal(device_shm_register(*state, memory, sizeof(memory), &shm), 0);
	memcpy(&data, kernel.argument, sizeof(data));
	assert_int_equal(data.addr, (uintptr_t)memory);
	assert_int_equal(data.length, sizeof(memory));
	assert_int_equal(data.flags, 0);
	assert_int_equal(shm.id, 8);
	assert_ptr_equal(shm.address, memory);
	assert_int_equal(shm.size, sizeof(memory));
	assert_int_equal(shm.kind, DEVICE_SHM_CALLER);
	assert_int_equal(fcntl(shm.fd, F_GETFD), FD_CLOEXEC);
	device_shm_free(NULL, &shm);
	assert_int_equal(descriptor_count(), before);
	kernel.error = EFAULT;
	assert_int_equal(device_shm_register(*state, memory, sizeof(memory), &shm), -EFAULT);
}

static void without_the_capability_nothing_is_registered(void **state)
{
	struct device *device;
	struct device_shm shm;
	char memory[10];

	kernel.gen_caps = TEE_GEN_CAP_GP;
	assert_int_equal(device_open(DEVICE_TEE, DEVICE, &device), 0);
	assert_false(device_shm_registers(device));
	assert_int_equal(device_shm_register(device, memory, sizeof(memory), &shm), -EOPNOTSUPP);
	assert_int_equal(kernel.count, 0);
	assert_int_equal(device_shm_create(device, 10, &shm), 0);
	assert_int_equal(kernel.command, TEE_IOC_SHM_ALLOC);
	device_shm_free(device, &shm);
	device_close(device);
}

static void created_memory_is_zeroed_pages_of_the_heap(void **state)
{
	struct device_shm shm;
	unsigned char *bytes;
	size_t i;

	assert_int_equal(device_shm_create(*state, 5000, &shm), 0);
	assert_int_equal(kernel.command, TEE_IOC_SHM_REGISTER);
	assert_int_equal(shm.kind, DEVICE_SHM_HEAP);
	assert_true(is_aligned((uintptr_t)shm.address, 4096));
	bytes = shm.address;
	for (i = 0; i < 8192; i++) {
		assert_int_equal(bytes[i], 0);
	}
	device_shm_free(*state, &shm);
	assert_int_equal(device_shm_create(*state, 0, &shm), -EINVAL);
	assert_int_equal(device_shm_create(*state, SIZE_MAX, &shm), -ENOMEM);
	kernel.error = ENOMEM;
	assert_int_equal(device_shm_create(*state, 5000, &shm), -ENOMEM);
}

static void memory_of_a_descriptor_has_the_kernels_size(void **state)
{
	struct tee_ioctl_shm_register_fd_data data;
	struct device_shm shm;

	assert_int_equal(device_shm_register_fd(*state, 1, &shm), 0);
	memcpy(&data, kernel.argument, sizeof(data));
	assert_int_equal(data.fd, 1);
	assert_int_equal(data.flags, 0);
	assert_int_equal(shm.id, 9);
	assert_int_equal(shm.size, 12288);
	assert_null(shm.address);
	assert_int_equal(fcntl(shm.fd, F_GETFD), FD_CLOEXEC);
	device_shm_free(*state, &shm);
	kernel.error = EINVAL;
	assert_int_equal(device_shm_register_fd(*state, 1, &shm), -EINVAL);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(version_is_what_the_kernel_said),
		promise(a_file_that_is_no_device_is_refused),
		promise(calls_carry_address_and_size_of_the_buffer),
		promise(controls_pass_their_structure),
		promise(a_control_of_the_wrong_size_never_reaches_the_kernel),
		promise(allocated_memory_is_mapped_and_its_descriptor_closed),
		promise(an_allocation_that_fails_leaves_nothing),
		promise(registered_memory_keeps_its_descriptor),
		promise(without_the_capability_nothing_is_registered),
		promise(created_memory_is_zeroed_pages_of_the_heap),
		promise(memory_of_a_descriptor_has_the_kernels_size),
	};

	return cmocka_run_group_tests_name("device/linux", tests, NULL, NULL);
}
