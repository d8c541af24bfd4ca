/* user_ta_header.h - what a TA's image says about itself. */
#ifndef USER_TA_HEADER_H
#define USER_TA_HEADER_H

#include <tee_api_types.h>

/* TA_FLAGS. The first three say nothing any more. */
#define TA_FLAG_USER_MODE			    0
#define TA_FLAG_EXEC_DDR			    0
#define TA_FLAG_REMAP_SUPPORT			    0
/* All sessions share one instance. */
#define TA_FLAG_SINGLE_INSTANCE			    0x4
/* ... and there may be more than one session at a time. */
#define TA_FLAG_MULTI_SESSION			    0x8
/* ... and it lives on when the last one is closed. */
#define TA_FLAG_INSTANCE_KEEP_ALIVE		    0x10
#define TA_FLAG_SECURE_DATA_PATH		    0x20
#define TA_FLAG_CACHE_MAINTENANCE		    0x80
#define TA_FLAG_CONCURRENT			    0x100
#define TA_FLAG_DEVICE_ENUM			    0x200
#define TA_FLAG_DEVICE_ENUM_SUPP		    0x400
#define TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT 0x800
#define TA_FLAG_DEVICE_ENUM_TEE_STORAGE_PRIVATE	    0x1000
#define TA_FLAG_INSTANCE_KEEP_CRASHED		    0x2000
#define TA_FLAGS_MASK				    0x3FFF

/* At the symbol `ta_head`. */
struct ta_head {
	TEE_UUID uuid;
	uint32_t stack_size;
	uint32_t flags;
	uint64_t depr_entry;
};

#define TA_PROP_STR_SINGLE_INSTANCE "gpd.ta.singleInstance"
#define TA_PROP_STR_MULTI_SESSION   "gpd.ta.multiSession"
#define TA_PROP_STR_KEEP_ALIVE	    "gpd.ta.instanceKeepAlive"
#define TA_PROP_STR_KEEP_CRASHED    "optee.ta.instanceKeepCrashed"
#define TA_PROP_STR_DATA_SIZE	    "gpd.ta.dataSize"
#define TA_PROP_STR_STACK_SIZE	    "gpd.ta.stackSize"
#define TA_PROP_STR_VERSION	    "gpd.ta.version"
#define TA_PROP_STR_DESCRIPTION	    "gpd.ta.description"
#define TA_PROP_STR_ENDIAN	    "gpd.ta.endian"
#define TA_PROP_STR_DOES_NOT_CLOSE_HANDLE_ON_CORRUPT_OBJECT                                        \
	"gpd.ta.doesNotCloseHandleOnCorruptObject"

enum user_ta_prop_type {
	USER_TA_PROP_TYPE_BOOL = 0,
	USER_TA_PROP_TYPE_U32 = 1,
	USER_TA_PROP_TYPE_UUID = 2,
	USER_TA_PROP_TYPE_IDENTITY = 3,
	USER_TA_PROP_TYPE_STRING = 4,
	/* Base64 text. */
	USER_TA_PROP_TYPE_BINARY_BLOCK = 5,
	USER_TA_PROP_TYPE_U64 = 6,
	USER_TA_PROP_TYPE_INVALID = 7,
};

/* `value` points to the value; strings and base64 text are pointed to directly. */
struct user_ta_property {
	const char *name;
	enum user_ta_prop_type type;
	const void *value;
};

/* From user_ta_header.c, which is compiled into every TA. */
extern const struct ta_head ta_head;
extern const struct user_ta_property ta_props[];
extern const size_t ta_num_props;
extern uint8_t ta_heap[];
extern const size_t ta_heap_size;
extern uint8_t __ta_no_share_heap[];
extern const size_t __ta_no_share_heap_size;

int tahead_get_trace_level(void);

#endif
