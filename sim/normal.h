/* normal.h - normal memory as the secure world sees it, and somebody who changes it meanwhile.
 *
 * What port_normal_map() gives out cannot be touched: an access that is not port_normal_read() or
 * port_normal_write() stops the simulation at once. */
#ifndef SIM_NORMAL_H
#define SIM_NORMAL_H

#include <stddef.h>
#include <stdint.h>

void normal_begin(void);

/* Mappings alive. */
size_t normal_mappings(void);

struct normal_read {
	unsigned int index; /* counts reads since normal_begin() */
	const void *from;   /* in a mapping */
	uint8_t *copy;	    /* what the secure world is about to believe */
	size_t size;
};

/* Looks on after each read and write, and may change `copy`, or what lies in memory. */
struct normal_observer {
	void (*read)(void *arg, const struct normal_read *read);
	void (*write)(void *arg, const void *to, size_t size);
	void *arg;
};

/* NULL: nobody looks on. */
void normal_observe(const struct normal_observer *observer);

/* The byte that the secure world sees at `address`, which is in a mapping. */
uint8_t *normal_byte(const void *address);

#endif
