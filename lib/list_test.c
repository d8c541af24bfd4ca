#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/list.h"

struct element {
	int number;
	struct list link;
};

/* The numbers of the elements from front to back, as the digits of one number; and the same from
 * back to front has to agree. */
static int list_number(const struct list *list)
{
	int forward = 0;
	int backward = 0;
	int digit = 1;

	list_for_each (link, list) {
		forward = forward * 10 + list_entry(link, struct element, link)->number;
	}
	for (const struct list *link = list->prev; link != list; link = link->prev) {
		backward += digit * list_entry(link, struct element, link)->number;
		digit *= 10;
	}
	assert_int_equal(forward, backward);
	return forward;
}

static void an_initialised_list_is_empty(void **state)
{
	struct list declared = LIST_EMPTY(declared);
	struct list initialised;

	list_init(&initialised);
	assert_true(list_is_empty(&declared));
	assert_true(list_is_empty(&initialised));
	assert_null(list_first(&declared));
	assert_null(list_last(&declared));
	assert_null(list_take_first(&declared));
	assert_int_equal(list_number(&declared), 0);
}

static void the_back_is_behind_and_the_front_before(void **state)
{
	struct list list = LIST_EMPTY(list);
	struct element one = { .number = 1 };
	struct element two = { .number = 2 };
	struct element three = { .number = 3 };

	list_add_back(&list, &two.link);
	list_add_back(&list, &three.link);
	list_add_front(&list, &one.link);
	assert_int_equal(list_number(&list), 123);
	assert_false(list_is_empty(&list));
	assert_ptr_equal(list_first(&list), &one.link);
	assert_ptr_equal(list_last(&list), &three.link);
}

static void a_link_goes_before_or_after_another(void **state)
{
	struct list list = LIST_EMPTY(list);
	struct element one = { .number = 1 };
	struct element two = { .number = 2 };
	struct element three = { .number = 3 };

	list_add_back(&list, &two.link);
	list_insert_before(&two.link, &one.link);
	list_insert_after(&two.link, &three.link);
	assert_int_equal(list_number(&list), 123);
}

static void a_removed_link_is_alone_and_may_be_removed_again(void **state)
{
	struct list list = LIST_EMPTY(list);
	struct element one = { .number = 1 };
	struct element two = { .number = 2 };
	struct element three = { .number = 3 };

	list_add_back(&list, &one.link);
	list_add_back(&list, &two.link);
	list_add_back(&list, &three.link);
	list_remove(&two.link);
	assert_true(list_is_empty(&two.link));
	assert_int_equal(list_number(&list), 13);
	list_remove(&two.link);
	assert_int_equal(list_number(&list), 13);
	list_add_back(&list, &two.link);
	assert_int_equal(list_number(&list), 132);
}

static void taking_the_first_keeps_the_order_of_the_others(void **state)
{
	struct list list = LIST_EMPTY(list);
	struct element one = { .number = 1 };
	struct element two = { .number = 2 };

	list_add_back(&list, &one.link);
	list_add_back(&list, &two.link);
	assert_ptr_equal(list_take_first(&list), &one.link);
	assert_true(list_is_empty(&one.link));
	assert_ptr_equal(list_take_first(&list), &two.link);
	assert_true(list_is_empty(&list));
}

static void an_element_may_be_removed_and_freed_while_it_is_visited(void **state)
{
	struct list list = LIST_EMPTY(list);

	for (int number = 1; number <= 6; number++) {
		struct element *element = malloc(sizeof(*element));

		assert_non_null(element);
		element->number = number;
		list_add_back(&list, &element->link);
	}
	list_for_each (link, &list) {
		struct element *element = list_entry(link, struct element, link);

		if (element->number % 2 == 0) {
			list_remove(link);
			free(element);
		}
	}
	assert_int_equal(list_number(&list), 135);
	list_for_each (link, &list) {
		list_remove(link);
		free(list_entry(link, struct element, link));
	}
	assert_true(list_is_empty(&list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_initialised_list_is_empty),
		cmocka_unit_test(the_back_is_behind_and_the_front_before),
		cmocka_unit_test(a_link_goes_before_or_after_another),
		cmocka_unit_test(a_removed_link_is_alone_and_may_be_removed_again),
		cmocka_unit_test(taking_the_first_keeps_the_order_of_the_others),
		cmocka_unit_test(an_element_may_be_removed_and_freed_while_it_is_visited),
	};

	return cmocka_run_group_tests_name("lib/list", tests, NULL, NULL);
}
