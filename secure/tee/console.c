#include "secure/tee/console.h"

#include "secure/core/log.h"
#include "secure/core/space.h"
#include "secure/tee/instance.h"

TEE_Result console_sys_log(struct caller *caller, const uint64_t args[8])
{
	char text[CONSOLE_TEXT_MAX];
	size_t size = args[1] < sizeof(text) ? (size_t)args[1] : sizeof(text);
	TEE_Result res;

	res = space_copy_in(caller->instance->space, text, args[0], size);
	if (res == TEE_SUCCESS) {
		log_user(text, size);
	}
	return res;
}
