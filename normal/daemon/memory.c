/* memory.c - normal "physical" memory (normal/driver/os.h): memfds with a range of addresses each.
 *
 * Addresses are handed out once and never again, so a stale one can only be refused. Every object is
 * sealed: what the secure world maps cannot shrink under it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "normal/daemon/file.h"
#include "normal/driver/os.h"
#include "normal/gate/host.h"

#define MEMORY_BASE	0x100000000ull
#define MEMORY_LIMIT	(1ull << 47)
#define MEMORY_SIZE_MAX (1ull << 30)
#define MEMORY_SEALS	(F_SEAL_SHRINK | F_SEAL_GROW)

struct os_memory {
	atomic_uint references;
	struct os_file file;
	uint64_t plugged; /* where the whole object was plugged in */
	uint64_t plugged_size;
	uint64_t first; /* the first page's address */
	size_t pages;
	size_t offset;
	bool adopted;
	pthread_mutex_t lock;
	void *address; /* mapped on first use */
};

static atomic_uint_fast64_t next_address = MEMORY_BASE;

static uint64_t round_to_pages(uint64_t size)
{
	return (size + OS_PAGE_SIZE - 1) & ~(uint64_t)(OS_PAGE_SIZE - 1);
}

/* A hole of one page between objects makes an overrun visible. */
static uint64_t address_reserve(uint64_t size)
{
	uint64_t address = atomic_fetch_add(&next_address, size + OS_PAGE_SIZE);

	return address + size <= MEMORY_LIMIT ? address : 0;
}

/* Takes `fd` over, also on failure. */
static int memory_plug(int fd, uint64_t size, struct os_memory **result)
{
	struct os_memory *memory = calloc(1, sizeof(*memory));
	uint64_t address = address_reserve(size);
	int error = memory == NULL || address == 0 ? -ENOMEM : gate_plug(fd, address, size);

	if (error != 0) {
		free(memory);
		close(fd);
		return error;
	}
	atomic_store(&memory->references, 1);
	pthread_mutex_init(&memory->lock, NULL);
	memory->file.fd = fd;
	memory->plugged = address;
	memory->plugged_size = size;
	memory->first = address;
	memory->pages = size / OS_PAGE_SIZE;
	*result = memory;
	return 0;
}

static int memory_create(uint64_t size)
{
	int fd = memfd_create("postern-shm", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0) {
		return -1;
	}
	if (ftruncate(fd, (off_t)size) != 0 ||
	    fcntl(fd, F_ADD_SEALS, MEMORY_SEALS | F_SEAL_SEAL) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct os_memory *os_memory_alloc(size_t size)
{
	struct os_memory *memory;
	int fd;

	if (size == 0 || size > MEMORY_SIZE_MAX) {
		return NULL;
	}
	fd = memory_create(round_to_pages(size));
	if (fd < 0 || memory_plug(fd, round_to_pages(size), &memory) != 0) {
		return NULL;
	}
	if (os_memory_address(memory) == NULL) {
		os_memory_put(memory);
		return NULL;
	}
	return memory;
}

/* May this file's pages be shared? Its size, or 0. */
static uint64_t shareable_size(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;

	if (seals < 0 || (seals & MEMORY_SEALS) != MEMORY_SEALS || fstat(fd, &status) != 0 ||
	    status.st_size <= 0 || (uint64_t)status.st_size > MEMORY_SIZE_MAX ||
	    status.st_size % OS_PAGE_SIZE != 0) {
		return 0;
	}
	return (uint64_t)status.st_size;
}

int os_memory_adopt(const struct os_file *file, uint64_t offset, uint64_t length,
		    struct os_memory **result)
{
	struct os_memory *memory;
	uint64_t size;
	uint64_t end;
	int error;
	int fd;

	if (file == NULL) {
		return -EFAULT;
	}
	size = shareable_size(file->fd);
	if (length == 0 || __builtin_add_overflow(offset, length, &end) || end > size) {
		return -EFAULT;
	}
	fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0) {
		return -ENOMEM;
	}
	error = memory_plug(fd, size, &memory);
	if (error != 0) {
		return error;
	}
	memory->adopted = true;
	memory->offset = offset % OS_PAGE_SIZE;
	memory->first += offset - memory->offset;
	memory->pages = round_to_pages(length + memory->offset) / OS_PAGE_SIZE;
	*result = memory;
	return 0;
}

void os_memory_get(struct os_memory *memory)
{
	atomic_fetch_add(&memory->references, 1);
}

void os_memory_put(struct os_memory *memory)
{
	if (atomic_fetch_sub(&memory->references, 1) != 1) {
		return;
	}
	gate_unplug(memory->plugged, memory->plugged_size);
	if (memory->address != NULL) {
		munmap(memory->address, memory->pages * OS_PAGE_SIZE);
	}
	close(memory->file.fd);
	pthread_mutex_destroy(&memory->lock);
	free(memory);
}

size_t os_memory_page_count(const struct os_memory *memory)
{
	return memory->pages;
}

uint64_t os_memory_page(const struct os_memory *memory, size_t index)
{
	return memory->first + (uint64_t)index * OS_PAGE_SIZE;
}

size_t os_memory_offset(const struct os_memory *memory)
{
	return memory->offset;
}

void *os_memory_address(struct os_memory *memory)
{
	void *address;

	pthread_mutex_lock(&memory->lock);
	if (memory->address == NULL) {
		address =
			mmap(NULL, memory->pages * OS_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			     memory->file.fd, (off_t)(memory->first - memory->plugged));
		memory->address = address == MAP_FAILED ? NULL : address;
	}
	address = memory->address;
	pthread_mutex_unlock(&memory->lock);
	return address;
}

const struct os_file *os_memory_file(struct os_memory *memory)
{
	return memory->adopted ? NULL : &memory->file;
}
