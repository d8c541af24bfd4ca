/* syscall.h - what user mode says to the secure kernel, and the reverse.
 *
 * A TA is entered with a function, a session, a `utee_params` and a command;
 * it asks by system calls of at most eight arguments and leaves by
 * SYSCALL_RETURN alone. A number that is not here is answered with
 * TEE_ERROR_NOT_SUPPORTED. Lengths are unsigned long, returned lengths 64
 * bits in memory save where a comment says u32; handles are 32 bits. "name*"
 * is a pointer into the TA.
 *
 * Do not include this together with the dev kit's utee_types.h: it has the
 * same structures by the same names. */

#ifndef ABI_SYSCALL_H
#define ABI_SYSCALL_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define SYSCALL_ARGS_MAX 8u

enum syscall_number {
	/* ret */
	SYSCALL_RETURN = 0,
	/* buf*, len */
	SYSCALL_LOG = 1,
	/* code */
	SYSCALL_PANIC = 2,
	/* set, index, name*, u32 name_len*, buf*, u32 buf_len*, u32 type* */
	SYSCALL_GET_PROPERTY = 3,
	/* set, name*, name_len, u32 index* */
	SYSCALL_GET_PROPERTY_NAME_TO_INDEX = 4,
	/* uuid*, timeout_ms, utee_params*, u32 session*, u32 ret_origin* */
	SYSCALL_OPEN_TA_SESSION = 5,
	/* session */
	SYSCALL_CLOSE_TA_SESSION = 6,
	/* session, timeout_ms, cmd, utee_params*, u32 ret_origin* */
	SYSCALL_INVOKE_TA_COMMAND = 7,
	/* flags, buf, len */
	SYSCALL_CHECK_ACCESS_RIGHTS = 8,
	/* u32 flag* */
	SYSCALL_GET_CANCELLATION_FLAG = 9,
	/* u32 old_mask* */
	SYSCALL_UNMASK_CANCELLATION = 10,
	/* u32 old_mask* */
	SYSCALL_MASK_CANCELLATION = 11,
	/* timeout_ms */
	SYSCALL_WAIT = 12,
	/* category, time* */
	SYSCALL_GET_TIME = 13,
	/* time* */
	SYSCALL_SET_TA_TIME = 14,
	/* algo, mode, key1, key2, u32 state* */
	SYSCALL_CRYP_STATE_ALLOC = 15,
	/* dst, src */
	SYSCALL_CRYP_STATE_COPY = 16,
	/* state */
	SYSCALL_CRYP_STATE_FREE = 17,
	/* state, iv*, iv_len */
	SYSCALL_HASH_INIT = 18,
	/* state, chunk*, size */
	SYSCALL_HASH_UPDATE = 19,
	/* state, chunk*, size, hash*, hash_len* */
	SYSCALL_HASH_FINAL = 20,
	/* state, iv*, iv_len */
	SYSCALL_CIPHER_INIT = 21,
	/* state, src*, src_len, dst*, dst_len* */
	SYSCALL_CIPHER_UPDATE = 22,
	/* state, src*, src_len, dst*, dst_len* */
	SYSCALL_CIPHER_FINAL = 23,
	/* obj, utee_object_info* */
	SYSCALL_CRYP_OBJ_GET_INFO = 24,
	/* obj, usage */
	SYSCALL_CRYP_OBJ_RESTRICT_USAGE = 25,
	/* obj, attr_id, buf*, size* */
	SYSCALL_CRYP_OBJ_GET_ATTR = 26,
	/* type, max_size, u32 obj* */
	SYSCALL_CRYP_OBJ_ALLOC = 27,
	/* obj */
	SYSCALL_CRYP_OBJ_CLOSE = 28,
	/* obj */
	SYSCALL_CRYP_OBJ_RESET = 29,
	/* obj, utee_attribute*, count */
	SYSCALL_CRYP_OBJ_POPULATE = 30,
	/* dst, src */
	SYSCALL_CRYP_OBJ_COPY = 31,
	/* state, utee_attribute*, count, derived_obj */
	SYSCALL_CRYP_DERIVE_KEY = 32,
	/* buf*, len */
	SYSCALL_CRYP_RANDOM_NUMBER_GENERATE = 33,
	/* state, nonce*, nonce_len, tag_len, aad_len, payload_len */
	SYSCALL_AUTHENC_INIT = 34,
	/* state, aad*, len */
	SYSCALL_AUTHENC_UPDATE_AAD = 35,
	/* state, src*, len, dst*, dst_len* */
	SYSCALL_AUTHENC_UPDATE_PAYLOAD = 36,
	/* state, src*, len, dst*, dst_len*, tag*, tag_len* */
	SYSCALL_AUTHENC_ENC_FINAL = 37,
	/* state, src*, len, dst*, dst_len*, tag*, tag_len */
	SYSCALL_AUTHENC_DEC_FINAL = 38,
	/* state, utee_attribute*, count, src*, len, dst*, dst_len* */
	SYSCALL_ASYMM_OPERATE = 39,
	/* state, utee_attribute*, count, data*, len, sig*, sig_len */
	SYSCALL_ASYMM_VERIFY = 40,
	/* storage_id, id*, id_len, flags, u32 obj* */
	SYSCALL_STORAGE_OBJ_OPEN = 41,
	/* storage_id, id*, id_len, flags, attr_obj, data*, len, u32 obj* */
	SYSCALL_STORAGE_OBJ_CREATE = 42,
	/* obj */
	SYSCALL_STORAGE_OBJ_DEL = 43,
	/* obj, new_id*, new_len */
	SYSCALL_STORAGE_OBJ_RENAME = 44,
	/* u32 enum* */
	SYSCALL_STORAGE_ENUM_ALLOC = 45,
	/* enum */
	SYSCALL_STORAGE_ENUM_FREE = 46,
	/* enum */
	SYSCALL_STORAGE_ENUM_RESET = 47,
	/* enum, storage_id */
	SYSCALL_STORAGE_ENUM_START = 48,
	/* enum, utee_object_info*, id*, id_len* */
	SYSCALL_STORAGE_ENUM_NEXT = 49,
	/* obj, data*, len, count* */
	SYSCALL_STORAGE_OBJ_READ = 50,
	/* obj, data*, len */
	SYSCALL_STORAGE_OBJ_WRITE = 51,
	/* obj, len */
	SYSCALL_STORAGE_OBJ_TRUNC = 52,
	/* obj, s32 offset, whence */
	SYSCALL_STORAGE_OBJ_SEEK = 53,
	/* obj, key_size, utee_attribute*, count */
	SYSCALL_CRYP_OBJ_GENERATE_KEY = 54,
	/* 55..69 were the Secure Element API: TEE_ERROR_NOT_SUPPORTED. */
	SYSCALL_SE_FIRST = 55,
	SYSCALL_SE_LAST = 69,
	/* va, len, op */
	SYSCALL_CACHE_OPERATION = 70,
	SYSCALL_COUNT = 71,
};

