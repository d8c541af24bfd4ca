/* clock_ta.h - what the clock TA does, for both worlds. */
#ifndef CLOCK_TA_H
#define CLOCK_TA_H

#define CLOCK_TA_UUID                                                                              \
	{                                                                                          \
		0xbb2d33c6, 0x8b54, 0x4994,                                                        \
		{                                                                                  \
			0xb8, 0x28, 0xb1, 0x2c, 0xfa, 0x31, 0x6d, 0x70                             \
		}                                                                                  \
	}

/* A time is p0: a seconds, b milliseconds. */
enum clock_command {
	/* p0 VALUE_OUTPUT: the TEE's own time since some moment; never goes back. */
	CLOCK_SYSTEM,
	/* p0 VALUE_OUTPUT: what the normal world says the time is. Do not trust it. */
	CLOCK_REE,
	/* p0 VALUE_OUTPUT: the time that was set, and what went by since then.
	 * TEE_ERROR_TIME_NOT_SET. TEE_ERROR_OVERFLOW: it went over 2^32 seconds, and is modulo
	 * that. */
	CLOCK_PERSISTENT,
	/* p0 VALUE_INPUT: set it. TEE_ERROR_BAD_PARAMETERS: 1000 milliseconds or more. */
	CLOCK_SET_PERSISTENT,
	/* p0 VALUE_INPUT: wait a milliseconds; TEE_ERROR_CANCEL: the client did not want to wait so
	 * long. */
	CLOCK_WAIT,
};

#endif
