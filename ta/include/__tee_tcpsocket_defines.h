/* __tee_tcpsocket_defines.h - numbers of TCP sockets. */
#ifndef __TEE_TCPSOCKET_DEFINES_H
#define __TEE_TCPSOCKET_DEFINES_H

#define TEE_ISOCKET_PROTOCOLID_TCP 0x65

#define TEE_ISOCKET_TCP_WARNING_UNKNOWN_OUT_OF_BAND 0xF1010002

#endif
