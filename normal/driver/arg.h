/* arg.h - where messages lie while the secure world reads them: slots in pages of the driver's own.
 *
 * Pages are made when they are needed and kept until the end. */
#ifndef NORMAL_DRIVER_ARG_H
#define NORMAL_DRIVER_ARG_H

#include <stdint.h>
#include <string.h>

#include "abi/msg.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "normal/driver/os.h"

struct driver;
struct message;
struct shm;

/* More calls than this at once do not get a slot. */
#define ARG_PAGES_MAX	   1024u
/* The most RPC parameters that this driver makes room for and reads. */
#define ARG_RPC_PARAMS_MAX 8u

struct arg_pages {
	struct os_mutex mutex;
	struct list pages;
	unsigned int count;
	unsigned int slots; /* in each page */
	size_t slot_size;
};

/* A slot, and how the registers name it. */
struct arg {
	struct msg_arg *shared;
	/* Room for requests behind the message; NULL: the secure world asks for it. */
	struct msg_arg *rpc;
	uint32_t function;     /* the transport's; SMC_CALL_WITH_* */
	uint64_t reference;    /* a physical address, or the name of an object ... */
	uint32_t offset;       /* ... and the offset in it */
	struct arg_page *page; /* NULL: private */
	unsigned int slot;
	struct os_memory *memory; /* private: this slot's own page */
};

/* Call after the capabilities are known. */
void driver_args_init(struct driver *driver);
void driver_args_destroy(struct driver *driver);

/* A zeroed slot for a message of `params` parameters. -EINVAL: more than MESSAGE_PARAMS_MAX;
 * -ENOMEM; -ENODEV. May call the secure world to register a page. */
MUST_CHECK int driver_arg_get(struct driver *driver, uint32_t params, struct arg *arg);
/* A page of its own, named by its address: calls nobody. */
MUST_CHECK int driver_arg_get_private(struct driver *driver, uint32_t params, struct arg *arg);
void driver_arg_put(struct driver *driver, struct arg *arg);
/* The object that a slot which is not private lies in. */
const struct shm *driver_arg_object(const struct arg *arg);

/* Copy a message out, and what the secure world may change of it back in. */
void driver_arg_write(struct arg *arg, const struct message *message);
void driver_arg_read(const struct arg *arg, struct message *message);

/* Copy from memory that another world changes at any time: `to` is read afterwards, never `from`
 * again. The fence keeps the compiler from doing so on its own. */
static inline void shared_copy_in(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#endif
