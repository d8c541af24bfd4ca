/* observe.h - filling in struct driver_event. One of them follows a call or an RPC from its
 * begin to its end; os_event() sees it at each step. */
#ifndef NORMAL_DRIVER_OBSERVE_H
#define NORMAL_DRIVER_OBSERVE_H

#include <stdint.h>

#include "normal/driver/call.h"
#include "normal/driver/event.h"
#include "normal/driver/shm.h"

void driver_event_call_begin(struct driver_event *event, const struct call *call,
			     const struct message *message);
void driver_event_call_end(struct driver_event *event, const struct message *message);

/* A call that shares the object's memory, or takes it back, without a message. */
void driver_event_sharing_begin(struct driver_event *event, const struct shm *shm,
				uint32_t function);
void driver_event_sharing_end(struct driver_event *event, uint32_t result);

/* An RPC that is registers alone: ALLOC, FREE, FOREIGN_INTR. */
void driver_event_rpc_begin(struct driver_event *event, const struct call *call, uint32_t function,
			    uint64_t bytes);
void driver_event_rpc_end(struct driver_event *event, uint32_t result);

/* An RPC with a request, in the driver's own copy. A name that a memref refers to is copied, once,
 * for the observer alone. */
void driver_event_request_begin(struct driver_event *event, const struct call *call,
				uint32_t command, const struct msg_param *params, uint32_t count);
void driver_event_request_end(struct driver_event *event, const struct msg_param *params,
			      uint32_t count, uint32_t result, uint32_t origin);

/* `event` is a copy of the RPC's. */
void driver_event_supplicant(struct driver_event event, enum driver_event_kind kind,
			     uint32_t result);

#endif
