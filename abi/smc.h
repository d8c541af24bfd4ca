/* smc.h - the registers that cross the world switch.
 *
 * One call is eight registers out and eight registers back. Every quantity in
 * them is 32 bits wide, also on a 64-bit machine; an address or a cookie takes
 * two registers, the high half first. Fast calls return a0..a3 only. */

#ifndef ABI_SMC_H
#define ABI_SMC_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smc_regs {
	uint64_t a0;
	uint64_t a1;
	uint64_t a2;
	uint64_t a3;
	uint64_t a4;
	uint64_t a5;
	uint64_t a6;
	uint64_t a7;
};

static_assert(sizeof(struct smc_regs) == 64, "eight registers");
static_assert(offsetof(struct smc_regs, a0) == 0, "a0");
static_assert(offsetof(struct smc_regs, a1) == 8, "a1");
static_assert(offsetof(struct smc_regs, a2) == 16, "a2");
static_assert(offsetof(struct smc_regs, a3) == 24, "a3");
static_assert(offsetof(struct smc_regs, a4) == 32, "a4");
static_assert(offsetof(struct smc_regs, a5) == 40, "a5");
static_assert(offsetof(struct smc_regs, a6) == 48, "a6");
static_assert(offsetof(struct smc_regs, a7) == 56, "a7");

/* How a function id is made: fast or yielding, 32-bit convention, an owner,
 * a number. */
#define SMC_FAST	0x80000000u
#define SMC_64		0x40000000u
#define SMC_OWNER_SHIFT 24
#define SMC_OWNER_MASK	0x3Fu
#define SMC_NUMBER_MASK 0xFFFFu

enum smc_owner {
	SMC_OWNER_ARCH = 0,
	SMC_OWNER_CPU = 1,
	SMC_OWNER_SIP = 2,
	SMC_OWNER_OEM = 3,
	SMC_OWNER_STANDARD = 4,
	SMC_OWNER_TRUSTED_APP = 48,
	SMC_OWNER_TRUSTED_OS = 50,
	SMC_OWNER_TRUSTED_OS_DISPATCHER = 62,
	SMC_OWNER_TRUSTED_OS_API = 63,
};

/* Questions about the interface itself. Fast. */
#define SMC_CALLS_COUNT	   0xBF00FF00u
#define SMC_CALLS_UID	   0xBF00FF01u
#define SMC_CALLS_REVISION 0xBF00FF03u

/* Consumed by the firmware at EL3, never by the secure world. Fast. */
#define SMC_CALL_LOAD_IMAGE 0xBF000002u

/* Fast calls: answered at once, with interrupts masked. */
#define SMC_GET_OS_UUID		  0xB2000000u
#define SMC_GET_OS_REVISION	  0xB2000001u
#define SMC_GET_SHM_CONFIG	  0xB2000007u
#define SMC_L2CC_MUTEX		  0xB2000008u
#define SMC_EXCHANGE_CAPABILITIES 0xB2000009u
#define SMC_DISABLE_SHM_CACHE	  0xB200000Au
#define SMC_ENABLE_SHM_CACHE	  0xB200000Bu
#define SMC_BOOT_SECONDARY	  0xB200000Cu
#define SMC_VM_CREATED		  0xB200000Du
#define SMC_VM_DESTROYED	  0xB200000Eu
#define SMC_GET_THREAD_COUNT	  0xB200000Fu
#define SMC_ENABLE_ASYNC_NOTIF	  0xB2000010u
#define SMC_GET_ASYNC_NOTIF_VALUE 0xB2000011u
#define SMC_GET_PROTMEM_CONFIG	  0xB2000014u

/* Yielding calls: run on a secure thread, may return as an RPC. */
#define SMC_RETURN_FROM_RPC    0x32000003u
#define SMC_CALL_WITH_ARG      0x32000004u
#define SMC_CALL_WITH_RPC_ARG  0x32000012u
#define SMC_CALL_WITH_REGD_ARG 0x32000013u

/* Results, in a0. */
#define SMC_OK		     0x0u
#define SMC_ETHREAD_LIMIT    0x1u
#define SMC_EBUSY	     0x2u
#define SMC_ERESUME	     0x3u
#define SMC_EBADADDR	     0x4u
#define SMC_EBADCMD	     0x5u
#define SMC_ENOMEM	     0x6u
#define SMC_ENOTAVAIL	     0x7u
#define SMC_UNKNOWN_FUNCTION 0xFFFFFFFFu

/* A result in this range says that a secure thread is suspended and wants
 * something; a3 is its index and has to come back unchanged. */
#define SMC_RPC_MASK	      0xFFFF0000u
#define SMC_RPC_PREFIX	      0xFFFF0000u
#define SMC_RPC_FUNCTION_MASK 0xFFFFu

