#include "normal/tools/ladder.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa.h"
#include "abi/msg.h"
#include "abi/rpc.h"
#include "abi/smc.h"
#include "lib/bits.h"

#define ROWS_MAX 32

/* RPCs of one kind. */
struct row {
	char name[32];
	unsigned int count;
	uint64_t bytes;
	uint64_t nanoseconds;
	bool supplicant;
};

struct ladder {
	FILE *out;
	uint64_t origin_ns;
	uint64_t first_answer_ns;
	unsigned int calls;
	size_t row_count;
	struct row rows[ROWS_MAX];
};

/* Four rails; the world line runs between the driver and the secure world. */
static const char rails_head[] = "client  supplicant  driver || secure";
static const char rails_call[] = "  o-----------------------||-->o   ";
static const char rails_answer[] = "  o<----------------------||---o   ";
static const char rails_kernel[] = "  |          |        o<--||---o   ";
static const char rails_supplicant[] = "  |          o<-----------||---o   ";

static const char *const message_names[] = {
	[MSG_CMD_OPEN_SESSION] = "OPEN_SESSION",   [MSG_CMD_INVOKE_COMMAND] = "INVOKE",
	[MSG_CMD_CLOSE_SESSION] = "CLOSE_SESSION", [MSG_CMD_CANCEL] = "CANCEL",
	[MSG_CMD_REGISTER_SHM] = "REGISTER_SHM",   [MSG_CMD_UNREGISTER_SHM] = "UNREGISTER_SHM",
};

static const char *const command_names[] = {
	[RPC_CMD_LOAD_TA] = "LOAD_TA",
	[RPC_CMD_RPMB] = "RPMB",
	[RPC_CMD_FS] = "FS",
	[RPC_CMD_GET_TIME] = "GET_TIME",
	[RPC_CMD_NOTIFICATION] = "NOTIFICATION",
	[RPC_CMD_SUSPEND] = "SUSPEND",
	[RPC_CMD_SHM_ALLOC] = "SHM_ALLOC",
	[RPC_CMD_SHM_FREE] = "SHM_FREE",
	[RPC_CMD_GPROF] = "GPROF",
	[RPC_CMD_SOCKET] = "SOCKET",
	[RPC_CMD_FTRACE] = "FTRACE",
	[RPC_CMD_SUPP_PLUGIN] = "SUPP_PLUGIN",
	[RPC_CMD_I2C_TRANSFER] = "I2C_TRANSFER",
	[RPC_CMD_RPMB_PROBE_RESET] = "RPMB_PROBE_RESET",
	[RPC_CMD_RPMB_PROBE_NEXT] = "RPMB_PROBE_NEXT",
	[RPC_CMD_RPMB_FRAMES] = "RPMB_FRAMES",
};

static const char *const fs_names[] = {
	[RPC_FS_OPEN] = "OPEN",	      [RPC_FS_CREATE] = "CREATE",
	[RPC_FS_CLOSE] = "CLOSE",     [RPC_FS_READ] = "READ",
	[RPC_FS_WRITE] = "WRITE",     [RPC_FS_TRUNCATE] = "TRUNCATE",
	[RPC_FS_REMOVE] = "REMOVE",   [RPC_FS_RENAME] = "RENAME",
	[RPC_FS_OPENDIR] = "OPENDIR", [RPC_FS_CLOSEDIR] = "CLOSEDIR",
	[RPC_FS_READDIR] = "READDIR",
};

static uint64_t number(const json_t *event, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(event, key));
}

static const char *text(const json_t *event, const char *key)
{
	const char *value = json_string_value(json_object_get(event, key));

	return value != NULL ? value : "";
}

static const char *name_in(const char *const *names, size_t count, uint64_t index)
{
	return index < count && names[index] != NULL ? names[index] : NULL;
}

static void rpc_name(const json_t *event, char *name, size_t size)
{
	uint64_t command = number(event, "command");
	const char *known = name_in(command_names, array_size(command_names), command);
	const char *sub = name_in(fs_names, array_size(fs_names), number(event, "sub_command"));

	switch (number(event, "function")) {
	case SMC_RPC_ALLOC:
		snprintf(name, size, "(ALLOC)");
		break;
	case SMC_RPC_FREE:
		snprintf(name, size, "(FREE)");
		break;
	case SMC_RPC_FOREIGN_INTR:
		snprintf(name, size, "(FOREIGN_INTR)");
		break;
	default:
		if (known == NULL) {
			snprintf(name, size, "RPC %" PRIu64, command);
		} else if (command == RPC_CMD_FS && sub != NULL) {
			snprintf(name, size, "%s %s", known, sub);
		} else {
			snprintf(name, size, "%s", known);
		}
	}
}

static const struct {
	uint64_t function;
	const char *name;
} sharing_names[] = {
	{ FFA_MEM_SHARE_32, "FFA_MEM_SHARE" },
	{ FFA_MEM_RECLAIM, "FFA_MEM_RECLAIM" },
};

/* NULL: a call with a message. */
static const char *sharing_name(uint64_t function)
{
	size_t i;

	for (i = 0; i < array_size(sharing_names); i++) {
		if (sharing_names[i].function == function) {
			return sharing_names[i].name;
		}
	}
	return NULL;
}

