/* ffa.h - the same secure world, reached as a partition over FF-A.
 *
 * A direct message carries w0..w7: w1 is source << 16 | destination, w2 is 0
 * (bit 31: a framework message), w3 the service, w4..w7 its arguments. There
 * is no ALLOC or FREE RPC here: the room for the RPC request always follows
 * the message. */

#ifndef ABI_FFA_H
#define ABI_FFA_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Function ids are fast calls of the STANDARD owner with these numbers. Those that carry an address
 * have a form with 64-bit registers. */
#define FFA_NUMBER_FIRST 0x60u
#define FFA_NUMBER_LAST	 0xEFu

#define FFA_ERROR			0x84000060u
#define FFA_SUCCESS			0x84000061u
#define FFA_INTERRUPT			0x84000062u
#define FFA_VERSION			0x84000063u
#define FFA_FEATURES			0x84000064u
#define FFA_RX_RELEASE			0x84000065u
#define FFA_RXTX_MAP_32			0x84000066u
#define FFA_RXTX_MAP_64			0xC4000066u
#define FFA_RXTX_UNMAP			0x84000067u
#define FFA_PARTITION_INFO_GET		0x84000068u
#define FFA_ID_GET			0x84000069u
#define FFA_MEM_DONATE_32		0x84000071u
#define FFA_MEM_DONATE_64		0xC4000071u
#define FFA_MEM_LEND_32			0x84000072u
#define FFA_MEM_LEND_64			0xC4000072u
#define FFA_MEM_SHARE_32		0x84000073u
#define FFA_MEM_SHARE_64		0xC4000073u
#define FFA_MEM_RETRIEVE_REQ_32		0x84000074u
#define FFA_MEM_RETRIEVE_REQ_64		0xC4000074u
#define FFA_MEM_RETRIEVE_RESP		0x84000075u
#define FFA_MEM_RELINQUISH		0x84000076u
#define FFA_MEM_RECLAIM			0x84000077u
#define FFA_MEM_FRAG_RX			0x8400007Au
#define FFA_MEM_FRAG_TX			0x8400007Bu
#define FFA_NOTIFICATION_BITMAP_CREATE	0x8400007Du
#define FFA_NOTIFICATION_BITMAP_DESTROY 0x8400007Eu
#define FFA_NOTIFICATION_BIND		0x8400007Fu
#define FFA_NOTIFICATION_UNBIND		0x84000080u
#define FFA_NOTIFICATION_GET		0x84000082u
#define FFA_NOTIFICATION_INFO_GET_64	0xC4000083u
#define FFA_SPM_ID_GET			0x84000085u

#define FFA_MSG_SEND_DIRECT_REQ_32  0x8400006Fu
#define FFA_MSG_SEND_DIRECT_REQ_64  0xC400006Fu
#define FFA_MSG_SEND_DIRECT_RESP_32 0x84000070u
#define FFA_MSG_SEND_DIRECT_RESP_64 0xC4000070u
/* Refused with FFA_NOT_SUPPORTED. */
#define FFA_MSG_SEND_DIRECT_REQ2    0xC400008Du

/* FFA_VERSION: w1, and w0 of the answer. Bit 31 is 0. */
#define FFA_VERSION_MAJOR_SHIFT 16
#define FFA_VERSION_1_0		0x00010000u
#define FFA_VERSION_1_1		0x00010001u
#define FFA_VERSION_RESERVED	0x80000000u

/* The partition is found by 486178e0-e7f8-11e3-bc5e-0002a5d5c51b: its octets, four to a register, the
 * first in the lowest bits. */
#define FFA_OPTEE_UUID_0 0xE0786148u
#define FFA_OPTEE_UUID_1 0xE311F8E7u
#define FFA_OPTEE_UUID_2 0x02005EBCu
#define FFA_OPTEE_UUID_3 0x1BC5D5A5u

#define FFA_SOURCE_SHIFT   16
#define FFA_PARTITION_MASK 0xFFFFu

