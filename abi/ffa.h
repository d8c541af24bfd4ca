/* ffa.h - the same secure world, reached as a partition over FF-A.
 *
 * A direct message carries w0..w7: w1 is source << 16 | destination, w2 is 0
 * (bit 31: a framework message), w3 the service, w4..w7 its arguments. There
 * is no ALLOC or FREE RPC here: the room for the RPC request always follows
 * the message. */

#ifndef ABI_FFA_H
#define ABI_FFA_H

#include <stdint.h>

#define FFA_MSG_SEND_DIRECT_REQ_32  0x8400006Fu
#define FFA_MSG_SEND_DIRECT_REQ_64  0xC400006Fu
#define FFA_MSG_SEND_DIRECT_RESP_32 0x84000070u
#define FFA_MSG_SEND_DIRECT_RESP_64 0xC4000070u
/* Refused with FFA_NOT_SUPPORTED. */
#define FFA_MSG_SEND_DIRECT_REQ2    0xC400008Du

/* The partition is found by 486178e0-e7f8-11e3-bc5e-0002a5d5c51b. */
#define FFA_OPTEE_UUID_0 0x486178E0u
#define FFA_OPTEE_UUID_1 0xE7F811E3u
#define FFA_OPTEE_UUID_2 0xBC5E0002u
#define FFA_OPTEE_UUID_3 0xA5D5C51Bu

#define FFA_SOURCE_SHIFT   16
#define FFA_PARTITION_MASK 0xFFFFu

/* w2. */
#define FFA_FRAMEWORK_MESSAGE 0x80000000u

#define FFA_FRAMEWORK_VM_CREATED	    4u
#define FFA_FRAMEWORK_VM_CREATED_RESPONSE   5u
#define FFA_FRAMEWORK_VM_DESTROYED	    6u
#define FFA_FRAMEWORK_VM_DESTROYED_RESPONSE 7u
#define FFA_FRAMEWORK_VERSION		    8u
#define FFA_FRAMEWORK_VERSION_RESPONSE	    9u

/* Status words. */
#define FFA_OK		       0
#define FFA_NOT_SUPPORTED      (-1)
#define FFA_INVALID_PARAMETERS (-2)
#define FFA_NO_MEMORY	       (-3)
#define FFA_BUSY	       (-4)
#define FFA_INTERRUPTED	       (-5)
#define FFA_DENIED	       (-6)
#define FFA_RETRY	       (-7)
#define FFA_ABORTED	       (-8)
#define FFA_NO_DATA	       (-9)

/* w3: bit 31 says that the service yields. */
#define FFA_SERVICE_YIELDING 0x80000000u

#define FFA_GET_API_VERSION	   0x00000000u
#define FFA_GET_OS_VERSION	   0x00000001u
#define FFA_EXCHANGE_CAPABILITIES  0x00000002u
#define FFA_UNREGISTER_SHM	   0x00000003u
#define FFA_ENABLE_ASYNC_NOTIF	   0x00000005u
#define FFA_RELEASE_PROTMEM	   0x00000008u
#define FFA_YIELDING_CALL_WITH_ARG 0x80000000u
#define FFA_YIELDING_CALL_RESUME   0x80000001u

#define FFA_API_VERSION_MAJOR 1u
#define FFA_API_VERSION_MINOR 0u

/* EXCHANGE_CAPABILITIES: w4 and w5 of the answer. */
#define FFA_CAP_RPC_PARAMS_MASK 0xFFu
#define FFA_CAP_ARG_OFFSET	(1u << 0)
#define FFA_CAP_ASYNC_NOTIF	(1u << 1)
#define FFA_CAP_RPMB_PROBE	(1u << 2)
#define FFA_CAP_PROTMEM		(1u << 3)

/* ENABLE_ASYNC_NOTIF: the bottom-half notification id is below this. */
#define FFA_NOTIFICATIONS_MAX 64u

/* w4 of a yielding answer; w7 is what a resume has to carry. */
enum ffa_yielding_return {
	FFA_YIELDING_DONE = 0,
	FFA_YIELDING_RPC_CMD = 1,
	FFA_YIELDING_INTERRUPT = 2,
};

/* w3 of a yielding answer: TEE results, apart from FFA_DENIED. */
#define FFA_YIELDING_OK		     0x00000000u
#define FFA_YIELDING_BAD_PARAMETERS  0xFFFF0006u
#define FFA_YIELDING_NOT_IMPLEMENTED 0xFFFF0009u
#define FFA_YIELDING_BUSY	     0xFFFF000Du

/* w3 when the guest or the blocking service is not known. */
#define FFA_UNKNOWN_GUEST   0xFFFF0008u
#define FFA_UNKNOWN_SERVICE 0xFFFF0006u

static inline uint32_t ffa_endpoints(uint16_t source, uint16_t destination)
{
	return (uint32_t)source << FFA_SOURCE_SHIFT | destination;
}

static inline uint64_t ffa_handle(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

#endif
