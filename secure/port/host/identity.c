#include "secure/port/host/identity.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static struct secret_key {
	uint8_t bytes[PORT_DEVICE_KEY_SIZE];
} identity_key;

void identity_set(const uint8_t key[PORT_DEVICE_KEY_SIZE])
{
	memcpy(identity_key.bytes, key, PORT_DEVICE_KEY_SIZE);
}

void port_device_key(uint8_t key[PORT_DEVICE_KEY_SIZE])
{
	memcpy(key, identity_key.bytes, PORT_DEVICE_KEY_SIZE);
}

void port_random(void *buffer, size_t size)
{
	uint8_t *at = buffer;

	while (size > 0) {
		ssize_t got = getrandom(at, size, 0);

		if (got < 0 && errno != EINTR) {
			port_panic("no entropy");
		}
		if (got > 0) {
			at += got;
			size -= (size_t)got;
		}
	}
}
