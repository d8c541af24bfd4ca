/* port.h - everything the secure world asks of the machine it runs on.
 *
 * The core and the TEE see no register, no instruction and no host: they see this page. A port is a
 * folder under secure/port/ (or sim/) that implements every function here and calls tee_enter().
 *
 * Unless a function says otherwise it may be called on any CPU, from any secure thread, with a
 * spinlock held, and does not sleep. Sizes are bytes, page counts are units of PORT_PAGE_SIZE. */
#ifndef SECURE_CORE_PORT_H
#define SECURE_CORE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_PAGE_SIZE	     4096u
#define PORT_CPUS_MAX	     64u
#define PORT_DEVICE_KEY_SIZE 32u

/* --- CPUs ------------------------------------------------------------------------------------ */

/* The CPU this code runs on, below PORT_CPUS_MAX. A secure thread may find itself on another CPU
 * after each suspension, never in between. */
unsigned int port_cpu(void);

/* Tell the CPU that this is a wait loop. */
void port_relax(void);

/* Keep foreign interrupts from stopping this CPU; restore what `off` returned. Nests. A port may take
 * one at any instruction of a secure thread that has them on, by rpc_foreign_interrupt(): the thread
 * goes on later, perhaps on another CPU. On a CPU's own stack they are always off. */
uint32_t port_interrupts_off(void);
void port_interrupts_restore(uint32_t state);

/* Make the normal world call GET_ASYNC_NOTIF_VALUE. */
void port_notification_raise(void);

/* --- Stacks ---------------------------------------------------------------------------------- */

/* `base` is the lowest byte of `size` usable bytes, of which the core keeps the lowest for a
 * canary; below it lies a page that faults. The rest belongs to the port. Zero-initialised, it
 * stands for the stack that a CPU entered on. */
struct port_stack {
	void *base;
	size_t size;
	void *pointer;
	void *port[4];
};

/* Get memory for a stack. Only while booting. false: there is none. */
bool port_stack_create(struct port_stack *stack);

/* The next switch to `stack` calls work(arg) on a fresh stack, with interrupts on. `work` never
 * returns. */
void port_stack_prepare(struct port_stack *stack, void (*work)(void *arg), void *arg);

/* Leave `from` and go on where `to` was left, with interrupts on or off as they were there. Returns
 * when something switches to `from`. */
void port_stack_switch(struct port_stack *from, struct port_stack *to);

/* --- Time, chance, identity, words out ------------------------------------------------------- */

/* Nanoseconds since some moment before boot, from the CPU's own counter; never goes back. */
uint64_t port_time_ns(void);

/* Fill `buffer` from the machine's entropy. */
void port_random(void *buffer, size_t size);

/* The key that makes this device this device. Secret: wipe your copy. */
void port_device_key(uint8_t key[PORT_DEVICE_KEY_SIZE]);

/* Text for the secure console, whole lines. Text that does not fit is dropped and counted by the
 * port, never waited for. */
void port_console_write(const char *text, size_t size);

/* An invariant is broken: say why, stop the secure world, all of it. */
_Noreturn void port_panic(const char *why);

/* --- Secure memory --------------------------------------------------------------------------- */

/* Zeroed pages that the normal world cannot reach, mapped in the secure kernel and contiguous
 * there. NULL: there are not `count` left. */
struct port_pages;
struct port_pages *port_pages_alloc(size_t count);
void port_pages_free(struct port_pages *pages);
void *port_pages_address(const struct port_pages *pages);

/* --- The normal world's memory --------------------------------------------------------------- */

/* Is the page at physical address `page` (aligned) the normal world's RAM? It stays so until the
 * call ends: a port remembers what it handed out mappings for. */
bool port_normal_page(uint64_t page);

/* Map `count` pages of the normal world next to one another, read-write. The normal world writes
 * them at any time. NULL: one of them is not its RAM, or no room is left. */
