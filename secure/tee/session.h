/* session.h - a client's connection to a TA instance.
 *
 * Clients are the normal world, which is one client however many programs it has, and each TA
 * instance that opens sessions itself. A client names its sessions by ids of its own. */
#ifndef SECURE_TEE_SESSION_H
#define SECURE_TEE_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "secure/tee/param.h"
#include "secure/tee/turn.h"

#define SESSIONS_MAX 512u

/* The timeout that is none. */
#define SESSION_TIMEOUT_NONE 0xFFFFFFFFu

struct instance;

struct session {
	struct list link;   /* in the list of its client */
	uint32_t id;	    /* what the client knows it by, */
	uint32_t reference; /* and what the TA does */
	struct instance *instance;
	TEE_Identity client;

	/* Invoke and close exclude each other. */
	struct turn turn;
	/* Those who hold a pointer: the client's list, and who waits or works. */
	unsigned int users;
	bool closed;

	/* Of the entry in progress. Another thread sets `cancelled`. */
	atomic_bool cancelled;
	bool cancel_masked;
	uint64_t deadline_ns; /* UINT64_MAX: none */
};

/* At boot. */
void sessions_init(void);

/* The sessions of the normal world. */
struct list *session_normal_world(void);

/* Who opens a session, and with whom. */
struct session_request {
	TEE_UUID uuid;
	TEE_Identity client;
	uint32_t timeout_ms; /* then the entry counts as cancelled */
};

/* These return the result for the client, with its origin (TEE_ORIGIN_*): TRUSTED_APP whenever the
 * TA ran and lived, else TEE. `opened` is the client's list. Outputs in `params` are updated. They
 * run on a secure thread with a call in progress, and sleep.
 *
 * Open: see instance_join(); OUT_OF_MEMORY also when TAs call one another too deep. `id` is 0 on
 * failure. BUSY: the TA waits for the caller. TARGET_DEAD: the TA died. */
TEE_Result session_open(struct list *opened, const struct session_request *request,
			struct params *params, uint32_t *id, uint32_t *origin);

/* BAD_PARAMETERS: no such session. Otherwise as above. */
TEE_Result session_invoke(struct list *opened, uint32_t id, uint32_t command, uint32_t timeout_ms,
			  struct params *params, uint32_t *origin);

/* ITEM_NOT_FOUND: no such session. The TA's opinion is not asked. */
TEE_Result session_close(struct list *opened, uint32_t id);

/* Ask the TA to give up what it does in this session. BAD_PARAMETERS: no such session. */
TEE_Result session_cancel(struct list *opened, uint32_t id);

/* Close what TAs that are gone left behind. At the end of each call, outside every TA. */
void session_close_orphans(void);

/* Was the entry in progress cancelled, and does the TA want to know? */
bool session_is_cancelled(const struct session *session);

/* Sessions in all, for the census and for tests. */
unsigned int session_count(void);

#endif
