#include "normal/tools/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "normal/tools/program.h"

#define ARGUMENTS_MAX 48
#define TA_PATH_MAX   4096

struct arguments {
	const char *list[ARGUMENTS_MAX];
	int count;
	char posternd[PROGRAM_PATH_MAX];
	char secure[PROGRAM_PATH_MAX];
	char supplicant[PROGRAM_PATH_MAX];
	char ta_path[TA_PATH_MAX];
	char ready[16];
};

static void add(struct arguments *arguments, const char *option, const char *value)
{
	arguments->list[arguments->count++] = option;
	if (value != NULL) {
		arguments->list[arguments->count++] = value;
	}
}

static void add_if(struct arguments *arguments, const char *option, const char *value)
{
	if (value != NULL) {
		add(arguments, option, value);
	}
}

bool launch_i2c_add(struct launch_options *options, const char *description)
{
	if (options->i2c_count == LAUNCH_I2C_MAX) {
		return false;
	}
	options->i2c[options->i2c_count++] = description;
	return true;
}

bool launch_rpmb_add(struct launch_options *options, const char *description)
{
	if (options->rpmb_count == LAUNCH_RPMB_MAX) {
		return false;
	}
	options->rpmb[options->rpmb_count++] = description;
	return true;
}

static void ta_path_make(struct arguments *arguments, const char *first)
{
	size_t used = 0;

	if (first != NULL) {
		used = (size_t)snprintf(arguments->ta_path, TA_PATH_MAX, "%s:", first);
	}
	if (used < TA_PATH_MAX) {
		program_ta_path(arguments->ta_path + used, TA_PATH_MAX - used);
	}
}

static bool arguments_make(struct arguments *arguments, const struct place *place,
			   const struct launch_options *options, int ready)
{
	if (!program_find(PROGRAM_POSTERND, arguments->posternd) ||
	    !program_find(PROGRAM_SECURE, arguments->secure) ||
	    (!options->no_supplicant && !program_find(PROGRAM_SUPPLICANT, arguments->supplicant))) {
		return false;
	}
	ta_path_make(arguments, options->ta_path);
	snprintf(arguments->ready, sizeof(arguments->ready), "%d", ready);
	add(arguments, "posternd", NULL);
	add(arguments, "--directory", place->directory);
	add(arguments, "--state", place->state);
	add(arguments, "--secure", arguments->secure);
	if (!options->no_supplicant) {
		add(arguments, "--supplicant", arguments->supplicant);
		add(arguments, "--ta-path", arguments->ta_path);
	}
	for (size_t i = 0; i < options->rpmb_count; i++) {
		add(arguments, "--rpmb", options->rpmb[i]);
	}
	for (size_t i = 0; i < options->i2c_count; i++) {
		add(arguments, "--i2c", options->i2c[i]);
	}
	add_if(arguments, "--supplicant-rpmb", options->supplicant_rpmb);
	add_if(arguments, "--cpus", options->cpus);
	add_if(arguments, "--threads", options->threads);
	add_if(arguments, "--log-level", options->log_level);
	add_if(arguments, "--supplicant-timeout", options->supplicant_timeout);
	add_if(arguments, "--transport",
	       options->transport != NULL ? options->transport : getenv("POSTERN_TRANSPORT"));
	if (options->quiet) {
		add(arguments, "--quiet", NULL);
	}
	if (options->throw_away) {
		add(arguments, "--throw-away", NULL);
	}
	/* A script that reads what `postern up` prints must not wait for the TEE's end. */
	if (!options->tied && (options->quiet || !isatty(STDERR_FILENO))) {
		add(arguments, "--detach", NULL);
	}
	add(arguments, "--ready-fd", arguments->ready);
	return true;
}

static void child_exec(const struct arguments *arguments, bool tied, pid_t parent, int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (tied) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent) {
			_exit(126);
		}
	}
	dup2(null, STDIN_FILENO);
	/* What the command prints stays its own: ours goes to standard error. */
	dup2(null, STDOUT_FILENO);
	fcntl(ready, F_SETFD, 0);
	execv(arguments->posternd, (char **)arguments->list);
	_exit(127);
}

pid_t launch(const struct place *place, const struct launch_options *options)
{
	struct arguments arguments = { .count = 0 };
	pid_t parent = getpid();
	int ready[2];
	char byte;
	ssize_t got;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) != 0) {
		fprintf(stderr, "postern: cannot make a pipe: %s\n", strerror(errno));
		return -1;
	}
	if (!arguments_make(&arguments, place, options, ready[1])) {
		close(ready[0]);
		close(ready[1]);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		child_exec(&arguments, options->tied, parent, ready[1]);
	}
	close(ready[1]);
	do {
		got = pid > 0 ? read(ready[0], &byte, 1) : -1;
	} while (got < 0 && errno == EINTR);
	close(ready[0]);
	if (got == 1) {
		return pid;
	}
	if (pid > 0) {
		launch_stop(pid);
	}
	fprintf(stderr, "postern: the TEE did not start (its log is %s/log)\n", place->directory);
	return -1;
}

int launch_stop(pid_t pid)
{
	int status = 0;

	kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return status;
}
