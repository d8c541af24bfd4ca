/* log.h - lines for people: on standard error, or in the system's log once there is no
 * terminal. */
#ifndef NORMAL_SUPPLICANT_LOG_H
#define NORMAL_SUPPLICANT_LOG_H

/* From now on to the system's log. */
void log_to_system(void);

__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);

#endif
