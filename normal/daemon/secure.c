#include "normal/daemon/secure.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/gate.h"
#include "lib/bytes.h"
#include "normal/daemon/log.h"
#include "normal/gate/host.h"

#define START_TIMEOUT_S	 30 /* under sanitizers and on a busy machine */
#define CONSOLE_LINE_MAX 512u

static struct gate_memory *memory;
static int plug_socket = -1;
static pthread_t console_thread;
static pthread_t death_thread;
static atomic_bool console_stop;
static bool watched;

/* --- The console ----------------------------------------------------------------------------- */

static void futex_wait_a_while(uint32_t *word, uint32_t value, long milliseconds)
{
	const struct timespec timeout = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000l,
	};

	syscall(SYS_futex, word, FUTEX_WAIT, value, &timeout, NULL, 0);
}

struct console_line {
	char text[CONSOLE_LINE_MAX];
	size_t size;
};

static void line_flush(struct console_line *line)
{
	if (line->size > 0) {
		daemon_log_console(line->text, line->size);
		line->size = 0;
	}
}

static void line_add(struct console_line *line, char c)
{
	if (c == '\n') {
		line_flush(line);
		return;
	}
	line->text[line->size++] = c;
	if (line->size == CONSOLE_LINE_MAX) {
		line_flush(line);
	}
}

/* Take what was written since; the secure world's counter is not believed further than the ring. */
static bool console_drain(struct console_line *line, uint32_t *dropped)
{
	struct gate_console *console = &memory->console;
	uint32_t written = __atomic_load_n(&console->written, __ATOMIC_ACQUIRE);
	uint32_t read = console->read;
	uint32_t lost = __atomic_load_n(&console->dropped, __ATOMIC_RELAXED);

	if (lost != *dropped) {
		daemon_log(OS_LOG_WARNING, "the secure console lost %u bytes", lost - *dropped);
		*dropped = lost;
	}
	if (written == read) {
		return false;
	}
	if (written - read > GATE_CONSOLE_SIZE) {
		read = written - GATE_CONSOLE_SIZE;
	}
	while (read != written) {
		line_add(line, console->text[read % GATE_CONSOLE_SIZE]);
		read++;
	}
	__atomic_store_n(&console->read, read, __ATOMIC_RELEASE);
	return true;
}

static void *console_run(void *arg)
{
	struct gate_console *console = &memory->console;
	struct console_line line = { .size = 0 };
	uint32_t dropped = 0;

	while (!atomic_load(&console_stop)) {
		if (console_drain(&line, &dropped)) {
			continue;
		}
		__atomic_store_n(&console->waiting, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&console->written, __ATOMIC_SEQ_CST) == console->read) {
			futex_wait_a_while(&console->written, console->read, 1000);
		}
		__atomic_store_n(&console->waiting, 0, __ATOMIC_SEQ_CST);
	}
	console_drain(&line, &dropped);
	line_flush(&line);
	return arg;
}

/* Whoever waits for the secure world is told at once when it dies, even while the TEE only starts. */
static void *death_run(void *arg)
{
	struct pollfd death = { .fd = (int)(intptr_t)arg, .events = POLLIN };

	while (poll(&death, 1, -1) < 0 && errno == EINTR) {
	}
	gate_dead();
	return NULL;
}

static void console_finish(void)
{
	atomic_store(&console_stop, true);
	syscall(SYS_futex, &memory->console.written, FUTEX_WAKE, 1, NULL, NULL, 0);
	pthread_join(console_thread, NULL);
}

/* --- The device key -------------------------------------------------------------------------- */

static bool key_create(const char *path, uint8_t *key, size_t size)
{
	char fresh[4096];
	int fd;
	bool good;

	if (snprintf(fresh, sizeof(fresh), "%s.new.%d", path, getpid()) >= (int)sizeof(fresh)) {
		return false;
	}
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		return false;
	}
	good = getrandom(key, size, 0) == (ssize_t)size && write(fd, key, size) == (ssize_t)size &&
	       fsync(fd) == 0;
	good = close(fd) == 0 && good && rename(fresh, path) == 0;
	if (!good) {
		unlink(fresh);
	}
	return good;
}

/* A key of the wrong size is not replaced: what it sealed would be lost. */
static bool key_load(const char *state, uint8_t *key, size_t size)
{
	char path[4000];
	uint8_t more;
	ssize_t got;
	int fd;

	if (snprintf(path, sizeof(path), "%s/device.key", state) >= (int)sizeof(path)) {
		daemon_log(OS_LOG_ERROR, "the state directory's name is too long");
		return false;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		if (key_create(path, key, size)) {
			return true;
		}
		daemon_log(OS_LOG_ERROR, "cannot create the device key %s: %m", path);
		return false;
	}
	got = fd < 0 ? -1 : read(fd, key, size);
	if (got == (ssize_t)size && read(fd, &more, 1) == 0) {
		close(fd);
		return true;
	}
	daemon_log(OS_LOG_ERROR,
		   "the device key %s cannot be read, or is not %zu bytes; what it "
		   "sealed needs it: restore it, or use another state directory",
		   path, size);
	if (fd >= 0) {
		close(fd);
	}
	return false;
}

/* --- The process ----------------------------------------------------------------------------- */

static int gate_create(const struct options *options)
{
	int fd = memfd_create("postern-gate", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, sizeof(struct gate_memory)) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
		daemon_log(OS_LOG_ERROR, "cannot make the gate's memory: %m");
		return -1;
	}
	memory = mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		daemon_log(OS_LOG_ERROR, "cannot map the gate's memory: %m");
		return -1;
	}
	memory->magic = GATE_MAGIC;
	memory->version = GATE_VERSION;
	memory->cpu_count = options->cpus;
	return fd;
}

