#include "normal/supplicant/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/rpc.h"
#include "normal/supplicant/log.h"
#include "normal/supplicant/supplicant.h"

#define FILE_MODE      0600
#define DIRECTORY_MODE 0700

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
/* What turns out to be no file, a pipe say, must not be waited for. */
#define FILE_FLAGS	(O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

struct file {
	int fd;
};

struct directory {
	pthread_mutex_t lock; /* one entry for one READDIR */
	DIR *stream;
};

static TEE_Result result_of(int error)
{
	switch (error) {
	case 0:
		return TEE_SUCCESS;
	case -ENOSPC:
		return TEE_ERROR_STORAGE_NO_SPACE;
	case -ENOENT:
		return TEE_ERROR_ITEM_NOT_FOUND;
	case -ELOOP:
		return TEE_ERROR_BAD_PARAMETERS;
	default:
		return TEE_ERROR_GENERIC;
	}
}

/* --- Names ---------------------------------------------------------------------------------- */

/* The parts of a name. */
struct path {
	size_t depth;
	const char *parts[FS_DEPTH_MAX];
	char text[FS_NAME_MAX];
};

/* false: it is not a name, or one that climbs. */
static bool path_parse(const struct request_memory *memory, struct path *path)
{
	size_t size = memory->size < sizeof(path->text) ? memory->size : sizeof(path->text);
	char *rest = path->text;
	char *part;

	/* The secure world may still be writing to it. */
	memcpy(path->text, memory->data, size);
	if (memchr(path->text, '\0', size) == NULL) {
		return false;
	}
	path->depth = 0;
	while ((part = strsep(&rest, "/")) != NULL) {
		if (*part == '\0' || strcmp(part, ".") == 0) {
			continue;
		}
		if (strcmp(part, "..") == 0 || path->depth == FS_DEPTH_MAX) {
			return false;
		}
		path->parts[path->depth++] = part;
	}
	return true;
}

/* The same of what must name something below the root. */
static bool path_parse_entry(const struct request_memory *memory, struct path *path)
{
	return path_parse(memory, path) && path->depth > 0;
}

static const char *path_leaf(const struct path *path)
{
	return path->parts[path->depth - 1];
}

/* --- Directories ---------------------------------------------------------------------------- */

static int make_root(const char *root)
{
	char *path = strdup(root);
	char *slash;
	int fd;

	if (path == NULL) {
		return -1;
	}
	for (slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, DIRECTORY_MODE);
		*slash = '/';
	}
	(void)mkdir(path, DIRECTORY_MODE);
	/* Whichever of them failed: either the last is there now, or it is not. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	return fd;
}

/* The root's descriptor, which stays open; -1: it cannot be had this time. */
static int root_of(struct fs *fs)
{
	int fd;

	pthread_mutex_lock(&fs->lock);
	if (fs->root_fd < 0) {
		fs->root_fd = make_root(fs->root);
	}
	fd = fs->root_fd;
	pthread_mutex_unlock(&fs->lock);
	if (fd < 0) {
		log_error("the directory %s cannot be had", fs->root);
	}
	return fd;
}

/* Descriptors of directories: the root's is not theirs to close. */
static void leave(const struct fs *fs, int directory)
{
	if (directory >= 0 && directory != fs->root_fd) {
		close(directory);
	}
}

/* The kernel's own word, besides the look at the parts of the name, that what is opened lies below
 * `directory`. Kernels before 5.6 cannot give it: there O_NOFOLLOW has to do. */
static int open_below(int directory, const char *name, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned int)flags,
		.mode = (flags & O_CREAT) != 0 ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));

	if (fd < 0 && errno == ENOSYS) {
		return openat(directory, name, flags, mode);
	}
	return (int)fd;
}

static bool is_link(int directory, const char *name)
{
	struct stat status;

	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISLNK(status.st_mode);
}

static int descend(int directory, const char *name)
{
	int fd = open_below(directory, name, DIRECTORY_FLAGS, 0);

	if (fd >= 0) {
		return fd;
	}
	return errno == ENOTDIR && is_link(directory, name) ? -ELOOP : -errno;
}

/* Go down the first `depth` parts. A descriptor for leave(), or a negative errno; *reached says
 * how many parts there were. */