/* Endpoints. Bit 15 is the secure world's. The normal world is one, without a hypervisor. */
#define FFA_ID_NORMAL_WORLD 0x0000u
#define FFA_ID_SECURE	    0x8000u
#define FFA_ID_SPM	    0x8000u
#define FFA_ID_TEE	    0x8001u

/* FFA_RXTX_MAP: w1 is the caller's TX buffer, w2 its RX buffer, w3 how many pages each has. */
#define FFA_RXTX_PAGES_MASK 0x3Fu
/* FFA_FEATURES of it: w2[1:0], the least size, and that is 4 KiB. */
#define FFA_RXTX_SIZE_4K    0u

/* FFA_PARTITION_INFO_GET: w1..w4 are the UUID, all zero for any; w5 since 1.1. */
#define FFA_PARTITION_COUNT_ONLY (1u << 0)

#define FFA_PARTITION_DIRECT_RECEIVE (1u << 0)
#define FFA_PARTITION_DIRECT_SEND    (1u << 1)
#define FFA_PARTITION_NOTIFICATIONS  (1u << 3)
#define FFA_PARTITION_AARCH64	     (1u << 8)

struct ffa_partition_1_0 {
	uint16_t id;
	uint16_t contexts;
	uint32_t properties;
};

struct ffa_partition {
	uint16_t id;
	uint16_t contexts;
	uint32_t properties;
	uint32_t uuid[4];
};

/* FFA_MEM_SHARE: w1 is the length of the whole description, w2 that of what is in the TX buffer. The
 * rest follows by FFA_MEM_FRAG_TX: w1 and w2 are the handle, w3 the length, w4 the sender << 16. The
 * answer is FFA_MEM_FRAG_RX (w1, w2: handle; w3: what is next) until it is FFA_SUCCESS (w2, w3:
 * handle). A description is a header, one access for each borrower, a composite, and ranges. */
struct ffa_memory_1_0 {
	uint16_t sender;
	uint8_t attributes;
	uint8_t pad_0;
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t pad_1;
	uint32_t access_count;
};

struct ffa_memory {
	uint16_t sender;
	uint16_t attributes;
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t access_size;
	uint32_t access_count;
	uint32_t access_offset;
	uint32_t pad[3];
};

struct ffa_access {
	uint16_t receiver;
	uint8_t permissions;
	uint8_t flags;
	uint32_t composite_offset;
	uint64_t pad;
};

struct ffa_composite {
	uint32_t page_count;
	uint32_t range_count;
	uint64_t pad;
};

/* Of 4 KiB pages. */
struct ffa_range {
	uint64_t address;
	uint32_t page_count;
	uint32_t pad;
};

/* Attributes: normal memory, write back, inner shareable. */
#define FFA_MEMORY_NORMAL	   (2u << 4)
#define FFA_MEMORY_WRITE_BACK	   (3u << 2)
#define FFA_MEMORY_INNER_SHAREABLE (3u << 0)
#define FFA_MEMORY_ATTRIBUTES_PLAIN                                                                \
	(FFA_MEMORY_NORMAL | FFA_MEMORY_WRITE_BACK | FFA_MEMORY_INNER_SHAREABLE)

#define FFA_ACCESS_READ_WRITE (2u << 0)
#define FFA_ACCESS_NO_EXECUTE (1u << 2)

/* Bit 63 of a handle says that a hypervisor made it. */
#define FFA_HANDLE_HYPERVISOR (1ull << 63)
#define FFA_HANDLE_INVALID    0xFFFFFFFFFFFFFFFFull

/* The sender in w4 of FFA_MEM_FRAG_TX and FFA_MEM_FRAG_RX: of a caller without a hypervisor 0. */
#define FFA_FRAGMENT_SENDER_SHIFT 16

/* FFA_MEM_RECLAIM: w1, w2 are the handle, w3 flags. */
#define FFA_RECLAIM_FLAGS_KNOWN 0u

