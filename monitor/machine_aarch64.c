#include "monitor/machine.h"

#include "monitor/cpu.h"

#define read_register(name)                                                                        \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " name : "=r"(value_));                                  \
		value_;                                                                            \
	})
#define write_register(name, value) __asm__ volatile("msr " name ", %0" ::"r"((uint64_t)(value)))
#define barrier_instructions()	    __asm__ volatile("isb" ::: "memory")

/* By number: the assembler need not know the extension. */
#define ICC_PMR_EL1	 "s3_0_c4_c6_0"
#define ICC_IAR0_EL1	 "s3_0_c12_c8_0"
#define ICC_EOIR0_EL1	 "s3_0_c12_c8_1"
#define ICC_SGI0R_EL1	 "s3_0_c12_c11_7"
#define ICC_SRE_EL1	 "s3_0_c12_c12_5"
#define ICC_IGRPEN0_EL1	 "s3_0_c12_c12_6"
#define ICC_SRE_EL2	 "s3_4_c12_c9_5"
#define ICC_SRE_EL3	 "s3_6_c12_c12_5"
#define ICC_IGRPEN1_EL3	 "s3_6_c12_c12_7"
#define ZCR_EL3		 "s3_6_c1_c2_0"
#define SMCR_EL3	 "s3_6_c1_c2_6"
#define SVCR		 "s3_3_c4_c2_2"
#define ID_AA64ISAR2_EL1 "s3_0_c0_c6_2"
#define ID_AA64SMFR0_EL1 "s3_0_c0_c4_5"

#define SRE_ALL		0xFu
#define PMR_ALL		0xFFu
#define GROUP1_NORMAL	(1ull << 0)
#define GROUP1_SECURE	(1ull << 1)
#define LENGTH_MAX	0xFull
#define SMCR_FULL	(1ull << 31)
#define SVCR_STREAMING	(1ull << 0)
#define SGI_ID_SHIFT	24u
#define INTERRUPT_NONE	1020u
#define MDCR_SDD	(1ull << 16)
#define MDCR_NSPB	(3ull << 12)
#define MDCR_NSTB	(3ull << 24)
#define HCR_RW		(1ull << 31)
#define SCTLR_EL2_RESET 0x30C50830u
#define CPTR_EL2_RESET	0x33FFu
#define CNTHCTL_OPEN	3u

void fp_save_sve(void *fp, bool first_fault);
void fp_load_sve(const void *fp, bool first_fault);
void fp_save_plain(void *fp);
void fp_load_plain(const void *fp);
void fp_clear(void);

/* The same on each CPU; written before another uses it. */
static struct features has;

uint32_t machine_read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

