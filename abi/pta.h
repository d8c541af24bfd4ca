/* pta.h - the services of the secure world that look like TAs.
 *
 * A UUID here is an initialiser of a TEE_UUID. */

#ifndef ABI_PTA_H
#define ABI_PTA_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Which TAs are devices. */
#define PTA_DEVICE_UUID                                                                            \
	{                                                                                          \
		0x7011a688, 0xddde, 0x4053, { 0xa5, 0xa9, 0x7b, 0x3c, 0x4d, 0xdf, 0x13, 0xb8 },    \
	}

enum pta_device_cmd {
	PTA_DEVICE_GET_DEVICES = 0,
	PTA_DEVICE_GET_DEVICES_SUPP = 1,
	PTA_DEVICE_GET_DEVICES_RPMB = 2,
};

/* What libutee and the loader ask for a TA. */
#define PTA_SYSTEM_UUID                                                                            \
	{                                                                                          \
		0x3a2f8978, 0x5dc0, 0x11e8, { 0x9c, 0x2d, 0xfa, 0x7a, 0xe0, 0x1b, 0xbe, 0xbc },    \
	}

enum pta_system_cmd {
	PTA_SYSTEM_ADD_RNG_ENTROPY = 0,
	PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY = 1,
	PTA_SYSTEM_MAP_ZI = 2,
	PTA_SYSTEM_UNMAP = 3,
	PTA_SYSTEM_OPEN_TA_BINARY = 4,
	PTA_SYSTEM_CLOSE_TA_BINARY = 5,
	PTA_SYSTEM_MAP_TA_BINARY = 6,
	PTA_SYSTEM_COPY_FROM_TA_BINARY = 7,
	PTA_SYSTEM_SET_PROT = 8,
	PTA_SYSTEM_REMAP = 9,
	PTA_SYSTEM_DLOPEN = 10,
	PTA_SYSTEM_DLSYM = 11,
	PTA_SYSTEM_GET_TPM_EVENT_LOG = 12,
	PTA_SYSTEM_SUPP_PLUGIN_INVOKE = 13,
};

/* Sockets; only TAs may call. */
#define PTA_SOCKET_UUID                                                                            \
	{                                                                                          \
		0x3b996a7d, 0x2c2b, 0x4a49, { 0xa8, 0x96, 0xe1, 0xfb, 0x57, 0x66, 0xd2, 0xf4 },    \
	}

enum pta_socket_cmd {
	PTA_SOCKET_OPEN = 1,
	PTA_SOCKET_CLOSE = 2,
	PTA_SOCKET_SEND = 3,
	PTA_SOCKET_RECV = 4,
	PTA_SOCKET_IOCTL = 5,
};

/* Profiles of a TA. */
#define PTA_GPROF_UUID                                                                             \
	{                                                                                          \
		0x2f6e0d48, 0xc574, 0x426d, { 0x82, 0x4e, 0x40, 0x19, 0x8c, 0xde, 0x5c, 0xac },    \
	}

enum pta_gprof_cmd {
	PTA_GPROF_SEND = 0,
	PTA_GPROF_START_PC_SAMPLING = 1,
	PTA_GPROF_STOP_PC_SAMPLING = 2,
};

/* Memory and time. */
#define PTA_STATS_UUID                                                                             \
	{                                                                                          \
		0xd96a5b40, 0xe2c7, 0xb1af, { 0x87, 0x94, 0x10, 0x02, 0xa5, 0xd5, 0xc6, 0x1b },    \
	}

enum pta_stats_cmd {
	PTA_STATS_PAGER = 0,
	PTA_STATS_ALLOC = 1,
	PTA_STATS_MEMLEAK = 2,
	PTA_STATS_TA_STATS = 3,
	PTA_STATS_GET_TIME = 4,
	PTA_STATS_PRINT_DRIVER_INFO = 5,
};

