#include "secure/crypto/firmware/sha256.h"

#include <stddef.h>
#include <stdint.h>

#include <mbedtls/sha256.h>

#include "secure/core/port.h"

/* ID_AA64ISAR0_EL1. */
#define ISAR0_SHA2_SHIFT 12
#define ISAR0_FIELD	 0xF

/* What OpenSSL's assembly asks for whether it may use the instructions. It also has a way by the vector
 * registers without them, which we never take. */
#define ARMV8_SHA256 (1u << 4)
unsigned int OPENSSL_armcap_P;

void sha256_block_data_order(uint32_t state[8], const void *blocks, size_t count);
/* The same, and the vector registers are as before (sha256_aarch64.S). */
void sha256_block_in_vectors(uint32_t state[8], const void *blocks, size_t count);

void crypto_sha256_init(void)
{
	uint64_t isar0;

	__asm__("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
	if ((isar0 >> ISAR0_SHA2_SHIFT & ISAR0_FIELD) != 0) {
		OPENSSL_armcap_P = ARMV8_SHA256;
	}
}

/* The library's hook. Interrupts are off for one block: nobody else may find our values in the vector
 * registers, which are the kernel's for so long. */
int mbedtls_internal_sha256_process(mbedtls_sha256_context *context, const unsigned char block[64])
{
	uint32_t interrupts;

	if (OPENSSL_armcap_P == 0) {
		sha256_block_data_order(context->state, block, 1);
		return 0;
	}
	interrupts = port_interrupts_off();
	sha256_block_in_vectors(context->state, block, 1);
	port_interrupts_restore(interrupts);
	return 0;
}
