#include "monitor/feature.h"

#include <stddef.h>

#include "lib/bits.h"

/* A field of an ID register that says of a feature from which value on a bit of SCR_EL3 lets the normal
 * world have it. */
struct feature_row {
	size_t id_register;
	unsigned int shift;
	unsigned int from;
	uint64_t scr;
};

#define ID(name) offsetof(struct feature_registers, name)

static const struct feature_row rows[] = {
	{ ID(isar1), 4, 1, SCR_APK | SCR_API }, /* pointer authentication, each algorithm */
	{ ID(isar1), 8, 1, SCR_APK | SCR_API },
	{ ID(isar1), 24, 1, SCR_APK | SCR_API },
	{ ID(isar1), 28, 1, SCR_APK | SCR_API },
	{ ID(isar2), 8, 1, SCR_APK | SCR_API },
	{ ID(isar2), 12, 1, SCR_APK | SCR_API },
	{ ID(pfr0), 44, 2, SCR_AMVOFFEN }, /* activity monitors */
	{ ID(pfr0), 56, 2, SCR_ENSCXT },   /* SCXTNUM, in either register */
	{ ID(pfr1), 32, 1, SCR_ENSCXT },
	{ ID(pfr1), 8, 2, SCR_ATA },	/* memory tagging */
	{ ID(pfr1), 24, 1, SCR_ENTP2 }, /* SME */
	{ ID(mmfr0), 56, 1, SCR_FGTEN },
	{ ID(mmfr0), 60, 2, SCR_ECVEN },
	{ ID(mmfr1), 40, 1, SCR_HXEN },
};

static unsigned int field(uint64_t value, unsigned int shift)
{
	return (unsigned int)(value >> shift & 0xF);
}

static uint64_t scr_features(const struct feature_registers *registers)
{
	uint64_t scr = 0;

	for (size_t i = 0; i < array_size(rows); i++) {
		const uint64_t *value =
			(const uint64_t *)((const char *)registers + rows[i].id_register);

		if (field(*value, rows[i].shift) >= rows[i].from) {
			scr |= rows[i].scr;
		}
	}
	return scr;
}

void feature_decide(const struct feature_registers *registers, struct features *features)
{
	features->el2 = field(registers->pfr0, 8) != 0;
	features->sve = field(registers->pfr0, 32) != 0;
	features->sme = field(registers->pfr1, 24) != 0;
	features->sme_full = features->sme && registers->smfr0 >> 63 != 0;
	/* Aborts of the normal world are its own; interrupts of the secure world come to EL3. */
	features->scr_normal = SCR_RES1 | SCR_NS | SCR_RW | SCR_FIQ | scr_features(registers);
	if (features->el2) {
		features->scr_normal |= SCR_HCE;
	}
	/* Everything that happens there is the secure kernel's; it fetches no code of the other. */
	features->scr_secure = SCR_RES1 | SCR_RW | SCR_ST | SCR_SIF;
	features->cptr_normal = (features->sve ? CPTR_EZ : 0) | (features->sme ? CPTR_ESM : 0);
	features->cptr_secure = CPTR_TFP;
}
