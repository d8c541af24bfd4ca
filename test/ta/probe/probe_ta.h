/* probe_ta.h - a TA that tries what no TA may do, for both worlds.
 *
 * Each command but the first two is an attempt. It ends in one of three ways: the TA dies of it
 * (TEE_ERROR_TARGET_DEAD), it is refused (TEE_ERROR_ACCESS_DENIED; on a PC p0.b has the errno),
 * or it works: TEE_SUCCESS is what no test may see. */
#ifndef TEST_TA_PROBE_TA_H
#define TEST_TA_PROBE_TA_H

#define PROBE_TA_UUID                                                                              \
	{                                                                                          \
		0xca5d69ec, 0x56f4, 0x407d,                                                        \
		{                                                                                  \
			0x9f, 0x10, 0x88, 0x9d, 0x62, 0x30, 0x20, 0xa3                             \
		}                                                                                  \
	}

enum probe_command {
	/* Nothing: the TA is alive. */
	PROBE_ALIVE,
	/* p0 MEMREF_INOUT: remember where this memory is. Of 8 bytes or more; gets its address. */
	PROBE_REMEMBER,

	/* The host's system calls. p0 VALUE_INOUT, not looked at. */
	PROBE_OPEN_FILE,
	PROBE_FORK,
	PROBE_CLONE_THREAD,
	PROBE_EXECUTE,
	PROBE_SOCKET,
	PROBE_KILL_PARENT,
	PROBE_TRACE_PARENT,
	PROBE_READ_PARENT,
	PROBE_READ_CLOCK,
	PROBE_GET_RANDOM,
	PROBE_MAP_EXECUTABLE,
	PROBE_DUPLICATE_FILES,
	PROBE_WRITE_FILE_1,
	PROBE_SIGNAL_ACTION,
	PROBE_IO_URING,

	/* Memory. p0 VALUE_INOUT: for POKE and PEEK an address, a the low and b the high half. */
	PROBE_PEEK,
	PROBE_POKE,
	PROBE_PEEK_REMEMBERED,
	PROBE_POKE_REMEMBERED,
	PROBE_WRITE_OWN_CODE,
	PROBE_EXECUTE_OWN_DATA,
	PROBE_WRITE_CONSTANT,
	PROBE_EXHAUST_STACK,

	/* p0 MEMREF_INPUT: write into what the client lent for reading. */
	PROBE_WRITE_INPUT,
	/* p0 MEMREF_INPUT: read behind the end of its last page. */
	PROBE_READ_BEHIND,
	/* p0 VALUE_INOUT: system calls of the TEE with numbers and pointers that lead nowhere. */
	PROBE_BAD_SYSCALL,

	PROBE_COUNT,
};

#endif
