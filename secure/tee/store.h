/* store.h - where TA images come from: the normal world's supplicant, by RPC LOAD_TA. */
#ifndef SECURE_TEE_STORE_H
#define SECURE_TEE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/core/port.h"

/* The most bytes an image may have. */
#define STORE_IMAGE_MAX (16u << 20)

/* An image in secure memory whose signature, digest, UUID and version were found good. `elf` lies
 * inside `pages`. */
struct store_image {
	struct port_pages *pages;
	const uint8_t *elf;
	size_t elf_size;
	uint32_t version;
};

/* Fetch and verify. On success release with store_release().
 * ITEM_NOT_FOUND: the supplicant has no such TA. SECURITY: some check failed, and a log line says
 * which. OUT_OF_MEMORY, COMMUNICATION and what else the supplicant answered. Sleeps.
 *
 * Not promised: that a version is not older than one that ran before. The version is returned, and
 * there is no storage yet that could keep the newest against rollback. */
MUST_CHECK TEE_Result store_fetch(const TEE_UUID *uuid, struct store_image *image);
void store_release(struct store_image *image);

#endif
