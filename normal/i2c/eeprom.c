#include "normal/i2c/eeprom.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRESH 0xFF

struct eeprom {
	pthread_mutex_t lock;
	int fd; /* -1: contents end with us */
	size_t pointer;
	size_t size; /* a power of two */
	uint8_t bytes[EEPROM_SIZE_MAX];
};

/* --- Messages -------------------------------------------------------------------------------- */

static size_t address_bytes(const struct eeprom *eeprom)
{
	return eeprom->size > 256 ? 2 : 1;
}

static size_t page_size(const struct eeprom *eeprom)
{
	return eeprom->size > 256 ? EEPROM_PAGE_LARGE : EEPROM_PAGE_SMALL;
}

static void pointer_set(struct eeprom *eeprom, const uint8_t *data, size_t count)
{
	size_t pointer = 0;

	for (size_t i = 0; i < count; i++) {
		pointer = pointer << 8 | data[i];
	}
	eeprom->pointer = pointer & (eeprom->size - 1);
}

/* The page as a whole: it is where all of a message ends up. */
static bool page_save(const struct eeprom *eeprom, size_t page)
{
	return eeprom->fd < 0 || pwrite(eeprom->fd, eeprom->bytes + page, page_size(eeprom),
					(off_t)page) == (ssize_t)page_size(eeprom);
}

static bool page_write(struct eeprom *eeprom, const uint8_t *data, size_t size)
{
	size_t mask = page_size(eeprom) - 1;
	size_t page = eeprom->pointer & ~mask;

	for (size_t i = 0; i < size; i++) {
		eeprom->bytes[eeprom->pointer] = data[i];
		eeprom->pointer = page | ((eeprom->pointer + 1) & mask);
	}
	return size == 0 || page_save(eeprom, page);
}

int eeprom_write(struct eeprom *eeprom, const uint8_t *data, size_t size)
{
	size_t count = address_bytes(eeprom);
	bool good = true;

	pthread_mutex_lock(&eeprom->lock);
	if (size >= count) {
		pointer_set(eeprom, data, count);
		good = page_write(eeprom, data + count, size - count);
	}
	pthread_mutex_unlock(&eeprom->lock);
	return good ? (int)size : -EIO;
}

int eeprom_read(struct eeprom *eeprom, uint8_t *data, size_t size)
{
	pthread_mutex_lock(&eeprom->lock);
	for (size_t i = 0; i < size; i++) {
		data[i] = eeprom->bytes[eeprom->pointer];
		eeprom->pointer = (eeprom->pointer + 1) & (eeprom->size - 1);
	}
	pthread_mutex_unlock(&eeprom->lock);
	return (int)size;
}

/* --- Opening --------------------------------------------------------------------------------- */

struct description {
	struct eeprom_place *place;
	size_t size;
	const char *file; /* NULL: none */
};

static bool number_parse(const char *text, char end, unsigned long max, uint32_t *number,
			 const char **rest)
{
	unsigned long value;
	char *after;

	errno = 0;
	value = strtoul(text, &after, 0);
	if (after == text || *text == '-' || errno != 0 || *after != end || value > max) {
		return false;
	}
	*number = (uint32_t)value;
	*rest = after + (end != '\0' ? 1 : 0);
	return true;
}

static bool size_parse(const char *text, size_t *size)
{
	uint32_t number;

	if (text == NULL || !number_parse(text, '\0', EEPROM_SIZE_MAX, &number, &text) ||
	    number < EEPROM_SIZE_MIN || (number & (number - 1)) != 0) {
		return false;
	}
	*size = number;
	return true;
}

