/* device_table.h - for the tests: what both abi/device.h and <linux/tee.h> state, as a list.
 *
 * The two cannot be included together. Each side expands the list to a table of its own, and the
 * tables are compared. What the kernel's header of some supported version lacks is not here. */

#ifndef ABI_DEVICE_TABLE_H
#define ABI_DEVICE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct device_fact {
	const char *name;
	uint64_t value;
};

/* The table of abi/device.h. */
extern const struct device_fact device_facts[];
extern const size_t device_facts_count;

#define DEVICE_VALUE(name)	   { #name, (uint64_t)(name) },
#define DEVICE_SIZE(type)	   { "sizeof " #type, sizeof(struct type) },
#define DEVICE_OFFSET(type, field) { #type "." #field, offsetof(struct type, field) },

#define DEVICE_FACTS                                                                               \
	DEVICE_VALUE(TEE_IOC_MAGIC)                                                                \
	DEVICE_VALUE(TEE_IOC_BASE)                                                                 \
	DEVICE_VALUE(TEE_IOC_VERSION)                                                              \
	DEVICE_VALUE(TEE_IOC_SHM_ALLOC)                                                            \
	DEVICE_VALUE(TEE_IOC_OPEN_SESSION)                                                         \
	DEVICE_VALUE(TEE_IOC_INVOKE)                                                               \
	DEVICE_VALUE(TEE_IOC_CANCEL)                                                               \
	DEVICE_VALUE(TEE_IOC_CLOSE_SESSION)                                                        \
	DEVICE_VALUE(TEE_IOC_SUPPL_RECV)                                                           \
	DEVICE_VALUE(TEE_IOC_SUPPL_SEND)                                                           \
	DEVICE_VALUE(TEE_IOC_SHM_REGISTER)                                                         \
	DEVICE_VALUE(TEE_GEN_CAP_GP)                                                               \
	DEVICE_VALUE(TEE_GEN_CAP_PRIVILEGED)                                                       \
	DEVICE_VALUE(TEE_GEN_CAP_REG_MEM)                                                          \
	DEVICE_VALUE(TEE_GEN_CAP_MEMREF_NULL)                                                      \
	DEVICE_VALUE(TEE_IMPL_ID_OPTEE)                                                            \
	DEVICE_VALUE(TEE_IMPL_ID_AMDTEE)                                                           \
	DEVICE_VALUE(TEE_OPTEE_CAP_TZ)                                                             \
	DEVICE_VALUE(TEE_MEMREF_NULL)                                                              \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_TYPE_NONE)                                               \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT)                                        \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT)                                       \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT)                                        \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT)                                       \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT)                                      \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT)                                       \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_TYPE_MASK)                                               \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_META)                                                    \
	DEVICE_VALUE(TEE_IOCTL_PARAM_ATTR_MASK)                                                    \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_PUBLIC)                                                       \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_USER)                                                         \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_GROUP)                                                        \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_APPLICATION)                                                  \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_USER_APPLICATION)                                             \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_GROUP_APPLICATION)                                            \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_REE_KERNEL_MIN)                                               \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_REE_KERNEL_MAX)                                               \
	DEVICE_VALUE(TEE_IOCTL_LOGIN_REE_KERNEL)                                                   \
	DEVICE_VALUE(TEE_IOCTL_UUID_LEN)                                                           \
	DEVICE_SIZE(tee_ioctl_version_data)                                                        \
	DEVICE_OFFSET(tee_ioctl_version_data, gen_caps)                                            \
	DEVICE_SIZE(tee_ioctl_shm_alloc_data)                                                      \
	DEVICE_OFFSET(tee_ioctl_shm_alloc_data, id)                                                \
	DEVICE_SIZE(tee_ioctl_shm_register_data)                                                   \
	DEVICE_OFFSET(tee_ioctl_shm_register_data, length)                                         \
	DEVICE_OFFSET(tee_ioctl_shm_register_data, id)                                             \
	DEVICE_SIZE(tee_ioctl_buf_data)                                                            \
	DEVICE_OFFSET(tee_ioctl_buf_data, buf_len)                                                 \
	DEVICE_SIZE(tee_ioctl_param)                                                               \
	DEVICE_OFFSET(tee_ioctl_param, c)                                                          \
	DEVICE_SIZE(tee_ioctl_open_session_arg)                                                    \
	DEVICE_OFFSET(tee_ioctl_open_session_arg, clnt_login)                                      \
	DEVICE_OFFSET(tee_ioctl_open_session_arg, session)                                         \
	DEVICE_OFFSET(tee_ioctl_open_session_arg, num_params)                                      \
	DEVICE_SIZE(tee_ioctl_invoke_arg)                                                          \
	DEVICE_OFFSET(tee_ioctl_invoke_arg, ret)                                                   \
	DEVICE_OFFSET(tee_ioctl_invoke_arg, num_params)                                            \
	DEVICE_SIZE(tee_ioctl_cancel_arg)                                                          \
	DEVICE_OFFSET(tee_ioctl_cancel_arg, session)                                               \
	DEVICE_SIZE(tee_ioctl_close_session_arg)

#endif
