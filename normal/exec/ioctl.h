/* ioctl.h - the ioctls of a TEE device, carried between a program and posternd. */
#ifndef NORMAL_EXEC_IOCTL_H
#define NORMAL_EXEC_IOCTL_H

#include "normal/exec/notice.h"

/* Answer an ioctl() whose request is of TEE_IOC_MAGIC. May sleep as long as the call does. One on a
 * descriptor that is not ours is the kernel's. */
void ioctl_serve(const struct notice *notice);

#endif
