/* teec_trace.h - messages for people, from programs on the normal side: printf() to standard error
 * with a level, a function and a line.
 *
 * Define DEBUGLEVEL before the inclusion to say how much is compiled in (TRACE_ERROR when it is
 * not defined, 0 for nothing), and BINARY_PREFIX to say who speaks. */
#ifndef TEEC_TRACE_H
#define TEEC_TRACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRACE_ERROR 1
#define TRACE_INFO  2
#define TRACE_DEBUG 3
#define TRACE_FLOW  4

#ifndef DEBUGLEVEL
#define DEBUGLEVEL TRACE_ERROR
#endif

#ifndef BINARY_PREFIX
#define BINARY_PREFIX "TEEC"
#endif

/* What the macros call; programs that were compiled against OP-TEE's header look for these
 * names. */

/* Print one line. Returns its length, or a negative number. */
__attribute__((format(printf, 5, 6))) int _dprintf(const char *function, int line, int level,
						   const char *prefix, const char *format, ...);

/* Print `size` bytes as hexadecimal numbers, under a title. */
void dump_buffer(const char *name, const uint8_t *buffer, size_t size);

#define TEEC_TRACE(level, ...)                                                                     \
	do {                                                                                       \
		if ((level) <= DEBUGLEVEL) {                                                       \
			_dprintf(__func__, __LINE__, level, BINARY_PREFIX, __VA_ARGS__);           \
		}                                                                                  \
	} while (0)

#define EMSG(...) TEEC_TRACE(TRACE_ERROR, __VA_ARGS__)
#define IMSG(...) TEEC_TRACE(TRACE_INFO, __VA_ARGS__)
#define DMSG(...) TEEC_TRACE(TRACE_DEBUG, __VA_ARGS__)
#define FMSG(...) TEEC_TRACE(TRACE_FLOW, __VA_ARGS__)

/* At the beginning and at the end of a function. */
#define INMSG(...)  FMSG("> " __VA_ARGS__)
#define OUTMSG(...) FMSG("< " __VA_ARGS__)
#define OUTRMSG(result)                                                                            \
	do {                                                                                       \
		OUTMSG("%lx", (unsigned long)(result));                                            \
		return result;                                                                     \
	} while (0)

#ifdef __cplusplus
}
#endif

#endif
