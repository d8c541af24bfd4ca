#include "secure/tee/backtrace.h"

#include <stdbool.h>

#include "secure/core/log.h"
#include "secure/core/space.h"

/* As a function's first instructions leave it on its stack, on every machine that we know. */
struct frame_record {
	uint64_t previous;
	uint64_t return_address;
};

static bool frame_read(const struct instance *instance, uint64_t frame, struct frame_record *record)
{
	const struct elf_program *program = &instance->program;

	return frame % sizeof(uint64_t) == 0 &&
	       space_copy_in_own(instance->space, record, frame, sizeof(*record)) == TEE_SUCCESS &&
	       record->return_address - program->load_address < program->size;
}

void backtrace_log(const struct instance *instance, uint64_t frame)
{
	const uint64_t load_address = instance->program.load_address;
	struct frame_record record;
	unsigned int count = 0;

	log_error("TA %pUl: load address 0x%llx, called from", &instance->uuid,
		  (unsigned long long)load_address);
	while (count < BACKTRACE_FRAMES_MAX && frame_read(instance, frame, &record)) {
		count++;
		log_error("TA %pUl: #%u load address + 0x%llx", &instance->uuid, count,
			  (unsigned long long)(record.return_address - load_address));
		if (record.previous <= frame) {
			return;
		}
		frame = record.previous;
	}
}
