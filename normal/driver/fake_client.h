/* fake_client.h - programs, for tests: what a client and a supplicant do, in one line each.
 *
 * Functions return what the ioctl returned. */
#ifndef NORMAL_DRIVER_FAKE_CLIENT_H
#define NORMAL_DRIVER_FAKE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/device.h"
#include "normal/driver/driver.h"
#include "normal/driver/fake_os.h"

/* Before each test. */
int fake_setup(void **state);
#define promise(test) cmocka_unit_test_setup(test, fake_setup)

/* A driver that found the secure world of fake_secure; and the end of the test: everything has
 * to be back where it came from. */
struct driver *fake_driver(void);
void fake_driver_end(struct driver *driver);

/* Opened by process 100, user 1000, group 1000, also in 2000 and 3000. */
struct driver_file *fake_client(struct driver *driver);
struct driver_file *fake_supplicant(struct driver *driver);

/* --- A client -------------------------------------------------------------------------------- */

/* What a call answered. */
struct outcome {
	uint32_t session;
	uint32_t ret;
	uint32_t origin;
};

struct tee_ioctl_param client_value(uint64_t attr, uint64_t a, uint64_t b, uint64_t c);
struct tee_ioctl_param client_memref(uint64_t attr, int32_t id, uint64_t offset, uint64_t size);

int client_open(struct driver_file *file, uint32_t login, uint32_t data,
		struct tee_ioctl_param *params, uint32_t count, struct outcome *outcome);
int client_invoke(struct driver_file *file, uint32_t session, uint32_t func,
		  struct tee_ioctl_param *params, uint32_t count, struct outcome *outcome);
int client_cancel(struct driver_file *file, uint32_t session);
int client_close(struct driver_file *file, uint32_t session);
int client_shm_alloc(struct driver_file *file, uint64_t size, int32_t *id);
int client_shm_register(struct driver_file *file, uint64_t offset, uint64_t length, int32_t *id);
/* A session that has to open. */
uint32_t client_session(struct driver_file *file);

/* --- The supplicant -------------------------------------------------------------------------- */

#define SUPPLICANT_PARAMS_MAX 8u

/* What was received; with META the first parameter is that. */
struct taken {
	uint32_t func;
	uint32_t count;
	struct tee_ioctl_param params[SUPPLICANT_PARAMS_MAX];
};

int supplicant_receive(struct driver_file *file, uint32_t room, bool meta, struct taken *taken);
int supplicant_send(struct driver_file *file, uint32_t ret, const struct tee_ioctl_param *params,
		    uint32_t count);

/* A thread of the supplicant that takes and answers with META until it is stopped. `serve` changes
 * outputs in place, behind the first parameter, and gives the result. */
typedef uint32_t (*supplicant_serve)(struct driver_file *file, struct taken *taken);

struct supplicant_thread {
	struct driver_file *file;
	supplicant_serve serve;
	struct fake_task *task;
	unsigned int served;
};

void supplicant_start(struct supplicant_thread *thread, struct driver_file *file,
		      supplicant_serve serve);
void supplicant_stop(struct supplicant_thread *thread);

#endif
