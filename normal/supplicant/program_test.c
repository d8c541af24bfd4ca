/* program_test.c - tee-supplicant as people start it, against a posternd that is played here. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/device.h"
#include "abi/gp.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "normal/device/fake_posternd.h"

#define ARGUMENTS_MAX 16
#define IMAGE	      "the image of a TA"
#define SEALS	      (F_SEAL_SHRINK | F_SEAL_GROW)

static const char *program;

/* The driver gives out one request at a time, numbered. */
static struct {
	struct fake_posternd *fake;
	char directory[32]; /* for files */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool dead;
	bool waiting; /* somebody is in RECV */
	bool has_request;
	uint32_t command;
	size_t count;
	struct tee_ioctl_param params[4];
	bool answered;
	uint32_t result;
	int shm_ids;
	unsigned char *shm[16];
} driver;

static void serve_receive(struct fake_reply *reply)
{
	struct tee_ioctl_supp_recv_arg *arg = (void *)reply->payload;

	driver.waiting = true;
	pthread_cond_broadcast(&driver.changed);
	while (!driver.has_request && !driver.dead) {
		pthread_cond_wait(&driver.changed, &driver.lock);
	}
	if (driver.dead) {
		reply->header.error = -ENODEV;
		reply->header.size = 0;
		return;
	}
	driver.waiting = false;
	driver.has_request = false;
	arg->func = driver.command;
	arg->num_params = (uint32_t)driver.count + 1;
	arg->params[0] = (struct tee_ioctl_param){ TEE_IOCTL_PARAM_ATTR_SUPP_META, 1, 0, 0 };
	memcpy(arg->params + 1, driver.params, sizeof(driver.params[0]) * driver.count);
}

static void serve_send(const struct fake_request *request)
{
	const struct tee_ioctl_supp_send_arg *arg = (const void *)request->payload;

	driver.result = arg->ret;
	memcpy(driver.params, arg->params + 1, sizeof(driver.params[0]) * driver.count);
	driver.answered = true;
	pthread_cond_broadcast(&driver.changed);
}

static void serve_shm_alloc(struct fake_reply *reply)
{
	struct tee_ioctl_shm_alloc_data data;

	memcpy(&data, reply->payload, sizeof(data));
	data.size = 4096;
	data.id = ++driver.shm_ids;
	memcpy(reply->payload, &data, sizeof(data));
	reply->fds[0] = fake_memory(4096, SEALS);
	reply->fd_count = 1;
	driver.shm[data.id] =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reply->fds[0], 0);
}

static void serve(void *unused, const struct fake_request *request, struct fake_reply *reply)
{
	pthread_mutex_lock(&driver.lock);
	switch (request->operation) {
	case TEE_IOC_SUPPL_RECV:
		serve_receive(reply);
		break;
	case TEE_IOC_SUPPL_SEND:
		serve_send(request);
		break;
	case TEE_IOC_SHM_ALLOC:
		serve_shm_alloc(reply);
		break;
	default:
		break;
	}
	pthread_mutex_unlock(&driver.lock);
}

static int setup(void **state)
{
	memset(&driver, 0, sizeof(driver));
	pthread_mutex_init(&driver.lock, NULL);
	pthread_cond_init(&driver.changed, NULL);
	driver.fake = fake_posternd_start(serve, NULL);
	strcpy(driver.directory, "/tmp/program-XXXXXX");
	unsetenv("NOTIFY_SOCKET");
	unsetenv("XDG_RUNTIME_DIR");
	setenv("POSTERN_TEE", "/nowhere", 1);
	return mkdtemp(driver.directory) == NULL || chdir(driver.directory) != 0 ? -1 : 0;
}

static void driver_die(void)
{
	pthread_mutex_lock(&driver.lock);
	driver.dead = true;
	pthread_cond_broadcast(&driver.changed);
	pthread_mutex_unlock(&driver.lock);
	fake_posternd_kill(driver.fake);
}

