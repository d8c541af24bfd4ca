/* file.h - what a program has open: devices and shared memory.
 *
 * The program holds each as a descriptor of its own: one end of a socket pair whose other end is
 * here, or memory that is watched here. The kernel counts the references (dup, fork, exec, passing
 * on, mapping), and says when the last is gone. So closing our copy is also how something is taken
 * back that the program never got. */
#ifndef NORMAL_EXEC_FILE_H
#define NORMAL_EXEC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "normal/exec/line.h"

struct file {
	struct line *line;
	bool supplicant; /* opened as /dev/teepriv0 */
	/* The rest is file.c's. */
	struct list link;
	uint64_t inode; /* of the program's end */
	int lease;
	unsigned int references;
	struct list shms;
	struct list requests;
};

/* Before all others. 0 or a negative errno. */
MUST_CHECK int files_start(const char *directory);

/* open(). *fd is the program's, to be closed here once it has it. 0 or a negative errno. */
MUST_CHECK int file_open(bool supplicant, int *fd);

/* The open file that thread `thread` knows as `fd`, with one more reference; NULL: it is none. */
struct file *file_find(pid_t thread, int fd);
void file_put(struct file *file);

/* --- Shared memory --------------------------------------------------------------------------- */

/* `id` is known in `file`, and `memory`, which came from posternd and is taken over, is what a
 * program may map. *fd as with file_open(). -ENOMEM: the id was given back. */
MUST_CHECK int file_shm_add(struct file *file, int32_t id, int memory, int *fd);

/* Memory that stands for [address, address + length) of `thread`, for posternd to register. */
struct shadow;
MUST_CHECK int shadow_new(pid_t thread, uint64_t address, uint64_t length, struct shadow **shadow);
void shadow_free(struct shadow *shadow);
/* What to register: a descriptor, which stays the shadow's, and where in it. */
int shadow_memory(const struct shadow *shadow, uint64_t *offset);
/* `id` is known in `file` for `shadow`, which is taken over. */
MUST_CHECK int file_shm_add_shadow(struct file *file, int32_t id, struct shadow *shadow, int *fd);

enum copy {
	COPY_IN,  /* from the program to its shadows */
	COPY_OUT, /* and back */
};

/* For each memref of `params` whose type is in `types` (bits) and which lies in a shadow. 0, or
 * -EFAULT: the program has no such memory any more. */
MUST_CHECK int file_shadows_copy(struct file *file, enum copy direction, unsigned int types,
				 const struct tee_ioctl_param *params, uint32_t count);

#define COPY_INPUTS                                                                                \
	(1u << TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT |                                            \
	 1u << TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT)
#define COPY_OUTPUTS                                                                               \
	(1u << TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT |                                           \
	 1u << TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT)
#define COPY_ALL (COPY_INPUTS | COPY_OUTPUTS)

/* --- Requests that a supplicant holds -------------------------------------------------------- */

struct request {
	struct list link;
	uint64_t id; /* 0: it was received without one */
	uint32_t count;
	struct tee_ioctl_param params[]; /* its own, without the one that has the id */
};

/* Remember what was received, until the answer. -ENOMEM. */
MUST_CHECK int file_request_add(struct file *file, uint64_t id,
				const struct tee_ioctl_param *params, uint32_t count);
/* Take it back; NULL: nothing is known of it. The caller's, to be freed or put back. */
struct request *file_request_take(struct file *file, uint64_t id);
void file_request_put_back(struct file *file, struct request *request);

#endif
