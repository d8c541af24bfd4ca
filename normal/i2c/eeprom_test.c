#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "normal/i2c/eeprom.h"

static struct eeprom_place place;
static char why[256];

static struct eeprom *chip(const char *description)
{
	struct eeprom *eeprom = eeprom_open(description, &place, why, sizeof(why));

	if (eeprom == NULL) {
		fail_msg("%s: %s", description, why);
	}
	return eeprom;
}

static void assert_holds(struct eeprom *eeprom, uint8_t at, const char *bytes)
{
	uint8_t read[64];

	assert_int_equal(eeprom_write(eeprom, &at, 1), 1);
	assert_int_equal(eeprom_read(eeprom, read, strlen(bytes)), strlen(bytes));
	assert_memory_equal(read, bytes, strlen(bytes));
}

static void a_description_says_where_and_what(void **state)
{
	struct eeprom *eeprom = chip("3:0x50=eeprom,size=4096,ten-bit");

	assert_int_equal(place.adapter, 3);
	assert_int_equal(place.address, 0x50);
	assert_true(place.ten_bit);
	eeprom_close(eeprom);
	eeprom = chip("0:80=eeprom");
	assert_int_equal(place.address, 80);
	assert_false(place.ten_bit);
	eeprom_close(eeprom);
}

static void a_wrong_description_is_refused_with_a_reason(void **state)
{
	static const char *const wrong[] = {
		"",
		"0",
		"0:0x50",
		"0:0x50=",
		"0:0x50=rtc",
		"0:0x50=eeproms",
		"0:0x400=eeprom",
		"-1:0x50=eeprom",
		"x:0x50=eeprom",
		"0:0x50=eeprom,size=100",
		"0:0x50=eeprom,size=8",
		"0:0x50=eeprom,size=131072",
		"0:0x50=eeprom,size",
		"0:0x50=eeprom,ten-bit=1",
		"0:0x50=eeprom,file=",
		"0:0x50=eeprom,colour=red",
		"0:0x50=eeprom,file=/nowhere/at/all",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why[0] = '\0';
		assert_null(eeprom_open(wrong[i], &place, why, sizeof(why)));
		assert_true(why[0] != '\0');
	}
}

static void what_is_written_is_read_where_the_pointer_says(void **state)
{
	struct eeprom *eeprom = chip("0:0x50=eeprom");

	assert_holds(eeprom, 0, "\xFF\xFF");
	assert_int_equal(eeprom_write(eeprom,
				      (const uint8_t *)"\x10"
						       "abc",
				      4),
			 4);
	assert_holds(eeprom, 0x10, "abc\xFF");
	assert_holds(eeprom, 0x11, "bc");
	eeprom_close(eeprom);
}

static void writing_goes_round_in_a_page_and_reading_in_the_chip(void **state)
{
	struct eeprom *eeprom = chip("0:0x50=eeprom");

	assert_int_equal(eeprom_write(eeprom,
				      (const uint8_t *)"\xFE"
						       "abcd",
				      5),
			 5);
	assert_holds(eeprom, 0xFE, "ab\xFF");
	assert_holds(eeprom, 0xF8,
		     "cd\xFF\xFF\xFF\xFF"
		     "ab");
	eeprom_close(eeprom);
}

static void a_large_chip_has_an_address_of_two_bytes(void **state)
{
	struct eeprom *eeprom = chip("0:0x50=eeprom,size=4096");
	uint8_t read[2];

	assert_int_equal(eeprom_write(eeprom,
				      (const uint8_t *)"\x01\x20"
						       "xy",
				      4),
			 4);
	assert_int_equal(eeprom_write(eeprom, (const uint8_t *)"\x01\x20", 2), 2);
	assert_int_equal(eeprom_read(eeprom, read, 2), 2);
	assert_memory_equal(read, "xy", 2);
	eeprom_close(eeprom);
}

static void a_file_keeps_the_contents(void **state)
{
	char path[] = "/tmp/eeprom.XXXXXX";
	char description[128];
	struct eeprom *eeprom;

	close(mkstemp(path));
	snprintf(description, sizeof(description), "0:0x50=eeprom,size=64,file=%s", path);
	eeprom = chip(description);
	assert_int_equal(eeprom_write(eeprom,
				      (const uint8_t *)"\x08"
						       "kept",
				      5),
			 5);
	eeprom_close(eeprom);
	eeprom = chip(description);
	assert_holds(eeprom, 8, "kept\xFF");
	eeprom_close(eeprom);
	/* A file of another size is another chip's. */
	snprintf(description, sizeof(description), "0:0x50=eeprom,size=128,file=%s", path);
	assert_null(eeprom_open(description, &place, why, sizeof(why)));
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_description_says_where_and_what),
		cmocka_unit_test(a_wrong_description_is_refused_with_a_reason),
		cmocka_unit_test(what_is_written_is_read_where_the_pointer_says),
		cmocka_unit_test(writing_goes_round_in_a_page_and_reading_in_the_chip),
		cmocka_unit_test(a_large_chip_has_an_address_of_two_bytes),
		cmocka_unit_test(a_file_keeps_the_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
