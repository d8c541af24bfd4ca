/* exec_raw.c - a program that knows nothing of Postern: it opens /dev/tee0 and /dev/teepriv0 and calls
 * ioctl() and mmap() on them, with abi/device.h for all it knows.
 *
 *	exec_raw --list		the names of its checks
 *	exec_raw NAME...	those checks; each says what it expected and did not get
 *	exec_raw hold KIND	open, say so, and wait for a line of input between the steps
 *
 * Checks that need /dev/teepriv0 begin with "supplicant"; the TEE must have none then. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "test/ta/worker/worker_ta.h"

#define PAGE	   4096u
#define BIG	   (8u * 1024 * 1024)
#define BAD	   ((void *)8)
#define THREADS	   8
#define CALLS	   50
#define REOPENINGS 20

/* The worker TA's, in octets. */
static const uint8_t worker_octets[TEE_IOCTL_UUID_LEN] = { 0x3f, 0x2f, 0x02, 0xc5, 0xfc, 0x42,
							   0x4f, 0x67, 0xa1, 0xec, 0xe2, 0xd1,
							   0x27, 0xf7, 0x80, 0xc1 };

static unsigned int failures;

static void expect_at(int line, const char *what, long got, long wanted)
{
	if (got != wanted) {
		printf("%s:%d: %s: %ld, not %ld\n", __FILE__, line, what, got, wanted);
		failures++;
	}
}

#define expect(what, wanted) expect_at(__LINE__, #what, (long)(what), (long)(wanted))

/* What a call gives: its result, or minus errno. */
static int try_ioctl(int fd, uint32_t command, void *argument)
{
	int result = ioctl(fd, command, argument);

	return result < 0 ? -errno : result;
}

static int open_tee(void)
{
	int fd = open("/dev/tee0", O_RDWR);

	if (fd < 0) {
		perror("/dev/tee0");
		exit(EXIT_FAILURE);
	}
	return fd;
}

static int open_teepriv(void)
{
	int fd = open("/dev/teepriv0", O_RDWR);

	if (fd < 0) {
		perror("/dev/teepriv0");
		exit(EXIT_FAILURE);
	}
	return fd;
}

/* --- Calls ----------------------------------------------------------------------------------- */

#define PARAMS_ROOM 8

struct open_buffer {
	union {
		struct tee_ioctl_open_session_arg arg;
		struct {
			char header[sizeof(struct tee_ioctl_open_session_arg)];
			struct tee_ioctl_param params[PARAMS_ROOM];
		};
	};
};

struct invoke_buffer {
	union {
		struct tee_ioctl_invoke_arg arg;
		struct {
			char header[sizeof(struct tee_ioctl_invoke_arg)];
			struct tee_ioctl_param params[PARAMS_ROOM];
		};
	};
};

static int call(int fd, uint32_t command, void *buffer, size_t size)
{
	struct tee_ioctl_buf_data data = { (uintptr_t)buffer, size };

	return try_ioctl(fd, command, &data);
}

static int open_session(int fd, struct open_buffer *open, uint32_t count)
{
	open->arg.num_params = count;
	return call(fd, TEE_IOC_OPEN_SESSION, open,
		    sizeof(open->arg) + TEE_IOCTL_PARAM_SIZE(count));
}

static struct open_buffer worker(void)
{
	struct open_buffer open;

	memset(&open, 0, sizeof(open));
	memcpy(open.arg.uuid, worker_octets, sizeof(worker_octets));
	return open;
}

static uint32_t session_of(int fd)
{
	struct open_buffer open = worker();

	expect(open_session(fd, &open, 4), 0);
	expect(open.arg.ret, 0);
	return open.arg.session;
}

static int invoke(int fd, struct invoke_buffer *invoke, uint32_t count)
{
	invoke->arg.num_params = count;
	return call(fd, TEE_IOC_INVOKE, invoke, sizeof(invoke->arg) + TEE_IOCTL_PARAM_SIZE(count));
}

