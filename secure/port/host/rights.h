/* rights.h - messages that carry descriptors. */
#ifndef SECURE_PORT_HOST_RIGHTS_H
#define SECURE_PORT_HOST_RIGHTS_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/bits.h"

#define RIGHTS_SEND_MAX	   16u
/* More than these do not arrive: the kernel closes them, and the message is not whole. */
#define RIGHTS_RECEIVE_MAX 2u

struct rights {
	int fds[RIGHTS_RECEIVE_MAX];
	unsigned int count;
	/* Nothing of the data and no descriptor was cut off. */
	bool whole;
};

/* What sendmsg() returns. A peer that is gone is an error, not a signal. */
ssize_t rights_send(int socket, const void *data, size_t size, const int *fds, size_t count);

/* What recvmsg() with `flags` returns; the descriptors are the caller's, closed on exec. */
MUST_CHECK ssize_t rights_receive(int socket, void *data, size_t size, int flags,
				  struct rights *rights);

/* Close what came. */
void rights_close(struct rights *rights);

#endif
