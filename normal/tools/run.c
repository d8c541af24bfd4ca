/* run.c - postern run: a private TEE for one command. */
#include <argp.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/socket.h"
#include "lib/bits.h"
#include "normal/exec/supervisor.h"
#include "normal/tools/command.h"
#include "normal/tools/control_client.h"
#include "normal/tools/ladder.h"
#include "normal/tools/launch.h"
#include "normal/tools/place.h"

enum {
	KEY_CPUS = 256,
	KEY_RPMB,
	KEY_SUPPLICANT_RPMB,
	KEY_THREADS,
	KEY_LADDER,
	KEY_STATE,
	KEY_TRANSPORT,
	KEY_SUPPLICANT_TIMEOUT,
	KEY_I2C,
	KEY_EXEC,
};

struct run_options {
	const char *state;
	bool ladder;
	bool exec;
	char **command;
	struct launch_options launch;
};

static const struct argp_option run_table[] = {
	{ "ladder", KEY_LADDER, NULL, 0, "Draw each call and each RPC on standard error", 0 },
	{ "exec", KEY_EXEC, NULL, 0,
	  "Give COMMAND /dev/tee0 and /dev/teepriv0, as postern exec does", 0 },
	{ "ta-path", 't', "DIR:...", 0, "Look for TA images here first", 0 },
	{ "state", KEY_STATE, "DIR", 0,
	  "Keep the device key and stored objects here, for next time", 0 },
	{ "log-level", 'l', "N", 0, "0 none, 1 errors, 2 information, 3 debug, 4 flow", 0 },
	{ "quiet", 'q', NULL, 0, "Do not show what the TEE and its TAs say", 0 },
	{ "rpmb", KEY_RPMB, "FILE[,OPTION...]", 0, "Emulate an RPMB device, kept in FILE", 0 },
	{ "supplicant-rpmb", KEY_SUPPLICANT_RPMB, "FILE[,OPTION...]", 0,
	  "The same, but reached through tee-supplicant", 0 },
	{ "cpus", KEY_CPUS, "N", 0, "CPUs of the secure world", 0 },
	{ "threads", KEY_THREADS, "N", 0, "Secure threads", 0 },
	{ "i2c", KEY_I2C, "N:ADDRESS=eeprom[,OPTION...]", 0, "Put an emulated chip on I2C bus N",
	  0 },
	{ "supplicant-timeout", KEY_SUPPLICANT_TIMEOUT, "MS", 0,
	  "Fail what the supplicant does not answer in time (default: never)", 0 },
	{ "transport", KEY_TRANSPORT, "smc|ffa", 0,
	  "How driver and secure world speak: raw SMC (default) or FF-A", 0 },
	{ 0 },
};

