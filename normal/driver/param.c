#include "normal/driver/param.h"

#include <errno.h>

#include "abi/smc.h"
#include "normal/driver/file.h"
#include "normal/driver/shm.h"
#include "normal/driver/state.h"

/* What a parameter of each type is. */
enum shape {
	SHAPE_INVALID,
	SHAPE_NONE,
	SHAPE_VALUE,
	SHAPE_MEMREF,
};

static const struct {
	enum shape shape;
	bool input;
	bool output;
} types[] = {
	[TEE_IOCTL_PARAM_ATTR_TYPE_NONE] = { SHAPE_NONE, false, false },
	[TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT] = { SHAPE_VALUE, true, false },
	[TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT] = { SHAPE_VALUE, false, true },
	[TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT] = { SHAPE_VALUE, true, true },
	[TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT] = { SHAPE_MEMREF, true, false },
	[TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT] = { SHAPE_MEMREF, false, true },
	[TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT] = { SHAPE_MEMREF, true, true },
};

static_assert(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT == MSG_ATTR_TYPE_RMEM_INPUT, "alike");
static_assert(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT == MSG_ATTR_TYPE_RMEM_INOUT, "alike");
static_assert(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT == MSG_ATTR_TYPE_VALUE_INPUT, "alike");
static_assert(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT == MSG_ATTR_TYPE_VALUE_INOUT, "alike");

/* From the type of a memref by cookie to that of one by address. */
#define TMEM_SHIFT (MSG_ATTR_TYPE_TMEM_INPUT - MSG_ATTR_TYPE_RMEM_INPUT)

static enum shape shape_of(uint64_t type)
{
	return type < array_size(types) ? types[type].shape : SHAPE_INVALID;
}

bool driver_param_is_output(const struct param *param)
{
	return types[param->type].output;
}

bool driver_param_is_memref(const struct param *param)
{
	return types[param->type].shape == SHAPE_MEMREF;
}

void driver_params_put(struct param *params, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		driver_shm_put(params[i].shm);
		params[i].shm = NULL;
	}
}

/* --- Client and secure world ----------------------------------------------------------------- */

static int memref_from_client(struct driver_file *file, const struct tee_ioctl_param *from,
			      struct param *to)
{
	to->a = from->a;
	to->b = from->b;
	if (from->c == TEE_MEMREF_NULL) {
		return (file->driver->capabilities & SMC_SEC_CAP_MEMREF_NULL) != 0 ? 0 : -EINVAL;
	}
	to->shm = driver_shm_by_id(file, from->c);
	if (to->shm == NULL || !range_within(to->a, to->b, to->shm->size)) {
		return -EINVAL;
	}
	return 0;
}

static int param_from_client(struct driver_file *file, const struct tee_ioctl_param *from,
			     struct param *to)
{
	*to = (struct param){ .type = TEE_IOCTL_PARAM_ATTR_TYPE_NONE };
	switch (shape_of(from->attr)) {
	case SHAPE_NONE:
		return 0;
	case SHAPE_VALUE:
		to->type = (uint32_t)from->attr;
		if (types[to->type].input) {
			to->a = from->a;
			to->b = from->b;
			to->c = from->c;
		}
		return 0;
	case SHAPE_MEMREF:
		to->type = (uint32_t)from->attr;
		return memref_from_client(file, from, to);
	case SHAPE_INVALID:
		break;
	}
	return -EINVAL;
}

int driver_params_from_client(struct driver_file *file, const struct tee_ioctl_param *from,
			      struct param *to, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		int error = param_from_client(file, &from[i], &to[i]);

		if (error != 0) {
			driver_params_put(to, i + 1);
			return error;
		}
	}
	return 0;
}

void driver_params_to_message(const struct driver *driver, const struct param *from,
			      struct msg_param *to, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		to[i] = (struct msg_param){ .attr = from[i].type };
		if (driver_param_is_memref(&from[i])) {
			driver->transport->memref_out(&from[i], &to[i]);
		} else {
			to[i].u.value = (struct msg_param_value){ from[i].a, from[i].b, from[i].c };
		}
	}
}

void driver_params_from_message(const struct msg_param *from, struct param *to, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (!driver_param_is_output(&to[i])) {
			continue;
		}
		if (driver_param_is_memref(&to[i])) {
			to[i].b = from[i].u.rmem.size;
		} else {
			to[i].a = from[i].u.value.a;
			to[i].b = from[i].u.value.b;
			to[i].c = from[i].u.value.c;
		}
	}
}

void driver_params_to_client(const struct param *from, struct tee_ioctl_param *to, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (!driver_param_is_output(&from[i])) {
			continue;
		}
		to[i].b = from[i].b;
		if (!driver_param_is_memref(&from[i])) {
			to[i].a = from[i].a;
			to[i].c = from[i].c;
		}
	}
}

/* --- Secure world and supplicant ------------------------------------------------------------- */

static bool param_from_request(struct driver *driver, const struct msg_param *from,
			       struct param *to)
{
	bool by_address =
		from->attr >= MSG_ATTR_TYPE_TMEM_INPUT && from->attr <= MSG_ATTR_TYPE_TMEM_INOUT;
	uint64_t type = by_address ? from->attr - TMEM_SHIFT : from->attr;
	enum shape shape = shape_of(type);

	*to = (struct param){ .type = TEE_IOCTL_PARAM_ATTR_TYPE_NONE };
	if (shape == SHAPE_INVALID) {
		return false;
	}
	to->type = (uint32_t)type;
	if (shape == SHAPE_MEMREF) {
		return driver->transport->memref_in(driver, from, to);
	}
	if (types[type].input) {
		to->a = from->u.value.a;
		to->b = from->u.value.b;
		to->c = from->u.value.c;
	}
	return true;
}

bool driver_params_from_request(struct driver *driver, const struct msg_param *from,
				struct param *to, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (!param_from_request(driver, &from[i], &to[i])) {
			driver_params_put(to, i + 1);
			return false;
		}
	}
	return true;
}

void driver_params_to_request(const struct param *from, struct msg_param *to, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (!driver_param_is_output(&from[i])) {
			continue;
		}
		if (driver_param_is_memref(&from[i])) {
			to[i].u.rmem.size = from[i].b;
		} else {
			to[i].u.value = (struct msg_param_value){ from[i].a, from[i].b, from[i].c };
		}
	}
}

struct tee_ioctl_param driver_param_to_supplicant(const struct param *from)
{
	struct tee_ioctl_param to = { .attr = from->type };

	if (!types[from->type].input && !driver_param_is_memref(from)) {
		return to;
	}
	to.a = from->a;
	to.b = from->b;
	to.c = from->c;
	if (driver_param_is_memref(from)) {
		to.c = from->shm != NULL ? (uint64_t)(int64_t)from->shm->id : TEE_MEMREF_NULL;
	}
	return to;
}

void driver_param_from_supplicant(const struct tee_ioctl_param *from, struct param *to)
{
	if (!driver_param_is_output(to)) {
		return;
	}
	to->b = from->b;
	if (!driver_param_is_memref(to)) {
		to->a = from->a;
		to->c = from->c;
	}
}