static int walk(const struct fs *fs, const struct path *path, size_t depth, size_t *reached)
{
	int directory = fs->root_fd;
	int next;

	for (*reached = 0; *reached < depth; ++*reached) {
		next = descend(directory, path->parts[*reached]);
		leave(fs, directory);
		if (next < 0) {
			return next;
		}
		directory = next;
	}
	return directory;
}

static int walk_to_parent(const struct fs *fs, const struct path *path)
{
	size_t reached;

	return walk(fs, path, path->depth - 1, &reached);
}

static int commit(const struct fs *fs, int fd)
{
	/* -EINVAL: on this file system there is nothing to be done for a directory. */
	return fs->sync && fsync(fd) != 0 && errno != EINVAL ? -errno : 0;
}

/* Remove those of the `levels` directories above the leaf that are empty. */
static void prune(const struct fs *fs, const struct path *path, size_t levels)
{
	size_t depth = path->depth - 1;
	size_t reached;
	int directory;

	/* One that is not empty keeps those above it from being so. */
	for (; levels > 0 && depth > 0; levels--, depth--) {
		directory = walk(fs, path, depth - 1, &reached);
		if (directory >= 0) {
			(void)unlinkat(directory, path->parts[depth - 1], AT_REMOVEDIR);
		}
		leave(fs, directory);
	}
}

/* Make `name` in `directory` and go there; leaves `directory` in any case. */
static int descend_into_new(const struct fs *fs, int directory, const char *name)
{
	int next = -1;
	int error = 0;

	if (mkdirat(directory, name, DIRECTORY_MODE) != 0) {
		error = -errno;
	} else {
		error = commit(fs, directory);
		next = error == 0 ? descend(directory, name) : error;
	}
	leave(fs, directory);
	return error == 0 ? next : error;
}

/* As walk_to_parent(), but the last directories are made where they are missing: `*made` of
 * them. */
static int walk_making(const struct fs *fs, const struct path *path, size_t *made)
{
	size_t parents = path->depth - 1;
	size_t reached;
	int directory = walk(fs, path, parents, &reached);

	*made = 0;
	if (directory != -ENOENT || parents - reached > FS_LEVELS_MADE) {
		return directory;
	}
	directory = walk(fs, path, reached, &reached);
	while (directory >= 0 && reached + *made < parents) {
		directory = descend_into_new(fs, directory, path->parts[reached + *made]);
		++*made;
	}
	return directory;
}

/* --- Files ---------------------------------------------------------------------------------- */

static void file_destroy(void *thing)
{
	struct file *file = thing;

	if (file->fd >= 0) {
		close(file->fd);
	}
	free(file);
}

/* A handle of what open() gives. The handle comes first: nothing is made, or emptied, for want of
 * one afterwards. */
static int file_add(struct fs *fs, const struct path *path,
		    int (*open_path)(struct fs *fs, const struct path *path))
{
	struct file *file = malloc(sizeof(*file));
	int handle;
	int fd;

	if (file == NULL) {
		return -ENOMEM;
	}
	file->fd = -1;
	handle = handle_add(&fs->files, file);
	if (handle < 0) {
		free(file);
		return -ENFILE;
	}
	fd = open_path(fs, path);
	file->fd = fd;
	if (fd < 0 && handle_remove(&fs->files, (uint64_t)handle)) {
		return fd;
	}
	return handle;
}

static int sync_flag(const struct fs *fs)
{
	return fs->sync ? O_SYNC : 0;
}

