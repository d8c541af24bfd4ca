/* gate.h - the world switch of the simulation (gate.c) and what a scenario may do to it. */
#ifndef SIM_GATE_H
#define SIM_GATE_H

#include <stdint.h>

/* Capabilities as the secure world has them, and no secure world missing. */
void gate_begin(void);

/* A secure world of another age: these capability bits are not seen by the normal world. */
void gate_hide_capabilities(uint32_t bits);

/* From now on there is no secure world any more; or there is again, as it was. */
void gate_die(void);
void gate_revive(void);

/* World switches so far, and what happens just before switch number `number` (from 1 on). */
uint64_t gate_count(void);
void gate_at(uint64_t number, void (*happen)(void *arg), void *arg);

/* The cookies that REGISTER_SHM messages named so far, and the handles of FF-A, for a normal world that has lost count. */
#define GATE_COOKIES_MAX 1024u
void gate_remember_cookie(uint64_t cookie);
unsigned int gate_cookies(const uint64_t **cookies);

/* Called each time the secure world is left, before the normal world sees anything. NULL:
 * nobody. */
void gate_on_exit(void (*leave)(void *arg), void *arg);

#endif
