#include "normal/rpmb/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bytes.h"

/* --- The file: this, and the data. Numbers are little-endian. --- */

#define IMAGE_MAGIC   "POSTERN-RPMB"
#define IMAGE_VERSION 1u

struct image {
	char magic[12];
	uint8_t version[4];
	uint8_t cid[RPMB_CID_SIZE];
	uint8_t size_mult;
	uint8_t rel_wr;
	uint8_t key_is_set;
	uint8_t reserved;
	uint8_t write_counter[4];
	uint8_t key[RPMB_KEY_MAC_SIZE];
	uint8_t padding[440];
};

static_assert(sizeof(IMAGE_MAGIC) == 13 && sizeof(struct image) == 512, "a sector");

struct rpmb_file {
	char *path;
	char *temporary;
	int lock;
	bool sync;
	struct rpmb_device *device;
};

/* What a description says. */
struct description {
	char path[4096];
	struct rpmb_geometry geometry; /* what is not said is 0 */
	bool cid_is_given;
	bool no_sync;
	struct rpmb_fault faults[RPMB_FAULTS_MAX];
	size_t fault_count;
};

struct complaint {
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static bool complain(const struct complaint *complaint,
							   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(complaint->text, complaint->size, format, arguments);
	va_end(arguments);
	return false;
}

/* --- descriptions --- */

static bool number_parse(const char *text, unsigned long max, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *number > 0 &&
	       *number <= max;
}

static bool parse_size(struct description *description, const char *text)
{
	unsigned long number;

	if (!number_parse(text, RPMB_SIZE_MULT_MAX, &number)) {
		return false;
	}
	description->geometry.size_mult = (uint8_t)number;
	return true;
}

static bool parse_rel(struct description *description, const char *text)
{
	unsigned long number;

	if (!number_parse(text, UINT8_MAX, &number)) {
		return false;
	}
	description->geometry.rel_wr = (uint8_t)number;
	return true;
}

static bool parse_cid(struct description *description, const char *text)
{
	description->cid_is_given = strlen(text) == 2 * (size_t)RPMB_CID_SIZE &&
				    bytes_from_hex(text, description->geometry.cid, RPMB_CID_SIZE);
	return description->cid_is_given;
}

static const struct {
	const char *name;
	enum rpmb_fault_kind kind;
} faults[] = {
	{ "lose-request", RPMB_FAULT_LOSE_REQUEST },
	{ "lose-answer", RPMB_FAULT_LOSE_ANSWER },
	{ "replay", RPMB_FAULT_REPLAY },
	{ "fail", RPMB_FAULT_FAIL },
	{ "cut-before", RPMB_FAULT_CUT_BEFORE },
	{ "cut-after", RPMB_FAULT_CUT_AFTER },
};

static bool parse_fault(struct description *description, const char *text)
{
	const char *at = strchr(text, '@');
	unsigned long number;

	if (at == NULL || !number_parse(at + 1, UINT32_MAX, &number) ||
	    description->fault_count == RPMB_FAULTS_MAX) {
		return false;
	}
	for (size_t i = 0; i < array_size(faults); i++) {
		if (strlen(faults[i].name) == (size_t)(at - text) &&
		    strncmp(faults[i].name, text, (size_t)(at - text)) == 0) {
			description->faults[description->fault_count++] =
				(struct rpmb_fault){ faults[i].kind, (unsigned int)number };
			return true;
		}
	}
	return false;
}

static bool parse_no_sync(struct description *description, const char *text)
{
	description->no_sync = true;
	return *text == '\0';
}

static const struct {
	const char *name;
	bool (*parse)(struct description *description, const char *text);
} options[] = {
	{ "size=", parse_size },   { "rel=", parse_rel },	 { "cid=", parse_cid },
	{ "fault=", parse_fault }, { "no-sync", parse_no_sync },
};

static bool option_parse(struct description *description, const char *option)
{
	for (size_t i = 0; i < array_size(options); i++) {
		size_t length = strlen(options[i].name);

		if (strncmp(option, options[i].name, length) == 0) {
			return options[i].parse(description, option + length);
		}
	}
	return false;
}

static bool description_parse(const char *text, struct description *description,
			      const struct complaint *complaint)
{
	char *copy = strdup(text);
	char *rest = copy;
	const char *path = copy == NULL ? NULL : strsep(&rest, ",");
	bool good = path != NULL && *path != '\0' && strlen(path) < sizeof(description->path);

	memset(description, 0, sizeof(*description));
	if (good) {
		strcpy(description->path, path);
	} else {
		complain(complaint, "no file is named: %s", text);
	}
	while (good && rest != NULL) {
		const char *option = strsep(&rest, ",");

		good = option_parse(description, option) ||
		       complain(complaint, "not an option of an RPMB device: %s", option);
	}
	free(copy);
	return good;
}

/* --- keeping it --- */

static bool write_all(int fd, const void *from, size_t size)
{
	const char *next = from;

	while (size > 0) {
		ssize_t done = write(fd, next, size);

		if (done < 0 && errno == EINTR) {
			continue;
		}
		if (done <= 0) {
			return false;
		}
		next += done;
		size -= (size_t)done;
	}
	return true;
}

static bool directory_sync(const char *path)
{
	char *copy = strdup(path);
	int fd = copy == NULL ? -1 : open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0) {
		close(fd);
	}
	free(copy);
	return done;
}

