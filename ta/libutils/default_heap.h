/* default_heap.h - the heap of malloc(), for libutee. */
#ifndef TA_LIBUTILS_DEFAULT_HEAP_H
#define TA_LIBUTILS_DEFAULT_HEAP_H

#include "ta/libutils/heap.h"

/* Empty until malloc_add_pool(). */
extern struct heap utils_heap;

#endif
