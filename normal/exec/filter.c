#include "normal/exec/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/device.h"

/* Since Linux 5.19; not in the headers of every system that we build on. */
#define FLAG_WAIT_KILLABLE_RECV (1ul << 5)

/* Which of the 256 request numbers' types: bits 8 to 15. */
#define TYPE_MASK  0xff00u
#define TYPE_SHIFT 8

/* The half of an argument that has its least bits. */
static uint32_t low_half(size_t offset)
{
	const union {
		uint32_t word;
		uint8_t first;
	} one = { .word = 1 };

	return (uint32_t)(one.first == 1 ? offset : offset + sizeof(uint32_t));
}

size_t filter_make(const struct filter_choice *choice,
		   struct sock_filter program[FILTER_INSTRUCTIONS_MAX])
{
	/* The last two instructions are `told` and, before it, `allowed`. */
	size_t count = choice->count + 9;
	size_t allowed = count - 2;
	size_t told = count - 1;
	size_t at = 0;
	size_t i;

#define JUMP_TO(target) ((uint8_t)((target)-at - 1))
	program[at] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						   offsetof(struct seccomp_data, arch));
	at++;
	program[at] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, choice->architecture,
						   0, JUMP_TO(allowed));
	at++;
	program[at] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						   offsetof(struct seccomp_data, nr));
	at++;
	for (i = 0; i < choice->count; i++) {
		program[at] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)choice->calls[i], JUMP_TO(told), 0);
		at++;
	}
	program[at] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						   (uint32_t)choice->ioctl, 0, JUMP_TO(allowed));
	at++;
	program[at] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, low_half(offsetof(struct seccomp_data, args[1])));
	at++;
	program[at] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TYPE_MASK);
	at++;
	program[at] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						   TEE_IOC_MAGIC << TYPE_SHIFT, JUMP_TO(told), 0);
	at++;
	program[at] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (uint32_t)SECCOMP_RET_ALLOW);
	at++;
	program[at] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (uint32_t)SECCOMP_RET_USER_NOTIF);
#undef JUMP_TO
	return count;
}

int filter_install(struct sock_filter *program, size_t count)
{
	const struct sock_fprog whole = { .len = (unsigned short)count, .filter = program };
	long listener;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		return -errno;
	}
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			   SECCOMP_FILTER_FLAG_NEW_LISTENER | FLAG_WAIT_KILLABLE_RECV, &whole);
	return listener < 0 ? -errno : (int)listener;
}
