/* fake_daemon.h - posternd as the secure world sees it, for the tests of this port. */
#ifndef SECURE_PORT_HOST_FAKE_DAEMON_H
#define SECURE_PORT_HOST_FAKE_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/gate.h"

/* How a secure world is started; daemon_options() is right in every way. */
struct daemon_options {
	uint32_t magic;
	uint32_t version;
	uint32_t cpu_count;
	int seals;
	size_t size;
	struct gate_boot boot;
	size_t boot_size;
};

struct daemon {
	pid_t pid;
	struct gate_memory *gate;
	int plug;
};

/* Memory of the normal world: an object, and where this process sees it. */
struct daemon_memory {
	int fd;
	size_t size;
	uint8_t *bytes;
};

struct daemon_options daemon_options(void);

/* Start `program`; back when it is READY or has ended. */
void daemon_start(struct daemon *daemon, const char *program, const struct daemon_options *options);

/* Its exit status as waitpid() says, when it has ended. */
bool daemon_ended(const struct daemon *daemon, int *status);

/* The same, but wait for the end. */
int daemon_wait(const struct daemon *daemon);

/* Hand over on `cpu` and wait. false: it ended. */
bool daemon_call(struct daemon *daemon, unsigned int cpu, struct smc_regs *regs);

/* The two halves of that. */
void daemon_call_begin(struct daemon *daemon, unsigned int cpu, const struct smc_regs *regs);
bool daemon_call_end(struct daemon *daemon, unsigned int cpu, struct smc_regs *regs);

void daemon_interrupt(struct daemon *daemon, unsigned int cpu);

/* Send one message, with `fd` unless that is negative, and count it. */
void daemon_plug(struct daemon *daemon, uint32_t operation, uint64_t address, uint64_t size,
		 int fd);

/* Kill it and wait until nothing is left of it: processes become this one's children when their
 * parent goes, and are waited for until there are none. */
void daemon_stop(struct daemon *daemon);
void daemon_wait_all(void);

struct daemon_memory daemon_memory(size_t pages, int seals);
void daemon_memory_free(struct daemon_memory *memory);

/* The first child of `parent` whose name is `name`; 0: there is none. */
pid_t daemon_find(pid_t parent, const char *name);

#endif
