#include "sim/fault.h"

#include <stdio.h>

#include "sim/trouble.h"

static bool counting;
static unsigned int fault_first;
static unsigned int fault_count;
static unsigned int counted;

void fault_begin(unsigned int first, unsigned int count)
{
	counting = true;
	fault_first = first;
	fault_count = count;
	counted = 0;
}

unsigned int fault_end(void)
{
	counting = false;
	return counted;
}

bool fault_strikes(const char *what)
{
	char line[80];
	unsigned int number = counted;
	int length;

	if (!counting) {
		return false;
	}
	counted++;
	if (number < fault_first || number - fault_first >= fault_count) {
		return false;
	}
	length = snprintf(line, sizeof(line), "sim: number %u, %s, fails", number, what);
	trouble_line(line, (size_t)length);
	return true;
}