static bool temporary_write(const struct rpmb_file *file, const struct image *image,
			    const struct rpmb_state *state)
{
	size_t size = (size_t)state->geometry.size_mult * RPMB_SIZE_UNIT;
	int fd = open(file->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool done;

	if (fd < 0) {
		return false;
	}
	done = write_all(fd, image, sizeof(*image)) && write_all(fd, state->data, size) &&
	       (!file->sync || fsync(fd) == 0);
	return close(fd) == 0 && done;
}

/* The old file or the new one, whenever the power goes. */
static bool file_store(void *arg, const struct rpmb_state *state)
{
	const struct rpmb_file *file = arg;
	struct image image = {
		.size_mult = state->geometry.size_mult,
		.rel_wr = state->geometry.rel_wr,
		.key_is_set = state->key_is_set,
	};
	bool stored;

	memcpy(image.magic, IMAGE_MAGIC, sizeof(image.magic));
	store_le32(image.version, IMAGE_VERSION);
	memcpy(image.cid, state->geometry.cid, sizeof(image.cid));
	store_le32(image.write_counter, state->write_counter);
	memcpy(image.key, state->key, sizeof(image.key));
	stored = temporary_write(file, &image, state) && rename(file->temporary, file->path) == 0 &&
		 (!file->sync || directory_sync(file->path));
	bytes_wipe(&image, sizeof(image));
	return stored;
}

/* --- reading it --- */

static bool read_all(int fd, void *to, size_t size)
{
	char *next = to;

	while (size > 0) {
		ssize_t got = read(fd, next, size);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return false;
		}
		next += got;
		size -= (size_t)got;
	}
	return true;
}

static bool image_is_sound(const struct image *image, off_t file_size)
{
	return memcmp(image->magic, IMAGE_MAGIC, sizeof(image->magic)) == 0 &&
	       load_le32(image->version) == IMAGE_VERSION && image->size_mult > 0 &&
	       image->size_mult <= RPMB_SIZE_MULT_MAX && image->rel_wr > 0 &&
	       image->key_is_set <= 1 &&
	       (size_t)file_size == sizeof(*image) + (size_t)image->size_mult * RPMB_SIZE_UNIT;
}

static bool state_read(int fd, struct rpmb_state *state)
{
	struct image image;
	struct stat about;
	uint8_t *data;
	size_t size;

	if (fstat(fd, &about) != 0 || !read_all(fd, &image, sizeof(image)) ||
	    !image_is_sound(&image, about.st_size)) {
		return false;
	}
	size = (size_t)image.size_mult * RPMB_SIZE_UNIT;
	data = malloc(size);
	if (data == NULL || !read_all(fd, data, size)) {
		free(data);
		return false;
	}
	*state = (struct rpmb_state){
		.geometry = { .size_mult = image.size_mult, .rel_wr = image.rel_wr },
		.key_is_set = image.key_is_set != 0,
		.write_counter = load_le32(image.write_counter),
		.data = data,
	};
	memcpy(state->geometry.cid, image.cid, sizeof(image.cid));
	memcpy(state->key, image.key, sizeof(image.key));
	bytes_wipe(&image, sizeof(image));
	return true;
}

static bool geometry_agrees(const struct description *description,
			    const struct rpmb_geometry *geometry)
{
	const struct rpmb_geometry *said = &description->geometry;

	return (said->size_mult == 0 || said->size_mult == geometry->size_mult) &&
	       (said->rel_wr == 0 || said->rel_wr == geometry->rel_wr) &&
	       (!description->cid_is_given ||
		memcmp(said->cid, geometry->cid, sizeof(said->cid)) == 0);
}

static bool device_resume(struct rpmb_file *file, int fd, const struct description *description,
			  const struct complaint *complaint)
{
	struct rpmb_state state;

	if (!state_read(fd, &state)) {
		return complain(complaint, "%s is not the file of an RPMB device", file->path);
	}
	if (!geometry_agrees(description, &state.geometry)) {
		free(state.data);
		return complain(complaint, "%s has another size, rel or cid", file->path);
	}
	file->device = rpmb_device_resume(&state, file_store, file);
	if (file->device == NULL) {
		free(state.data);
		return complain(complaint, "no memory");
	}
	return true;
}

