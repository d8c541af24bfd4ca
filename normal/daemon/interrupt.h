/* interrupt.h - the thread that hears the secure world's interrupt. */
#ifndef NORMAL_DAEMON_INTERRUPT_H
#define NORMAL_DAEMON_INTERRUPT_H

#include "lib/bits.h"
#include "normal/driver/driver.h"

/* From now on an interrupt reaches `driver`. false: no thread. */
MUST_CHECK bool interrupt_start(struct driver *driver);

/* No longer: when it returns, none is being served. Before driver_remove(). */
void interrupt_stop(void);

#endif
