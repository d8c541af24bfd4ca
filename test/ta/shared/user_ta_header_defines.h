/* user_ta_header_defines.h - what the dev kit asks of every TA. */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#define TA_UUID                                                                                    \
	{                                                                                          \
		0x2f69a62a, 0x243a, 0x4663,                                                        \
		{                                                                                  \
			0xaa, 0xbb, 0xee, 0x7d, 0xdf, 0xf0, 0x54, 0xda                             \
		}                                                                                  \
	}
#define TA_FLAGS       (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION)
#define TA_STACK_SIZE  (8 * 1024)
#define TA_DATA_SIZE   (64 * 1024)
#define TA_VERSION     "1.0"
#define TA_DESCRIPTION "One instance for all sessions"

#endif
