#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "normal/gate/gate.h"
#include "normal/gate/host.h"

/* How long a caller waits for a CPU before it asks the secure world to give one back. */
#define GATE_PATIENCE_NS 2000000l

/* Who waits for a CPU, first come first served. */
struct gate_waiter {
	struct gate_waiter *next;
	pthread_cond_t given;
	int cpu; /* -1 until one was given */
};

static struct {
	pthread_mutex_t lock;
	struct gate_memory *memory;
	int plug;
	uint32_t cpu_count;
	uint32_t free_cpus; /* one bit each */
	struct gate_waiter *first;
	struct gate_waiter **last;
	atomic_bool dead;
	uint32_t interrupts_seen;
	atomic_bool interrupts_over;
	pthread_mutex_t plug_lock;
} gate = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.plug_lock = PTHREAD_MUTEX_INITIALIZER,
	.last = &gate.first,
};

static void futex_wait(uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void gate_attach(struct gate_memory *memory, int plug)
{
	gate.memory = memory;
	gate.plug = plug;
	gate.cpu_count = memory->cpu_count;
	gate.free_cpus = (uint32_t)((1ull << memory->cpu_count) - 1);
	gate.interrupts_seen = 0;
	atomic_store(&gate.interrupts_over, false);
	atomic_store(&gate.dead, false);
}

/* The word is the secure world's to write, but a change made here while it is gone, or not listened to,
 * does no harm: one that sleeps on the word sees that it changed, and then why. */
static void interrupt_waiter_wake(void)
{
	if (gate.memory != NULL) {
		__atomic_add_fetch(&gate.memory->notification, 1, __ATOMIC_SEQ_CST);
		futex_wake(&gate.memory->notification);
	}
}

/* Whose turn it is after the secure world's death does not matter to it any more: taking all turns back
 * wakes those who wait, and those who are about to. */
void gate_dead(void)
{
	uint32_t i;

	atomic_store(&gate.dead, true);
	for (i = 0; i < gate.cpu_count; i++) {
		__atomic_store_n(&gate.memory->cpus[i].turn, GATE_TURN_NORMAL, __ATOMIC_SEQ_CST);
		futex_wake(&gate.memory->cpus[i].turn);
	}
	interrupt_waiter_wake();
}

/* Somebody needs a CPU: have a TA that computes leave it for a moment. */
static void interrupt_all(void)
{
	uint32_t i;

	for (i = 0; i < gate.cpu_count; i++) {
		struct gate_cpu *cpu = &gate.memory->cpus[i];

		__atomic_store_n(&cpu->foreign_interrupt, 1, __ATOMIC_SEQ_CST);
		futex_wake(&cpu->foreign_interrupt);
	}
}

static void await_cpu(struct gate_waiter *self)
{
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	while (self->cpu < 0) {
		deadline.tv_nsec += GATE_PATIENCE_NS;
		if (deadline.tv_nsec >= 1000000000l) {
			deadline.tv_nsec -= 1000000000l;
			deadline.tv_sec++;
		}
		if (pthread_cond_timedwait(&self->given, &gate.lock, &deadline) == ETIMEDOUT) {
			interrupt_all();
			clock_gettime(CLOCK_MONOTONIC, &deadline);
		}
	}
}

static int cpu_take(void)
{
	struct gate_waiter self = { .cpu = -1 };
	pthread_condattr_t attributes;

	pthread_mutex_lock(&gate.lock);
	if (gate.free_cpus != 0 && gate.first == NULL) {
		self.cpu = __builtin_ctz(gate.free_cpus);
		gate.free_cpus &= ~(1u << self.cpu);
		pthread_mutex_unlock(&gate.lock);
		return self.cpu;
	}
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&self.given, &attributes);
	pthread_condattr_destroy(&attributes);
	*gate.last = &self;
	gate.last = &self.next;
	await_cpu(&self);
	pthread_mutex_unlock(&gate.lock);
	pthread_cond_destroy(&self.given);
	return self.cpu;
}

