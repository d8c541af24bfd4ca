#include "secure/tee/rpmb_policy.h"

bool rpmb_may_program(void)
{
	return false;
}
