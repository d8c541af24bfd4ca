/* rpc_table.h - for the tests: every RPC that there is, as a list, with who serves it and what it carries.
 *
 * What works on this list covers a new RPC when its row is added; a test says that nothing is answered
 * that has no row. An RPC whose first parameter selects among several has a row for each. */
#ifndef ABI_RPC_TABLE_H
#define ABI_RPC_TABLE_H

#include "abi/rpc.h"

/* Parameters: v, vo, vio are values in, out and both; mi, mo, mio are memrefs. */
#define RPC_SUPPLICANT_ROWS(ROW)                                                                   \
	ROW("load-ta", RPC_CMD_LOAD_TA, 0, "v mo")                                                 \
	ROW("rpmb", RPC_CMD_RPMB, 0, "mi mo")                                                      \
	ROW("fs-open", RPC_CMD_FS, RPC_FS_OPEN, "v mi vo")                                         \
	ROW("fs-create", RPC_CMD_FS, RPC_FS_CREATE, "v mi vo")                                     \
	ROW("fs-close", RPC_CMD_FS, RPC_FS_CLOSE, "v")                                             \
	ROW("fs-read", RPC_CMD_FS, RPC_FS_READ, "v mo")                                            \
	ROW("fs-write", RPC_CMD_FS, RPC_FS_WRITE, "v mi")                                          \
	ROW("fs-truncate", RPC_CMD_FS, RPC_FS_TRUNCATE, "v")                                       \
	ROW("fs-remove", RPC_CMD_FS, RPC_FS_REMOVE, "v mi")                                        \
	ROW("fs-rename", RPC_CMD_FS, RPC_FS_RENAME, "v mi mi")                                     \
	ROW("fs-opendir", RPC_CMD_FS, RPC_FS_OPENDIR, "v mi vo")                                   \
	ROW("fs-closedir", RPC_CMD_FS, RPC_FS_CLOSEDIR, "v")                                       \
	ROW("fs-readdir", RPC_CMD_FS, RPC_FS_READDIR, "v mo")                                      \
	ROW("shm-alloc", RPC_CMD_SHM_ALLOC, RPC_SHM_TYPE_APPL, "v")                                \
	ROW("shm-free", RPC_CMD_SHM_FREE, RPC_SHM_TYPE_APPL, "v")                                  \
	ROW("gprof", RPC_CMD_GPROF, 0, "vio mi mi")                                                \
	ROW("socket-open", RPC_CMD_SOCKET, RPC_SOCKET_OPEN, "v v mi vo")                           \
	ROW("socket-close", RPC_CMD_SOCKET, RPC_SOCKET_CLOSE, "v")                                 \
	ROW("socket-close-all", RPC_CMD_SOCKET, RPC_SOCKET_CLOSE_ALL, "v")                         \
	ROW("socket-send", RPC_CMD_SOCKET, RPC_SOCKET_SEND, "v mi vio")                            \
	ROW("socket-recv", RPC_CMD_SOCKET, RPC_SOCKET_RECV, "v mo v")                              \
	ROW("socket-ioctl", RPC_CMD_SOCKET, RPC_SOCKET_IOCTL, "v mio v")                           \
	ROW("ftrace", RPC_CMD_FTRACE, 0, "vio mi mi")                                              \
	ROW("plugin", RPC_CMD_SUPP_PLUGIN, RPC_PLUGIN_INVOKE, "v v vio mio")

/* Those that the driver answers at once, ... */
#define RPC_DRIVER_ROWS(ROW)                                                                       \
	ROW("get-time", RPC_CMD_GET_TIME, 0, "vo")                                                 \
	ROW("notification-send", RPC_CMD_NOTIFICATION, RPC_NOTIFICATION_SEND, "v")                 \
	ROW("i2c-transfer", RPC_CMD_I2C_TRANSFER, RPC_I2C_READ, "v v mio vo")                      \
	ROW("rpmb-probe-reset", RPC_CMD_RPMB_PROBE_RESET, 0, "vo")                                 \
	ROW("rpmb-probe-next", RPC_CMD_RPMB_PROBE_NEXT, 0, "vo mo")                                \
	ROW("rpmb-frames", RPC_CMD_RPMB_FRAMES, 0, "mi mo")

/* ... and those that it may be long about. */
#define RPC_WAITING_ROWS(ROW)                                                                      \
	ROW("notification-wait", RPC_CMD_NOTIFICATION, RPC_NOTIFICATION_WAIT, "v")                 \
	ROW("suspend", RPC_CMD_SUSPEND, 0, "v")

#endif
