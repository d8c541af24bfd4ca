/* pta_socket.h - the pseudo-TA through which TAs have sockets: RPC SOCKET, in order and checked.
 *
 * A session is what the supplicant knows as an instance, with handles of its own: what one TA opens
 * another cannot name. All are closed when the session is, so also when its TA dies. When that could
 * not be said, because the supplicant was gone say, it is said before the number is used again.
 *
 * What the supplicant answers is one of the results that GlobalPlatform knows for a socket, or
 * COMMUNICATION; so is any size or handle that cannot be. */
#ifndef SECURE_TEE_PTA_SOCKET_H
#define SECURE_TEE_PTA_SOCKET_H

#include "secure/tee/pta.h"

/* A host's name with its NUL. */
#define PTA_SOCKET_HOST_SIZE_MAX 256u
/* Bytes of one SEND or RECV; of more, that many are sent or received. More than any datagram has. */
#define PTA_SOCKET_TRANSFER_MAX	 0x20000u

extern const struct pta pta_socket;

#endif
