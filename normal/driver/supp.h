/* supp.h - the supplicant's queue: requests of secure threads, taken and answered by a program.
 *
 * A request has its id from the moment it is queued. It belongs to the thread that waits for it;
 * when that thread is killed while the supplicant works on the request, the id stays taken, so
 * that the late answer hits nothing else. */
#ifndef NORMAL_DRIVER_SUPP_H
#define NORMAL_DRIVER_SUPP_H

#include <stdint.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "normal/driver/call.h"
#include "normal/driver/event.h"
#include "normal/driver/os.h"
#include "normal/driver/param.h"

struct driver;
struct driver_file;
struct driver_census;

/* Requests queued, taken and abandoned, together: ids are 1 to this. */
#define SUPP_REQUESTS_MAX 1024u

enum supp_state {
	SUPP_NONE, /* the id is free */
	SUPP_QUEUED,
	SUPP_TAKEN,
	SUPP_ABANDONED, /* taken, and nobody waits for the answer */
};

struct supp_slot {
	enum supp_state state;
	struct supp_request *request; /* while queued or taken */
};

struct supp {
	struct os_mutex mutex;
	struct driver_file *file; /* the open supplicant; NULL: there is none */
	uint32_t timeout_ms;	  /* for each request to be answered; 0: for ever */
	uint32_t synchronous;	  /* id of the one request taken without META; 0: none */
	struct list queue;	  /* struct supp_request */
	struct list receivers;	  /* that sleep */
	struct supp_slot slots[SUPP_REQUESTS_MAX];
};

void driver_supp_init(struct supp *supp);
void driver_supp_destroy(struct supp *supp);
/* The driver is dead: fail all requests, wake all receivers. */
void driver_supp_wake(struct supp *supp);
/* Fills requests_queued, requests_taken (abandoned ones too) and supplicant. */
void driver_supp_count(struct supp *supp, struct driver_census *census);

/* `file` is the supplicant from now on. -EBUSY: there is one. */
MUST_CHECK int driver_supp_open(struct supp *supp, struct driver_file *file);
/* No longer: all that it had to answer fails with COMMUNICATION. */
void driver_supp_release(struct supp *supp);

enum supp_purpose {
	SUPP_ASK,
	/* c of the answer is the id of memory: it is looked up as the answer comes, while it is
	 * sure whose id it is, and the parameter's shm gets a reference (NULL: no such memory). */
	SUPP_ASK_MEMORY,
	/* The secure world gives something back. Still queued when the task is killed, it is left
	 * for the supplicant that is there, where others are withdrawn. Without memrefs. */
	SUPP_GIVE_BACK,
};

struct supp_ask {
	uint32_t function;
	struct param *params;
	uint32_t count;
	enum supp_purpose purpose;
	/* Ask this supplicant and no other; NULL: any. */
	const struct driver_file *only;
};

/* Ask the supplicant and sleep until it answers. Outputs in ask->params are updated and the
 * event gets the request's id. The supplicant's result, or, with a line in the log, how the request
 * ended otherwise (doc/requests.md): CANCEL, the client is gone: its task was killed; COMMUNICATION,
 * the supplicant is gone: it died with the request, or there was none to ask; TIMEOUT, it did not
 * answer in time; TARGET_DEAD, the TEE ends. OUT_OF_MEMORY: nothing was queued. */
uint32_t driver_supp_request(const struct call *call, struct driver_event *event,
			     const struct supp_ask *ask);

/* The ioctls; `buffer` has been checked to hold its num_params. -EINTR: the task was killed.
 * -EINVAL; -ENOENT; -EBADF; -ENODEV as in spec/ioctl.md. */
MUST_CHECK int driver_supp_receive(struct driver_file *file,
				   struct tee_ioctl_supp_recv_arg *buffer);
MUST_CHECK int driver_supp_send(struct driver_file *file,
				const struct tee_ioctl_supp_send_arg *buffer);

#endif
