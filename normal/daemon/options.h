/* options.h - what posternd was told on its command line. */
#ifndef NORMAL_DAEMON_OPTIONS_H
#define NORMAL_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "normal/driver/driver.h"

struct options {
	const char *directory;	/* sockets, log, pid: exists already */
	const char *state;	/* device key, the supplicant's files: exists already */
	const char *secure;	/* the secure world's program */
	const char *supplicant; /* NULL: start none */
	const char *ta_path;	/* colon-separated directories for the supplicant */
	/* Descriptions of emulated RPMB devices (normal/rpmb/file.h): of the driver, and the one of
	 * the supplicant, or NULL. */
	const char *rpmb[DRIVER_RPMB_MAX];
	size_t rpmb_count;
	const char *supplicant_rpmb;
	const char *i2c[DRIVER_I2C_MAX]; /* of chips (normal/i2c/eeprom.h) */
	size_t i2c_count;
	uint32_t cpus;
	uint32_t threads;
	uint32_t log_level;
	uint32_t supplicant_timeout_ms; /* 0: for ever */
	enum driver_transport transport;
	bool quiet;
	bool detach;	 /* let go of standard error once clients can come */
	bool throw_away; /* files need not survive a power cut */
	int ready_fd;	 /* one byte is written when clients can come; -1: none */
};

/* Exits with a usage message when the command line is wrong. */
void options_parse(int argc, char **argv, struct options *options);

#endif
