#include "secure/core/space.h"

#include <string.h>

#include "secure/core/check.h"
#include "secure/core/port.h"

enum region_state {
	/* Private pages of the TA. */
	REGION_PRIVATE,
	/* A part of an object that a client shares. */
	REGION_SHARED,
	/* Unmapped, and perhaps still in the TA's reach until the next commit. */
	REGION_GONE,
};

struct region {
	enum region_state state;
	uint64_t address;
	size_t count;
	unsigned int access;
	struct port_pages *pages;

	/* Of shared memory only [first, first + size) belongs to the TA; byte `first` is byte
	 * `offset` of the object. */
	struct shm *shm;
	uint64_t offset;
	uint64_t first;
	uint64_t size;
};

struct space {
	struct port_pages *memory;
	struct port_space *port;
	uint64_t low;
	uint64_t high;
	bool broken;
	/* By address. */
	struct region regions[SPACE_REGIONS_MAX];
	size_t regions_count;
};

static_assert(sizeof(struct space) <= PORT_PAGE_SIZE, "a space fits in its page");

static uint64_t region_end(const struct region *region)
{
	return region->address + (uint64_t)region->count * PORT_PAGE_SIZE;
}

static void region_release(struct region *region)
{
	if (region->pages != NULL) {
		port_pages_free(region->pages);
	}
	if (region->shm != NULL) {
		shm_put(region->shm);
	}
}

struct space *space_create(const char *name)
{
	struct port_pages *memory = port_pages_alloc(1);
	struct space *space;

	if (memory == NULL) {
		return NULL;
	}
	space = port_pages_address(memory);
	space->memory = memory;
	port_space_limits(&space->low, &space->high);
	space->port = port_space_create(name);
	if (space->port == NULL) {
		port_pages_free(memory);
		return NULL;
	}
	return space;
}

void space_destroy(struct space *space)
{
	/* First: afterwards nobody reaches the memory any more. */
	port_space_destroy(space->port);
	for (size_t i = 0; i < space->regions_count; i++) {
		region_release(&space->regions[i]);
	}
	port_pages_free(space->memory);
}

struct port_space *space_port(struct space *space)
{
	return space->port;
}

/* --- Places ----------------------------------------------------------------------------------- */

/* The free range before region `i`, or, for regions_count, behind the last one. */
static void space_gap(const struct space *space, size_t i, uint64_t *start, uint64_t *end)
{
	*start = i == 0 ? space->low : region_end(&space->regions[i - 1]);
	*end = i == space->regions_count ? space->high : space->regions[i].address;
}

/* In how many places of the gap do `count` pages and one more at each end fit? */
static uint64_t space_gap_choices(const struct space *space, size_t i, uint64_t count)
{
	uint64_t start;
	uint64_t end;
	uint64_t pages;

	space_gap(space, i, &start, &end);
	pages = (end - start) / PORT_PAGE_SIZE;
	return pages >= count + 2 ? pages - count - 1 : 0;
}

static uint64_t space_choose(uint64_t choices)
{
	uint64_t random;

	port_random(&random, sizeof(random));
	return random % choices;
}

uint64_t space_place(struct space *space, size_t count)
{
	uint64_t choices = 0;
	uint64_t choice;
	uint64_t start;
	uint64_t end;

	if (count == 0 || count > (space->high - space->low) / PORT_PAGE_SIZE) {
		return 0;
	}
	for (size_t i = 0; i <= space->regions_count; i++) {
		choices += space_gap_choices(space, i, count);
	}
	if (choices == 0) {
		return 0;
	}
	choice = space_choose(choices);
	for (size_t i = 0; i <= space->regions_count; i++) {
		uint64_t here = space_gap_choices(space, i, count);

		if (choice < here) {
			space_gap(space, i, &start, &end);
			return start + (1 + choice) * PORT_PAGE_SIZE;
		}
		choice -= here;
	}
	return 0;
}

/* May a region of `count` pages be at `address`? Then it will be number *i. */
static bool space_is_free(const struct space *space, uint64_t address, size_t count, size_t *i)
{
	uint64_t start;
	uint64_t end;

	if (count == 0 || !is_aligned(address, PORT_PAGE_SIZE)) {
		return false;
	}
	for (*i = 0; *i < space->regions_count; (*i)++) {
		if (space->regions[*i].address > address) {
			break;
		}
	}
	space_gap(space, *i, &start, &end);
	return address >= start && address < end && count <= (end - address) / PORT_PAGE_SIZE;
}

static void space_insert(struct space *space, size_t i, const struct region *region)
{
	check(space->regions_count < SPACE_REGIONS_MAX);
	memmove(&space->regions[i + 1], &space->regions[i],
		(space->regions_count - i) * sizeof(space->regions[0]));
	space->regions[i] = *region;
	space->regions_count++;
}

static bool access_allowed(unsigned int access)
{
	const unsigned int both = PORT_ACCESS_WRITE | PORT_ACCESS_EXECUTE;

	return (access & both) != both;
}

