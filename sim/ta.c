#include "sim/ta.h"

#include <string.h>

#include "lib/uuid.h"
#include "secure/core/port.h"
#include "secure/port/host/stack.h"
#include "sim/stack.h"
#include "sim/trouble.h"
#include "sim/user.h"

static const struct ta_script *scripts[TA_SCRIPTS_MAX];
static size_t scripts_count;

void ta_begin(void)
{
	scripts_count = 0;
}

void ta_register(const struct ta_script *script)
{
	expect(scripts_count < TA_SCRIPTS_MAX);
	scripts[scripts_count] = script;
	scripts_count++;
}

const struct ta_script *ta_find(const TEE_UUID *uuid)
{
	for (size_t i = 0; i < scripts_count; i++) {
		if (uuid_equal(&scripts[i]->uuid, uuid)) {
			return scripts[i];
		}
	}
	return NULL;
}

/* --- Leaving and coming back ------------------------------------------------------------------ */

static void leave(struct ta *ta, enum port_trap trap)
{
	ta->trap = trap;
	stack_switch(ta->stack, &ta->kernel);
}

TEE_Result ta_trap(struct ta *ta, uint64_t number, const uint64_t args[8])
{
	ta->user.number = number;
	memcpy(ta->user.args, args, sizeof(ta->user.args));
	leave(ta, PORT_TRAP_SYSCALL);
	return (TEE_Result)ta->user.result;
}

void ta_vanish(struct ta *ta)
{
	leave(ta, PORT_TRAP_GONE);
	trouble("a TA that is gone ran");
}

void ta_fault(struct ta *ta, uint64_t address)
{
	ta->user.fault_address = address;
	ta->user.fault_pc = ta->user.pc;
	ta->user.fault_cause = 1;
	leave(ta, PORT_TRAP_FAULT);
	trouble("a TA ran on after a fault");
}

void ta_panic(struct ta *ta, uint32_t code)
{
	ta_syscall(ta, SYSCALL_PANIC, code);
	trouble("a TA ran on after its panic");
}

void ta_kernel(struct ta *ta, void (*work)(void *arg), void *arg)
{
	ta->kernel_work = work;
	ta->kernel_arg = arg;
	leave(ta, PORT_TRAP_SYSCALL);
}

/* The outermost frame. */
static void ta_main(void *arg)
{
	struct ta *ta = arg;
	struct ta_call call = {
		.func = (enum utee_entry_func)ta->user.args[0],
		.session = (uint32_t)ta->user.args[1],
		.command = (uint32_t)ta->user.args[3],
	};
	uint64_t params = ta->user.args[2];
	TEE_Result res;

	ta_read(ta, &call.params, params, sizeof(call.params));
	res = ta->script->entry(ta, &call);
	ta_write(ta, params, &call.params, sizeof(call.params));
	ta_syscall(ta, SYSCALL_RETURN, res);
	trouble("a TA ran on after it returned");
}

void user_enter(struct ta *ta)
{
	ta->stack = stack_get();
	ta->sp = ta->user.sp;
	port_stack_prepare(ta->stack, ta_main, ta);
}

enum port_trap user_go_on(struct ta *ta)
{
	do {
		ta->kernel_work = NULL;
		ta->kernel = (struct port_stack){ 0 };
		stack_switch(&ta->kernel, ta->stack);
		if (ta->kernel_work != NULL) {
			ta->kernel_work(ta->kernel_arg);
		}
	} while (ta->kernel_work != NULL);
	return ta->trap;
}

void user_drop(struct ta *ta)
{
	if (ta->stack != NULL) {
		stack_put(ta->stack);
		ta->stack = NULL;
	}
}

/* --- Memory ----------------------------------------------------------------------------------- */

void ta_read(struct ta *ta, void *to, uint64_t from, size_t size)
{
	uint8_t *bytes = to;

	while (size > 0) {
		size_t part = 0;
		const uint8_t *byte = space_byte(ta->space, from, PORT_ACCESS_READ, &part);

		if (byte == NULL) {
			ta_fault(ta, from);
		}
		part = part < size ? part : size;
		memcpy(bytes, byte, part);
		bytes += part;
		from += part;
		size -= part;
	}
}

void ta_write(struct ta *ta, uint64_t to, const void *from, size_t size)
{
	const uint8_t *bytes = from;

	while (size > 0) {
		size_t part = 0;
		uint8_t *byte = space_byte(ta->space, to, PORT_ACCESS_WRITE, &part);

		if (byte == NULL) {
			ta_fault(ta, to);
		}
		part = part < size ? part : size;
		memcpy(byte, bytes, part);
		bytes += part;
		to += part;
		size -= part;
	}
}

uint32_t ta_read_u32(struct ta *ta, uint64_t from)
{
	uint32_t word;

	ta_read(ta, &word, from, sizeof(word));
	return word;
}

uint64_t ta_read_u64(struct ta *ta, uint64_t from)
{
	uint64_t word;

	ta_read(ta, &word, from, sizeof(word));
	return word;
}

uint64_t ta_push(struct ta *ta, const void *data, size_t size)
{
	static const uint8_t zeros[4096];

	ta->sp -= size;
	ta->sp &= ~(uint64_t)15;
	if (data != NULL) {
		ta_write(ta, ta->sp, data, size);
		return ta->sp;
	}
	for (size_t done = 0; done < size; done += sizeof(zeros)) {
		size_t part = size - done < sizeof(zeros) ? size - done : sizeof(zeros);

		ta_write(ta, ta->sp + done, zeros, part);
	}
	return ta->sp;
}

void *ta_state(struct ta *ta)
{
	return ta->state;
}