static void call_name(const json_t *event, char *name, size_t size)
{
	const char *sharing = sharing_name(number(event, "function"));
	uint64_t command = number(event, "command");
	const char *known = name_in(message_names, array_size(message_names), command);

	if (sharing != NULL) {
		snprintf(name, size, "%s", sharing);
	} else if (known == NULL) {
		snprintf(name, size, "message %" PRIu64, command);
	} else if (command == MSG_CMD_INVOKE_COMMAND) {
		snprintf(name, size, "%s %" PRIu64, known, number(event, "sub_command"));
	} else {
		snprintf(name, size, "%s", known);
	}
}

static void draw(struct ladder *ladder, const json_t *event, const char *rails, const char *name,
		 bool end)
{
	double when = (double)(number(event, "time_ns") - ladder->origin_ns) / 1e6;
	uint64_t bytes = number(event, "bytes");

	fprintf(ladder->out, "%9.3f ms  %s %-18s", when, rails, name);
	if (end) {
		fprintf(ladder->out, " %9.1f us", (double)number(event, "duration_ns") / 1e3);
	} else {
		fprintf(ladder->out, " %12s", "");
	}
	if (bytes > 0) {
		fprintf(ladder->out, " %8" PRIu64 " B", bytes);
	} else {
		fprintf(ladder->out, " %10s", "");
	}
	if (end && number(event, "result") != 0) {
		fprintf(ladder->out, " = 0x%08" PRIx64, number(event, "result"));
	}
	fprintf(ladder->out, " %s\n", text(event, "detail"));
}

static struct row *row_for(struct ladder *ladder, const char *name)
{
	size_t i;

	for (i = 0; i < ladder->row_count; i++) {
		if (strcmp(ladder->rows[i].name, name) == 0) {
			return &ladder->rows[i];
		}
	}
	if (ladder->row_count == ROWS_MAX) {
		return NULL;
	}
	snprintf(ladder->rows[i].name, sizeof(ladder->rows[i].name), "%s", name);
	ladder->row_count++;
	return &ladder->rows[i];
}

static void rpc_end(struct ladder *ladder, const json_t *event)
{
	bool supplicant = number(event, "request") != 0;
	char name[32];
	struct row *row;

	rpc_name(event, name, sizeof(name));
	draw(ladder, event, supplicant ? rails_supplicant : rails_kernel, name, true);
	row = row_for(ladder, name);
	if (row != NULL) {
		row->count++;
		row->bytes += number(event, "bytes");
		row->nanoseconds += number(event, "duration_ns");
		row->supplicant = supplicant;
	}
}

struct ladder *ladder_open(FILE *out, uint64_t origin_ns)
{
	struct ladder *ladder = calloc(1, sizeof(*ladder));

	if (ladder != NULL) {
		ladder->out = out;
		ladder->origin_ns = origin_ns;
		fprintf(out, "%12s  %s %-18s %12s %10s\n", "", rails_head, "what", "took", "bytes");
	}
	return ladder;
}

void ladder_event(struct ladder *ladder, const json_t *event)
{
	const char *kind = text(event, "kind");
	char name[32];

	if (strcmp(kind, "rpc-end") == 0) {
		rpc_end(ladder, event);
	} else if (strcmp(kind, "call") == 0) {
		call_name(event, name, sizeof(name));
		draw(ladder, event, rails_call, name, false);
	} else if (strcmp(kind, "call-end") == 0) {
		call_name(event, name, sizeof(name));
		draw(ladder, event, rails_answer, name, true);
		ladder->calls++;
		if (ladder->first_answer_ns == 0 && number(event, "function") == 0 &&
		    number(event, "command") == MSG_CMD_INVOKE_COMMAND) {
			ladder->first_answer_ns = number(event, "time_ns");
		}
	}
}

void ladder_summary(const struct ladder *ladder)
{
	unsigned int count = 0;
	uint64_t bytes = 0;
	size_t i;

	fprintf(ladder->out, "\n%-20s %8s %12s %12s  %s\n", "RPC", "count", "bytes", "mean us",
		"answered by");
	for (i = 0; i < ladder->row_count; i++) {
		const struct row *row = &ladder->rows[i];

		fprintf(ladder->out, "%-20s %8u %12" PRIu64 " %12.1f  %s\n", row->name, row->count,
			row->bytes, (double)row->nanoseconds / 1e3 / row->count,
			row->supplicant ? "tee-supplicant" : "driver");
		count += row->count;
		bytes += row->bytes;
	}
	fprintf(ladder->out, "%-20s %8u %12" PRIu64 "\n", "all", count, bytes);
	fprintf(ladder->out, "%u calls", ladder->calls);
	if (ladder->first_answer_ns != 0) {
		fprintf(ladder->out, "; first answer of a TA %.1f ms after the start",
			(double)(ladder->first_answer_ns - ladder->origin_ns) / 1e6);
	}
	fprintf(ladder->out, "\n");
}

void ladder_close(struct ladder *ladder)
{
	free(ladder);
}
