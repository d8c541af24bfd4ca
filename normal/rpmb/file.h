/* file.h - an emulated RPMB device that is kept in a file.
 *
 * A description is the file's name and options, separated by commas:
 *
 *   PATH[,size=N][,rel=N][,cid=HEX][,no-sync][,fault=KIND@N]...
 *
 * size, rel and cid are those of a device that is made anew; a file that is there already has its
 * own, which they may only repeat. Each fault happens in the Nth exchange after opening; KIND is
 * lose-request, lose-answer, replay, fail, cut-before or cut-after (device.h). */
#ifndef NORMAL_RPMB_FILE_H
#define NORMAL_RPMB_FILE_H

#include "lib/bits.h"
#include "normal/rpmb/device.h"

#define RPMB_SIZE_MULT_DEFAULT 1u
#define RPMB_REL_WR_DEFAULT    1u

struct rpmb_file;

/* Open, or make, the device that is described. NULL: why not is in `why`. One program at a time has
 * a file open: PATH.lock says so. */
struct rpmb_file *rpmb_file_open(const char *description, char *why, size_t why_size);
void rpmb_file_close(struct rpmb_file *file);

struct rpmb_device *rpmb_file_device(const struct rpmb_file *file);

#endif
