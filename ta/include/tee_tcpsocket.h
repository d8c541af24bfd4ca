/* tee_tcpsocket.h - GlobalPlatform's TCP sockets: clients only. */
#ifndef TEE_TCPSOCKET_H
#define TEE_TCPSOCKET_H

#include <stdint.h>

#include <__tee_ipsocket.h>
#include <__tee_tcpsocket_defines.h>
#include <__tee_tcpsocket_defines_extensions.h>
#include <tee_isocket.h>

typedef struct TEE_tcpSocket_Setup_s {
	TEE_ipSocket_ipVersion ipVersion;
	char *server_addr;
	uint16_t server_port;
} TEE_tcpSocket_Setup;

extern TEE_iSocket *const TEE_tcpSocket;

#endif
