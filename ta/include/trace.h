/* trace.h - words for the developer.
 *
 * EMSG, IMSG, DMSG, FMSG log an error, information, debugging, the flow of the program; each is
 * one line of at most MAX_PRINT_SIZE - 1 characters with its newline. What is above
 * TRACE_LEVEL, the make variable CFG_TEE_TA_LOG_LEVEL, is not compiled; what is above
 * trace_set_level() is not logged.
 *
 *	E/TA:  TA_CreateEntryPoint:39 no memory
 *	I/TA: ready */
#ifndef TRACE_H
#define TRACE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <compiler.h>
#include <trace_levels.h>

#define MAX_PRINT_SIZE 256

#ifndef TRACE_LEVEL
#define TRACE_LEVEL TRACE_MAX
#endif

extern int trace_level;
extern const char trace_ext_prefix[];

/* `text` goes to the log as it is. */
void trace_ext_puts(const char *text);
/* -1: a TA has one thread. */
int trace_ext_get_thread_id(void);

void trace_set_level(int level);
int trace_get_level(void);

/* `function` may be NULL. Without `level_ok` the text has no level. */
void trace_printf(const char *function, int line, int level, bool level_ok, const char *format, ...)
	__printf(5, 6);
void trace_vprintf(const char *function, int line, int level, bool level_ok, const char *format,
		   va_list args) __printf(5, 0);

/* `size` bytes of `buffer`, 16 on each line. */
void dhex_dump(const char *function, int line, int level, const void *buffer, int size);

#define trace_printf_helper(level, level_ok, ...)                                                  \
	trace_printf(__func__, __LINE__, (level), (level_ok), __VA_ARGS__)
#define trace_printf_helper_raw(level, level_ok, ...)                                              \
	trace_printf(NULL, 0, (level), (level_ok), __VA_ARGS__)

#if TRACE_LEVEL > 0
#define MSG(...)     trace_printf_helper(TRACE_PRINTF_LEVEL, false, __VA_ARGS__)
#define MSG_RAW(...) trace_printf_helper_raw(TRACE_PRINTF_LEVEL, false, __VA_ARGS__)
#else
#define MSG(...)     (void)0
#define MSG_RAW(...) (void)0
#endif

#if TRACE_LEVEL >= TRACE_ERROR
#define EMSG(...)     trace_printf_helper(TRACE_ERROR, true, __VA_ARGS__)
#define EMSG_RAW(...) trace_printf_helper_raw(TRACE_ERROR, true, __VA_ARGS__)
#define SMSG(...)     trace_printf_helper(TRACE_ERROR, true, __VA_ARGS__)
#else
#define EMSG(...)     (void)0
#define EMSG_RAW(...) (void)0
#define SMSG(...)     (void)0
#endif

#if TRACE_LEVEL >= TRACE_INFO
#define IMSG(...)     trace_printf_helper(TRACE_INFO, true, __VA_ARGS__)
#define IMSG_RAW(...) trace_printf_helper_raw(TRACE_INFO, true, __VA_ARGS__)
#else
#define IMSG(...)     (void)0
#define IMSG_RAW(...) (void)0
#endif

#if TRACE_LEVEL >= TRACE_DEBUG
#define DMSG(...)	       trace_printf_helper(TRACE_DEBUG, true, __VA_ARGS__)
#define DMSG_RAW(...)	       trace_printf_helper_raw(TRACE_DEBUG, true, __VA_ARGS__)
#define DHEXDUMP(buffer, size) dhex_dump(__func__, __LINE__, TRACE_DEBUG, (buffer), (size))
#else
#define DMSG(...)	       (void)0
#define DMSG_RAW(...)	       (void)0
#define DHEXDUMP(buffer, size) (void)0
#endif

#if TRACE_LEVEL >= TRACE_FLOW
#define FMSG(...)     trace_printf_helper(TRACE_FLOW, true, __VA_ARGS__)
#define FMSG_RAW(...) trace_printf_helper_raw(TRACE_FLOW, true, __VA_ARGS__)
#define INMSG(...)    FMSG("> " __VA_ARGS__)
#define OUTMSG(...)   FMSG("< " __VA_ARGS__)
#else
#define FMSG(...)     (void)0
#define FMSG_RAW(...) (void)0
#define INMSG(...)    (void)0
#define OUTMSG(...)   (void)0
#endif

/* Log the result and return it. */
#define OUTRMSG(result)                                                                            \
	do {                                                                                       \
		OUTMSG("r=[%x]", (unsigned int)(result));                                          \
		return (result);                                                                   \
	} while (0)

#endif
