#include "secure/port/host/space.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "secure/core/check.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/launcher.h"
#include "secure/port/host/pages.h"
#include "secure/port/host/rights.h"

/* What the list ends with: a close() for each object, and the end. */
#define SPACE_CALLS_LAST (RUNNER_OBJECTS_MAX + 1)

static_assert(RIGHTS_SEND_MAX >= RUNNER_OBJECTS_MAX, "all objects of a list go in one message");

/* A space's place here is its slot at the launcher. */
static struct port_space spaces[LAUNCHER_SLOTS_MAX];
static pthread_mutex_t spaces_lock = PTHREAD_MUTEX_INITIALIZER;

/* --- The list of calls -------------------------------------------------------------------------- */

static void call_add(struct port_space *space, struct runner_call call)
{
	check(space->call_count < RUNNER_CALLS_MAX);
	space->control->calls[space->call_count++] = call;
}

static void objects_release(struct port_space *space)
{
	for (unsigned int i = 0; i < space->object_count; i++) {
		const struct space_object *object = &space->objects[i];

		if (object->normal != NULL) {
			memory_release(object->normal);
		} else {
			pages_release(object->pages);
		}
	}
	space->object_count = 0;
}

static void list_forget(struct port_space *space)
{
	objects_release(space);
	space->call_count = 0;
}

static void list_finish(struct port_space *space)
{
	for (unsigned int i = 0; i < space->object_count; i++) {
		call_add(space, (struct runner_call){
					.number = SYS_close,
					.args = { RUNNER_FD_FIRST + i },
				});
	}
	call_add(space, (struct runner_call){ .number = (uint64_t)RUNNER_CALL_END });
}

/* One byte and the objects go out; one byte comes back, or the end of the socket. */
static bool list_send(const struct port_space *space)
{
	int fds[RUNNER_OBJECTS_MAX];
	struct rights none;
	uint8_t byte = 1;

	for (unsigned int i = 0; i < space->object_count; i++) {
		fds[i] = space->objects[i].fd;
	}
	return rights_send(space->manager, &byte, 1, fds, space->object_count) == 1 &&
	       rights_receive(space->manager, &byte, 1, 0, &none) == 1;
}

/* false: the space is broken. */
static bool list_flush(struct port_space *space)
{
	if (!space->broken && space->call_count > 0) {
		list_finish(space);
		space->broken = !list_send(space);
	}
	list_forget(space);
	return !space->broken;
}

/* Make room for one more call, and one more object. */
static bool list_reserve(struct port_space *space)
{
	if (space->call_count + 1 + SPACE_CALLS_LAST > RUNNER_CALLS_MAX ||
	    space->object_count == RUNNER_OBJECTS_MAX) {
		return list_flush(space);
	}
	return !space->broken;
}

static uint64_t protection_of(unsigned int access)
{
	return ((access & PORT_ACCESS_READ) != 0 ? PROT_READ : 0) |
	       ((access & PORT_ACCESS_WRITE) != 0 ? PROT_WRITE : 0) |
	       ((access & PORT_ACCESS_EXECUTE) != 0 ? PROT_EXEC : 0);
}

/* The number that the manager will have for the object; the list has one hold on it. */
static uint64_t object_number(struct port_space *space, struct space_object wanted)
{
	for (unsigned int i = 0; i < space->object_count; i++) {
		if (space->objects[i].normal == wanted.normal &&
		    space->objects[i].pages == wanted.pages) {
			if (wanted.normal != NULL) {
				memory_release(wanted.normal);
			} else {
				pages_release(wanted.pages);
			}
			return RUNNER_FD_FIRST + i;
		}
	}
	space->objects[space->object_count] = wanted;
	return RUNNER_FD_FIRST + space->object_count++;
}

/* Takes over the caller's hold on `object`. */
static void map_add(struct port_space *space, uint64_t address, size_t count, unsigned int access,
		    struct space_object object, uint64_t offset)
{
	call_add(space, (struct runner_call){
				.number = SYS_mmap,
				.args = {
					address,
					(uint64_t)count * PORT_PAGE_SIZE,
					protection_of(access),
					MAP_SHARED | MAP_FIXED,
					object_number(space, object),
					offset,
				},
				.expected = address,
			});
}

