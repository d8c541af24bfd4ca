/* msg.h - one call, as it lies in shared memory.
 *
 * The normal world writes a `msg_arg` and enters the secure world with its
 * address or cookie. The secure world sends its RPC requests in the same
 * structure. All integers are little-endian. */

#ifndef ABI_MSG_H
#define ABI_MSG_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define MSG_PAGE_SIZE 4096u
#define MSG_PAGE_MASK 0xFFFu

/* What fits in one page beside the header. */
#define MSG_PARAMS_MAX	      127u
/* Parameters of a client, without the two that OPEN_SESSION adds. */
#define MSG_CLIENT_PARAMS_MAX 4u
#define MSG_OPEN_META_PARAMS  2u
/* Parameters of an RPC request. */
#define MSG_RPC_PARAMS_MAX    4u

/* attr: bits 7:0 are the type. 4, 8 and all above 0xB are invalid. */
#define MSG_ATTR_TYPE_MASK	   0xFFu
#define MSG_ATTR_TYPE_NONE	   0x0u
#define MSG_ATTR_TYPE_VALUE_INPUT  0x1u
#define MSG_ATTR_TYPE_VALUE_OUTPUT 0x2u
#define MSG_ATTR_TYPE_VALUE_INOUT  0x3u
#define MSG_ATTR_TYPE_RMEM_INPUT   0x5u
#define MSG_ATTR_TYPE_RMEM_OUTPUT  0x6u
#define MSG_ATTR_TYPE_RMEM_INOUT   0x7u
#define MSG_ATTR_TYPE_FMEM_INPUT   MSG_ATTR_TYPE_RMEM_INPUT
#define MSG_ATTR_TYPE_FMEM_OUTPUT  MSG_ATTR_TYPE_RMEM_OUTPUT
#define MSG_ATTR_TYPE_FMEM_INOUT   MSG_ATTR_TYPE_RMEM_INOUT
#define MSG_ATTR_TYPE_TMEM_INPUT   0x9u
#define MSG_ATTR_TYPE_TMEM_OUTPUT  0xAu
#define MSG_ATTR_TYPE_TMEM_INOUT   0xBu

/* Only the first parameters of OPEN_SESSION. */
#define MSG_ATTR_META		  0x100u
/* tmem.buf_ptr is a page list. */
#define MSG_ATTR_NONCONTIG	  0x200u
#define MSG_ATTR_CACHE_SHIFT	  16
#define MSG_ATTR_CACHE_MASK	  0x7u
#define MSG_ATTR_CACHE_PREDEFINED 0u

struct msg_param_value {
	uint64_t a;
	uint64_t b;
	uint64_t c;
};

/* Memory by address. With NONCONTIG the low 12 bits of `buf_ptr` are the
 * offset in the first page and the rest is the first page list. NULL is all
 * zero. */
struct msg_param_tmem {
	uint64_t buf_ptr;
	uint64_t size;
	uint64_t shm_ref;
};

/* Memory by the cookie of a registered object. There is no NULL. */
struct msg_param_rmem {
	uint64_t offs;
	uint64_t size;
	uint64_t shm_ref;
};

/* Memory by FF-A handle. NULL is MSG_FMEM_INVALID_GLOBAL_ID with size 0. */
struct msg_param_fmem {
	uint32_t offs_low;
	uint16_t offs_high;
	uint16_t internal_offs;
	uint64_t size;
	uint64_t global_id;
};

#define MSG_FMEM_INVALID_GLOBAL_ID 0xFFFFFFFFFFFFFFFFull

struct msg_param {
	uint64_t attr;
	union {
		struct msg_param_value value;
		struct msg_param_tmem tmem;
		struct msg_param_rmem rmem;
		struct msg_param_fmem fmem;
		uint8_t octets[24];
	} u;
};

struct msg_arg {
	uint32_t cmd;
	uint32_t func;
	uint32_t session;
	uint32_t cancel_id;
	uint32_t pad;
	uint32_t ret;
	uint32_t ret_origin;
	uint32_t num_params;
	struct msg_param params[];
};

/* One page of a page list: addresses of 4 KiB pages, then the address of the
 * next page of the list. Every address has its low 12 bits zero. The reader
 * follows `next` only when it needs entry 512. */
#define MSG_PAGE_LIST_ENTRIES 511u

struct msg_page_list {
	uint64_t pages[MSG_PAGE_LIST_ENTRIES];
	uint64_t next;
};

