/* tee_udpsocket.h - GlobalPlatform's UDP sockets, each with one peer. */
#ifndef TEE_UDPSOCKET_H
#define TEE_UDPSOCKET_H

#include <stdint.h>

#include <__tee_ipsocket.h>
#include <__tee_udpsocket_defines.h>
#include <tee_isocket.h>

typedef struct TEE_udpSocket_Setup_s {
	TEE_ipSocket_ipVersion ipVersion;
	char *server_addr;
	uint16_t server_port;
} TEE_udpSocket_Setup;

extern TEE_iSocket *const TEE_udpSocket;

#endif
