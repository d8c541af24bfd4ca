#include "sim/gate.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/ffa.h"
#include "abi/msg.h"
#include "normal/gate/gate.h"
#include "secure/tee/entry.h"
#include "sim/memory.h"
#include "sim/task.h"

#define SWITCH_NS 1000u

static uint32_t hidden;
static bool dead;
static uint64_t count;
static void (*exit_call)(void *arg);
static void *exit_arg;
static uint64_t event_number;
static void (*event)(void *arg);
static void *event_arg;
static uint64_t cookies[GATE_COOKIES_MAX];
static unsigned int cookies_count;

void gate_begin(void)
{
	hidden = 0;
	dead = false;
	count = 0;
	cookies_count = 0;
	gate_on_exit(NULL, NULL);
	gate_at(0, NULL, NULL);
}

void gate_hide_capabilities(uint32_t bits)
{
	hidden = bits;
}

void gate_die(void)
{
	dead = true;
}

void gate_revive(void)
{
	dead = false;
}

uint64_t gate_count(void)
{
	return count;
}

void gate_at(uint64_t number, void (*happen)(void *arg), void *arg)
{
	event_number = number;
	event = happen;
	event_arg = arg;
}

void gate_on_exit(void (*leave)(void *arg), void *arg)
{
	exit_call = leave;
	exit_arg = arg;
}

void gate_remember_cookie(uint64_t cookie)
{
	if (cookies_count < GATE_COOKIES_MAX) {
		cookies[cookies_count] = cookie;
		cookies_count++;
	}
}

unsigned int gate_cookies(const uint64_t **list)
{
	*list = cookies;
	return cookies_count;
}

/* Drivers register memory by messages that are not in registered memory themselves. */
static void cookie_look(const struct smc_regs *regs)
{
	const struct msg_arg *arg;

	if (regs->a0 != SMC_CALL_WITH_RPC_ARG && regs->a0 != SMC_CALL_WITH_ARG) {
		return;
	}
	arg = (const void *)memory_frame(smc_u64_from_pair(regs->a1, regs->a2));
	if (arg != NULL && arg->cmd == MSG_CMD_REGISTER_SHM && arg->num_params == 1) {
		gate_remember_cookie(arg->params[0].u.tmem.shm_ref);
	}
}

/* With FF-A the secure world chooses the names. */
static void handle_look(uint64_t function, const struct smc_regs *answer)
{
	if (function != FFA_MEM_SHARE_32 && function != FFA_MEM_FRAG_TX) {
		return;
	}
	if (answer->a0 == FFA_SUCCESS) {
		gate_remember_cookie(ffa_handle((uint32_t)answer->a2, (uint32_t)answer->a3));
	} else if (answer->a0 == FFA_MEM_FRAG_RX) {
		gate_remember_cookie(ffa_handle((uint32_t)answer->a1, (uint32_t)answer->a2));
	}
}

void gate_smc(struct smc_regs *regs)
{
	uint64_t function = regs->a0;

	count++;
	if (event != NULL && count == event_number) {
		event(event_arg);
	}
	if (dead) {
		regs->a0 = SMC_ENOTAVAIL;
		return;
	}
	cookie_look(regs);
	task_time_pass(SWITCH_NS);
	tee_enter(regs);
	handle_look(function, regs);
	if (exit_call != NULL) {
		exit_call(exit_arg);
	}
	if (function == SMC_EXCHANGE_CAPABILITIES && regs->a0 == SMC_OK) {
		regs->a1 &= ~(uint64_t)hidden;
		if ((hidden & SMC_SEC_CAP_RPC_ARG) != 0) {
			regs->a3 &= ~(uint64_t)SMC_SEC_CAP_RPC_PARAMS_MASK;
		}
	}
}