static void cpu_give(int cpu)
{
	struct gate_waiter *next;

	pthread_mutex_lock(&gate.lock);
	next = gate.first;
	if (next == NULL) {
		gate.free_cpus |= 1u << cpu;
	} else {
		gate.first = next->next;
		if (gate.first == NULL) {
			gate.last = &gate.first;
		}
		next->cpu = cpu;
		pthread_cond_signal(&next->given);
	}
	pthread_mutex_unlock(&gate.lock);
}

/* The secure world's answer is read only once the turn is ours again. */
static bool cpu_enter(struct gate_cpu *cpu, struct smc_regs *regs)
{
	cpu->regs = *regs;
	__atomic_store_n(&cpu->turn, GATE_TURN_SECURE, __ATOMIC_SEQ_CST);
	if (atomic_load(&gate.dead)) {
		__atomic_store_n(&cpu->turn, GATE_TURN_NORMAL, __ATOMIC_SEQ_CST);
		return false;
	}
	futex_wake(&cpu->turn);
	while (__atomic_load_n(&cpu->turn, __ATOMIC_ACQUIRE) == GATE_TURN_SECURE) {
		futex_wait(&cpu->turn, GATE_TURN_SECURE);
	}
	if (atomic_load(&gate.dead)) {
		return false;
	}
	*regs = cpu->regs;
	return true;
}

void gate_smc(struct smc_regs *regs)
{
	int cpu;

	if (atomic_load(&gate.dead)) {
		regs->a0 = SMC_ENOTAVAIL;
		return;
	}
	cpu = cpu_take();
	if (!cpu_enter(&gate.memory->cpus[cpu], regs)) {
		regs->a0 = SMC_ENOTAVAIL;
	}
	cpu_give(cpu);
}

static ssize_t plug_send(const struct gate_plug *message, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec vector = { (void *)message, sizeof(*message) };
	struct msghdr packet = { .msg_iov = &vector, .msg_iovlen = 1 };

	if (fd >= 0) {
		packet.msg_control = control.space;
		packet.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(gate.plug, &packet, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The socket's queue is short, and is emptied at each entry: when it is full, any entry will do. */
static int plug_post(const struct gate_plug *message, int fd)
{
	struct smc_regs regs;

	while (!atomic_load(&gate.dead)) {
		ssize_t sent;

		pthread_mutex_lock(&gate.plug_lock);
		sent = plug_send(message, fd);
		if (sent == (ssize_t)sizeof(*message)) {
			__atomic_add_fetch(&gate.memory->plugged, 1, __ATOMIC_SEQ_CST);
		}
		pthread_mutex_unlock(&gate.plug_lock);
		if (sent == (ssize_t)sizeof(*message)) {
			return 0;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ETOOMANYREFS) {
			return -ENODEV;
		}
		memset(&regs, 0, sizeof(regs));
		regs.a0 = SMC_CALLS_UID;
		gate_smc(&regs);
	}
	return -ENODEV;
}

int gate_plug(int fd, uint64_t address, uint64_t size)
{
	const struct gate_plug message = {
		.operation = GATE_PLUG_ADD,
		.address = address,
		.size = size,
	};

	return plug_post(&message, fd);
}

void gate_unplug(uint64_t address, uint64_t size)
{
	const struct gate_plug message = {
		.operation = GATE_PLUG_REMOVE,
		.address = address,
		.size = size,
	};

	/* A secure world that is gone has forgotten it already. */
	(void)plug_post(&message, -1);
}

bool gate_interrupt_wait(void)
{
	uint32_t now;

	while (!atomic_load(&gate.dead) && !atomic_load(&gate.interrupts_over)) {
		now = __atomic_load_n(&gate.memory->notification, __ATOMIC_SEQ_CST);
		if (now != gate.interrupts_seen) {
			gate.interrupts_seen = now;
			return true;
		}
		futex_wait(&gate.memory->notification, now);
	}
	return false;
}

void gate_interrupts_end(void)
{
	atomic_store(&gate.interrupts_over, true);
	interrupt_waiter_wake();
}
