/* options.h - what tee-supplicant was told on its command line. */
#ifndef NORMAL_SUPPLICANT_OPTIONS_H
#define NORMAL_SUPPLICANT_OPTIONS_H

#include <stdbool.h>

#include "abi/rpmb.h"

struct options {
	const char *device; /* NULL: search */
	bool daemonize;
	const char *fs_root;
	const char *ta_path; /* NULL: the built-in path, with ta_below */
	const char *ta_below;
	const char *plugin_directory;
	const char *profile_directory;
	bool sync;
	const char *rpmb_file; /* describes an emulated device (normal/rpmb/file.h), or NULL */
	bool rpmb_by_cid;
	unsigned char rpmb_cid[RPMB_CID_SIZE];
	unsigned int threads;
};

/* Exits when the command line is wrong, and after --help and --version. */
void options_parse(int argc, char **argv, struct options *options);

#endif