static struct invoke_buffer invocation(uint32_t command, uint32_t session)
{
	struct invoke_buffer buffer;

	memset(&buffer, 0, sizeof(buffer));
	buffer.arg.func = command;
	buffer.arg.session = session;
	return buffer;
}

static void add(int fd, uint32_t session, uint32_t a, uint32_t b)
{
	struct invoke_buffer buffer = invocation(WORKER_ADD, session);

	buffer.params[0].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT;
	buffer.params[0].a = a;
	buffer.params[0].b = b;
	expect(invoke(fd, &buffer, 4), 0);
	expect(buffer.arg.ret, 0);
	expect(buffer.arg.ret_origin, 4);
	expect(buffer.params[0].a, a + b);
}

static int close_session(int fd, uint32_t session)
{
	struct tee_ioctl_close_session_arg arg = { session };

	return try_ioctl(fd, TEE_IOC_CLOSE_SESSION, &arg);
}

/* --- Opening --------------------------------------------------------------------------------- */

static void check_names(void)
{
	struct stat status;
	int dev = open("/dev", O_PATH | O_DIRECTORY);
	int fd = openat(dev, "tee0", O_RDWR | O_CLOEXEC);

	expect(fd >= 0, true);
	expect(fcntl(fd, F_GETFD), FD_CLOEXEC);
	expect(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	expect(fstat(fd, &status), 0);
	expect(S_ISCHR(status.st_mode), true);
	expect(minor(status.st_rdev), TEE_MINOR_CLIENT);
	close(fd);
	expect(stat("/dev/../dev//./teepriv0", &status), 0);
	expect(S_ISCHR(status.st_mode), true);
	expect(minor(status.st_rdev), TEE_MINOR_SUPPLICANT);
	expect(fstatat(dev, "tee0", &status, 0), 0);
	expect(access("/dev/tee0", R_OK | W_OK), 0);
	expect(access("/dev/tee0", X_OK), -1);
	expect(access("/dev/tee1", F_OK), -1);
	expect(access("/tmp/tee0", F_OK), -1);
	expect(chdir("/dev"), 0);
	fd = open("tee0", O_RDONLY);
	expect(fd >= 0, true);
	expect(fcntl(fd, F_GETFD), 0);
	close(fd);
	expect(open("tee0", O_RDWR | O_CREAT | O_EXCL, 0600), -1);
	expect(errno, EEXIST);
	expect(open("/dev/tee0", O_RDONLY | O_DIRECTORY), -1);
	expect(errno, ENOTDIR);
	expect(open((const char *)BAD, O_RDWR), -1);
	expect(errno, EFAULT);
	close(dev);
}

static void check_version(void)
{
	struct tee_ioctl_version_data version = { 0 };
	int fd = open_tee();

	expect(try_ioctl(fd, TEE_IOC_VERSION, &version), 0);
	expect(version.impl_id, TEE_IMPL_ID_OPTEE);
	expect(version.impl_caps, TEE_OPTEE_CAP_TZ);
	expect(version.gen_caps, TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL);
	expect(try_ioctl(fd, TEE_IOC_VERSION, BAD), -EFAULT);
	close(fd);
}

static void check_numbers(void)
{
	struct tee_ioctl_buf_data data = { 0 };
	int fd = open_tee();

	expect(try_ioctl(fd, 0xA4FF, &data), -EINVAL);
	expect(try_ioctl(fd, TEE_IOC_OBJECT_INVOKE, &data), -EINVAL);
	/* The supplicant's are not a client's. */
	expect(call(fd, TEE_IOC_SUPPL_RECV, &(struct tee_ioctl_supp_recv_arg){ 0 }, 8), -EINVAL);
	expect(call(fd, TEE_IOC_SUPPL_SEND, &(struct tee_ioctl_supp_send_arg){ 0 }, 8), -EINVAL);
	close(fd);
	/* A descriptor that is none of the TEE's is the kernel's business. */
	fd = open("/dev/null", O_RDWR);
	expect(try_ioctl(fd, TEE_IOC_VERSION, &data), -ENOTTY);
	close(fd);
	expect(try_ioctl(fd, TEE_IOC_VERSION, &data), -EBADF);
}

/* --- Shared memory --------------------------------------------------------------------------- */

static int shm_alloc(int fd, uint64_t size, struct tee_ioctl_shm_alloc_data *data)
{
	*data = (struct tee_ioctl_shm_alloc_data){ .size = size };
	return try_ioctl(fd, TEE_IOC_SHM_ALLOC, data);
}

static void check_shm_alloc(void)
{
	struct tee_ioctl_shm_alloc_data data = { .size = PAGE, .flags = 1 };
	int fd = open_tee();
	unsigned char *bytes;
	size_t i;
	int shm;

	expect(try_ioctl(fd, TEE_IOC_SHM_ALLOC, &data), -EINVAL);
	expect(shm_alloc(fd, 0, &data), -EINVAL);
	expect(shm_alloc(fd, UINT64_MAX, &data), -ENOMEM);
	expect(shm_alloc(fd, 1ull << 40, &data), -ENOMEM);
	expect(try_ioctl(fd, TEE_IOC_SHM_ALLOC, BAD), -EFAULT);
	shm = shm_alloc(fd, PAGE + 1, &data);
	expect(shm > fd, true);
	expect(data.size, 2 * PAGE);
	expect(data.id >= 1, true);
	expect(fcntl(shm, F_GETFD), 0);
	bytes = mmap(NULL, data.size, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);
	expect(bytes != MAP_FAILED, true);
	for (i = 0; i < data.size && bytes[i] == 0; i++) {
	}
	expect(i, data.size);
	memset(bytes, 0x5a, data.size);
	close(shm);
	munmap(bytes, data.size);
	close(fd);
}

static int shm_register(int fd, void *address, uint64_t length, int32_t *id)
{
	struct tee_ioctl_shm_register_data data = {
		.addr = (uintptr_t)address,
		.length = length,
	};
	int result = try_ioctl(fd, TEE_IOC_SHM_REGISTER, &data);

	if (result >= 0) {
		expect(data.length, length);
		expect(data.id >= 1, true);
	}
	*id = data.id;
	return result;
}

static void check_shm_register(void)
{
	struct tee_ioctl_shm_register_data data = { .length = PAGE, .flags = 1 };
	char *bytes =
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_tee();
	int32_t id;
	int shm;

	data.addr = (uintptr_t)bytes;
	expect(try_ioctl(fd, TEE_IOC_SHM_REGISTER, &data), -EINVAL);
	expect(try_ioctl(fd, TEE_IOC_SHM_REGISTER, BAD), -EFAULT);
	expect(shm_register(fd, bytes, 0, &id), -ENOMEM);
	expect(shm_register(fd, BAD, PAGE, &id), -EFAULT);
	expect(shm_register(fd, bytes, UINT64_MAX, &id), -EFAULT);
	expect(shm_register(fd, (void *)"read only", 4, &id), -EFAULT);
	munmap(bytes + 2 * PAGE, PAGE);
	expect(shm_register(fd, bytes, 3 * PAGE, &id), -EFAULT);
	shm = shm_register(fd, bytes + 5, PAGE, &id);
	expect(shm > fd, true);
	expect(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, shm, 0) == MAP_FAILED, true);
	close(shm);
	close(fd);
	munmap(bytes, 2 * PAGE);
}

