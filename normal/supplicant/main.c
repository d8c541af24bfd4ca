/* main.c - tee-supplicant: the program. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "normal/device/device.h"
#include "normal/supplicant/daemon.h"
#include "normal/supplicant/log.h"
#include "normal/supplicant/loop.h"
#include "normal/supplicant/options.h"
#include "paths.h"
#include "normal/supplicant/supplicant.h"

_Noreturn static void give_up(const char *what, int error)
{
	log_error("%s: %s", what, strerror(-error));
	exit(EXIT_FAILURE);
}

/* As an absolute path, for in the background this is another directory. */
static char *absolute(const char *path)
{
	char *here = NULL;
	char *joined = NULL;

	if (path[0] == '/') {
		joined = strdup(path);
	} else {
		here = getcwd(NULL, 0);
		if (here == NULL || asprintf(&joined, "%s/%s", here, path) < 0) {
			joined = NULL;
		}
		free(here);
	}
	if (joined == NULL) {
		give_up(path, -errno);
	}
	return joined;
}

static void make_absolute(struct ta *ta)
{
	size_t i;

	for (i = 0; i < ta->count; i++) {
		char *path = absolute(ta->directories[i]);

		free(ta->directories[i]);
		ta->directories[i] = path;
	}
}

static void prepare_rpmb(struct rpmb *rpmb, const struct options *options)
{
	char why[256];

	rpmb_init(rpmb);
	if (options->rpmb_by_cid) {
		rpmb_drive(rpmb, options->rpmb_cid);
	} else if (options->rpmb_file != NULL &&
		   !rpmb_emulate(rpmb, options->rpmb_file, why, sizeof(why))) {
		log_error("--rpmb-file: %s", why);
		exit(EXIT_FAILURE);
	}
}

static void prepare(struct supplicant *supplicant, const struct options *options)
{
	char *root = absolute(options->fs_root);
	bool built_in = options->ta_path == NULL;

	if (!ta_init(&supplicant->ta, built_in ? TA_LOAD_PATH : options->ta_path,
		     built_in ? options->ta_below : NULL)) {
		give_up("the TA directories", -E2BIG);
	}
	make_absolute(&supplicant->ta);
	if (!fs_init(&supplicant->fs, root, options->sync)) {
		give_up(root, -ENOMEM);
	}
	free(root);
	prepare_rpmb(&supplicant->rpmb, options);
	supplicant->profile_directory = absolute(options->profile_directory);
	sockets_init(&supplicant->sockets);
}

static bool is_optee(const struct tee_ioctl_version_data *version, const void *context)
{
	return version->impl_id == TEE_IMPL_ID_OPTEE;
}

static void open_device(struct supplicant *supplicant, const struct options *options)
{
	int error;

	if (options->device != NULL) {
		error = device_open(DEVICE_TEEPRIV, options->device, &supplicant->device);
	} else {
		error = device_find(DEVICE_TEEPRIV, is_optee, NULL, &supplicant->device);
	}
	if (error != 0) {
		give_up(options->device != NULL ? options->device : "no TEE to serve", error);
	}
	shm_init(&supplicant->shm, supplicant->device);
	/* The machine's own eMMC is for the machine's own TEE: a key programmed into it by one that
	 * is being tried out would be there for good. */
	if (supplicant->rpmb.source == RPMB_NOWHERE &&
	    strncmp(device_path(supplicant->device), "/dev/", 5) == 0) {
		rpmb_drive(&supplicant->rpmb, NULL);
	}
}

static void say_ready(int parent)
{
	int error = 0;

	if (parent >= 0) {
		error = daemon_detach(parent);
		log_to_system();
	}
	if (error != 0) {
		give_up("cannot go into the background", error);
	}
	error = daemon_notify_ready();
	if (error != 0) {
		log_error("cannot tell the service manager: %s", strerror(-error));
	}
}

static void serve(struct supplicant *supplicant, unsigned int threads)
{
	/* Threads may still use it, and all else, when this returns: the process ends with
	 * them. */
	static struct loop loop;
	int error;

	loop_init(&loop, supplicant, threads);
	error = loop_run(&loop);
	if (error == -ENODEV) {
		log_error("the TEE at %s is gone", device_path(supplicant->device));
	} else {
		log_error("%s: %s", device_path(supplicant->device), strerror(-error));
	}
}

int main(int argc, char **argv)
{
	static struct supplicant supplicant;
	struct options options;
	int parent = -1;

	options_parse(argc, argv, &options);
	prepare(&supplicant, &options);
	if (options.daemonize) {
		parent = daemon_fork();
		if (parent < 0) {
			give_up("cannot go into the background", parent);
		}
	}
	/* Plug-ins may start threads, which a fork would lose. */
	plugins_load(&supplicant.plugins, options.plugin_directory);
	open_device(&supplicant, &options);
	say_ready(parent);
	serve(&supplicant, options.threads);
	return EXIT_FAILURE;
}
