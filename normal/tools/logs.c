/* logs.c - postern logs: what a TEE wrote to its log, and what it writes from now on. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "lib/bits.h"
#include "normal/tools/command.h"
#include "normal/tools/place.h"

struct logs_options {
	const char *name;
	bool follow;
};

static const struct argp_option logs_table[] = {
	{ "name", 'n', "NAME", 0, "Which TEE (default: \"default\")", 0 },
	{ "follow", 'f', NULL, 0, "Go on as the log grows, until interrupted", 0 },
	{ 0 },
};

static error_t parse_logs(int key, char *argument, struct argp_state *state)
{
	struct logs_options *options = state->input;

	switch (key) {
	case 'n':
		options->name = argument;
		return 0;
	case 'f':
		options->follow = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp logs_parser = {
	.options = logs_table,
	.parser = parse_logs,
	.doc = "Show what a TEE and its TAs said since `postern up` first made it",
};

/* false: nobody reads. */
static bool copy_rest(int log)
{
	char buffer[4096];
	ssize_t got;

	while ((got = read(log, buffer, sizeof(buffer))) > 0) {
		if (fwrite(buffer, 1, (size_t)got, stdout) != (size_t)got) {
			return false;
		}
	}
	return fflush(stdout) == 0;
}

static int follow(int log, const char *path)
{
	int watch = inotify_init1(IN_CLOEXEC);
	char events[4096];

	if (watch < 0 || inotify_add_watch(watch, path, IN_MODIFY) < 0) {
		fprintf(stderr, "postern: cannot watch %s: %s\n", path, strerror(errno));
		return EXIT_FAILURE;
	}
	while (copy_rest(log) && read(watch, events, sizeof(events)) > 0) {
	}
	return EXIT_SUCCESS;
}

int command_logs(int argc, char **argv)
{
	struct logs_options options = { .name = PLACE_DEFAULT };
	char path[PLACE_PATH_MAX + 8];
	struct place place;
	int log;

	argp_parse(&logs_parser, argc, argv, 0, NULL, &options);
	if (!place_named(options.name, &place)) {
		return EXIT_FAILURE;
	}
	snprintf(path, sizeof(path), "%s/log", place.directory);
	log = open(path, O_RDONLY | O_CLOEXEC);
	if (log < 0) {
		fprintf(stderr, "postern: the TEE '%s' has no log (%s: %s); was it ever up?\n",
			options.name, path, strerror(errno));
		return EXIT_FAILURE;
	}
	if (options.follow) {
		return follow(log, path);
	}
	return copy_rest(log) ? EXIT_SUCCESS : EXIT_FAILURE;
}
