/* symbolize.c - postern ta symbolize: a filter that asks addr2line (binutils; it reads the debugging
 * information of every machine's programs) for each address. */
#include "normal/tools/symbolize.h"

#include <argp.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "normal/tools/image_file.h"
#include "normal/tools/program.h"

#define PATH_SIZE    4096u
#define PLACES_MAX   64u
#define ADDRESS_SIZE 24u

extern char **environ;

struct options {
	const char *addr2line;
	const char *places[PLACES_MAX]; /* directories with UUID.elf, or such files */
	size_t place_count;
	char ta_path[PATH_SIZE];
};

static const struct argp_option option_table[] = {
	{ "addr2line", 'a', "PROGRAM", 0, "The program to ask (default: addr2line)", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'a':
		options->addr2line = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (options->place_count == PLACES_MAX) {
			argp_error(state, "at most %u places", PLACES_MAX);
		}
		options->places[options->place_count] = argument;
		options->place_count++;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.args_doc = "[DIR|UUID.elf]...",
	.doc = "Copy a log from standard input, adding functions and lines to the addresses that dead "
	       "TAs left there.\v"
	       "A TA's ELF file is what the kit leaves beside its image. It is looked for in the "
	       "places given, then in the directories of the search path for TAs.",
};

/* --- The TA's file --------------------------------------------------------------------------- */

/* true: `place` is the file, or the directory that has it. */
static bool file_at(const char *place, const char *name, char path[PATH_SIZE])
{
	const char *base = strrchr(place, '/');
	struct stat info;
	int length;

	if (strcmp(base == NULL ? place : base + 1, name) == 0) {
		length = snprintf(path, PATH_SIZE, "%s", place);
	} else {
		length = snprintf(path, PATH_SIZE, "%s/%s", place, name);
	}
	return length > 0 && length < (int)PATH_SIZE && stat(path, &info) == 0 &&
	       S_ISREG(info.st_mode);
}

static bool file_find(const struct options *options, const char *uuid, char path[PATH_SIZE])
{
	char name[UUID_TEXT_SIZE + sizeof(".elf")];
	char directories[PATH_SIZE];
	char *rest = directories;
	char *directory;

	snprintf(name, sizeof(name), "%s.elf", uuid);
	for (size_t i = 0; i < options->place_count; i++) {
		if (file_at(options->places[i], name, path)) {
			return true;
		}
	}
	snprintf(directories, sizeof(directories), "%s", options->ta_path);
	while ((directory = strsep(&rest, ":")) != NULL) {
		if (file_at(directory, name, path)) {
			return true;
		}
	}
	fprintf(stderr, "postern: no %s: name the directory in which the kit made it\n", name);
	return false;
}

/* What the secure world calls the load address: where the first segment's page is. */
static bool elf_low(const uint8_t *bytes, size_t size, uint64_t *low)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)bytes;
	const Elf64_Phdr *segments;

	if (size < sizeof(*header) || memcmp(bytes, ELFMAG, SELFMAG) != 0 ||
	    header->e_phoff % sizeof(uint64_t) != 0 || header->e_phoff > size ||
	    header->e_phnum > (size - header->e_phoff) / sizeof(*segments)) {
		return false;
	}
	segments = (const Elf64_Phdr *)(const void *)(bytes + header->e_phoff);
	for (unsigned int i = 0; i < header->e_phnum; i++) {
		if (segments[i].p_type == PT_LOAD) {
			*low = segments[i].p_vaddr & ~4095ull;
			return true;
		}
	}
	return false;
}

static bool file_low(const char *path, uint64_t *low)
{
	char error[IMAGE_ERROR_MAX];
	size_t size;
	uint8_t *bytes = image_read_file(path, &size, error);
	bool found;

	if (bytes == NULL) {
		fprintf(stderr, "postern: %s\n", error);
		return false;
	}
	found = elf_low(bytes, size, low);
	free(bytes);
	if (!found) {
		fprintf(stderr, "postern: %s is no ELF file\n", path);
	}
	return found;
}

/* --- The names ------------------------------------------------------------------------------- */

static bool spawn(const char *program, char *const arguments[], int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	error = posix_spawnp(pid, program, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0) {
		fprintf(stderr, "postern: cannot run %s: %s (it is in the package binutils)\n",
			program, strerror(error));
	}
	return error == 0;
}

/* Its words, each line behind two spaces; a function that was inlined has a line for each caller. */
static void names_copy(int from)
{
	FILE *names = fdopen(from, "r");
	char *line = NULL;
	size_t size = 0;

	if (names == NULL) {
		close(from);
		return;
	}
	while (getline(&line, &size, names) > 0) {
		printf("    %s", line);
	}
	free(line);
	fclose(names);
}

static bool names_print(const char *addr2line, char *path, uint64_t address)
{
	char number[ADDRESS_SIZE];
	char *const arguments[] = {
		(char *)(uintptr_t)addr2line, "-e", path, "-f", "-i", "-p", number, NULL
	};
	int ends[2];
	int status;
	pid_t pid;

	snprintf(number, sizeof(number), "0x%llx", (unsigned long long)address);
	if (pipe2(ends, O_CLOEXEC) != 0) {
		fprintf(stderr, "postern: no pipe: %s\n", strerror(errno));
		return false;
	}
	if (!spawn(addr2line, arguments, ends[1], &pid)) {
		close(ends[0]);
		close(ends[1]);
		return false;
	}
	close(ends[1]);
	names_copy(ends[0]);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool line_name(const struct options *options, const char *line)
{
	struct symbolize_place place;
	char path[PATH_SIZE];
	uint64_t low;

	if (!symbolize_parse(line, &place)) {
		return true;
	}
	return file_find(options, place.uuid, path) && file_low(path, &low) &&
	       names_print(options->addr2line, path, low + place.offset);
}

int symbolize_main(int argc, char **argv)
{
	struct options options = { .addr2line = "addr2line" };
	bool good = true;
	char *line = NULL;
	size_t size = 0;

	argp_parse(&parser, argc, argv, 0, NULL, &options);
	program_ta_path(options.ta_path, sizeof(options.ta_path));
	while (getline(&line, &size, stdin) > 0) {
		fputs(line, stdout);
		/* Somebody may be watching. */
		good = line_name(&options, line) && fflush(stdout) == 0 && good;
	}
	free(line);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
