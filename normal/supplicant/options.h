/* options.h - what tee-supplicant was told on its command line. */
#ifndef NORMAL_SUPPLICANT_OPTIONS_H
#define NORMAL_SUPPLICANT_OPTIONS_H

#include <stdbool.h>

struct options {
	const char *device; /* NULL: search */
	bool daemonize;
	const char *fs_root;
	const char *ta_path; /* NULL: the built-in path, with ta_below */
	const char *ta_below;
	bool sync;
	unsigned int threads;
};

/* Exits when the command line is wrong, and after --help and --version. */
void options_parse(int argc, char **argv, struct options *options);

#endif
