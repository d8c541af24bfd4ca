/* supplicant.h - a supplicant as a program: it opens the driver's privileged device, receives,
 * answers and sends, with several workers where META lets it; and it may be told to lie or to
 * die.
 *
 * Its memory is given to the secure world in turn by SHM_ALLOC and by SHM_REGISTER of a range
 * that does not begin with a page. */
#ifndef SIM_SUPPLICANT_H
#define SIM_SUPPLICANT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/device.h"
#include "sim/service.h"

#define SUPPLICANT_WORKERS_MAX 4u
#define SUPPLICANT_PARAMS_MAX  (SERVICE_PARAMS_MAX + 1u)

struct driver;
struct supplicant;

/* A request, and the answer to it as it is about to be sent. `params` are without META. */
struct supplicant_answer {
	unsigned int number; /* counts requests of all its lives */
	uint32_t command;
	uint32_t operation; /* of FS */
	const struct tee_ioctl_param *asked;
	uint32_t ret;
	uint32_t num_params;
	struct tee_ioctl_param params[SERVICE_PARAMS_MAX];
};

enum supplicant_deed {
	SUPPLICANT_SEND,
	SUPPLICANT_DIE, /* instead of sending */
	SUPPLICANT_SEND_AND_DIE,
};

struct supplicant_options {
	/* Without META there is one worker, and one request at a time. */
	bool plain;
	/* Workers; 0 is 2. */
	unsigned int workers;
	/* Once dead, it stays so until supplicant_revive(). */
	bool stays_dead;
	/* Called for each answer; NULL: it is honest and immortal. */
	enum supplicant_deed (*meddle)(void *arg, struct supplicant_answer *answer);
	void *arg;
};

/* Both stay the caller's. */
struct supplicant *supplicant_start(struct driver *driver, struct service *service,
				    const struct supplicant_options *options);
/* End it in good order: it finishes what it works on. */
void supplicant_stop(struct supplicant *supplicant);
/* As kill -9: what it had taken is never answered. It comes back unless it stays dead. */
void supplicant_die(struct supplicant *supplicant);
void supplicant_revive(struct supplicant *supplicant);
/* It has its device open, and no death is on its way. */
bool supplicant_lives(const struct supplicant *supplicant);

/* The secure world was told a lie about where in its pages memory lies, as any normal world can: until the
 * next supplicant is started, what is beside memory that was lent may be written to. */
void supplicant_neighbours_forget(void);

/* Memory objects that it has given away and was not told to free. */
unsigned int supplicant_memories(const struct supplicant *supplicant);

#endif
