#include <errno.h>
#include <string.h>

#include "abi/device.h"
#include "abi/smc.h"
#include "normal/driver/driver.h"
#include "normal/driver/file.h"
#include "normal/driver/session.h"
#include "normal/driver/shm.h"
#include "normal/driver/state.h"
#include "normal/driver/supp.h"

/* One ioctl: `argument` has a size that its line in the table allows. */
struct ioctl {
	struct driver_file *file;
	void *argument;
	size_t size;
	const struct os_file *in;
	struct os_memory *out;
};

/* Do `count` parameters and the header make up exactly the buffer? */
static bool is_exact(const struct ioctl *ioctl, size_t header, uint32_t count)
{
	return ioctl->size - header == (uint64_t)count * sizeof(struct tee_ioctl_param);
}

/* --- Both devices ---------------------------------------------------------------------------- */

static int serve_version(struct ioctl *ioctl)
{
	struct tee_ioctl_version_data *version = ioctl->argument;

	*version = (struct tee_ioctl_version_data){
		.impl_id = TEE_IMPL_ID_OPTEE,
		.impl_caps = TEE_OPTEE_CAP_TZ,
		.gen_caps = TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM,
	};
	if ((ioctl->file->driver->capabilities & SMC_SEC_CAP_MEMREF_NULL) != 0) {
		version->gen_caps |= TEE_GEN_CAP_MEMREF_NULL;
	}
	if (ioctl->file->device == DRIVER_TEEPRIV) {
		version->gen_caps |= TEE_GEN_CAP_PRIVILEGED;
	}
	return 0;
}

static int serve_shm_alloc(struct ioctl *ioctl)
{
	struct tee_ioctl_shm_alloc_data *data = ioctl->argument;

	if (data->flags != 0) {
		return -EINVAL;
	}
	return driver_shm_alloc(ioctl->file, data->size, &data->id, &ioctl->out, &data->size);
}

static int serve_shm_register(struct ioctl *ioctl)
{
	struct tee_ioctl_shm_register_data *data = ioctl->argument;

	if (data->flags != 0) {
		return -EINVAL;
	}
	return driver_shm_adopt(ioctl->file, ioctl->in, data->addr, data->length, &data->id);
}

/* --- Clients --------------------------------------------------------------------------------- */

static int serve_open_session(struct ioctl *ioctl)
{
	struct tee_ioctl_open_session_arg *arg = ioctl->argument;

	if (!is_exact(ioctl, sizeof(*arg), arg->num_params)) {
		return -EINVAL;
	}
	return driver_session_open(ioctl->file, arg);
}

static int serve_invoke(struct ioctl *ioctl)
{
	struct tee_ioctl_invoke_arg *arg = ioctl->argument;

	if (!is_exact(ioctl, sizeof(*arg), arg->num_params)) {
		return -EINVAL;
	}
	return driver_session_invoke(ioctl->file, arg);
}

static int serve_cancel(struct ioctl *ioctl)
{
	const struct tee_ioctl_cancel_arg *arg = ioctl->argument;

	return driver_session_cancel(ioctl->file, arg->session, arg->cancel_id);
}

static int serve_close_session(struct ioctl *ioctl)
{
	const struct tee_ioctl_close_session_arg *arg = ioctl->argument;

	return driver_session_close(ioctl->file, arg->session);
}

/* --- The supplicant -------------------------------------------------------------------------- */

static int serve_supp_receive(struct ioctl *ioctl)
{
	struct tee_ioctl_supp_recv_arg *arg = ioctl->argument;

	if (!is_exact(ioctl, sizeof(*arg), arg->num_params)) {
		return -EINVAL;
	}
	return driver_supp_receive(ioctl->file, arg);
}

/* The answer may be shorter than its buffer. */
static int serve_supp_send(struct ioctl *ioctl)
{
	const struct tee_ioctl_supp_send_arg *arg = ioctl->argument;

	if ((uint64_t)arg->num_params * sizeof(arg->params[0]) > ioctl->size - sizeof(*arg)) {
		return -EINVAL;
	}
	return driver_supp_send(ioctl->file, arg);
}

/* --- The table ------------------------------------------------------------------------------- */

#define ON_TEE	   (1u << DRIVER_TEE)
#define ON_TEEPRIV (1u << DRIVER_TEEPRIV)

/* What is not here is refused: SHM_REGISTER_FD takes only buffers of protected memory, of which
 * there is none, and OBJECT_INVOKE is for other TEEs. */
static const struct {
	uint32_t command;
	unsigned int devices;
	size_t size_min;
	size_t size_max;
	int (*serve)(struct ioctl *ioctl);
} table[] = {
	{ TEE_IOC_VERSION, ON_TEE | ON_TEEPRIV, sizeof(struct tee_ioctl_version_data),
	  sizeof(struct tee_ioctl_version_data), serve_version },
	{ TEE_IOC_SHM_ALLOC, ON_TEE | ON_TEEPRIV, sizeof(struct tee_ioctl_shm_alloc_data),
	  sizeof(struct tee_ioctl_shm_alloc_data), serve_shm_alloc },
	{ TEE_IOC_SHM_REGISTER, ON_TEE | ON_TEEPRIV, sizeof(struct tee_ioctl_shm_register_data),
	  sizeof(struct tee_ioctl_shm_register_data), serve_shm_register },
	{ TEE_IOC_OPEN_SESSION, ON_TEE, sizeof(struct tee_ioctl_open_session_arg), TEE_MAX_ARG_SIZE,
	  serve_open_session },
	{ TEE_IOC_INVOKE, ON_TEE, sizeof(struct tee_ioctl_invoke_arg), TEE_MAX_ARG_SIZE,
	  serve_invoke },
	{ TEE_IOC_CANCEL, ON_TEE, sizeof(struct tee_ioctl_cancel_arg),
	  sizeof(struct tee_ioctl_cancel_arg), serve_cancel },
	{ TEE_IOC_CLOSE_SESSION, ON_TEE, sizeof(struct tee_ioctl_close_session_arg),
	  sizeof(struct tee_ioctl_close_session_arg), serve_close_session },
	{ TEE_IOC_SUPPL_RECV, ON_TEEPRIV, sizeof(struct tee_ioctl_supp_recv_arg), TEE_MAX_ARG_SIZE,
	  serve_supp_receive },
	{ TEE_IOC_SUPPL_SEND, ON_TEEPRIV, sizeof(struct tee_ioctl_supp_send_arg), TEE_MAX_ARG_SIZE,
	  serve_supp_send },
};

int driver_ioctl(struct driver_file *file, uint32_t command, void *argument, size_t size,
		 const struct os_file *in, struct os_memory **out)
{
	struct ioctl ioctl = { file, argument, size, in, NULL };
	int error = -EINVAL;
	size_t i;

	*out = NULL;
	if (atomic_load(&file->driver->dead)) {
		return -ENODEV;
	}
	for (i = 0; i < array_size(table); i++) {
		if (table[i].command == command && (table[i].devices & 1u << file->device) != 0 &&
		    size >= table[i].size_min && size <= table[i].size_max) {
			error = table[i].serve(&ioctl);
		}
	}
	*out = ioctl.out;
	return error;
}
