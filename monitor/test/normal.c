/* normal.c - tries the monitor from the normal world, with secure_aarch64.S on the other side, and says in
 * TAP what it found. Runs on two CPUs of which the second is off at first. */
#include "monitor/test/normal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "abi/psci.h"
#include "abi/smc.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "monitor/test/calls.h"

#define UART	   0x09000000u
#define UART_FLAGS 0x18u
#define UART_FULL  (1u << 5)

#define SECURE_RAM  0x0E100000u
#define MONITOR_RAM 0x0E000000u

/* A wait that takes longer has failed. */
#define LOOKS_MAX 200000000u

static_assert(RETURN_ENTRY_DONE == OPTEED_RETURN_ENTRY_DONE, "id");
static_assert(RETURN_ON_DONE == OPTEED_RETURN_ON_DONE, "id");
static_assert(RETURN_OFF_DONE == OPTEED_RETURN_OFF_DONE, "id");
static_assert(RETURN_SUSPEND_DONE == OPTEED_RETURN_SUSPEND_DONE, "id");
static_assert(RETURN_RESUME_DONE == OPTEED_RETURN_RESUME_DONE, "id");
static_assert(RETURN_CALL_DONE == OPTEED_RETURN_CALL_DONE, "id");
static_assert(RETURN_FIQ_DONE == OPTEED_RETURN_FIQ_DONE, "id");
static_assert(RETURN_SYSTEM_OFF_DONE == OPTEED_RETURN_SYSTEM_OFF_DONE, "id");
static_assert(RETURN_SYSTEM_RESET_DONE == OPTEED_RETURN_SYSTEM_RESET_DONE, "id");

/* --- TAP --------------------------------------------------------------------------------------- */

static unsigned int done;

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
	char line[128];
	va_list args;

	va_start(args, format);
	format_vprint(line, sizeof(line), format, args);
	va_end(args);
	for (const char *c = line; *c != '\0'; c++) {
		while ((*(volatile uint32_t *)(uintptr_t)(UART + UART_FLAGS) & UART_FULL) != 0) {
		}
		*(volatile uint32_t *)(uintptr_t)UART = (uint8_t)*c;
	}
}

static void expect(bool good, const char *promise)
{
	done++;
	print("%s %u - %s\n", good ? "ok" : "not ok", done, promise);
}

/* --- Registers --------------------------------------------------------------------------------- */

#define EACH_KEPT_REGISTER(each)                                                                   \
	each(sctlr_el1) each(cpacr_el1) each(ttbr0_el1) each(ttbr1_el1) each(tcr_el1)              \
		each(mair_el1) each(vbar_el1) each(contextidr_el1) each(tpidr_el1) each(tpidr_el0) \
			each(tpidrro_el0) each(sp_el0) each(cntkctl_el1) each(elr_el1)             \
				each(spsr_el1) each(esr_el1) each(far_el1) each(par_el1)           \
					each(csselr_el1)

#define KEPT_REGISTERS 19

