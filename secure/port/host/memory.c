#include "secure/port/host/memory.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/port/host/index.h"

struct memory_object {
	uint64_t address;
	uint64_t size;
	uint8_t *base;
	int fd;
	unsigned int users;
	bool plugged;
};

/* The mapping of a scattered list, and the objects that it is made of. */
struct memory_window {
	uint8_t *base;
	size_t count;
	size_t object_count;
	struct memory_object *objects[];
};

static struct index_entry memory_plugged_entries[MEMORY_OBJECTS_MAX];
static struct index_entry memory_mapped_entries[MEMORY_OBJECTS_MAX];
static struct index_entry memory_window_entries[MEMORY_WINDOWS_MAX];

static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
/* By physical address: what is the normal world's memory. */
static struct index memory_plugged = {
	.entries = memory_plugged_entries,
	.max = MEMORY_OBJECTS_MAX,
};
/* By our address: besides, what was removed and is in use. */
static struct index memory_mapped = {
	.entries = memory_mapped_entries,
	.max = MEMORY_OBJECTS_MAX,
};
static struct index memory_windows = {
	.entries = memory_window_entries,
	.max = MEMORY_WINDOWS_MAX,
};

/* --- Objects ---------------------------------------------------------------------------------- */

/* Once sealed, none of this changes any more. Huge pages may be missing when they are touched. */
static const char *descriptor_check(int fd, uint64_t size)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW;
	int sealed = fcntl(fd, F_GET_SEALS);
	struct statfs filesystem;
	struct stat status;

	if (sealed < 0) {
		return "not a memfd";
	}
	if ((sealed & seals) != seals) {
		return "not sealed";
	}
	if (syscall(SYS_fstatfs, fd, &filesystem) != 0 || filesystem.f_type != TMPFS_MAGIC) {
		return "not made of pages";
	}
	/* The C library's fstat() is a system call that could open files. */
	if (syscall(SYS_fstat, fd, &status) != 0 || (uint64_t)status.st_size != size) {
		return "not of that size";
	}
	return NULL;
}

static const char *range_check(uint64_t address, uint64_t size)
{
	uint64_t end;

	if (size == 0 || !is_aligned(address, PORT_PAGE_SIZE) ||
	    !is_aligned(size, PORT_PAGE_SIZE)) {
		return "not whole pages";
	}
	if (__builtin_add_overflow(address, size, &end)) {
		return "beyond the end of memory";
	}
	return NULL;
}

static bool range_is_free(uint64_t address, uint64_t size)
{
	const struct memory_object *before = index_below(&memory_plugged, address);
	const struct memory_object *after = index_above(&memory_plugged, address);

	return (before == NULL || address - before->address >= before->size) &&
	       (after == NULL || after->address - address >= size);
}

static const char *object_insert(struct memory_object *object)
{
	if (!range_is_free(object->address, object->size)) {
		return "overlaps";
	}
	if (!index_insert(&memory_mapped, (uintptr_t)object->base, object)) {
		return "too many objects";
	}
	/* The plugged ones are some of the mapped ones. */
	check(index_insert(&memory_plugged, object->address, object));
	return NULL;
}

static void object_free(struct memory_object *object)
{
	munmap(object->base, object->size);
	close(object->fd);
	free(object);
}

/* With the lock held. */
static void object_put(struct memory_object *object)
{
	if (object->users == 0 && !object->plugged) {
		index_remove(&memory_mapped, (uintptr_t)object->base);
		object_free(object);
	}
}

static void object_release(struct memory_object *object)
{
	check(object->users > 0);
	object->users--;
	object_put(object);
}

static struct memory_object *object_make(uint64_t address, uint64_t size, int fd)
{
	struct memory_object *object = malloc(sizeof(*object));
	void *base;

	if (object == NULL) {
		return NULL;
	}
	base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED) {
		free(object);
		return NULL;
	}
	*object = (struct memory_object){
		.address = address,
		.size = size,
		.base = base,
		.fd = fd,
		.plugged = true,
	};
	return object;
}

const char *memory_add(uint64_t address, uint64_t size, int fd)
{
	const char *problem = range_check(address, size);
	struct memory_object *object;

	if (problem == NULL) {
		problem = descriptor_check(fd, size);
	}
	if (problem != NULL) {
		return problem;
	}
	object = object_make(address, size, fd);
	if (object == NULL) {
		return "cannot be mapped";
	}
	pthread_mutex_lock(&memory_lock);
	problem = object_insert(object);
	pthread_mutex_unlock(&memory_lock);
	if (problem != NULL) {
		munmap(object->base, size);
		free(object);
	}
	return problem;
}

const char *memory_remove(uint64_t address, uint64_t size)
{
	const char *problem = NULL;
	struct memory_object *object;

	pthread_mutex_lock(&memory_lock);
	object = index_below(&memory_plugged, address);
	if (object == NULL || object->address != address || object->size != size) {
		problem = "no such object";
	} else {
		object->plugged = false;
		index_remove(&memory_plugged, address);
		object_put(object);
	}
	pthread_mutex_unlock(&memory_lock);
	return problem;
}