static bool range_is_user(uint64_t address, size_t count)
{
	uint64_t low;
	uint64_t high;
	uint64_t size;

	port_space_limits(&low, &high);
	return count > 0 && !__builtin_mul_overflow(count, PORT_PAGE_SIZE, &size) &&
	       is_aligned(address, PORT_PAGE_SIZE) && address >= low &&
	       range_within(address, size, high);
}

bool port_space_map(struct port_space *space, uint64_t address, struct port_pages *pages,
		    size_t first, size_t count, unsigned int access)
{
	const struct space_object object = { .pages = pages, .fd = pages_descriptor(pages) };

	check(range_is_user(address, count) && range_within(first, count, pages_count(pages)));
	if (!list_reserve(space)) {
		return false;
	}
	pages_hold(pages);
	map_add(space, address, count, access, object, (uint64_t)first * PORT_PAGE_SIZE);
	return true;
}

bool port_space_map_normal(struct port_space *space, uint64_t address, const uint64_t *pages,
			   size_t count, unsigned int access)
{
	struct memory_extent extent;

	check(range_is_user(address, count));
	for (size_t i = 0; i < count; i += extent.count) {
		if (!list_reserve(space) || !memory_hold(pages + i, count - i, &extent)) {
			return false;
		}
		map_add(space, address + i * PORT_PAGE_SIZE, extent.count, access,
			(struct space_object){ .normal = extent.object, .fd = extent.fd },
			extent.offset);
	}
	return true;
}

bool port_space_unmap(struct port_space *space, uint64_t address, size_t count)
{
	check(range_is_user(address, count));
	if (!list_reserve(space)) {
		return false;
	}
	call_add(space, (struct runner_call){
				.number = SYS_munmap,
				.args = { address, (uint64_t)count * PORT_PAGE_SIZE },
			});
	return true;
}

bool port_space_commit(struct port_space *space)
{
	return list_flush(space);
}

/* --- The process -------------------------------------------------------------------------------- */

static struct port_space *space_reserve(void)
{
	struct port_space *found = NULL;

	pthread_mutex_lock(&spaces_lock);
	for (unsigned int i = 0; i < LAUNCHER_SLOTS_MAX && found == NULL; i++) {
		if (!spaces[i].used) {
			found = &spaces[i];
			*found = (struct port_space){ .used = true, .manager = -1 };
		}
	}
	pthread_mutex_unlock(&spaces_lock);
	return found;
}

static void space_free(struct port_space *space)
{
	pthread_mutex_lock(&spaces_lock);
	space->used = false;
	pthread_mutex_unlock(&spaces_lock);
}

/* A memory object that can be sealed, mapped; NULL: there is none. */
static void *object_create(const char *name, size_t size, int *fd)
{
	void *mapped = MAP_FAILED;

	*fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0) {
		return NULL;
	}
	if (ftruncate(*fd, (off_t)size) == 0) {
		mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	}
	if (mapped == MAP_FAILED) {
		close(*fd);
		return NULL;
	}
	return mapped;
}

static bool space_start(struct port_space *space, const char *name)
{
	int trap;
	int control;

	space->trap = object_create("trap", RUNNER_PAGE, &trap);
	if (space->trap == NULL) {
		return false;
	}
	space->control = object_create("control", RUNNER_CONTROL_SIZE, &control);
	if (space->control != NULL) {
		space->manager =
			launcher_spawn((unsigned int)(space - spaces), name, trap, control);
		close(control);
	}
	close(trap);
	return space->manager >= 0;
}

static void space_unmap(struct port_space *space)
{
	if (space->trap != NULL) {
		munmap(space->trap, RUNNER_PAGE);
	}
	if (space->control != NULL) {
		munmap(space->control, RUNNER_CONTROL_SIZE);
	}
}

struct port_space *port_space_create(const char *name)
{
	struct port_space *space = space_reserve();

	if (space == NULL) {
		return NULL;
	}
	if (!space_start(space, name)) {
		space_unmap(space);
		space_free(space);
		return NULL;
	}
	return space;
}

/* What the TA could reach, it can until the last of its tasks is gone. */
static void space_kill(struct port_space *space)
{
	const uint32_t *dead = &space->control->dead;

	if (futex_read(dead) == 0) {
		launcher_kill((unsigned int)(space - spaces));
	}
	while (futex_read(dead) == 0) {
		futex_wait(dead, 0);
	}
}

void port_space_destroy(struct port_space *space)
{
	list_forget(space);
	space_kill(space);
	close(space->manager);
	space_unmap(space);
	space_free(space);
}
