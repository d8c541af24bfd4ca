/* normal.h - what normal_aarch64.S does for normal.c, and calls of it. */
#ifndef MONITOR_TEST_NORMAL_H
#define MONITOR_TEST_NORMAL_H

#include <stddef.h>
#include <stdint.h>

struct normal_registers {
	uint64_t x[31];
};

/* An SMC with all general registers from there, and back into it; and one that returns x0. */
void normal_call(struct normal_registers *registers);
uint64_t normal_call_simple(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3);

/* CPU_SUSPEND with power down: 1 when it went on at its entry point. */
uint64_t normal_suspend(void);

/* 1: reading there was an abort. */
uint64_t normal_probe(uint64_t address);

/* The bytes of one vector register, at most VECTOR_SIZE_MAX, and VECTOR_SIZE_PLAIN without SVE; then all of
 * them, predicates included, out of memory and into it. */
#define VECTOR_SIZE_MAX	  256u
#define VECTOR_SIZE_PLAIN 16u
#define VECTORS_SIZE	  (32u * VECTOR_SIZE_MAX + 16u * VECTOR_SIZE_MAX / 8u)
uint64_t normal_vector_size(void);
void normal_vectors_load(const void *values);
void normal_vectors_store(void *values);

/* Where another CPU begins, and what the two kinds of CPUs do. */
void normal_second(void);
void normal_main(void);
void normal_second_main(uint64_t context);

#endif