#define READ_REGISTER(name)                                                                        \
	__asm__ volatile("mrs %0, " #name : "=r"(*at));                                            \
	at++;

static void read_registers(uint64_t at[KEPT_REGISTERS])
{
	EACH_KEPT_REGISTER(READ_REGISTER)
}

/* Values that are ours and harmless in those that we do not run by. */
static void mark_registers(void)
{
#define MARK(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)))
	MARK(ttbr1_el1, 0x4000A000);
	MARK(contextidr_el1, 0x1001);
	MARK(tpidr_el1, 0x1002);
	MARK(tpidr_el0, 0x1003);
	MARK(tpidrro_el0, 0x1004);
	MARK(sp_el0, 0x1010);
	MARK(elr_el1, 0x1008);
	MARK(esr_el1, 0x2000009);
	MARK(far_el1, 0x100A);
#undef MARK
}

static bool call_keeps(uint32_t id, unsigned int results)
{
	struct normal_registers before;
	struct normal_registers after;
	uint64_t system_before[KEPT_REGISTERS];
	uint64_t system_after[KEPT_REGISTERS];

	for (unsigned int i = 0; i < array_size(before.x); i++) {
		before.x[i] = 0x0101010101010101ull * i;
	}
	before.x[0] = id;
	after = before;
	mark_registers();
	read_registers(system_before);
	normal_call(&after);
	read_registers(system_after);
	return memcmp(before.x + results, after.x + results,
		      sizeof(before.x) - results * sizeof(before.x[0])) == 0 &&
	       memcmp(system_before, system_after, sizeof(system_before)) == 0;
}

static void try_registers(void)
{
	struct normal_registers echo = { .x = { TEST_ECHO, 1, 2, 3, 4, 5, 6, 7 } };

	normal_call(&echo);
	expect(echo.x[0] == TEST_ECHO && echo.x[1] == 1 && echo.x[2] == 2 && echo.x[3] == 3,
	       "x0 to x3 of a fast call go in and come out");
	expect(normal_call_simple(TEST_YIELD_ECHO, 0, 0, 0) == TEST_YIELD_ECHO,
	       "a yielding call arrives at the first vector");
	expect(call_keeps(TEST_ECHO, 4), "a call changes x0 to x3, and no other register");
	expect(normal_call_simple(TEST_KEPT, 0, 0, 0) == 1,
	       "the secure world finds its registers as it left them");
	expect(call_keeps(PSCI_VERSION, 1), "an answer of EL3 changes x0 alone");
}

static void try_vectors(void)
{
	static _Alignas(16) uint8_t before[VECTORS_SIZE];
	static _Alignas(16) uint8_t after[VECTORS_SIZE];
	uint64_t seen;
	size_t size = (size_t)normal_vector_size();

	size = size == VECTOR_SIZE_PLAIN ? 32 * size : 32 * size + 16 * size / 8;
	for (size_t i = 0; i < size; i++) {
		before[i] = (uint8_t)(i * 7 + 1);
	}
	normal_vectors_load(before);
	seen = normal_call_simple(TEST_ECHO, 0, 0, 0);
	normal_vectors_store(after);
	expect(seen == TEST_ECHO && memcmp(before, after, size) == 0,
	       "the vectors outlive a call that does not use them");
	normal_vectors_load(before);
	seen = normal_call_simple(TEST_VECTORS, 0, 0, 0);
	normal_vectors_store(after);
	expect(seen == 0, "the secure world finds zeros in the vectors");
	expect(memcmp(before, after, size) == 0,
	       "the vectors outlive a call that uses them, at their full length");
	expect(normal_call_simple(TEST_VECTORS, 0, 0, 0) == 0,
	       "the secure world finds zeros again, not what it left");
}

/* --- PSCI -------------------------------------------------------------------------------------- */

struct counts {
	uint64_t interrupts;
	uint64_t on;
	uint64_t off;
	uint64_t suspends;
};

static struct counts counts(void)
{
	struct normal_registers registers = { .x = { TEST_COUNTS } };

	normal_call(&registers);
	return (struct counts){ registers.x[0], registers.x[1], registers.x[2], registers.x[3] };
}

static int64_t psci(uint32_t id, uint64_t a1, uint64_t a2, uint64_t a3)
{
	return (int64_t)normal_call_simple(id, a1, a2, a3);
}

static void try_answers(void)
{
	expect(psci(PSCI_VERSION, 0, 0, 0) == PSCI_VERSION_1_1, "PSCI is 1.1");
	expect(psci(SMCCC_VERSION, 0, 0, 0) == SMCCC_VERSION_1_2, "the calling convention is 1.2");
	expect(psci(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0) == PSCI_MIGRATE_NOT_NEEDED,
	       "no secure kernel has to be migrated");
	expect(psci(PSCI_FEATURES, PSCI_CPU_ON_64, 0, 0) == PSCI_SUCCESS &&
		       psci(PSCI_FEATURES, SMCCC_VERSION, 0, 0) == PSCI_SUCCESS &&
		       psci(PSCI_FEATURES, 0x84000020u, 0, 0) == PSCI_NOT_SUPPORTED,
	       "PSCI_FEATURES knows what there is and what there is not");
	expect(psci(0xC3000001u, 0, 0, 0) == SMCCC_NOT_SUPPORTED, "an unknown call is refused");
	expect(psci(PSCI_CPU_OFF, 0, 0, 0) == PSCI_DENIED, "the last CPU cannot be turned off");
	expect(psci(PSCI_CPU_ON_64, 7, (uintptr_t)normal_second, 0) == PSCI_INVALID_PARAMETERS,
	       "a CPU that is not there cannot be turned on");
	expect(psci(PSCI_CPU_ON_64, 1, SECURE_RAM, 0) == PSCI_INVALID_ADDRESS,
	       "no CPU starts in secure memory");
	expect(psci(PSCI_CPU_ON_64, 0, (uintptr_t)normal_second, 0) == PSCI_ALREADY_ON,
	       "a CPU that is on cannot be turned on");
}

static volatile uint64_t second_context;
static volatile uint64_t second_echo;

void normal_second_main(uint64_t context)
{
	second_echo = normal_call_simple(TEST_ECHO, 0, 0, 0);
	second_context = context;
	psci(PSCI_CPU_OFF, 0, 0, 0);
}

static bool second_was_there(uint64_t context)
{
	for (unsigned int i = 0; i < LOOKS_MAX; i++) {
		if (second_context == context &&
		    psci(PSCI_AFFINITY_INFO_64, 1, 0, 0) == PSCI_AFFINITY_OFF) {
			return true;
		}
		__asm__ volatile("yield");
	}
	return false;
}

static bool turn_second(uint64_t context)
{
	second_context = 0;
	second_echo = 0;
	return psci(PSCI_CPU_ON_64, 1, (uintptr_t)normal_second, context) == PSCI_SUCCESS &&
	       second_was_there(context) && second_echo == TEST_ECHO;
}

static void try_second(void)
{
	struct counts before = counts();
	struct counts after;
	bool good = true;

	expect(psci(PSCI_AFFINITY_INFO_64, 1, 0, 0) == PSCI_AFFINITY_OFF, "CPU 1 is off at first");
	for (uint64_t i = 1; i <= 100; i++) {
		good = good && turn_second(i);
	}
	after = counts();
	expect(good, "CPU 1 is turned on, calls the secure world, and off, a hundred times");
	expect(after.on - before.on == 100 && after.off - before.off == 100,
	       "the secure kernel is told each time");
}

#define ICC_PMR_EL1	"s3_0_c4_c6_0"
#define ICC_SGI1R_EL1	"s3_0_c12_c11_5"
#define ICC_IAR1_EL1	"s3_0_c12_c12_0"
#define ICC_EOIR1_EL1	"s3_0_c12_c12_1"
#define ICC_IGRPEN1_EL1 "s3_0_c12_c12_7"
#define GICR_ISENABLER0 0x080B0100u

/* An interrupt of our own, masked, but it wakes. */
static void wake_up_set(void)
{
	*(volatile uint32_t *)(uintptr_t)GICR_ISENABLER0 = 1;
	__asm__ volatile("msr " ICC_PMR_EL1 ", %0" ::"r"(0xFFull));
	__asm__ volatile("msr " ICC_IGRPEN1_EL1 ", %0" ::"r"(1ull));
	__asm__ volatile("msr " ICC_SGI1R_EL1 ", %0\n\tisb" ::"r"(1ull));
}

static void wake_up_clear(void)
{
	uint64_t interrupt;

	__asm__ volatile("mrs %0, " ICC_IAR1_EL1 : "=r"(interrupt));
	__asm__ volatile("msr " ICC_EOIR1_EL1 ", %0\n\tisb" ::"r"(interrupt));
}

static void try_suspend(void)
{
	struct counts before = counts();
	struct counts after;

	expect(psci(PSCI_CPU_SUSPEND_64, 0x00FE0000u, 0, 0) == PSCI_INVALID_PARAMETERS,
	       "a power state with reserved bits is refused");
	expect(psci(PSCI_CPU_SUSPEND_64, PSCI_POWER_STATE_DOWN, SECURE_RAM, 0) ==
		       PSCI_INVALID_ADDRESS,
	       "no CPU goes on in secure memory");
	wake_up_set();
	expect(psci(PSCI_CPU_SUSPEND_64, 0, 0, 0) == PSCI_SUCCESS,
	       "a CPU on standby wakes and returns");
	expect(normal_suspend() == 1, "a CPU that was powered down goes on at its entry point");
	wake_up_clear();
	after = counts();
	expect(after.suspends - before.suspends == 2, "the secure kernel is told of both ways");
}

/* --- Interrupts and memory ---------------------------------------------------------------------- */

static void try_interrupts(void)
{
	struct counts before = counts();
	struct counts after;
	bool good = true;

	for (unsigned int i = 0; i < 100; i++) {
		good = good && call_keeps(TEST_INTERRUPT, 4);
	}
	after = counts();
	expect(good, "a secure interrupt changes no register of the normal world");
	expect(after.interrupts - before.interrupts == 100, "and each has arrived");
}

static void try_memory(void)
{
	expect(normal_probe(SECURE_RAM) == 1, "the secure kernel's memory is an abort");
	expect(normal_probe(MONITOR_RAM) == 1, "the monitor's memory is an abort");
	expect(normal_probe(0) == 1, "the firmware's flash is an abort");
	expect(normal_probe(0x40000000) == 0, "the normal world's memory is not");
}

/* --- The firmware's memory functions, which no other machine runs ------------------------------- */

#define MOVE_MAX   600u
#define OFFSET_MAX 17u

static uint8_t from[MOVE_MAX + 2 * OFFSET_MAX];
static uint8_t to[MOVE_MAX + 2 * OFFSET_MAX];
static uint8_t wanted[MOVE_MAX + 2 * OFFSET_MAX];

static bool bytes_same(const uint8_t *a, const uint8_t *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (a[i] != b[i]) {
			return false;
		}
	}
	return true;
}

