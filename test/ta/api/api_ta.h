/* api_ta.h - a TA that holds the library and the secure kernel against the API, for both worlds. */
#ifndef TEST_TA_API_TA_H
#define TEST_TA_API_TA_H

#define API_TA_UUID                                                                                \
	{                                                                                          \
		0xc2425cc6, 0x5c68, 0x48c0,                                                        \
		{                                                                                  \
			0xbc, 0xba, 0x1e, 0x16, 0x44, 0x6f, 0x03, 0x98                             \
		}                                                                                  \
	}

/* Each takes p0 MEMREF_INOUT: 64 bytes of the client, and p1 MEMREF_INPUT: 64 more. */
enum api_command {
	/* Checks: TEE_SUCCESS, or TEE_ERROR_GENERIC and a line of the log that says what was
	 * not so. */
	API_CHECK_ENTRY,
	API_CHECK_MEMORY,
	API_CHECK_ACCESS,
	API_CHECK_PROPERTY,
	API_CHECK_CLIENT,
	API_CHECK_TIME,
	API_CHECK_RANDOM,
	API_CHECK_SESSION,
	API_CHECK_SESSION_MEMORY,
	API_CHECK_SESSION_DEATH,
	API_CHECK_CANCELLATION,
	API_CHECK_OBJECT,
	API_CHECK_OBJECT_SHARING,
	API_CHECK_OBJECT_NAMES,
	API_CHECK_OBJECT_POSITION,
	API_CHECK_ENUMERATION,
	API_CHECK_END,

	/* Panics: the TA dies of them. */
	API_PANIC_CODE = 100,
	API_PANIC_ASSERT,
	API_PANIC_ABORT,
	API_PANIC_STACK,
	API_PANIC_DOUBLE_FREE,
	API_PANIC_EMPTY_BLOCK,
	API_PANIC_BAD_HANDLE,
	API_PANIC_CLIENT_NAME,
	API_PANIC_CLIENT_COUNT,
	API_PANIC_READ_ONLY_READ,
	API_PANIC_NO_READ_ACCESS,
	API_PANIC_LONG_NAME,
	API_PANIC_BAD_TIME,
	API_PANIC_FORWARD_INPUT,
	API_PANIC_END,
};

#endif
