#include "secure/port/aarch64/interrupt.h"

#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/core/rpc.h"
#include "secure/core/thread.h"
#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/layout.h"

#define ICC_IAR1  "s3_0_c12_c12_0"
#define ICC_EOIR1 "s3_0_c12_c12_1"
#define IAR_NONE  1020u

#define GICD_ISPENDR 0x200u

/* SPI 187, as the device tree says in /firmware/optee. */
#define INTERRUPT_NOTIFICATION 219u

#define DAIF_SHIFT   6
#define DAIF_IRQ_FIQ 3u

void interrupt_foreign(void)
{
	/* They are masked wherever no secure thread runs. */
	check(thread_current() != NULL);
	rpc_foreign_interrupt();
}

/* Nothing of ours raises interrupts yet. One that comes all the same (a software interrupt, the secure
 * timer that firmware before us left on) is finished, so that it does not come for ever. */
void interrupt_native(void)
{
	uint64_t id = arch_read(ICC_IAR1) & 0xFFFFFF;

	if (id < IAR_NONE) {
		arch_write(ICC_EOIR1, id);
	}
}

uint32_t port_interrupts_off(void)
{
	uint32_t state = (uint32_t)(arch_read("daif") >> DAIF_SHIFT) & DAIF_IRQ_FIQ;

	__asm__ volatile("msr daifset, #3" ::: "memory");
	return state;
}

void port_interrupts_restore(uint32_t state)
{
	if (state == 0) {
		__asm__ volatile("msr daifclr, #3" ::: "memory");
	}
}

void port_notification_raise(void)
{
	volatile uint32_t *pending =
		(volatile uint32_t *)(uintptr_t)(LAYOUT_GICD + GICD_ISPENDR +
						 INTERRUPT_NOTIFICATION / 32 * 4);

	arch_dsb();
	*pending = 1u << INTERRUPT_NOTIFICATION % 32;
}
