/* raw.h - a normal world by hand: messages and replies written byte by byte, registers set one
 * by one.
 *
 * For what no honest driver says. It serves requests truthfully until told to meddle with them,
 * and keeps account of what it gave the secure world. Calls run on the calling task, to their
 * end. */
#ifndef SIM_RAW_H
#define SIM_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/msg.h"
#include "abi/smc.h"

#define RAW_OBJECTS_MAX 128u

struct os_file;
struct service;
struct raw;

/* Memory of this normal world, and its name where it has one. With FF-A it is shared from its
 * beginning to its end, and registering is nothing. */
struct raw_object {
	uint64_t cookie; /* 0: this slot is free */
	struct os_file *file;
	uint8_t *bytes;
	size_t size;
	struct os_file *list; /* its page list */
	uint64_t list_address;
	bool given; /* by an RPC, and not given back */
};

/* A request of the secure world, before its answer goes back. */
struct raw_request {
	unsigned int number; /* counts RPCs since raw_new() */
	uint32_t function;   /* SMC_RPC_FUNCTION_* */
	struct msg_arg *arg; /* of CMD: the reply is in it already; else NULL */
	uint32_t command;    /* as asked: RPC_CMD_*, */
	struct msg_param asked[MSG_RPC_PARAMS_MAX];
	struct smc_regs *regs; /* as they are about to be sent back */
};

struct raw *raw_new(struct service *service);
/* All that RPCs got was given back. */
void raw_free(struct raw *raw);
/* Forgets what the secure world was given, for when it was lied to about it. */
void raw_write_off(struct raw *raw);
/* Objects that the secure world got by RPC and has not given back. */
unsigned int raw_given(const struct raw *raw);

/* Called with each request once it is answered truthfully. NULL: nobody. */
void raw_on_request(struct raw *raw, void (*meddle)(void *arg, struct raw_request *request),
		    void *arg);
/* Requests answered so far. */
unsigned int raw_requests(const struct raw *raw);

/* `size` bytes, scattered, with a page list; the secure world does not know them yet. */
struct raw_object *raw_object_new(struct raw *raw, size_t size);
void raw_object_free(struct raw_object *object);
uint64_t raw_object_page(const struct raw_object *object, size_t index);

/* Enter with `regs` and serve all RPCs; the registers that come back at the end. */
struct smc_regs raw_smc(struct raw *raw, struct smc_regs regs);

/* A page to write a message in, zero. One at a time; room for requests follows the message. */
struct msg_arg *raw_message(struct raw *raw, uint32_t cmd, uint32_t params);
uint64_t raw_message_page(const struct raw *raw);
/* Send the page by address, with or without room for requests. The final a0; the message's ret is
 * not written yet when that is not SMC_OK. */
uint32_t raw_call(struct raw *raw);
uint32_t raw_call_bare(struct raw *raw);

/* Which function whole calls are made with: SMC_CALL_WITH_RPC_ARG at first, or
 * SMC_CALL_WITH_ARG. */
void raw_call_function(struct raw *raw, uint32_t function);

/* Whole calls, by message; SMC_OK is expected. */
TEE_Result raw_register(struct raw *raw, const struct raw_object *object);
TEE_Result raw_unregister(struct raw *raw, uint64_t cookie);
TEE_Result raw_open(struct raw *raw, const TEE_UUID *uuid, uint32_t *session);
TEE_Result raw_invoke(struct raw *raw, uint32_t session, uint32_t command,
		      const struct msg_param *params, uint32_t count);
TEE_Result raw_close(struct raw *raw, uint32_t session);

/* Fill in what OPEN_SESSION begins with. */
void raw_open_meta(struct msg_arg *arg, const TEE_UUID *uuid, uint32_t login);

#endif
