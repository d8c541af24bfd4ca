/* fs_test.c - the secure world's files: what each operation does, and what it refuses. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "normal/supplicant/fake_request.h"

/* Whatever the number, it is nobody's. */
#define NO_HANDLE 999
#define NOBODY	  65534

static struct supplicant supplicant;
static char top[32];	  /* the test's directory, and the current one */
static uint64_t names[2]; /* memory for names, */
static uint64_t data;	  /* and for what is read and written */

static int setup_with(const char *root, bool sync)
{
	char path[64];

	fake_device_reset();
	memset(&supplicant, 0, sizeof(supplicant));
	if (device_open(DEVICE_TEEPRIV, NULL, &supplicant.device) != 0) {
		return -1;
	}
	shm_init(&supplicant.shm, supplicant.device);
	strcpy(top, "/tmp/fs-XXXXXX");
	if (mkdtemp(top) == NULL || chdir(top) != 0) {
		return -1;
	}
	snprintf(path, sizeof(path), "%s/%s", top, root);
	if (!fs_init(&supplicant.fs, path, sync) || !ta_init(&supplicant.ta, "", NULL)) {
		return -1;
	}
	names[0] = fake_shm_alloc(&supplicant, 8192);
	names[1] = fake_shm_alloc(&supplicant, 8192);
	data = fake_shm_alloc(&supplicant, 8192);
	return 0;
}

static int setup(void **state)
{
	return setup_with("root", false);
}

static int setup_deep(void **state)
{
	return setup_with("var/lib/tee/", false);
}

static int setup_sync(void **state)
{
	return setup_with("root", true);
}

static int descriptor_count(void)
{
	int count = 0;
	int fd;

	for (fd = 0; fd < 2048; fd++) {
		count += fcntl(fd, F_GETFD) >= 0;
	}
	return count;
}

static int descriptors_at_start;

static int teardown(void **state)
{
	char command[64];

	fs_destroy(&supplicant.fs);
	ta_destroy(&supplicant.ta);
	shm_destroy(&supplicant.shm);
	device_close(supplicant.device);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	if (chdir("/") != 0 || system(command) != 0) {
		return -1;
	}
	return descriptor_count() == descriptors_at_start ? 0 : -1;
}

/* --- Requests ------------------------------------------------------------------------------- */

static TEE_Result serve(struct tee_ioctl_param *params, size_t count)
{
	return supplicant_serve(&supplicant, RPC_CMD_FS, params, count);
}

static struct tee_ioctl_param name_of(size_t index, const char *name)
{
	strcpy(fake_device_memory(names[index]), name);
	return fake_memref(MEMREF_INPUT, 0, RPC_FS_NAME_MAX, names[index]);
}

/* OPEN, CREATE, OPENDIR. */
static TEE_Result named(enum rpc_fs operation, const char *name, uint64_t *handle)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, operation, 0, 0),
		name_of(0, name),
		fake_value(VALUE_OUTPUT, 0, 0, 0),
	};
	TEE_Result result = serve(params, 3);

	if (handle != NULL) {
		*handle = params[2].a;
	}
	return result;
}

/* CLOSE, TRUNCATE, CLOSEDIR. */
static TEE_Result handled(enum rpc_fs operation, uint64_t handle, uint64_t c)
{
	struct tee_ioctl_param param = fake_value(VALUE_INPUT, operation, handle, c);

	return serve(&param, 1);
}

/* READ, WRITE, READDIR: `*size` bytes of `data`. */
static TEE_Result moved(enum rpc_fs operation, uint64_t handle, uint64_t offset, uint64_t *size)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, operation, handle, offset),
		fake_memref(operation == RPC_FS_WRITE ? MEMREF_INPUT : MEMREF_OUTPUT, 0, *size,
			    data),
	};
	TEE_Result result = serve(params, 2);

	*size = params[1].b;
	return result;
}

static TEE_Result removed(const char *name)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_FS_REMOVE, 0, 0),
		name_of(0, name),
	};

	return serve(params, 2);
}

static TEE_Result renamed(const char *old, const char *new, bool overwrite)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_FS_RENAME, overwrite, 0),
		name_of(0, old),
		name_of(1, new),
	};

	return serve(params, 3);
}

static uint64_t create(const char *name)
{
	uint64_t handle;

	assert_int_equal(named(RPC_FS_CREATE, name, &handle), TEE_SUCCESS);
	return handle;
}

static void close_file(uint64_t handle)
{
	assert_int_equal(handled(RPC_FS_CLOSE, handle, 0), TEE_SUCCESS);
}

static void write_text(uint64_t handle, uint64_t offset, const char *text)
{
	uint64_t size = strlen(text);

	memcpy(fake_device_memory(data), text, size);
	assert_int_equal(moved(RPC_FS_WRITE, handle, offset, &size), TEE_SUCCESS);
}