#define SMC_RPC_FUNCTION_ALLOC	      0x0u
#define SMC_RPC_FUNCTION_FREE	      0x2u
#define SMC_RPC_FUNCTION_FOREIGN_INTR 0x4u
#define SMC_RPC_FUNCTION_CMD	      0x5u

#define SMC_RPC_ALLOC	     0xFFFF0000u
#define SMC_RPC_FREE	     0xFFFF0002u
#define SMC_RPC_FOREIGN_INTR 0xFFFF0004u
#define SMC_RPC_CMD	     0xFFFF0005u

/* CALLS_COUNT answers a number of the past, not a census. */
#define SMC_CALLS_COUNT_VALUE	 12u
#define SMC_CALLS_COUNT_VALUE_VM 14u

/* CALLS_UID: 384fb3e0-e7f8-11e3-af63-0002a5d5c51b. */
#define SMC_UID_0 0x384FB3E0u
#define SMC_UID_1 0xE7F811E3u
#define SMC_UID_2 0xAF630002u
#define SMC_UID_3 0xA5D5C51Bu

/* CALLS_UID as the firmware answers it while it waits for LOAD_IMAGE. */
#define SMC_IMAGE_LOAD_UID_0 0xA3FBEAB1u
#define SMC_IMAGE_LOAD_UID_1 0x1246315Du
#define SMC_IMAGE_LOAD_UID_2 0xC7C406B9u
#define SMC_IMAGE_LOAD_UID_3 0xC03CBEA4u

/* GET_OS_UUID: 486178e0-e7f8-11e3-bc5e-0002a5d5c51b. */
#define SMC_OS_UUID_0 0x486178E0u
#define SMC_OS_UUID_1 0xE7F811E3u
#define SMC_OS_UUID_2 0xBC5E0002u
#define SMC_OS_UUID_3 0xA5D5C51Bu

/* CALLS_REVISION. */
#define SMC_API_REVISION_MAJOR 2u
#define SMC_API_REVISION_MINOR 0u

/* a3 of CALL_WITH_ARG and the cache setting of GET_SHM_CONFIG. */
#define SMC_SHM_CACHED 1u

/* EXCHANGE_CAPABILITIES: what the normal world says in a1. */
#define SMC_NSEC_CAP_UNIPROCESSOR (1u << 0)
#define SMC_NSEC_CAP_KNOWN	  SMC_NSEC_CAP_UNIPROCESSOR

/* EXCHANGE_CAPABILITIES: what the secure world answers in a1. */
#define SMC_SEC_CAP_HAVE_RESERVED_SHM (1u << 0)
#define SMC_SEC_CAP_UNREGISTERED_SHM  (1u << 1)
#define SMC_SEC_CAP_DYNAMIC_SHM	      (1u << 2)
#define SMC_SEC_CAP_VIRTUALIZATION    (1u << 3)
#define SMC_SEC_CAP_MEMREF_NULL	      (1u << 4)
#define SMC_SEC_CAP_ASYNC_NOTIF	      (1u << 5)
#define SMC_SEC_CAP_RPC_ARG	      (1u << 6)
#define SMC_SEC_CAP_RPMB_PROBE	      (1u << 7)
#define SMC_SEC_CAP_PROTMEM	      (1u << 8)
#define SMC_SEC_CAP_DYNAMIC_PROTMEM   (1u << 9)

/* EXCHANGE_CAPABILITIES: a3, parameters of the RPC message. */
#define SMC_SEC_CAP_RPC_PARAMS_MASK 0xFFu

/* GET_ASYNC_NOTIF_VALUE: a2. */
#define SMC_ASYNC_NOTIF_VALID	(1u << 0)
#define SMC_ASYNC_NOTIF_PENDING (1u << 1)

/* The space of notification values. With asynchronous notifications 0..63 are
 * theirs and a secure thread waits on 64 + its index; without them a thread
 * waits on its index and the normal world assumes a highest value of 255. */
#define SMC_NOTIF_VALUE_BOTTOM_HALF    0u
#define SMC_NOTIF_ASYNC_VALUE_MAX      63u
#define SMC_NOTIF_ASYNC_VALUES	       64u
#define SMC_NOTIF_SYNC_BASE_WITH_ASYNC 64u
#define SMC_NOTIF_SYNC_BASE	       0u
#define SMC_NOTIF_VALUE_MAX_DEFAULT    255u

/* L2CC_MUTEX: a1. */
enum smc_l2cc_mutex {
	SMC_L2CC_MUTEX_GET_ADDR = 0,
	SMC_L2CC_MUTEX_SET_ADDR = 1,
	SMC_L2CC_MUTEX_ENABLE = 2,
	SMC_L2CC_MUTEX_DISABLE = 3,
};

/* LOAD_IMAGE: what the firmware answers. */
#define SMC_LOAD_IMAGE_OK     0
#define SMC_LOAD_IMAGE_EPERM  (-1)
#define SMC_LOAD_IMAGE_EINVAL (-22)

