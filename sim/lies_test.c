/* Answers that lie: by a supplicant behind an honest driver, and by a driver. Every request of
 * the tour gets every lie that its shape allows, one in each world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/smc.h"
#include "lib/bits.h"
#include "sim/memory.h"
#include "sim/raw.h"
#include "sim/supplicant.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

#define SEED 40u

static const TEE_Result results[] = {
	TEE_SUCCESS,
	TEE_ERROR_GENERIC,
	TEE_ERROR_ITEM_NOT_FOUND,
	TEE_ERROR_SHORT_BUFFER,
	TEE_ERROR_OUT_OF_MEMORY,
	TEE_ERROR_COMMUNICATION,
	TEE_ERROR_TARGET_DEAD,
	1,
	0x80000000,
	0xFFFFFFFF,
};

/* What to say instead of a number that was asked for or answered. */
enum number {
	NUMBER_ZERO,
	NUMBER_ONE_LESS,
	NUMBER_ONE_MORE,
	NUMBER_PAGE_MORE,
	NUMBER_32_BITS,
	NUMBER_64_BITS,
	NUMBER_HALF,
	NUMBERS,
};

static uint64_t number(enum number lie, uint64_t truth)
{
	switch (lie) {
	case NUMBER_ZERO:
		return 0;
	case NUMBER_ONE_LESS:
		return truth - 1;
	case NUMBER_ONE_MORE:
		return truth + 1;
	case NUMBER_PAGE_MORE:
		return truth + 4096;
	case NUMBER_32_BITS:
		return 1ull << 32;
	case NUMBER_64_BITS:
		return UINT64_MAX;
	default:
		return 1ull << 63;
	}
}

/* --- The supplicant lies ---------------------------------------------------------------------- */

/* Lie number `lie` about request number `request`. After the last one `exhausted` is set. */
struct plan {
	unsigned int request;
	unsigned int lie;
	bool exhausted;
	unsigned int requests; /* that there were */
};

/* One of `count` lies of a kind: is it this one's turn? Then *index says which. */
static bool turn(unsigned int *left, unsigned int count, unsigned int *index)
{
	if (*left < count) {
		*index = *left;
		return true;
	}
	*left -= count;
	return false;
}

static bool lie_in_param(unsigned int *left, struct tee_ioctl_param *param,
			 const struct tee_ioctl_param *asked)
{
	uint64_t *words[] = { &param->a, &param->b, &param->c };
	const uint64_t truths[] = { asked->a, asked->b, asked->c };
	static const uint64_t attrs[] = { 0, 4, 8, 0xFF, 0x103 };
	unsigned int i;

	for (size_t j = 0; j < array_size(words); j++) {
		/* About what was asked, and about what was answered. */
		if (turn(left, NUMBERS, &i)) {
			*words[j] = number(i, truths[j]);
			return true;
		}
		if (turn(left, NUMBERS, &i)) {
			*words[j] = number(i, *words[j]);
			return true;
		}
	}
	if (turn(left, array_size(attrs), &i)) {
		param->attr = attrs[i];
		return true;
	}
	if (turn(left, 1, &i)) {
		param->attr |= 1ull << 40;
		return true;
	}
	return false;
}

static bool lie_told(unsigned int lie, struct supplicant_answer *answer)
{
	static const uint32_t counts[] = { 0, 1, 2, 3, 4, 5, 0x7FFFFFFF, 0xFFFFFFFF };
	unsigned int left = lie;
	unsigned int i;

	if (turn(&left, array_size(results), &i)) {
		answer->ret = results[i];
		return true;
	}
	if (turn(&left, array_size(counts), &i)) {
		answer->num_params = counts[i];
		return true;
	}
	for (i = 0; i < answer->num_params; i++) {
		if (lie_in_param(&left, &answer->params[i], &answer->asked[i])) {
			return true;
		}
	}
	return false;
}

static enum supplicant_deed supplicant_lies(void *arg, struct supplicant_answer *answer)
{
	struct plan *plan = arg;

	plan->requests++;
	if (answer->number == plan->request) {
		plan->exhausted = !lie_told(plan->lie, answer);
	}
	return SUPPLICANT_SEND;
}

/* The driver is honest and has seen all answers, so it knows all that there is: only the
 * supplicant may have lost count of its own. */
static void tour_with_lying_supplicant(struct plan *plan)
{
	const struct world_options options = {
		.supplicant = { .meddle = supplicant_lies, .arg = plan },
	};
	struct world *world = world_new(SEED, tour_scripts, &options);
	struct tour tour;

	plan->requests = 0;
	trouble_step("lie %u about the supplicant's answer %u", plan->lie, plan->request);
	tour_run(world, &tour);
	expect_equal(tour.results[TOUR_CLOSE] == TEE_SUCCESS,
		     tour.results[TOUR_OPEN] == TEE_SUCCESS);
	world_free_misled(world);
}

/* Lies about one request are not all told: every `stride`th, beginning with another each time. */
static void tell_all(struct plan *plan, unsigned int requests, unsigned int stride,
		     void (*run)(struct plan *plan))
{
	for (plan->request = 0; plan->request < requests; plan->request++) {
		plan->exhausted = false;
		for (plan->lie = plan->request % stride; !plan->exhausted; plan->lie += stride) {
			run(plan);
		}
	}
}

static void a_supplicant_may_answer_what_it_likes(void **state)
{
	struct plan plan = { .request = UINT32_MAX };

	tour_with_lying_supplicant(&plan);
	expect(plan.requests > 20);
	tell_all(&plan, plan.requests, 5, tour_with_lying_supplicant);
}

