/* calls.h - what the two test kernels ask of one another. */
#ifndef MONITOR_TEST_CALLS_H
#define MONITOR_TEST_CALLS_H

/* Fast: answers x0 to x3, and leaves nothing in any register as it was. */
#define TEST_ECHO	0xB2000100
/* Fast: x0 is 1 when the secure kernel's registers are what the last ECHO left in them. */
#define TEST_KEPT	0xB2000101
/* Fast: x0 is what is set in the vector registers; they hold secrets afterwards. */
#define TEST_VECTORS	0xB2000102
/* Fast: a secure interrupt comes as soon as the normal world runs again. */
#define TEST_INTERRUPT	0xB2000103
/* Fast: x0 to x3 count visits: interrupts, CPUs turned on, CPUs turned off, suspends and resumes. */
#define TEST_COUNTS	0xB2000104
/* Yielding: as ECHO, but leaves registers alone. */
#define TEST_YIELD_ECHO 0x32000100

#define TEST_SECRET 0x5EC2E75E

/* OPTEED_RETURN_* of abi/smc.h, for assembly. */
#define RETURN_ENTRY_DONE	 0xBE000000
#define RETURN_ON_DONE		 0xBE000001
#define RETURN_OFF_DONE		 0xBE000002
#define RETURN_SUSPEND_DONE	 0xBE000003
#define RETURN_RESUME_DONE	 0xBE000004
#define RETURN_CALL_DONE	 0xBE000005
#define RETURN_FIQ_DONE		 0xBE000006
#define RETURN_SYSTEM_OFF_DONE	 0xBE000007
#define RETURN_SYSTEM_RESET_DONE 0xBE000008

#endif
