/* rpc.h - what the secure world asks of the normal world.
 *
 * A request is a `msg_arg` (abi/msg.h) of at most four parameters whose cmd
 * is one of RPC_CMD_*. "Kernel" requests are answered by the driver, the
 * others by the supplicant. What the supplicant does not know it answers
 * with TEE_ERROR_NOT_SUPPORTED. */

#ifndef ABI_RPC_H
#define ABI_RPC_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum rpc_cmd {
	/* VALUE_INPUT uuid octets; MEMREF_OUTPUT image, NULL to ask the size. */
	RPC_CMD_LOAD_TA = 0,
	/* MEMREF_INPUT request; MEMREF_OUTPUT response: abi/rpmb.h. */
	RPC_CMD_RPMB = 1,
	/* See enum rpc_fs. */
	RPC_CMD_FS = 2,
	/* Kernel. VALUE_OUTPUT a = seconds, b = nanoseconds. */
	RPC_CMD_GET_TIME = 3,
	/* Kernel. VALUE_INPUT a = wait or send, b = key, c = timeout in ms. */
	RPC_CMD_NOTIFICATION = 4,
	/* Kernel. VALUE_INPUT a = ms. */
	RPC_CMD_SUSPEND = 5,
	/* Kernel, with the supplicant's help for RPC_SHM_TYPE_APPL.
	 * VALUE_INPUT a = type, b = size, c = alignment; the reply replaces the
	 * parameter by a TMEM_OUTPUT (or FMEM_OUTPUT). */
	RPC_CMD_SHM_ALLOC = 6,
	/* The same. VALUE_INPUT a = type, b = cookie. */
	RPC_CMD_SHM_FREE = 7,
	/* Retired; never reuse. */
	RPC_CMD_SQL_FS = 8,
	/* VALUE_INOUT a = file id; MEMREF_INPUT native uuid; MEMREF_INPUT data. */
	RPC_CMD_GPROF = 9,
	/* See enum rpc_socket. */
	RPC_CMD_SOCKET = 10,
	/* As RPC_CMD_GPROF. */
	RPC_CMD_FTRACE = 11,
	/* See enum rpc_plugin. */
	RPC_CMD_SUPP_PLUGIN = 12,
	/* Historic. VALUE_INPUT a = sub-command, b = address, c = size. */
	RPC_CMD_BENCH_REG = 20,
	/* Kernel. VALUE_INPUT a = mode, b = adapter, c = chip; VALUE_INPUT
	 * a = flags; MEMREF_INOUT; VALUE_OUTPUT a = bytes transferred. */
	RPC_CMD_I2C_TRANSFER = 21,
	/* Kernel, where it routes RPMB. VALUE_OUTPUT a = type of memory. */
	RPC_CMD_RPMB_PROBE_RESET = 22,
	/* The same. VALUE_OUTPUT a = kind, b = capacity in 128 KiB, c = reliable
	 * write count; MEMREF_OUTPUT device id. */
	RPC_CMD_RPMB_PROBE_NEXT = 23,
	/* The same. MEMREF_INPUT frames; MEMREF_OUTPUT frames. */
	RPC_CMD_RPMB_FRAMES = 24,
};

/* The names of FS are NUL-terminated, in a memref of always this size. */
#define RPC_FS_NAME_MAX 350u

/* a of the first parameter of RPC_CMD_FS. The number of parameters has to
 * match exactly, and so has the type of a memref. */
enum rpc_fs {
	/* VALUE_INPUT; MEMREF_INPUT name; VALUE_OUTPUT a = fd. */
	RPC_FS_OPEN = 0,
	/* The same. Truncates. */
	RPC_FS_CREATE = 1,
	/* VALUE_INPUT b = fd. */
	RPC_FS_CLOSE = 2,
	/* VALUE_INPUT b = fd, c = offset; MEMREF_OUTPUT data. */
	RPC_FS_READ = 3,
	/* VALUE_INPUT b = fd, c = offset; MEMREF_INPUT data. */
	RPC_FS_WRITE = 4,
	/* VALUE_INPUT b = fd, c = length. */
	RPC_FS_TRUNCATE = 5,
	/* VALUE_INPUT; MEMREF_INPUT name. */
	RPC_FS_REMOVE = 6,
	/* VALUE_INPUT b = overwrite; MEMREF_INPUT old; MEMREF_INPUT new. */
	RPC_FS_RENAME = 7,
	/* VALUE_INPUT; MEMREF_INPUT name; VALUE_OUTPUT a = handle. */
	RPC_FS_OPENDIR = 8,
	/* VALUE_INPUT b = handle. */
	RPC_FS_CLOSEDIR = 9,
	/* VALUE_INPUT b = handle; MEMREF_OUTPUT name. */
	RPC_FS_READDIR = 10,
};

#define RPC_FS_OPERATIONS 11u

/* a of RPC_CMD_NOTIFICATION. */
enum rpc_notification {
	RPC_NOTIFICATION_WAIT = 0,
	RPC_NOTIFICATION_SEND = 1,
};

