/* power.h - the whole machine off, or started anew. */
#ifndef MONITOR_POWER_H
#define MONITOR_POWER_H

_Noreturn void power_off(void);
_Noreturn void power_reset(void);

#endif
