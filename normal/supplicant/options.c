#include "normal/supplicant/options.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bytes.h"
#include "normal/supplicant/log.h"
#include "normal/supplicant/loop.h"
#include "normal/supplicant/profile.h"
#include "paths.h"

enum key {
	KEY_NO_SYNC = 0x100,
	KEY_RPMB_FILE,
	KEY_PROFILES,
	KEY_THREADS,
	KEY_VERSION,
};

static const struct argp_option choices[] = {
	{ "daemonize", 'd', NULL, 0, "Return once the device is open, and serve in the background",
	  0 },
	{ "fs-parent-path", 'f', "DIR", 0, "Keep the secure world's files in DIR (" FS_ROOT ")",
	  0 },
	{ "ta-path", 'l', "DIRS", 0, "Look for TAs in DIRS, separated by colons", 0 },
	{ "ta-dir", 't', "NAME", 0,
	  "Look for TAs in NAME below each directory of " TA_LOAD_PATH " (" TA_LOAD_BELOW
	  "; deprecated, not together with --ta-path)",
	  0 },
	{ "plugin-path", 'p', "DIR", 0, "Load the plug-ins in DIR (" PLUGIN_DIRECTORY ")", 0 },
	{ "profile-path", KEY_PROFILES, "DIR", 0,
	  "Write profiles and function traces of TAs into DIR (" PROFILE_DIRECTORY ")", 0 },
	{ "rpmb-cid", 'r', "CID", 0, "Use the RPMB partition of the eMMC with this CID", 0 },
	{ "rpmb-file", KEY_RPMB_FILE, "FILE[,OPTION...]", 0, "Emulate an RPMB device, kept in FILE",
	  0 },
	{ "no-sync", KEY_NO_SYNC, NULL, 0,
	  "Do not wait for the disk: for a TEE whose files need not survive a power cut", 0 },
	{ "threads", KEY_THREADS, "N", 0, "Serve at most N requests at once", 0 },
	{ "help", 'h', NULL, 0, "Show this, and exit", -1 },
	{ "version", KEY_VERSION, NULL, 0, "Show the version, and exit", -1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static bool ta_below_was_given;

static void parse_cid(struct options *options, const char *text, struct argp_state *state)
{
	if (strlen(text) != 2 * (size_t)RPMB_CID_SIZE ||
	    !bytes_from_hex(text, options->rpmb_cid, RPMB_CID_SIZE)) {
		argp_error(state, "the CID is not %u hexadecimal digits: %s", 2 * RPMB_CID_SIZE,
			   text);
	}
	options->rpmb_by_cid = true;
}

static unsigned int parse_threads(const char *text, struct argp_state *state)
{
	char *end;
	unsigned long threads = strtoul(text, &end, 10);

	if (*text == '\0' || *text == '-' || *end != '\0' || threads == 0 ||
	    threads > LOOP_THREADS_MAX) {
		argp_error(state, "the number of threads is not 1 to %u: %s", LOOP_THREADS_MAX,
			   text);
	}
	return (unsigned int)threads;
}

static error_t parse_end(const struct options *options, struct argp_state *state)
{
	if (options->ta_path != NULL && ta_below_was_given) {
		argp_error(state, "--ta-path and --ta-dir exclude each other");
	}
	if (options->rpmb_file != NULL && options->rpmb_by_cid) {
		argp_error(state, "--rpmb-file and --rpmb-cid exclude each other");
	}
	return 0;
}

static error_t parse_one(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'd':
		options->daemonize = true;
		return 0;
	case 'f':
		options->fs_root = text;
		return 0;
	case 'l':
		options->ta_path = text;
		return 0;
	case 't':
		options->ta_below = text;
		ta_below_was_given = true;
		return 0;
	case 'p':
		options->plugin_directory = text;
		return 0;
	case KEY_PROFILES:
		options->profile_directory = text;
		return 0;
	case 'r':
		parse_cid(options, text, state);
		return 0;
	case KEY_RPMB_FILE:
		options->rpmb_file = text;
		return 0;
	case KEY_NO_SYNC:
		options->sync = false;
		return 0;
	case KEY_THREADS:
		options->threads = parse_threads(text, state);
		return 0;
	case KEY_VERSION:
		printf("tee-supplicant (Postern) %s\n", VERSION);
		exit(EXIT_SUCCESS);
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0) {
			argp_usage(state);
		}
		options->device = text;
		return 0;
	case ARGP_KEY_END:
		return parse_end(options, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options_parse(int argc, char **argv, struct options *options)
{
	static const struct argp argp = {
		.options = choices,
		.parser = parse_one,
		.args_doc = "[DEVICE]",
		.doc = "Do for the TEE what it cannot do itself: find TAs, keep files, give "
		       "memory.\v"
		       "DEVICE is a teepriv device, or the directory of a TEE that Postern runs; "
		       "without one the first that is an OP-TEE one is taken.",
	};

	*options = (struct options){
		.fs_root = FS_ROOT,
		.ta_below = TA_LOAD_BELOW,
		.plugin_directory = PLUGIN_DIRECTORY,
		.profile_directory = PROFILE_DIRECTORY,
		.sync = true,
		.threads = LOOP_THREADS_DEFAULT,
	};
	argp_err_exit_status = EXIT_FAILURE;
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, options);
}
