/* device.h - what a program says to /dev/tee0 and /dev/teepriv0.
 *
 * The numbers are literal: the direction bits of several are "wrong" and have
 * to stay so. Never include this together with <linux/tee.h>: it speaks of
 * the same things by the same names. */

#ifndef ABI_DEVICE_H
#define ABI_DEVICE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define TEE_IOC_MAGIC 0xA4u
#define TEE_IOC_BASE  0u

#define TEE_IOC_VERSION		0x800CA400u
#define TEE_IOC_SHM_ALLOC	0xC010A401u
#define TEE_IOC_OPEN_SESSION	0x8010A402u
#define TEE_IOC_INVOKE		0x8010A403u
#define TEE_IOC_CANCEL		0x8008A404u
#define TEE_IOC_CLOSE_SESSION	0x8004A405u
#define TEE_IOC_SUPPL_RECV	0x8010A406u
#define TEE_IOC_SUPPL_SEND	0x8010A407u
#define TEE_IOC_SHM_REGISTER_FD 0xC018A408u
#define TEE_IOC_SHM_REGISTER	0xC018A409u
#define TEE_IOC_OBJECT_INVOKE	0x8010A40Au

/* The parts of such a number. */
#define TEE_IOC_SIZE_SHIFT   16
#define TEE_IOC_SIZE_MASK    0x3FFFu
#define TEE_IOC_SIZE(number) (((number) >> TEE_IOC_SIZE_SHIFT) & TEE_IOC_SIZE_MASK)

/* buf_len at most: as kernels up to 6.12 have it, and since 6.18. */
#define TEE_MAX_ARG_SIZE       1024u
#define TEE_MAX_ARG_SIZE_LARGE 4096u

/* Parameters of one call at most, with the two that OPEN_SESSION adds. */
#define TEE_IOCTL_PARAMS_MAX	    6u
#define TEE_IOCTL_CLIENT_PARAMS_MAX 4u

/* Devices: minors 0..15 for clients, 16..31 for supplicants. */
#define TEE_DEVICES_MAX	     16u
#define TEE_MINOR_CLIENT     0u
#define TEE_MINOR_SUPPLICANT 16u

/* impl_id. */
#define TEE_IMPL_ID_OPTEE  1u
#define TEE_IMPL_ID_AMDTEE 2u
#define TEE_IMPL_ID_TSTEE  3u
#define TEE_IMPL_ID_QTEE   4u

/* impl_caps of OP-TEE. */
#define TEE_OPTEE_CAP_TZ (1u << 0)

/* gen_caps. */
#define TEE_GEN_CAP_GP		(1u << 0)
#define TEE_GEN_CAP_PRIVILEGED	(1u << 1)
#define TEE_GEN_CAP_REG_MEM	(1u << 2)
#define TEE_GEN_CAP_MEMREF_NULL (1u << 3)
#define TEE_GEN_CAP_OBJREF	(1u << 4)

/* clnt_login. The range of the kernel's own clients is refused. */
#define TEE_IOCTL_LOGIN_PUBLIC		  0u
#define TEE_IOCTL_LOGIN_USER		  1u
#define TEE_IOCTL_LOGIN_GROUP		  2u
#define TEE_IOCTL_LOGIN_APPLICATION	  4u
#define TEE_IOCTL_LOGIN_USER_APPLICATION  5u
#define TEE_IOCTL_LOGIN_GROUP_APPLICATION 6u
#define TEE_IOCTL_LOGIN_REE_KERNEL_MIN	  0x80000000u
#define TEE_IOCTL_LOGIN_REE_KERNEL_MAX	  0xBFFFFFFFu
#define TEE_IOCTL_LOGIN_REE_KERNEL	  0x80000000u

/* The namespace of the client's UUIDv5, in octets:
 * 58ac9ca0-2086-4683-a1b8-ec4bc08e01b6. The name is "uid=%x" or "gid=%x". */
