/* trouble.h - how a simulated world ends badly: a reason, its seed, its last words, and abort().
 *
 * There is one world at a time in a process, so where it stands is kept here for everybody: a
 * broken promise may be found on any stack, where no test could catch it. */
#ifndef SIM_TROUBLE_H
#define SIM_TROUBLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

/* A world begins: forget the words of the last one. SIM_LOG=1 in the environment shows every
 * line as it is said. */
void trouble_begin(uint64_t seed);

/* What the scenario does at the moment ("allocation 17 of 203 fails"), for the message. */
__attribute__((format(printf, 1, 2))) void trouble_step(const char *format, ...);

/* A line of either world's console, with or without a newline at its end. */
void trouble_line(const char *text, size_t size);
/* Was there a line with `text` in it since trouble_begin()? */
MUST_CHECK bool trouble_said(const char *text);

/* Say what is wrong with the seed, the step and the last lines, and stop. */
_Noreturn __attribute__((format(printf, 1, 2))) void trouble(const char *format, ...);

/* A promise, on any stack. */
#define expect(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			trouble("%s:%d: not so: %s", __FILE__, __LINE__, #condition);              \
		}                                                                                  \
	} while (0)

/* The same of two numbers, which are shown. */
#define expect_equal(a, b)                                                                         \
	do {                                                                                       \
		unsigned long long left_ = (unsigned long long)(a);                                \
		unsigned long long right_ = (unsigned long long)(b);                               \
		if (left_ != right_) {                                                             \
			trouble("%s:%d: %s is %#llx, not %s (%#llx)", __FILE__, __LINE__, #a,      \
				left_, #b, right_);                                                \
		}                                                                                  \
	} while (0)

#endif
