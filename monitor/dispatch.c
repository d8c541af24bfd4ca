#include "monitor/dispatch.h"

#include <stddef.h>
#include <string.h>

#include "abi/psci.h"
#include "lib/bits.h"
#include "monitor/dump.h"
#include "monitor/gic.h"
#include "monitor/machine.h"
#include "monitor/power.h"
#include "monitor/psci.h"

#define ESR_CLASS_SHIFT 26
#define ESR_CLASS_FP	0x07

/* EL2h and EL1h, everything masked: how the normal world is entered. */
#define SPSR_EL2 0x3C9
#define SPSR_EL1 0x3C5

/* Turning a CPU off leaves nothing on above it: the only power level there is. */
#define POWER_LEVEL 0

static struct features features;
/* What the secure kernel said where it can be called; 0: nowhere. */
static uint64_t secure_vectors;

void dispatch_init(const struct features *given)
{
	features = *given;
	secure_vectors = 0;
}

static void normal_reset(struct cpu *cpu)
{
	memset(&cpu->normal, 0, sizeof(cpu->normal));
	cpu->normal.x[0] = cpu->context;
	cpu->normal.elr = cpu->entry;
	cpu->normal.spsr = features.el2 ? SPSR_EL2 : SPSR_EL1;
	cpu->normal.scr = features.scr_normal;
	cpu->normal.cptr = features.cptr_normal;
	cpu->normal.el1[EL1_SCTLR] = EL1_SCTLR_RESET;
}

static void secure_reset(struct cpu *cpu)
{
	memset(&cpu->secure, 0, sizeof(cpu->secure));
	cpu->secure.scr = features.scr_secure;
	cpu->secure.cptr = features.cptr_secure;
	cpu->secure.el1[EL1_SCTLR] = EL1_SCTLR_RESET;
}

void dispatch_cpu_init(struct cpu *cpu, unsigned int index, uint64_t entry, uint64_t context)
{
	cpu->index = index;
	cpu->entry = entry;
	cpu->context = context;
	cpu->vectors = 0;
	cpu->fp_lent = 0;
	cpu->expected = 0;
	normal_reset(cpu);
	secure_reset(cpu);
}

/* --- Visits: the secure kernel is told something, and answers ---------------------------------- */

/* From the secure kernel to the normal world, wherever that was left. */
static struct world *go_normal(struct cpu *cpu)
{
	if (cpu->fp_lent != 0) {
		machine_fp_load(cpu);
		cpu->fp_lent = 0;
		cpu->secure.cptr = features.cptr_secure;
	}
	world_load_normal(&cpu->normal);
	return &cpu->normal;
}

/* To the secure kernel at `address`. Whoever calls has saved the normal world. */
static struct world *go_secure(struct cpu *cpu, uint64_t address, uint64_t argument,
			       uint32_t expected)
{
	world_load_secure(&cpu->secure);
	cpu->expected = expected;
	cpu->secure.x[0] = argument;
	cpu->secure.elr = address;
	cpu->secure.spsr = SPSR_SECURE;
	return &cpu->secure;
}

static struct world *finish_entry(struct cpu *cpu, uint64_t vectors)
{
	secure_vectors = vectors;
	cpu->vectors = vectors;
	boot_finished(vectors != 0 ? SECURE_KERNEL_RUNS : SECURE_KERNEL_FAILED);
	return go_normal(cpu);
}

static struct world *finish_on(struct cpu *cpu, uint64_t failed)
{
	if (failed != 0) {
		dump_stop("the secure kernel cannot turn a CPU on", NULL);
	}
	cpu->vectors = secure_vectors;
	psci_started(cpu->index);
	return go_normal(cpu);
}

static struct world *finish_off(struct cpu *cpu, uint64_t failed)
{
	if (failed != 0) {
		dump_stop("the secure kernel cannot turn a CPU off", NULL);
	}
	cpu->vectors = 0;
	psci_stopped(cpu->index);
	cpu_park();
}

static struct world *visit(struct cpu *cpu, uint32_t vector, uint64_t argument);

static struct world *finish_suspend(struct cpu *cpu, uint64_t failed)
{
	if (failed != 0) {
		dump_stop("the secure kernel cannot be suspended", NULL);
	}
	machine_wait();
	return visit(cpu, OPTEED_VECTOR_CPU_RESUME, POWER_LEVEL);
}

/* The CPU was off, as far as the normal world can tell. */
static struct world *finish_resume(struct cpu *cpu, uint64_t failed)
{
	if (failed != 0) {
		dump_stop("the secure kernel cannot be resumed", NULL);
	}
	normal_reset(cpu);
	machine_cpu_init(&features);
	return go_normal(cpu);
}

static struct world *finish_system_off(struct cpu *cpu, uint64_t unused)
{
	(void)cpu;
	(void)unused;
	power_off();
}

static struct world *finish_system_reset(struct cpu *cpu, uint64_t unused)
{
	(void)cpu;
	(void)unused;
	power_reset();
}

