#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "monitor/feature.h"

static void a_plain_cpu_gets_nothing_more(void **state)
{
	const struct feature_registers registers = { .pfr0 = 0 };
	struct features features;

	(void)state;
	feature_decide(&registers, &features);
	assert_false(features.el2);
	assert_false(features.sve);
	assert_false(features.sme);
	assert_int_equal(features.scr_normal, SCR_RES1 | SCR_NS | SCR_RW | SCR_FIQ);
	assert_int_equal(features.cptr_normal, 0);
}

static void the_secure_kernel_gets_the_same_on_every_cpu(void **state)
{
	const struct feature_registers plain = { .pfr0 = 0 };
	const struct feature_registers full = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
						UINT64_MAX, UINT64_MAX, UINT64_MAX };
	struct features one;
	struct features other;

	(void)state;
	feature_decide(&plain, &one);
	feature_decide(&full, &other);
	assert_int_equal(one.scr_secure, other.scr_secure);
	assert_int_equal(one.scr_secure & (SCR_NS | SCR_API | SCR_APK | SCR_ATA), 0);
	assert_int_equal(one.scr_secure & (SCR_ST | SCR_SIF | SCR_RW), SCR_ST | SCR_SIF | SCR_RW);
	assert_int_equal(one.cptr_secure, CPTR_TFP);
	assert_int_equal(other.cptr_secure, CPTR_TFP);
}

static void what_the_id_registers_show_works_in_the_normal_world(void **state)
{
	const struct feature_registers registers = {
		.pfr0 = 1ull << 8 | 1ull << 32 | 2ull << 44 | 2ull << 56,
		.pfr1 = 2ull << 8 | 1ull << 24,
		.isar1 = 1ull << 24,
		.mmfr0 = 1ull << 56 | 2ull << 60,
		.mmfr1 = 1ull << 40,
		.smfr0 = 1ull << 63,
	};
	struct features features;

	(void)state;
	feature_decide(&registers, &features);
	assert_true(features.el2 && features.sve && features.sme && features.sme_full);
	assert_int_equal(features.scr_normal, SCR_RES1 | SCR_NS | SCR_RW | SCR_FIQ | SCR_HCE |
						      SCR_API | SCR_APK | SCR_AMVOFFEN |
						      SCR_ENSCXT | SCR_ATA | SCR_ENTP2 | SCR_FGTEN |
						      SCR_ECVEN | SCR_HXEN);
	assert_int_equal(features.cptr_normal, CPTR_EZ | CPTR_ESM);
}

static void an_older_version_of_a_feature_is_not_the_newer(void **state)
{
	const struct feature_registers registers = {
		.pfr0 = 1ull << 44 | 1ull << 56,
		.pfr1 = 1ull << 8,
		.mmfr0 = 1ull << 60,
	};
	struct features features;

	(void)state;
	feature_decide(&registers, &features);
	assert_int_equal(features.scr_normal, SCR_RES1 | SCR_NS | SCR_RW | SCR_FIQ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_cpu_gets_nothing_more),
		cmocka_unit_test(the_secure_kernel_gets_the_same_on_every_cpu),
		cmocka_unit_test(what_the_id_registers_show_works_in_the_normal_world),
		cmocka_unit_test(an_older_version_of_a_feature_is_not_the_newer),
	};

	return cmocka_run_group_tests_name("monitor/feature", tests, NULL, NULL);
}