/* In the child, between fork and exec: put the three descriptors where the secure world expects them.
 * They are moved out of the way of one another first. */
static void child_descriptors(const int from[3])
{
	static const int to[3] = { GATE_FD_MEMORY, GATE_FD_PLUG, GATE_FD_BOOT };
	int high[3];
	int i;

	for (i = 0; i < 3; i++) {
		high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 16);
		if (high[i] < 0) {
			_exit(126);
		}
	}
	for (i = 0; i < 3; i++) {
		if (dup2(high[i], to[i]) < 0) {
			_exit(126);
		}
	}
}

static pid_t secure_fork(const struct options *options, const int descriptors[3])
{
	pid_t parent = getpid();
	pid_t pid = fork();
	sigset_t none;

	if (pid != 0) {
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(126);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (options->detach) {
		daemon_log_child();
	}
	child_descriptors(descriptors);
	execl(options->secure, "postern-secure", (char *)NULL);
	_exit(127);
}

static bool boot_send(int pipe_write, const struct options *options)
{
	struct gate_boot boot = {
		.magic = GATE_MAGIC,
		.version = GATE_VERSION,
		.threads = options->threads,
		.log_level = options->log_level,
		.transport =
			options->transport == DRIVER_FFA ? GATE_TRANSPORT_FFA : GATE_TRANSPORT_SMC,
	};
	bool good = key_load(options->state, boot.device_key, sizeof(boot.device_key)) &&
		    write(pipe_write, &boot, sizeof(boot)) == (ssize_t)sizeof(boot);

	bytes_wipe(&boot, sizeof(boot));
	return good;
}

static bool await_ready(const struct secure *secure, const struct options *options)
{
	siginfo_t info = { .si_pid = 0 };
	uint32_t state;
	int waits;

	for (waits = 0; waits < START_TIMEOUT_S * 20; waits++) {
		state = __atomic_load_n(&memory->state, __ATOMIC_ACQUIRE);
		if (state == GATE_STATE_READY) {
			return true;
		}
		if (state == GATE_STATE_PANICKED || (waitid(P_PIDFD, (id_t)secure->pidfd, &info,
							    WEXITED | WNOHANG | WNOWAIT) == 0 &&
						     info.si_pid != 0)) {
			daemon_log(OS_LOG_ERROR, "the secure world (%s) did not start",
				   options->secure);
			return false;
		}
		futex_wait_a_while(&memory->state, state, 50);
	}
	daemon_log(OS_LOG_ERROR, "the secure world (%s) is not ready after %d s", options->secure,
		   START_TIMEOUT_S);
	return false;
}

static bool secure_spawn(const struct options *options, struct secure *secure)
{
	int sockets[2] = { -1, -1 };
	int boot[2] = { -1, -1 };
	int gate = gate_create(options);
	bool good = false;

	if (gate >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0 &&
	    pipe2(boot, O_CLOEXEC) == 0 && boot_send(boot[1], options)) {
		secure->pid = secure_fork(options, (const int[3]){ gate, sockets[1], boot[0] });
		good = secure->pid > 0;
	}
	close(gate);
	close(sockets[1]);
	close(boot[0]);
	close(boot[1]);
	plug_socket = sockets[0];
	return good;
}

bool secure_start(const struct options *options, struct secure *secure)
{
	if (!secure_spawn(options, secure)) {
		return false;
	}
	secure->pidfd = (int)syscall(SYS_pidfd_open, secure->pid, 0);
	if (secure->pidfd < 0 || pthread_create(&console_thread, NULL, console_run, NULL) != 0) {
		daemon_log(OS_LOG_ERROR, "cannot watch the secure world: %m");
		kill(secure->pid, SIGKILL);
		return false;
	}
	if (!await_ready(secure, options)) {
		secure_stop(secure);
		return false;
	}
	gate_attach(memory, plug_socket);
	if (pthread_create(&death_thread, NULL, death_run, (void *)(intptr_t)secure->pidfd) != 0) {
		daemon_log(OS_LOG_ERROR, "cannot watch the secure world: %m");
		secure_stop(secure);
		return false;
	}
	watched = true;
	return true;
}

void secure_stop(struct secure *secure)
{
	siginfo_t info;

	kill(secure->pid, SIGKILL);
	while (waitid(P_PIDFD, (id_t)secure->pidfd, &info, WEXITED) < 0 && errno == EINTR) {
	}
	console_finish();
	if (watched) {
		pthread_join(death_thread, NULL);
		watched = false;
	}
}

const char *secure_epitaph(struct secure *secure)
{
	static char text[96];
	siginfo_t info = { .si_pid = 0 };

	if (__atomic_load_n(&memory->state, __ATOMIC_ACQUIRE) == GATE_STATE_PANICKED) {
		return "it panicked; the reason is in the log";
	}
	if (waitid(P_PIDFD, (id_t)secure->pidfd, &info, WEXITED | WNOWAIT) != 0) {
		return "nobody knows how";
	}
	if (info.si_code == CLD_EXITED) {
		snprintf(text, sizeof(text), "it exited with status %d", info.si_status);
	} else {
		snprintf(text, sizeof(text), "killed by signal %d (%s)", info.si_status,
			 strsignal(info.si_status));
	}
	return text;
}