/* The core's own tests. */
#define PTA_INVOKE_TESTS_UUID                                                                      \
	{                                                                                          \
		0xd96a5b40, 0xc3e5, 0x21e3, { 0x87, 0x94, 0x10, 0x02, 0xa5, 0xd5, 0xc6, 0x1b },    \
	}

enum pta_invoke_tests_cmd {
	PTA_INVOKE_TESTS_TRACE = 0,
	PTA_INVOKE_TESTS_PARAMS = 1,
	PTA_INVOKE_TESTS_SELF_TESTS = 2,
	PTA_INVOKE_TESTS_COPY_NSEC_TO_SEC = 3,
	PTA_INVOKE_TESTS_READ_MODIFY_SEC = 4,
	PTA_INVOKE_TESTS_COPY_SEC_TO_NSEC = 5,
	PTA_INVOKE_TESTS_FS_HTREE = 6,
	PTA_INVOKE_TESTS_MUTEX = 7,
	PTA_INVOKE_TESTS_LOCKDEP = 8,
	PTA_INVOKE_TESTS_AES_PERF = 9,
	PTA_INVOKE_TESTS_MEMREF_NULL = 10,
	PTA_INVOKE_TESTS_DT_DRIVER = 11,
	PTA_INVOKE_TESTS_TRANSFER_LIST = 12,
};

/* Installing a TA into secure storage. */
#define PTA_SECSTOR_TA_MGMT_UUID                                                                   \
	{                                                                                          \
		0x6e256cba, 0xfc4d, 0x4941, { 0xad, 0x09, 0x2c, 0xa1, 0x86, 0x03, 0x42, 0xdd },    \
	}

enum pta_secstor_ta_mgmt_cmd {
	PTA_SECSTOR_TA_MGMT_BOOTSTRAP = 0,
};

/* Attestation. */
#define PTA_ATTESTATION_UUID                                                                       \
	{                                                                                          \
		0x39800861, 0x182a, 0x4720, { 0x9b, 0x67, 0x2b, 0xcd, 0x62, 0x2b, 0xc0, 0xb5 },    \
	}

enum pta_attestation_cmd {
	PTA_ATTESTATION_GET_PUBKEY = 0,
	PTA_ATTESTATION_GET_TA_SHDR_DIGEST = 1,
	PTA_ATTESTATION_HASH_TA_MEMORY = 2,
	PTA_ATTESTATION_HASH_TEE_MEMORY = 3,
};

/* The hardware random number generator. */
#define PTA_RNG_UUID                                                                               \
	{                                                                                          \
		0xab7a617c, 0xb8e7, 0x4d8f, { 0x83, 0x01, 0xd0, 0x9b, 0x61, 0x03, 0x6b, 0x64 },    \
	}

enum pta_rng_cmd {
	PTA_RNG_GET_ENTROPY = 0,
	PTA_RNG_GET_RNG_INFO = 1,
};

/* The real-time clock. */
#define PTA_RTC_UUID                                                                               \
	{                                                                                          \
		0xf389f8c8, 0x845f, 0x496c, { 0x8b, 0xbe, 0xd6, 0x4b, 0xd2, 0x4c, 0x92, 0xfd },    \
	}

enum pta_rtc_cmd {
	PTA_RTC_INFO = 0,
	PTA_RTC_GET_TIME = 1,
	PTA_RTC_SET_TIME = 2,
	PTA_RTC_GET_OFFSET = 3,
	PTA_RTC_SET_OFFSET = 4,
	PTA_RTC_READ_ALARM = 5,
	PTA_RTC_SET_ALARM = 6,
	PTA_RTC_ENABLE_ALARM = 7,
	PTA_RTC_WAIT_ALARM = 8,
	PTA_RTC_CANCEL_WAIT = 9,
	PTA_RTC_SET_WAKE_ALARM_STATUS = 10,
};

