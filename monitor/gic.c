#include "monitor/gic.h"

#include "monitor/machine.h"
#include "monitor/offsets.h"

/* A redistributor has two frames of 64 KiB. */
#define GICR_STRIDE 0x20000u
#define GICR_SGI    0x10000u

#define GICD_CTLR	0x0000u
#define GICD_TYPER	0x0004u
#define GICD_IGROUPR	0x0080u
#define GICD_IGRPMODR	0x0D00u
#define GICR_WAKER	0x0014u
#define GICR_IGROUPR0	0x0080u
#define GICR_ISENABLER0 0x0100u
#define GICR_IGRPMODR0	0x0D00u

#define GICD_CTLR_GROUP0    (1u << 0)
#define GICD_CTLR_GROUP1_NS (1u << 1)
#define GICD_CTLR_GROUP1_S  (1u << GICD_CTLR_READY_BIT)
#define GICD_CTLR_ARE_S	    (1u << 4)
#define GICD_CTLR_ARE_NS    (1u << 5)
#define GICD_CTLR_PENDING   (1u << 31)
#define GICD_TYPER_LINES    0x1Fu

#define GICR_WAKER_SLEEP    (1u << 1)
#define GICR_WAKER_CHILDREN (1u << 2)

#define WAKE_INTERRUPT 15u
#define SECURE_TIMER   29u
#define SECURE_PRIVATE (0x7F00u | 1u << SECURE_TIMER)

/* No interrupt is pending. */
#define INTERRUPT_NONE 1020u

static void gicd_wait(void)
{
	while ((machine_read32(GICD_BASE + GICD_CTLR) & GICD_CTLR_PENDING) != 0) {
	}
}

void gic_init(void)
{
	uint32_t lines;

	machine_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE_S | GICD_CTLR_ARE_NS);
	gicd_wait();
	lines = machine_read32(GICD_BASE + GICD_TYPER) & GICD_TYPER_LINES;
	for (uint32_t i = 1; i <= lines; i++) {
		machine_write32(GICD_BASE + GICD_IGROUPR + 4 * i, UINT32_MAX);
		machine_write32(GICD_BASE + GICD_IGRPMODR + 4 * i, 0);
	}
	machine_barrier();
	machine_write32(GICD_BASE + GICD_CTLR, GICD_CTLR_ARE_S | GICD_CTLR_ARE_NS |
						       GICD_CTLR_GROUP0 | GICD_CTLR_GROUP1_NS |
						       GICD_CTLR_GROUP1_S);
	gicd_wait();
}

void gic_cpu_init(unsigned int index)
{
	uintptr_t gicr = GICR_BASE + (uintptr_t)index * GICR_STRIDE;
	uintptr_t sgi = gicr + GICR_SGI;

	machine_write32(gicr + GICR_WAKER, machine_read32(gicr + GICR_WAKER) & ~GICR_WAKER_SLEEP);
	while ((machine_read32(gicr + GICR_WAKER) & GICR_WAKER_CHILDREN) != 0) {
	}
	machine_write32(sgi + GICR_IGROUPR0, ~(SECURE_PRIVATE | 1u << WAKE_INTERRUPT));
	machine_write32(sgi + GICR_IGRPMODR0, SECURE_PRIVATE);
	machine_write32(sgi + GICR_ISENABLER0, 1u << WAKE_INTERRUPT);
	machine_interrupts_init();
}

void gic_cpu_park(void)
{
	machine_interrupts_group1(false);
}

void gic_cpu_unpark(void)
{
	machine_interrupts_group1(true);
}

void gic_wake(unsigned int index)
{
	machine_interrupt_send(WAKE_INTERRUPT, index);
}

bool gic_take_wakes(void)
{
	bool any = false;

	while (machine_interrupt_take() < INTERRUPT_NONE) {
		any = true;
	}
	return any;
}

void gic_sleep(void)
{
	machine_wait();
	(void)gic_take_wakes();
}
