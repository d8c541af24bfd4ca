/* launch.h - start a posternd and wait until clients can come. */
#ifndef NORMAL_TOOLS_LAUNCH_H
#define NORMAL_TOOLS_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/bits.h"
#include "normal/tools/place.h"

struct launch_options {
	const char *cpus; /* NULL: posternd's own choice; so for the next two */
	const char *threads;
	const char *log_level;
	const char *transport; /* NULL: $POSTERN_TRANSPORT, or posternd's own choice */
	const char *ta_path;   /* before the usual places; NULL: only those */
	bool no_supplicant;
	bool quiet;
	bool throw_away; /* state need not survive a power cut */
	bool tied;	 /* it dies with the calling thread */
};

/* In a session of its own. Its pid, or -1: it did not come up, which was said on standard error. */
MUST_CHECK pid_t launch(const struct place *place, const struct launch_options *options);

/* Ask it to end and wait until it has; its exit status. */
int launch_stop(pid_t pid);

#endif