#define TEE_CLIENT_UUID_NAMESPACE                                                                  \
	{                                                                                          \
		0x58, 0xAC, 0x9C, 0xA0, 0x20, 0x86, 0x46, 0x83, 0xA1, 0xB8, 0xEC, 0x4B, 0xC0,      \
			0x8E, 0x01, 0xB6,                                                          \
	}

/* attr of a parameter. Any other bit is refused. */
#define TEE_IOCTL_PARAM_ATTR_TYPE_NONE		0u
#define TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT	1u
#define TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT	2u
#define TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT	3u
#define TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT	5u
#define TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT 6u
#define TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT	7u
#define TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_INPUT	8u
#define TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_OUTPUT	9u
#define TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_INOUT	10u
#define TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_INPUT	11u
#define TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_OUTPUT 12u
#define TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_INOUT	13u
#define TEE_IOCTL_PARAM_ATTR_TYPE_MASK		0xFFu
#define TEE_IOCTL_PARAM_ATTR_META		0x100u
#define TEE_IOCTL_PARAM_ATTR_MASK		(TEE_IOCTL_PARAM_ATTR_TYPE_MASK | TEE_IOCTL_PARAM_ATTR_META)

/* What the META parameter of SUPPL_RECV and SUPPL_SEND looks like. */
#define TEE_IOCTL_PARAM_ATTR_SUPP_META                                                             \
	(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT | TEE_IOCTL_PARAM_ATTR_META)

/* c of a memref that refers to no memory. */
#define TEE_MEMREF_NULL ((uint64_t)-1)

/* clnt_uuid and uuid are octets in the order of RFC 4122. */
#define TEE_IOCTL_UUID_LEN 16u

struct tee_ioctl_version_data {
	uint32_t impl_id;
	uint32_t impl_caps;
	uint32_t gen_caps;
};

static_assert(sizeof(struct tee_ioctl_version_data) == 12, "version");
static_assert(offsetof(struct tee_ioctl_version_data, impl_id) == 0, "id");
static_assert(offsetof(struct tee_ioctl_version_data, impl_caps) == 4, "caps");
static_assert(offsetof(struct tee_ioctl_version_data, gen_caps) == 8, "caps");

struct tee_ioctl_shm_alloc_data {
	uint64_t size;
	uint32_t flags;
	int32_t id;
};

static_assert(sizeof(struct tee_ioctl_shm_alloc_data) == 16, "alloc");
static_assert(offsetof(struct tee_ioctl_shm_alloc_data, size) == 0, "size");
static_assert(offsetof(struct tee_ioctl_shm_alloc_data, flags) == 8, "flags");
static_assert(offsetof(struct tee_ioctl_shm_alloc_data, id) == 12, "id");

struct tee_ioctl_shm_register_data {
	uint64_t addr;
	uint64_t length;
	uint32_t flags;
	int32_t id;
};

static_assert(sizeof(struct tee_ioctl_shm_register_data) == 24, "register");
static_assert(offsetof(struct tee_ioctl_shm_register_data, addr) == 0, "addr");
static_assert(offsetof(struct tee_ioctl_shm_register_data, length) == 8, "length");
static_assert(offsetof(struct tee_ioctl_shm_register_data, flags) == 16, "flags");
static_assert(offsetof(struct tee_ioctl_shm_register_data, id) == 20, "id");

struct tee_ioctl_shm_register_fd_data {
	int64_t fd;
	uint64_t size;
	uint32_t flags;
	int32_t id;
};

static_assert(sizeof(struct tee_ioctl_shm_register_fd_data) == 24, "fd");
static_assert(offsetof(struct tee_ioctl_shm_register_fd_data, fd) == 0, "fd");
static_assert(offsetof(struct tee_ioctl_shm_register_fd_data, size) == 8, "size");
static_assert(offsetof(struct tee_ioctl_shm_register_fd_data, flags) == 16, "flags");
static_assert(offsetof(struct tee_ioctl_shm_register_fd_data, id) == 20, "id");

