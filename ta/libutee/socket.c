/* socket.c - GlobalPlatform's sockets, by the pseudo-TA `socket`. */
#include <stdlib.h>
#include <string.h>

#include <pta_socket.h>
#include <tee_tcpsocket.h>
#include <tee_udpsocket.h>

#include "ta/libutee/api.h"
#include "ta/libutee/system.h"

/* What bits 31:24 of a command say. */
#define COMMAND_PROTOCOL_SHIFT 24

struct socket {
	uint32_t handle;
	uint8_t protocol;
	TEE_Result error;
};

/* As both protocols have it; the compiler agrees below. */
struct setup {
	TEE_ipSocket_ipVersion version;
	char *address;
	uint16_t port;
};

_Static_assert(sizeof(struct setup) == sizeof(TEE_tcpSocket_Setup), "TCP");
_Static_assert(sizeof(struct setup) == sizeof(TEE_udpSocket_Setup), "UDP");
_Static_assert(offsetof(struct setup, port) == offsetof(TEE_tcpSocket_Setup, server_port), "TCP");
_Static_assert(offsetof(struct setup, port) == offsetof(TEE_udpSocket_Setup, server_port), "UDP");

static struct utee_service socket_service = { .uuid = PTA_SOCKET_UUID };

static TEE_Result service_open(const struct setup *setup, uint8_t protocol, uint32_t *handle)
{
	TEE_Param params[TEE_NUM_PARAMS] = { 0 };
	TEE_Result res;

	params[0].value.a = setup->version;
	params[0].value.b = setup->port;
	params[1].memref.buffer = setup->address;
	params[1].memref.size = strlen(setup->address) + 1;
	params[2].value.a = protocol;
	res = utee_service_call(
		&socket_service, PTA_SOCKET_OPEN,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_INPUT,
				TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT),
		params);
	*handle = params[3].value.a;
	return res;
}

static TEE_Result service_close(uint32_t handle)
{
	TEE_Param params[TEE_NUM_PARAMS] = { 0 };

	params[0].value.a = handle;
	return utee_service_call(&socket_service, PTA_SOCKET_CLOSE,
				 TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), params);
}

/* --- What the specification calls a protocol error ---------------------------------------------- */

static const struct {
	TEE_Result res;
	TEE_Result outer;
} protocol_errors[] = {
	{ TEE_ISOCKET_ERROR_HOSTNAME, TEE_ISOCKET_ERROR_PROTOCOL },
	{ TEE_ISOCKET_TCP_WARNING_UNKNOWN_OUT_OF_BAND, TEE_ISOCKET_WARNING_PROTOCOL },
	{ TEE_ISOCKET_UDP_WARNING_UNKNOWN_OUT_OF_BAND, TEE_ISOCKET_WARNING_PROTOCOL },
};

static TEE_Result protocol_result(TEE_Result res, uint32_t *protocolError)
{
	*protocolError = TEE_SUCCESS;
	for (size_t i = 0; i < sizeof(protocol_errors) / sizeof(protocol_errors[0]); i++) {
		if (protocol_errors[i].res == res) {
			*protocolError = res;
			return protocol_errors[i].outer;
		}
	}
	return res;
}

/* --- Every protocol ----------------------------------------------------------------------------- */

