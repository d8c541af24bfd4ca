/* user_ta_header_defines.h - what the dev kit asks of every TA. */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "bench_ta.h"

#define TA_UUID	       BENCH_TA_UUID
#define TA_FLAGS       0
#define TA_STACK_SIZE  (8 * 1024)
#define TA_DATA_SIZE   (32 * 1024)
#define TA_VERSION     "1.0"
#define TA_DESCRIPTION "Does as little as possible, to be measured"

#endif