/* Where one of the variable structures below lies. */
struct tee_ioctl_buf_data {
	uint64_t buf_ptr;
	uint64_t buf_len;
};

static_assert(sizeof(struct tee_ioctl_buf_data) == 16, "buffer");
static_assert(offsetof(struct tee_ioctl_buf_data, buf_ptr) == 0, "buf_ptr");
static_assert(offsetof(struct tee_ioctl_buf_data, buf_len) == 8, "buf_len");

/* A value, or a memref: a = offset, b = size, c = id of the shared memory. */
struct tee_ioctl_param {
	uint64_t attr;
	uint64_t a;
	uint64_t b;
	uint64_t c;
};

static_assert(sizeof(struct tee_ioctl_param) == 32, "parameter");
static_assert(offsetof(struct tee_ioctl_param, attr) == 0, "attr");
static_assert(offsetof(struct tee_ioctl_param, a) == 8, "a");
static_assert(offsetof(struct tee_ioctl_param, b) == 16, "b");
static_assert(offsetof(struct tee_ioctl_param, c) == 24, "c");

struct tee_ioctl_open_session_arg {
	uint8_t uuid[TEE_IOCTL_UUID_LEN];
	uint8_t clnt_uuid[TEE_IOCTL_UUID_LEN];
	uint32_t clnt_login;
	uint32_t cancel_id;
	uint32_t session;
	uint32_t ret;
	uint32_t ret_origin;
	uint32_t num_params;
	struct tee_ioctl_param params[];
};

static_assert(sizeof(struct tee_ioctl_open_session_arg) == 56, "open");
static_assert(offsetof(struct tee_ioctl_open_session_arg, uuid) == 0, "uuid");
static_assert(offsetof(struct tee_ioctl_open_session_arg, clnt_uuid) == 16, "clnt_uuid");
static_assert(offsetof(struct tee_ioctl_open_session_arg, clnt_login) == 32, "clnt_login");
static_assert(offsetof(struct tee_ioctl_open_session_arg, cancel_id) == 36, "cancel_id");
static_assert(offsetof(struct tee_ioctl_open_session_arg, session) == 40, "session");
static_assert(offsetof(struct tee_ioctl_open_session_arg, ret) == 44, "ret");
static_assert(offsetof(struct tee_ioctl_open_session_arg, ret_origin) == 48, "ret_origin");
static_assert(offsetof(struct tee_ioctl_open_session_arg, num_params) == 52, "num_params");
static_assert(offsetof(struct tee_ioctl_open_session_arg, params) == 56, "params");

struct tee_ioctl_invoke_arg {
	uint32_t func;
	uint32_t session;
	uint32_t cancel_id;
	uint32_t ret;
	uint32_t ret_origin;
	uint32_t num_params;
	struct tee_ioctl_param params[];
};

static_assert(sizeof(struct tee_ioctl_invoke_arg) == 24, "invoke");
static_assert(offsetof(struct tee_ioctl_invoke_arg, func) == 0, "func");
static_assert(offsetof(struct tee_ioctl_invoke_arg, session) == 4, "session");
static_assert(offsetof(struct tee_ioctl_invoke_arg, cancel_id) == 8, "cancel");
static_assert(offsetof(struct tee_ioctl_invoke_arg, ret) == 12, "ret");
static_assert(offsetof(struct tee_ioctl_invoke_arg, ret_origin) == 16, "ret_origin");
static_assert(offsetof(struct tee_ioctl_invoke_arg, num_params) == 20, "num_params");
static_assert(offsetof(struct tee_ioctl_invoke_arg, params) == 24, "params");

struct tee_ioctl_cancel_arg {
	uint32_t cancel_id;
	uint32_t session;
};

static_assert(sizeof(struct tee_ioctl_cancel_arg) == 8, "cancel");
static_assert(offsetof(struct tee_ioctl_cancel_arg, cancel_id) == 0, "cancel");
static_assert(offsetof(struct tee_ioctl_cancel_arg, session) == 4, "session");

struct tee_ioctl_close_session_arg {
	uint32_t session;
};

