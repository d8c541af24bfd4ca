/* shm.h - memory of the normal world, as objects with a cookie and a count of users.
 *
 * Sizes and offsets here are checked; contents are hostile and change at any time: copy once, then
 * look at the copy. The page list is copied and checked when the object is made, and never read
 * again. */
#ifndef SECURE_CORE_SHM_H
#define SECURE_CORE_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/core/port.h"

/* The most bytes in one object, a limit on what a page list may claim. */
#define SHM_SIZE_MAX (1ull << 30)

/* The most objects at a time. */
#define SHM_OBJECTS_MAX 65536u

struct shm;

/* REGISTER_SHM: an object of `size` bytes whose pages are in the list at `list` (page aligned with
 * the offset of the first byte in its low 12 bits). It can be found by `cookie` from then on.
 * BAD_PARAMETERS: a hole, a link or page outside the normal world's RAM, an unaligned entry, an
 * overflow, a size of 0 or beyond SHM_SIZE_MAX, cookie 0. OUT_OF_MEMORY.
 *
 * The size alone says how many pages of the list are read, so a list that leads back to itself
 * ends like any other, and its pages repeat in the object. That, and naming a page twice, harms
 * nobody but the normal world. Two objects may have the same cookie: the newest is the one that is
 * found. */
MUST_CHECK TEE_Result shm_register(uint64_t cookie, uint64_t list, uint64_t size);

/* UNREGISTER_SHM: no more users can find it; sleeps until the last one is gone.
 * BAD_PARAMETERS: unknown, or already being unregistered. On a secure thread, no lock held. */
MUST_CHECK TEE_Result shm_unregister(uint64_t cookie);

/* An object for as long as somebody holds it, not found by cookie and not unregistered: a page list
 * in a parameter, an RPC's allocation. Same checks as shm_register(), but cookie 0 says that it has
 * none. One user: the caller. */
MUST_CHECK TEE_Result shm_create_list(uint64_t cookie, uint64_t list, uint64_t size,
				      struct shm **shm);
/* The same for `size` bytes within one page of the normal world at `address`. */
MUST_CHECK TEE_Result shm_create_page(uint64_t cookie, uint64_t address, uint64_t size,
				      struct shm **shm);

/* --- Objects by handle (FF-A). Names are ours, and never given twice. ------------------------ */

/* An object that is going to have `count` pages, without a name. BAD_PARAMETERS: 0, or more than
 * SHM_SIZE_MAX bytes have. OUT_OF_MEMORY. */
MUST_CHECK TEE_Result shm_gather(uint64_t count, struct shm **shm);
/* Its next `count` pages, from `address` on. BAD_PARAMETERS: none, more than are missing, unaligned,
 * or not all the normal world's RAM; then some of them may be there already: shm_put() the object. */
MUST_CHECK TEE_Result shm_gather_pages(struct shm *shm, uint64_t address, uint64_t count);
bool shm_is_gathered(const struct shm *shm);
/* A gathered object gets its name: it is shared, and belongs to the normal world. */
void shm_share(struct shm *shm, uint64_t handle);

/* A shared object, with one more user, retrieved from then on. `offset` is where its first byte lies
 * in the first page: the same for all who use it at one time. NULL: unknown, no such offset, or
 * another than the others'. */
MUST_CHECK struct shm *shm_find_handle(uint64_t handle, uint32_t offset);

/* It is not used any more, until it is found again. BUSY: somebody does. Success also for what is
 * unknown, or was not retrieved. */
TEE_Result shm_relinquish(uint64_t handle);

/* The normal world takes it back: it is gone. BUSY: it is retrieved. ITEM_NOT_FOUND. */
MUST_CHECK TEE_Result shm_reclaim(uint64_t handle);

/* A registered object, with one more user. NULL: unknown or being unregistered. */
MUST_CHECK struct shm *shm_find(uint64_t cookie);
void shm_get(struct shm *shm);

/* Hold no spinlock: the last user of an object that is being unregistered wakes who waits for that,
 * which takes a secure thread. On a CPU's own stack put only what was never registered by cookie. */
void shm_put(struct shm *shm);

uint64_t shm_cookie(const struct shm *shm);
/* Bytes from the first to the end of the last page: what offsets are checked against. */
uint64_t shm_size(const struct shm *shm);
/* Is [offset, offset + size) inside? Overflow-safe. */
bool shm_covers(const struct shm *shm, uint64_t offset, uint64_t size);

/* Where the secure kernel sees byte `offset`; mapped on first use, for as long as the object lives.
 * Touch it with port_normal_read() and port_normal_write() only. NULL: it could not be mapped, or
 * there is no such byte. */
MUST_CHECK void *shm_address(struct shm *shm, uint64_t offset);

/* The pages, and the offset of byte 0 within the first: for mapping into a TA. */
const uint64_t *shm_pages(const struct shm *shm, size_t *count, size_t *first_offset);

/* Copy between worlds, once. false: not covered, or not mappable. */
MUST_CHECK bool shm_copy_in(struct shm *shm, uint64_t offset, void *to, size_t size);
MUST_CHECK bool shm_copy_out(struct shm *shm, uint64_t offset, const void *from, size_t size);

/* Objects alive, for the census and for tests. */
size_t shm_live(void);

/* Part of thread_reset(). When there is no object left, the next is the first since boot: a
 * simulation of one seed does the same things however many came before it. */
void shm_reset(void);

#endif
