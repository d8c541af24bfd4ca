/* gp.h - the GlobalPlatform types that the secure kernel and the tools use.
 *
 * A TA has the dev kit's tee_api_types.h instead; never include both. */

#ifndef ABI_GP_H
#define ABI_GP_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/tee_api_defines.h"

typedef uint32_t TEE_Result;

/* As it lies in memory. On the wire it is mostly 16 octets of RFC 4122, in
 * which the first three fields are big-endian: lib/uuid.h turns one into the
 * other. */
typedef struct {
	uint32_t timeLow;
	uint16_t timeMid;
	uint16_t timeHiAndVersion;
	uint8_t clockSeqAndNode[8];
} TEE_UUID;

static_assert(sizeof(TEE_UUID) == 16, "TEE_UUID");
static_assert(offsetof(TEE_UUID, timeLow) == 0, "timeLow");
static_assert(offsetof(TEE_UUID, timeMid) == 4, "timeMid");
static_assert(offsetof(TEE_UUID, timeHiAndVersion) == 6, "timeHiAndVersion");
static_assert(offsetof(TEE_UUID, clockSeqAndNode) == 8, "clockSeqAndNode");

typedef struct {
	uint32_t login;
	TEE_UUID uuid;
} TEE_Identity;

static_assert(sizeof(TEE_Identity) == 20, "TEE_Identity");
static_assert(offsetof(TEE_Identity, login) == 0, "login");
static_assert(offsetof(TEE_Identity, uuid) == 4, "uuid");

typedef struct {
	uint32_t seconds;
	uint32_t millis;
} TEE_Time;

static_assert(sizeof(TEE_Time) == 8, "TEE_Time");
static_assert(offsetof(TEE_Time, seconds) == 0, "seconds");
static_assert(offsetof(TEE_Time, millis) == 4, "millis");

#endif
