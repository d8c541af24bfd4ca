/* qsort.c - heap sort: in place, without recursion, n log n whatever comes in. */
#include <stdint.h>
#include <stdlib.h>

#include <compiler.h>
#include <util.h>

struct sort {
	unsigned char *items;
	size_t size;
	int (*compare)(const void *a, const void *b);
};

static void sort_swap(const struct sort *sort, size_t a, size_t b)
{
	unsigned char *left = sort->items + a * sort->size;
	unsigned char *right = sort->items + b * sort->size;
	unsigned char kept;

	for (size_t i = 0; i < sort->size; i++) {
		kept = left[i];
		left[i] = right[i];
		right[i] = kept;
	}
}

static int sort_compare(const struct sort *sort, size_t a, size_t b)
{
	return sort->compare(sort->items + a * sort->size, sort->items + b * sort->size);
}

/* Item `at` may be smaller than its children among the first `count`: let it sink. */
static void sort_sink(const struct sort *sort, size_t at, size_t count)
{
	size_t child = 2 * at + 1;

	while (child < count) {
		if (child + 1 < count && sort_compare(sort, child, child + 1) < 0) {
			child++;
		}
		if (sort_compare(sort, at, child) >= 0) {
			break;
		}
		sort_swap(sort, at, child);
		at = child;
		child = 2 * at + 1;
	}
}

void qsort(void *items, size_t count, size_t size, int (*compare)(const void *a, const void *b))
{
	struct sort sort = { .items = items, .size = size, .compare = compare };

	for (size_t i = count / 2; i > 0; i--) {
		sort_sink(&sort, i - 1, count);
	}
	for (size_t i = count; i > 1; i--) {
		sort_swap(&sort, 0, i - 1);
		sort_sink(&sort, 0, i - 1);
	}
}

/* One function for each type of util.h. */
#define QSORT_OF(name, type)                                                                       \
	static int compare_##name(const void *a, const void *b)                                    \
	{                                                                                          \
		const type *left = a;                                                              \
		const type *right = b;                                                             \
                                                                                                   \
		return CMP_TRILEAN(*left, *right);                                                 \
	}                                                                                          \
                                                                                                   \
	void qsort_##name(type *items, size_t count)                                               \
	{                                                                                          \
		qsort(items, count, sizeof(type), compare_##name);                                 \
	}

QSORT_OF(int, int)
QSORT_OF(uint, unsigned int)
QSORT_OF(long, long int)
QSORT_OF(ul, unsigned long int)
QSORT_OF(ll, long long int)
QSORT_OF(ull, unsigned long long int)
QSORT_OF(s8, int8_t)
QSORT_OF(u8, uint8_t)
QSORT_OF(s16, int16_t)
QSORT_OF(u16, uint16_t)
QSORT_OF(s32, int32_t)
QSORT_OF(u32, uint32_t)
QSORT_OF(s64, int64_t)
QSORT_OF(u64, uint64_t)
