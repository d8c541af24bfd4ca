/* tee_client_api.h - the GlobalPlatform TEE Client API, version 1.0.
 *
 * Memory is the caller's: each structure below is provided by the program, filled in by the call
 * that begins its life, and must stay where it is until the call that ends it. The `imp` parts
 * belong to the library.
 *
 * A context, its sessions and its shared memory may be used by many threads at once. An operation
 * belongs to one call at a time; only TEEC_RequestCancellation() may be given it meanwhile.
 *
 * A result comes with an origin where the function has a place for it (`returnOrigin`, which may
 * be NULL): TEEC_ORIGIN_API says that the library refused and nothing was sent, TEEC_ORIGIN_COMMS
 * that the way to the TEE failed. */
#ifndef TEE_CLIENT_API_H
#define TEE_CLIENT_API_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Parameters of one operation. */
#define TEEC_CONFIG_PAYLOAD_REF_COUNT 4

/* There is no limit but memory. */
#define TEEC_CONFIG_SHAREDMEM_MAX_SIZE ULONG_MAX

/* What a parameter is. */
#define TEEC_NONE		   0x00000000
#define TEEC_VALUE_INPUT	   0x00000001
#define TEEC_VALUE_OUTPUT	   0x00000002
#define TEEC_VALUE_INOUT	   0x00000003
#define TEEC_MEMREF_TEMP_INPUT	   0x00000005
#define TEEC_MEMREF_TEMP_OUTPUT	   0x00000006
#define TEEC_MEMREF_TEMP_INOUT	   0x00000007
#define TEEC_MEMREF_WHOLE	   0x0000000C
#define TEEC_MEMREF_PARTIAL_INPUT  0x0000000D
#define TEEC_MEMREF_PARTIAL_OUTPUT 0x0000000E
#define TEEC_MEMREF_PARTIAL_INOUT  0x0000000F

/* Four of them make the paramTypes of an operation. */
#define TEEC_PARAM_TYPES(p0, p1, p2, p3) ((p0) | ((p1) << 4) | ((p2) << 8) | ((p3) << 12))
#define TEEC_PARAM_TYPE_GET(p, i)	 (((p) >> ((i)*4)) & 0xF)

/* Directions of shared memory, as the TA sees them. */
#define TEEC_MEM_INPUT	0x00000001
#define TEEC_MEM_OUTPUT 0x00000002

/* Results. Those without TEEC_ in their name are spelled as in the TA's header, for programs that
 * include both. */
#define TEEC_SUCCESS			 0x00000000
#define TEEC_ERROR_STORAGE_NOT_AVAILABLE 0xF0100003
#define TEEC_ERROR_GENERIC		 0xFFFF0000
#define TEEC_ERROR_ACCESS_DENIED	 0xFFFF0001
#define TEEC_ERROR_CANCEL		 0xFFFF0002
#define TEEC_ERROR_ACCESS_CONFLICT	 0xFFFF0003
#define TEEC_ERROR_EXCESS_DATA		 0xFFFF0004
#define TEEC_ERROR_BAD_FORMAT		 0xFFFF0005
#define TEEC_ERROR_BAD_PARAMETERS	 0xFFFF0006
#define TEEC_ERROR_BAD_STATE		 0xFFFF0007
#define TEEC_ERROR_ITEM_NOT_FOUND	 0xFFFF0008
#define TEEC_ERROR_NOT_IMPLEMENTED	 0xFFFF0009
#define TEEC_ERROR_NOT_SUPPORTED	 0xFFFF000A
#define TEEC_ERROR_NO_DATA		 0xFFFF000B
#define TEEC_ERROR_OUT_OF_MEMORY	 0xFFFF000C
#define TEEC_ERROR_BUSY			 0xFFFF000D
#define TEEC_ERROR_COMMUNICATION	 0xFFFF000E
#define TEEC_ERROR_SECURITY		 0xFFFF000F
#define TEEC_ERROR_SHORT_BUFFER		 0xFFFF0010
#define TEE_ERROR_EXTERNAL_CANCEL	 0xFFFF0011
#define TEEC_ERROR_EXTERNAL_CANCEL	 0xFFFF0011
#define TEE_ERROR_OVERFLOW		 0xFFFF300F
#define TEE_ERROR_TARGET_DEAD		 0xFFFF3024
#define TEEC_ERROR_TARGET_DEAD		 0xFFFF3024
#define TEE_ERROR_STORAGE_NO_SPACE	 0xFFFF3041
#define TEEC_ERROR_STORAGE_NO_SPACE	 0xFFFF3041
#define TEE_ERROR_MAC_INVALID		 0xFFFF3071
#define TEE_ERROR_SIGNATURE_INVALID	 0xFFFF3072
#define TEE_ERROR_TIME_NOT_SET		 0xFFFF5000
#define TEE_ERROR_TIME_NEEDS_RESET	 0xFFFF5001

/* Who made a result. */
#define TEEC_ORIGIN_API		0x00000001
#define TEEC_ORIGIN_COMMS	0x00000002
#define TEEC_ORIGIN_TEE		0x00000003
#define TEEC_ORIGIN_TRUSTED_APP 0x00000004

/* Who the TA sees as its client. */
#define TEEC_LOGIN_PUBLIC	     0x00000000
#define TEEC_LOGIN_USER		     0x00000001
#define TEEC_LOGIN_GROUP	     0x00000002
#define TEEC_LOGIN_APPLICATION	     0x00000004
#define TEEC_LOGIN_USER_APPLICATION  0x00000005
#define TEEC_LOGIN_GROUP_APPLICATION 0x00000006

