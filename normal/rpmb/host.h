/* host.h - a host for the tests of RPMB devices: requests made and answers looked at, by the book. */
#ifndef NORMAL_RPMB_HOST_H
#define NORMAL_RPMB_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "abi/rpmb.h"
#include "lib/bits.h"

/* Whose every byte is this. */
#define HOST_KEY_BYTE	0x4b
#define HOST_NONCE_BYTE 0x6e

extern const uint8_t host_key[RPMB_KEY_MAC_SIZE];

struct rpmb_frame host_key_program(void);
struct rpmb_frame host_read_counter(void);
struct rpmb_frame host_read(uint16_t address);
struct rpmb_frame host_result_read(void);
/* `count` frames that write blocks of `fill`, `fill` + 1 ... at `address`; signed. */
void host_write(struct rpmb_frame *frames, size_t count, uint16_t address, uint32_t counter,
		uint8_t fill);
/* Sign anew, after a change. */
void host_sign(struct rpmb_frame *frames, size_t count);

uint16_t host_type(const struct rpmb_frame *frame);
uint16_t host_result(const struct rpmb_frame *frame);
uint32_t host_counter(const struct rpmb_frame *frame);
/* Is the MAC of the last one right? */
bool host_trusts(const struct rpmb_frame *frames, size_t count);

#endif
