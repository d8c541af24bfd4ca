/* rpc_rows.c - abi/rpc_table.h for the tests that are not in C: a line for each RPC, "SERVER NAME COMMAND
 * SUB-COMMAND PARAMETER...". */
#include <stdio.h>
#include <stdlib.h>

#include "abi/rpc_table.h"
#include "lib/bits.h"

#define SUPPLICANT_ROW(name, command, sub, params) { "supplicant", name, command, sub, params },
#define DRIVER_ROW(name, command, sub, params)	   { "driver", name, command, sub, params },
#define WAITING_ROW(name, command, sub, params)	   { "waiting", name, command, sub, params },

static const struct {
	const char *server;
	const char *name;
	unsigned int command;
	unsigned int sub;
	const char *params;
} rows[] = { RPC_SUPPLICANT_ROWS(SUPPLICANT_ROW) RPC_DRIVER_ROWS(DRIVER_ROW)
		     RPC_WAITING_ROWS(WAITING_ROW) };

int main(void)
{
	size_t i;

	for (i = 0; i < array_size(rows); i++) {
		printf("%s %s %u %u %s\n", rows[i].server, rows[i].name, rows[i].command,
		       rows[i].sub, rows[i].params);
	}
	return EXIT_SUCCESS;
}
