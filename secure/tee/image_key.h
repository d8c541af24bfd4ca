/* image_key.h - the key that TA images have to be signed with. The definitions are written by
 * embed_key.py when the project is built. */
#ifndef SECURE_TEE_IMAGE_KEY_H
#define SECURE_TEE_IMAGE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A SubjectPublicKeyInfo. */
extern const uint8_t image_key_der[];
extern const size_t image_key_der_size;

/* The name of its file, for people. */
extern const char image_key_name[];

/* Is it the key whose private half everyone has? */
extern const bool image_key_is_development;

#endif
