#include "normal/supplicant/handle.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_FIRST 4u

/* One whose number was freed in use keeps its place until the last user is done. */
struct handle_entry {
	void *thing; /* NULL: free */
	unsigned int users;
	bool removed;
};

void handle_table_init(struct handle_table *table, size_t limit, void (*destroy)(void *thing))
{
	memset(table, 0, sizeof(*table));
	table->limit = limit;
	table->destroy = destroy;
	pthread_mutex_init(&table->lock, NULL);
}

void handle_table_destroy(struct handle_table *table)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		if (table->entries[i].thing != NULL) {
			table->destroy(table->entries[i].thing);
		}
	}
	free(table->entries);
	pthread_mutex_destroy(&table->lock);
}

static bool table_grow(struct handle_table *table)
{
	size_t count = table->count == 0 ? ENTRIES_FIRST : table->count * 2;
	struct handle_entry *entries;

	count = count > table->limit ? table->limit : count;
	if (count <= table->count) {
		return false;
	}
	entries = realloc(table->entries, count * sizeof(*entries));
	if (entries == NULL) {
		return false;
	}
	memset(entries + table->count, 0, (count - table->count) * sizeof(*entries));
	table->entries = entries;
	table->count = count;
	return true;
}

int handle_add(struct handle_table *table, void *thing)
{
	int handle = -1;
	size_t i = 0;

	pthread_mutex_lock(&table->lock);
	while (i < table->count && table->entries[i].thing != NULL) {
		i++;
	}
	if (i < table->count || table_grow(table)) {
		table->entries[i] = (struct handle_entry){ .thing = thing };
		handle = (int)i;
	}
	pthread_mutex_unlock(&table->lock);
	return handle;
}

/* NULL: there is none. With the lock held. */
static struct handle_entry *entry_find(struct handle_table *table, uint64_t handle)
{
	struct handle_entry *entry;

	if (handle >= table->count) {
		return NULL;
	}
	entry = &table->entries[handle];
	return entry->thing != NULL && !entry->removed ? entry : NULL;
}

void *handle_get(struct handle_table *table, uint64_t handle)
{
	struct handle_entry *entry;
	void *thing = NULL;

	pthread_mutex_lock(&table->lock);
	entry = entry_find(table, handle);
	if (entry != NULL) {
		entry->users++;
		thing = entry->thing;
	}
	pthread_mutex_unlock(&table->lock);
	return thing;
}

void handle_put(struct handle_table *table, uint64_t handle)
{
	struct handle_entry *entry;
	void *unused = NULL;

	pthread_mutex_lock(&table->lock);
	entry = &table->entries[handle];
	entry->users--;
	if (entry->users == 0 && entry->removed) {
		unused = entry->thing;
		entry->thing = NULL;
	}
	pthread_mutex_unlock(&table->lock);
	if (unused != NULL) {
		table->destroy(unused);
	}
}

bool handle_remove(struct handle_table *table, uint64_t handle)
{
	struct handle_entry *entry;
	void *unused = NULL;
	bool found;

	pthread_mutex_lock(&table->lock);
	entry = entry_find(table, handle);
	found = entry != NULL;
	if (found && entry->users == 0) {
		unused = entry->thing;
		entry->thing = NULL;
	} else if (found) {
		entry->removed = true;
	}
	pthread_mutex_unlock(&table->lock);
	if (unused != NULL) {
		table->destroy(unused);
	}
	return found;
}
