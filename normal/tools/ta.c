/* ta.c - postern ta: TA images on disk. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "lib/uuid.h"
#include "normal/tools/command.h"
#include "normal/tools/image_file.h"
#include "normal/tools/program.h"
#include "normal/tools/sign.h"
#include "normal/tools/symbolize.h"

#define TA_PATH_MAX 4096

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* UUID.ta, lower case: what the supplicant looks for. */
static int is_image(const struct dirent *entry)
{
	char text[UUID_TEXT_SIZE];
	TEE_UUID uuid;

	if (strlen(entry->d_name) != UUID_TEXT_SIZE - 1 + 3 ||
	    strcmp(entry->d_name + UUID_TEXT_SIZE - 1, ".ta") != 0) {
		return 0;
	}
	memcpy(text, entry->d_name, UUID_TEXT_SIZE - 1);
	text[UUID_TEXT_SIZE - 1] = '\0';
	return uuid_from_text(text, &uuid);
}

static unsigned int list_directory(const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_image, compare_names);
	int i;

	for (i = 0; i < count; i++) {
		printf("%.36s  %s/%s\n", entries[i]->d_name, directory, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0) {
		free(entries);
	}
	return count > 0 ? (unsigned int)count : 0;
}

static int list(int argc, char **argv)
{
	char path[TA_PATH_MAX];
	char *directory;
	char *rest = path;
	unsigned int found = 0;

	if (argc > 1) {
		fprintf(stderr, "Usage: postern ta list\n");
		return EXIT_USAGE;
	}
	program_ta_path(path, sizeof(path));
	printf("looking in %s\n", path);
	while ((directory = strsep(&rest, ":")) != NULL) {
		found += list_directory(directory);
	}
	if (found == 0) {
		printf("no TA images there; POSTERN_TA_PATH adds directories\n");
	}
	return EXIT_SUCCESS;
}

static int inspect(int argc, char **argv)
{
	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "Usage: postern ta inspect FILE\n");
		return EXIT_USAGE;
	}
	return image_inspect(argv[1], stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "list", list, "the TA images on the search path" },
	{ "inspect", inspect, "what an image says of itself, and whether its digest is right" },
	{ "sign", sign_main, "make a signed image of an ELF file" },
	{ "symbolize", symbolize_main, "add names to the addresses that dead TAs leave in a log" },
};

static void usage(FILE *out)
{
	size_t i;

	fprintf(out, "Usage: postern ta COMMAND [OPTION...]\n\nTA images on disk.\n\n");
	for (i = 0; i < array_size(commands); i++) {
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
	}
}

int command_ta(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	for (i = 0; i < array_size(commands); i++) {
		if (strcmp(name, commands[i].name) == 0) {
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	if (argc > 1) {
		fprintf(stderr, "postern ta: there is no command '%s'\n\n", name);
	}
	usage(stderr);
	return EXIT_USAGE;
}
