/* What the run-time libraries of the sanitizers ask for: to write a report, and to look after their
 * own memory and threads. They may not open a file: names for a report are looked up before. */
#include "secure/port/host/filter.h"

#include <errno.h>
#include <sanitizer/common_interface_defs.h>
#include <seccomp.h>
#include <stddef.h>

static const int extra[] = {
	SCMP_SYS(readlink),	   SCMP_SYS(readlinkat),
	SCMP_SYS(write),	   SCMP_SYS(ioctl),
	SCMP_SYS(getpid),	   SCMP_SYS(gettid),
	SCMP_SYS(sched_yield),	   SCMP_SYS(sigaltstack),
	SCMP_SYS(rt_sigaction),	   SCMP_SYS(gettimeofday),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
	SCMP_SYS(getrusage),	   SCMP_SYS(prctl),
	SCMP_SYS(mremap),	   SCMP_SYS(process_vm_readv),
};

void filter_extra_prepare(void)
{
	char name[64];

	__sanitizer_symbolize_pc(__builtin_return_address(0), "%f", name, sizeof(name));
}

bool filter_extra(void *context)
{
	for (size_t i = 0; i < array_size(extra); i++) {
		if (seccomp_rule_add(context, SCMP_ACT_ALLOW, extra[i], 0) != 0) {
			return false;
		}
	}
	/* Asked for in the middle of a report, which goes on without. */
	return seccomp_rule_add(context, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 0) == 0 &&
	       seccomp_rule_add(context, SCMP_ACT_ERRNO(EMFILE), SCMP_SYS(pipe2), 0) == 0;
}
