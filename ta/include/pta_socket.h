/* pta_socket.h - the pseudo-TA through which TAs have sockets; tee_isocket.h is easier. */
#ifndef PTA_SOCKET_H
#define PTA_SOCKET_H

#include <abi/pta.h>

#endif