static void bytes_fill(void)
{
	for (size_t i = 0; i < sizeof(from); i++) {
		from[i] = (uint8_t)(i * 5 + 3);
		to[i] = (uint8_t)(i * 3 + 1);
		wanted[i] = to[i];
	}
}

static bool copies(size_t size, size_t offset, size_t other)
{
	bytes_fill();
	for (size_t i = 0; i < size; i++) {
		wanted[offset + i] = from[other + i];
	}
	return memcpy(to + offset, from + other, size) == to + offset &&
	       bytes_same(to, wanted, sizeof(to));
}

static bool moves(size_t size, size_t offset, size_t other)
{
	bytes_fill();
	for (size_t i = 0; i < size; i++) {
		wanted[offset + i] = to[other + i];
	}
	return memmove(to + offset, to + other, size) == to + offset &&
	       bytes_same(to, wanted, sizeof(to));
}

static bool sets(size_t size, size_t offset, int byte)
{
	bytes_fill();
	for (size_t i = 0; i < size; i++) {
		wanted[offset + i] = (uint8_t)byte;
	}
	return memset(to + offset, byte, size) == to + offset && bytes_same(to, wanted, sizeof(to));
}

static bool compares(size_t size, size_t offset, size_t other)
{
	bool good;

	bytes_fill();
	for (size_t i = 0; i < size; i++) {
		to[offset + i] = from[other + i];
	}
	good = memcmp(to + offset, from + other, size) == 0;
	if (size > 0) {
		size_t at = size * 2 / 3;

		from[other + at] = 0x7F;
		to[offset + at] = 0x80;
		good = good && memcmp(to + offset, from + other, size) > 0 &&
		       memcmp(from + other, to + offset, size) < 0;
	}
	return good;
}

