/* Does abi/device.h say what this machine's kernel header says? */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/tee.h>

#include "abi/device_table.h"

static const struct device_fact linux_facts[] = { DEVICE_FACTS };

static void every_number_and_layout_is_the_kernels(void **state)
{
	size_t count = sizeof(linux_facts) / sizeof(linux_facts[0]);

	assert_int_equal(device_facts_count, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(device_facts[i].name, linux_facts[i].name);
		if (device_facts[i].value != linux_facts[i].value) {
			fail_msg("%s is %#llx, the kernel says %#llx", device_facts[i].name,
				 (unsigned long long)device_facts[i].value,
				 (unsigned long long)linux_facts[i].value);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_and_layout_is_the_kernels),
	};

	return cmocka_run_group_tests_name("abi/device_linux", tests, NULL, NULL);
}
