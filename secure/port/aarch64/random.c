#include "secure/port/aarch64/random.h"

#include <string.h>

#include "lib/bits.h"
#include "secure/core/log.h"
#include "secure/core/port.h"
#include "secure/crypto/crypto.h"
#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/lock.h"
#include "secure/port/aarch64/tree.h"

#define RNDR	   "s3_3_c2_c4_0"
#define ISAR0_RNDR 60
/* The CPU may have to gather more first. */
#define RNDR_TRIES 1000u

static bool random_has_cpu;

/* For a CPU that has no generator: a key that changes with each use, so that what was given out cannot be
 * worked out from it later. */
static uint8_t pool_key[CRYPTO_SHA256_SIZE];
static struct port_lock pool_lock;

/* false: not now. */
static bool cpu_random(uint64_t *value)
{
	uint64_t good;

	__asm__ volatile("mrs %0, " RNDR "\n\tcset %1, ne" : "=r"(*value), "=r"(good) : : "cc");
	return good != 0;
}

static void pool_stir(const void *data, size_t size)
{
	uint64_t now[2] = { arch_read("cntpct_el0"), arch_read("tpidr_el1") };
	const struct crypto_piece pieces[] = { { now, sizeof(now) }, { data, size } };

	crypto_hmac_sha256(pool_key, sizeof(pool_key), pieces, array_size(pieces), pool_key);
}

static void pool_take(uint8_t *buffer, size_t size)
{
	static const uint8_t give = 1;
	const struct crypto_piece piece = { &give, sizeof(give) };
	uint8_t block[CRYPTO_SHA256_SIZE];
	uint32_t interrupts = port_lock_take(&pool_lock);

	while (size > 0) {
		size_t part = size < sizeof(block) ? size : sizeof(block);

		crypto_hmac_sha256(pool_key, sizeof(pool_key), &piece, 1, block);
		memcpy(buffer, block, part);
		pool_stir(NULL, 0);
		buffer += part;
		size -= part;
	}
	port_lock_release(&pool_lock, interrupts);
	memset(block, 0, sizeof(block));
	__asm__ volatile("" ::"r"(block) : "memory");
}

static void cpu_take(uint8_t *buffer, size_t size)
{
	while (size > 0) {
		unsigned int tries = 0;
		uint64_t value;
		size_t part = size < sizeof(value) ? size : sizeof(value);

		while (!cpu_random(&value)) {
			if (++tries == RNDR_TRIES) {
				port_panic("the CPU gives no random numbers");
			}
		}
		memcpy(buffer, &value, part);
		buffer += part;
		size -= part;
	}
}

void port_random(void *buffer, size_t size)
{
	if (random_has_cpu) {
		cpu_take(buffer, size);
	} else {
		pool_take(buffer, size);
	}
}

void random_start(void)
{
	uint8_t seed[TREE_SEED_MAX];
	size_t size;

	random_has_cpu = arch_field(arch_read("id_aa64isar0_el1"), ISAR0_RNDR) != 0;
	if (random_has_cpu) {
		return;
	}
	size = tree_seed(seed);
	pool_stir(seed, size);
	log_error("this CPU has no random number generator: seeded with %zu bytes of the device "
		  "tree and the clock; NOT FOR PRODUCTS",
		  size);
}