/* --- The driver lies -------------------------------------------------------------------------- */

#define FOREIGN_ADDRESS 0x1000ull

static bool lie_in_words(unsigned int *left, struct msg_param *param, const struct msg_param *asked)
{
	uint64_t *words[] = { &param->u.value.a, &param->u.value.b, &param->u.value.c };
	const uint64_t truths[] = { asked->u.value.a, asked->u.value.b, asked->u.value.c };
	static const uint64_t attrs[] = { 0,   1,     4,    8,	   0xA,	    0x20A,
					  0x6, 0x209, 0xFF, 0x10A, 0x1020A, ~0ull };
	unsigned int i;

	for (size_t j = 0; j < array_size(words); j++) {
		if (turn(left, NUMBERS, &i)) {
			*words[j] = number(i, truths[j]);
			return true;
		}
		if (turn(left, NUMBERS, &i)) {
			*words[j] = number(i, *words[j]);
			return true;
		}
	}
	if (turn(left, array_size(attrs), &i)) {
		param->attr = attrs[i];
		return true;
	}
	return false;
}

/* Of the reply that has pages: where it says they are. */
static bool lie_about_pages(unsigned int *left, struct raw_request *request)
{
	struct msg_param *param = &request->arg->params[0];
	uint64_t list = param->u.tmem.buf_ptr;
	const uint64_t addresses[] = { FOREIGN_ADDRESS, list + 8, list | 0xFFF,
				       list + (1ull << 40) };
	const uint64_t entries[] = { 0, FOREIGN_ADDRESS, list | 8, ~0ull, list };
	uint64_t *first = (void *)memory_frame(list);
	unsigned int i;

	if (request->command != RPC_CMD_SHM_ALLOC || first == NULL) {
		return false;
	}
	if (turn(left, array_size(addresses), &i)) {
		param->u.tmem.buf_ptr = addresses[i];
		return true;
	}
	if (turn(left, array_size(entries), &i)) {
		first[0] = entries[i];
		return true;
	}
	return false;
}

static bool lie_in_registers(unsigned int *left, struct smc_regs *regs)
{
	uint64_t *words[] = { &regs->a1, &regs->a2, &regs->a4, &regs->a5 };
	unsigned int i;

	for (size_t j = 0; j < array_size(words); j++) {
		if (turn(left, NUMBERS, &i)) {
			*words[j] = number(i, *words[j]);
			return true;
		}
	}
	if (turn(left, 1, &i)) {
		regs->a1 = 0;
		regs->a2 = 0;
		return true;
	}
	if (turn(left, 1, &i)) {
		regs->a4 = 0;
		regs->a5 = 0;
		return true;
	}
	return false;
}

static bool reply_lie_told(unsigned int lie, struct raw_request *request)
{
	static const uint32_t counts[] = { 0, 1, 2, 3, 4, 5, 127, 128, 0xFFFFFFFF };
	struct msg_arg *arg = request->arg;
	unsigned int left = lie;
	uint32_t params;
	unsigned int i;

	if (arg == NULL) {
		return lie_in_registers(&left, request->regs);
	}
	params = arg->num_params;
	if (turn(&left, array_size(results), &i)) {
		arg->ret = results[i];
		return true;
	}
	if (turn(&left, array_size(counts), &i)) {
		arg->num_params = counts[i];
		return true;
	}
	if (turn(&left, 1, &i)) {
		/* As if nobody had answered. */
		arg->ret = MSG_RPC_RET_PRESET;
		memcpy(arg->params, request->asked, params * sizeof(arg->params[0]));
		return true;
	}
	for (i = 0; i < params; i++) {
		if (lie_in_words(&left, &arg->params[i], &request->asked[i])) {
			return true;
		}
	}
	return lie_about_pages(&left, request);
}

static void driver_lies(void *arg, struct raw_request *request)
{
	struct plan *plan = arg;

	if (request->number == plan->request) {
		plan->exhausted = !reply_lie_told(plan->lie, request);
	}
}

static void raw_tour_with_lies(struct plan *plan, uint32_t function)
{
	const struct world_options options = { .no_driver = true };
	struct world *world = world_new(SEED, tour_scripts, &options);
	struct tour tour;

	raw_on_request(world->raw, driver_lies, plan);
	raw_call_function(world->raw, function);
	trouble_step("lie %u about the driver's answer %u", plan->lie, plan->request);
	tour_run_raw(world->raw, &tour);
	plan->requests = raw_requests(world->raw);
	world_free_hostile(world);
}

static void run_with_room(struct plan *plan)
{
	raw_tour_with_lies(plan, SMC_CALL_WITH_RPC_ARG);
}

static void run_without_room(struct plan *plan)
{
	raw_tour_with_lies(plan, SMC_CALL_WITH_ARG);
}

static void a_driver_may_answer_what_it_likes(void **state)
{
	struct plan plan = { .request = UINT32_MAX };

	run_with_room(&plan);
	expect(plan.requests > 40);
	tell_all(&plan, plan.requests, 11, run_with_room);
}

/* Calls that bring no room for requests: ALLOC and FREE come with each. */
static void a_driver_may_give_any_memory_for_requests(void **state)
{
	struct plan plan = { .request = UINT32_MAX };

	run_without_room(&plan);
	expect(plan.requests > 40);
	tell_all(&plan, plan.requests, 17, run_without_room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_supplicant_may_answer_what_it_likes),
		cmocka_unit_test(a_driver_may_answer_what_it_likes),
		cmocka_unit_test(a_driver_may_give_any_memory_for_requests),
	};

	return world_run(tests, 1);
}
