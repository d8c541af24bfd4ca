/* unistd.h */
#ifndef UNISTD_H
#define UNISTD_H

#include <stddef.h>

typedef __INTPTR_TYPE__ ssize_t;

/* Text for the log, without a prefix. `fd` is 1 or 2; any other: -1. Returns `count`. */
ssize_t write(int fd, const void *text, size_t count);

#endif
