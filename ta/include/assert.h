/* assert.h - a TA whose assertion fails says so and panics with TEE_ERROR_GENERIC. */
#ifndef ASSERT_H
#define ASSERT_H

#include <compiler.h>
#include <trace.h>

void _assert_log(const char *expression, const char *file, int line, const char *function);
void _assert_break(void) __noreturn;

/* Stays on with NDEBUG. */
#define runtime_assert(expression)                                                                 \
	do {                                                                                       \
		if (!(expression)) {                                                               \
			_assert_log(#expression, __FILE__, __LINE__, __func__);                    \
			_assert_break();                                                           \
		}                                                                                  \
	} while (0)

#ifdef NDEBUG
#define assert(expression) ((void)0)
#else
#define assert(expression) runtime_assert(expression)
#endif

#define COMPILE_TIME_ASSERT(expression)                                                            \
	do {                                                                                       \
		switch (0) {                                                                       \
		case 0:                                                                            \
		case ((expression) ? 1 : 0):                                          \
		default:                                                              \
			break;                                                                     \
		}                                                                                  \
	} while (0)

/* With a message or without. */
#ifndef __cplusplus
#define static_assert(expression, ...) _Static_assert(expression, "" __VA_ARGS__)
#endif

#endif
