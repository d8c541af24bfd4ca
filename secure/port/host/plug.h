/* plug.h - memory objects come and go: the normal world's messages on the plug socket. */
#ifndef SECURE_PORT_HOST_PLUG_H
#define SECURE_PORT_HOST_PLUG_H

/* Take `fd` as the socket. */
void plug_start(int fd);

/* Take all messages that were sent before the registers that have just come in. Whatever is wrong
 * with one, it is dropped with a line in the log. No system call when there is no message. */
void plug_take(void);

#endif
