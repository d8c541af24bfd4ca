/* event.h - what the driver tells an observer: each call and each RPC as it crosses. */
#ifndef NORMAL_DRIVER_EVENT_H
#define NORMAL_DRIVER_EVENT_H

#include <stdint.h>

enum driver_event_kind {
	DRIVER_EVENT_CALL_BEGIN, /* a message is about to enter the secure world */
	DRIVER_EVENT_CALL_END,
	DRIVER_EVENT_RPC_BEGIN,	      /* the secure world asks */
	DRIVER_EVENT_RPC_END,	      /* the answer is about to go back */
	DRIVER_EVENT_SUPPLICANT_TAKE, /* the supplicant got the request */
	DRIVER_EVENT_SUPPLICANT_ANSWER,
};

struct driver_event {
	enum driver_event_kind kind;
	uint64_t time_ns; /* os_time_monotonic_ns() */
	uint64_t call;	  /* counts yielding calls since probe; ties events together */
	int32_t pid;	  /* the client's, 0: the driver itself */
	/* SMC_RPC_* of an RPC; of a call 0, or the function of FF-A that shares memory. */
	uint32_t function;
	uint32_t command;     /* MSG_CMD_* of a call, RPC_CMD_* of an RPC_CMD */
	uint32_t sub_command; /* FS, SOCKET: p0.a; INVOKE: the TA's command; else 0 */
	uint32_t session;
	uint32_t request; /* supplicant request id, 0: not the supplicant's */
	uint32_t result;  /* at an end: TEE_Result */
	uint32_t origin;
	uint64_t bytes;	      /* memory referenced by the parameters, as asked or as answered */
	uint64_t duration_ns; /* at an end: since its begin */
	char detail[64];      /* file name, TA UUID, time-out ...: printable, cut to fit */
};

#endif