/* c of a wait: no end. */
#define RPC_NOTIFICATION_FOREVER 0u

/* a of RPC_CMD_SHM_ALLOC and RPC_CMD_SHM_FREE. */
enum rpc_shm_type {
	RPC_SHM_TYPE_APPL = 0,
	RPC_SHM_TYPE_KERNEL = 1,
	RPC_SHM_TYPE_GLOBAL = 2,
};

/* c of every RPC_CMD_SHM_ALLOC. */
#define RPC_SHM_ALIGNMENT 8u

/* The two attrs that a reply to SHM_ALLOC may carry on the SMC transport, and
 * the one of FF-A. */
#define RPC_SHM_ATTR_CONTIG    0x00Au
#define RPC_SHM_ATTR_NONCONTIG 0x20Au
#define RPC_SHM_ATTR_FMEM      0x006u

/* GPROF and FTRACE. */
#define RPC_PROFILE_FILE_NEW	0u
#define RPC_PROFILE_FILE_ID_MAX 100u
#define RPC_PROFILE_UUID_SIZE	16u

/* a of the first parameter of RPC_CMD_SOCKET; b is the TA instance. */
enum rpc_socket {
	/* VALUE_INPUT; VALUE_INPUT a = port, b = protocol, c = IP version;
	 * MEMREF_INPUT host; VALUE_OUTPUT a = handle. */
	RPC_SOCKET_OPEN = 0,
	/* VALUE_INPUT c = handle. */
	RPC_SOCKET_CLOSE = 1,
	/* VALUE_INPUT. */
	RPC_SOCKET_CLOSE_ALL = 2,
	/* VALUE_INPUT c = handle; MEMREF_INPUT; VALUE_INOUT a = timeout in,
	 * b = bytes out. */
	RPC_SOCKET_SEND = 3,
	/* VALUE_INPUT c = handle; MEMREF_OUTPUT; VALUE_INPUT a = timeout. */
	RPC_SOCKET_RECV = 4,
	/* VALUE_INPUT c = handle; MEMREF_INOUT; VALUE_INPUT a = command. */
	RPC_SOCKET_IOCTL = 5,
};

#define RPC_SOCKET_PROTOCOL_TCP 0x65u
#define RPC_SOCKET_PROTOCOL_UDP 0x66u

#define RPC_SOCKET_IP_ANY 0u
#define RPC_SOCKET_IP_V4  1u
#define RPC_SOCKET_IP_V6  2u

#define RPC_SOCKET_TIMEOUT_NONBLOCKING 0u
#define RPC_SOCKET_TIMEOUT_BLOCKING    0xFFFFFFFFu

/* RPC_SOCKET_RECV of size 0 answers how much waits, at most this. */
#define RPC_SOCKET_PEEK_MAX 4096u

#define RPC_SOCKET_TCP_SET_RECVBUF 0x65F00000u
#define RPC_SOCKET_TCP_SET_SENDBUF 0x65F00001u
#define RPC_SOCKET_UDP_CHANGEADDR  0x66000001u
#define RPC_SOCKET_UDP_CHANGEPORT  0x66000002u

#define RPC_SOCKET_ERROR_PROTOCOL	  0xF1007001u
#define RPC_SOCKET_ERROR_REMOTE_CLOSED	  0xF1007002u
#define RPC_SOCKET_ERROR_TIMEOUT	  0xF1007003u
#define RPC_SOCKET_ERROR_OUT_OF_RESOURCES 0xF1007004u
#define RPC_SOCKET_ERROR_LARGE_BUFFER	  0xF1007005u
#define RPC_SOCKET_WARNING_PROTOCOL	  0xF1007006u
#define RPC_SOCKET_ERROR_HOSTNAME	  0xF1007007u

/* a of the first parameter of RPC_CMD_SUPP_PLUGIN. The uuid octets follow as
 * four little-endian words: b and c, then a and b of the second parameter,
 * whose c is the command. Third: VALUE_INOUT a = sub-command, b = length out.
 * Fourth: MEMREF_INOUT data. */
enum rpc_plugin {
	RPC_PLUGIN_INVOKE = 0,
};

/* a of the first parameter of RPC_CMD_I2C_TRANSFER. */
enum rpc_i2c_mode {
	RPC_I2C_READ = 0,
	RPC_I2C_WRITE = 1,
};

#define RPC_I2C_FLAG_TEN_BIT (1u << 0)

/* a of RPC_CMD_RPMB_PROBE_NEXT. */
enum rpc_rpmb_kind {
	RPC_RPMB_EMMC = 0,
	RPC_RPMB_UFS = 1,
	RPC_RPMB_NVME = 2,
};

#define RPC_RPMB_CAPACITY_UNIT 0x20000u
#define RPC_RPMB_DEVICE_ID_MIN 16u

static_assert(RPC_FS_READDIR + 1 == RPC_FS_OPERATIONS, "eleven operations");

#endif