static void try_functions(void)
{
	bool copied = true;
	bool moved = true;
	bool set = true;
	bool compared = true;

	for (size_t size = 0; size <= MOVE_MAX; size += size < 80 ? 1 : 13) {
		for (size_t offset = 0; offset < OFFSET_MAX; offset += 3) {
			for (size_t other = 0; other < OFFSET_MAX; other += 4) {
				copied = copied && copies(size, offset, other);
				moved = moved && moves(size, offset, other);
				compared = compared && compares(size, offset, other);
			}
			set = set && sets(size, offset, 0) && sets(size, offset, 0x1A5);
		}
	}
	expect(copied, "memcpy copies, and nothing beside");
	expect(moved, "memmove moves within a buffer, both ways");
	expect(set, "memset sets, and nothing beside");
	expect(compared, "memcmp finds the first difference");
}

/* --- Cost -------------------------------------------------------------------------------------- */

static uint64_t ticks(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(value)::"memory");
	return value;
}

/* With -icount shift=0 an instruction is a nanosecond, and a tick 16. */
#define ROUNDS 1600u

static uint64_t cost(uint32_t id)
{
	uint64_t start = ticks();

	for (unsigned int i = 0; i < ROUNDS; i++) {
		normal_call_simple(id, 0, 0, 0);
	}
	return (ticks() - start) * 16 / ROUNDS;
}

static void measure(void)
{
	print("# instructions: yielding call %u, PSCI_VERSION %u\n",
	      (unsigned int)cost(TEST_YIELD_ECHO), (unsigned int)cost(PSCI_VERSION));
}

void normal_main(void)
{
	try_answers();
	try_registers();
	try_vectors();
	try_memory();
	try_interrupts();
	try_second();
	try_suspend();
	try_functions();
	measure();
	print("1..%u\n", done);
	normal_call_simple(PSCI_SYSTEM_OFF, 0, 0, 0);
}