/* --- Mapping ---------------------------------------------------------------------------------- */

/* At region->address, which becomes number `i`. */
static TEE_Result space_map_fresh(struct space *space, size_t i, struct region *region)
{
	region->pages = port_pages_alloc(region->count);
	if (region->pages == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (!port_space_map(space->port, region->address, region->pages, 0, region->count,
			    region->access)) {
		port_pages_free(region->pages);
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	space_insert(space, i, region);
	return TEE_SUCCESS;
}

TEE_Result space_map(struct space *space, uint64_t *address, size_t count, unsigned int access)
{
	struct region region = {
		.state = REGION_PRIVATE,
		.address = *address,
		.count = count,
		.access = access,
	};
	TEE_Result res;
	size_t i;

	if (count == 0 || !access_allowed(access)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (space->regions_count == SPACE_REGIONS_MAX) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (region.address == 0) {
		region.address = space_place(space, count);
		if (region.address == 0) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
	}
	if (!space_is_free(space, region.address, count, &i)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = space_map_fresh(space, i, &region);
	if (res == TEE_SUCCESS) {
		*address = region.address;
	}
	return res;
}

TEE_Result space_map_shm(struct space *space, struct shm *shm, uint64_t offset, uint64_t size,
			 unsigned int access, uint64_t *address)
{
	struct region region = {
		.state = REGION_SHARED,
		.access = access,
		.shm = shm,
		.offset = offset,
		.size = size,
	};
	size_t pages_count;
	size_t first_offset;
	const uint64_t *pages = shm_pages(shm, &pages_count, &first_offset);
	uint64_t start;
	size_t i;

	if (size == 0 || (access & PORT_ACCESS_EXECUTE) != 0 || !shm_covers(shm, offset, size)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (space->regions_count == SPACE_REGIONS_MAX) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	start = first_offset + offset;
	region.count = (size_t)((start % PORT_PAGE_SIZE + size - 1) / PORT_PAGE_SIZE + 1);
	region.address = space_place(space, region.count);
	if (region.address == 0) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	region.first = region.address + start % PORT_PAGE_SIZE;
	check(space_is_free(space, region.address, region.count, &i));
	if (!port_space_map_normal(space->port, region.address, pages + start / PORT_PAGE_SIZE,
				   region.count, access)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	shm_get(shm);
	space_insert(space, i, &region);
	*address = region.first;
	return TEE_SUCCESS;
}

/* NULL: none begins there. */
static struct region *space_region_at(struct space *space, uint64_t address)
{
	for (size_t i = 0; i < space->regions_count; i++) {
		struct region *region = &space->regions[i];

		if (region->state != REGION_GONE && region->address == address) {
			return region;
		}
	}
	return NULL;
}

/* The region keeps its place and what it holds until a commit says that the TA lost it. */
static void space_forget(struct space *space, struct region *region)
{
	if (!port_space_unmap(space->port, region->address, region->count)) {
		space->broken = true;
	}
	region->state = REGION_GONE;
}

void space_unmap(struct space *space, uint64_t address)
{
	struct region *region = space_region_at(space, align_down(address, PORT_PAGE_SIZE));

	check(region != NULL);
	space_forget(space, region);
}

TEE_Result space_protect(struct space *space, uint64_t address, unsigned int access)
{
	struct region *region = space_region_at(space, address);

	if (region == NULL || region->state != REGION_PRIVATE || !access_allowed(access)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	space_forget(space, region);
	if (!port_space_map(space->port, region->address, region->pages, 0, region->count,
			    access)) {
		space->broken = true;
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	region->state = REGION_PRIVATE;
	region->access = access;
	return TEE_SUCCESS;
}

static void space_collect(struct space *space)
{
	size_t kept = 0;

	for (size_t i = 0; i < space->regions_count; i++) {
		if (space->regions[i].state == REGION_GONE) {
			region_release(&space->regions[i]);
		} else {
			space->regions[kept] = space->regions[i];
			kept++;
		}
	}
	space->regions_count = kept;
}

TEE_Result space_commit(struct space *space)
{
	if (!space->broken && !port_space_commit(space->port)) {
		space->broken = true;
	}
	if (space->broken) {
		return TEE_ERROR_TARGET_DEAD;
	}
	space_collect(space);
	return TEE_SUCCESS;
}

/* --- What a TA points at ---------------------------------------------------------------------- */

/* From `address` to the end of what the TA may use there; 0: nothing. */
static uint64_t region_left(const struct region *region, uint64_t address)
{
	uint64_t start = region->state == REGION_SHARED ? region->first : region->address;
	uint64_t size = region->state == REGION_SHARED ? region->size
						       : (uint64_t)region->count * PORT_PAGE_SIZE;

	if (region->state == REGION_GONE || address < start || address - start >= size) {
		return 0;
	}
	return size - (address - start);
}

/* The region that `address` is in, and how many of `size` bytes are there. NULL: none. */
static struct region *space_region_of(struct space *space, uint64_t address, uint64_t size,
				      uint64_t *here)
{
	size_t low = 0;
	size_t high = space->regions_count;
	uint64_t left;

	/* The last that does not begin behind it is the only one that can have it. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (space->regions[middle].address <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	left = low == 0 ? 0 : region_left(&space->regions[low - 1], address);
	if (left == 0) {
		return NULL;
	}
	*here = size < left ? size : left;
	return &space->regions[low - 1];
}

/* The secure kernel must see it too, so that no copy fails half way. */
static bool region_allows(struct region *region, unsigned int access, bool own)
{
	if ((region->access & access) != access) {
		return false;
	}
	if (region->state == REGION_SHARED) {
		return !own && shm_address(region->shm, region->offset) != NULL;
	}
	return true;
}

TEE_Result space_check(struct space *space, uint64_t address, uint64_t size, unsigned int access,
		       bool own)
{
	uint64_t end;

	if (size == 0) {
		return TEE_SUCCESS;
	}
	if (__builtin_add_overflow(address, size, &end)) {
		return TEE_ERROR_ACCESS_DENIED;
	}
	while (address < end) {
		uint64_t here;
		struct region *region = space_region_of(space, address, end - address, &here);

		if (region == NULL || !region_allows(region, access, own)) {
			return TEE_ERROR_ACCESS_DENIED;
		}
		address += here;
	}
	return TEE_SUCCESS;
}

static uint8_t *region_bytes(const struct region *region, uint64_t address)
{
	return (uint8_t *)port_pages_address(region->pages) + (address - region->address);
}

static bool region_copy_in(struct region *region, void *to, uint64_t from, size_t size)
{
	if (region->state == REGION_SHARED) {
		return shm_copy_in(region->shm, region->offset + (from - region->first), to, size);
	}
	memcpy(to, region_bytes(region, from), size);
	return true;
}

static bool region_copy_out(struct region *region, uint64_t to, const void *from, size_t size)
{
	if (region->state == REGION_SHARED) {
		return shm_copy_out(region->shm, region->offset + (to - region->first), from, size);
	}
	memcpy(region_bytes(region, to), from, size);
	return true;
}

/* The region that has all of it and allows `access`. NULL: no single one does. */
static struct region *space_whole(struct space *space, uint64_t address, size_t size,
				  unsigned int access, bool own)
{
	uint64_t here = 0;
	struct region *region = space_region_of(space, address, size, &here);

	return region != NULL && here == size && region_allows(region, access, own) ? region : NULL;
}

static TEE_Result space_read(struct space *space, void *to, uint64_t from, size_t size, bool own)
{
	struct region *whole = space_whole(space, from, size, PORT_ACCESS_READ, own);
	uint8_t *bytes = to;
	TEE_Result res;

	/* Nearly always. */
	if (whole != NULL) {
		check(region_copy_in(whole, to, from, size));
		return TEE_SUCCESS;
	}
	res = space_check(space, from, size, PORT_ACCESS_READ, own);
	while (res == TEE_SUCCESS && size > 0) {
		uint64_t here;
		struct region *region = space_region_of(space, from, size, &here);

		check(region_copy_in(region, bytes, from, (size_t)here));
		bytes += here;
		from += here;
		size -= (size_t)here;
	}
	return res;
}

static TEE_Result space_write(struct space *space, uint64_t to, const void *from, size_t size,
			      bool own)
{
	struct region *whole = space_whole(space, to, size, PORT_ACCESS_WRITE, own);
	const uint8_t *bytes = from;
	TEE_Result res;

	if (whole != NULL) {
		check(region_copy_out(whole, to, from, size));
		return TEE_SUCCESS;
	}
	res = space_check(space, to, size, PORT_ACCESS_WRITE, own);
	while (res == TEE_SUCCESS && size > 0) {
		uint64_t here;
		struct region *region = space_region_of(space, to, size, &here);

		check(region_copy_out(region, to, bytes, (size_t)here));
		bytes += here;
		to += here;
		size -= (size_t)here;
	}
	return res;
}

TEE_Result space_copy_in(struct space *space, void *to, uint64_t from, size_t size)
{
	return space_read(space, to, from, size, false);
}

TEE_Result space_copy_out(struct space *space, uint64_t to, const void *from, size_t size)
{
	return space_write(space, to, from, size, false);
}

TEE_Result space_copy_in_own(struct space *space, void *to, uint64_t from, size_t size)
{
	return space_read(space, to, from, size, true);
}

TEE_Result space_copy_out_own(struct space *space, uint64_t to, const void *from, size_t size)
{
	return space_write(space, to, from, size, true);
}

void *space_address(struct space *space, uint64_t address, size_t size)
{
	uint64_t here;
	struct region *region = space_region_of(space, address, size, &here);

	if (region == NULL || region->state != REGION_PRIVATE || here < size) {
		return NULL;
	}
	return region_bytes(region, address);
}