static int teardown(void **state)
{
	char command[64];
	int id;

	driver_die();
	fake_posternd_stop(driver.fake);
	for (id = 1; id <= driver.shm_ids; id++) {
		munmap(driver.shm[id], 4096);
	}
	pthread_cond_destroy(&driver.changed);
	pthread_mutex_destroy(&driver.lock);
	snprintf(command, sizeof(command), "rm -rf %s", driver.directory);
	return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

/* --- The program ---------------------------------------------------------------------------- */

struct process {
	pid_t pid;
	int output; /* what it says on both streams */
};

static struct process start(const char *const arguments[])
{
	const char *argv[ARGUMENTS_MAX + 2] = { program };
	struct process process;
	int ends[2];
	size_t i;

	for (i = 0; arguments[i] != NULL; i++) {
		argv[i + 1] = arguments[i];
	}
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	process.pid = fork();
	if (process.pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execv(program, (char **)argv);
		_exit(127);
	}
	close(ends[1]);
	process.output = ends[0];
	return process;
}

/* Its exit status; what it said contains `text`. */
static int finish(struct process *process, const char *text)
{
	char output[8192];
	size_t size = 0;
	ssize_t length;
	int status;

	do {
		length = read(process->output, output + size, sizeof(output) - 1 - size);
		size += length > 0 ? (size_t)length : 0;
	} while (length > 0);
	output[size] = '\0';
	close(process->output);
	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	assert_true(WIFEXITED(status));
	if (strstr(output, text) == NULL) {
		fail_msg("not in the output: \"%s\"; it is: %s", text, output);
	}
	return WEXITSTATUS(status);
}

#define run(text, ...)                                                                             \
	finish(&(struct process[]){ start((const char *const[]){ __VA_ARGS__, NULL }) }[0], text)

static uint32_t request(uint32_t command, const struct tee_ioctl_param *params, size_t count)
{
	pthread_mutex_lock(&driver.lock);
	driver.command = command;
	driver.count = count;
	memcpy(driver.params, params, count * sizeof(*params));
	driver.answered = false;
	driver.has_request = true;
	pthread_cond_broadcast(&driver.changed);
	while (!driver.answered) {
		pthread_cond_wait(&driver.changed, &driver.lock);
	}
	pthread_mutex_unlock(&driver.lock);
	return driver.result;
}

static void wait_for_receiver(void)
{
	pthread_mutex_lock(&driver.lock);
	while (!driver.waiting) {
		pthread_cond_wait(&driver.changed, &driver.lock);
	}
	pthread_mutex_unlock(&driver.lock);
}

static uint64_t shm_alloc(void)
{
	struct tee_ioctl_param param = { TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT, 0, 100, 0 };

	assert_int_equal(request(RPC_CMD_SHM_ALLOC, &param, 1), TEE_SUCCESS);
	return driver.params[0].c;
}

static void load_ta(void)
{
	struct tee_ioctl_param params[] = {
		{ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, 0, 0, 0 },
		{ TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT, 0, 0, TEE_MEMREF_NULL },
	};

	assert_int_equal(request(RPC_CMD_LOAD_TA, params, 2), TEE_SUCCESS);
	assert_int_equal(driver.params[1].b, strlen(IMAGE));
	params[1].b = driver.params[1].b;
	params[1].c = shm_alloc();
	assert_int_equal(request(RPC_CMD_LOAD_TA, params, 2), TEE_SUCCESS);
	assert_memory_equal(driver.shm[params[1].c], IMAGE, strlen(IMAGE));
}

static void create_file(void)
{
	struct tee_ioctl_param params[] = {
		{ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, RPC_FS_CREATE, 0, 0 },
		{ TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, 0, 100, shm_alloc() },
		{ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT, 0, 0, 0 },
	};

	strcpy((char *)driver.shm[params[1].c], "/file");
	assert_int_equal(request(RPC_CMD_FS, params, 3), TEE_SUCCESS);
}

static void write_image(void)
{
	FILE *file = fopen("00000000-0000-0000-0000-000000000000.ta", "w");

	assert_non_null(file);
	fputs(IMAGE, file);
	fclose(file);
}

/* --- Promises ------------------------------------------------------------------------------- */

static void it_serves_tas_and_files_until_the_tee_is_gone(void **state)
{
	struct process process;

	write_image();
	process = start((const char *const[]){ "-l", ".", "--fs-parent-path=files", "--no-sync",
					       fake_posternd_directory(driver.fake), NULL });
	load_ta();
	create_file();
	assert_int_equal(access("files/file", F_OK), 0);
	driver_die();
	assert_int_equal(finish(&process, "is gone"), EXIT_FAILURE);
}

static void it_finds_the_tee_that_the_environment_names(void **state)
{
	struct process process;

	setenv("POSTERN_TEE", fake_posternd_directory(driver.fake), 1);
	process = start((const char *const[]){ NULL });
	wait_for_receiver();
	driver_die();
	assert_int_equal(finish(&process, fake_posternd_directory(driver.fake)), EXIT_FAILURE);
}

static void in_the_background_it_serves_what_was_meant_before(void **state)
{
	struct process process;
	int status;

	write_image();
	process = start((const char *const[]){ "--daemonize", "-l", ".", "-f", "files",
					       fake_posternd_directory(driver.fake), NULL });
	assert_int_equal(finish(&process, ""), EXIT_SUCCESS);
	load_ta();
	create_file();
	assert_int_equal(access("files/file", F_OK), 0);
	driver_die();
	/* It was left to this process, which asked for orphans. */
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
}

static void a_background_that_does_not_come_up_is_a_failure(void **state)
{
	assert_int_equal(run("/nowhere", "-d", "/nowhere/at/all"), EXIT_FAILURE);
}

static void it_tells_the_service_manager_that_it_is_ready(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "notify" };
	int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct process process;
	char text[16] = "";

	assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", "notify", 1);
	process = start((const char *const[]){ fake_posternd_directory(driver.fake), NULL });
	assert_int_equal(recv(manager, text, sizeof(text) - 1, 0), 7);
	assert_string_equal(text, "READY=1");
	driver_die();
	assert_int_equal(finish(&process, ""), EXIT_FAILURE);
	close(manager);
}

