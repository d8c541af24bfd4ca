#include "abi/device_table.h"

#include "abi/device.h"

const struct device_fact device_facts[] = { DEVICE_FACTS };
const size_t device_facts_count = sizeof(device_facts) / sizeof(device_facts[0]);