typedef uint32_t TEEC_Result;

/* A connection to a TEE. */
typedef struct {
	struct {
		int fd;		  /* a number of the library's own, not a descriptor */
		bool reg_mem;	  /* the TEE takes memory that programs have */
		bool memref_null; /* and references to none */
	} imp;
} TEEC_Context;

/* Which TA: RFC 4122, the first three fields as numbers of this machine. */
typedef struct {
	uint32_t timeLow;
	uint16_t timeMid;
	uint16_t timeHiAndVersion;
	uint8_t clockSeqAndNode[8];
} TEEC_UUID;

/* A connection to a TA. */
typedef struct {
	struct {
		TEEC_Context *ctx;
		uint32_t session_id;
	} imp;
} TEEC_Session;

/* Memory that operations may refer to. The program sets `size` and `flags` (TEEC_MEM_*), and
 * `buffer` when it brings the memory. */
typedef struct {
	void *buffer;
	size_t size;
	uint32_t flags;
	struct {
		int id;		     /* -1: there is none */
		size_t alloced_size; /* bytes mapped by the library */
		void *shadow_buffer; /* what the TEE sees instead of `buffer` */
		int registered_fd;
		uint32_t flags;
	} imp;
} TEEC_SharedMemory;

/* TEEC_MEMREF_TEMP_*: memory of the program's, for this one operation. Afterwards `size` is what
 * the TA says, which is more than there was when it needs more. NULL with size 0 is no memory. */
typedef struct {
	void *buffer;
	size_t size;
} TEEC_TempMemoryReference;

/* TEEC_MEMREF_PARTIAL_*: `size` bytes of `parent` from `offset`, whose flags must include the
 * direction. TEEC_MEMREF_WHOLE: all of `parent`, both ways as its flags say; `size` is only
 * written. */
typedef struct {
	TEEC_SharedMemory *parent;
	size_t size;
	size_t offset;
} TEEC_RegisteredMemoryReference;

typedef struct {
	uint32_t a;
	uint32_t b;
} TEEC_Value;

typedef union {
	TEEC_TempMemoryReference tmpref;
	TEEC_RegisteredMemoryReference memref;
	TEEC_Value value;
} TEEC_Parameter;

/* What goes to the TA and comes back. Set to 0 whatever is not used: `started` is part of the
 * standard's structure, and is not looked at. */
typedef struct {
	uint32_t started;
	uint32_t paramTypes;
	TEEC_Parameter params[TEEC_CONFIG_PAYLOAD_REF_COUNT];
	struct {
		TEEC_Session *session;
	} imp;
} TEEC_Operation;

/* Connect to a TEE. NULL: to any that serves GlobalPlatform's API; "optee-tz": to an OP-TEE one.
 * Where the environment variable POSTERN_TEE is set it names the TEE; else the devices /dev/tee0
 * to /dev/tee9 are tried, and then the user's own default TEE. TEEC_ERROR_ITEM_NOT_FOUND: there
 * is none that may be used. TEEC_ERROR_BAD_PARAMETERS: no `context`. TEEC_ERROR_OUT_OF_MEMORY. */
TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context);

/* Disconnect. Close the sessions and release the memory first. NULL: nothing happens. */
void TEEC_FinalizeContext(TEEC_Context *context);

/* Have the TA at `destination` begin a session. `connectionData` points to the uint32_t group id
 * for the two logins that name a group; the others have none. `operation` may be NULL: no
 * parameters. The outputs in it are updated whatever the TA answered. A call that the device
 * refused gives TEEC_ERROR_OUT_OF_MEMORY, TEEC_ERROR_BAD_PARAMETERS or TEEC_ERROR_GENERIC with
 * TEEC_ORIGIN_COMMS. */
TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
			     const TEEC_UUID *destination, uint32_t connectionMethod,
			     const void *connectionData, TEEC_Operation *operation,
			     uint32_t *returnOrigin);

/* End a session. NULL: nothing happens. */
void TEEC_CloseSession(TEEC_Session *session);

/* Have the TA do `commandID`. As TEEC_OpenSession() in all else. */
TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t commandID, TEEC_Operation *operation,
			       uint32_t *returnOrigin);

/* Have the TEE use `sharedMem->buffer` of `sharedMem->size` bytes. Where it cannot see the
 * program's memory itself, or may not write to it, what an operation refers to is copied before
 * and after. TEEC_ERROR_BAD_PARAMETERS: a NULL pointer, or flags other than TEEC_MEM_*, or none.
 * TEEC_ERROR_OUT_OF_MEMORY, TEEC_ERROR_GENERIC. */
TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *context, TEEC_SharedMemory *sharedMem);

/* The same, of new memory, which is seen directly by both sides: `sharedMem->buffer` is set. */
TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *sharedMem);

/* End the sharing, and free what the library allocated. NULL, or memory that was released before:
 * nothing happens. */
void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *sharedMem);

/* Ask the TA to give up the operation, which is being invoked by another thread. Opening a session
 * cannot be cancelled. The TA may refuse, or be too late: the operation's own result says so. */
void TEEC_RequestCancellation(TEEC_Operation *operation);

#ifdef __cplusplus
}
#endif

#endif
