/* random.h - entropy of the machine. */
#ifndef SECURE_PORT_AARCH64_RANDOM_H
#define SECURE_PORT_AARCH64_RANDOM_H

/* Once, at boot, when the device tree has been read. Says in the log where entropy comes from. */
void random_start(void);

#endif
