/* launch.h - start a posternd and wait until clients can come. */
#ifndef NORMAL_TOOLS_LAUNCH_H
#define NORMAL_TOOLS_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/bits.h"
#include "normal/tools/place.h"

#define LAUNCH_I2C_MAX	8
#define LAUNCH_RPMB_MAX 4u

struct launch_options {
	const char *cpus; /* NULL: posternd's own choice; so for the next two */
	const char *threads;
	const char *log_level;
	const char *supplicant_timeout; /* milliseconds; NULL: none */
	const char *transport;		/* NULL: $POSTERN_TRANSPORT, or posternd's own choice */
	const char *ta_path;		/* before the usual places; NULL: only those */
	/* Descriptions of emulated RPMB devices: the driver's, and the supplicant's or NULL. */
	const char *rpmb[LAUNCH_RPMB_MAX];
	size_t rpmb_count;
	const char *i2c[LAUNCH_I2C_MAX];
	size_t i2c_count;
	const char *supplicant_rpmb;
	bool no_supplicant;
	bool quiet;
	bool throw_away; /* state need not survive a power cut */
	bool tied;	 /* it dies with the calling thread */
};

/* One more device for the driver. false: there are LAUNCH_RPMB_MAX. */
/* The same for chips. */
MUST_CHECK bool launch_i2c_add(struct launch_options *options, const char *description);
MUST_CHECK bool launch_rpmb_add(struct launch_options *options, const char *description);

/* In a session of its own. Its pid, or -1: it did not come up, which was said on standard error. */
MUST_CHECK pid_t launch(const struct place *place, const struct launch_options *options);

/* Ask it to end and wait until it has; its exit status. */
int launch_stop(pid_t pid);

#endif