static_assert(sizeof(struct tee_ioctl_close_session_arg) == 4, "close");
static_assert(offsetof(struct tee_ioctl_close_session_arg, session) == 0, "session");

struct tee_ioctl_supp_recv_arg {
	uint32_t func;
	uint32_t num_params;
	struct tee_ioctl_param params[];
};

static_assert(sizeof(struct tee_ioctl_supp_recv_arg) == 8, "receive");
static_assert(offsetof(struct tee_ioctl_supp_recv_arg, func) == 0, "func");
static_assert(offsetof(struct tee_ioctl_supp_recv_arg, num_params) == 4, "num_params");
static_assert(offsetof(struct tee_ioctl_supp_recv_arg, params) == 8, "params");

struct tee_ioctl_supp_send_arg {
	uint32_t ret;
	uint32_t num_params;
	struct tee_ioctl_param params[];
};

static_assert(sizeof(struct tee_ioctl_supp_send_arg) == 8, "send");
static_assert(offsetof(struct tee_ioctl_supp_send_arg, ret) == 0, "ret");
static_assert(offsetof(struct tee_ioctl_supp_send_arg, num_params) == 4, "num_params");
static_assert(offsetof(struct tee_ioctl_supp_send_arg, params) == 8, "params");

struct tee_ioctl_object_invoke_arg {
	uint64_t id;
	uint32_t op;
	uint32_t ret;
	uint32_t num_params;
	struct tee_ioctl_param params[];
};

static_assert(sizeof(struct tee_ioctl_object_invoke_arg) == 24, "object");
static_assert(offsetof(struct tee_ioctl_object_invoke_arg, id) == 0, "id");
static_assert(offsetof(struct tee_ioctl_object_invoke_arg, op) == 8, "op");
static_assert(offsetof(struct tee_ioctl_object_invoke_arg, ret) == 12, "ret");
static_assert(offsetof(struct tee_ioctl_object_invoke_arg, num_params) == 16, "num_params");
static_assert(offsetof(struct tee_ioctl_object_invoke_arg, params) == 24, "params");

#define TEE_IOCTL_PARAM_SIZE(n) (sizeof(struct tee_ioctl_param) * (n))

static_assert(TEE_IOC_SIZE(TEE_IOC_VERSION) == sizeof(struct tee_ioctl_version_data), "version");
static_assert(TEE_IOC_SIZE(TEE_IOC_SHM_ALLOC) == sizeof(struct tee_ioctl_shm_alloc_data), "alloc");
static_assert(TEE_IOC_SIZE(TEE_IOC_OPEN_SESSION) == sizeof(struct tee_ioctl_buf_data), "open");
static_assert(TEE_IOC_SIZE(TEE_IOC_INVOKE) == sizeof(struct tee_ioctl_buf_data), "invoke");
static_assert(TEE_IOC_SIZE(TEE_IOC_CANCEL) == sizeof(struct tee_ioctl_cancel_arg), "cancel");
static_assert(TEE_IOC_SIZE(TEE_IOC_CLOSE_SESSION) == sizeof(struct tee_ioctl_close_session_arg),
	      "close");
static_assert(TEE_IOC_SIZE(TEE_IOC_SUPPL_RECV) == sizeof(struct tee_ioctl_buf_data), "receive");
static_assert(TEE_IOC_SIZE(TEE_IOC_SUPPL_SEND) == sizeof(struct tee_ioctl_buf_data), "send");
static_assert(TEE_IOC_SIZE(TEE_IOC_SHM_REGISTER_FD) ==
		      sizeof(struct tee_ioctl_shm_register_fd_data),
	      "fd");
static_assert(TEE_IOC_SIZE(TEE_IOC_SHM_REGISTER) == sizeof(struct tee_ioctl_shm_register_data),
	      "register");
static_assert(TEE_IOC_SIZE(TEE_IOC_OBJECT_INVOKE) == sizeof(struct tee_ioctl_buf_data), "object");

#endif
