/* hello_ta.h - what the hello TA does, for both worlds. */
#ifndef HELLO_TA_H
#define HELLO_TA_H

#define HELLO_TA_UUID                                                                              \
	{                                                                                          \
		0x2d496816, 0xc45d, 0x4871,                                                        \
		{                                                                                  \
			0xa7, 0x58, 0x68, 0x43, 0x18, 0x86, 0xf8, 0x32                             \
		}                                                                                  \
	}

/* Opening a session takes a name to be greeted by (p0 MEMREF_INPUT), or no parameters. */

enum hello_command {
	/* p0 VALUE_INOUT: a becomes a + b. TEE_ERROR_OVERFLOW: it has no 32 bits. */
	HELLO_ADD,
	/* p0 MEMREF_OUTPUT: a greeting, without a NUL. TEE_ERROR_SHORT_BUFFER: the size that is
	 * needed. */
	HELLO_GREET,
	/* p0 MEMREF_INPUT, p1 VALUE_OUTPUT: a is the sum of the bytes, modulo 2^32. */
	HELLO_SUM,
	/* p0 MEMREF_INOUT: small letters become capitals, in place. */
	HELLO_CAPITALS,
	/* p0 MEMREF_INPUT, p1 MEMREF_OUTPUT: a copy. TEE_ERROR_SHORT_BUFFER as above. */
	HELLO_ECHO,
	/* p0 VALUE_OUTPUT: a is the number of calls of this session, this one included. */
	HELLO_COUNT,
};

#endif
