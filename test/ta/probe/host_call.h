/* host_call.h - system calls of the PC's kernel, made by a program that should not. */
#ifndef TEST_TA_PROBE_HOST_CALL_H
#define TEST_TA_PROBE_HOST_CALL_H

#define HOST_AT_FDCWD (-100)

enum host_call_name {
	HOST_OPENAT,
	HOST_CLONE,
	HOST_EXECVE,
	HOST_SOCKET,
	HOST_KILL,
	HOST_GETPPID,
	HOST_PTRACE,
	HOST_PROCESS_VM_READV,
	HOST_CLOCK_GETTIME,
	HOST_GETRANDOM,
	HOST_MMAP,
	HOST_DUP,
	HOST_WRITE,
	HOST_RT_SIGACTION,
	HOST_IO_URING_SETUP,
	HOST_CALL_COUNT,
};

/* Of process_vm_readv(). */
struct host_piece {
	void *base;
	unsigned long size;
};

/* Writable memory that returns to its caller if it can be executed. */
extern unsigned char return_code[16];

/* Returns what the kernel does: below 0 a negative errno. A fifth argument is 1, which matters to
 * process_vm_readv() alone; a sixth is 0. */
long host_call(enum host_call_name name, long a, long b, long c, long d);

#endif
