/* stack_protector.h - what the compiler's checks of the stack refer to. */
#ifndef STACK_PROTECTOR_H
#define STACK_PROTECTOR_H

#include <stdint.h>

#include <compiler.h>

extern uintptr_t __stack_chk_guard;
void __stack_chk_fail(void) __noreturn;

#endif
