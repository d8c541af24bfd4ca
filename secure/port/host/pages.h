/* pages.h - secure memory: each allocation is a memory object, so that it can be mapped into a TA's
 * process as well. */
#ifndef SECURE_PORT_HOST_PAGES_H
#define SECURE_PORT_HOST_PAGES_H

#include "secure/core/port.h"

int pages_descriptor(const struct port_pages *pages);
size_t pages_count(const struct port_pages *pages);

/* Keep the memory and its descriptor beyond port_pages_free(), until pages_release(). */
void pages_hold(struct port_pages *pages);
void pages_release(struct port_pages *pages);

#endif
