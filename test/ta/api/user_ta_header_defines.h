/* user_ta_header_defines.h - what the dev kit asks of every TA. */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "api_ta.h"

#define TA_UUID		      API_TA_UUID
#define TA_FLAGS	      0
#define TA_STACK_SIZE	      (16 * 1024)
#define TA_DATA_SIZE	      (512 * 1024)
#define TA_NO_SHARE_DATA_SIZE (4 * 1024)

#define TA_VERSION     "4.2"
#define TA_DESCRIPTION "Holds the library against the kernel"

#define TA_CURRENT_TA_EXT_PROPERTIES                                                               \
	{ "test.number", USER_TA_PROP_TYPE_U32, &(const uint32_t){ 4242 } },                       \
		{ "test.text", USER_TA_PROP_TYPE_STRING, "some text" },                            \
		{ "test.binary", USER_TA_PROP_TYPE_BINARY_BLOCK, "SGVsbG8gd29ybGQh" },

#endif
