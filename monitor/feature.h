/* feature.h - what this CPU has, and what the normal world is given of it.
 *
 * Whatever the ID registers show to the normal world has to work there, or a kernel that believes them
 * ends at EL3. The secure kernel is given nothing beyond the base architecture: what it cannot use need
 * not be saved. */
#ifndef MONITOR_FEATURE_H
#define MONITOR_FEATURE_H

#include <stdbool.h>
#include <stdint.h>

struct feature_registers {
	uint64_t pfr0;
	uint64_t pfr1;
	uint64_t isar1;
	uint64_t isar2;
	uint64_t mmfr0;
	uint64_t mmfr1;
	uint64_t smfr0;
};

struct features {
	bool el2;
	bool sve;
	bool sme;
	/* Streaming mode has the whole of SVE. */
	bool sme_full;
	/* SCR_EL3 and CPTR_EL3 of each world. */
	uint64_t scr_normal;
	uint64_t scr_secure;
	uint64_t cptr_normal;
	uint64_t cptr_secure;
};

void feature_decide(const struct feature_registers *registers, struct features *features);

#define SCR_NS	     (1ull << 0)
#define SCR_FIQ	     (1ull << 2)
#define SCR_RES1     (3ull << 4)
#define SCR_HCE	     (1ull << 8)
#define SCR_SIF	     (1ull << 9)
#define SCR_RW	     (1ull << 10)
#define SCR_ST	     (1ull << 11)
#define SCR_APK	     (1ull << 16)
#define SCR_API	     (1ull << 17)
#define SCR_ENSCXT   (1ull << 25)
#define SCR_ATA	     (1ull << 26)
#define SCR_FGTEN    (1ull << 27)
#define SCR_ECVEN    (1ull << 28)
#define SCR_AMVOFFEN (1ull << 35)
#define SCR_HXEN     (1ull << 38)
#define SCR_ENTP2    (1ull << 41)

#define CPTR_EZ	 (1ull << 8)
#define CPTR_TFP (1ull << 10)
#define CPTR_ESM (1ull << 12)

#endif
