/* fake_ta.h - what every TA is made of, for tests of the library below it. */
#ifndef TA_TEST_FAKE_TA_H
#define TA_TEST_FAKE_TA_H

#include <tee_internal_api.h>

#define FAKE_TA_HEAP_SIZE	   65536
#define FAKE_TA_NO_SHARE_HEAP_SIZE 4096

/* The entry points count their calls and keep what they got; a test says what they return. */
struct fake_ta {
	unsigned int constructed;
	unsigned int destructed;
	unsigned int created;
	unsigned int destroyed;
	unsigned int opened;
	unsigned int closed;
	unsigned int invoked;

	TEE_Result create_result;
	TEE_Result open_result;
	TEE_Result invoke_result;

	void *context; /* of the last call */
	uint32_t command;
	uint32_t types;
	TEE_Param params[TEE_NUM_PARAMS];

	/* Called by the entry points if it is there. */
	void (*look)(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
};

extern struct fake_ta fake_ta;

/* The flags of the TA's header. */
void fake_ta_flags(uint32_t flags);

#endif
