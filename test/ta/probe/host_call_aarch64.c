#include "host_call.h"

unsigned char return_code[16] __attribute__((aligned(16))) = { 0xc0, 0x03, 0x5f, 0xd6 };

static const long numbers[HOST_CALL_COUNT] = {
	[HOST_OPENAT] = 56,	     [HOST_CLONE] = 220,
	[HOST_EXECVE] = 221,	     [HOST_SOCKET] = 198,
	[HOST_KILL] = 129,	     [HOST_GETPPID] = 173,
	[HOST_PTRACE] = 117,	     [HOST_PROCESS_VM_READV] = 270,
	[HOST_CLOCK_GETTIME] = 113,  [HOST_GETRANDOM] = 278,
	[HOST_MMAP] = 222,	     [HOST_DUP] = 23,
	[HOST_WRITE] = 64,	     [HOST_RT_SIGACTION] = 134,
	[HOST_IO_URING_SETUP] = 425,
};

long host_call(enum host_call_name name, long a, long b, long c, long d)
{
	register long number __asm__("x8") = numbers[name];
	register long result __asm__("x0") = a;
	register long second __asm__("x1") = b;
	register long third __asm__("x2") = c;
	register long fourth __asm__("x3") = d;
	register long fifth __asm__("x4") = 1;
	register long sixth __asm__("x5") = 0;

	__asm__ volatile("svc #0"
			 : "+r"(result)
			 : "r"(number), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
			 : "memory");
	return result;
}