static void check_shm_register_fd(void)
{
	struct tee_ioctl_shm_register_fd_data data = { .fd = STDIN_FILENO };
	int fd = open_tee();

	expect(try_ioctl(fd, TEE_IOC_SHM_REGISTER_FD, &data), -EINVAL);
	close(fd);
}

/* --- Sessions -------------------------------------------------------------------------------- */

static void check_open_session(void)
{
	struct open_buffer open = worker();
	struct tee_ioctl_buf_data data = { (uintptr_t)&open, 0 };
	int fd = open_tee();
	uint32_t gid = 0x7ffffff0;

	expect(try_ioctl(fd, TEE_IOC_OPEN_SESSION, BAD), -EFAULT);
	expect(try_ioctl(fd, TEE_IOC_OPEN_SESSION, &data), -EINVAL);
	data.buf_len = sizeof(open.arg) - 1;
	expect(try_ioctl(fd, TEE_IOC_OPEN_SESSION, &data), -EINVAL);
	data.buf_len = sizeof(open.arg) + 1;
	expect(try_ioctl(fd, TEE_IOC_OPEN_SESSION, &data), -EINVAL);
	data.buf_len = TEE_MAX_ARG_SIZE + 1;
	expect(try_ioctl(fd, TEE_IOC_OPEN_SESSION, &data), -EINVAL);
	data.buf_len = UINT64_MAX;
	expect(try_ioctl(fd, TEE_IOC_OPEN_SESSION, &data), -EINVAL);
	expect(call(fd, TEE_IOC_OPEN_SESSION, BAD, sizeof(open.arg)), -EFAULT);
	open.arg.num_params = 0x08000000; /* times 32 is 2^32 */
	data.buf_len = sizeof(open.arg);
	expect(try_ioctl(fd, TEE_IOC_OPEN_SESSION, &data), -EINVAL);
	expect(open_session(fd, &open, 5), -EINVAL);
	open.arg.clnt_login = TEE_IOCTL_LOGIN_REE_KERNEL;
	expect(open_session(fd, &open, 0), -EPERM);
	open.arg.clnt_login = TEE_IOCTL_LOGIN_APPLICATION;
	expect(open_session(fd, &open, 0), -EINVAL);
	open.arg.clnt_login = TEE_IOCTL_LOGIN_GROUP;
	memcpy(open.arg.clnt_uuid, &gid, sizeof(gid));
	expect(open_session(fd, &open, 0), -EPERM);
	open.arg.clnt_login = TEE_IOCTL_LOGIN_USER;
	expect(open_session(fd, &open, 0), 0);
	expect(open.arg.ret, 0);
	expect(close_session(fd, open.arg.session), 0);
	memset(open.arg.uuid, 0xee, sizeof(open.arg.uuid));
	expect(open_session(fd, &open, 0), 0);
	expect(open.arg.ret, 0xFFFF0008u);
	close(fd);
}