/* --- Extents ---------------------------------------------------------------------------------- */

static struct memory_object *object_at(uint64_t page)
{
	struct memory_object *object = index_below(&memory_plugged, page);

	return object != NULL && page - object->address < object->size ? object : NULL;
}

static bool extent_hold(const uint64_t *pages, size_t count, struct memory_extent *extent)
{
	struct memory_object *object = object_at(pages[0]);
	size_t length = 1;

	if (object == NULL || !is_aligned(pages[0], PORT_PAGE_SIZE)) {
		return false;
	}
	while (length < count && pages[length] == pages[length - 1] + PORT_PAGE_SIZE &&
	       pages[length] - object->address < object->size) {
		length++;
	}
	object->users++;
	*extent = (struct memory_extent){
		.object = object,
		.fd = object->fd,
		.offset = pages[0] - object->address,
		.count = length,
	};
	return true;
}

bool memory_hold(const uint64_t *pages, size_t count, struct memory_extent *extent)
{
	bool held;

	pthread_mutex_lock(&memory_lock);
	held = extent_hold(pages, count, extent);
	pthread_mutex_unlock(&memory_lock);
	return held;
}

void memory_release(struct memory_object *object)
{
	pthread_mutex_lock(&memory_lock);
	object_release(object);
	pthread_mutex_unlock(&memory_lock);
}

bool port_normal_page(uint64_t page)
{
	bool is_normal;

	pthread_mutex_lock(&memory_lock);
	is_normal = object_at(page) != NULL;
	pthread_mutex_unlock(&memory_lock);
	return is_normal;
}

/* --- Windows ---------------------------------------------------------------------------------- */

static void window_free(struct memory_window *window)
{
	munmap(window->base, window->count * PORT_PAGE_SIZE);
	for (size_t i = 0; i < window->object_count; i++) {
		object_release(window->objects[i]);
	}
	free(window);
}

static struct memory_window *window_make(size_t count)
{
	struct memory_window *window =
		malloc(sizeof(*window) + count * sizeof(struct memory_object *));
	void *base;

	if (window == NULL) {
		return NULL;
	}
	base = mmap(NULL, count * PORT_PAGE_SIZE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED) {
		free(window);
		return NULL;
	}
	window->base = base;
	window->count = count;
	window->object_count = 0;
	return window;
}

static bool window_fill(struct memory_window *window, const uint64_t *pages)
{
	struct memory_extent extent;

	for (size_t i = 0; i < window->count; i += extent.count) {
		if (!extent_hold(pages + i, window->count - i, &extent)) {
			return false;
		}
		window->objects[window->object_count++] = extent.object;
		if (mmap(window->base + i * PORT_PAGE_SIZE, extent.count * PORT_PAGE_SIZE,
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, extent.fd,
			 (off_t)extent.offset) == MAP_FAILED) {
			return false;
		}
	}
	return true;
}

static void *window_map(const uint64_t *pages, size_t count)
{
	struct memory_window *window = window_make(count);

	if (window == NULL) {
		return NULL;
	}
	if (!window_fill(window, pages) ||
	    !index_insert(&memory_windows, (uintptr_t)window->base, window)) {
		window_free(window);
		return NULL;
	}
	return window->base;
}

static void *pages_map(const uint64_t *pages, size_t count)
{
	struct memory_extent extent;

	if (!extent_hold(pages, count, &extent)) {
		return NULL;
	}
	if (extent.count == count) {
		return extent.object->base + extent.offset;
	}
	object_release(extent.object);
	return window_map(pages, count);
}

void *port_normal_map(const uint64_t *pages, size_t count)
{
	void *address;

	if (count == 0) {
		return NULL;
	}
	pthread_mutex_lock(&memory_lock);
	address = pages_map(pages, count);
	pthread_mutex_unlock(&memory_lock);
	return address;
}

static void pages_unmap(uint64_t address, size_t count)
{
	struct memory_window *window = index_below(&memory_windows, address);
	struct memory_object *object = index_below(&memory_mapped, address);

	if (window != NULL && (uintptr_t)window->base == address) {
		check(window->count == count);
		index_remove(&memory_windows, address);
		window_free(window);
		return;
	}
	check(object != NULL && address - (uintptr_t)object->base < object->size);
	object_release(object);
}

void port_normal_unmap(void *address, size_t count)
{
	pthread_mutex_lock(&memory_lock);
	pages_unmap((uintptr_t)address, count);
	pthread_mutex_unlock(&memory_lock);
}

/* --- Contents --------------------------------------------------------------------------------- */

/* The barriers keep a compiler from looking at `from` again instead of at the copy. */
void port_normal_read(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	__asm__ volatile("" : : "r"(to) : "memory");
}

void port_normal_write(void *to, const void *from, size_t size)
{
	__asm__ volatile("" : : "r"(from) : "memory");
	memcpy(to, from, size);
	__asm__ volatile("" : : "r"(to) : "memory");
}