static const struct visit_row {
	uint32_t vector;
	uint32_t answer;
	struct world *(*finish)(struct cpu *cpu, uint64_t result);
} visits[] = {
	{ OPTEED_VECTOR_CPU_ON, OPTEED_RETURN_ON_DONE, finish_on },
	{ OPTEED_VECTOR_CPU_OFF, OPTEED_RETURN_OFF_DONE, finish_off },
	{ OPTEED_VECTOR_CPU_SUSPEND, OPTEED_RETURN_SUSPEND_DONE, finish_suspend },
	{ OPTEED_VECTOR_CPU_RESUME, OPTEED_RETURN_RESUME_DONE, finish_resume },
	{ OPTEED_VECTOR_SYSTEM_OFF, OPTEED_RETURN_SYSTEM_OFF_DONE, finish_system_off },
	{ OPTEED_VECTOR_SYSTEM_RESET, OPTEED_RETURN_SYSTEM_RESET_DONE, finish_system_reset },
};

/* Without a secure kernel every visit has ended well. */
static struct world *visit(struct cpu *cpu, uint32_t vector, uint64_t argument)
{
	for (size_t i = 0; i < array_size(visits); i++) {
		if (visits[i].vector != vector) {
			continue;
		}
		if (secure_vectors == 0) {
			return visits[i].finish(cpu, 0);
		}
		return go_secure(cpu, secure_vectors + vector, argument, visits[i].answer);
	}
	dump_stop("a visit that is not in the table", NULL);
}

struct world *dispatch_boot(struct cpu *cpu, uint64_t image, uint64_t device_tree)
{
	cpu->secure.x[2] = device_tree;
	return go_secure(cpu, image, 0, OPTEED_RETURN_ENTRY_DONE);
}

struct world *dispatch_on(struct cpu *cpu)
{
	return visit(cpu, OPTEED_VECTOR_CPU_ON, 0);
}

/* --- What the secure kernel asks --------------------------------------------------------------- */

static struct world *secure_answer(struct cpu *cpu, uint32_t answer, uint64_t result)
{
	cpu->expected = 0;
	world_save_secure(&cpu->secure);
	if (answer == OPTEED_RETURN_ENTRY_DONE) {
		return finish_entry(cpu, result);
	}
	for (size_t i = 0; i < array_size(visits); i++) {
		if (visits[i].answer == answer) {
			return visits[i].finish(cpu, result);
		}
	}
	dump_stop("an answer that is not in the table", &cpu->secure);
}

static struct world *secure_call_done(struct cpu *cpu)
{
	world_save_secure(&cpu->secure);
	memcpy(cpu->normal.x, cpu->secure.x + 1, 4 * sizeof(cpu->normal.x[0]));
	return go_normal(cpu);
}

/* By the convention the secure kernel has left the registers of EL1 as it found them. */
static struct world *secure_fiq_done(struct cpu *cpu)
{
	cpu->expected = 0;
	return go_normal(cpu);
}

static struct world *secure_smc(struct cpu *cpu)
{
	uint32_t id = (uint32_t)cpu->secure.x[0];

	if (id == OPTEED_RETURN_CALL_DONE && cpu->expected == 0) {
		return secure_call_done(cpu);
	}
	if (id != cpu->expected) {
		dump_stop("the secure kernel answers what it was not asked", &cpu->secure);
	}
	if (id == OPTEED_RETURN_FIQ_DONE) {
		return secure_fiq_done(cpu);
	}
	return secure_answer(cpu, id, cpu->secure.x[1]);
}

/* The secure world is about to use the vector registers, in which the normal world's values are. */
static struct world *secure_fp(struct cpu *cpu)
{
	machine_fp_save(cpu);
	cpu->fp_lent = 1;
	cpu->secure.cptr &= ~CPTR_TFP;
	return &cpu->secure;
}

static struct world *lower_secure(struct cpu *cpu, enum lower_reason reason)
{
	if (reason == LOWER_REASON_SMC) {
		return secure_smc(cpu);
	}
	if (reason == LOWER_REASON_OTHER && machine_esr() >> ESR_CLASS_SHIFT == ESR_CLASS_FP &&
	    cpu->fp_lent == 0) {
		return secure_fp(cpu);
	}
	dump_stop("the secure kernel is broken", &cpu->secure);
}

/* --- What the normal world asks ---------------------------------------------------------------- */

static struct world *answer(struct cpu *cpu, int64_t result)
{
	cpu->normal.x[0] = (uint64_t)result;
	return &cpu->normal;
}

static struct world *serve_version(struct cpu *cpu, const uint64_t *args)
{
	(void)args;
	return answer(cpu, PSCI_VERSION_1_1);
}

static struct world *serve_cpu_suspend(struct cpu *cpu, const uint64_t *args)
{
	int64_t result = psci_power_state_check(args[0]);

	if (result != PSCI_SUCCESS) {
		return answer(cpu, result);
	}
	if ((args[0] & PSCI_POWER_STATE_DOWN) == 0) {
		machine_wait();
		return answer(cpu, PSCI_SUCCESS);
	}
	if (!psci_entry_is_good(args[1])) {
		return answer(cpu, PSCI_INVALID_ADDRESS);
	}
	cpu->entry = args[1];
	cpu->context = args[2];
	return visit(cpu, OPTEED_VECTOR_CPU_SUSPEND, POWER_LEVEL);
}