/* The answer has nowhere to go: nothing stays open, which the census says afterwards. */
static void check_open_session_unheard(void)
{
	struct open_buffer *open =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_tee();

	*open = worker();
	mprotect(open, PAGE, PROT_READ);
	expect(call(fd, TEE_IOC_OPEN_SESSION, open, sizeof(open->arg)), -EFAULT);
	printf("open\n");
	fflush(stdout);
	(void)getchar();
	close(fd);
}

static void check_invoke(void)
{
	struct invoke_buffer buffer = invocation(WORKER_ADD, 0);
	struct tee_ioctl_param *param = buffer.params;
	struct tee_ioctl_shm_alloc_data data;
	int other = open_tee();
	int fd = open_tee();
	uint32_t session = session_of(fd);
	int shm = shm_alloc(fd, PAGE, &data);

	add(fd, session, 40, 2);
	expect(invoke(other, &buffer, 0), -EINVAL);
	buffer.arg.session = session + 1000;
	expect(invoke(fd, &buffer, 0), -EINVAL);
	buffer.arg.session = session;
	expect(invoke(other, &buffer, 0), -EINVAL);
	expect(invoke(fd, &buffer, 7), -EINVAL);
	expect(call(fd, TEE_IOC_INVOKE, &buffer, sizeof(buffer.arg) - 4), -EINVAL);
	expect(call(fd, TEE_IOC_INVOKE, BAD, sizeof(buffer.arg)), -EFAULT);
	expect(try_ioctl(fd, TEE_IOC_INVOKE, BAD), -EFAULT);

	param->attr = 4;
	expect(invoke(fd, &buffer, 1), -EINVAL);
	param->attr = 0x200 | TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
	expect(invoke(fd, &buffer, 1), -EINVAL);
	param->attr = TEE_IOCTL_PARAM_ATTR_META | TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
	expect(invoke(fd, &buffer, 1), -EINVAL);
	param->attr = TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT;
	param->c = 16000;
	expect(invoke(fd, &buffer, 1), -EINVAL);
	param->c = (uint64_t)data.id;
	param->b = PAGE + 1;
	expect(invoke(fd, &buffer, 1), -EINVAL);
	param->a = UINT64_MAX;
	param->b = 2;
	expect(invoke(fd, &buffer, 1), -EINVAL);
	expect(close_session(fd, session), 0);
	close(shm);
	close(fd);
	close(other);
}

