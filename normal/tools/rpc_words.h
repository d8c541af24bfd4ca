/* rpc_words.h - an RPC as words of a command line, made into what the diagnostic pseudo-TA is asked.
 */
#ifndef NORMAL_TOOLS_RPC_WORDS_H
#define NORMAL_TOOLS_RPC_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/pta_rpc.h"
#include "lib/bits.h"

struct rpc_words {
	struct pta_rpc_call call;
	/* Of the memory references, one after the other; freed by rpc_words_free(). */
	unsigned char *data;
	size_t data_size;
};

/* COMMAND [PARAM...]: COMMAND is a name of the table or a number. A parameter is one of
 *
 *	v:A[,B[,C]]	a value in; vo: one out; vio:A[,B[,C]]: both
 *	mi:WHAT		memory in; mo:SIZE: out; mio:WHAT: both
 *	none
 *
 * with WHAT one of SIZE (that many zeros), =TEXT (with its NUL), xHEX, @FILE, null. Some commands
 * have a shorter form, too. false: `error` says why, and there is nothing to free. */
MUST_CHECK bool rpc_words_parse(int argc, char **argv, struct rpc_words *words, char *error,
				size_t error_size);
void rpc_words_free(struct rpc_words *words);

/* The commands by name and number, for --help; NULL: there are no more. */
const char *rpc_words_name(size_t index, unsigned int *command, const char **shorthand);

/* The name of a result, or NULL. */
const char *rpc_words_result(unsigned int result);

#endif
