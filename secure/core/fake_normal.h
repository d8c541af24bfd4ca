/* fake_normal.h - a normal world for the core's tests: memory, page lists, and answers to RPCs.
 *
 * A call is stepped by the test: it runs on a secure thread until it leaves the secure world, and
 * the test looks at why and answers itself or lets the fake answer as a driver would. */
#ifndef SECURE_CORE_FAKE_NORMAL_H
#define SECURE_CORE_FAKE_NORMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/msg.h"
#include "abi/smc.h"

/* Forget all memory and counters. After fake_reset(). */
void fake_normal_reset(void);

/* --- Memory ---------------------------------------------------------------------------------- */

/* The physical address of `count` zeroed pages next to one another. Never freed, but forgotten. */
uint64_t fake_pages(size_t count);
/* A page list of these addresses; its pages are not next to one another. */
uint64_t fake_list(const uint64_t *pages, size_t count);
/* Page `page` of a list. */
struct msg_page_list *fake_list_page(uint64_t list, size_t page);
/* A list of `count` fresh pages in an order that is not theirs; *pages gets the addresses. */
uint64_t fake_list_of(size_t count, uint64_t *pages);

/* --- Calls ----------------------------------------------------------------------------------- */

struct fake_call {
	/* What left the secure world. */
	struct smc_regs regs;
	/* Where a request lies when the cookie is 0. */
	uint64_t room;
};

/* Run work(arg) and, at its end, rpc_end() on a secure thread until it leaves. */
void fake_call_start(struct fake_call *call, void (*work)(void *arg), void *arg);
bool fake_call_finished(const struct fake_call *call);

/* The function of the RPC that it left with: SMC_RPC_*. */
uint32_t fake_call_rpc(const struct fake_call *call);
/* The request of SMC_RPC_CMD, in normal memory. */
struct msg_arg *fake_call_request(const struct fake_call *call);

/* The first page of a memory object that the fake gave: what a request's memref refers to. */
void *fake_object_bytes(uint64_t cookie);

/* Take it up again, with nothing, or with an answer to ALLOC. */
void fake_call_resume(struct fake_call *call);
void fake_call_resume_alloc(struct fake_call *call, uint64_t address, uint64_t cookie);

/* Answer as a driver would and take it up again. False, and nothing done: it waits for a
 * notification that nobody has sent. */
bool fake_call_serve(struct fake_call *call);
/* Only what a driver answers with memory of its own: stop at the first other request or the end. */
void fake_call_serve_rooms(struct fake_call *call);
/* Serve until it ends; the test fails when it waits for ever. */
void fake_call_finish(struct fake_call *call);
/* Start and finish. */
void fake_call_run(void (*work)(void *arg), void *arg);

/* --- What a driver keeps --------------------------------------------------------------------- */

struct fake_normal_world {
	/* Rooms for requests (ALLOC, FREE) and shared memory (SHM_ALLOC, SHM_FREE): not yet freed,
	 * and ever. Freeing something twice aborts. */
	long rooms_live;
	long rooms_made;
	long shms_live;
	long shms_made;
	/* The cookie that the last SHM_FREE named. */
	uint64_t last_freed;
	/* Bytes asked for by the last SHM_ALLOC. */
	uint64_t last_asked;
	long waits;
	long sends;
	/* ALLOC is answered with nothing. */
	bool is_out_of_memory;
	/* Called with the reply before the secure world gets it. */
	void (*lie)(struct msg_arg *reply);
	/* Called with each request before it is answered. */
	void (*look)(const struct msg_arg *request);
};

extern struct fake_normal_world normal;

/* Post notification `key`, as a driver that invents a wake-up. */
void fake_notify(uint64_t key);

/* For a test that is a driver on several CPUs: answer a NOTIFICATION in its message. False, and
 * nothing done: it has to wait. */
bool fake_notification_serve(struct msg_arg *arg);

#endif
