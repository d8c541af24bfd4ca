/* __tee_tcpsocket_defines_extensions.h - ioctls of TCP sockets; each takes an int. */
#ifndef __TEE_TCPSOCKET_DEFINES_EXTENSIONS_H
#define __TEE_TCPSOCKET_DEFINES_EXTENSIONS_H

#define TEE_TCP_SET_RECVBUF 0x65f00000
#define TEE_TCP_SET_SENDBUF 0x65f00001

#endif