/* SCMI channels. */
#define PTA_SCMI_UUID                                                                              \
	{                                                                                          \
		0xa8cfe406, 0xd4f5, 0x4a2e, { 0x9f, 0x8d, 0xa2, 0x5d, 0xc7, 0x54, 0xc0, 0x99 },    \
	}

enum pta_scmi_cmd {
	PTA_SCMI_CAPABILITIES = 0,
	PTA_SCMI_PROCESS_SMT_CHANNEL = 1,
	PTA_SCMI_PROCESS_SMT_CHANNEL_MESSAGE = 2,
	PTA_SCMI_GET_CHANNEL_HANDLE = 3,
	PTA_SCMI_PROCESS_MSG_CHANNEL = 4,
};

/* Secure channel to a secure element, and raw access to it. */
#define PTA_SCP03_UUID                                                                             \
	{                                                                                          \
		0xbe0e5821, 0xe718, 0x4f77, { 0xab, 0x3e, 0x8e, 0x6c, 0x73, 0xa9, 0xc7, 0x35 },    \
	}

enum pta_scp03_cmd {
	PTA_SCP03_ENABLE = 0,
};

#define PTA_APDU_UUID                                                                              \
	{                                                                                          \
		0x3f3eb880, 0x3639, 0x11ec, { 0x9b, 0x9d, 0x0f, 0x3f, 0xc9, 0x46, 0x8f, 0x50 },    \
	}

enum pta_apdu_cmd {
	PTA_APDU_TXRX = 0,
};

/* Of particular machines; their commands are theirs. */
#define PTA_WIDEVINE_UUID                                                                          \
	{                                                                                          \
		0x721f4da9, 0xda05, 0x40d4, { 0xa1, 0xa3, 0x83, 0x77, 0xc1, 0xe0, 0x8b, 0x0a },    \
	}
#define PTA_VERAISON_ATTESTATION_UUID                                                              \
	{                                                                                          \
		0xa77955f9, 0xeea1, 0x44fd, { 0xad, 0xd5, 0x4a, 0x9d, 0x96, 0x2a, 0xfc, 0xf5 },    \
	}
#define PTA_RK_SECURE_BOOT_UUID                                                                    \
	{                                                                                          \
		0x5cfa57f6, 0x1a4c, 0x407f, { 0x94, 0xa7, 0xa5, 0x6c, 0x8c, 0x47, 0x01, 0x9d },    \
	}
#define PTA_IMX_DEK_BLOB_UUID                                                                      \
	{                                                                                          \
		0xef477737, 0x0db1, 0x4a9d, { 0x84, 0x37, 0xf2, 0xf5, 0x35, 0xc0, 0xbd, 0x92 },    \
	}
#define PTA_IMX_MANUFACTURING_PROTECTION_UUID                                                      \
	{                                                                                          \
		0x83268b7c, 0x85e3, 0x11e8, { 0xad, 0xc0, 0xfa, 0x7a, 0xe0, 0x1b, 0xbe, 0xbc },    \
	}
#define PTA_IMX_OCOTP_UUID                                                                         \
	{                                                                                          \
		0x9abdf255, 0xd8fa, 0x40de, { 0x8f, 0x60, 0x4d, 0x0b, 0x27, 0x92, 0x7b, 0x7d },    \
	}
#define PTA_IMX_DIGPROG_UUID                                                                       \
	{                                                                                          \
		0xbfdbe409, 0x3302, 0x4abf, { 0x99, 0xbc, 0x5f, 0x62, 0x32, 0x26, 0xa7, 0x39 },    \
	}
#define PTA_STM32MP_BSEC_UUID                                                                      \
	{                                                                                          \
		0x94cf71ad, 0x80e6, 0x40b5, { 0xa7, 0xc6, 0x3d, 0xc5, 0x01, 0xeb, 0x28, 0x03 },    \
	}