/* Both memrefs of WORKER_MIRROR: `size` bytes, `offset` into memory `id`. */
static void mirror(int fd, uint32_t session, const uint64_t id[2], const uint64_t offset[2],
		   uint64_t size)
{
	struct invoke_buffer buffer = invocation(WORKER_MIRROR, session);
	int i;

	for (i = 0; i < 2; i++) {
		buffer.params[i].attr = i == 0 ? TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
					       : TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT;
		buffer.params[i].a = offset[i];
		buffer.params[i].b = size;
		buffer.params[i].c = id[i];
	}
	expect(invoke(fd, &buffer, 4), 0);
	expect(buffer.arg.ret, 0);
	expect(buffer.params[1].b, size);
}

static bool is_mirrored(const unsigned char *in, const unsigned char *out, size_t size)
{
	size_t i;

	for (i = 0; i < size && (in[i] ^ out[i]) == 0xff; i++) {
	}
	return i == size;
}

static void check_registered_memory(void)
{
	unsigned char *in = malloc(BIG + PAGE);
	unsigned char *out = malloc(BIG + PAGE);
	int fd = open_tee();
	uint32_t session = session_of(fd);
	int32_t ids[2];
	int first, second;
	size_t i;

	for (i = 0; i < BIG + PAGE; i++) {
		in[i] = (unsigned char)(i * 7 + i / 251);
	}
	memset(out, 0x11, BIG + PAGE);
	first = shm_register(fd, in + 3, BIG, &ids[0]);
	second = shm_register(fd, out + 1001, BIG, &ids[1]);
	expect(first >= 0 && second >= 0, true);
	mirror(fd, session, (uint64_t[]){ (uint64_t)ids[0], (uint64_t)ids[1] },
	       (uint64_t[]){ 0, 0 }, BIG);
	expect(is_mirrored(in + 3, out + 1001, BIG), true);
	/* Nothing beside it is touched. */
	expect(out[1000], 0x11);
	expect(out[1001 + BIG], 0x11);

	/* What the program writes between two calls is seen by the next; the rest stays. */
	memset(in, 0xa0, PAGE);
	memset(out, 0x11, BIG + PAGE);
	mirror(fd, session, (uint64_t[]){ (uint64_t)ids[0], (uint64_t)ids[1] },
	       (uint64_t[]){ 100, 5000 }, 77);
	expect(is_mirrored(in + 103, out + 6001, 77), true);
	expect(out[6000], 0x11);
	expect(out[6001 + 77], 0x11);
	close(first);
	close(second);
	close(fd);
	free(in);
	free(out);
}

static void check_allocated_memory(void)
{
	struct tee_ioctl_shm_alloc_data data;
	int fd = open_tee();
	uint32_t session = session_of(fd);
	int shm = shm_alloc(fd, 4 * PAGE, &data);
	unsigned char *bytes = mmap(NULL, data.size, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);

	memset(bytes, 0x3c, 2 * PAGE);
	mirror(fd, session, (uint64_t[]){ (uint64_t)data.id, (uint64_t)data.id },
	       (uint64_t[]){ 0, 2 * PAGE + 1 }, PAGE);
	expect(is_mirrored(bytes, bytes + 2 * PAGE + 1, PAGE), true);
	munmap(bytes, data.size);
	close(shm);
	close(fd);
}

