/* bench_ta.h - what the benchmark's TA does, for both worlds. */
#ifndef BENCH_TA_BENCH_TA_H
#define BENCH_TA_BENCH_TA_H

#define BENCH_TA_UUID                                                                              \
	{                                                                                          \
		0xcc9dcdea, 0xf4ac, 0x4b0a,                                                        \
		{                                                                                  \
			0xb5, 0x2e, 0xd4, 0x09, 0x54, 0x90, 0xbb, 0x8a                             \
		}                                                                                  \
	}

enum bench_command {
	BENCH_NULL,	     /* nothing, with no parameters */
	BENCH_MEMREF,	     /* p0 MEMREF_INOUT: reads the first byte, writes the last */
	BENCH_REE_TIME,	     /* one GET_TIME RPC */
	BENCH_OBJECT_CREATE, /* make the object that READ reads */
	BENCH_OBJECT_READ,   /* open it, read 64 bytes, close it */
};

#endif