static_assert(sizeof(struct msg_param_value) == 24, "value");
static_assert(offsetof(struct msg_param_value, a) == 0, "value.a");
static_assert(offsetof(struct msg_param_value, b) == 8, "value.b");
static_assert(offsetof(struct msg_param_value, c) == 16, "value.c");
static_assert(sizeof(struct msg_param_tmem) == 24, "tmem");
static_assert(offsetof(struct msg_param_tmem, buf_ptr) == 0, "tmem.buf_ptr");
static_assert(offsetof(struct msg_param_tmem, size) == 8, "tmem.size");
static_assert(offsetof(struct msg_param_tmem, shm_ref) == 16, "tmem.shm_ref");
static_assert(sizeof(struct msg_param_rmem) == 24, "rmem");
static_assert(offsetof(struct msg_param_rmem, offs) == 0, "rmem.offs");
static_assert(offsetof(struct msg_param_rmem, size) == 8, "rmem.size");
static_assert(offsetof(struct msg_param_rmem, shm_ref) == 16, "rmem.shm_ref");
static_assert(sizeof(struct msg_param_fmem) == 24, "fmem");
static_assert(offsetof(struct msg_param_fmem, offs_low) == 0, "fmem.offs_low");
static_assert(offsetof(struct msg_param_fmem, offs_high) == 4, "fmem.offs_high");
static_assert(offsetof(struct msg_param_fmem, internal_offs) == 6, "fmem.internal_offs");
static_assert(offsetof(struct msg_param_fmem, size) == 8, "fmem.size");
static_assert(offsetof(struct msg_param_fmem, global_id) == 16, "fmem.global_id");
static_assert(sizeof(struct msg_param) == 32, "parameter");
static_assert(offsetof(struct msg_param, attr) == 0, "attr");
static_assert(offsetof(struct msg_param, u.value) == 8, "value");
static_assert(offsetof(struct msg_param, u.tmem) == 8, "tmem");
static_assert(offsetof(struct msg_param, u.rmem) == 8, "rmem");
static_assert(offsetof(struct msg_param, u.fmem) == 8, "fmem");
static_assert(offsetof(struct msg_param, u.octets) == 8, "octets");
static_assert(sizeof(struct msg_arg) == 32, "message header");
static_assert(offsetof(struct msg_arg, cmd) == 0x00, "cmd");
static_assert(offsetof(struct msg_arg, func) == 0x04, "func");
static_assert(offsetof(struct msg_arg, session) == 0x08, "session");
static_assert(offsetof(struct msg_arg, cancel_id) == 0x0C, "cancel_id");
static_assert(offsetof(struct msg_arg, pad) == 0x10, "pad");
static_assert(offsetof(struct msg_arg, ret) == 0x14, "ret");
static_assert(offsetof(struct msg_arg, ret_origin) == 0x18, "ret_origin");
static_assert(offsetof(struct msg_arg, num_params) == 0x1C, "num_params");
static_assert(offsetof(struct msg_arg, params) == 0x20, "params");
static_assert(sizeof(struct msg_page_list) == MSG_PAGE_SIZE, "page list");
static_assert(offsetof(struct msg_page_list, pages) == 0, "page list pages");
static_assert(offsetof(struct msg_page_list, next) == 4088, "page list next");

/* The size of a message as a constant expression, and as a function. `n` is
 * at most MSG_PARAMS_MAX: check it before. */
#define MSG_ARG_SIZE(n)	 (32u + 32u * (n))
/* The room that an RPC request takes. */
#define MSG_RPC_ARG_SIZE MSG_ARG_SIZE(MSG_RPC_PARAMS_MAX)

static_assert(MSG_ARG_SIZE(MSG_PARAMS_MAX) == MSG_PAGE_SIZE, "one page");
static_assert(MSG_RPC_ARG_SIZE == 160, "an RPC request");

static inline size_t msg_arg_size(uint32_t num_params)
{
	return sizeof(struct msg_arg) + sizeof(struct msg_param) * (size_t)num_params;
}

/* cmd of a call. */
enum msg_cmd {
	MSG_CMD_OPEN_SESSION = 0,
	MSG_CMD_INVOKE_COMMAND = 1,
	MSG_CMD_CLOSE_SESSION = 2,
	MSG_CMD_CANCEL = 3,
	MSG_CMD_REGISTER_SHM = 4,
	MSG_CMD_UNREGISTER_SHM = 5,
	MSG_CMD_DO_BOTTOM_HALF = 6,
	MSG_CMD_STOP_ASYNC_NOTIF = 7,
	MSG_CMD_LEND_PROTMEM = 8,
	MSG_CMD_RECLAIM_PROTMEM = 9,
	MSG_CMD_GET_PROTMEM_CONFIG = 10,
	MSG_CMD_ASSIGN_PROTMEM = 11,
};

/* The exact attr of the two parameters that OPEN_SESSION begins with, and of
 * the one of REGISTER_SHM (an output, whatever its direction). */
#define MSG_ATTR_OPEN_META    (MSG_ATTR_TYPE_VALUE_INPUT | MSG_ATTR_META)
#define MSG_ATTR_REGISTER_SHM (MSG_ATTR_TYPE_TMEM_OUTPUT | MSG_ATTR_NONCONTIG)

static_assert(MSG_ATTR_OPEN_META == 0x101u, "open attr");
static_assert(MSG_ATTR_REGISTER_SHM == 0x20Au, "register attr");

/* What protected memory is for. LEND_PROTMEM accepts 1 and 2. */
enum msg_protmem_use_case {
	MSG_PROTMEM_RESERVED = 0,
	MSG_PROTMEM_SECURE_VIDEO_PLAY = 1,
	MSG_PROTMEM_TRUSTED_UI = 2,
	MSG_PROTMEM_SECURE_VIDEO_RECORD = 3,
};

/* c of the second parameter of OPEN_SESSION. */
#define MSG_LOGIN_PUBLIC	    0x00000000u
#define MSG_LOGIN_USER		    0x00000001u
#define MSG_LOGIN_GROUP		    0x00000002u
#define MSG_LOGIN_APPLICATION	    0x00000004u
#define MSG_LOGIN_APPLICATION_USER  0x00000005u
#define MSG_LOGIN_APPLICATION_GROUP 0x00000006u
#define MSG_LOGIN_REE_KERNEL	    0x80000000u

/* ret_origin. */
#define MSG_ORIGIN_API	       1u
#define MSG_ORIGIN_COMMS       2u
#define MSG_ORIGIN_TEE	       3u
#define MSG_ORIGIN_TRUSTED_APP 4u

/* ret of an RPC request until somebody answers it. */
#define MSG_RPC_RET_PRESET 0xFFFF0000u

/* The cookie that names nothing. */
#define MSG_SHM_REF_NONE 0u

#endif