static void check_null_memory(void)
{
	int fd = open_tee();
	uint32_t session = session_of(fd);

	mirror(fd, session, (uint64_t[]){ TEE_MEMREF_NULL, TEE_MEMREF_NULL }, (uint64_t[]){ 0, 0 },
	       0);
	close(fd);
}

static void check_cancel_and_close(void)
{
	struct tee_ioctl_cancel_arg cancel = { .session = 12345 };
	int fd = open_tee();
	uint32_t session = session_of(fd);

	expect(try_ioctl(fd, TEE_IOC_CANCEL, &cancel), -EINVAL);
	expect(try_ioctl(fd, TEE_IOC_CANCEL, BAD), -EFAULT);
	cancel.session = session;
	expect(try_ioctl(fd, TEE_IOC_CANCEL, &cancel), 0);
	expect(close_session(fd, session + 7), -EINVAL);
	expect(try_ioctl(fd, TEE_IOC_CLOSE_SESSION, BAD), -EFAULT);
	expect(close_session(fd, session), 0);
	expect(close_session(fd, session), -EINVAL);
	close(fd);
}

/* --- Processes and threads ------------------------------------------------------------------- */

static void check_fork(void)
{
	int fd = open_tee();
	uint32_t session = session_of(fd);
	pid_t child = fork();
	int status;

	if (child == 0) {
		failures = 0;
		add(fd, session, 1, 2);
		_exit(failures == 0 ? 0 : 1);
	}
	close(fd);
	expect(waitpid(child, &status, 0), child);
	expect(status, 0);
}

static void check_dup(void)
{
	int fd = open_tee();
	uint32_t session = session_of(fd);
	int copy = dup(fd);

	close(fd);
	add(copy, session, 3, 4);
	close(copy);
}

struct caller {
	pthread_t thread;
	int fd;
	uint32_t session;
};

static void *caller_run(void *arg)
{
	const struct caller *caller = arg;
	uint32_t i;

	for (i = 0; i < CALLS; i++) {
		add(caller->fd, caller->session, i, i);
	}
	return NULL;
}

