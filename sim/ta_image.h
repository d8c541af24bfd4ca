/* ta_image.h - signed images for scripted TAs, made in memory.
 *
 * The program in one is a minimal ELF that says what the script's flags are and is never
 * executed; the file around it is what `postern ta sign` would write with the development key,
 * so that the secure world has as much to verify as with any other. Images are made once for
 * each process. */
#ifndef SIM_TA_IMAGE_H
#define SIM_TA_IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct ta_script;

struct ta_image {
	const uint8_t *bytes;
	size_t size;
};

struct ta_image ta_image_get(const struct ta_script *script);

#endif
