/* __tee_udpsocket_defines.h - numbers of UDP sockets. */
#ifndef __TEE_UDPSOCKET_DEFINES_H
#define __TEE_UDPSOCKET_DEFINES_H

#define TEE_ISOCKET_PROTOCOLID_UDP 0x66

#define TEE_ISOCKET_UDP_WARNING_UNKNOWN_OUT_OF_BAND 0xF1020002

/* A host's name or address; a uint16_t of the machine's byte order. */
#define TEE_UDP_CHANGEADDR 0x66000001
#define TEE_UDP_CHANGEPORT 0x66000002

#endif
