/* console.h - words for people, on the secure UART. */
#ifndef MONITOR_CONSOLE_H
#define MONITOR_CONSOLE_H

void console_init(void);

/* One line, at most CONSOLE_LINE_MAX bytes of it. */
#define CONSOLE_LINE_MAX 160u
__attribute__((format(printf, 1, 2))) void console_print(const char *format, ...);

#endif
