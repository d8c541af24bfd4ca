/* session.h - sessions with TAs, each belonging to the file that opened it. */
#ifndef NORMAL_DRIVER_SESSION_H
#define NORMAL_DRIVER_SESSION_H

#include <stdint.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "normal/driver/os.h"

struct driver_file;

/* Sessions that one file may have open. */
#define SESSIONS_MAX 4096u

struct session_list {
	struct os_mutex mutex;
	struct list sessions;
	unsigned int count;
};

void driver_sessions_init(struct session_list *list);
/* All are closed. */
void driver_sessions_destroy(struct session_list *list);

/* The ioctls; `arg` has been checked to hold its num_params. 0: the TEE's own outcome is in
 * arg->ret and arg->ret_origin. -EINVAL, -EPERM as in spec/ioctl.md; -ENOMEM; -ENODEV. */
MUST_CHECK int driver_session_open(struct driver_file *file,
				   struct tee_ioctl_open_session_arg *arg);
MUST_CHECK int driver_session_invoke(struct driver_file *file, struct tee_ioctl_invoke_arg *arg);
/* 0 whatever the TEE says; -EINVAL: not a session of this file. */
MUST_CHECK int driver_session_cancel(struct driver_file *file, uint32_t session,
				     uint32_t cancel_id);
MUST_CHECK int driver_session_close(struct driver_file *file, uint32_t session);

/* The file is gone: close what it left open, first opened first. */
void driver_sessions_close_all(struct driver_file *file);

#endif
