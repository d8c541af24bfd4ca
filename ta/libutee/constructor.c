#include "ta/libutee/constructor.h"

typedef void (*constructor)(void);

/* By the linker. */
extern const constructor __init_array_start[] __attribute__((visibility("hidden")));
extern const constructor __init_array_end[] __attribute__((visibility("hidden")));
extern const constructor __fini_array_start[] __attribute__((visibility("hidden")));
extern const constructor __fini_array_end[] __attribute__((visibility("hidden")));

void utee_constructors_run(void)
{
	for (const constructor *run = __init_array_start; run < __init_array_end; run++) {
		(*run)();
	}
}

void utee_destructors_run(void)
{
	for (const constructor *run = __fini_array_end; run > __fini_array_start; run--) {
		run[-1]();
	}
}
