/* main.c - postern-secure: from a process that may do anything to a secure world that may do
 * nothing. The order is the point: what needs the system is done first, the launcher is forked off
 * before the first secret is read, and the filter is in force before the first word of a client. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/gate.h"
#include "secure/core/log.h"
#include "secure/core/port.h"
#include "secure/core/thread.h"
#include "secure/port/host/counter.h"
#include "secure/port/host/cpu.h"
#include "secure/port/host/filter.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/gate.h"
#include "secure/port/host/identity.h"
#include "secure/port/host/launcher.h"
#include "secure/port/host/plug.h"
#include "secure/tee/entry.h"

#define RUNNER_NAME "postern-ta"

/* CPUs that are done with what the filter will forbid. */
static uint32_t main_started;
/* 1 when the CPUs may serve. */
static uint32_t main_ready;

/* There is no console yet. */
static _Noreturn void main_refuse(const char *why)
{
	fprintf(stderr, "postern-secure: %s\n", why);
	_exit(EXIT_FAILURE);
}

static void main_demand(const char *problem)
{
	if (problem != NULL) {
		main_refuse(problem);
	}
}

/* Numbers below the gate's must not be taken by what we open: the launcher counts on them. */
static const char *descriptors_check(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
			return "cannot open /dev/null";
		}
	}
	for (int fd = GATE_FD_MEMORY; fd <= GATE_FD_BOOT; fd++) {
		if (fcntl(fd, F_GETFD) < 0) {
			return "started without the gate's descriptors (posternd starts it)";
		}
	}
	return NULL;
}

/* The program that runs TAs lies beside this one. */
static int runner_open(void)
{
	char path[PATH_MAX];
	char *directory;
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	int folder;
	int program;

	if (length < 0) {
		return -1;
	}
	path[length] = '\0';
	directory = dirname(path);
	folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		return -1;
	}
	program = openat(folder, RUNNER_NAME, O_RDONLY | O_CLOEXEC);
	close(folder);
	return program;
}

/* We end with posternd. It may have ended before we asked: then nobody holds the other end of the
 * plug socket. */
static const char *death_set(void)
{
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
		return "cannot be tied to its parent";
	}
	if (recv(GATE_FD_PLUG, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
		return "nobody is at the other end of the plug socket";
	}
	return NULL;
}

static const char *platform_check(void)
{
	uint32_t word = 0;
	struct futex_waitv waiter = futex_waiter(&word, 1);

	if (sysconf(_SC_PAGESIZE) != PORT_PAGE_SIZE) {
		return "needs a kernel with pages of 4 KiB";
	}
	if (futex_wait_any(&waiter, 1) != -EAGAIN) {
		return "needs Linux 5.16 or later";
	}
	return NULL;
}

/* Each memory object keeps a descriptor. */
static void limits_set(void)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit files;

	setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static const char *launcher_begin(void)
{
	int program = runner_open();

	return program < 0 ? "no " RUNNER_NAME " beside it" : launcher_start(program);
}

static const char *boot_check(const struct gate_boot *boot)
{
	if (boot->magic != GATE_MAGIC) {
		return "boot message: wrong magic";
	}
	if (boot->version != GATE_VERSION) {
		return "boot message: wrong version";
	}
	if (boot->threads == 0 || boot->threads > THREADS_MAX) {
		return "boot message: wrong number of threads";
	}
	if (boot->transport > GATE_TRANSPORT_FFA) {
		return "boot message: unknown transport";
	}
	if (boot->log_level > LOG_FLOW) {
		return "boot message: wrong log level";
	}
	return NULL;
}

static const char *boot_read(struct gate_boot *boot)
{
	size_t size = 0;
	ssize_t got = 1;

	while (size < sizeof(*boot) && got > 0) {
		got = read(GATE_FD_BOOT, (uint8_t *)boot + size, sizeof(*boot) - size);
		size += got > 0 ? (size_t)got : 0;
	}
	close(GATE_FD_BOOT);
	return size == sizeof(*boot) ? boot_check(boot) : "boot message: too short";
}

/* The number of secure threads. */
static unsigned int boot_take(void)
{
	struct gate_boot boot;
	unsigned int threads;

	main_demand(boot_read(&boot));
	identity_set(boot.device_key);
	log_level_set((enum log_level)boot.log_level);
	tee_transport(boot.transport == GATE_TRANSPORT_FFA ? TEE_FFA : TEE_SMC);
	threads = boot.threads;
	explicit_bzero(&boot, sizeof(boot));
	return threads;
}

static void *cpu_main(void *arg)
{
	unsigned int index = (unsigned int)(uintptr_t)arg;
	char name[16];

	snprintf(name, sizeof(name), "cpu%u", index);
	prctl(PR_SET_NAME, name);
	__atomic_add_fetch(&main_started, 1, __ATOMIC_SEQ_CST);
	futex_wake(&main_started);
	while (futex_read(&main_ready) == 0) {
		futex_wait(&main_ready, 0);
	}
	gate_serve(index);
}

static void cpus_wait(uint32_t count)
{
	uint32_t started = futex_read(&main_started);

	while (started != count) {
		futex_wait(&main_started, started);
		started = futex_read(&main_started);
	}
}

/* CPU 0 is the thread that we are. */
static const char *cpus_start(void)
{
	pthread_t thread;

	cpu_start();
	for (unsigned int i = 1; i < gate_cpu_count(); i++) {
		if (pthread_create(&thread, NULL, cpu_main, (void *)(uintptr_t)i) != 0) {
			return "cannot start a thread for each CPU";
		}
	}
	cpus_wait(gate_cpu_count() - 1);
	return NULL;
}

int main(void)
{
	unsigned int threads;

	counter_start();
	main_demand(descriptors_check());
	main_demand(platform_check());
	/* A terminal's signals are posternd's business. It may be the leader already. */
	setsid();
	main_demand(death_set());
	limits_set();
	main_demand(launcher_begin());

	/* From here on there are secrets. */
	prctl(PR_SET_DUMPABLE, 0);
	main_demand(gate_open(GATE_FD_MEMORY));
	threads = boot_take();
	plug_start(GATE_FD_PLUG);
	main_demand(cpus_start());
	main_demand(launcher_wait());
	counter_calibrate();
	filter_extra_prepare();
	if (!filter_secure(GATE_FD_PLUG)) {
		main_refuse("cannot install its filter");
	}

	/* From here on there is no way out but the gate. */
	cpu_set(0);
	tee_init(threads);
	gate_state_set(GATE_STATE_READY);
	futex_write(&main_ready, 1);
	futex_wake(&main_ready);
	gate_serve(0);
}