/* A descriptor of a regular file. -ENOENT when it is something else. */
static int open_regular(int directory, const char *name, int flags)
{
	int fd = open_below(directory, name, flags | FILE_FLAGS, FILE_MODE);
	struct stat status;

	if (fd < 0) {
		return errno == EISDIR || errno == ENXIO || errno == ENODEV ? -ENOENT : -errno;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

static int open_file(struct fs *fs, const struct path *path)
{
	int directory = walk_to_parent(fs, path);
	int fd = directory;

	if (directory >= 0) {
		fd = open_regular(directory, path_leaf(path), O_RDWR | sync_flag(fs));
	}
	if (directory >= 0 && (fd == -EACCES || fd == -EPERM || fd == -EROFS)) {
		fd = open_regular(directory, path_leaf(path), O_RDONLY | sync_flag(fs));
	}
	leave(fs, directory);
	return fd;
}

/* Whatever is wrong with the file itself, it is not there. That this process has run out of
 * something must not look like that: the secure world would begin anew. */
static TEE_Result result_of_open(int error)
{
	switch (error) {
	case -ENOTDIR:
	case -EACCES:
	case -EPERM:
	case -ENAMETOOLONG:
		return TEE_ERROR_ITEM_NOT_FOUND;
	default:
		return result_of(error);
	}
}

static TEE_Result serve_open(struct fs *fs, struct request *request)
{
	struct path path;
	int file;

	if (!path_parse_entry(&request->memory[1], &path)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	file = file_add(fs, &path, open_file);
	if (file < 0) {
		return result_of_open(file);
	}
	request->params[2].a = (uint64_t)file;
	return TEE_SUCCESS;
}

static int create_locked(struct fs *fs, const struct path *path)
{
	size_t made;
	int directory = walk_making(fs, path, &made);
	int file = directory;
	int error = 0;

	if (directory >= 0) {
		file = open_regular(directory, path_leaf(path),
				    O_RDWR | O_CREAT | O_TRUNC | sync_flag(fs));
		error = file >= 0 ? commit(fs, directory) : 0;
		leave(fs, directory);
	}
	if (error != 0) {
		close(file);
		file = error;
	}
	if (file < 0) {
		prune(fs, path, made);
	}
	return file;
}

/* The lock keeps others from removing a directory that was just made, for being empty. */
static int create_file(struct fs *fs, const struct path *path)
{
	int fd;

	pthread_mutex_lock(&fs->lock);
	fd = create_locked(fs, path);
	pthread_mutex_unlock(&fs->lock);
	return fd;
}

static TEE_Result serve_create(struct fs *fs, struct request *request)
{
	struct path path;
	int file;

	if (!path_parse_entry(&request->memory[1], &path)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	file = file_add(fs, &path, create_file);
	if (file < 0) {
		return result_of(file);
	}
	request->params[2].a = (uint64_t)file;
	return TEE_SUCCESS;
}

static TEE_Result serve_close(struct fs *fs, struct request *request)
{
	return handle_remove(&fs->files, request->params[0].b) ? TEE_SUCCESS
							       : TEE_ERROR_BAD_PARAMETERS;
}

/* Bytes read, fewer at the end of the file; or a negative errno. */
static ssize_t read_all(int fd, const struct request_memory *memory, uint64_t offset)
{
	size_t done = 0;
	ssize_t length = 1;

	while (done < memory->size && length > 0) {
		length =
			pread(fd, memory->data + done, memory->size - done, (off_t)(offset + done));
		done += length > 0 ? (size_t)length : 0;
	}
	return length < 0 ? -errno : (ssize_t)done;
}

static TEE_Result serve_read(struct fs *fs, struct request *request)
{
	struct file *file = handle_get(&fs->files, request->params[0].b);
	ssize_t length;

	if (file == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	length = read_all(file->fd, &request->memory[1], request->params[0].c);
	handle_put(&fs->files, request->params[0].b);
	if (length < 0) {
		return result_of((int)length);
	}
	request_set_size(request, 1, (size_t)length);
	return TEE_SUCCESS;
}

static int write_all(int fd, const struct request_memory *memory, uint64_t offset)
{
	size_t done = 0;
	ssize_t length;

	while (done < memory->size) {
		length = pwrite(fd, memory->data + done, memory->size - done,
				(off_t)(offset + done));
		if (length < 0) {
			return -errno;
		}
		if (length == 0) {
			return -EIO;
		}
		done += (size_t)length;
	}
	return 0;
}

static TEE_Result serve_write(struct fs *fs, struct request *request)
{
	struct file *file = handle_get(&fs->files, request->params[0].b);
	int error;

	if (file == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	error = write_all(file->fd, &request->memory[1], request->params[0].c);
	handle_put(&fs->files, request->params[0].b);
	return result_of(error);
}

static TEE_Result serve_truncate(struct fs *fs, struct request *request)
{
	struct file *file = handle_get(&fs->files, request->params[0].b);
	int error;

	if (file == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	error = ftruncate(file->fd, (off_t)request->params[0].c) != 0 ? -errno : 0;
	handle_put(&fs->files, request->params[0].b);
	return result_of(error);
}

/* --- Entries -------------------------------------------------------------------------------- */

static int remove_file(struct fs *fs, const struct path *path)
{
	int directory = walk_to_parent(fs, path);
	int error;

	if (directory < 0) {
		return directory;
	}
	error = unlinkat(directory, path_leaf(path), 0) != 0 ? -errno : 0;
	leave(fs, directory);
	if (error == 0) {
		prune(fs, path, FS_LEVELS_MADE);
	}
	return error;
}

static TEE_Result serve_remove(struct fs *fs, struct request *request)
{
	struct path path;
	int error;

	if (!path_parse_entry(&request->memory[1], &path)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	pthread_mutex_lock(&fs->lock);
	error = remove_file(fs, &path);
	pthread_mutex_unlock(&fs->lock);
	return result_of(error);
}

/* Some file systems cannot refuse to replace. The lock is held, and nobody else makes files
 * here. */
static int rename_by_looking(int from, const char *old, int to, const char *new)
{
	struct stat status;

	if (fstatat(to, new, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		return -EEXIST;
	}
	return renameat(from, old, to, new) != 0 ? -errno : 0;
}

static int rename_in(int from, const char *old, int to, const char *new, bool overwrite)
{
	if (renameat2(from, old, to, new, overwrite ? 0 : RENAME_NOREPLACE) == 0) {
		return 0;
	}
	if (!overwrite && (errno == EINVAL || errno == ENOSYS)) {
		return rename_by_looking(from, old, to, new);
	}
	return -errno;
}

static int rename_entry(const struct fs *fs, const struct path *old, const struct path *new,
			bool overwrite)
{
	int from = walk_to_parent(fs, old);
	int to = from < 0 ? from : walk_to_parent(fs, new);
	int error = to < 0 ? to : 0;

	if (error == 0) {
		error = rename_in(from, path_leaf(old), to, path_leaf(new), overwrite);
	}
	if (error == 0) {
		error = commit(fs, to);
	}
	if (error == 0) {
		error = commit(fs, from);
	}
	leave(fs, from);
	leave(fs, to);
	return error;
}

static TEE_Result serve_rename(struct fs *fs, struct request *request)
{
	struct path old;
	struct path new;
	int error;

	if (!path_parse_entry(&request->memory[1], &old) ||
	    !path_parse_entry(&request->memory[2], &new)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	pthread_mutex_lock(&fs->lock);
	error = rename_entry(fs, &old, &new, request->params[0].b != 0);
	pthread_mutex_unlock(&fs->lock);
	return error == -EEXIST ? TEE_ERROR_ACCESS_CONFLICT : result_of(error);
}

/* --- Listing -------------------------------------------------------------------------------- */

static void directory_destroy(void *thing)
{
	struct directory *directory = thing;

	closedir(directory->stream);
	pthread_mutex_destroy(&directory->lock);
	free(directory);
}

/* The next that does not begin with a dot; NULL: there is none. */
static const struct dirent *next_entry(DIR *stream)
{
	const struct dirent *entry;

	do {
		entry = readdir(stream);
	} while (entry != NULL && entry->d_name[0] == '.');
	return entry;
}

/* A handle. -ENOENT when there is nothing to list. Takes `fd` over, also on failure. */
static int directory_add(struct fs *fs, int fd)
{
	struct directory *directory = calloc(1, sizeof(*directory));
	int handle;

	if (directory == NULL) {
		close(fd);
		return -ENOMEM;
	}
	pthread_mutex_init(&directory->lock, NULL);
	directory->stream = fdopendir(fd);
	if (directory->stream == NULL) {
		pthread_mutex_destroy(&directory->lock);
		free(directory);
		close(fd);
		return -ENOMEM;
	}
	if (next_entry(directory->stream) == NULL) {
		directory_destroy(directory);
		return -ENOENT;
	}
	rewinddir(directory->stream);
	handle = handle_add(&fs->directories, directory);
	if (handle < 0) {
		directory_destroy(directory);
		return -ENFILE;
	}
	return handle;
}

static TEE_Result serve_opendir(struct fs *fs, struct request *request)
{
	struct path path;
	size_t reached;
	int directory;
	int fd;

	if (!path_parse(&request->memory[1], &path)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	directory = walk(fs, &path, path.depth, &reached);
	/* A description of its own: its position is the listing's. */
	fd = directory < 0 ? directory : descend(directory, ".");
	leave(fs, directory);
	directory = fd < 0 ? fd : directory_add(fs, fd);
	if (directory < 0) {
		return result_of(directory);
	}
	request->params[2].a = (uint64_t)directory;
	return TEE_SUCCESS;
}

static TEE_Result serve_closedir(struct fs *fs, struct request *request)
{
	return handle_remove(&fs->directories, request->params[0].b) ? TEE_SUCCESS
								     : TEE_ERROR_BAD_PARAMETERS;
}

/* An entry that does not fit is lost: the next call gives the next one. */
static TEE_Result read_entry(DIR *stream, struct request *request)
{
	const struct dirent *entry = next_entry(stream);
	size_t size;

	if (entry == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	size = strlen(entry->d_name) + 1;
	request_set_size(request, 1, size);
	if (request->memory[1].size < size) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	memcpy(request->memory[1].data, entry->d_name, size);
	return TEE_SUCCESS;
}

static TEE_Result serve_readdir(struct fs *fs, struct request *request)
{
	struct directory *directory = handle_get(&fs->directories, request->params[0].b);
	TEE_Result result;

	if (directory == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	pthread_mutex_lock(&directory->lock);
	result = read_entry(directory->stream, request);
	pthread_mutex_unlock(&directory->lock);
	handle_put(&fs->directories, request->params[0].b);
	return result;
}

/* --- All of them ---------------------------------------------------------------------------- */

#define VALUE_IN   TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUT  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT
#define MEMORY_IN  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define MEMORY_OUT TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT

static const struct operation {
	const char *name;
	TEE_Result (*serve)(struct fs *fs, struct request *request);
	size_t count;
	uint32_t types[3];
} operations[RPC_FS_OPERATIONS] = {
	[RPC_FS_OPEN] = { "OPEN", serve_open, 3, { VALUE_IN, MEMORY_IN, VALUE_OUT } },
	[RPC_FS_CREATE] = { "CREATE", serve_create, 3, { VALUE_IN, MEMORY_IN, VALUE_OUT } },
	[RPC_FS_CLOSE] = { "CLOSE", serve_close, 1, { VALUE_IN } },
	[RPC_FS_READ] = { "READ", serve_read, 2, { VALUE_IN, MEMORY_OUT } },
	[RPC_FS_WRITE] = { "WRITE", serve_write, 2, { VALUE_IN, MEMORY_IN } },
	[RPC_FS_TRUNCATE] = { "TRUNCATE", serve_truncate, 1, { VALUE_IN } },
	[RPC_FS_REMOVE] = { "REMOVE", serve_remove, 2, { VALUE_IN, MEMORY_IN } },
	[RPC_FS_RENAME] = { "RENAME", serve_rename, 3, { VALUE_IN, MEMORY_IN, MEMORY_IN } },
	[RPC_FS_OPENDIR] = { "OPENDIR", serve_opendir, 3, { VALUE_IN, MEMORY_IN, VALUE_OUT } },
	[RPC_FS_CLOSEDIR] = { "CLOSEDIR", serve_closedir, 1, { VALUE_IN } },
	[RPC_FS_READDIR] = { "READDIR", serve_readdir, 2, { VALUE_IN, MEMORY_OUT } },
};

static const struct operation *operation_of(const struct request *request)
{
	if (request->count == 0 || request->params[0].attr != VALUE_IN ||
	    request->params[0].a >= array_size(operations)) {
		return NULL;
	}
	return &operations[request->params[0].a];
}

TEE_Result fs_serve(struct supplicant *supplicant, struct request *request)
{
	const struct operation *operation = operation_of(request);

	if (operation == NULL || !request_has_shape(request, operation->types, operation->count)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (root_of(&supplicant->fs) < 0) {
		return TEE_ERROR_STORAGE_NOT_AVAILABLE;
	}
	return operation->serve(&supplicant->fs, request);
}

bool fs_init(struct fs *fs, const char *root, bool sync)
{
	fs->root = strdup(root);
	if (fs->root == NULL) {
		return false;
	}
	fs->sync = sync;
	fs->root_fd = -1;
	pthread_mutex_init(&fs->lock, NULL);
	handle_table_init(&fs->files, FS_FILES_MAX, file_destroy);
	handle_table_init(&fs->directories, FS_DIRECTORIES_MAX, directory_destroy);
	return true;
}

void fs_destroy(struct fs *fs)
{
	handle_table_destroy(&fs->files);
	handle_table_destroy(&fs->directories);
	pthread_mutex_destroy(&fs->lock);
	if (fs->root_fd >= 0) {
		close(fs->root_fd);
	}
	free(fs->root);
}
