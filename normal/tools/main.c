/* main.c - postern: one program for people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "normal/tools/command.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "up", command_up, "start a TEE in the background" },
	{ "down", command_down, "stop it" },
	{ "status", command_status, "show what is alive in it" },
	{ "run", command_run, "start a private TEE for one command" },
	{ "exec", command_exec, "run a program that opens /dev/tee0 itself" },
	{ "logs", command_logs, "show what the TEE and its TAs said" },
	{ "ta", command_ta, "list, inspect and sign TA images; name what a dead TA was in" },
	{ "rpc", command_rpc, "have the secure world send one RPC" },
	{ "version", command_version, "show the version" },
};

static void usage(FILE *out)
{
	size_t i;

	fprintf(out, "Usage: postern COMMAND [OPTION...]\n\n"
		     "A trusted execution environment that speaks OP-TEE's interfaces.\n\n");
	for (i = 0; i < array_size(commands); i++) {
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
	}
	fprintf(out, "\n`postern COMMAND --help` says more; so does man postern.\n");
}

int command_version(int argc, char **argv)
{
	printf("postern %s\n", POSTERN_VERSION);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(name, "--version") == 0) {
		return command_version(argc, argv);
	}
	for (i = 0; i < array_size(commands); i++) {
		if (strcmp(name, commands[i].name) == 0) {
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	if (argc > 1) {
		fprintf(stderr, "postern: there is no command '%s'\n\n", name);
	}
	usage(stderr);
	return EXIT_USAGE;
}
