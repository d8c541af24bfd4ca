/* port_user.c - secure/core/port.h: address spaces, and user mode as a script (ta.h) in one of
 * them. */
#include <stdlib.h>
#include <string.h>

#include "lib/list.h"
#include "lib/uuid.h"
#include "secure/core/port.h"
#include "sim/fault.h"
#include "sim/memory.h"
#include "sim/port.h"
#include "sim/trouble.h"
#include "sim/user.h"

#define USER_LOW  0x10000000ull
#define USER_HIGH 0x7F0000000000ull

/* A machine of its own: nobody else's images run here. */
#define ELF_MACHINE_SIM 0x5053u

enum range_state {
	RANGE_ADDED, /* in force after the next commit */
	RANGE_LIVE,
	RANGE_REMOVED, /* gone after the next commit */
};

struct range {
	struct list link;
	enum range_state state;
	uint64_t address;
	size_t count;
	unsigned int access;
	uint8_t *bytes;	  /* secure pages; NULL: */
	uint64_t pages[]; /* the normal world's */
};

struct port_space {
	struct ta ta;
	struct list ranges;
	bool broken;
};

static size_t spaces_live;
static size_t ranges_live;
static unsigned int interrupt_period;
static unsigned int interrupt_count;

size_t port_spaces_live(void)
{
	return spaces_live;
}

size_t port_space_ranges_live(void)
{
	return ranges_live;
}

void port_interrupt_every(unsigned int period)
{
	interrupt_period = period;
	interrupt_count = 0;
}

/* --- Ranges ----------------------------------------------------------------------------------- */

static struct range *range_new(uint64_t address, size_t count, unsigned int access, size_t pages)
{
	struct range *range = calloc(1, sizeof(*range) + pages * sizeof(range->pages[0]));

	if (range == NULL) {
		trouble("no memory for a range");
	}
	expect(address % PORT_PAGE_SIZE == 0 && count > 0);
	expect(address >= USER_LOW && count <= (USER_HIGH - address) / PORT_PAGE_SIZE);
	expect((access & PORT_ACCESS_WRITE) == 0 || (access & PORT_ACCESS_EXECUTE) == 0);
	range->address = address;
	range->count = count;
	range->access = access;
	return range;
}

static bool range_overlaps(const struct range *range, uint64_t address, size_t count)
{
	return range->state != RANGE_REMOVED &&
	       address < range->address + range->count * PORT_PAGE_SIZE &&
	       range->address < address + count * PORT_PAGE_SIZE;
}

static void range_insert(struct port_space *space, struct range *range)
{
	list_for_each (link, &space->ranges) {
		expect(!range_overlaps(list_entry(link, struct range, link), range->address,
				       range->count));
	}
	list_add_back(&space->ranges, &range->link);
	ranges_live++;
}

static void range_free(struct range *range)
{
	for (size_t i = 0; range->bytes == NULL && i < range->count; i++) {
		memory_unpin(range->pages[i]);
	}
	list_remove(&range->link);
	free(range);
	ranges_live--;
}

uint8_t *space_byte(struct port_space *space, uint64_t address, unsigned int access, size_t *left)
{
	list_for_each (link, &space->ranges) {
		struct range *range = list_entry(link, struct range, link);
		uint64_t offset = address - range->address;

		if (range->state != RANGE_LIVE || address < range->address ||
		    offset >= range->count * PORT_PAGE_SIZE || (range->access & access) != access) {
			continue;
		}
		*left = PORT_PAGE_SIZE - offset % PORT_PAGE_SIZE;
		return range->bytes != NULL ? range->bytes + offset
					    : memory_frame(range->pages[offset / PORT_PAGE_SIZE]) +
						      offset % PORT_PAGE_SIZE;
	}
	return NULL;
}

/* --- Spaces ----------------------------------------------------------------------------------- */

struct port_space *port_space_create(const char *name)
{
	struct port_space *space;
	TEE_UUID uuid;

	expect(uuid_from_text(name, &uuid));
	if (fault_strikes("port_space_create")) {
		return NULL;
	}
	space = calloc(1, sizeof(*space));
	if (space == NULL) {
		trouble("no memory for a space");
	}
	list_init(&space->ranges);
	space->ta.space = space;
	space->ta.script = ta_find(&uuid);
	spaces_live++;
	return space;
}

void port_space_destroy(struct port_space *space)
{
	struct list *link;

	user_drop(&space->ta);
	while ((link = list_first(&space->ranges)) != NULL) {
		range_free(list_entry(link, struct range, link));
	}
	free(space);
	spaces_live--;
}

