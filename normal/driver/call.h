/* call.h - one call: enter the secure world with a message, serve what it asks, until it is
 * done. */
#ifndef NORMAL_DRIVER_CALL_H
#define NORMAL_DRIVER_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/msg.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "normal/driver/os.h"

struct arg;
struct driver;
struct driver_file;

/* What OPEN_SESSION needs, and so the most that the driver sends. */
#define MESSAGE_PARAMS_MAX (MSG_CLIENT_PARAMS_MAX + MSG_OPEN_META_PARAMS)

/* A message as the driver makes and reads it. Never shared: it is copied to the secure world before
 * a call and back from it, once, after. */
struct message {
	uint32_t cmd;
	uint32_t func;
	uint32_t session;
	uint32_t cancel_id;
	uint32_t ret;
	uint32_t ret_origin;
	uint32_t num_params; /* at most MESSAGE_PARAMS_MAX */
	struct msg_param params[MESSAGE_PARAMS_MAX];
	bool unread; /* after a call: the secure world had no memory to look at it */
};

/* How long a call's requests wait for the supplicant. */
enum call_patience {
	CALL_PATIENT, /* until there is one and it answers, or the task is killed */
	CALL_HASTY,   /* not at all when there is none; a kill does not matter */
};

/* One call in progress. */
struct call {
	struct driver *driver;
	struct driver_file *file; /* in whose name */
	enum call_patience patience;
	uint64_t number;
	struct arg *arg;
	/* The page list of the last SHM_ALLOC reply. The secure world may read it until the next
	 * one, or until the call ends. */
	struct os_memory *page_list;
};

/* Who may enter. `threads` calls are let in at once; the others wait in the order they came, and
 * each that leaves lets one in. Where the secure world has fewer threads than it said, or did not
 * say, it answers ETHREAD_LIMIT, and the call waits likewise, in its old place. */
struct call_queue {
	struct os_mutex mutex;
	struct list waiting; /* struct call_turn, oldest first */
	uint64_t arrivals;
	uint64_t departures;
	unsigned int threads; /* 0: unknown */
	unsigned int inside;
	unsigned int waiters;
};

void driver_calls_init(struct call_queue *queue, unsigned int threads);
void driver_calls_destroy(struct call_queue *queue);
/* The driver is dead: wake all that wait. */
void driver_calls_wake(struct call_queue *queue);
void driver_calls_count(struct call_queue *queue, unsigned int *inside, unsigned int *waiting);

/* Send `message` in the name of `file` and come back with the answer in its session, ret,
 * ret_origin and params. 0: see message->ret; when the call itself failed that is COMMUNICATION of
 * origin COMMS. -ENODEV, -ENOMEM, -EINVAL: nothing was sent. */
MUST_CHECK int driver_call(struct driver_file *file, enum call_patience patience,
			   struct message *message);

/* The same with a message buffer that need not be registered first: for the messages that register
 * memory. */
MUST_CHECK int driver_call_private(struct driver_file *file, enum call_patience patience,
				   struct message *message);

/* The same two for messages that give something back, of which nobody would try again. Without
 * memory for it on either side they are sent again, for as long as that may help: -ENOMEM says that
 * it did not. */
MUST_CHECK int driver_call_give_back(struct driver_file *file, enum call_patience patience,
				     struct message *message);
MUST_CHECK int driver_call_private_give_back(struct driver_file *file, enum call_patience patience,
					     struct message *message);

#endif
