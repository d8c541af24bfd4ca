/* shm.h - memory that the secure world is told about: objects with a cookie, counted.
 *
 * Each object pins the file it belongs to. The secure world names objects by cookie; a cookie is
 * looked up and never reused, so that a wrong one finds nothing. */
#ifndef NORMAL_DRIVER_SHM_H
#define NORMAL_DRIVER_SHM_H

#include <stdint.h>

#include "lib/bits.h"
#include "lib/list.h"
#include "normal/driver/os.h"

struct driver;
struct driver_file;
struct driver_census;

/* The most bytes in one object, and the most objects: of the driver, and of one file. */
#define SHM_SIZE_MAX	     (1ull << 30)
#define SHM_SLOT_BITS	     14
#define SHM_OBJECTS_MAX	     (1u << SHM_SLOT_BITS)
#define SHM_FILE_OBJECTS_MAX 4096u

#define SHM_BUCKET_BITS 12
#define SHM_BUCKETS	(1u << SHM_BUCKET_BITS)

enum shm_kind {
	SHM_CLIENT,   /* has an id: SHM_ALLOC and SHM_REGISTER */
	SHM_PRIVATE,  /* for an RPC: the secure world gets its pages with the reply */
	SHM_ARGUMENT, /* a page of messages */
};

struct shm {
	struct driver_file *file;
	enum shm_kind kind;
	uint64_t cookie; /* what messages call it */
	unsigned int slot;
	int32_t id; /* of SHM_CLIENT; else -1 */
	struct os_memory *memory;
	size_t size; /* bytes from the first one */
	bool shared; /* the secure world finds it by its cookie */
	/* Under the table's mutex. */
	unsigned int references;
	unsigned int holds; /* of which the secure world got with an RPC */
	bool open;	    /* the descriptor exists: the id is found */
	struct list link;   /* in the file */
	struct list named;  /* in the bucket of its cookie */
};

struct shm_table {
	struct os_mutex mutex;
	uint64_t serial;
	unsigned int first_free; /* no free slot before it */
	struct shm *slots[SHM_OBJECTS_MAX];
	struct list buckets[SHM_BUCKETS]; /* by cookie */
};

void driver_shm_init(struct shm_table *table);
void driver_shm_destroy(struct shm_table *table);

/* A file's objects, part of struct driver_file. Under the table's mutex. */
struct shm_list {
	struct list objects;
	unsigned int count;
};

/* Objects of a client or of the supplicant; their descriptor is open. The supplicant's are not
 * registered: it is asked for memory while secure threads wait for it, and a registration needs a
 * secure thread.
 * -EINVAL: size 0, or the secure world refuses; -ENOMEM; -ENODEV. *memory is a reference of its
 * own. */
MUST_CHECK int driver_shm_alloc(struct driver_file *file, uint64_t size, int32_t *id,
				struct os_memory **memory, uint64_t *allocated);
/* [offset, offset + length) of `from`. -EFAULT: not memory that may be shared, or none; -ENOMEM:
 * also for a length of 0. */
MUST_CHECK int driver_shm_adopt(struct driver_file *file, const struct os_file *from,
				uint64_t offset, uint64_t length, int32_t *id);

/* The driver's own, mapped. One reference, the caller's. -ENOMEM; for a page of messages, which is
 * shared if `shared`, also -EINVAL and -ENODEV. */
MUST_CHECK int driver_shm_private(struct driver *driver, uint64_t size, struct shm **shm);
MUST_CHECK int driver_shm_argument(struct driver *driver, bool shared, struct shm **shm);

/* The transport calls the object by a name that it did not choose itself. No two have the same. */
void driver_shm_name(struct shm *shm, uint64_t cookie);

/* With one more reference, the caller's. NULL: unknown, closed, or another file's. */
MUST_CHECK struct shm *driver_shm_by_id(struct driver_file *file, uint64_t id);
MUST_CHECK struct shm *driver_shm_by_cookie(struct driver *driver, uint64_t cookie);
/* The last one unregisters the object, which calls the secure world. NULL does nothing. */
void driver_shm_put(struct shm *shm);

/* Turn the caller's reference into one that the secure world holds, until it gives it back by
 * cookie: then it is the caller's again. false: there is no secure world any more, and the
 * reference stays the caller's. NULL: it holds no object of that kind and cookie. */
MUST_CHECK bool driver_shm_hold(struct shm *shm);
MUST_CHECK struct shm *driver_shm_unhold(struct driver *driver, enum shm_kind kind,
					 uint64_t cookie);
/* There is no secure world any more: give back all that it held. */
void driver_shm_unhold_all(struct driver *driver);

/* Close all descriptors of `file`. */
void driver_shm_close_all(struct driver_file *file);

/* Fills shm, shm_kernel and shm_bytes. */
void driver_shm_count(struct driver *driver, struct driver_census *census);

/* Where the driver sees the object's first byte; NULL: it cannot be mapped. */
MUST_CHECK void *driver_shm_address(const struct shm *shm);

/* The page list of `memory` (spec/msg.md 2). *address carries the offset of the first byte in its
 * low bits, as a TMEM parameter wants it. NULL: no memory. The caller puts the list. */
MUST_CHECK struct os_memory *driver_shm_page_list(const struct os_memory *memory,
						  uint64_t *address);

#endif