#define PTA_STM32MP_DEBUG_ACCESS_UUID                                                              \
	{                                                                                          \
		0xdd05bc8b, 0x9f3b, 0x49f0, { 0xb6, 0x49, 0x01, 0xaa, 0x10, 0xc1, 0xc2, 0x10 },    \
	}
#define PTA_QCOM_PAS_UUID                                                                          \
	{                                                                                          \
		0xdaedbae4, 0xcf3e, 0x4b76, { 0xa5, 0xc5, 0xdb, 0xf8, 0xb6, 0xfd, 0x5a, 0xf4 },    \
	}
#define PTA_VERSAL_LOADER_UUID                                                                     \
	{                                                                                          \
		0xa6b493c0, 0xe100, 0x4a13, { 0x9b, 0x00, 0xbc, 0xe4, 0x2d, 0x53, 0xce, 0xd8 },    \
	}

/* PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY. */
#define PTA_SYSTEM_DERIVED_KEY_SIZE_MIN	 16u
#define PTA_SYSTEM_DERIVED_KEY_SIZE_MAX	 32u
#define PTA_SYSTEM_DERIVED_KEY_EXTRA_MAX 1024u

/* PTA_SYSTEM_MAP_ZI. */
#define PTA_SYSTEM_MAP_FLAG_SHAREABLE (1u << 0)

/* PTA_SOCKET_SEND and PTA_SOCKET_RECV, in ms. */
#define PTA_SOCKET_TIMEOUT_NONBLOCKING 0u
#define PTA_SOCKET_TIMEOUT_BLOCKING    0xFFFFFFFFu

/* PTA_STATS_ALLOC: which pool. */
enum pta_stats_pool {
	PTA_STATS_POOL_ALL = 0,
	PTA_STATS_POOL_HEAP = 1,
	PTA_STATS_POOL_PUBLIC_DDR = 2,
	PTA_STATS_POOL_TA_RAM = 3,
	PTA_STATS_POOL_NEXUS = 4,
	PTA_STATS_POOL_RPMB = 5,
};

struct pta_stats_alloc {
	char desc[32];
	uint64_t free2_sum;
	uint32_t allocated;
	uint32_t max_allocated;
	uint32_t size;
	uint32_t num_alloc_fail;
	uint32_t biggest_alloc_fail;
	uint32_t biggest_alloc_fail_used;
};

static_assert(sizeof(struct pta_stats_alloc) == 64, "pool");
static_assert(offsetof(struct pta_stats_alloc, desc) == 0, "desc");
static_assert(offsetof(struct pta_stats_alloc, free2_sum) == 32, "free2_sum");
static_assert(offsetof(struct pta_stats_alloc, allocated) == 40, "allocated");
static_assert(offsetof(struct pta_stats_alloc, max_allocated) == 44, "max");
static_assert(offsetof(struct pta_stats_alloc, size) == 48, "size");
static_assert(offsetof(struct pta_stats_alloc, num_alloc_fail) == 52, "fails");
static_assert(offsetof(struct pta_stats_alloc, biggest_alloc_fail) == 56, "biggest_alloc_fail");
static_assert(offsetof(struct pta_stats_alloc, biggest_alloc_fail_used) == 60,
	      "biggest_alloc_fail_used");

/* PTA_STATS_TA_STATS: one of these for each TA; `native_uuid` is a TEE_UUID
 * as in memory. */
struct pta_stats_ta {
	uint8_t native_uuid[16];
	uint32_t panicked;
	uint32_t sess_num;
	struct pta_stats_alloc heap;
};

static_assert(sizeof(struct pta_stats_ta) == 88, "TA");
static_assert(offsetof(struct pta_stats_ta, native_uuid) == 0, "uuid");
static_assert(offsetof(struct pta_stats_ta, panicked) == 16, "panicked");
static_assert(offsetof(struct pta_stats_ta, sess_num) == 20, "sess_num");
static_assert(offsetof(struct pta_stats_ta, heap) == 24, "heap");

#endif
