/* space.h - the address space of a TA instance, and the only way to touch what a TA points at.
 *
 * The core keeps the list of regions; the port makes them real. Addresses from a TA are numbers
 * (uint64_t), never pointers: space_copy_in() is how they are read, once.
 *
 * A space belongs to one instance and is used by one secure thread at a time. */
#ifndef SECURE_CORE_SPACE_H
#define SECURE_CORE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/core/port.h"
#include "secure/core/shm.h"

/* Image segments, stack, four parameters, the client's and the kit's own mappings. */
#define SPACE_REGIONS_MAX 32u

struct space;

/* NULL: no memory, or the port has no more spaces. */
MUST_CHECK struct space *space_create(const char *name);
/* Takes all regions with it. Hold no spinlock, here and in all below that map, unmap or commit. */
void space_destroy(struct space *space);

/* Map `count` fresh zeroed secure pages with `access` (PORT_ACCESS_*) at *address, or, when
 * *address is 0, at a random free place with an unmapped page on either side. Returned through
 * *address. The pages go with the region. OUT_OF_MEMORY; BAD_PARAMETERS: overlaps, outside the
 * limits, unaligned, count 0, WRITE together with EXECUTE. */
MUST_CHECK TEE_Result space_map(struct space *space, uint64_t *address, size_t count,
				unsigned int access);

/* A free random range of `count` pages, with an unmapped page on either side, not yet mapped.
 * 0: there is none. */
MUST_CHECK uint64_t space_place(struct space *space, size_t count);

/* Map [offset, offset + size) of `shm` for the time of a call; *address gets the address of its
 * first byte (not page aligned when the object is not). Holds a reference of its own.
 * BAD_PARAMETERS: not covered, size 0, EXECUTE. OUT_OF_MEMORY. */
MUST_CHECK TEE_Result space_map_shm(struct space *space, struct shm *shm, uint64_t offset,
				    uint64_t size, unsigned int access, uint64_t *address);

/* Remove the region that starts at the page of `address`; there must be one. The core reaches it no
 * more, but a TA may until the next space_commit(): only that (or space_destroy()) gives back the
 * pages or the reference to the object. So commit at the end of a call too. */
void space_unmap(struct space *space, uint64_t address);

/* Put changes in force before user mode runs again. TARGET_DEAD: the port lost the space. */
MUST_CHECK TEE_Result space_commit(struct space *space);

/* The port's half, for port_user_run(). */
struct port_space *space_port(struct space *space);

/* May the TA read / write all of [address, address + size)? ACCESS_DENIED: no. With `own`, only
 * its private memory counts, not what a client shares with it. Of shared memory only the bytes
 * that were named count, not the rest of their pages. Size 0 is always allowed. What was found
 * allowed can be copied until a region is unmapped. */
MUST_CHECK TEE_Result space_check(struct space *space, uint64_t address, uint64_t size,
				  unsigned int access, bool own);

/* Copy, checking as above (private or shared). ACCESS_DENIED: nothing was copied. */
MUST_CHECK TEE_Result space_copy_in(struct space *space, void *to, uint64_t from, size_t size);
MUST_CHECK TEE_Result space_copy_out(struct space *space, uint64_t to, const void *from,
				     size_t size);
/* As space_copy_in()/out(), but the address must be the TA's private memory. */
MUST_CHECK TEE_Result space_copy_in_own(struct space *space, void *to, uint64_t from, size_t size);
MUST_CHECK TEE_Result space_copy_out_own(struct space *space, uint64_t to, const void *from,
					 size_t size);

/* Where the secure kernel sees a private region's bytes, for the image loader. NULL: not all of
 * it is one private region. */
MUST_CHECK void *space_address(struct space *space, uint64_t address, size_t size);

/* The loader is done with a region of the image: give it its final access. BAD_PARAMETERS: no
 * private region begins at `address`, WRITE together with EXECUTE. OUT_OF_MEMORY: the space is good
 * only for space_destroy(). */
MUST_CHECK TEE_Result space_protect(struct space *space, uint64_t address, unsigned int access);

#endif
