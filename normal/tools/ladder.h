/* ladder.h - the driver's events as a picture, a line for each call and each RPC. */
#ifndef NORMAL_TOOLS_LADDER_H
#define NORMAL_TOOLS_LADDER_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

struct ladder;

/* Draw on `out`. `origin_ns` (CLOCK_MONOTONIC) is time zero. NULL: no memory. */
struct ladder *ladder_open(FILE *out, uint64_t origin_ns);

/* One event as the control socket sends it (normal/daemon/control.h). */
void ladder_event(struct ladder *ladder, const json_t *event);

/* Which RPCs there were, how many bytes, how long, when the first answer came. */
void ladder_summary(const struct ladder *ladder);

void ladder_close(struct ladder *ladder);

#endif
