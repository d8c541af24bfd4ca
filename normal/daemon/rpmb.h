/* rpmb.h - the emulated RPMB devices that the driver has. */
#ifndef NORMAL_DAEMON_RPMB_H
#define NORMAL_DAEMON_RPMB_H

#include "normal/daemon/options.h"
#include "normal/driver/driver.h"

/* Open those that the command line describes and attach them. Before any client comes. Does not
 * return when one cannot be had. */
void rpmb_attach(struct driver *driver, const struct options *options);
/* After the driver's end. */
void rpmb_close(void);

#endif
