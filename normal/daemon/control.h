/* control.h - the socket by which people look at a TEE and stop it.
 *
 * SOCK_STREAM; the client writes one line of JSON, {"do": "status" | "stop" | "events"}, and reads one
 * line back; {"error": "..."} says what was wrong. After "events" each further line is one event until
 * the client shuts its writing side down, which ends the stream after the events already queued. */
#ifndef NORMAL_DAEMON_CONTROL_H
#define NORMAL_DAEMON_CONTROL_H

#include "normal/daemon/options.h"
#include "normal/daemon/secure.h"
#include "normal/driver/driver.h"

#define CONTROL_CONNECTIONS_MAX 16u
#define CONTROL_LINE_MAX	1024u

void control_start(struct driver *driver, const struct options *options,
		   const struct secure *secure);

/* Take a connection from the listening socket; it is served by a thread of its own. */
void control_accept(int listener);

/* End all connections and wait until their threads are gone. */
void control_stop(void);

#endif
