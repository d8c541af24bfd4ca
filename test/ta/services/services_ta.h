/* services_ta.h - the TA that uses what a TA gets from outside, for both worlds. An instance for each session,
 * with one socket. */
#ifndef TEST_TA_SERVICES_TA_H
#define TEST_TA_SERVICES_TA_H

#define SERVICES_TA_UUID                                                                           \
	{                                                                                          \
		0x226a4e70, 0x5914, 0x403e,                                                        \
		{                                                                                  \
			0x91, 0xd9, 0x31, 0x0f, 0x60, 0xed, 0xbd, 0x7b                             \
		}                                                                                  \
	}

/* The result of each is that of the function it is about. */
enum services_command {
	SERVICES_OPEN,	/* VALUE_INPUT a = protocol, b = IP version << 16 | port; MEMREF_INPUT host;
			    * VALUE_OUTPUT a = protocol error */
	SERVICES_CLOSE, /* */
	SERVICES_SEND,	/* VALUE_INOUT a = timeout, then bytes; MEMREF_INPUT */
	SERVICES_RECV,	/* VALUE_INOUT a = timeout, then bytes; MEMREF_OUTPUT */
	SERVICES_ERROR, /* VALUE_OUTPUT a = last result */
	SERVICES_IOCTL, /* VALUE_INPUT a = command; MEMREF_INOUT */
	SERVICES_PLUGIN, /* MEMREF_INPUT native UUID; VALUE_INOUT a = command, b = sub-command, then
			    * a = length; MEMREF_INOUT */
	SERVICES_KEY,	 /* MEMREF_INPUT extra; MEMREF_OUTPUT key */
	SERVICES_KEY_AWAY, /* the same, but the key would go straight to the client */
	SERVICES_PROFILE,  /* VALUE_INOUT a = file; MEMREF_INPUT */
	SERVICES_SAMPLE,   /* */
	SERVICES_PANIC,	   /* */
};

#endif