static void expect_text(uint64_t handle, uint64_t offset, uint64_t size, const char *text)
{
	memset(fake_device_memory(data), 0xff, 8192);
	assert_int_equal(moved(RPC_FS_READ, handle, offset, &size), TEE_SUCCESS);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(fake_device_memory(data), text, size);
}

static void make_file(const char *name, const char *text)
{
	uint64_t handle = create(name);

	write_text(handle, 0, text);
	close_file(handle);
}

static void expect_file(const char *name, const char *text)
{
	uint64_t handle;

	assert_int_equal(named(RPC_FS_OPEN, name, &handle), TEE_SUCCESS);
	expect_text(handle, 0, 8192, text);
	close_file(handle);
}

static bool exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

/* --- The root ------------------------------------------------------------------------------- */

static void the_root_is_made_by_the_first_request(void **state)
{
	umask(0);
	assert_false(exists("var"));
	assert_int_equal(named(RPC_FS_OPEN, "/none", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(mode_of("var"), 0700);
	assert_int_equal(mode_of("var/lib"), 0700);
	assert_int_equal(mode_of("var/lib/tee"), 0700);
}

static void without_a_root_storage_is_not_available(void **state)
{
	int fd = open("root", O_CREAT | O_WRONLY, 0600);

	close(fd);
	assert_int_equal(named(RPC_FS_CREATE, "/x", NULL), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(removed("/x"), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	/* It is tried again. */
	unlink("root");
	close_file(create("/x"));
}

/* --- Shapes --------------------------------------------------------------------------------- */

static const struct {
	size_t count;
	uint32_t types[3];
} shapes[RPC_FS_OPERATIONS] = {
	{ 3, { VALUE_INPUT, MEMREF_INPUT, VALUE_OUTPUT } },
	{ 3, { VALUE_INPUT, MEMREF_INPUT, VALUE_OUTPUT } },
	{ 1, { VALUE_INPUT } },
	{ 2, { VALUE_INPUT, MEMREF_OUTPUT } },
	{ 2, { VALUE_INPUT, MEMREF_INPUT } },
	{ 1, { VALUE_INPUT } },
	{ 2, { VALUE_INPUT, MEMREF_INPUT } },
	{ 3, { VALUE_INPUT, MEMREF_INPUT, MEMREF_INPUT } },
	{ 3, { VALUE_INPUT, MEMREF_INPUT, VALUE_OUTPUT } },
	{ 1, { VALUE_INPUT } },
	{ 2, { VALUE_INPUT, MEMREF_OUTPUT } },
};

static void fill(struct tee_ioctl_param params[4], uint64_t operation)
{
	size_t i;

	strcpy(fake_device_memory(names[0]), "/none");
	memset(params, 0, 4 * sizeof(*params));
	for (i = 0; i < shapes[operation].count; i++) {
		params[i] = request_is_memory(shapes[operation].types[i])
				    ? fake_memref(shapes[operation].types[i], 0, 350, names[0])
				    : fake_value(shapes[operation].types[i], 0, 0, 0);
	}
	params[0].a = operation;
	params[0].b = NO_HANDLE;
}

/* covers: RPC_CMD_FS RPC_FS_OPEN RPC_FS_CREATE RPC_FS_CLOSE RPC_FS_READ RPC_FS_WRITE
 * RPC_FS_TRUNCATE RPC_FS_REMOVE RPC_FS_RENAME RPC_FS_OPENDIR RPC_FS_CLOSEDIR RPC_FS_READDIR */
static void other_shapes_are_refused(void **state)
{
	static const uint64_t attrs[] = { 0,	       VALUE_INPUT,  VALUE_OUTPUT,
					  VALUE_INOUT, MEMREF_INPUT, MEMREF_OUTPUT,
					  MEMREF_INOUT };
	struct tee_ioctl_param params[4];
	uint64_t operation;
	size_t attr;
	size_t i;

	for (operation = 0; operation < RPC_FS_OPERATIONS; operation++) {
		for (i = 0; i <= 4; i++) {
			fill(params, operation);
			if (i != shapes[operation].count) {
				assert_int_equal(serve(params, i), TEE_ERROR_BAD_PARAMETERS);
			}
		}
		for (i = 0; i < shapes[operation].count; i++) {
			for (attr = 0; attr < array_size(attrs); attr++) {
				fill(params, operation);
				if (attrs[attr] == shapes[operation].types[i]) {
					continue;
				}
				params[i] = fake_memref(attrs[attr], operation, 0, names[0]);
				assert_int_equal(serve(params, shapes[operation].count),
						 TEE_ERROR_BAD_PARAMETERS);
			}
		}
	}
	assert_false(exists("root"));
}

static void references_to_no_memory_are_refused(void **state)
{
	static const uint64_t ids[] = { UINT64_MAX, 4000 };
	struct tee_ioctl_param params[4];
	uint64_t operation;
	size_t id;
	size_t i;

	for (operation = 0; operation < RPC_FS_OPERATIONS; operation++) {
		for (i = 0; i < shapes[operation].count; i++) {
			for (id = 0; id < array_size(ids); id++) {
				fill(params, operation);
				if (!request_is_memory(shapes[operation].types[i])) {
					continue;
				}
				params[i].c = ids[id];
				assert_int_equal(serve(params, shapes[operation].count),
						 TEE_ERROR_BAD_PARAMETERS);
			}
		}
	}
}

static void unknown_operations_are_refused(void **state)
{
	static const uint64_t operations[] = { RPC_FS_OPERATIONS, 100, UINT32_MAX, UINT64_MAX };
	struct tee_ioctl_param param;
	size_t i;

	for (i = 0; i < array_size(operations); i++) {
		param = fake_value(VALUE_INPUT, operations[i], 0, 0);
		assert_int_equal(serve(&param, 1), TEE_ERROR_BAD_PARAMETERS);
	}
}

/* --- Names ---------------------------------------------------------------------------------- */

static void expect_refused(const char *name)
{
	assert_int_equal(named(RPC_FS_OPEN, name, NULL), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(named(RPC_FS_CREATE, name, NULL), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(removed(name), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(renamed(name, "/new", true), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(renamed("/old", name, true), TEE_ERROR_BAD_PARAMETERS);
}

static void names_that_climb_are_refused(void **state)
{
	static const char *const climbing[] = {
		"..",	     "../x",   "/..",	  "/../x",	    "a/..",	  "a/../x",
		"a/../../x", "./../x", "//..//x", "a/b/../../../x", "/dirf/../x",
	};
	size_t i;

	make_file("/old", "old");
	make_file("a/b/file", "file");
	for (i = 0; i < array_size(climbing); i++) {
		expect_refused(climbing[i]);
		assert_int_equal(named(RPC_FS_OPENDIR, climbing[i], NULL),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	assert_false(exists("x"));
	expect_file("/old", "old");
	expect_file("a/b/file", "file");
}

static void dots_within_a_name_are_part_of_it(void **state)
{
	make_file("/..x", "1");
	make_file("/x..", "2");
	make_file("/...", "3");
	expect_file("..x", "1");
	expect_file("x..", "2");
	expect_file("...", "3");
}

static void a_name_may_be_written_in_more_than_one_way(void **state)
{
	make_file("/ta/x", "text");
	expect_file("ta/x", "text");
	expect_file("//ta//x", "text");
	expect_file("./ta/./x", "text");
}

static void names_of_the_root_itself_are_no_files(void **state)
{
	expect_refused("");
	expect_refused("/");
	expect_refused(".");
	expect_refused("/./");
}

static void names_without_an_end_are_refused(void **state)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_FS_CREATE, 0, 0),
		fake_memref(MEMREF_INPUT, 0, 4, names[0]),
		fake_value(VALUE_OUTPUT, 0, 0, 0),
	};

	strcpy(fake_device_memory(names[0]), "name");
	assert_int_equal(serve(params, 3), TEE_ERROR_BAD_PARAMETERS);
	params[1].b = 0;
	assert_int_equal(serve(params, 3), TEE_ERROR_BAD_PARAMETERS);
	params[1].b = 5;
	assert_int_equal(serve(params, 3), TEE_SUCCESS);
}

static void names_too_long_are_refused(void **state)
{
	char *name = fake_device_memory(names[0]);
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_FS_OPEN, 0, 0),
		fake_memref(MEMREF_INPUT, 0, 8192, names[0]),
		fake_value(VALUE_OUTPUT, 0, 0, 0),
	};

	/* With "./" and the NUL it has to be shorter than 4096. */
	memset(name, 'x', 4093);
	name[4093] = '\0';
	assert_int_equal(serve(params, 3), TEE_ERROR_BAD_PARAMETERS);
	name[4092] = '\0';
	assert_int_equal(serve(params, 3), TEE_ERROR_ITEM_NOT_FOUND);
}

static void names_too_deep_are_refused(void **state)
{
	char name[2 * FS_DEPTH_MAX + 3] = "";
	unsigned int i;

	for (i = 0; i < FS_DEPTH_MAX; i++) {
		strcat(name, "/x");
	}
	assert_int_equal(named(RPC_FS_OPEN, name, NULL), TEE_ERROR_ITEM_NOT_FOUND);
	strcat(name, "/x");
	expect_refused(name);
}

static void symbolic_links_are_not_followed(void **state)
{
	static const char *const names_by_link[] = { "/link", "/way/file", "/a/link", "/way/new" };
	int fd = open("outside", O_CREAT | O_WRONLY, 0600);
	size_t i;

	assert_int_equal(write(fd, "secret", 6), 6);
	close(fd);
	mkdir("elsewhere", 0700);
	make_file("/a/file", "file");
	assert_int_equal(symlink("../outside", "root/link"), 0);
	assert_int_equal(symlink("../../outside", "root/a/link"), 0);
	assert_int_equal(symlink("../elsewhere", "root/way"), 0);
	for (i = 0; i < array_size(names_by_link); i++) {
		assert_int_equal(named(RPC_FS_OPEN, names_by_link[i], NULL),
				 TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(named(RPC_FS_CREATE, names_by_link[i], NULL),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(named(RPC_FS_OPENDIR, "/way", NULL), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(removed("/way/file"), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(renamed("/a/file", "/way/file", true), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(renamed("/way/file", "/a/file2", true), TEE_ERROR_BAD_PARAMETERS);
	assert_false(exists("elsewhere/new"));
	assert_false(exists("elsewhere/file"));
	/* The link itself is an entry like any other. */
	assert_int_equal(removed("/link"), TEE_SUCCESS);
	assert_true(exists("outside"));
}

/* --- Opening -------------------------------------------------------------------------------- */

static void a_file_that_is_not_there_is_not_found(void **state)
{
	make_file("/file", "x");
	assert_int_equal(named(RPC_FS_OPEN, "/none", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(named(RPC_FS_OPEN, "/none/none", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(named(RPC_FS_OPEN, "/file/none", NULL), TEE_ERROR_ITEM_NOT_FOUND);
}

static void what_is_no_file_is_not_found(void **state)
{
	make_file("/dir/file", "x");
	assert_int_equal(mkfifo("root/pipe", 0600), 0);
	assert_int_equal(named(RPC_FS_OPEN, "/dir", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(named(RPC_FS_OPEN, "/pipe", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(named(RPC_FS_CREATE, "/dir", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(named(RPC_FS_CREATE, "/pipe", NULL), TEE_ERROR_ITEM_NOT_FOUND);
}

/* Permissions mean nothing to root. */
static void stop_being_root(void)
{
	if (getuid() == 0) {
		assert_int_equal(chown("root", NOBODY, -1), 0);
		assert_int_equal(chown("root/file", NOBODY, -1), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
}

static void a_file_that_may_only_be_read_is_opened_for_that(void **state)
{
	uint64_t size = 1;
	uint64_t handle;
	TEE_Result result;

	make_file("/file", "text");
	assert_int_equal(chmod("root/file", 0400), 0);
	stop_being_root();
	result = named(RPC_FS_OPEN, "/file", &handle);
	assert_int_equal(seteuid(getuid()), 0);
	assert_int_equal(result, TEE_SUCCESS);
	expect_text(handle, 0, 10, "text");
	assert_int_equal(moved(RPC_FS_WRITE, handle, 0, &size), TEE_ERROR_GENERIC);
}

static void want_of_descriptors_is_not_absence(void **state)
{
	struct rlimit before;
	struct rlimit none;

	make_file("/file", "text");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(named(RPC_FS_OPEN, "/file", NULL), TEE_ERROR_GENERIC);
	assert_int_equal(named(RPC_FS_OPENDIR, "/", NULL), TEE_ERROR_GENERIC);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	expect_file("/file", "text");
}

static void a_full_table_opens_nothing_and_empties_nothing(void **state)
{
	uint64_t handles[FS_FILES_MAX];
	struct rlimit before;
	struct rlimit more;
	unsigned int i;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	more = before;
	more.rlim_cur = FS_FILES_MAX + 100;
	if (before.rlim_cur < more.rlim_cur && setrlimit(RLIMIT_NOFILE, &more) != 0) {
		print_message("# not tested: this process may not have so many descriptors\n");
		return;
	}
	make_file("/file", "text");
	for (i = 0; i < FS_FILES_MAX; i++) {
		assert_int_equal(named(RPC_FS_OPEN, "/file", &handles[i]), TEE_SUCCESS);
		assert_int_equal(handles[i], i);
	}
	assert_int_equal(named(RPC_FS_OPEN, "/file", NULL), TEE_ERROR_GENERIC);
	assert_int_equal(named(RPC_FS_CREATE, "/file", NULL), TEE_ERROR_GENERIC);
	assert_int_equal(named(RPC_FS_CREATE, "/other", NULL), TEE_ERROR_GENERIC);
	assert_false(exists("root/other"));
	close_file(handles[7]);
	expect_file("/file", "text");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* --- Creating ------------------------------------------------------------------------------- */

static void files_and_directories_are_their_owners_alone(void **state)
{
	umask(0);
	close_file(create("/file"));
	close_file(create("/a/b/file"));
	assert_int_equal(mode_of("root/file"), 0600);
	assert_int_equal(mode_of("root/a"), 0700);
	assert_int_equal(mode_of("root/a/b"), 0700);
}

static void creating_empties_what_was_there(void **state)
{
	make_file("/file", "old text");
	close_file(create("/file"));
	expect_file("/file", "");
}

static void up_to_two_levels_are_made(void **state)
{
	make_file("1/file", "1");
	make_file("2/2/file", "2");
	assert_int_equal(named(RPC_FS_CREATE, "3/3/3/file", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_false(exists("root/3"));
	make_file("1/3/3/file", "3");
	expect_file("1/3/3/file", "3");
}

static void a_file_that_cannot_be_made_leaves_no_directories(void **state)
{
	char name[400];

	make_file("/kept/file", "x");
	snprintf(name, sizeof(name), "/a/b/%0300d", 0);
	assert_int_equal(named(RPC_FS_CREATE, name, NULL), TEE_ERROR_GENERIC);
	assert_false(exists("root/a"));
	/* The second of the two cannot be made. */
	snprintf(name, sizeof(name), "/a/%0300d/file", 0);
	assert_int_equal(named(RPC_FS_CREATE, name, NULL), TEE_ERROR_GENERIC);
	assert_false(exists("root/a"));
	assert_int_equal(named(RPC_FS_CREATE, "/kept/file/file", NULL), TEE_ERROR_GENERIC);
	expect_file("/kept/file", "x");
}

/* --- Reading and writing -------------------------------------------------------------------- */

/* covers: RPC_FS_OPEN RPC_FS_CREATE */
static void a_handle_is_the_lowest_free_number(void **state)
{
	assert_int_equal(create("/0"), 0);
	assert_int_equal(create("/1"), 1);
	assert_int_equal(create("/2"), 2);
	close_file(1);
	assert_int_equal(create("/3"), 1);
}

static void a_handle_is_no_descriptor(void **state)
{
	static const enum rpc_fs operations[] = { RPC_FS_READ, RPC_FS_WRITE, RPC_FS_READDIR };
	uint64_t size;
	uint64_t fd;
	size_t i;

	close_file(create("/file"));
	for (fd = 0; fd < 64; fd++) {
		for (i = 0; i < array_size(operations); i++) {
			size = 1;
			assert_int_equal(moved(operations[i], fd, 0, &size),
					 TEE_ERROR_BAD_PARAMETERS);
		}
		assert_int_equal(handled(RPC_FS_TRUNCATE, fd, 0), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(handled(RPC_FS_CLOSE, fd, 0), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(handled(RPC_FS_CLOSEDIR, fd, 0), TEE_ERROR_BAD_PARAMETERS);
	}
}

/* covers: RPC_FS_CLOSE */
static void a_closed_file_is_closed(void **state)
{
	uint64_t handle = create("/file");
	uint64_t size = 1;

	close_file(handle);
	assert_int_equal(moved(RPC_FS_READ, handle, 0, &size), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(moved(RPC_FS_WRITE, handle, 0, &size), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(handled(RPC_FS_CLOSE, handle, 0), TEE_ERROR_BAD_PARAMETERS);
}

/* covers: RPC_FS_READ */
static void reading_stops_at_the_end(void **state)
{
	uint64_t handle = create("/file");

	write_text(handle, 0, "0123456789");
	expect_text(handle, 0, 10, "0123456789");
	expect_text(handle, 0, 8192, "0123456789");
	expect_text(handle, 4, 3, "456");
	expect_text(handle, 8, 10, "89");
	expect_text(handle, 10, 10, "");
	expect_text(handle, 1000000, 10, "");
	expect_text(handle, 0, 0, "");
}

/* covers: RPC_FS_WRITE */
static void writing_goes_where_it_is_told(void **state)
{
	uint64_t handle = create("/file");

	write_text(handle, 2, "cd");
	write_text(handle, 0, "ab");
	write_text(handle, 4, "");
	expect_text(handle, 0, 10, "abcd");
}

static void offsets_that_no_file_has_are_errors(void **state)
{
	static const uint64_t offsets[] = { UINT64_MAX, 1ull << 63, INT64_MAX };
	uint64_t handle = create("/file");
	uint64_t size;
	size_t i;

	for (i = 0; i < array_size(offsets); i++) {
		size = 10;
		assert_int_equal(moved(RPC_FS_WRITE, handle, offsets[i], &size), TEE_ERROR_GENERIC);
	}
	size = 10;
	assert_int_equal(moved(RPC_FS_READ, handle, UINT64_MAX, &size), TEE_ERROR_GENERIC);
	assert_int_equal(handled(RPC_FS_TRUNCATE, handle, UINT64_MAX), TEE_ERROR_GENERIC);
}

/* covers: RPC_FS_TRUNCATE */
static void truncating_shortens_and_extends(void **state)
{
	uint64_t handle = create("/file");
	uint64_t size = 10;

	write_text(handle, 0, "0123456789");
	assert_int_equal(handled(RPC_FS_TRUNCATE, handle, 3), TEE_SUCCESS);
	expect_text(handle, 0, 10, "012");
	assert_int_equal(handled(RPC_FS_TRUNCATE, handle, 5), TEE_SUCCESS);
	assert_int_equal(moved(RPC_FS_READ, handle, 0, &size), TEE_SUCCESS);
	assert_int_equal(size, 5);
	assert_memory_equal(fake_device_memory(data), "012\0\0", 5);
}

static void a_full_disk_is_told_apart(void **state)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, RPC_FS_WRITE, 0, 0),
		fake_memref(MEMREF_INPUT, 0, 10, data),
	};
	int full;
	int fd;

	assert_int_equal(create("/file"), 0);
	/* The descriptor behind the handle becomes one that is always full. */
	for (fd = 3; fd < 256; fd++) {
		char link[64];
		char target[128] = "";

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (readlink(link, target, sizeof(target) - 1) > 0 &&
		    strstr(target, "/root/file") != NULL) {
			break;
		}
	}
	full = open("/dev/full", O_RDWR);
	assert_int_equal(dup2(full, fd), fd);
	close(full);
	assert_int_equal(serve(params, 2), TEE_ERROR_STORAGE_NO_SPACE);
}

/* --- Removing and renaming ------------------------------------------------------------------ */

/* covers: RPC_FS_REMOVE */
static void removing_takes_two_empty_levels_along(void **state)
{
	make_file("a/b/x", "x");
	make_file("a/b/c/1", "x");
	assert_int_equal(removed("a/b/x"), TEE_SUCCESS);
	make_file("a/b/c/2", "x");
	assert_int_equal(removed("a/b/c/1"), TEE_SUCCESS);
	assert_true(exists("root/a/b/c"));
	assert_int_equal(removed("a/b/c/2"), TEE_SUCCESS);
	assert_true(exists("root/a"));
	assert_false(exists("root/a/b"));
	make_file("file", "x");
	assert_int_equal(removed("file"), TEE_SUCCESS);
	assert_true(exists("root"));
}

static void removing_what_is_not_there_is_not_found(void **state)
{
	make_file("dir/file", "x");
	assert_int_equal(removed("/none"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(removed("/none/none"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(removed("/dir"), TEE_ERROR_GENERIC);
	expect_file("dir/file", "x");
}

static void an_open_file_survives_its_name(void **state)
{
	uint64_t handle = create("/file");

	write_text(handle, 0, "text");
	assert_int_equal(removed("/file"), TEE_SUCCESS);
	expect_text(handle, 0, 10, "text");
}

/* covers: RPC_FS_RENAME */
static void renaming_replaces_only_when_asked(void **state)
{
	make_file("/old", "old");
	make_file("/new", "new");
	assert_int_equal(renamed("/old", "/new", false), TEE_ERROR_ACCESS_CONFLICT);
	expect_file("/old", "old");
	expect_file("/new", "new");
	assert_int_equal(renamed("/old", "/new", true), TEE_SUCCESS);
	expect_file("/new", "old");
	assert_int_equal(named(RPC_FS_OPEN, "/old", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(renamed("/new", "/newer", false), TEE_SUCCESS);
	expect_file("/newer", "old");
}

static void renaming_moves_between_directories(void **state)
{
	make_file("/a/old", "old");
	make_file("/b/file", "x");
	assert_int_equal(renamed("/a/old", "/b/new", false), TEE_SUCCESS);
	expect_file("/b/new", "old");
}

static void renaming_what_or_where_is_not_there_is_not_found(void **state)
{
	make_file("/old", "old");
	assert_int_equal(renamed("/none", "/new", false), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(renamed("/none", "/new", true), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(renamed("/old", "/none/new", true), TEE_ERROR_ITEM_NOT_FOUND);
	expect_file("/old", "old");
}

/* Upstream answers with success here, and nothing was renamed. */
static void a_rename_that_failed_is_not_reported_as_done(void **state)
{
	make_file("/old", "old");
	make_file("/dir/file", "x");
	assert_int_equal(renamed("/old", "/dir", true), TEE_ERROR_GENERIC);
	assert_int_equal(renamed("/dir", "/dir/dir", true), TEE_ERROR_GENERIC);
	assert_int_equal(renamed("/dir", "/dir/dir", false), TEE_ERROR_GENERIC);
	assert_int_equal(renamed("/old", "/dir/file/new", true), TEE_ERROR_GENERIC);
	expect_file("/old", "old");
	expect_file("/dir/file", "x");
}

/* --- Listing -------------------------------------------------------------------------------- */

/* covers: RPC_FS_OPENDIR RPC_FS_READDIR RPC_FS_CLOSEDIR */
static void a_directory_is_listed_without_what_begins_with_a_dot(void **state)
{
	bool seen[3] = { false, false, false };
	uint64_t handle;
	uint64_t size;
	int i;

	make_file("/dir/0", "x");
	make_file("/dir/1", "x");
	make_file("/dir/2/file", "x");
	make_file("/dir/.hidden", "x");
	assert_int_equal(named(RPC_FS_OPENDIR, "/dir", &handle), TEE_SUCCESS);
	for (i = 0; i < 3; i++) {
		const char *name = fake_device_memory(data);

		size = 350;
		assert_int_equal(moved(RPC_FS_READDIR, handle, 0, &size), TEE_SUCCESS);
		assert_int_equal(size, 2);
		assert_int_equal(strlen(name), 1);
		assert_in_range(name[0], '0', '2');
		assert_false(seen[name[0] - '0']);
		seen[name[0] - '0'] = true;
	}
	size = 350;
	assert_int_equal(moved(RPC_FS_READDIR, handle, 0, &size), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(moved(RPC_FS_READDIR, handle, 0, &size), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(handled(RPC_FS_CLOSEDIR, handle, 0), TEE_SUCCESS);
	assert_int_equal(handled(RPC_FS_CLOSEDIR, handle, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(moved(RPC_FS_READDIR, handle, 0, &size), TEE_ERROR_BAD_PARAMETERS);
}

static void the_root_can_be_listed(void **state)
{
	static const char *const roots[] = { "", "/", "." };
	uint64_t handle;
	uint64_t size;
	size_t i;

	make_file("/file", "x");
	for (i = 0; i < array_size(roots); i++) {
		assert_int_equal(named(RPC_FS_OPENDIR, roots[i], &handle), TEE_SUCCESS);
		size = 350;
		assert_int_equal(moved(RPC_FS_READDIR, handle, 0, &size), TEE_SUCCESS);
		assert_string_equal(fake_device_memory(data), "file");
		assert_int_equal(handled(RPC_FS_CLOSEDIR, handle, 0), TEE_SUCCESS);
	}
}

static void two_listings_of_one_directory_are_apart(void **state)
{
	uint64_t handles[2];
	uint64_t size;
	int i;

	make_file("/file", "x");
	assert_int_equal(named(RPC_FS_OPENDIR, "/", &handles[0]), TEE_SUCCESS);
	assert_int_equal(named(RPC_FS_OPENDIR, "/", &handles[1]), TEE_SUCCESS);
	for (i = 0; i < 2; i++) {
		size = 350;
		assert_int_equal(moved(RPC_FS_READDIR, handles[i], 0, &size), TEE_SUCCESS);
	}
}

static void an_empty_directory_is_as_one_that_is_not_there(void **state)
{
	assert_int_equal(named(RPC_FS_OPENDIR, "/", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(named(RPC_FS_OPENDIR, "/none", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(mkdir("root/dir", 0700), 0);
	assert_int_equal(named(RPC_FS_OPENDIR, "/dir", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	make_file("/dir/.hidden", "x");
	assert_int_equal(named(RPC_FS_OPENDIR, "/dir", NULL), TEE_ERROR_ITEM_NOT_FOUND);
	make_file("/file", "x");
	assert_int_equal(named(RPC_FS_OPENDIR, "/file", NULL), TEE_ERROR_GENERIC);
}

static void an_entry_that_does_not_fit_is_lost(void **state)
{
	uint64_t handle;
	uint64_t size = 8;

	make_file("/dir/longname", "x");
	assert_int_equal(named(RPC_FS_OPENDIR, "/dir", &handle), TEE_SUCCESS);
	assert_int_equal(moved(RPC_FS_READDIR, handle, 0, &size), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(size, 9);
	assert_int_equal(moved(RPC_FS_READDIR, handle, 0, &size), TEE_ERROR_ITEM_NOT_FOUND);
}

static void there_is_a_limit_to_listings(void **state)
{
	unsigned int i;

	make_file("/file", "x");
	for (i = 0; i < FS_DIRECTORIES_MAX; i++) {
		assert_int_equal(named(RPC_FS_OPENDIR, "/", NULL), TEE_SUCCESS);
	}
	assert_int_equal(named(RPC_FS_OPENDIR, "/", NULL), TEE_ERROR_GENERIC);
	assert_int_equal(handled(RPC_FS_CLOSEDIR, 0, 0), TEE_SUCCESS);
	assert_int_equal(named(RPC_FS_OPENDIR, "/", NULL), TEE_SUCCESS);
}

/* --- What holds for all --------------------------------------------------------------------- */

/* O_SYNC of the descriptor of root/file. */
static bool file_is_synchronous(void)
{
	struct stat wanted;
	struct stat status;
	int fd;

	assert_int_equal(stat("root/file", &wanted), 0);
	for (fd = 3; fd < 256; fd++) {
		if (fstat(fd, &status) == 0 && status.st_ino == wanted.st_ino &&
		    status.st_dev == wanted.st_dev) {
			return (fcntl(fd, F_GETFL) & O_SYNC) == O_SYNC;
		}
	}
	fail();
	return false;
}

static void files_are_written_through(void **state)
{
	uint64_t handle = create("/file");

	assert_true(file_is_synchronous());
	close_file(handle);
	assert_int_equal(named(RPC_FS_OPEN, "/file", &handle), TEE_SUCCESS);
	assert_true(file_is_synchronous());
	close_file(handle);
	make_file("/a/b/file", "x");
	assert_int_equal(renamed("/a/b/file", "/file", true), TEE_SUCCESS);
}

static void without_sync_files_are_not_written_through(void **state)
{
	create("/file");
	assert_false(file_is_synchronous());
}

/* Names and data of each thread lie in memory of its own. */
struct worker {
	pthread_t thread;
	uint64_t name;
	unsigned int failures;
};

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct tee_ioctl_param params[3];
	int i;

	for (i = 0; i < 200; i++) {
		params[0] = fake_value(VALUE_INPUT, RPC_FS_CREATE, 0, 0);
		params[1] = fake_memref(MEMREF_INPUT, 0, RPC_FS_NAME_MAX, worker->name);
		params[2] = fake_value(VALUE_OUTPUT, 0, 0, 0);
		worker->failures += serve(params, 3) != TEE_SUCCESS;
		params[0] = fake_value(VALUE_INPUT, RPC_FS_CLOSE, params[2].a, 0);
		worker->failures += serve(params, 1) != TEE_SUCCESS;
		params[0] = fake_value(VALUE_INPUT, RPC_FS_REMOVE, 0, 0);
		worker->failures += serve(params, 2) != TEE_SUCCESS;
	}
	return NULL;
}

static void creating_and_removing_do_not_disturb_each_other(void **state)
{
	struct worker workers[4];
	size_t i;

	for (i = 0; i < array_size(workers); i++) {
		workers[i].failures = 0;
		workers[i].name = fake_shm_alloc(&supplicant, RPC_FS_NAME_MAX);
		sprintf(fake_device_memory(workers[i].name), "/a/b/%zu", i);
		pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]);
	}
	for (i = 0; i < array_size(workers); i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].failures, 0);
	}
	assert_false(exists("root/a"));
}

#define on(name, root) cmocka_unit_test_setup_teardown(name, setup##root, teardown)
#define promise(name)  on(name, )

int main(void)
{
	static const struct CMUnitTest tests[] = {
		on(the_root_is_made_by_the_first_request, _deep),
		promise(without_a_root_storage_is_not_available),
		promise(other_shapes_are_refused),
		promise(references_to_no_memory_are_refused),
		promise(unknown_operations_are_refused),
		promise(names_that_climb_are_refused),
		promise(dots_within_a_name_are_part_of_it),
		promise(a_name_may_be_written_in_more_than_one_way),
		promise(names_of_the_root_itself_are_no_files),
		promise(names_without_an_end_are_refused),
		promise(names_too_long_are_refused),
		promise(names_too_deep_are_refused),
		promise(symbolic_links_are_not_followed),
		promise(a_file_that_is_not_there_is_not_found),
		promise(what_is_no_file_is_not_found),
		promise(a_file_that_may_only_be_read_is_opened_for_that),
		promise(want_of_descriptors_is_not_absence),
		promise(a_full_table_opens_nothing_and_empties_nothing),
		promise(files_and_directories_are_their_owners_alone),
		promise(creating_empties_what_was_there),
		promise(up_to_two_levels_are_made),
		promise(a_file_that_cannot_be_made_leaves_no_directories),
		promise(a_handle_is_the_lowest_free_number),
		promise(a_handle_is_no_descriptor),
		promise(a_closed_file_is_closed),
		promise(reading_stops_at_the_end),
		promise(writing_goes_where_it_is_told),
		promise(offsets_that_no_file_has_are_errors),
		promise(truncating_shortens_and_extends),
		promise(a_full_disk_is_told_apart),
		promise(removing_takes_two_empty_levels_along),
		promise(removing_what_is_not_there_is_not_found),
		promise(an_open_file_survives_its_name),
		promise(renaming_replaces_only_when_asked),
		promise(renaming_moves_between_directories),
		promise(renaming_what_or_where_is_not_there_is_not_found),
		promise(a_rename_that_failed_is_not_reported_as_done),
		promise(a_directory_is_listed_without_what_begins_with_a_dot),
		promise(the_root_can_be_listed),
		promise(two_listings_of_one_directory_are_apart),
		promise(an_empty_directory_is_as_one_that_is_not_there),
		promise(an_entry_that_does_not_fit_is_lost),
		promise(there_is_a_limit_to_listings),
		on(files_are_written_through, _sync),
		promise(without_sync_files_are_not_written_through),
		promise(creating_and_removing_do_not_disturb_each_other),
	};

	descriptors_at_start = descriptor_count();
	return cmocka_run_group_tests_name("supplicant/fs", tests, NULL, NULL);
}
