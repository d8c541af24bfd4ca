#include "secure/port/host/pages.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "secure/core/check.h"

struct port_pages {
	void *address;
	size_t count;
	int fd;
	unsigned int users;
};

int pages_descriptor(const struct port_pages *pages)
{
	return pages->fd;
}

size_t pages_count(const struct port_pages *pages)
{
	return pages->count;
}

void *port_pages_address(const struct port_pages *pages)
{
	return pages->address;
}

void pages_hold(struct port_pages *pages)
{
	__atomic_add_fetch(&pages->users, 1, __ATOMIC_RELAXED);
}

void pages_release(struct port_pages *pages)
{
	if (__atomic_sub_fetch(&pages->users, 1, __ATOMIC_ACQ_REL) > 0) {
		return;
	}
	munmap(pages->address, pages->count * PORT_PAGE_SIZE);
	close(pages->fd);
	free(pages);
}

void port_pages_free(struct port_pages *pages)
{
	pages_release(pages);
}

/* A descriptor of `size` bytes of fresh memory; negative: there is none. */
static int descriptor_make(size_t size)
{
	int fd = memfd_create("secure", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, (off_t)size) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool pages_map(struct port_pages *pages)
{
	size_t size = pages->count * PORT_PAGE_SIZE;

	pages->fd = descriptor_make(size);
	if (pages->fd < 0) {
		return false;
	}
	pages->address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, pages->fd, 0);
	if (pages->address == MAP_FAILED) {
		close(pages->fd);
		return false;
	}
	return true;
}

struct port_pages *port_pages_alloc(size_t count)
{
	struct port_pages *pages;
	size_t size;

	if (count == 0 || __builtin_mul_overflow(count, PORT_PAGE_SIZE, &size)) {
		return NULL;
	}
	pages = malloc(sizeof(*pages));
	if (pages == NULL) {
		return NULL;
	}
	*pages = (struct port_pages){ .count = count, .users = 1 };
	if (!pages_map(pages)) {
		free(pages);
		return NULL;
	}
	return pages;
}
