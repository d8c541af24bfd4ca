/* types_ext.h - integers that hold addresses. */
#ifndef TYPES_EXT_H
#define TYPES_EXT_H

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

typedef unsigned long uaddr_t;
typedef uintptr_t vaddr_t;
/* Physical addresses have 64 bits on every machine of ours. */
typedef uint64_t paddr_t;
typedef uint64_t paddr_size_t;

#define PADDR_MAX UINT64_MAX

#define PRIxUA	     "lx"
#define PRIxVA	     PRIxPTR
#define PRIxPA	     PRIx64
#define PRIxPASZ     PRIx64
/* All digits of an address. */
#define PRIxVA_WIDTH ((int)(sizeof(vaddr_t) * 2))

#endif
