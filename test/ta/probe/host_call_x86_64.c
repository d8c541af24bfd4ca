#include "host_call.h"

unsigned char return_code[16] __attribute__((aligned(16))) = { 0xc3 };

static const long numbers[HOST_CALL_COUNT] = {
	[HOST_OPENAT] = 257,
	[HOST_CLONE] = 56,
	[HOST_EXECVE] = 59,
	[HOST_SOCKET] = 41,
	[HOST_KILL] = 62,
	[HOST_GETPPID] = 110,
	[HOST_PTRACE] = 101,
	[HOST_PROCESS_VM_READV] = 310,
	[HOST_CLOCK_GETTIME] = 228,
	[HOST_GETRANDOM] = 318,
	[HOST_MMAP] = 9,
	[HOST_DUP] = 32,
	[HOST_WRITE] = 1,
	[HOST_RT_SIGACTION] = 13,
	[HOST_IO_URING_SETUP] = 425,
};

long host_call(enum host_call_name name, long a, long b, long c, long d)
{
	register long fourth __asm__("r10") = d;
	register long fifth __asm__("r8") = 1;
	register long sixth __asm__("r9") = 0;
	long result = numbers[name];

	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
			 : "rcx", "r11", "memory");
	return result;
}
