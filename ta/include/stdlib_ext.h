/* stdlib_ext.h - stdlib.h, beyond C. */
#ifndef STDLIB_EXT_H
#define STDLIB_EXT_H

/* free() that wipes first. */
void free_wipe(void *block);

#endif
