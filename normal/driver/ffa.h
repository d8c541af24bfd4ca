/* ffa.h - what the driver keeps for FF-A. Only ffa.c looks inside. */
#ifndef NORMAL_DRIVER_FFA_H
#define NORMAL_DRIVER_FFA_H

#include <stdatomic.h>
#include <stdint.h>

#include "normal/driver/os.h"

struct ffa {
	uint32_t version;
	uint32_t endpoints; /* w1 of every message */
	struct os_memory *tx;
	struct os_memory *rx;
	/* Counts to 1: whoever took it has the TX buffer, which stays theirs over several SMCs. */
	struct os_completion tx_free;
	/* Notifications that were got and not taken yet: all come at once. */
	atomic_uint_fast64_t pending;
};

#endif