static error_t parse_run(int key, char *argument, struct argp_state *state)
{
	struct run_options *options = state->input;

	switch (key) {
	case KEY_LADDER:
		options->ladder = true;
		break;
	case KEY_EXEC:
		options->exec = true;
		break;
	case KEY_STATE:
		options->state = argument;
		break;
	case KEY_RPMB:
		if (!launch_rpmb_add(&options->launch, argument)) {
			argp_error(state, "there may be %u RPMB devices", LAUNCH_RPMB_MAX);
		}
		return 0;
	case KEY_SUPPLICANT_RPMB:
		options->launch.supplicant_rpmb = argument;
		return 0;
	case KEY_CPUS:
		options->launch.cpus = argument;
		break;
	case KEY_THREADS:
		options->launch.threads = argument;
		break;
	case KEY_I2C:
		if (!launch_i2c_add(&options->launch, argument)) {
			argp_error(state, "--i2c: %d chips at most", LAUNCH_I2C_MAX);
		}
		break;
	case KEY_SUPPLICANT_TIMEOUT:
		options->launch.supplicant_timeout = argument;
		break;
	case KEY_TRANSPORT:
		options->launch.transport = argument;
		break;
	case 'l':
		options->launch.log_level = argument;
		break;
	case 't':
		options->launch.ta_path = argument;
		break;
	case 'q':
		options->launch.quiet = true;
		break;
	case ARGP_KEY_ARGS:
		options->command = state->argv + state->next;
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		if (options->command == NULL) {
			argp_error(state, "which command?");
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp run_parser = {
	.options = run_table,
	.parser = parse_run,
	.args_doc = "-- COMMAND [ARGUMENT...]",
	.doc = "Start a private TEE, run COMMAND on it, stop it\v"
	       "The exit status is COMMAND's; 128 plus the signal's number when one killed it. "
	       "Without --state nothing is left of the TEE.",
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* --- The ladder ------------------------------------------------------------------------------ */

struct drawing {
	FILE *stream;
	struct ladder *ladder;
	pthread_t thread;
	bool running;
};

static void *drawing_run(void *arg)
{
	struct drawing *drawing = arg;
	json_t *event;

	while ((event = control_read(drawing->stream)) != NULL) {
		if (json_object_get(event, "dropped") == NULL) {
			ladder_event(drawing->ladder, event);
		} else if (json_integer_value(json_object_get(event, "dropped")) > 0) {
			fprintf(stderr, "(some events came too fast to be drawn)\n");
		}
		json_decref(event);
	}
	return NULL;
}

/* Without a ladder the command still runs. */
static void drawing_start(struct drawing *drawing, const struct place *place, uint64_t origin_ns)
{
	int fd = control_connect(place->directory);

	drawing->stream = fd >= 0 ? control_ask(fd, "events") : NULL;
	/* The first line says that every event from here on will come. */
	if (drawing->stream != NULL) {
		json_decref(control_read(drawing->stream));
	}
	drawing->ladder = ladder_open(stderr, origin_ns);
	drawing->running = drawing->stream != NULL && drawing->ladder != NULL &&
			   pthread_create(&drawing->thread, NULL, drawing_run, drawing) == 0;
	if (!drawing->running) {
		fprintf(stderr, "postern: cannot see the events of the TEE\n");
	}
}

static void drawing_finish(struct drawing *drawing)
{
	if (drawing->running) {
		shutdown(fileno(drawing->stream), SHUT_WR);
		pthread_join(drawing->thread, NULL);
		ladder_summary(drawing->ladder);
	}
	if (drawing->stream != NULL) {
		fclose(drawing->stream);
	}
	if (drawing->ladder != NULL) {
		ladder_close(drawing->ladder);
	}
}

/* --- The command ----------------------------------------------------------------------------- */

static volatile sig_atomic_t command_pid;

static void forward(int signal)
{
	if (command_pid > 0) {
		kill(command_pid, signal);
	}
}

/* The terminal's signals reach the command by themselves; others are handed on. */
static void signals_prepare(void)
{
	struct sigaction action = { .sa_handler = forward };

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int await_command(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			return EXIT_FAILURE;
		}
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_command(const struct run_options *options, const struct place *place)
{
	char **command = options->command;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		if (options->exec) {
			_exit(supervise(place->directory, command));
		}
		setenv(SOCKET_ENVIRONMENT, place->directory, 1);
		execvp(command[0], command);
		fprintf(stderr, "postern: cannot run %s: %s\n", command[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0) {
		fprintf(stderr, "postern: cannot start a process: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	command_pid = pid;
	return await_command(pid);
}

static bool place_for(const struct run_options *options, struct place *place)
{
	if (!place_private(place)) {
		return false;
	}
	if (options->state == NULL) {
		return true;
	}
	if (snprintf(place->state, sizeof(place->state), "%s", options->state) <
		    (int)sizeof(place->state) &&
	    directory_create(place->state)) {
		return true;
	}
	place_remove(place);
	return false;
}

int command_run(int argc, char **argv)
{
	struct run_options options = { .launch = { .tied = true } };
	struct drawing drawing = { .running = false };
	uint64_t origin_ns = now_ns();
	struct place place;
	int status = EXIT_FAILURE;
	pid_t posternd;

	argp_parse(&run_parser, argc, argv, ARGP_IN_ORDER, NULL, &options);
	options.launch.throw_away = options.state == NULL;
	signals_prepare();
	if (!place_for(&options, &place)) {
		return EXIT_FAILURE;
	}
	posternd = launch(&place, &options.launch);
	if (posternd > 0) {
		if (options.ladder) {
			drawing_start(&drawing, &place, origin_ns);
		}
		status = run_command(&options, &place);
		if (options.ladder) {
			drawing_finish(&drawing);
		}
		launch_stop(posternd);
	}
	place_remove(&place);
	return status;
}