/* func: why a TA is entered. Anything else: TEE_ERROR_NOT_SUPPORTED. */
enum utee_entry_func {
	UTEE_ENTRY_FUNC_OPEN_SESSION = 0,
	UTEE_ENTRY_FUNC_CLOSE_SESSION = 1,
	UTEE_ENTRY_FUNC_INVOKE_COMMAND = 2,
	UTEE_ENTRY_FUNC_DUMP_MEMSTATS = 3,
};

enum utee_time_category {
	UTEE_TIME_CAT_SYSTEM = 0,
	UTEE_TIME_CAT_TA_PERSISTENT = 1,
	UTEE_TIME_CAT_REE = 2,
};

enum utee_cache_operation {
	UTEE_CACHE_CLEAN = 0,
	UTEE_CACHE_FLUSH = 1,
	UTEE_CACHE_INVALIDATE = 2,
};

/* Property sets and types of SYSCALL_GET_PROPERTY. */
#define UTEE_PROP_SET_TEE    0xFFFFFFFDu
#define UTEE_PROP_SET_CLIENT 0xFFFFFFFEu
#define UTEE_PROP_SET_TA     0xFFFFFFFFu

enum utee_prop_type {
	UTEE_PROP_TYPE_BOOL = 0,
	UTEE_PROP_TYPE_U32 = 1,
	UTEE_PROP_TYPE_UUID = 2,
	UTEE_PROP_TYPE_IDENTITY = 3,
	UTEE_PROP_TYPE_STRING = 4,
	UTEE_PROP_TYPE_BINARY_BLOCK = 5,
	UTEE_PROP_TYPE_U64 = 6,
	UTEE_PROP_TYPE_INVALID = 7,
};

/* The panic code of a TA that was stopped by a fault. */
#define UTEE_PANIC_ABORT 0xDEADBEEFu

#define UTEE_PARAMS_COUNT 4u

/* Nibble n of `types` is the GlobalPlatform type of parameter n; its words
 * are vals[2n] and vals[2n + 1]: a and b, or buffer and size. */
struct utee_params {
	uint64_t types;
	uint64_t vals[2 * UTEE_PARAMS_COUNT];
};

static_assert(sizeof(struct utee_params) == 72, "parameters");
static_assert(offsetof(struct utee_params, types) == 0, "types");
static_assert(offsetof(struct utee_params, vals) == 8, "vals");

/* What the parameters take on the TA's stack: SP points at them. */
#define UTEE_PARAMS_STACK_SIZE 80u

/* A value in a and b, or a buffer in a and its size in b. */
struct utee_attribute {
	uint64_t a;
	uint64_t b;
	uint32_t attribute_id;
	uint32_t pad;
};

static_assert(sizeof(struct utee_attribute) == 24, "attribute");
static_assert(offsetof(struct utee_attribute, a) == 0, "a");
static_assert(offsetof(struct utee_attribute, b) == 8, "b");
static_assert(offsetof(struct utee_attribute, attribute_id) == 16, "id");
static_assert(offsetof(struct utee_attribute, pad) == 20, "pad");

