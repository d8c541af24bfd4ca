#include "secure/port/host/fake_daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "secure/port/host/futex.h"

/* How often a wait looks whether the other side still lives. */
#define LOOK_NS 20000000

static void demand(bool condition, const char *what)
{
	if (!condition) {
		perror(what);
		abort();
	}
}

static int memory_object(size_t size, int seals)
{
	int fd = memfd_create("normal", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	demand(fd >= 0 && ftruncate(fd, (off_t)size) == 0, "memfd");
	demand(fcntl(fd, F_ADD_SEALS, seals) == 0, "seals");
	return fd;
}

static void *memory_map(int fd, size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	demand(mapped != MAP_FAILED, "mmap");
	return mapped;
}

struct daemon_memory daemon_memory(size_t pages, int seals)
{
	struct daemon_memory memory = { .size = pages * 4096 };

	memory.fd = memory_object(memory.size, seals);
	memory.bytes = memory_map(memory.fd, memory.size);
	return memory;
}

void daemon_memory_free(struct daemon_memory *memory)
{
	munmap(memory->bytes, memory->size);
	close(memory->fd);
}

struct daemon_options daemon_options(void)
{
	struct daemon_options options = {
		.magic = GATE_MAGIC,
		.version = GATE_VERSION,
		.cpu_count = 2,
		.seals = F_SEAL_SHRINK | F_SEAL_GROW,
		.size = sizeof(struct gate_memory),
		.boot = {
			.magic = GATE_MAGIC,
			.version = GATE_VERSION,
			.threads = 4,
			.log_level = 2,
		},
		.boot_size = sizeof(struct gate_boot),
	};

	memset(options.boot.device_key, 0x5a, sizeof(options.boot.device_key));
	return options;
}

static int boot_pipe(const struct daemon_options *options)
{
	int ends[2];

	demand(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	demand(write(ends[1], &options->boot, options->boot_size) == (ssize_t)options->boot_size,
	       "boot message");
	close(ends[1]);
	return ends[0];
}

/* Move the three out of the way of one another first. */
static _Noreturn void program_execute(const char *program, int gate, int plug, int boot)
{
	const int from[] = { gate, plug, boot };
	const int to[] = { GATE_FD_MEMORY, GATE_FD_PLUG, GATE_FD_BOOT };
	int high[3];

	for (int i = 0; i < 3; i++) {
		high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 64);
	}
	for (int i = 0; i < 3; i++) {
		demand(dup2(high[i], to[i]) == to[i], "dup2");
	}
	execl(program, program, NULL);
	_exit(126);
}

/* Sleep while *word is `value`, but not long. */
static void wait_short(const uint32_t *word, uint32_t value)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };

	syscall(SYS_futex, word, FUTEX_WAIT, value, &look, NULL, 0);
}

bool daemon_ended(const struct daemon *daemon, int *status)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)daemon->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	    info.si_pid == 0) {
		return false;
	}
	if (status != NULL) {
		demand(waitpid(daemon->pid, status, 0) == daemon->pid, "waitpid");
	}
	return true;
}

int daemon_wait(const struct daemon *daemon)
{
	int status = 0;

	demand(waitpid(daemon->pid, &status, 0) == daemon->pid, "waitpid");
	return status;
}

void daemon_start(struct daemon *daemon, const char *program, const struct daemon_options *options)
{
	size_t size = options->size > sizeof(struct gate_memory) ? options->size
								 : sizeof(struct gate_memory);
	int gate = memory_object(options->size, 0);
	int boot = boot_pipe(options);
	int plugs[2];

	demand(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "subreaper");
	demand(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, plugs) == 0, "socketpair");
	daemon->gate = memory_map(gate, size);
	daemon->plug = plugs[0];
	if (options->size >= sizeof(struct gate_memory)) {
		daemon->gate->magic = options->magic;
		daemon->gate->version = options->version;
		daemon->gate->cpu_count = options->cpu_count;
	}
	demand(fcntl(gate, F_ADD_SEALS, options->seals) == 0, "seals");
	fflush(NULL);
	daemon->pid = fork();
	if (daemon->pid == 0) {
		program_execute(program, gate, plugs[1], boot);
	}
	close(gate);
	close(boot);
	close(plugs[1]);
	if (options->size < sizeof(struct gate_memory)) {
		return;
	}
	while (futex_read(&daemon->gate->state) == GATE_STATE_BOOTING &&
	       !daemon_ended(daemon, NULL)) {
		wait_short(&daemon->gate->state, GATE_STATE_BOOTING);
	}
}

void daemon_call_begin(struct daemon *daemon, unsigned int cpu, const struct smc_regs *regs)
{
	struct gate_cpu *shared = &daemon->gate->cpus[cpu];

	shared->regs = *regs;
	futex_write(&shared->turn, GATE_TURN_SECURE);
	futex_wake(&shared->turn);
}

bool daemon_call_end(struct daemon *daemon, unsigned int cpu, struct smc_regs *regs)
{
	struct gate_cpu *shared = &daemon->gate->cpus[cpu];

	while (futex_read(&shared->turn) != GATE_TURN_NORMAL) {
		wait_short(&shared->turn, GATE_TURN_SECURE);
		if (daemon_ended(daemon, NULL)) {
			return false;
		}
	}
	*regs = shared->regs;
	return true;
}

bool daemon_call(struct daemon *daemon, unsigned int cpu, struct smc_regs *regs)
{
	daemon_call_begin(daemon, cpu, regs);
	return daemon_call_end(daemon, cpu, regs);
}

void daemon_interrupt(struct daemon *daemon, unsigned int cpu)
{
	futex_write(&daemon->gate->cpus[cpu].foreign_interrupt, 1);
	futex_wake(&daemon->gate->cpus[cpu].foreign_interrupt);
}

void daemon_plug(struct daemon *daemon, uint32_t operation, uint64_t address, uint64_t size, int fd)
{
	struct gate_plug plug = { .operation = operation, .address = address, .size = size };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { .iov_base = &plug, .iov_len = sizeof(plug) };
	struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1 };
	struct cmsghdr *rights = (struct cmsghdr *)control;

	if (fd >= 0) {
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(rights), &fd, sizeof(int));
		header.msg_control = control;
		header.msg_controllen = sizeof(control);
	}
	demand(sendmsg(daemon->plug, &header, MSG_NOSIGNAL) == sizeof(plug), "plug");
	futex_write(&daemon->gate->plugged, daemon->gate->plugged + 1);
}

void daemon_wait_all(void)
{
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR) {
	}
	demand(errno == ECHILD, "waitpid");
}

void daemon_stop(struct daemon *daemon)
{
	kill(daemon->pid, SIGKILL);
	daemon_wait_all();
	close(daemon->plug);
	munmap(daemon->gate, sizeof(struct gate_memory));
}

static bool process_is(pid_t pid, pid_t parent, const char *name)
{
	char path[64];
	char found[32];
	int found_parent;
	FILE *file;
	int fields;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL) {
		return false;
	}
	fields = fscanf(file, "%*d (%31[^)]) %*c %d", found, &found_parent);
	fclose(file);
	return fields == 2 && found_parent == parent && strcmp(found, name) == 0;
}

pid_t daemon_find(pid_t parent, const char *name)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	pid_t pid = 0;

	demand(processes != NULL, "/proc");
	while (pid == 0 && (entry = readdir(processes)) != NULL) {
		pid = (pid_t)atoi(entry->d_name);
		if (pid != 0 && !process_is(pid, parent, name)) {
			pid = 0;
		}
	}
	closedir(processes);
	return pid;
}
