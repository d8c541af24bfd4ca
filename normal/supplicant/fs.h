/* fs.h - the files in which the secure world keeps what it stores.
 *
 * All names are below one directory, and stay there: a name with a ".." in it is refused, and so
 * is one that leads through a symbolic link, both with TEE_ERROR_BAD_PARAMETERS. Only regular
 * files are opened. What was created, written or renamed is on the disk when the answer goes out.
 *
 * Two answers differ from upstream's, which would have the secure world lose data: a rename that
 * failed is not reported as done, and a file that could not be opened for want of resources is
 * not reported as absent. */
#ifndef NORMAL_SUPPLICANT_FS_H
#define NORMAL_SUPPLICANT_FS_H

#include <pthread.h>
#include <stdbool.h>

#include "normal/supplicant/handle.h"
#include "normal/supplicant/request.h"

/* Open at the same time. */
#define FS_FILES_MAX	   1024u
#define FS_DIRECTORIES_MAX 256u

/* A name's bytes with its NUL, less what upstream puts before it; and its levels. */
#define FS_NAME_MAX  4093u
#define FS_DEPTH_MAX 64u

/* CREATE makes so many missing directories, and REMOVE removes so many empty ones. */
#define FS_LEVELS_MADE 2u

struct fs {
	char *root;
	bool sync;
	pthread_mutex_t lock; /* of the root's descriptor, and while directories come and go */
	int root_fd;	      /* -1: not opened yet */
	struct handle_table files;
	struct handle_table directories;
};

/* `root` is made by the first request that needs it. Without `sync` a power cut may lose what was
 * answered for. false: no memory. */
MUST_CHECK bool fs_init(struct fs *fs, const char *root, bool sync);
void fs_destroy(struct fs *fs);

/* RPC_CMD_FS, all operations of enum rpc_fs. TEE_ERROR_STORAGE_NOT_AVAILABLE: the root cannot be
 * had. TEE_ERROR_STORAGE_NO_SPACE, _ITEM_NOT_FOUND, _GENERIC: as the system said. */
request_serve fs_serve;

#endif
