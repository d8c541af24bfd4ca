/* console.h - the secure UART (PL011). */
#ifndef SECURE_PORT_AARCH64_CONSOLE_H
#define SECURE_PORT_AARCH64_CONSOLE_H

/* Write out what still waits. Takes as long as the line needs. */
void console_flush(void);

#endif
