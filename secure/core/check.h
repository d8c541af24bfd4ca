/* check.h - a bug is not an error.
 *
 * check() stays on in release builds. It is for what only our own mistake can break; what comes
 * from outside is refused with a TEE_Result instead. */
#ifndef SECURE_CORE_CHECK_H
#define SECURE_CORE_CHECK_H

#include "secure/core/port.h"

#define CHECK_TEXT_(line) #line
#define CHECK_TEXT(line)  CHECK_TEXT_(line)

#define check(condition)                                                                           \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0)) {                                           \
			port_panic(__FILE__ ":" CHECK_TEXT(__LINE__) ": " #condition);             \
		}                                                                                  \
	} while (0)

#endif
