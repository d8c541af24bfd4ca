#include "secure/tee/run.h"

#include "secure/core/check.h"
#include "secure/core/log.h"
#include "secure/core/port.h"
#include "secure/core/rpc.h"
#include "secure/core/space.h"
#include "secure/tee/backtrace.h"
#include "secure/tee/instance.h"
#include "secure/tee/mapping.h"
#include "secure/tee/session.h"
#include "secure/tee/syscall.h"

enum run_state {
	STATE_RUNNING,
	STATE_RETURNED,
	STATE_DIED,
};

static enum run_state serve_return(struct caller *caller, struct port_user *user, uint32_t *code)
{
	(void)caller;
	*code = (uint32_t)user->args[0];
	return STATE_RETURNED;
}

static enum run_state serve_panic(struct caller *caller, struct port_user *user, uint32_t *code)
{
	*code = (uint32_t)user->args[0];
	log_error("TA %pUl: panic 0x%x", &caller->instance->uuid, *code);
	backtrace_log(caller->instance, user->frame);
	return STATE_DIED;
}

static enum run_state trap_syscall(struct caller *caller, struct port_user *user, uint32_t *code)
{
	if (user->number == SYSCALL_RETURN) {
		return serve_return(caller, user, code);
	}
	if (user->number == SYSCALL_PANIC) {
		return serve_panic(caller, user, code);
	}
	user->result = syscall_serve(caller, user->number, user->args);
	user->run = PORT_RUN_RESULT;
	return STATE_RUNNING;
}

static enum run_state trap_fault(struct caller *caller, struct port_user *user, uint32_t *code)
{
	const struct instance *instance = caller->instance;

	*code = UTEE_PANIC_ABORT;
	log_error("TA %pUl: fault %u at address 0x%llx, pc = load address + 0x%llx",
		  &instance->uuid, user->fault_cause, (unsigned long long)user->fault_address,
		  (unsigned long long)(user->fault_pc - instance->program.load_address));
	backtrace_log(instance, user->frame);
	return STATE_DIED;
}

static enum run_state trap_interrupt(struct caller *caller, struct port_user *user, uint32_t *code)
{
	(void)caller;
	(void)code;
	rpc_foreign_interrupt();
	user->run = PORT_RUN_RESUME;
	return STATE_RUNNING;
}

static enum run_state trap_gone(struct caller *caller, struct port_user *user, uint32_t *code)
{
	(void)user;
	*code = UTEE_PANIC_ABORT;
	log_error("TA %pUl: its user mode is gone", &caller->instance->uuid);
	return STATE_DIED;
}

static enum run_state (*const traps[])(struct caller *caller, struct port_user *user,
				       uint32_t *code) = {
	[PORT_TRAP_SYSCALL] = trap_syscall,
	[PORT_TRAP_FAULT] = trap_fault,
	[PORT_TRAP_INTERRUPT] = trap_interrupt,
	[PORT_TRAP_GONE] = trap_gone,
};

static enum run_state run_loop(struct session *session, struct port_user *user, uint32_t *code)
{
	struct caller caller = { .instance = session->instance, .session = session };
	struct port_space *space = space_port(session->instance->space);
	enum run_state state;

	do {
		state = traps[port_user_run(space, user)](&caller, user, code);
	} while (state == STATE_RUNNING);
	return state;
}

/* The parameters lie at the top of the stack, and SP points at them. */
static uint64_t params_address(const struct session *session)
{
	return session->instance->stack_top - UTEE_PARAMS_STACK_SIZE;
}

static struct port_user run_registers(const struct session *session, const struct run *run)
{
	uint64_t params = params_address(session);

	return (struct port_user){
		.run = PORT_RUN_ENTER,
		.pc = session->instance->program.entry,
		.sp = params,
		.args = { run->func, session->reference, params, run->command },
	};
}

static enum run_end run_mapped(struct session *session, const struct run *run,
			       const struct mapping *mapping, struct utee_params *params,
			       uint32_t *code)
{
	struct space *space = session->instance->space;
	struct port_user user = run_registers(session, run);

	/* The stack was mapped when the TA was loaded, and stays. */
	check(space_copy_out_own(space, user.sp, params, sizeof(*params)) == TEE_SUCCESS);
	if (run_loop(session, &user, code) == STATE_DIED) {
		return RUN_DIED;
	}
	check(space_copy_in_own(space, params, params_address(session), sizeof(*params)) ==
	      TEE_SUCCESS);
	mapping_collect(mapping, space, params, run->params);
	return RUN_RETURNED;
}

/* A space that cannot be put in order again is a TA that died. */
static enum run_end run_lost(const struct session *session, uint32_t *code)
{
	*code = UTEE_PANIC_ABORT;
	log_error("TA %pUl: its address space is lost", &session->instance->uuid);
	return RUN_DIED;
}

enum run_end run_entry(struct session *session, const struct run *run, uint32_t *code)
{
	struct space *space = session->instance->space;
	struct utee_params params;
	struct mapping mapping;
	enum run_end end;
	TEE_Result res;

	res = mapping_create(&mapping, space, run->params, &params);
	if (res == TEE_ERROR_TARGET_DEAD) {
		return run_lost(session, code);
	}
	if (res != TEE_SUCCESS) {
		*code = res;
		return RUN_REFUSED;
	}
	end = run_mapped(session, run, &mapping, &params, code);
	if (end != RUN_DIED && mapping_remove(&mapping, space) != TEE_SUCCESS) {
		return run_lost(session, code);
	}
	return end;
}
