/* user_ta_header_defines.h - what the dev kit asks of every TA. */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "probe_ta.h"

#define TA_UUID	       PROBE_TA_UUID
/* What one session remembers, the next one tries. */
#define TA_FLAGS       (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION)
#define TA_STACK_SIZE  (16 * 1024)
#define TA_DATA_SIZE   (32 * 1024)
#define TA_VERSION     "1.0"
#define TA_DESCRIPTION "Tries what is forbidden"

#endif
