#include "secure/tee/rpmb_policy.h"

/* For development, and for the one time when a product is made. */
bool rpmb_may_program(void)
{
	return true;
}
