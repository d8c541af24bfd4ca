/* What a reader of the driver's events can rely on. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normal/daemon/event_log.h"

static void add(uint64_t call)
{
	const struct driver_event event = { .call = call };

	event_log_add(&event);
}

static void events_come_in_order_to_every_reader(void **state)
{
	struct event_reader *readers[2] = { event_reader_open(), event_reader_open() };
	struct driver_event event;
	int i;

	add(1);
	add(2);
	for (i = 0; i < 2; i++) {
		assert_true(event_reader_next(readers[i], &event));
		assert_int_equal(event.call, 1);
		assert_true(event_reader_next(readers[i], &event));
		assert_int_equal(event.call, 2);
		event_reader_close(readers[i]);
	}
}

static void a_finished_reader_gets_what_was_queued_and_no_more(void **state)
{
	struct event_reader *reader = event_reader_open();
	struct driver_event event;

	add(1);
	event_reader_finish(reader);
	add(2);
	assert_true(event_reader_next(reader, &event));
	assert_int_equal(event.call, 1);
	assert_false(event_reader_next(reader, &event));
	event_reader_close(reader);
}

static void a_slow_reader_loses_the_newest_and_is_told_how_many(void **state)
{
	struct event_reader *reader = event_reader_open();
	struct driver_event event;
	uint64_t i;

	for (i = 0; i < EVENT_QUEUE_MAX + 3; i++) {
		add(i);
	}
	assert_int_equal(event_reader_dropped(reader), 3);
	for (i = 0; i < EVENT_QUEUE_MAX; i++) {
		assert_true(event_reader_next(reader, &event));
		assert_int_equal(event.call, i);
	}
	event_reader_close(reader);
}

static void one_reader_too_many_is_refused(void **state)
{
	struct event_reader *readers[EVENT_READERS_MAX];
	unsigned int i;

	for (i = 0; i < EVENT_READERS_MAX; i++) {
		readers[i] = event_reader_open();
		assert_non_null(readers[i]);
	}
	assert_null(event_reader_open());
	for (i = 0; i < EVENT_READERS_MAX; i++) {
		event_reader_close(readers[i]);
	}
}

static void *finish(void *arg)
{
	event_reader_finish(arg);
	return NULL;
}

static void a_sleeping_reader_wakes_when_it_is_finished(void **state)
{
	struct event_reader *reader = event_reader_open();
	struct driver_event event;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, finish, reader), 0);
	assert_false(event_reader_next(reader, &event));
	pthread_join(thread, NULL);
	event_reader_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_in_order_to_every_reader),
		cmocka_unit_test(a_finished_reader_gets_what_was_queued_and_no_more),
		cmocka_unit_test(a_slow_reader_loses_the_newest_and_is_told_how_many),
		cmocka_unit_test(one_reader_too_many_is_refused),
		cmocka_unit_test(a_sleeping_reader_wakes_when_it_is_finished),
	};

	return cmocka_run_group_tests_name("the event log", tests, NULL, NULL);
}