bool port_space_map(struct port_space *space, uint64_t address, struct port_pages *pages,
		    size_t first, size_t count, unsigned int access)
{
	struct range *range;

	if (fault_strikes("port_space_map")) {
		return false;
	}
	range = range_new(address, count, access, 0);
	range->bytes = (uint8_t *)port_pages_address(pages) + first * PORT_PAGE_SIZE;
	range_insert(space, range);
	return true;
}

bool port_space_map_normal(struct port_space *space, uint64_t address, const uint64_t *pages,
			   size_t count, unsigned int access)
{
	struct range *range;

	if (fault_strikes("port_space_map_normal")) {
		return false;
	}
	/* A normal world that is out of its mind took it away while it was registered. */
	for (size_t i = 0; i < count; i++) {
		if (!port_normal_page(pages[i])) {
			return false;
		}
	}
	range = range_new(address, count, access, count);
	for (size_t i = 0; i < count; i++) {
		memory_pin(pages[i]);
		range->pages[i] = pages[i];
	}
	range_insert(space, range);
	return true;
}

bool port_space_unmap(struct port_space *space, uint64_t address, size_t count)
{
	list_for_each (link, &space->ranges) {
		struct range *range = list_entry(link, struct range, link);

		if (range->state != RANGE_REMOVED && range->address == address) {
			expect_equal(range->count, count);
			range->state = RANGE_REMOVED;
			return !fault_strikes("port_space_unmap");
		}
	}
	trouble("what is not mapped is unmapped");
}

bool port_space_commit(struct port_space *space)
{
	if (fault_strikes("port_space_commit")) {
		space->broken = true;
	}
	if (space->broken) {
		return false;
	}
	list_for_each (link, &space->ranges) {
		struct range *range = list_entry(link, struct range, link);

		if (range->state == RANGE_REMOVED) {
			range_free(range);
		} else {
			range->state = RANGE_LIVE;
		}
	}
	return true;
}

void port_space_limits(uint64_t *low, uint64_t *high)
{
	*low = USER_LOW;
	*high = USER_HIGH;
}

/* --- User mode -------------------------------------------------------------------------------- */

static void expect_committed(const struct port_space *space)
{
	expect(!space->broken);
	list_for_each (link, &space->ranges) {
		expect(list_entry(link, struct range, link)->state == RANGE_LIVE);
	}
}

static bool interrupt_comes(void)
{
	if (interrupt_period == 0) {
		return false;
	}
	interrupt_count++;
	return interrupt_count % interrupt_period == 0;
}

/* Take over what the kernel says about how to go on. */
static void run_prepare(struct ta *ta, const struct port_user *user)
{
	switch (user->run) {
	case PORT_RUN_ENTER:
		/* What it was entered for before it has ended, by the system call RETURN. */
		user_drop(ta);
		ta->user = *user;
		user_enter(ta);
		break;
	case PORT_RUN_RESULT:
		ta->user.result = user->result;
		break;
	case PORT_RUN_RESUME:
		break;
	}
	expect(ta->stack != NULL);
}

static void run_report(const struct ta *ta, struct port_user *user)
{
	user->number = ta->user.number;
	memcpy(user->args, ta->user.args, sizeof(user->args));
	user->fault_address = ta->user.fault_address;
	user->fault_pc = ta->user.fault_pc;
	user->fault_cause = ta->user.fault_cause;
}

enum port_trap port_user_run(struct port_space *space, struct port_user *user)
{
	struct ta *ta = &space->ta;
	enum port_trap trap;

	expect_equal(port_interrupts_masked(), 0);
	expect_committed(space);
	if (ta->script == NULL) {
		trouble("an image of no script runs");
	}
	run_prepare(ta, user);
	if (user->run != PORT_RUN_RESUME && interrupt_comes()) {
		return PORT_TRAP_INTERRUPT;
	}
	trap = user_go_on(ta);
	run_report(ta, user);
	if (trap == PORT_TRAP_GONE) {
		space->broken = true;
	}
	return trap;
}

/* --- Images ----------------------------------------------------------------------------------- */

uint16_t port_elf_machine(void)
{
	return ELF_MACHINE_SIM;
}

/* The images made here have none to do. */
enum port_reloc port_elf_reloc(uint32_t type)
{
	return type == 0 ? PORT_RELOC_NONE : PORT_RELOC_UNKNOWN;
}