static struct world *serve_cpu_off(struct cpu *cpu, const uint64_t *args)
{
	(void)args;
	if (!psci_may_stop()) {
		return answer(cpu, PSCI_DENIED);
	}
	return visit(cpu, OPTEED_VECTOR_CPU_OFF, 0);
}

static struct world *serve_cpu_on(struct cpu *cpu, const uint64_t *args)
{
	return answer(cpu, psci_cpu_on(args[0], args[1], args[2]));
}

static struct world *serve_affinity_info(struct cpu *cpu, const uint64_t *args)
{
	return answer(cpu, psci_affinity_info(args[0], args[1]));
}

static struct world *serve_migrate_info(struct cpu *cpu, const uint64_t *args)
{
	(void)args;
	return answer(cpu, PSCI_MIGRATE_NOT_NEEDED);
}

static struct world *serve_system_off(struct cpu *cpu, const uint64_t *args)
{
	(void)args;
	return visit(cpu, OPTEED_VECTOR_SYSTEM_OFF, 0);
}

static struct world *serve_system_reset(struct cpu *cpu, const uint64_t *args)
{
	(void)args;
	return visit(cpu, OPTEED_VECTOR_SYSTEM_RESET, 0);
}

static struct world *serve_features(struct cpu *cpu, const uint64_t *args)
{
	return answer(cpu, psci_features(args[0]));
}

static struct world *serve_smccc_version(struct cpu *cpu, const uint64_t *args)
{
	(void)args;
	return answer(cpu, SMCCC_VERSION_1_2);
}

static struct world *serve_smccc_features(struct cpu *cpu, const uint64_t *args)
{
	uint32_t id = (uint32_t)args[0];
	bool known = id == SMCCC_VERSION || id == SMCCC_ARCH_FEATURES;

	return answer(cpu, known ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED);
}

static const struct service {
	uint32_t id;
	struct world *(*serve)(struct cpu *cpu, const uint64_t *args);
} services[] = {
	{ SMCCC_VERSION, serve_smccc_version },
	{ SMCCC_ARCH_FEATURES, serve_smccc_features },
	{ PSCI_VERSION, serve_version },
	{ PSCI_CPU_SUSPEND_32, serve_cpu_suspend },
	{ PSCI_CPU_SUSPEND_64, serve_cpu_suspend },
	{ PSCI_CPU_OFF, serve_cpu_off },
	{ PSCI_CPU_ON_32, serve_cpu_on },
	{ PSCI_CPU_ON_64, serve_cpu_on },
	{ PSCI_AFFINITY_INFO_32, serve_affinity_info },
	{ PSCI_AFFINITY_INFO_64, serve_affinity_info },
	{ PSCI_MIGRATE_INFO_TYPE, serve_migrate_info },
	{ PSCI_SYSTEM_OFF, serve_system_off },
	{ PSCI_SYSTEM_RESET, serve_system_reset },
	{ PSCI_FEATURES, serve_features },
};

/* A call by the 32-bit convention has arguments of 32 bits, whatever else is in the registers. */
static struct world *normal_smc(struct cpu *cpu)
{
	uint32_t id = (uint32_t)cpu->normal.x[0];
	uint64_t args[3];

	for (size_t i = 0; i < array_size(args); i++) {
		args[i] = cpu->normal.x[i + 1];
		if ((id & SMC_64) == 0) {
			args[i] = (uint32_t)args[i];
		}
	}
	for (size_t i = 0; i < array_size(services); i++) {
		if (services[i].id == id) {
			return services[i].serve(cpu, args);
		}
	}
	return answer(cpu, SMCCC_NOT_SUPPORTED);
}

/* An interrupt of the secure kernel, which is shown where the normal world was; or a wake-up that came
 * when the CPU was awake. */
static struct world *normal_fiq(struct cpu *cpu)
{
	if (gic_take_wakes()) {
		return &cpu->normal;
	}
	if (cpu->vectors == 0) {
		dump_stop("a secure interrupt, and no secure kernel", &cpu->normal);
	}
	world_save_normal(&cpu->normal);
	return go_secure(cpu, cpu->vectors + OPTEED_VECTOR_FIQ, cpu->normal.elr,
			 OPTEED_RETURN_FIQ_DONE);
}

static struct world *lower_normal(struct cpu *cpu, enum lower_reason reason)
{
	switch (reason) {
	case LOWER_REASON_SMC:
		return normal_smc(cpu);
	case LOWER_REASON_FIQ:
		return normal_fiq(cpu);
	default:
		dump_stop("the normal world did what EL3 has no answer to", &cpu->normal);
	}
}

struct world *monitor_lower(struct cpu *cpu, struct world *stopped, enum lower_reason reason)
{
	if (stopped == &cpu->secure) {
		return lower_secure(cpu, reason);
	}
	return lower_normal(cpu, reason);
}
