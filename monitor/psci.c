#include "monitor/psci.h"

#include <stddef.h>

#include "abi/psci.h"
#include "monitor/gic.h"
#include "monitor/offsets.h"

enum psci_state {
	PSCI_STATE_OFF,
	PSCI_STATE_ON_PENDING,
	PSCI_STATE_ON,
};

/* Each CPU_ON takes `state` from OFF to ON_PENDING, and then owns the rest until it sets `wanted`. */
struct psci_cpu {
	uint32_t state;
	uint32_t wanted;
	uint64_t entry;
	uint64_t context;
};

static struct psci_cpu cpus[CPUS_MAX];
static unsigned int cpu_count;
static uint64_t entry_low;
static uint64_t entry_high;
/* Of CPUs in ON: CPU_OFF refuses the last. */
static uint32_t cpus_on;

static const uint32_t calls[] = {
	SMCCC_VERSION,	       PSCI_VERSION,	       PSCI_CPU_SUSPEND_32, PSCI_CPU_SUSPEND_64,
	PSCI_CPU_OFF,	       PSCI_CPU_ON_32,	       PSCI_CPU_ON_64,	    PSCI_AFFINITY_INFO_32,
	PSCI_AFFINITY_INFO_64, PSCI_MIGRATE_INFO_TYPE, PSCI_SYSTEM_OFF,	    PSCI_SYSTEM_RESET,
	PSCI_FEATURES,
};

void psci_init(unsigned int count, uint64_t ram_start, uint64_t ram_end)
{
	cpu_count = count < CPUS_MAX ? count : CPUS_MAX;
	entry_low = ram_start;
	entry_high = ram_end;
	for (size_t i = 0; i < array_size(cpus); i++) {
		cpus[i] = (struct psci_cpu){ .state = PSCI_STATE_OFF };
	}
	cpus[0].state = PSCI_STATE_ON;
	cpus_on = 1;
}

bool psci_entry_is_good(uint64_t entry)
{
	return is_aligned(entry, 4) && entry >= entry_low && entry < entry_high;
}

int64_t psci_cpu_on(uint64_t target, uint64_t entry, uint64_t context)
{
	uint32_t state = PSCI_STATE_OFF;
	struct psci_cpu *cpu;

	if (target >= cpu_count) {
		return PSCI_INVALID_PARAMETERS;
	}
	if (!psci_entry_is_good(entry)) {
		return PSCI_INVALID_ADDRESS;
	}
	cpu = &cpus[target];
	if (!__atomic_compare_exchange_n(&cpu->state, &state, PSCI_STATE_ON_PENDING, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		return state == PSCI_STATE_ON ? PSCI_ALREADY_ON : PSCI_ON_PENDING;
	}
	cpu->entry = entry;
	cpu->context = context;
	__atomic_store_n(&cpu->wanted, 1, __ATOMIC_RELEASE);
	gic_wake((unsigned int)target);
	return PSCI_SUCCESS;
}

int64_t psci_affinity_info(uint64_t target, uint64_t level)
{
	if (target >= cpu_count || level != 0) {
		return PSCI_INVALID_PARAMETERS;
	}
	switch (__atomic_load_n(&cpus[target].state, __ATOMIC_ACQUIRE)) {
	case PSCI_STATE_ON:
		return PSCI_AFFINITY_ON;
	case PSCI_STATE_ON_PENDING:
		return PSCI_AFFINITY_ON_PENDING;
	default:
		return PSCI_AFFINITY_OFF;
	}
}

int64_t psci_features(uint64_t id)
{
	for (size_t i = 0; i < array_size(calls); i++) {
		if ((uint32_t)id == calls[i]) {
			return PSCI_SUCCESS;
		}
	}
	return PSCI_NOT_SUPPORTED;
}

int64_t psci_power_state_check(uint64_t power_state)
{
	if ((power_state & (PSCI_POWER_STATE_RESERVED | PSCI_POWER_STATE_LEVEL)) != 0) {
		return PSCI_INVALID_PARAMETERS;
	}
	return PSCI_SUCCESS;
}

bool psci_take_wanted(unsigned int index, uint64_t *entry, uint64_t *context)
{
	struct psci_cpu *cpu = &cpus[index];

	if (__atomic_load_n(&cpu->wanted, __ATOMIC_ACQUIRE) == 0) {
		return false;
	}
	*entry = cpu->entry;
	*context = cpu->context;
	__atomic_store_n(&cpu->wanted, 0, __ATOMIC_RELAXED);
	return true;
}

void psci_started(unsigned int index)
{
	__atomic_add_fetch(&cpus_on, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&cpus[index].state, PSCI_STATE_ON, __ATOMIC_RELEASE);
}

bool psci_may_stop(void)
{
	uint32_t on = __atomic_load_n(&cpus_on, __ATOMIC_RELAXED);

	do {
		if (on <= 1) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(&cpus_on, &on, on - 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

void psci_stopped(unsigned int index)
{
	__atomic_store_n(&cpus[index].state, PSCI_STATE_OFF, __ATOMIC_RELEASE);
}
