/* fake_tee.h - what the tests of this port ask of the secure world that fake_tee.c is, and of the
 * TA that runner/fake_ta.c is. Numbers cross in the SMC registers as for the real one. */
#ifndef SECURE_PORT_HOST_FAKE_TEE_H
#define SECURE_PORT_HOST_FAKE_TEE_H

#include <stdint.h>

/* a0 going in; a1... are arguments. Coming out: a0 is FAKE_OK or FAKE_NO, a1... are results. */
enum fake_call {
	FAKE_ECHO = 1, /* a1: back in a1, plus one */
	FAKE_TIME,     /* a1: port_time_ns() */
	FAKE_KEY,      /* a1: the first bytes of the device key */
	FAKE_BOOT,     /* a1: threads, a2: log level */
	FAKE_RANDOM,   /* a1 */
	FAKE_NOTIFY,
	FAKE_LOG, /* a1: lines of a2 bytes each */
	FAKE_PANIC,
	FAKE_LINUX, /* a1: make this system call with zeros; a1: the result */
	FAKE_PAGE,  /* a1: port_normal_page()? */
	FAKE_MAP,   /* a1: count, a2..a5: pages. A mapping, one at a time */
	FAKE_PEEK,  /* a1: offset in the mapping; a1: the word there */
	FAKE_POKE,  /* a1: offset, a2: word */
	FAKE_UNMAP,
	FAKE_SPACE_CREATE, /* a1: page, a2: bytes: the TA's image in normal memory */
	FAKE_SPACE_DESTROY,
	FAKE_SPACE_MAP,	    /* a1: count, a2..a4: pages, a5: access, at FAKE_CLIENT_ADDRESS */
	FAKE_SPACE_UNMAP,   /* a1: count, at FAKE_CLIENT_ADDRESS */
	FAKE_SPACE_MANY,    /* a1: map and unmap that often before one commit, a2: page */
	FAKE_SPACE_RELEASE, /* secure pages are mapped, freed, and committed after that */
	FAKE_ENTER,	    /* a1..a4: the TA's four arguments. Results: see FAKE_RESULT */
	FAKE_RESULT,	    /* a1. Results: a1 enum port_trap, a2, a3: number and args[0], */
	FAKE_RESUME,	    /* or the fault's cause and address */
};

#define FAKE_OK 0u
#define FAKE_NO 1u

#define FAKE_IMAGE_ADDRESS  0x20000000ull
#define FAKE_STACK_ADDRESS  0x30000000ull
#define FAKE_CLIENT_ADDRESS 0x40000000ull
#define FAKE_STACK_PAGES    4u

/* The TA's first argument. The second and third are what each says. */
enum fake_order {
	FAKE_TA_ECHO = 1, /* trap (2nd) with 3rd as args[0]; again with the result */
	FAKE_TA_ALIGNED,  /* trap (how far the stack is from its alignment) with 4th */
	FAKE_TA_LOAD,	  /* trap with the word at 2nd */
	FAKE_TA_STORE,	  /* store 3rd at 2nd, trap */
	FAKE_TA_SPIN,	  /* until the word at 2nd is not 0, then trap */
	FAKE_TA_LINUX,	  /* system call 2nd with the arguments at 3rd, trap with the result */
	FAKE_TA_ILLEGAL,  /* an instruction that is none */
	FAKE_TA_JUMP,	  /* to 2nd */
	FAKE_TA_OVERFLOW, /* use all of the stack and more */
	FAKE_TA_SCRIBBLE, /* see struct fake_scribble, at 2nd */
	FAKE_TA_FORGE,	  /* a trap of no kind, in the page at 2nd */
};

/* The TA says it trapped and goes on: it fills [from, to) of each range with `fill`, for ever. */
struct fake_scribble {
	uint64_t trap; /* address of the trap page */
	uint64_t count;
	uint64_t fill;
	struct {
		uint64_t from;
		uint64_t to;
	} ranges[8];
};

#endif
