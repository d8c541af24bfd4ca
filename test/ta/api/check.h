/* check.h - what the files of the api TA share. */
#ifndef TEST_TA_API_CHECK_H
#define TEST_TA_API_CHECK_H

#include <tee_internal_api.h>

/* 64 bytes of the client; that may be written, and that may not. */
struct client_memory {
	uint8_t *writable;
	uint8_t *readable;
	size_t size;
};

/* What does not hold ends the check. */
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			EMSG("not so: %s", #condition);                                            \
			return TEE_ERROR_GENERIC;                                                  \
		}                                                                                  \
	} while (0)

#define EXPECT_RESULT(call, expected)                                                              \
	do {                                                                                       \
		TEE_Result _result = (call);                                                       \
                                                                                                   \
		if (_result != (expected)) {                                                       \
			EMSG("%s is 0x%x", #call, (unsigned int)_result);                          \
			return TEE_ERROR_GENERIC;                                                  \
		}                                                                                  \
	} while (0)

#define EXPECT_SUCCESS(call) EXPECT_RESULT(call, TEE_SUCCESS)

TEE_Result check_memory(const struct client_memory *client);
TEE_Result check_access(const struct client_memory *client);
TEE_Result check_property(const struct client_memory *client);
TEE_Result check_client(const struct client_memory *client);
TEE_Result check_time(const struct client_memory *client);
TEE_Result check_random(const struct client_memory *client);
TEE_Result check_session(const struct client_memory *client);
TEE_Result check_session_memory(const struct client_memory *client);
TEE_Result check_session_death(const struct client_memory *client);
TEE_Result check_cancellation(const struct client_memory *client);
TEE_Result check_object(const struct client_memory *client);
TEE_Result check_object_sharing(const struct client_memory *client);
TEE_Result check_object_names(const struct client_memory *client);
TEE_Result check_object_position(const struct client_memory *client);
TEE_Result check_enumeration(const struct client_memory *client);

/* Returns only if it did not panic. */
TEE_Result panic_run(uint32_t command, const struct client_memory *client);

#endif