static void a_device_that_is_not_to_be_had_is_named(void **state)
{
	struct socket_hello busy = { SOCKET_MAGIC, SOCKET_VERSION, EBUSY, 0 };

	assert_int_equal(run("/nowhere", "/nowhere"), EXIT_FAILURE);
	fake_posternd_set_hello(driver.fake, &busy, sizeof(busy));
	assert_int_equal(run("busy", fake_posternd_directory(driver.fake)), EXIT_FAILURE);
	assert_int_equal(run("no TEE to serve", "-f", "."), EXIT_FAILURE);
}

static void a_wrong_command_line_is_a_failure(void **state)
{
	assert_int_equal(run("unrecognized", "--none"), EXIT_FAILURE);
	assert_int_equal(run("Usage", "/dev/a", "/dev/b"), EXIT_FAILURE);
	assert_int_equal(run("exclude", "-l", ".", "-t", "x"), EXIT_FAILURE);
	assert_int_equal(run("threads", "--threads=0"), EXIT_FAILURE);
	assert_int_equal(run("threads", "--threads=129"), EXIT_FAILURE);
	assert_int_equal(run("threads", "--threads=-1"), EXIT_FAILURE);
	assert_int_equal(run("threads", "--threads=2x"), EXIT_FAILURE);
	assert_int_equal(run("CID", "-r", "0123"), EXIT_FAILURE);
	assert_int_equal(run("CID", "-r", "0123456789abcdef0123456789abcdeg"), EXIT_FAILURE);
}

static void help_and_version_are_no_failures(void **state)
{
	assert_int_equal(run("--fs-parent-path", "--help"), EXIT_SUCCESS);
	assert_int_equal(run("Usage", "-h"), EXIT_SUCCESS);
	assert_int_equal(run("Postern", "--version"), EXIT_SUCCESS);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		promise(it_serves_tas_and_files_until_the_tee_is_gone),
		promise(it_finds_the_tee_that_the_environment_names),
		promise(in_the_background_it_serves_what_was_meant_before),
		promise(a_background_that_does_not_come_up_is_a_failure),
		promise(it_tells_the_service_manager_that_it_is_ready),
		promise(a_device_that_is_not_to_be_had_is_named),
		promise(a_wrong_command_line_is_a_failure),
		promise(help_and_version_are_no_failures),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: %s TEE-SUPPLICANT\n", argv[0]);
		return 2;
	}
	program = realpath(argv[1], NULL);
	if (program == NULL || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
		perror(argv[1]);
		return 2;
	}
	return cmocka_run_group_tests_name("supplicant/program", tests, NULL, NULL);
}
