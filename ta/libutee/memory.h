/* memory.h - the two heaps of TEE_Malloc(). */
#ifndef TA_LIBUTEE_MEMORY_H
#define TA_LIBUTEE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Give the heaps the memory that user_ta_header.c set aside. Once. */
void utee_memory_init(void);

/* As malloc_buffer_overlaps_heap() and malloc_buffer_is_within_alloced(), of the heap for
 * TEE_MALLOC_NO_SHARE. */
bool utee_no_share_overlaps(const void *address, size_t size);
bool utee_no_share_contains(const void *address, size_t size);

#endif
