#include "secure/port/host/filter.h"

void filter_extra_prepare(void)
{
}

bool filter_extra(void *context)
{
	(void)context;
	return true;
}
