/* property.h - where properties come from: first the library's table for a set, then the
 * kernel's. */
#ifndef TA_LIBUTEE_PROPERTY_H
#define TA_LIBUTEE_PROPERTY_H

#include <stddef.h>
#include <stdint.h>

#include <tee_api_types.h>
#include <user_ta_header.h>

/* The largest value that is not text: a TEE_Identity. */
#define PROPERTY_VALUE_MAX 20u

/* A place in the order of a set: the library's properties, then the kernel's. */
struct property_place {
	uint32_t set;
	uint32_t index;
};

/* Is it one of the three sets, or an enumerator? */
bool utee_property_is_set(TEE_PropSetHandle handle);

/* ITEM_NOT_FOUND: the set has no such property, or there is no such set. */
TEE_Result utee_property_find(TEE_PropSetHandle set, const char *name,
			      struct property_place *place);

/* The value (*size is the room for it, then its size; text with its NUL) and its type.
 * ITEM_NOT_FOUND: the set has fewer. SHORT_BUFFER: only *size is set. */
TEE_Result utee_property_value(const struct property_place *place, void *value, uint32_t *size,
			       uint32_t *type);
/* The name, in the same way. */
TEE_Result utee_property_name(const struct property_place *place, char *name, uint32_t *size);

#endif
