#include "secure/port/aarch64/panic.h"

#include <stdbool.h>
#include <string.h>

#include "lib/bits.h"
#include "lib/format.h"
#include "secure/core/port.h"
#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/console.h"

/* Said of ESR_EL1's class; others are told as a number. */
#define ESR_CLASS_SHIFT 26
#define ESR_CLASS_MASK	0x3Fu

#define DUMP_LINE 128u

/* start.S looks at it at each entry. */
uint32_t kernel_dead;
struct dump dump_space;
static bool started;

_Noreturn void kernel_leave_dead(bool booting);
_Noreturn void exception_report(uint64_t vector, const struct dump *dump);

static const char *const vector_names[] = {
	"synchronous exception on the user's stack",
	"IRQ on the user's stack",
	"FIQ on the user's stack",
	"system error on the user's stack",
	"synchronous exception",
	"IRQ",
	"FIQ",
	"system error",
	"synchronous exception of user mode",
	"IRQ of user mode",
	"FIQ of user mode",
	"system error of user mode",
	"synchronous exception in AArch32",
	"IRQ in AArch32",
	"FIQ in AArch32",
	"system error in AArch32",
};

static const char *class_name(uint64_t esr)
{
	switch (esr >> ESR_CLASS_SHIFT & ESR_CLASS_MASK) {
	case 0x00:
		return "undefined instruction";
	case 0x07:
		return "vector registers used";
	case 0x21:
		return "instruction fetch refused";
	case 0x22:
		return "misaligned pc";
	case 0x25:
		return "memory access refused";
	case 0x26:
		return "misaligned sp";
	case 0x3C:
		return "breakpoint instruction";
	default:
		return "other";
	}
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	char line[DUMP_LINE];
	va_list args;
	int length;

	va_start(args, format);
	length = format_vprint(line, sizeof(line), format, args);
	va_end(args);
	if (length > 0) {
		port_console_write(line, (size_t)length < sizeof(line) ? (size_t)length
								       : sizeof(line) - 1);
	}
}

static _Noreturn void stop(void)
{
	__atomic_store_n(&kernel_dead, 1, __ATOMIC_SEQ_CST);
	say("The secure world has stopped; calls are answered with an error. Restart the machine.\n");
	console_flush();
	kernel_leave_dead(!started);
}

void kernel_started(void)
{
	started = true;
}

_Noreturn void port_panic(const char *why)
{
	(void)port_interrupts_off();
	say("E/TC:- PANIC on CPU %u: %s (called from %p)\n", port_cpu(), why,
	    __builtin_return_address(0));
	stop();
}

/* libfdt is compiled with stack protection. */
uintptr_t __stack_chk_guard = 0x00C0FFEE0D15EA5E;
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
	port_panic("libfdt wrote beyond its stack frame");
}

_Noreturn void exception_report(uint64_t vector, const struct dump *dump)
{
	say("E/TC:- EXCEPTION on CPU %u: %s, %s\n", port_cpu(),
	    vector < array_size(vector_names) ? vector_names[vector] : "?", class_name(dump->esr));
	say("  esr %016llx  far %016llx\n", (unsigned long long)dump->esr,
	    (unsigned long long)dump->far);
	say("  pc  %016llx  sp  %016llx  pstate %llx\n", (unsigned long long)dump->pc,
	    (unsigned long long)dump->sp, (unsigned long long)dump->pstate);
	for (size_t i = 0; i < array_size(dump->x); i += 2) {
		say("  x%-2zu %016llx  x%-2zu %016llx\n", i, (unsigned long long)dump->x[i], i + 1,
		    (unsigned long long)(i + 1 < array_size(dump->x) ? dump->x[i + 1] : 0));
	}
	stop();
}