static_assert(sizeof(struct ffa_partition_1_0) == 8, "partition of 1.0");
static_assert(sizeof(struct ffa_partition) == 24, "partition");
static_assert(offsetof(struct ffa_partition, id) == 0, "id");
static_assert(offsetof(struct ffa_partition, contexts) == 2, "contexts");
static_assert(offsetof(struct ffa_partition, properties) == 4, "properties");
static_assert(offsetof(struct ffa_partition, uuid) == 8, "uuid");
static_assert(sizeof(struct ffa_memory_1_0) == 32, "memory of 1.0");
static_assert(offsetof(struct ffa_memory_1_0, attributes) == 2, "attributes");
static_assert(offsetof(struct ffa_memory_1_0, flags) == 4, "flags");
static_assert(offsetof(struct ffa_memory_1_0, handle) == 8, "handle");
static_assert(offsetof(struct ffa_memory_1_0, tag) == 16, "tag");
static_assert(offsetof(struct ffa_memory_1_0, access_count) == 28, "access count");
static_assert(sizeof(struct ffa_memory) == 48, "memory");
static_assert(offsetof(struct ffa_memory, attributes) == 2, "attributes");
static_assert(offsetof(struct ffa_memory, flags) == 4, "flags");
static_assert(offsetof(struct ffa_memory, handle) == 8, "handle");
static_assert(offsetof(struct ffa_memory, tag) == 16, "tag");
static_assert(offsetof(struct ffa_memory, access_size) == 24, "access size");
static_assert(offsetof(struct ffa_memory, access_count) == 28, "access count");
static_assert(offsetof(struct ffa_memory, access_offset) == 32, "access offset");
static_assert(sizeof(struct ffa_access) == 16, "access");
static_assert(offsetof(struct ffa_access, permissions) == 2, "permissions");
static_assert(offsetof(struct ffa_access, flags) == 3, "access flags");
static_assert(offsetof(struct ffa_access, composite_offset) == 4, "composite offset");
static_assert(sizeof(struct ffa_composite) == 16, "composite");
static_assert(offsetof(struct ffa_composite, range_count) == 4, "range count");
static_assert(sizeof(struct ffa_range) == 16, "range");
static_assert(offsetof(struct ffa_range, page_count) == 8, "page count");

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

/* FFA_NOTIFICATION_BITMAP_CREATE and DESTROY: w1 is the receiver. FFA_NOTIFICATION_BIND and UNBIND:
 * w1 is sender << 16 | receiver, w2 flags, w3 and w4 the bits. FFA_NOTIFICATION_GET: w1[15:0] is the
 * receiver, w2 whose bits it wants; the answer has those of partitions in w2 and w3. */
#define FFA_NOTIFICATION_FROM_PARTITIONS (1u << 0)

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
#define FFA_YIELDING_NO_MEMORY	     0xFFFF000Cu
#define FFA_YIELDING_BUSY	     0xFFFF000Du

/* w3 when the guest or the blocking service is not known. */
#define FFA_UNKNOWN_GUEST   0xFFFF0008u
#define FFA_UNKNOWN_SERVICE 0xFFFF0006u

/* Is `a0` a function of FF-A? */
static inline bool ffa_is_function(uint64_t a0)
{
	uint32_t number = (uint32_t)a0 & 0xFFFFu;

	return ((uint32_t)a0 & 0xBFFF0000u) == 0x84000000u && number >= FFA_NUMBER_FIRST &&
	       number <= FFA_NUMBER_LAST;
}

static inline bool ffa_is_64(uint64_t a0)
{
	return ((uint32_t)a0 & 0x40000000u) != 0;
}

static inline uint32_t ffa_endpoints(uint16_t source, uint16_t destination)
{
	return (uint32_t)source << FFA_SOURCE_SHIFT | destination;
}

static inline uint64_t ffa_handle(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

#endif
