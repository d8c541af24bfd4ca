/* outside.h - the rest of what a supplicant serves: sockets whose peer sends back what it gets, one
 * plug-in, and profiles. Part of service.h. */
#ifndef SIM_OUTSIDE_H
#define SIM_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTSIDE_SOCKETS_MAX 32u
#define OUTSIDE_SOCKET_SIZE 64u

struct service_param;

struct outside {
	struct outside_socket {
		bool is_open;
		uint64_t instance;
		uint8_t bytes[OUTSIDE_SOCKET_SIZE]; /* that wait */
		size_t size;
	} sockets[OUTSIDE_SOCKETS_MAX];
	uint64_t profiles;
};

/* The one plug-in, which turns its data round; as octets. */
extern const uint8_t outside_plugin[16];

uint32_t outside_socket(struct outside *outside, struct service_param *params, unsigned int count);
uint32_t outside_plugin_invoke(struct service_param *params, unsigned int count);
uint32_t outside_profile(struct outside *outside, struct service_param *params, unsigned int count);

/* The program that answers died. */
void outside_restart(struct outside *outside);
unsigned int outside_sockets_open(const struct outside *outside);

#endif
