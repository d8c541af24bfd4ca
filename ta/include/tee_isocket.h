/* tee_isocket.h - GlobalPlatform's sockets.
 *
 * Timeouts are in ms: 0 does not wait, TEE_TIMEOUT_INFINITE waits for ever. Wrong pointers panic. */
#ifndef TEE_ISOCKET_H
#define TEE_ISOCKET_H

#include <stdint.h>

#include <__tee_isocket_defines.h>
#include <tee_api_types.h>

typedef void *TEE_iSocketHandle;

typedef const struct TEE_iSocket_s {
	uint32_t TEE_iSocketVersion;
	uint8_t protocolID;
	/* `setup` is the protocol's. On failure *ctx is NULL; TEE_ISOCKET_ERROR_PROTOCOL and
	 * _WARNING_PROTOCOL have more in *protocolError. */
	TEE_Result (*open)(TEE_iSocketHandle *ctx, void *setup, uint32_t *protocolError);
	/* NULL is closed already. */
	TEE_Result (*close)(TEE_iSocketHandle ctx);
	/* *length: bytes of `buf`, then bytes sent; untouched by a failure. */
	TEE_Result (*send)(TEE_iSocketHandle ctx, const void *buf, uint32_t *length,
			   uint32_t timeout);
	/* *length: room in `buf`, then bytes received, 0 when the other side has closed; a datagram
	 * that had more says a length beyond the room. Room for none asks how much waits, and does
	 * not wait for it. Untouched by a failure. */
	TEE_Result (*recv)(TEE_iSocketHandle ctx, void *buf, uint32_t *length, uint32_t timeout);
	/* The result of the last of send, recv and ioctl. */
	uint32_t (*error)(TEE_iSocketHandle ctx);
	/* Commands of other protocols panic; those of no protocol do nothing. */
	TEE_Result (*ioctl)(TEE_iSocketHandle ctx, uint32_t commandCode, void *buf,
			    uint32_t *length);
} TEE_iSocket;

#endif