/* false: `options` is left where it is wrong. */
static bool options_parse(char **options, struct description *description)
{
	enum {
		OPTION_SIZE,
		OPTION_TEN_BIT,
		OPTION_FILE
	};
	char *const names[] = {
		[OPTION_SIZE] = (char *)"size",
		[OPTION_TEN_BIT] = (char *)"ten-bit",
		[OPTION_FILE] = (char *)"file",
		NULL,
	};

	while (**options != '\0') {
		char *start = *options;
		char *value = NULL;
		bool good = false;

		switch (getsubopt(options, names, &value)) {
		case OPTION_SIZE:
			good = size_parse(value, &description->size);
			break;
		case OPTION_TEN_BIT:
			good = value == NULL;
			description->place->ten_bit = true;
			break;
		case OPTION_FILE:
			good = value != NULL && *value != '\0';
			description->file = value;
			break;
		}
		if (!good) {
			*options = start;
			return false;
		}
	}
	return true;
}

static bool description_parse(char *text, struct description *description, char *why,
			      size_t why_size)
{
	static const char kind[] = "eeprom";
	struct eeprom_place *place = description->place;
	const char *rest;
	char *options;

	*place = (struct eeprom_place){ 0 };
	if (!number_parse(text, ':', UINT32_MAX, &place->adapter, &rest) ||
	    !number_parse(rest, '=', 0x3FF, &place->address, &rest) ||
	    strncmp(rest, kind, strlen(kind)) != 0 ||
	    (rest[strlen(kind)] != '\0' && rest[strlen(kind)] != ',')) {
		snprintf(why, why_size, "expected ADAPTER:ADDRESS=eeprom[,OPTION...]");
		return false;
	}
	options = text + (rest - text) + strlen(kind);
	options += *options == ',' ? 1 : 0;
	if (!options_parse(&options, description)) {
		snprintf(why, why_size,
			 "expected size=BYTES (a power of two from %u to %u), ten-bit or "
			 "file=PATH, not '%s'",
			 EEPROM_SIZE_MIN, EEPROM_SIZE_MAX, options);
		return false;
	}
	return true;
}

/* A file that is there has to have the chip's size. */
static bool file_load(struct eeprom *eeprom, const char *path, char *why, size_t why_size)
{
	struct stat status;

	eeprom->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (eeprom->fd < 0 || fstat(eeprom->fd, &status) != 0) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return false;
	}
	if (status.st_size == 0) {
		if (pwrite(eeprom->fd, eeprom->bytes, eeprom->size, 0) == (ssize_t)eeprom->size) {
			return true;
		}
		snprintf(why, why_size, "%s cannot be written", path);
		return false;
	}
	if (status.st_size != (off_t)eeprom->size ||
	    pread(eeprom->fd, eeprom->bytes, eeprom->size, 0) != (ssize_t)eeprom->size) {
		snprintf(why, why_size, "%s is not of %zu bytes", path, eeprom->size);
		return false;
	}
	return true;
}

static struct eeprom *eeprom_new(const struct description *description, char *why, size_t why_size)
{
	struct eeprom *eeprom = calloc(1, sizeof(*eeprom));

	if (eeprom == NULL) {
		snprintf(why, why_size, "no memory");
		return NULL;
	}
	pthread_mutex_init(&eeprom->lock, NULL);
	eeprom->fd = -1;
	eeprom->size = description->size;
	memset(eeprom->bytes, FRESH, eeprom->size);
	if (description->file != NULL && !file_load(eeprom, description->file, why, why_size)) {
		eeprom_close(eeprom);
		return NULL;
	}
	return eeprom;
}

struct eeprom *eeprom_open(const char *text, struct eeprom_place *place, char *why, size_t why_size)
{
	struct description description = { .place = place, .size = EEPROM_SIZE_DEFAULT };
	struct eeprom *eeprom = NULL;
	char *copy = strdup(text);

	if (copy == NULL) {
		snprintf(why, why_size, "no memory");
	} else if (description_parse(copy, &description, why, why_size)) {
		eeprom = eeprom_new(&description, why, why_size);
	}
	free(copy);
	return eeprom;
}

void eeprom_close(struct eeprom *eeprom)
{
	if (eeprom->fd >= 0) {
		close(eeprom->fd);
	}
	pthread_mutex_destroy(&eeprom->lock);
	free(eeprom);
}
