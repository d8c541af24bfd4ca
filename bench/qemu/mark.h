/* mark.h - how the program that is measured tells the counter that a measurement begins or ends: an
 * instruction that does nothing and that nobody else has. */
#ifndef BENCH_QEMU_MARK_H
#define BENCH_QEMU_MARK_H

/* hint #50: no meaning given to it, so a CPU passes over it. */
#define MARK_INSTRUCTION 0xD503265Fu

#endif
