/* worker_ta.h - the TA that the end-to-end tests call, for both worlds.
 *
 * One source, two TAs: `worker` has an instance for each session, `shared` one for all. */
#ifndef TEST_TA_WORKER_TA_H
#define TEST_TA_WORKER_TA_H

#define WORKER_TA_UUID                                                                             \
	{                                                                                          \
		0x3f2f02c5, 0xfc42, 0x4f67,                                                        \
		{                                                                                  \
			0xa1, 0xec, 0xe2, 0xd1, 0x27, 0xf7, 0x80, 0xc1                             \
		}                                                                                  \
	}
#define SHARED_TA_UUID                                                                             \
	{                                                                                          \
		0x2f69a62a, 0x243a, 0x4663,                                                        \
		{                                                                                  \
			0xaa, 0xbb, 0xee, 0x7d, 0xdf, 0xf0, 0x54, 0xda                             \
		}                                                                                  \
	}

enum worker_command {
	WORKER_ADD,	   /* p0 VALUE_INOUT: a += b */
	WORKER_MIRROR,	   /* p0 MEMREF_INPUT, p1 MEMREF_OUTPUT: each byte inverted */
	WORKER_WAIT,	   /* p0 VALUE_INPUT: TEE_Wait(a) with cancellation unmasked */
	WORKER_SPIN,	   /* p0 VALUE_INPUT: compute for a milliseconds */
	WORKER_REE_TIME,   /* p0 VALUE_OUTPUT: a = seconds */
	WORKER_STORE,	   /* p0 VALUE_INPUT: write an object named by a, of b bytes */
	WORKER_LOAD,	   /* p0 VALUE_INPUT: read it and compare */
	WORKER_PANIC,	   /* p0 VALUE_INPUT: the panic's code */
	WORKER_FAULT,	   /* write where nothing is mapped */
	WORKER_COUNT,	   /* p0 VALUE_OUTPUT: a = calls of this instance so far */
	WORKER_LOG,	   /* p0 MEMREF_INPUT: log these bytes */
	WORKER_ORIGIN,	   /* fails with TEE_ERROR_BAD_STATE */
	WORKER_RPMB_STORE, /* as WORKER_STORE, in RPMB, and the object is made whole */
	WORKER_RPMB_LOAD,  /* as WORKER_LOAD, in RPMB */
	WORKER_RPC,	   /* p0, p1 MEMREF_INOUT: hand PTA_RPC_CALL on (abi/pta_rpc.h) */
};

#endif
