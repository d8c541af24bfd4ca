#include "secure/tee/ta_client.h"

#include "abi/syscall.h"
#include "secure/core/check.h"
#include "secure/core/space.h"
#include "secure/tee/instance.h"
#include "secure/tee/param.h"
#include "secure/tee/session.h"

/* Places in the calling TA that get the answer. They are checked before the call is made; while it
 * lasts no other thread uses the space, so what was good then still is. */
static TEE_Result answer_check(struct space *space, uint64_t address, size_t size)
{
	return space_check(space, address, size, PORT_ACCESS_READ | PORT_ACCESS_WRITE, true);
}

static void answer_write(struct space *space, uint64_t address, const void *from, size_t size)
{
	check(space_copy_out_own(space, address, from, size) == TEE_SUCCESS);
}

/* A call's parameters: none at address 0. */
static TEE_Result user_params_read(struct space *space, uint64_t address, struct utee_params *user,
				   struct params *params)
{
	TEE_Result res;

	*user = (struct utee_params){ 0 };
	if (address != 0) {
		res = answer_check(space, address, sizeof(*user));
		if (res != TEE_SUCCESS) {
			return res;
		}
		check(space_copy_in_own(space, user, address, sizeof(*user)) == TEE_SUCCESS);
	}
	return params_from_user(user, space, params);
}

static void user_params_write(struct space *space, uint64_t address, struct utee_params *user,
			      const struct params *params)
{
	if (address != 0) {
		params_to_user(params, user);
		answer_write(space, address, user, sizeof(*user));
	}
}

static TEE_Result open_check(struct space *space, const uint64_t args[8])
{
	TEE_Result res = answer_check(space, args[3], sizeof(uint32_t));

	return res == TEE_SUCCESS ? answer_check(space, args[4], sizeof(uint32_t)) : res;
}

static TEE_Result request_read(const struct caller *caller, const uint64_t args[8],
			       struct session_request *request)
{
	*request = (struct session_request){
		.client = { .login = TEE_LOGIN_TRUSTED_APP, .uuid = caller->instance->uuid },
		.timeout_ms = (uint32_t)args[1],
	};
	return space_copy_in_own(caller->instance->space, &request->uuid, args[0],
				 sizeof(request->uuid));
}

/* uuid*, timeout_ms, params*, session*, origin* */
TEE_Result ta_client_sys_open(struct caller *caller, const uint64_t args[8])
{
	struct space *space = caller->instance->space;
	struct session_request request;
	struct utee_params user;
	struct params params;
	uint32_t origin;
	TEE_Result res;
	uint32_t id;

	res = open_check(space, args);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = request_read(caller, args, &request);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = user_params_read(space, args[2], &user, &params);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = session_open(&caller->instance->opened, &request, &params, &id, &origin);
	user_params_write(space, args[2], &user, &params);
	params_release(&params);
	answer_write(space, args[3], &id, sizeof(id));
	answer_write(space, args[4], &origin, sizeof(origin));
	return res;
}

/* session */
TEE_Result ta_client_sys_close(struct caller *caller, const uint64_t args[8])
{
	return session_close(&caller->instance->opened, (uint32_t)args[0]);
}

/* session, timeout_ms, command, params*, origin* */
TEE_Result ta_client_sys_invoke(struct caller *caller, const uint64_t args[8])
{
	struct space *space = caller->instance->space;
	struct utee_params user;
	struct params params;
	uint32_t origin;
	TEE_Result res;

	res = answer_check(space, args[4], sizeof(origin));
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = user_params_read(space, args[3], &user, &params);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = session_invoke(&caller->instance->opened, (uint32_t)args[0], (uint32_t)args[2],
			     (uint32_t)args[1], &params, &origin);
	user_params_write(space, args[3], &user, &params);
	params_release(&params);
	answer_write(space, args[4], &origin, sizeof(origin));
	return res;
}
