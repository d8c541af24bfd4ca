/* fake_ta.h - TAs for the tests of secure/tee: C functions instead of images.
 *
 * Stands in for store.c, image.c, elf.c and storage.c, and for the user mode of the port: a TA is
 * entered on a POSIX thread of its own that runs while the CPU that entered it waits. It reaches
 * memory as the last commit left it. Whatever it may not do aborts the test. */
#ifndef SECURE_TEE_FAKE_TA_H
#define SECURE_TEE_FAKE_TA_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/syscall.h"

#define FAKE_TAS_MAX	16u
#define FAKE_TA_STACK	8192u
/* A TA's scratch memory, below its parameters. */
#define FAKE_TA_SCRATCH 4096u

struct fake_entry;

/* What a TA does in one entry. Its result is what RETURN carries. */
typedef TEE_Result (*fake_program)(struct fake_entry *entry);

struct fake_ta {
	TEE_UUID uuid;
	uint32_t flags;
	fake_program program;
	/* What fetching and loading the image answer. */
	TEE_Result fetch_result;
	TEE_Result load_result;

	/* Since fake_ta_reset(). */
	unsigned int loads;
	unsigned int entries[4]; /* by function */
	uint32_t last_session;
};

/* One entry, as the TA sees it. */
struct fake_entry {
	struct fake_ta *ta;
	uint32_t func;
	uint32_t session;
	uint64_t params_address;
	uint32_t command;
	uint64_t stack_pointer;
	uint64_t code;	/* where its code is */
	uint64_t frame; /* the frame pointer that it dies with; 0 unless the program sets it */
	struct fake_user *user;
};

/* Forget all TAs, limits and counters. */
void fake_ta_reset(void);

/* A TA that OPEN_SESSION finds. It lasts until the reset. */
struct fake_ta *fake_ta_install(uint32_t number, uint32_t flags, fake_program program);
/* The UUID of TA `number`. */
TEE_UUID fake_ta_uuid(uint32_t number);

/* Does everybody have the key that TAs are signed with? After the reset: yes. */
extern bool fake_ta_key_is_public;

/* Object handles of TAs that are alive; and how many more may be created (-1: any number). */
unsigned int fake_ta_objects(void);
void fake_ta_objects_limit(long limit);

/* --- For programs ----------------------------------------------------------------------------- */

/* Ask the kernel; up to eight arguments follow. */
#define fake_syscall(entry, number, ...)                                                           \
	fake_syscall_list((entry), (number), (const uint64_t[8]){ __VA_ARGS__ })
uint32_t fake_syscall_list(struct fake_entry *entry, uint64_t number, const uint64_t args[8]);

/* Ends of an entry other than RETURN. */
_Noreturn void fake_panic(struct fake_entry *entry, uint32_t code);
_Noreturn void fake_fault(struct fake_entry *entry, uint64_t address);
_Noreturn void fake_gone(struct fake_entry *entry);
/* A foreign interrupt comes. */
void fake_interrupt(struct fake_entry *entry);

/* The parameters: as they were given, and writable. */
struct utee_params *fake_params(struct fake_entry *entry);

/* Memory as the TA reaches it now: NULL, it does not. `access` is what it needs there. */
void *fake_memory(struct fake_entry *entry, uint64_t address, unsigned int access);

/* A place in the TA's scratch memory at `offset`, and the address that the kernel is told. */
uint64_t fake_scratch(struct fake_entry *entry, uint64_t offset);
void *fake_scratch_bytes(struct fake_entry *entry, uint64_t offset);

#endif
