/* param.h - a parameter between its three forms: of a program's ioctl, of a message, of a request.
 *
 * Types are numbered alike in all of them (TEE_IOCTL_PARAM_ATTR_TYPE_*), so the driver keeps that
 * number. Memrefs carry a reference to their memory, given back by driver_params_put(). */
#ifndef NORMAL_DRIVER_PARAM_H
#define NORMAL_DRIVER_PARAM_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/device.h"
#include "abi/msg.h"
#include "lib/bits.h"

struct driver;
struct driver_file;
struct shm;

struct param {
	uint32_t type;
	uint64_t a; /* memref: offset */
	uint64_t b; /* memref: size */
	uint64_t c;
	struct shm *shm; /* memref: NULL is no memory */
};

bool driver_param_is_output(const struct param *param);
bool driver_param_is_memref(const struct param *param);
void driver_params_put(struct param *params, uint32_t count);

/* Client to secure world and back. -EINVAL: a type or bit that is not one, memory that is not the
 * file's, or a range outside it; nothing is held then. Only outputs come back, of a memref the size
 * alone. */
MUST_CHECK int driver_params_from_client(struct driver_file *file,
					 const struct tee_ioctl_param *from, struct param *to,
					 uint32_t count);
void driver_params_to_message(const struct driver *driver, const struct param *from,
			      struct msg_param *to, uint32_t count);
void driver_params_from_message(const struct msg_param *from, struct param *to, uint32_t count);
void driver_params_to_client(const struct param *from, struct tee_ioctl_param *to, uint32_t count);

/* Secure world to supplicant and back. false: a type that is not one, an unknown cookie, or a range
 * outside its object; nothing is held then. */
MUST_CHECK bool driver_params_from_request(struct driver *driver, const struct msg_param *from,
					   struct param *to, uint32_t count);
void driver_params_to_request(const struct param *from, struct msg_param *to, uint32_t count);
struct tee_ioctl_param driver_param_to_supplicant(const struct param *from);
/* By the type that the request had: what the supplicant says of types, memory and offsets does not
 * matter. */
void driver_param_from_supplicant(const struct tee_ioctl_param *from, struct param *to);

#endif
