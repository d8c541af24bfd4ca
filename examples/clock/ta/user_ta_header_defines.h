/* user_ta_header_defines.h - what the dev kit asks of every TA. */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "clock_ta.h"

#define TA_UUID CLOCK_TA_UUID

/* One clock for everyone, which stays when nobody looks at it. */
#define TA_FLAGS (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_FLAG_INSTANCE_KEEP_ALIVE)

#define TA_STACK_SIZE  (8 * 1024)
#define TA_DATA_SIZE   (32 * 1024)
#define TA_VERSION     "1.0"
#define TA_DESCRIPTION "The clocks of a TEE"

#endif