void machine_write32(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

void machine_barrier(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

void machine_sync_code(const void *start, size_t size)
{
	uint64_t line = 4ull << (read_register("ctr_el0") >> 16 & 0xF);
	uintptr_t at = (uintptr_t)start & ~(line - 1);

	for (; at < (uintptr_t)start + size; at += line) {
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	}
	__asm__ volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" ::: "memory");
}

void machine_map_changed(void)
{
	__asm__ volatile("dsb ish\n\ttlbi alle3is\n\tdsb ish\n\tisb" ::: "memory");
}

void machine_interrupts_init(void)
{
	uint64_t scr = read_register("scr_el3");

	write_register(ICC_SRE_EL3, SRE_ALL);
	barrier_instructions();
	/* Two copies, one for each world. */
	write_register("scr_el3", scr | SCR_NS);
	barrier_instructions();
	if (has.el2) {
		write_register(ICC_SRE_EL2, SRE_ALL);
	}
	write_register(ICC_SRE_EL1, SRE_ALL);
	write_register("scr_el3", scr & ~SCR_NS);
	barrier_instructions();
	write_register(ICC_SRE_EL1, SRE_ALL);
	barrier_instructions();
	write_register(ICC_PMR_EL1, PMR_ALL);
	write_register(ICC_IGRPEN0_EL1, 1);
	write_register("scr_el3", scr);
	barrier_instructions();
}

void machine_interrupts_group1(bool on)
{
	write_register(ICC_IGRPEN1_EL3, on ? GROUP1_SECURE : 0);
	barrier_instructions();
}

void machine_interrupt_send(unsigned int interrupt, unsigned int index)
{
	machine_barrier();
	write_register(ICC_SGI0R_EL1, (uint64_t)interrupt << SGI_ID_SHIFT | 1ull << index);
	barrier_instructions();
}

uint32_t machine_interrupt_take(void)
{
	uint64_t interrupt = read_register(ICC_IAR0_EL1);

	if (interrupt < INTERRUPT_NONE) {
		write_register(ICC_EOIR0_EL1, interrupt);
		barrier_instructions();
	}
	return (uint32_t)interrupt;
}

void machine_features(struct feature_registers *registers)
{
	*registers = (struct feature_registers){
		.pfr0 = read_register("id_aa64pfr0_el1"),
		.pfr1 = read_register("id_aa64pfr1_el1"),
		.isar1 = read_register("id_aa64isar1_el1"),
		.isar2 = read_register(ID_AA64ISAR2_EL1),
		.mmfr0 = read_register("id_aa64mmfr0_el1"),
		.mmfr1 = read_register("id_aa64mmfr1_el1"),
		.smfr0 = read_register(ID_AA64SMFR0_EL1),
	};
}

static void el2_init(uint64_t scr_normal)
{
	uint64_t scr = read_register("scr_el3");

	/* Some of these exist for the normal world only. */
	write_register("scr_el3", scr_normal);
	barrier_instructions();
	write_register("hcr_el2", HCR_RW);
	barrier_instructions();
	write_register("sctlr_el2", SCTLR_EL2_RESET);
	write_register("cptr_el2", CPTR_EL2_RESET);
	write_register("cnthctl_el2", CNTHCTL_OPEN);
	write_register("cntvoff_el2", 0);
	write_register("vttbr_el2", 0);
	write_register("vpidr_el2", read_register("midr_el1"));
	write_register("vmpidr_el2", read_register("mpidr_el1"));
	barrier_instructions();
	write_register("scr_el3", scr);
	barrier_instructions();
}

void machine_cpu_init(const struct features *features)
{
	has = *features;
	write_register("mdcr_el3", MDCR_SDD | MDCR_NSPB | MDCR_NSTB);
	write_register("cptr_el3", features->cptr_normal);
	barrier_instructions();
	if (features->sve) {
		write_register(ZCR_EL3, LENGTH_MAX);
	}
	if (features->sme) {
		write_register(SMCR_EL3, LENGTH_MAX | (features->sme_full ? SMCR_FULL : 0));
		write_register(SVCR, 0);
	}
	if (features->el2) {
		el2_init(features->scr_normal);
	}
	barrier_instructions();
	fp_clear();
}

/* The CPU's mode for vectors is kept where fp_control ends. */
static uint64_t *fp_mode(struct cpu *cpu)
{
	return (uint64_t *)(void *)(cpu->fp + FP_CONTROL + 2 * sizeof(uint64_t));
}

void machine_fp_save(struct cpu *cpu)
{
	uint64_t mode = 0;

	write_register("cptr_el3", has.cptr_normal);
	barrier_instructions();
	if (has.sme) {
		mode = read_register(SVCR);
		*fp_mode(cpu) = mode;
	}
	if (has.sve) {
		fp_save_sve(cpu->fp, (mode & SVCR_STREAMING) == 0 || has.sme_full);
	} else {
		fp_save_plain(cpu->fp);
	}
	if ((mode & SVCR_STREAMING) != 0) {
		write_register(SVCR, mode & ~SVCR_STREAMING);
		barrier_instructions();
	}
	fp_clear();
}

void machine_fp_load(struct cpu *cpu)
{
	uint64_t mode = 0;

	write_register("cptr_el3", has.cptr_normal);
	barrier_instructions();
	if (has.sme) {
		mode = *fp_mode(cpu);
		write_register(SVCR, mode);
		barrier_instructions();
	}
	if (has.sve) {
		fp_load_sve(cpu->fp, (mode & SVCR_STREAMING) == 0 || has.sme_full);
	} else {
		fp_load_plain(cpu->fp);
	}
}

uint64_t machine_esr(void)
{
	return read_register("esr_el3");
}

uint64_t machine_elr(void)
{
	return read_register("elr_el3");
}

uint64_t machine_far(void)
{
	return read_register("far_el3");
}

void machine_wait(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

_Noreturn void machine_stop(void)
{
	for (;;) {
		__asm__ volatile("wfi");
	}
}
