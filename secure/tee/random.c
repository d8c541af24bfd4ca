#include "secure/tee/random.h"

#include "lib/bytes.h"
#include "secure/core/port.h"
#include "secure/core/space.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/instance.h"

#define PIECE_MAX 256u

/* The TA may make a key of them. */
struct secret_piece {
	uint8_t bytes[PIECE_MAX];
};

static TEE_Result piece_generate(struct space *space, uint64_t address, size_t size)
{
	struct secret_piece piece;
	TEE_Result res;

	crypto_random(piece.bytes, size);
	res = space_copy_out(space, address, piece.bytes, size);
	bytes_wipe(&piece, sizeof(piece));
	return res;
}

TEE_Result random_sys_generate(struct caller *caller, const uint64_t args[8])
{
	struct space *space = caller->instance->space;
	uint64_t size = args[1];
	uint64_t done = 0;
	TEE_Result res;

	/* All of it or nothing; and no more than the TA has memory for. */
	res = space_check(space, args[0], size, PORT_ACCESS_WRITE, false);
	while (res == TEE_SUCCESS && done < size) {
		size_t piece = size - done < PIECE_MAX ? (size_t)(size - done) : PIECE_MAX;

		res = piece_generate(space, args[0] + done, piece);
		done += piece;
	}
	return res;
}
