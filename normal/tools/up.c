/* up.c - postern up, down and status: a TEE that stays. */
#include <argp.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/bits.h"
#include "normal/tools/command.h"
#include "normal/tools/control_client.h"
#include "normal/tools/launch.h"
#include "normal/tools/place.h"

#define STOP_TIMEOUT_MS 20000
#define EXIT_NOT_UP	3

enum {
	KEY_CPUS = 256,
	KEY_RPMB,
	KEY_SUPPLICANT_RPMB,
	KEY_THREADS,
	KEY_NO_SUPPLICANT,
	KEY_JSON,
	KEY_STATE,
	KEY_TRANSPORT,
	KEY_SUPPLICANT_TIMEOUT,
	KEY_I2C,
};

struct up_options {
	const char *name;
	const char *state;
	bool json;
	struct launch_options launch;
};

static error_t parse_name(int key, char *argument, struct argp_state *state)
{
	struct up_options *options = state->input;

	switch (key) {
	case 'n':
		options->name = argument;
		return 0;
	case KEY_JSON:
		options->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_up(int key, char *argument, struct argp_state *state)
{
	struct up_options *options = state->input;

	switch (key) {
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
		return 0;
	case KEY_THREADS:
		options->launch.threads = argument;
		return 0;
	case KEY_I2C:
		if (!launch_i2c_add(&options->launch, argument)) {
			argp_error(state, "--i2c: %d chips at most", LAUNCH_I2C_MAX);
		}
		return 0;
	case KEY_SUPPLICANT_TIMEOUT:
		options->launch.supplicant_timeout = argument;
		return 0;
	case KEY_TRANSPORT:
		options->launch.transport = argument;
		return 0;
	case 'l':
		options->launch.log_level = argument;
		return 0;
	case 't':
		options->launch.ta_path = argument;
		return 0;
	case 'q':
		options->launch.quiet = true;
		return 0;
	case KEY_NO_SUPPLICANT:
		options->launch.no_supplicant = true;
		return 0;
	case KEY_STATE:
		options->state = argument;
		return 0;
	default:
		return parse_name(key, argument, state);
	}
}

#define OPTION_NAME                                                                                \
	{                                                                                          \
		"name", 'n', "NAME", 0, "Which TEE (default: \"default\")", 0                      \
	}

static const struct argp_option up_table[] = {
	OPTION_NAME,
	{ "ta-path", 't', "DIR:...", 0, "Look for TA images here first", 0 },
	{ "state", KEY_STATE, "DIR", 0, "Keep the device key and stored objects here", 0 },
	{ "log-level", 'l', "N", 0, "0 none, 1 errors, 2 information, 3 debug, 4 flow", 0 },
	{ "quiet", 'q', NULL, 0, "Do not log to this terminal, only for `postern logs`", 0 },
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
	{ "no-supplicant", KEY_NO_SUPPLICANT, NULL, 0, "Start no tee-supplicant", 0 },
	{ 0 },
};
static const struct argp up_parser = {
	.options = up_table,
	.parser = parse_up,
	.doc = "Start a TEE in the background\v"
	       "Programs that use libteec find the default TEE by themselves, another one by "
	       "POSTERN_TEE, which `postern up` prints.",
};

static const struct argp_option down_table[] = { OPTION_NAME, { 0 } };
static const struct argp down_parser = {
	.options = down_table,
	.parser = parse_name,
	.doc = "Stop a TEE; stored objects stay",
};

static const struct argp_option status_table[] = {
	OPTION_NAME,
	{ "json", KEY_JSON, NULL, 0, "For programs", 0 },
	{ 0 },
};
static const struct argp status_parser = {
	.options = status_table,
	.parser = parse_name,
	.doc = "Show what is alive in a TEE\v"
	       "Exit status 0: it runs; 3: it does not.",
};

static bool parse(const struct argp *parser, int argc, char **argv, struct up_options *options,
		  struct place *place)
{
	*options = (struct up_options){ .name = PLACE_DEFAULT };
	argp_program_version = NULL;
	argp_parse(parser, argc, argv, 0, NULL, options);
	if (!place_named(options->name, place)) {
		return false;
	}
	if (options->state != NULL && snprintf(place->state, sizeof(place->state), "%s",
					       options->state) >= (int)sizeof(place->state)) {
		fprintf(stderr, "postern: the state directory's name is too long\n");
		return false;
	}
	return true;
}

int command_up(int argc, char **argv)
{
	struct up_options options;
	struct place place;
	pid_t pid;
	int fd;

	if (!parse(&up_parser, argc, argv, &options, &place)) {
		return EXIT_FAILURE;
	}
	fd = control_connect(place.directory);
	if (fd >= 0) {
		close(fd);
		printf("The TEE '%s' is up already.\n", options.name);
		return EXIT_SUCCESS;
	}
	if (!place_create(&place)) {
		return EXIT_FAILURE;
	}
	pid = launch(&place, &options.launch);
	if (pid < 0) {
		return EXIT_FAILURE;
	}
	printf("The TEE '%s' is up (pid %d).\n", options.name, (int)pid);
	if (strcmp(options.name, PLACE_DEFAULT) != 0) {
		printf("export POSTERN_TEE=%s\n", place.directory);
	}
	return EXIT_SUCCESS;
}

/* One question, one answer. NULL: it does not run. */
static json_t *ask(const struct place *place, const char *command)
{
	int fd = control_connect(place->directory);
	FILE *stream = fd >= 0 ? control_ask(fd, command) : NULL;
	json_t *answer = NULL;

	if (stream != NULL) {
		answer = control_read(stream);
		fclose(stream);
	}
	return answer;
}

static int64_t member(const json_t *object, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(object, key));
}

/* The process is not our child: its pidfd says when it ended. */
static bool await_end(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	bool ended = pidfd < 0 || poll(&end, 1, STOP_TIMEOUT_MS) == 1;

	if (pidfd >= 0) {
		close(pidfd);
	}
	return ended;
}

int command_down(int argc, char **argv)
{
	struct up_options options;
	struct place place;
	json_t *status;
	pid_t pid;

	if (!parse(&down_parser, argc, argv, &options, &place)) {
		return EXIT_FAILURE;
	}
	status = ask(&place, "status");
	if (status == NULL) {
		printf("The TEE '%s' is not up.\n", options.name);
		return EXIT_SUCCESS;
	}
	pid = (pid_t)member(status, "pid");
	json_decref(status);
	json_decref(ask(&place, "stop"));
	if (!await_end(pid)) {
		fprintf(stderr, "postern: posternd (pid %d) does not end; `kill -9 %d` ends it\n",
			(int)pid, (int)pid);
		return EXIT_FAILURE;
	}
	printf("The TEE '%s' is down.\n", options.name);
	return EXIT_SUCCESS;
}

static void print_status(const char *name, const json_t *status)
{
	const json_t *census = json_object_get(status, "census");

	printf("TEE '%s', up for %.1f s\n", name, (double)member(status, "uptime_ms") / 1e3);
	printf("  processes      posternd %" PRId64 ", secure world %" PRId64
	       ", tee-supplicant %" PRId64 "\n",
	       member(status, "pid"), member(status, "secure_pid"),
	       member(status, "supplicant_pid"));
	printf("  clients        %" PRId64 " open files, %" PRId64 " sessions\n",
	       member(census, "files"), member(census, "sessions"));
	printf("  shared memory  %" PRId64 " objects, %" PRId64 " of the driver, %" PRId64
	       " bytes in all\n",
	       member(census, "shm"), member(census, "shm_kernel"), member(census, "shm_bytes"));
	printf("  calls          %" PRId64 " in progress, %" PRId64 " of %" PRId64
	       " secure threads busy\n",
	       member(census, "calls"), member(census, "threads_busy"), member(census, "threads"));
	printf("  supplicant     %s, %" PRId64 " requests queued, %" PRId64 " taken\n",
	       json_is_true(json_object_get(census, "supplicant")) ? "connected" : "not connected",
	       member(census, "requests_queued"), member(census, "requests_taken"));
	printf("  transport      %s\n", json_string_value(json_object_get(status, "transport")));
	printf("  directories    %s, %s\n", json_string_value(json_object_get(status, "directory")),
	       json_string_value(json_object_get(status, "state")));
}

int command_status(int argc, char **argv)
{
	struct up_options options;
	struct place place;
	json_t *status;

	if (!parse(&status_parser, argc, argv, &options, &place)) {
		return EXIT_FAILURE;
	}
	status = ask(&place, "status");
	if (options.json) {
		if (status == NULL) {
			printf("{\"running\": false}\n");
		} else {
			json_object_set_new(status, "running", json_true());
			json_dumpf(status, stdout, JSON_INDENT(2));
			printf("\n");
		}
	} else if (status == NULL) {
		printf("The TEE '%s' is not up.\n", options.name);
	} else {
		print_status(options.name, status);
	}
	if (status == NULL) {
		return EXIT_NOT_UP;
	}
	json_decref(status);
	return EXIT_SUCCESS;
}