struct utee_object_info {
	uint32_t obj_type;
	uint32_t obj_size;
	uint32_t max_obj_size;
	uint32_t obj_usage;
	uint32_t data_size;
	uint32_t data_pos;
	uint32_t handle_flags;
};

static_assert(sizeof(struct utee_object_info) == 28, "object info");
static_assert(offsetof(struct utee_object_info, obj_type) == 0, "type");
static_assert(offsetof(struct utee_object_info, obj_size) == 4, "size");
static_assert(offsetof(struct utee_object_info, max_obj_size) == 8, "max");
static_assert(offsetof(struct utee_object_info, obj_usage) == 12, "usage");
static_assert(offsetof(struct utee_object_info, data_size) == 16, "data");
static_assert(offsetof(struct utee_object_info, data_pos) == 20, "position");
static_assert(offsetof(struct utee_object_info, handle_flags) == 24, "flags");

/* The TEE_Time of SYSCALL_GET_TIME. */
struct utee_time {
	uint32_t seconds;
	uint32_t millis;
};

static_assert(sizeof(struct utee_time) == 8, "time");
static_assert(offsetof(struct utee_time, seconds) == 0, "seconds");
static_assert(offsetof(struct utee_time, millis) == 4, "millis");

/* The loader in user mode has a number space of its own, valid while it runs
 * and not after. */
enum ldelf_syscall_number {
	/* ret */
	LDELF_SYSCALL_RETURN = 0,
	/* buf*, len */
	LDELF_SYSCALL_LOG = 1,
	/* code */
	LDELF_SYSCALL_PANIC = 2,
	/* va*, num_bytes, pad_begin, pad_end, flags */
	LDELF_SYSCALL_MAP_ZI = 3,
	/* va, num_bytes */
	LDELF_SYSCALL_UNMAP = 4,
	/* uuid*, uuid_size, u32 handle* */
	LDELF_SYSCALL_OPEN_BIN = 5,
	/* handle */
	LDELF_SYSCALL_CLOSE_BIN = 6,
	/* va*, num_bytes, handle, offs, pad_begin, pad_end, flags */
	LDELF_SYSCALL_MAP_BIN = 7,
	/* dst, offs, num_bytes, handle */
	LDELF_SYSCALL_CP_FROM_BIN = 8,
	/* va, num_bytes, flags */
	LDELF_SYSCALL_SET_PROT = 9,
	/* old_va, new_va*, num_bytes, pad_begin, pad_end */
	LDELF_SYSCALL_REMAP = 10,
	/* buf*, num_bytes */
	LDELF_SYSCALL_GEN_RND_NUM = 11,
	LDELF_SYSCALL_COUNT = 12,
};

#define LDELF_MAP_FLAG_SHAREABLE  (1u << 0)
#define LDELF_MAP_FLAG_WRITEABLE  (1u << 1)
#define LDELF_MAP_FLAG_EXECUTABLE (1u << 2)
#define LDELF_MAP_FLAG_BTI	  (1u << 3)

#define LDELF_STACK_SIZE 8192u

/* On the loader's stack; x0 points at it. The loader fills in what follows
 * the UUID. */
struct ldelf_arg {
	uint8_t native_uuid[16];
	uint32_t is_32bit;
	uint32_t flags;
	uint64_t entry_func;
	uint64_t load_addr;
	uint64_t stack_ptr;
	uint64_t dump_entry;
	uint64_t ftrace_entry;
	uint64_t dl_entry;
	uint64_t ftrace_buf;
};

static_assert(sizeof(struct ldelf_arg) == 80, "loader argument");
static_assert(offsetof(struct ldelf_arg, native_uuid) == 0, "uuid");
static_assert(offsetof(struct ldelf_arg, is_32bit) == 16, "is_32bit");
static_assert(offsetof(struct ldelf_arg, flags) == 20, "flags");
static_assert(offsetof(struct ldelf_arg, entry_func) == 24, "entry_func");
static_assert(offsetof(struct ldelf_arg, load_addr) == 32, "load_addr");
static_assert(offsetof(struct ldelf_arg, stack_ptr) == 40, "stack_ptr");
static_assert(offsetof(struct ldelf_arg, dump_entry) == 48, "dump_entry");
static_assert(offsetof(struct ldelf_arg, ftrace_entry) == 56, "ftrace_entry");
static_assert(offsetof(struct ldelf_arg, dl_entry) == 64, "dl_entry");
static_assert(offsetof(struct ldelf_arg, ftrace_buf) == 72, "ftrace_buf");

/* dl_entry. */
enum ldelf_dl_cmd {
	LDELF_DL_ENTRY_DLOPEN = 0,
	LDELF_DL_ENTRY_DLSYM = 1,
};

#define LDELF_RTLD_NOW	    0x2u
#define LDELF_RTLD_GLOBAL   0x100u
#define LDELF_RTLD_NODELETE 0x1000u

#endif
