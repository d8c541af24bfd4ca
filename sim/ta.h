/* ta.h - user mode, played by a script: a TA written as straight-line C, for the simulation.
 *
 * A script is found by the UUID of the instance's image. Its entry function runs on a stack of
 * its own, and each system call leaves it for the secure kernel and comes back with the result,
 * as on a real machine. The script's variables are not the TA's memory: what a system call is to
 * read or write lies in the TA's address space, at a number, and ta_read() and ta_write() are
 * its loads and stores. One outside what is mapped and in force is a fault, after which the
 * script does not go on: so it should own nothing of the process's. */
#ifndef SIM_TA_H
#define SIM_TA_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/syscall.h"

#define TA_SCRIPTS_MAX 16u
#define TA_STATE_SIZE  512u

struct ta;

struct ta_call {
	enum utee_entry_func func;
	uint32_t session;
	uint32_t command;
	/* What the TA finds on its stack; put back there when the entry function returns. */
	struct utee_params params;
};

struct ta_script {
	TEE_UUID uuid;
	uint32_t flags;	     /* TA_FLAG_* */
	uint32_t stack_size; /* 0: some that is enough */
	/* The result is what the TA returns with. */
	TEE_Result (*entry)(struct ta *ta, struct ta_call *call);
};

/* No scripts, and no interrupts. */
void ta_begin(void);
/* `script` stays where it is until the next ta_begin(). */
void ta_register(const struct ta_script *script);
/* NULL: no TA of that UUID. */
const struct ta_script *ta_find(const TEE_UUID *uuid);

/* A system call; the arguments that are not given are 0. */
#define ta_syscall(ta, number, ...) ta_trap(ta, number, (const uint64_t[8]){ __VA_ARGS__ })
TEE_Result ta_trap(struct ta *ta, uint64_t number, const uint64_t args[8]);

/* Loads and stores. */
void ta_read(struct ta *ta, void *to, uint64_t from, size_t size);
void ta_write(struct ta *ta, uint64_t to, const void *from, size_t size);
uint32_t ta_read_u32(struct ta *ta, uint64_t from);
uint64_t ta_read_u64(struct ta *ta, uint64_t from);

/* `size` bytes on the TA's stack until the entry returns: a copy of `data`, or zeros when that is
 * NULL. The address. */
uint64_t ta_push(struct ta *ta, const void *data, size_t size);

/* TA_STATE_SIZE bytes that live as long as the instance, zero at first. */
void *ta_state(struct ta *ta);

/* Ends: none of these returns. The process of the TA is gone; it jumps to where nothing is. */
_Noreturn void ta_vanish(struct ta *ta);
_Noreturn void ta_fault(struct ta *ta, uint64_t address);
_Noreturn void ta_panic(struct ta *ta, uint32_t code);

/* Run work(arg) as part of the secure kernel, on the secure thread that serves this TA: for what no
 * system call reaches. */
void ta_kernel(struct ta *ta, void (*work)(void *arg), void *arg);

#endif