/* How the secure world of aarch64 returns to the monitor: the id goes in x0,
 * arguments of full register width follow. */
#define OPTEED_RETURN_ENTRY_DONE	0xBE000000u
#define OPTEED_RETURN_ON_DONE		0xBE000001u
#define OPTEED_RETURN_OFF_DONE		0xBE000002u
#define OPTEED_RETURN_SUSPEND_DONE	0xBE000003u
#define OPTEED_RETURN_RESUME_DONE	0xBE000004u
#define OPTEED_RETURN_CALL_DONE		0xBE000005u
#define OPTEED_RETURN_FIQ_DONE		0xBE000006u
#define OPTEED_RETURN_SYSTEM_OFF_DONE	0xBE000007u
#define OPTEED_RETURN_SYSTEM_RESET_DONE 0xBE000008u

/* The vector table that RETURN_ENTRY_DONE hands over: nine branches. Resume
 * stands before suspend. */
#define OPTEED_VECTOR_YIELD_SMC	   0x00
#define OPTEED_VECTOR_FAST_SMC	   0x04
#define OPTEED_VECTOR_CPU_ON	   0x08
#define OPTEED_VECTOR_CPU_OFF	   0x0C
#define OPTEED_VECTOR_CPU_RESUME   0x10
#define OPTEED_VECTOR_CPU_SUSPEND  0x14
#define OPTEED_VECTOR_FIQ	   0x18
#define OPTEED_VECTOR_SYSTEM_OFF   0x1C
#define OPTEED_VECTOR_SYSTEM_RESET 0x20
#define OPTEED_VECTOR_TABLE_SIZE   0x24

/* What the dispatcher remembers of each CPU. */
enum opteed_cpu_state {
	OPTEED_CPU_UNKNOWN = 0,
	OPTEED_CPU_OFF = 1,
	OPTEED_CPU_ON = 2,
	OPTEED_CPU_SUSPEND = 3,
};

/* x1 at entry when the firmware passes a transfer list. */
#define OPTEED_TRANSFER_LIST_A64_SHIFT 32
#define OPTEED_TRANSFER_LIST_A32_SHIFT 24

/* The header of the image file that the firmware loads: "OPTE". */
#define OPTEE_IMAGE_MAGIC	  0x4554504Fu
#define OPTEE_IMAGE_VERSION	  2u
#define OPTEE_IMAGE_ARCH_A32	  0u
#define OPTEE_IMAGE_ARCH_A64	  1u
#define OPTEE_IMAGE_ID_PAGER	  0u
#define OPTEE_IMAGE_ID_PAGED	  1u
/* Both halves of the load address: the loader decides. */
#define OPTEE_IMAGE_LOAD_ANYWHERE 0xFFFFFFFFu

struct optee_image_entry {
	uint32_t load_addr_hi;
	uint32_t load_addr_lo;
	uint32_t image_id;
	uint32_t size;
};

struct optee_image_header {
	uint32_t magic;
	uint8_t version;
	uint8_t arch;
	uint16_t flags;
	uint32_t nb_images;
	struct optee_image_entry images[];
};

static_assert(sizeof(struct optee_image_entry) == 16, "image entry");
static_assert(offsetof(struct optee_image_entry, load_addr_hi) == 0, "address");
static_assert(offsetof(struct optee_image_entry, load_addr_lo) == 4, "address");
static_assert(offsetof(struct optee_image_entry, image_id) == 8, "image id");
static_assert(offsetof(struct optee_image_entry, size) == 12, "size");
static_assert(sizeof(struct optee_image_header) == 12, "image header");
static_assert(offsetof(struct optee_image_header, magic) == 0, "magic");
static_assert(offsetof(struct optee_image_header, version) == 4, "version");
static_assert(offsetof(struct optee_image_header, arch) == 5, "arch");
static_assert(offsetof(struct optee_image_header, flags) == 6, "flags");
static_assert(offsetof(struct optee_image_header, nb_images) == 8, "count");
static_assert(offsetof(struct optee_image_header, images) == 12, "images");

/* True when `a0` says that a secure thread waits for an RPC. Only the low
 * 32 bits count. */
static inline bool smc_is_rpc(uint64_t a0)
{
	uint32_t result = (uint32_t)a0;

	return result != SMC_UNKNOWN_FUNCTION && (result & SMC_RPC_MASK) == SMC_RPC_PREFIX;
}

static inline bool smc_is_fast(uint64_t a0)
{
	return ((uint32_t)a0 & SMC_FAST) != 0;
}

static inline uint64_t smc_u64_from_pair(uint64_t high, uint64_t low)
{
	return (uint64_t)(uint32_t)high << 32 | (uint32_t)low;
}

static inline uint32_t smc_u64_high(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static inline uint32_t smc_u64_low(uint64_t value)
{
	return (uint32_t)value;
}

#endif