/* Of a manufacturer that there is not, with a serial number of its own: the key of a device depends
 * on it. */
static bool cid_make(uint8_t cid[RPMB_CID_SIZE])
{
	static const uint8_t fixed[RPMB_CID_SIZE] = { 0xfe, 0x01, 0, 'P', 'O', 'S', 'T',  'R',
						      'N',  0x10, 0, 0,	  0,   0,   0x9d, 0x01 };

	memcpy(cid, fixed, sizeof(fixed));
	return getrandom(cid + 10, 4, 0) == 4;
}

static bool device_make(struct rpmb_file *file, const struct description *description,
			const struct complaint *complaint)
{
	struct rpmb_geometry geometry = description->geometry;
	struct rpmb_state state;

	if (geometry.size_mult == 0) {
		geometry.size_mult = RPMB_SIZE_MULT_DEFAULT;
	}
	if (geometry.rel_wr == 0) {
		geometry.rel_wr = RPMB_REL_WR_DEFAULT;
	}
	if (!description->cid_is_given && !cid_make(geometry.cid)) {
		return complain(complaint, "no random numbers");
	}
	file->device = rpmb_device_new(&geometry, file_store, file);
	if (file->device == NULL) {
		return complain(complaint, "no memory");
	}
	rpmb_device_state(file->device, &state);
	return file_store(file, &state) ||
	       complain(complaint, "cannot make %s: %s", file->path, strerror(errno));
}

static bool device_open(struct rpmb_file *file, const struct description *description,
			const struct complaint *complaint)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC);
	bool opened;

	if (fd < 0 && errno != ENOENT) {
		return complain(complaint, "%s: %s", file->path, strerror(errno));
	}
	if (fd < 0) {
		return device_make(file, description, complaint);
	}
	opened = device_resume(file, fd, description, complaint);
	close(fd);
	return opened;
}

/* The file itself is another one after each write, so it cannot be locked. */
static bool lock_take(struct rpmb_file *file, const struct complaint *complaint)
{
	char *path;

	if (asprintf(&path, "%s.lock", file->path) < 0) {
		return complain(complaint, "no memory");
	}
	file->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (file->lock < 0) {
		return complain(complaint, "cannot lock %s: %s", file->path, strerror(errno));
	}
	if (flock(file->lock, LOCK_EX | LOCK_NB) != 0) {
		return complain(complaint, "another program uses %s", file->path);
	}
	return true;
}

/* Absolute: a program that goes into the background is in another directory then. */
static char *path_absolute(const char *path)
{
	char *here = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
	char *joined = NULL;

	if (here != NULL && asprintf(&joined, "%s%s%s", here, *here == '\0' ? "" : "/", path) < 0) {
		joined = NULL;
	}
	free(here);
	return joined;
}

static bool names_make(struct rpmb_file *file, const char *path)
{
	file->path = path_absolute(path);
	if (file->path == NULL || asprintf(&file->temporary, "%s.new", file->path) < 0) {
		file->temporary = NULL;
	}
	return file->path != NULL && file->temporary != NULL;
}

static bool faults_order(const struct rpmb_file *file, const struct description *description)
{
	for (size_t i = 0; i < description->fault_count; i++) {
		if (!rpmb_device_fault(file->device, &description->faults[i])) {
			return false;
		}
	}
	return true;
}

struct rpmb_file *rpmb_file_open(const char *description, char *why, size_t why_size)
{
	const struct complaint complaint = { why, why_size };
	struct description parsed;
	struct rpmb_file *file;

	if (!description_parse(description, &parsed, &complaint)) {
		return NULL;
	}
	file = calloc(1, sizeof(*file));
	if (file == NULL) {
		complain(&complaint, "no memory");
		return NULL;
	}
	file->lock = -1;
	file->sync = !parsed.no_sync;
	if (!names_make(file, parsed.path)) {
		complain(&complaint, "no memory");
		rpmb_file_close(file);
		return NULL;
	}
	if (!lock_take(file, &complaint) || !device_open(file, &parsed, &complaint) ||
	    !faults_order(file, &parsed)) {
		rpmb_file_close(file);
		return NULL;
	}
	return file;
}

void rpmb_file_close(struct rpmb_file *file)
{
	if (file == NULL) {
		return;
	}
	rpmb_device_free(file->device);
	if (file->lock >= 0) {
		close(file->lock);
	}
	free(file->temporary);
	free(file->path);
	free(file);
}

struct rpmb_device *rpmb_file_device(const struct rpmb_file *file)
{
	return file->device;
}
