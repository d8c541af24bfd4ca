#include "monitor/fake_machine.h"

#include <string.h>

#include "monitor/cpu.h"
#include "monitor/dispatch.h"
#include "monitor/dump.h"
#include "monitor/gic.h"
#include "monitor/machine.h"

struct fake_machine fake;

static enum fake_end end;

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	end = FAKE_END_NONE;
}

enum fake_end fake_end(void)
{
	return end;
}

static void fake_log(char what)
{
	if (fake.logged + 1 < sizeof(fake.log)) {
		fake.log[fake.logged++] = what;
	}
}

static _Noreturn void fake_leave(enum fake_end how)
{
	end = how;
	longjmp(fake.out, 1);
}

uint32_t machine_read32(uintptr_t address)
{
	(void)address;
	return 0;
}

void machine_write32(uintptr_t address, uint32_t value)
{
	fake.written_address = address;
	fake.written_value = value;
}

void world_save_normal(struct world *world)
{
	(void)world;
	fake_log('n');
}

void world_load_normal(const struct world *world)
{
	(void)world;
	fake_log('N');
}

void world_save_secure(struct world *world)
{
	(void)world;
	fake_log('s');
}

void world_load_secure(const struct world *world)
{
	(void)world;
	fake_log('S');
}

void machine_fp_save(struct cpu *cpu)
{
	(void)cpu;
	fake_log('f');
}

void machine_fp_load(struct cpu *cpu)
{
	(void)cpu;
	fake_log('F');
}

void machine_cpu_init(const struct features *features)
{
	(void)features;
	fake_log('c');
}

uint64_t machine_esr(void)
{
	return fake.esr;
}

void machine_wait(void)
{
	fake_log('w');
}

_Noreturn void cpu_park(void)
{
	fake_leave(FAKE_END_PARKED);
}

_Noreturn void machine_stop(void)
{
	fake_leave(FAKE_END_STOPPED);
}

_Noreturn void dump_stop(const char *why, const struct world *world)
{
	(void)world;
	fake.panic = why;
	fake_leave(FAKE_END_PANIC);
}

void boot_finished(enum secure_kernel state)
{
	fake.secure_kernel_runs = state == SECURE_KERNEL_RUNS;
	fake_log('b');
}

bool gic_take_wakes(void)
{
	bool any = fake.wakes > 0;

	fake.wakes = 0;
	return any;
}

void gic_wake(unsigned int index)
{
	fake.woken = index;
	fake.wakes++;
}
