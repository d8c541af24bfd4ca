/* socket.h - how programs reach posternd where a kernel would offer /dev/tee0 and /dev/teepriv0.
 *
 * A TEE has a directory with three sockets: `tee0` and `teepriv0` (SOCK_SEQPACKET, this protocol)
 * and `control`. A connection is an open file: posternd speaks first (struct socket_hello), then
 * each request gets one reply. A request that blocks (RECV, a call) blocks its connection; a
 * program that wants more at once asks for another connection to the same open file
 * (SOCKET_ANOTHER). The open file is released when its last connection is gone.
 *
 * Request and reply carry the ioctl's own structure (abi/device.h) behind a header. For the ioctls
 * that take struct tee_ioctl_buf_data the bytes of the buffer itself travel, in its place. */
#ifndef ABI_SOCKET_H
#define ABI_SOCKET_H

#include <assert.h>
#include <stdint.h>

#include "abi/device.h"

#define SOCKET_MAGIC	    0x4e545350u /* "PSTN" */
#define SOCKET_VERSION	    1u
#define SOCKET_NAME_TEE	    "tee0"
#define SOCKET_NAME_TEEPRIV "teepriv0"
#define SOCKET_NAME_CONTROL "control"
/* The directory of the TEE that a program should use. */
#define SOCKET_ENVIRONMENT  "POSTERN_TEE"

/* The largest payload; a longer request is answered -EINVAL. */
#define SOCKET_PAYLOAD_MAX 4096u

struct socket_hello {
	uint32_t magic;
	uint32_t version;
	int32_t error; /* 0, or what open() would have set errno to */
	uint32_t pad;
};

/* `operation` is a TEE_IOC_* number or one of these. */
enum socket_operation {
	/* Reply: no payload, one descriptor: another connection to this open file (no hello). */
	SOCKET_ANOTHER = 1,
	/* Payload: int32_t id. What close() of a shared memory descriptor does. -EINVAL: unknown. */
	SOCKET_SHM_CLOSE = 2,
};

struct socket_request {
	uint32_t operation;
	uint32_t size; /* of the payload that follows */
};

/* Descriptors: TEE_IOC_SHM_REGISTER's request carries a memfd, sealed F_SEAL_SHRINK and F_SEAL_GROW;
 * `addr` is the offset of the first byte in it. TEE_IOC_SHM_ALLOC's reply carries a memfd to map
 * from offset 0. */
struct socket_reply {
	int32_t error; /* 0 or a negative errno value, as ioctl() would give */
	uint32_t size; /* of the payload that follows; 0 on error */
};

static_assert(sizeof(struct socket_hello) == 16, "hello");
static_assert(sizeof(struct socket_request) == 8, "request header");
static_assert(sizeof(struct socket_reply) == 8, "reply header");

#endif
