/* list.h - a doubly linked list through a member of its elements.
 *
 * One type serves as the list itself and as the link in an element. A list knows nothing of who
 * owns the elements, and has no lock. A link is in a list or "alone": list_init() makes it alone,
 * and so does list_remove(), so that removing twice does no harm. */

#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/bits.h"

struct list {
	struct list *next;
	struct list *prev;
};

/* An empty list, as an initialiser of the variable `name`. */
#define LIST_EMPTY(name)                                                                           \
	{                                                                                          \
		&(name), &(name)                                                                   \
	}

/* Make `list` an empty list, or a link that is alone. */
static inline void list_init(struct list *list)
{
	list->next = list;
	list->prev = list;
}

/* Of a link: is it alone? */
static inline bool list_is_empty(const struct list *list)
{
	return list->next == list;
}

/* `link` is alone, or was never in a list. Adding to the front is inserting after the list
 * itself, adding to the back inserting before it. */
static inline void list_insert_after(struct list *place, struct list *link)
{
	link->prev = place;
	link->next = place->next;
	place->next->prev = link;
	place->next = link;
}

static inline void list_insert_before(struct list *place, struct list *link)
{
	list_insert_after(place->prev, link);
}

static inline void list_add_front(struct list *list, struct list *link)
{
	list_insert_after(list, link);
}

static inline void list_add_back(struct list *list, struct list *link)
{
	list_insert_before(list, link);
}

static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* NULL when the list is empty. */
static inline struct list *list_first(const struct list *list)
{
	return list_is_empty(list) ? NULL : list->next;
}

static inline struct list *list_last(const struct list *list)
{
	return list_is_empty(list) ? NULL : list->prev;
}

/* Take the first link out of the list; NULL when there is none. */
static inline struct list *list_take_first(struct list *list)
{
	struct list *link = list_first(list);

	if (link != NULL) {
		list_remove(link);
	}
	return link;
}

/* The element that `link` is the `member` of. */
#define list_entry(link, type, member) container_of(link, type, member)

/* Visit each link of the list `head` from front to back. `link` may be removed, and freed, inside;
 * no other may. */
#define list_for_each(link, head)                                                                  \
	for (struct list *link = (head)->next, *link##_next = link->next; link != (head);          \
	     link = link##_next, link##_next = link->next)

#endif
