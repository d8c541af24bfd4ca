#include "normal/daemon/interrupt.h"

#include <pthread.h>

#include "normal/gate/host.h"

static pthread_t thread;

static void *interrupt_run(void *arg)
{
	struct driver *driver = arg;

	while (gate_interrupt_wait()) {
		driver_interrupt(driver);
	}
	return NULL;
}

bool interrupt_start(struct driver *driver)
{
	return pthread_create(&thread, NULL, interrupt_run, driver) == 0;
}

void interrupt_stop(void)
{
	gate_interrupts_end();
	pthread_join(thread, NULL);
}