void *port_normal_map(const uint64_t *pages, size_t count);
void port_normal_unmap(void *address, size_t count);

/* Copy out of, or into, such a mapping. Every byte is accessed once, whatever the compiler knows:
 * what `to` holds after a read does not change any more. The core touches normal memory in no other
 * way. */
void port_normal_read(void *to, const void *from, size_t size);
void port_normal_write(void *to, const void *from, size_t size);

/* --- User mode ------------------------------------------------------------------------------- */

enum port_access {
	PORT_ACCESS_READ = 1,
	PORT_ACCESS_WRITE = 2,
	PORT_ACCESS_EXECUTE = 4,
};

/* An address space for one TA instance. `name` is for people (a UUID). Mappings are recorded at
 * once and are in force after port_space_commit(); user mode must not run in between. Addresses
 * are page aligned and inside the limits, ranges do not overlap: the core sees to that. WRITE and
 * EXECUTE are never asked for together. These five may sleep outside the secure world's own
 * scheduling for a short bounded time: hold no spinlock. */
struct port_space;
struct port_space *port_space_create(const char *name);
void port_space_destroy(struct port_space *space);
bool port_space_map(struct port_space *space, uint64_t address, struct port_pages *pages,
		    size_t first, size_t count, unsigned int access);
bool port_space_map_normal(struct port_space *space, uint64_t address, const uint64_t *pages,
			   size_t count, unsigned int access);
bool port_space_unmap(struct port_space *space, uint64_t address, size_t count);

/* Put all changes since the last commit in force. false: the space is beyond repair and user mode
 * must not run in it again (a TA process that died, no memory for page tables). After true, what
 * was unmapped is out of the TA's reach. */
bool port_space_commit(struct port_space *space);

/* Where user addresses may lie: [*low, *high). */
void port_space_limits(uint64_t *low, uint64_t *high);

enum port_trap {
	PORT_TRAP_SYSCALL,   /* number and args are set; the next run returns `result` */
	PORT_TRAP_FAULT,     /* fault_* are set; the TA cannot go on */
	PORT_TRAP_INTERRUPT, /* a foreign interrupt: leave the secure world, then run again */
	PORT_TRAP_GONE,	     /* user mode no longer exists (its process died) */
};

enum port_run {
	PORT_RUN_ENTER,	 /* start at pc with sp and args[0..3] */
	PORT_RUN_RESULT, /* go on after a system call with `result` */
	PORT_RUN_RESUME, /* go on after PORT_TRAP_INTERRUPT */
};

struct port_user {
	enum port_run run;
	uint64_t pc;
	uint64_t sp;
	uint64_t number;
	uint64_t args[8];
	uint64_t result;
	uint64_t fault_address;
	uint64_t fault_pc;
	uint32_t fault_cause; /* the port's own number, for the log */
	/* The frame pointer after SYSCALL and FAULT, for the log: where the frame before it and the
	 * return address are stored, in this order. Whatever the TA had in that register. */
	uint64_t frame;
};

/* Run user mode in `space` until it traps. Called from a secure thread with no lock held; the CPU
 * is the TA's meanwhile. What is in `user` afterwards is a copy: user mode cannot change it. */
enum port_trap port_user_run(struct port_space *space, struct port_user *user);

/* --- Images ---------------------------------------------------------------------------------- */

enum port_reloc {
	PORT_RELOC_NONE,     /* nothing to do */
	PORT_RELOC_RELATIVE, /* base + addend */
	PORT_RELOC_ABSOLUTE, /* symbol + addend, 64 bits */
	PORT_RELOC_SYMBOL,   /* symbol (GLOB_DAT, JUMP_SLOT) */
	PORT_RELOC_UNKNOWN,
};

/* The ELF machine that this port's user mode executes, and what its relocation types mean. */
uint16_t port_elf_machine(void);
enum port_reloc port_elf_reloc(uint32_t type);

#endif
