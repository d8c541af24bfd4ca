#include "secure/crypto/firmware/heap.h"

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>

#include "secure/core/check.h"
#include "secure/core/lock.h"

/* The largest key that crypto.h looks at, 8192 bits, needs a third of it. */
#define HEAP_SIZE (128u * 1024u)

/* The library's own allocator over a buffer of fixed size. It knows one CPU: a lock that keeps foreign
 * interrupts off goes round it, and is held for one allocation and no longer. */
static _Alignas(16) unsigned char heap_memory[HEAP_SIZE];
static void *(*heap_calloc)(size_t count, size_t size);
static void (*heap_free)(void *memory);
static struct spinlock heap_lock = SPINLOCK(LOCK_HEAP);

/* The allocator says here what its functions are; platform.c, whose place this takes, would call them
 * without a lock. */
int mbedtls_platform_set_calloc_free(void *(*calloc_function)(size_t, size_t),
				     void (*free_function)(void *))
{
	heap_calloc = calloc_function;
	heap_free = free_function;
	return 0;
}

void *mbedtls_calloc(size_t count, size_t size)
{
	struct spinlock_held held = spinlock_take(&heap_lock);
	void *memory = heap_calloc(count, size);

	spinlock_release(&held);
	return memory;
}

void mbedtls_free(void *memory)
{
	struct spinlock_held held = spinlock_take(&heap_lock);

	heap_free(memory);
	spinlock_release(&held);
}

void crypto_heap_init(void)
{
	mbedtls_memory_buffer_alloc_init(heap_memory, sizeof(heap_memory));
	check(heap_calloc != NULL && heap_free != NULL);
}

void crypto_heap_broken(int status)
{
	(void)status;
	port_panic("the crypto library's heap is broken");
}
