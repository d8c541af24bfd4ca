/* strings.h */
#ifndef STRINGS_H
#define STRINGS_H

#include <stddef.h>

int bcmp(const void *a, const void *b, size_t size);

#endif
