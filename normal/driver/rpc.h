/* rpc.h - the secure world asks: answer here, or hand it to the supplicant. */
#ifndef NORMAL_DRIVER_RPC_H
#define NORMAL_DRIVER_RPC_H

#include <stddef.h>

struct call;
struct msg_arg;

/* Answer the request at `shared`, where there is room for `room` bytes. May sleep. Whatever the
 * secure world writes there, it gets an answer at worst. */
void driver_rpc_serve(struct call *call, struct msg_arg *shared, size_t room);

/* The secure world left because of an interrupt. */
void driver_rpc_interrupt(struct call *call);

#endif
