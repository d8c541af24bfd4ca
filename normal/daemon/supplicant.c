#include "normal/daemon/supplicant.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/socket.h"
#include "normal/daemon/log.h"
#include "normal/daemon/server.h"

#define ARGUMENTS_MAX	    12
#define RELEASE_PATIENCE_MS 1000
#define STOP_PATIENCE	    200 /* looks, 10 ms apart, between TERM and KILL */

static atomic_int running; /* its pid, 0: none */
static uint64_t started_ns;
static unsigned int early_deaths;

static void child_exec(const struct options *options, const char *device, const char *files)
{
	const char *arguments[ARGUMENTS_MAX] = { "tee-supplicant", "--fs-parent-path", files };
	int count = 3;

	if (options->ta_path != NULL) {
		arguments[count++] = "--ta-path";
		arguments[count++] = options->ta_path;
	}
	if (options->supplicant_rpmb != NULL) {
		arguments[count++] = "--rpmb-file";
		arguments[count++] = options->supplicant_rpmb;
	}
	if (options->throw_away) {
		arguments[count++] = "--no-sync";
	}
	arguments[count] = device;
	execv(options->supplicant, (char **)arguments);
	_exit(127);
}

void supplicant_start(const struct options *options)
{
	char device[4096];
	char files[4096];
	pid_t parent = getpid();
	sigset_t none;
	pid_t pid;

	if (options->supplicant == NULL) {
		return;
	}
	snprintf(device, sizeof(device), "%s/" SOCKET_NAME_TEEPRIV, options->directory);
	snprintf(files, sizeof(files), "%s/tee", options->state);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent) {
			_exit(126);
		}
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (options->detach) {
			daemon_log_child();
		}
		child_exec(options, device, files);
	}
	if (pid < 0) {
		daemon_log(OS_LOG_ERROR, "cannot start tee-supplicant: %m");
		return;
	}
	started_ns = os_time_monotonic_ns();
	atomic_store(&running, pid);
}

static void log_end(int status)
{
	if (WIFSIGNALED(status)) {
		daemon_log(OS_LOG_WARNING, "tee-supplicant was killed by signal %d (%s)",
			   WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else {
		daemon_log(OS_LOG_WARNING, "tee-supplicant exited with status %d",
			   WEXITSTATUS(status));
	}
}

void supplicant_reap(const struct options *options)
{
	pid_t pid = atomic_load(&running);
	int status;

	if (pid == 0 || waitpid(pid, &status, WNOHANG) != pid) {
		return;
	}
	atomic_store(&running, 0);
	log_end(status);
	if (os_time_monotonic_ns() - started_ns > SUPPLICANT_CALM_MS * 1000000ull) {
		early_deaths = 0;
	} else {
		early_deaths++;
	}
	if (early_deaths >= SUPPLICANT_TRIES) {
		daemon_log(OS_LOG_ERROR,
			   "tee-supplicant died %u times right after its start: not starting it "
			   "again; requests wait until somebody starts one on this TEE",
			   early_deaths);
		return;
	}
	/* The next one finds the device busy as long as this one's file is open. */
	server_stop_process(pid, RELEASE_PATIENCE_MS);
	supplicant_start(options);
}

void supplicant_stop(void)
{
	pid_t pid = atomic_exchange(&running, 0);
	int waits;

	if (pid == 0) {
		return;
	}
	kill(pid, SIGTERM);
	for (waits = 0; waits < STOP_PATIENCE; waits++) {
		if (waitpid(pid, NULL, WNOHANG) != 0) {
			return;
		}
		os_sleep(10);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
	}
}

pid_t supplicant_pid(void)
{
	return atomic_load(&running);
}