static TEE_Result socket_open(const char *function, TEE_iSocketHandle *ctx, const void *setup,
			      uint32_t *protocolError, uint8_t protocol)
{
	struct socket *socket;
	TEE_Result res;

	utee_check(function, "ctx", API_OUT, ctx, sizeof(*ctx));
	utee_check(function, "setup", API_IN, setup, sizeof(struct setup));
	utee_check(function, "protocolError", API_OUT, protocolError, sizeof(*protocolError));
	*ctx = NULL;
	*protocolError = TEE_SUCCESS;
	if (((const struct setup *)setup)->address == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	socket = calloc(1, sizeof(*socket));
	if (socket == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	socket->protocol = protocol;
	res = service_open(setup, protocol, &socket->handle);
	if (res != TEE_SUCCESS) {
		free(socket);
		return protocol_result(res, protocolError);
	}
	*ctx = socket;
	return TEE_SUCCESS;
}

static TEE_Result tcp_open(TEE_iSocketHandle *ctx, void *setup, uint32_t *protocolError)
{
	return socket_open(__func__, ctx, setup, protocolError, TEE_ISOCKET_PROTOCOLID_TCP);
}

static TEE_Result udp_open(TEE_iSocketHandle *ctx, void *setup, uint32_t *protocolError)
{
	return socket_open(__func__, ctx, setup, protocolError, TEE_ISOCKET_PROTOCOLID_UDP);
}

static TEE_Result socket_close(TEE_iSocketHandle ctx)
{
	struct socket *socket = ctx;
	TEE_Result res;

	if (socket == NULL) {
		return TEE_SUCCESS;
	}
	API_CHECK(API_INOUT, socket, sizeof(*socket));
	res = service_close(socket->handle);
	free(socket);
	return res;
}

static struct socket *socket_check(const char *function, TEE_iSocketHandle ctx, uint32_t *length,
				   enum api_use use, const void *buf)
{
	utee_check(function, "ctx", API_INOUT, ctx, sizeof(struct socket));
	utee_check(function, "length", API_INOUT, length, sizeof(*length));
	utee_check(function, "buf", use, buf, *length);
	return ctx;
}

static TEE_Result socket_send(TEE_iSocketHandle ctx, const void *buf, uint32_t *length,
			      uint32_t timeout)
{
	struct socket *socket = socket_check(__func__, ctx, length, API_IN_BUFFER, buf);
	TEE_Param params[TEE_NUM_PARAMS] = { 0 };

	params[0].value.a = socket->handle;
	params[0].value.b = timeout;
	params[1].memref.buffer = (void *)(uintptr_t)buf;
	params[1].memref.size = *length;
	socket->error = utee_service_call(&socket_service, PTA_SOCKET_SEND,
					  TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT,
							  TEE_PARAM_TYPE_MEMREF_INPUT,
							  TEE_PARAM_TYPE_VALUE_OUTPUT, 0),
					  params);
	if (socket->error == TEE_SUCCESS) {
		*length = params[2].value.a;
	}
	return socket->error;
}

static TEE_Result socket_recv(TEE_iSocketHandle ctx, void *buf, uint32_t *length, uint32_t timeout)
{
	struct socket *socket = socket_check(__func__, ctx, length, API_OUT_BUFFER, buf);
	TEE_Param params[TEE_NUM_PARAMS] = { 0 };

	params[0].value.a = socket->handle;
	params[0].value.b = timeout;
	params[1].memref.buffer = *length == 0 ? NULL : buf;
	params[1].memref.size = *length;
	socket->error = utee_service_call(
		&socket_service, PTA_SOCKET_RECV,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
		params);
	if (socket->error == TEE_SUCCESS) {
		*length = (uint32_t)params[1].memref.size;
	}
	return socket->error;
}

static uint32_t socket_error(TEE_iSocketHandle ctx)
{
	const struct socket *socket = ctx;

	API_CHECK(API_IN, socket, sizeof(*socket));
	return socket->error;
}

static const uint32_t commands[] = {
	TEE_TCP_SET_RECVBUF,
	TEE_TCP_SET_SENDBUF,
	TEE_UDP_CHANGEADDR,
	TEE_UDP_CHANGEPORT,
};

static bool command_is_of(uint32_t command, uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i] == command) {
			return command >> COMMAND_PROTOCOL_SHIFT == protocol;
		}
	}
	return false;
}

static TEE_Result socket_ioctl(TEE_iSocketHandle ctx, uint32_t commandCode, void *buf,
			       uint32_t *length)
{
	struct socket *socket = socket_check(__func__, ctx, length, API_OUT_BUFFER, buf);
	TEE_Param params[TEE_NUM_PARAMS] = { 0 };

	if (commandCode >> COMMAND_PROTOCOL_SHIFT == 0) {
		return TEE_SUCCESS;
	}
	if (!command_is_of(commandCode, socket->protocol)) {
		utee_panic(__func__, "not a command of this protocol", TEE_ERROR_BAD_PARAMETERS);
	}
	params[0].value.a = socket->handle;
	params[0].value.b = commandCode;
	params[1].memref.buffer = buf;
	params[1].memref.size = *length;
	socket->error = utee_service_call(
		&socket_service, PTA_SOCKET_IOCTL,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0),
		params);
	if (socket->error == TEE_SUCCESS) {
		*length = (uint32_t)params[1].memref.size;
	}
	return socket->error;
}

static TEE_iSocket tcp = {
	.TEE_iSocketVersion = TEE_ISOCKET_VERSION,
	.protocolID = TEE_ISOCKET_PROTOCOLID_TCP,
	.open = tcp_open,
	.close = socket_close,
	.send = socket_send,
	.recv = socket_recv,
	.error = socket_error,
	.ioctl = socket_ioctl,
};

static TEE_iSocket udp = {
	.TEE_iSocketVersion = TEE_ISOCKET_VERSION,
	.protocolID = TEE_ISOCKET_PROTOCOLID_UDP,
	.open = udp_open,
	.close = socket_close,
	.send = socket_send,
	.recv = socket_recv,
	.error = socket_error,
	.ioctl = socket_ioctl,
};

TEE_iSocket *const TEE_tcpSocket = &tcp;
TEE_iSocket *const TEE_udpSocket = &udp;
