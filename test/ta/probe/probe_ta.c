/* probe_ta.c - tries what is forbidden, past the library. */
#include <compiler.h>
#include <tee_internal_api.h>
#include <utee_syscalls.h>
#include <util.h>

#include "host_call.h"
#include "probe_ta.h"

#define PAGE_SIZE 4096u

/* Where PROBE_REMEMBER's client had its memory. */
static volatile unsigned char *remembered;

static const char constant[] = "constant";

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **context)
{
	(void)params;
	(void)context;
	return types == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

void TA_CloseSessionEntryPoint(void *context)
{
	(void)context;
}

static TEE_Result alive(TEE_Param params[TEE_NUM_PARAMS])
{
	(void)params;
	return TEE_SUCCESS;
}

static TEE_Result remember(TEE_Param params[TEE_NUM_PARAMS])
{
	uint64_t address;

	if (params[0].memref.size < sizeof(address)) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	remembered = params[0].memref.buffer;
	address = (uintptr_t)remembered;
	TEE_MemMove(params[0].memref.buffer, &address, sizeof(address));
	return TEE_SUCCESS;
}

/* --- The host's system calls ------------------------------------------------------------------ */

/* What the kernel said; a number below 0 is an error. */
static TEE_Result outcome(TEE_Param params[TEE_NUM_PARAMS], long result)
{
	if (result >= 0) {
		EMSG("a forbidden call returned %ld", result);
		return TEE_SUCCESS;
	}
	params[0].value.b = (uint32_t)-result;
	return TEE_ERROR_ACCESS_DENIED;
}

static TEE_Result open_file(TEE_Param params[TEE_NUM_PARAMS])
{
	return outcome(params,
		       host_call(HOST_OPENAT, HOST_AT_FDCWD, (long)"/proc/self/maps", 0, 0));
}

static TEE_Result fork_process(TEE_Param params[TEE_NUM_PARAMS])
{
	/* SIGCHLD: what fork() is made of. */
	return outcome(params, host_call(HOST_CLONE, 17, 0, 0, 0));
}

static TEE_Result clone_thread(TEE_Param params[TEE_NUM_PARAMS])
{
	/* Of this memory, these files, these handlers, this process; with a stack that is none, so
	 * that the thread dies at once should there be one. */
	return outcome(params, host_call(HOST_CLONE, 0x100 | 0x400 | 0x800 | 0x10000, 64, 0, 0));
}

static TEE_Result execute(TEE_Param params[TEE_NUM_PARAMS])
{
	const char *const arguments[] = { "/bin/true", NULL };

	return outcome(params, host_call(HOST_EXECVE, (long)arguments[0], (long)arguments, 0, 0));
}

static TEE_Result socket(TEE_Param params[TEE_NUM_PARAMS])
{
	/* AF_UNIX, SOCK_STREAM. */
	return outcome(params, host_call(HOST_SOCKET, 1, 1, 0, 0));
}

static TEE_Result kill_parent(TEE_Param params[TEE_NUM_PARAMS])
{
	return outcome(params, host_call(HOST_KILL, host_call(HOST_GETPPID, 0, 0, 0, 0), 0, 0, 0));
}

static TEE_Result trace_parent(TEE_Param params[TEE_NUM_PARAMS])
{
	/* PTRACE_ATTACH. */
	return outcome(params,
		       host_call(HOST_PTRACE, 16, host_call(HOST_GETPPID, 0, 0, 0, 0), 0, 0));
}

static TEE_Result read_parent(TEE_Param params[TEE_NUM_PARAMS])
{
	unsigned char byte;
	struct host_piece here = { &byte, 1 };
	struct host_piece there = { (void *)(uintptr_t)alive, 1 };

	return outcome(params, host_call(HOST_PROCESS_VM_READV, host_call(HOST_GETPPID, 0, 0, 0, 0),
					 (long)&here, 1, (long)&there));
}

static TEE_Result read_clock(TEE_Param params[TEE_NUM_PARAMS])
{
	long time[2];

	return outcome(params, host_call(HOST_CLOCK_GETTIME, 0, (long)time, 0, 0));
}

static TEE_Result get_random(TEE_Param params[TEE_NUM_PARAMS])
{
	unsigned char byte;

	return outcome(params, host_call(HOST_GETRANDOM, (long)&byte, 1, 0, 0));
}

static TEE_Result map_executable(TEE_Param params[TEE_NUM_PARAMS])
{
	/* Readable, writable, executable; private, anonymous. */
	return outcome(params, host_call(HOST_MMAP, 0, PAGE_SIZE, 7, 0x22));
}

static TEE_Result duplicate_files(TEE_Param params[TEE_NUM_PARAMS])
{
	/* Whatever file there is: three is more than none. */
	return outcome(params, host_call(HOST_DUP, 3, 0, 0, 0));
}

static TEE_Result write_file_1(TEE_Param params[TEE_NUM_PARAMS])
{
	return outcome(params, host_call(HOST_WRITE, 1, (long)"escaped\n", 8, 0));
}

static TEE_Result signal_action(TEE_Param params[TEE_NUM_PARAMS])
{
	long action[4] = { 0 };

	/* SIGUSR1, and the size of a set of signals. */
	return outcome(params, host_call(HOST_RT_SIGACTION, 10, (long)action, 0, 8));
}

static TEE_Result io_uring(TEE_Param params[TEE_NUM_PARAMS])
{
	unsigned char parameters[256] = { 0 };

	return outcome(params, host_call(HOST_IO_URING_SETUP, 1, (long)parameters, 0, 0));
}

/* --- Memory ----------------------------------------------------------------------------------- */

static volatile unsigned char *address_of(const TEE_Param *param)
{
	return (volatile unsigned char *)(uintptr_t)reg_pair_to_64(param->value.b, param->value.a);
}

static TEE_Result peek(TEE_Param params[TEE_NUM_PARAMS])
{
	params[0].value.a = *address_of(&params[0]);
	return TEE_SUCCESS;
}

static TEE_Result poke(TEE_Param params[TEE_NUM_PARAMS])
{
	*address_of(&params[0]) = 0x5a;
	return TEE_SUCCESS;
}

static TEE_Result peek_remembered(TEE_Param params[TEE_NUM_PARAMS])
{
	params[0].value.a = *remembered;
	return TEE_SUCCESS;
}

static TEE_Result poke_remembered(TEE_Param params[TEE_NUM_PARAMS])
{
	(void)params;
	*remembered = 0x5a;
	return TEE_SUCCESS;
}

static TEE_Result write_own_code(TEE_Param params[TEE_NUM_PARAMS])
{
	volatile unsigned char *code = (volatile unsigned char *)(uintptr_t)alive;

	(void)params;
	*code = *code;
	return TEE_SUCCESS;
}

static TEE_Result execute_own_data(TEE_Param params[TEE_NUM_PARAMS])
{
	(void)params;
	((void (*)(void))(uintptr_t)return_code)();
	return TEE_SUCCESS;
}

static TEE_Result write_constant(TEE_Param params[TEE_NUM_PARAMS])
{
	(void)params;
	*(volatile char *)(uintptr_t)constant = 'C';
	return TEE_SUCCESS;
}

static unsigned int deep(unsigned int depth)
{
	volatile unsigned char frame[512];

	frame[0] = (unsigned char)depth;
	return depth == 0 ? frame[0] : deep(depth - 1) + frame[0];
}

static TEE_Result exhaust_stack(TEE_Param params[TEE_NUM_PARAMS])
{
	params[0].value.b = deep(1u << 20);
	return TEE_SUCCESS;
}

static TEE_Result write_input(TEE_Param params[TEE_NUM_PARAMS])
{
	*(volatile unsigned char *)params[0].memref.buffer = 0x5a;
	return TEE_SUCCESS;
}

static TEE_Result read_behind(TEE_Param params[TEE_NUM_PARAMS])
{
	uintptr_t end = (uintptr_t)params[0].memref.buffer + params[0].memref.size;

	(void)*(volatile unsigned char *)ROUNDUP2(end, PAGE_SIZE);
	return TEE_SUCCESS;
}

/* --- The TEE's system calls ------------------------------------------------------------------- */

static TEE_Result bad_syscall(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Time *nowhere = (TEE_Time *)64;

	params[0].value.b = 0;
	if (_utee_get_time(UTEE_TIME_CAT_SYSTEM, nowhere) == TEE_SUCCESS ||
	    _utee_get_time(99, nowhere) == TEE_SUCCESS ||
	    _utee_storage_obj_read(0xdeadbeef, nowhere, 1, (void *)nowhere) == TEE_SUCCESS ||
	    _utee_get_property(99, 99, nowhere, NULL, NULL, NULL, NULL) == TEE_SUCCESS) {
		return TEE_SUCCESS;
	}
	return TEE_ERROR_ACCESS_DENIED;
}

/* --- Commands --------------------------------------------------------------------------------- */

#define VALUE TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, 0, 0, 0)
#define INPUT TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0)
#define INOUT TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0, 0)

static const struct {
	uint32_t types;
	TEE_Result (*run)(TEE_Param params[TEE_NUM_PARAMS]);
} commands[PROBE_COUNT] = {
	[PROBE_ALIVE] = { 0, alive },
	[PROBE_REMEMBER] = { INOUT, remember },
	[PROBE_OPEN_FILE] = { VALUE, open_file },
	[PROBE_FORK] = { VALUE, fork_process },
	[PROBE_CLONE_THREAD] = { VALUE, clone_thread },
	[PROBE_EXECUTE] = { VALUE, execute },
	[PROBE_SOCKET] = { VALUE, socket },
	[PROBE_KILL_PARENT] = { VALUE, kill_parent },
	[PROBE_TRACE_PARENT] = { VALUE, trace_parent },
	[PROBE_READ_PARENT] = { VALUE, read_parent },
	[PROBE_READ_CLOCK] = { VALUE, read_clock },
	[PROBE_GET_RANDOM] = { VALUE, get_random },
	[PROBE_MAP_EXECUTABLE] = { VALUE, map_executable },
	[PROBE_DUPLICATE_FILES] = { VALUE, duplicate_files },
	[PROBE_WRITE_FILE_1] = { VALUE, write_file_1 },
	[PROBE_SIGNAL_ACTION] = { VALUE, signal_action },
	[PROBE_IO_URING] = { VALUE, io_uring },
	[PROBE_PEEK] = { VALUE, peek },
	[PROBE_POKE] = { VALUE, poke },
	[PROBE_PEEK_REMEMBERED] = { VALUE, peek_remembered },
	[PROBE_POKE_REMEMBERED] = { VALUE, poke_remembered },
	[PROBE_WRITE_OWN_CODE] = { VALUE, write_own_code },
	[PROBE_EXECUTE_OWN_DATA] = { VALUE, execute_own_data },
	[PROBE_WRITE_CONSTANT] = { VALUE, write_constant },
	[PROBE_EXHAUST_STACK] = { VALUE, exhaust_stack },
	[PROBE_WRITE_INPUT] = { INPUT, write_input },
	[PROBE_READ_BEHIND] = { INPUT, read_behind },
	[PROBE_BAD_SYSCALL] = { VALUE, bad_syscall },
};

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	(void)context;
	if (command >= PROBE_COUNT) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (types != commands[command].types) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return commands[command].run(params);
}