static void check_threads(void)
{
	struct caller callers[THREADS];
	int fd = open_tee();
	int i;

	for (i = 0; i < THREADS; i++) {
		callers[i].fd = i % 2 == 0 ? fd : open_tee();
		callers[i].session = session_of(callers[i].fd);
		expect(pthread_create(&callers[i].thread, NULL, caller_run, &callers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
	}
	close(fd);
}

/* --- The supplicant's device ----------------------------------------------------------------- */

struct supp_buffer {
	uint32_t func; /* or ret */
	uint32_t num_params;
	struct tee_ioctl_param params[6];
};

static int supp_call(int fd, uint32_t command, struct supp_buffer *buffer, uint32_t count)
{
	buffer->num_params = count;
	return call(fd, command, buffer, 8 + TEE_IOCTL_PARAM_SIZE(count));
}

static void check_supplicant_open(void)
{
	struct tee_ioctl_version_data version;
	struct open_buffer open = worker();
	int fd = open_teepriv();
	int i;

	expect(try_ioctl(fd, TEE_IOC_VERSION, &version), 0);
	expect((version.gen_caps & TEE_GEN_CAP_PRIVILEGED) != 0, true);
	expect(open_session(fd, &open, 0), -EINVAL);
	expect(close_session(fd, 1), -EINVAL);
	expect(openat(AT_FDCWD, "/dev/teepriv0", O_RDWR), -1);
	expect(errno, EBUSY);
	/* A kernel lets go of it in close(). */
	for (i = 0; i < REOPENINGS; i++) {
		close(fd);
		fd = open_teepriv();
	}
	close(fd);
}

static void check_supplicant_refusals(void)
{
	struct supp_buffer buffer = { 0 };
	int fd = open_teepriv();

	expect(supp_call(fd, TEE_IOC_SUPPL_RECV, &buffer, 0), -EINVAL);
	buffer.params[0].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
	expect(supp_call(fd, TEE_IOC_SUPPL_RECV, &buffer, 2), -EINVAL);
	expect(call(fd, TEE_IOC_SUPPL_RECV, &buffer, 4), -EINVAL);
	expect(call(fd, TEE_IOC_SUPPL_RECV, BAD, 40), -EFAULT);
	expect(call(fd, TEE_IOC_SUPPL_SEND, BAD, 40), -EFAULT);
	expect(supp_call(fd, TEE_IOC_SUPPL_SEND, &buffer, 0), -EINVAL);
	buffer.params[0].attr = 0;
	expect(supp_call(fd, TEE_IOC_SUPPL_SEND, &buffer, 1), -EINVAL);
	buffer.params[0].attr = TEE_IOCTL_PARAM_ATTR_SUPP_META;
	buffer.params[0].a = 77;
	expect(supp_call(fd, TEE_IOC_SUPPL_SEND, &buffer, 1), -ENOENT);
	buffer.params[0].attr = 0x400;
	expect(supp_call(fd, TEE_IOC_SUPPL_SEND, &buffer, 1), -EINVAL);
	close(fd);
}

static void nothing(int signal)
{
}

struct alarm {
	pthread_t whom;
	int pipe[2];
};

/* Signals until told to stop: that the receiver sleeps already cannot be seen from here. */
static void *alarm_run(void *arg)
{
	const struct alarm *alarm = arg;
	struct timespec pause = { .tv_nsec = 20000000 };
	char byte;

	while (read(alarm->pipe[0], &byte, 1) != 1) {
		pthread_kill(alarm->whom, SIGUSR1);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* A receiver whose handler asks for no restart is interrupted. */
static void check_supplicant_signal(void)
{
	struct sigaction action = { .sa_handler = nothing };
	struct supp_buffer buffer = { 0 };
	struct alarm alarm = { .whom = pthread_self() };
	pthread_t thread;
	int fd = open_teepriv();

	sigaction(SIGUSR1, &action, NULL);
	expect(pipe2(alarm.pipe, O_NONBLOCK), 0);
	expect(pthread_create(&thread, NULL, alarm_run, &alarm), 0);
	expect(supp_call(fd, TEE_IOC_SUPPL_RECV, &buffer, 5), -EINTR);
	expect(write(alarm.pipe[1], "", 1), 1);
	pthread_join(thread, NULL);
	close(fd);
}

/* A session's request for its image: one that does not fit stays, and then gets the answer that there is no such thing. */
static void check_supplicant_request(void)
{
	struct supp_buffer buffer = { 0 };
	int fd = open_teepriv();
	pid_t child = fork();
	uint32_t count;
	int status;

	if (child == 0) {
		struct open_buffer open = worker();

		close(fd);
		failures = 0;
		fd = open_tee();
		expect(open_session(fd, &open, 0), 0);
		expect(open.arg.ret != 0, true);
		_exit(failures == 0 ? 0 : 1);
	}
	buffer.params[0].attr = TEE_IOCTL_PARAM_ATTR_META;
	expect(supp_call(fd, TEE_IOC_SUPPL_RECV, &buffer, 1), -EINVAL);
	memset(&buffer, 0, sizeof(buffer));
	buffer.params[0].attr = TEE_IOCTL_PARAM_ATTR_META;
	expect(supp_call(fd, TEE_IOC_SUPPL_RECV, &buffer, 6), 0);
	expect(buffer.params[0].attr, TEE_IOCTL_PARAM_ATTR_SUPP_META);
	count = buffer.num_params;
	/* Not as many parameters: it is still to be answered. */
	buffer.func = 0xFFFF0008u;
	expect(supp_call(fd, TEE_IOC_SUPPL_SEND, &buffer, count + 1), -EINVAL);
	expect(supp_call(fd, TEE_IOC_SUPPL_SEND, &buffer, count), 0);
	expect(supp_call(fd, TEE_IOC_SUPPL_SEND, &buffer, count), -ENOENT);
	if (failures > 0) {
		kill(child, SIGKILL);
	}
	waitpid(child, &status, 0);
	expect(status, 0);
	close(fd);
}

/* --- Steps for another to watch --------------------------------------------------------------- */

static void step(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
	if (getchar() == EOF) {
		exit(EXIT_FAILURE);
	}
}

/* A mapping alone keeps the memory, and with it the file and its session. */
static void hold_mapping(void)
{
	struct tee_ioctl_shm_alloc_data data;
	int fd = open_tee();
	int shm;
	void *bytes;

	session_of(fd);
	shm = shm_alloc(fd, PAGE, &data);
	bytes = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, shm, 0);
	close(fd);
	close(shm);
	step("mapped");
	munmap(bytes, PAGE);
	step("unmapped");
}

static void hold_registered(void)
{
	static char bytes[PAGE];
	int fd = open_tee();
	int32_t id;
	int shm;

	session_of(fd);
	shm = shm_register(fd, bytes, sizeof(bytes), &id);
	close(fd);
	step("registered");
	close(shm);
	step("closed");
}

/* A child opens a session, which waits for a supplicant, and is killed; the file stays open here. */
static void hold_shared(void)
{
	struct open_buffer open = worker();
	int fd = open_tee();
	pid_t child = fork();

	if (child == 0) {
		(void)open_session(fd, &open, 0);
		_exit(EXIT_FAILURE);
	}
	step("waiting");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	step("killed");
}

/* Descriptors without close-on-exec outlive exec. */
static void hold_exec(void)
{
	int fd = open_tee();

	session_of(fd);
	step("open");
	execlp("sh", "sh", "-c", "echo executed; read line", NULL);
}

/* --- The table ------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(void);
} checks[] = {
	{ "names", check_names },
	{ "version", check_version },
	{ "numbers", check_numbers },
	{ "shm_alloc", check_shm_alloc },
	{ "shm_register", check_shm_register },
	{ "shm_register_fd", check_shm_register_fd },
	{ "open_session", check_open_session },
	{ "invoke", check_invoke },
	{ "registered_memory", check_registered_memory },
	{ "allocated_memory", check_allocated_memory },
	{ "null_memory", check_null_memory },
	{ "cancel_and_close", check_cancel_and_close },
	{ "fork", check_fork },
	{ "dup", check_dup },
	{ "threads", check_threads },
	{ "supplicant_open", check_supplicant_open },
	{ "supplicant_refusals", check_supplicant_refusals },
	{ "supplicant_signal", check_supplicant_signal },
	{ "supplicant_request", check_supplicant_request },
};

static const struct {
	const char *name;
	void (*run)(void);
} holds[] = {
	{ "mapping", hold_mapping },
	{ "registered", hold_registered },
	{ "shared", hold_shared },
	{ "exec", hold_exec },
	{ "unheard", check_open_session_unheard },
};

int main(int argc, char **argv)
{
	size_t i;
	int at;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (i = 0; i < array_size(checks); i++) {
			printf("%s\n", checks[i].name);
		}
		return EXIT_SUCCESS;
	}
	if (argc == 3 && strcmp(argv[1], "hold") == 0) {
		for (i = 0; i < array_size(holds); i++) {
			if (strcmp(argv[2], holds[i].name) == 0) {
				holds[i].run();
				return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
			}
		}
		return 64;
	}
	for (at = 1; at < argc; at++) {
		unsigned int before = failures;

		for (i = 0; i < array_size(checks); i++) {
			if (strcmp(argv[at], checks[i].name) == 0) {
				checks[i].run();
				printf("%s %s\n", failures == before ? "ok" : "not ok", argv[at]);
			}
		}
	}
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
