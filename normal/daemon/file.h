/* file.h - what struct os_file is in posternd: a descriptor. */
#ifndef NORMAL_DAEMON_FILE_H
#define NORMAL_DAEMON_FILE_H

struct os_file {
	int fd;
};

#endif
