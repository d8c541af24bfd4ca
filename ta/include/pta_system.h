/* pta_system.h - the pseudo-TA for what is no system call. */
#ifndef PTA_SYSTEM_H
#define PTA_SYSTEM_H

#include <abi/pta.h>

#define TA_DERIVED_KEY_MIN_SIZE	      PTA_SYSTEM_DERIVED_KEY_SIZE_MIN
#define TA_DERIVED_KEY_MAX_SIZE	      PTA_SYSTEM_DERIVED_KEY_SIZE_MAX
#define TA_DERIVED_KEY_EXTRA_DATA_MAX PTA_SYSTEM_DERIVED_KEY_EXTRA_MAX

#endif
