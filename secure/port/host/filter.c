#include "secure/port/host/filter.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static const int secure_calls[] = {
	/* Wait, and wake. */
	SCMP_SYS(futex),
	SCMP_SYS(futex_waitv),
	SCMP_SYS(sched_yield),
	/* Memory objects, theirs and ours. */
	SCMP_SYS(memfd_create),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fstat),
	SCMP_SYS(fstatfs),
	SCMP_SYS(close),
	SCMP_SYS(munmap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	/* The plug socket, the launcher, the managers of TAs. */
	SCMP_SYS(recvmsg),
	/* Entropy. */
	SCMP_SYS(getrandom),
	/* The end. */
	SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
};

static const int launcher_calls[] = {
	/* Requests, and the ends of processes. */
	SCMP_SYS(ppoll),
	SCMP_SYS(read),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(wait4),
	SCMP_SYS(kill),
	SCMP_SYS(close),
	SCMP_SYS(futex),
	SCMP_SYS(exit_group),
	/* A process for a TA. */
	SCMP_SYS(socketpair),
	SCMP_SYS(fcntl),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(clone),
	SCMP_SYS(getppid),
	SCMP_SYS(prctl),
	SCMP_SYS(prlimit64),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(dup3),
	SCMP_SYS(close_range),
	SCMP_SYS(execveat),
	/* What that process asks for besides, before its own filters are in force and after. */
	SCMP_SYS(seccomp),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(sendto),
};

static bool filter_allow(scmp_filter_ctx context, const int *calls, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (seccomp_rule_add(context, SCMP_ACT_ALLOW, calls[i], 0) != 0) {
			return false;
		}
	}
	return true;
}

/* Calls whose arguments matter. */
static bool filter_allow_some(scmp_filter_ctx context, int plug)
{
	const struct scmp_arg_cmp data_only = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp not_plug = SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)plug);
	const struct scmp_arg_cmp own = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
	const struct scmp_arg_cmp get_seals = SCMP_A1(SCMP_CMP_EQ, F_GET_SEALS);

	return seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, data_only) == 0 &&
	       seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, data_only) == 0 &&
	       seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, not_plug) == 0 &&
	       seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, own) == 0 &&
	       seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, get_seals) == 0;
}

/* Releases `context`. */
static bool filter_load(scmp_filter_ctx context, bool complete)
{
	bool loaded = complete && seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
		      seccomp_load(context) == 0;

	seccomp_release(context);
	return loaded;
}

bool filter_secure(int plug)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (context == NULL) {
		return false;
	}
	return filter_load(context, filter_allow(context, secure_calls, array_size(secure_calls)) &&
					    filter_allow_some(context, plug) &&
					    filter_extra(context));
}

bool filter_launcher(void)
{
	/* Not KILL: the TA's own filter could then not report what the TA tried. */
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_TRAP);

	if (context == NULL) {
		return false;
	}
	return filter_load(context,
			   filter_allow(context, launcher_calls, array_size(launcher_calls)) &&
				   filter_extra(context));
}
