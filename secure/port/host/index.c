#include "secure/port/host/index.h"

#include <string.h>

#include "secure/core/check.h"

/* How many entries start below `address`. */
static size_t index_position(const struct index *index, uint64_t address)
{
	size_t low = 0;
	size_t high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->entries[middle].start < address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

void *index_below(const struct index *index, uint64_t address)
{
	size_t position = index_position(index, address);

	if (position < index->count && index->entries[position].start == address) {
		return index->entries[position].value;
	}
	return position == 0 ? NULL : index->entries[position - 1].value;
}

void *index_above(const struct index *index, uint64_t address)
{
	size_t position = index_position(index, address);

	return position < index->count ? index->entries[position].value : NULL;
}

bool index_insert(struct index *index, uint64_t start, void *value)
{
	size_t position = index_position(index, start);
	struct index_entry *entry = &index->entries[position];

	if (index->count == index->max) {
		return false;
	}
	check(position == index->count || entry->start != start);
	memmove(entry + 1, entry, (index->count - position) * sizeof(*entry));
	*entry = (struct index_entry){ .start = start, .value = value };
	index->count++;
	return true;
}

void index_remove(struct index *index, uint64_t start)
{
	size_t position = index_position(index, start);
	struct index_entry *entry = &index->entries[position];

	check(position < index->count && entry->start == start);
	index->count--;
	memmove(entry, entry + 1, (index->count - position) * sizeof(*entry));
}
