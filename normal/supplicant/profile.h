/* profile.h - where TAs' profiles and function traces go: files named by the TA.
 *
 * DIRECTORY/gmon-UUID.out and DIRECTORY/ftrace-UUID.out; the second file of a TA is UUID.1.out, and so
 * on. A file that is not this user's own regular file is never written to. */
#ifndef NORMAL_SUPPLICANT_PROFILE_H
#define NORMAL_SUPPLICANT_PROFILE_H

#include "normal/supplicant/request.h"

#define PROFILE_DIRECTORY "/tmp"

/* RPC_CMD_GPROF and RPC_CMD_FTRACE: VALUE_INOUT a = file, 0 for a new one, whose number (1 to
 * RPC_PROFILE_FILE_ID_MAX) is answered; MEMREF_INPUT the TA's UUID as it lies in memory; MEMREF_INPUT what is
 * added to the file. BAD_PARAMETERS: wrong shape, or no such number. GENERIC: the file cannot be written, or
 * all numbers are taken. */
request_serve profile_serve_gprof;
request_serve profile_serve_ftrace;

#endif
