/* exec.c - postern exec: a program that opens /dev/tee0 itself, on a TEE of ours. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "abi/socket.h"
#include "normal/exec/supervisor.h"
#include "normal/tools/command.h"
#include "normal/tools/place.h"

struct exec_options {
	const char *name;
	char **command;
};

static const struct argp_option exec_table[] = {
	{ "name", 'n', "NAME", 0, "Which TEE; otherwise that of $POSTERN_TEE, or the default one",
	  0 },
	{ 0 },
};

static error_t parse_exec(int key, char *argument, struct argp_state *state)
{
	struct exec_options *options = state->input;

	switch (key) {
	case 'n':
		options->name = argument;
		break;
	case ARGP_KEY_ARGS:
		options->command = state->argv + state->next;
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		if (options->command == NULL) {
			argp_error(state, "which program?");
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp exec_parser = {
	.options = exec_table,
	.parser = parse_exec,
	.args_doc = "-- PROGRAM [ARGUMENT...]",
	.doc = "Run PROGRAM, which may open /dev/tee0 and /dev/teepriv0 itself, on a TEE that is up\v"
	       "The exit status is PROGRAM's; 128 plus the signal's number when one killed it. "
	       "Neither PROGRAM nor what it starts can gain rights (sudo and the like).",
};

int command_exec(int argc, char **argv)
{
	const char *chosen = getenv(SOCKET_ENVIRONMENT);
	struct exec_options options = { .name = NULL };
	struct place place;

	argp_parse(&exec_parser, argc, argv, ARGP_IN_ORDER, NULL, &options);
	if (options.name == NULL && chosen != NULL) {
		return supervise(chosen, options.command);
	}
	if (!place_named(options.name != NULL ? options.name : PLACE_DEFAULT, &place)) {
		return EXIT_FAILURE;
	}
	return supervise(place.directory, options.command);
}
