/* pta_gprof.h - the pseudo-TA that takes profiles. */
#ifndef PTA_GPROF_H
#define PTA_GPROF_H

#include <abi/pta.h>

#endif
