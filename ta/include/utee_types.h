/* utee_types.h - what passes between a TA and the secure kernel. */
#ifndef UTEE_TYPES_H
#define UTEE_TYPES_H

#include "abi/syscall.h"

#endif
