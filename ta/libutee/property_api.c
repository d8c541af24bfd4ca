/* property_api.c - TEE_GetProperty*() and enumerators. */
#include <base64.h>
#include <malloc.h>
#include <printk.h>
#include <stdint.h>
#include <string.h>

#include <util.h>

#include "ta/libutee/api.h"
#include "ta/libutee/property.h"

/* The longest text of a value that is not text: an identity, "4294967295:" and a UUID. */
#define PROPERTY_TEXT_SIZE 64

enum enumerator_state {
	ENUMERATOR_STOPPED,
	ENUMERATOR_AT,
	ENUMERATOR_PAST_END,
};

/* What an enumerator's handle points to. */
struct enumerator {
	enum enumerator_state state;
	struct property_place place;
};

static struct enumerator *enumerator_of(TEE_PropSetHandle handle)
{
	return (struct enumerator *)handle;
}

/* --- Values ---------------------------------------------------------------------------------- */

static void check_name(const char *function, const char *name)
{
	/* A bad pointer panics here; text that has no end is the TA's own fault, and faults. */
	utee_check(function, "the property's name", API_IN, name, 1);
	utee_check(function, "the property's name", API_IN, name, strlen(name) + 1);
}

/* The property that a function is asked for: by name in a set, or where an enumerator stands. */
static TEE_Result place_find(const char *function, TEE_PropSetHandle handle, const char *name,
			     struct property_place *place)
{
	const struct enumerator *enumerator = enumerator_of(handle);

	if (utee_property_is_set(handle)) {
		check_name(function, name);
		return utee_property_find(handle, name, place);
	}
	utee_check(function, "the property set", API_INOUT, enumerator, sizeof(*enumerator));
	if (enumerator->state == ENUMERATOR_PAST_END) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (enumerator->state == ENUMERATOR_STOPPED) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	*place = enumerator->place;
	return TEE_SUCCESS;
}

/* A value of a type that has `size` bytes. Everything longer is text, and thus of another type. */
static TEE_Result typed_value(const char *function, TEE_PropSetHandle handle, const char *name,
			      uint32_t type, void *value, size_t size)
{
	unsigned char buffer[PROPERTY_VALUE_MAX] = { 0 };
	uint32_t found_size = sizeof(buffer);
	uint32_t found_type = USER_TA_PROP_TYPE_INVALID;
	struct property_place place = { 0 };
	TEE_Result res;

	utee_check(function, "value", API_OUT, value, size);
	res = place_find(function, handle, name, &place);
	if (res == TEE_SUCCESS) {
		res = utee_property_value(&place, buffer, &found_size, &found_type);
	}
	if (res == TEE_ERROR_SHORT_BUFFER || (res == TEE_SUCCESS && found_type != type)) {
		res = TEE_ERROR_BAD_FORMAT;
	}
	if (res == TEE_SUCCESS) {
		memcpy(value, buffer, size);
	}
	return utee_result(
		function, res,
		(const TEE_Result[]){ TEE_SUCCESS, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_BAD_FORMAT },
		3);
}

/* The value in memory of its own, which the caller frees. */
static TEE_Result any_value(const char *function, TEE_PropSetHandle handle, const char *name,
			    void **value, uint32_t *type)
{
	struct property_place place = { 0 };
	uint32_t size = PROPERTY_VALUE_MAX;
	void *buffer;
	TEE_Result res;

	res = place_find(function, handle, name, &place);
	if (res != TEE_SUCCESS) {
		return res;
	}
	buffer = malloc(size);
	if (buffer == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = utee_property_value(&place, buffer, &size, type);
	if (res == TEE_ERROR_SHORT_BUFFER) {
		free(buffer);
		buffer = malloc(size);
		if (buffer == NULL) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
		res = utee_property_value(&place, buffer, &size, type);
	}
	if (res != TEE_SUCCESS) {
		free(buffer);
		return res;
	}
	*value = buffer;
	return TEE_SUCCESS;
}

/* false: there is no text for this type. */
static bool value_text(uint32_t type, const void *value, char text[PROPERTY_TEXT_SIZE])
{
	TEE_Identity identity;
	uint32_t number;

	switch (type) {
	case USER_TA_PROP_TYPE_BOOL:
		snprintk(text, PROPERTY_TEXT_SIZE, "%s", *(const bool *)value ? "true" : "false");
		return true;
	case USER_TA_PROP_TYPE_U32:
		memcpy(&number, value, sizeof(number));
		snprintk(text, PROPERTY_TEXT_SIZE, "%" PRIu32, number);
		return true;
	case USER_TA_PROP_TYPE_UUID:
		snprintk(text, PROPERTY_TEXT_SIZE, "%pUl", value);
		return true;
	case USER_TA_PROP_TYPE_IDENTITY:
		memcpy(&identity, value, sizeof(identity));
		snprintk(text, PROPERTY_TEXT_SIZE, "%" PRIu32 ":%pUl", identity.login,
			 (void *)&identity.uuid);
		return true;
	default:
		return false;
	}
}

static TEE_Result text_out(const char *text, char *buffer, size_t *size)
{
	size_t need = strlen(text) + 1;
	bool fits = *size >= need;

	*size = need;
	if (!fits) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	memcpy(buffer, text, need);
	return TEE_SUCCESS;
}

static TEE_Result value_out(uint32_t type, const void *value, char *buffer, size_t *size)
{
	char text[PROPERTY_TEXT_SIZE];

	if (type == USER_TA_PROP_TYPE_STRING || type == USER_TA_PROP_TYPE_BINARY_BLOCK) {
		return text_out(value, buffer, size);
	}
	if (!value_text(type, value, text)) {
		return TEE_ERROR_BAD_FORMAT;
	}
	return text_out(text, buffer, size);
}

TEE_Result TEE_GetPropertyAsString(TEE_PropSetHandle propsetOrEnumerator, const char *name,
				   char *valueBuffer, size_t *valueBufferLen)
{
	uint32_t type = USER_TA_PROP_TYPE_INVALID;
	void *value = NULL;
	TEE_Result res;

	API_CHECK(API_INOUT, valueBufferLen, sizeof(*valueBufferLen));
	API_CHECK(API_OUT_BUFFER, valueBuffer, *valueBufferLen);
	res = any_value(__func__, propsetOrEnumerator, name, &value, &type);
	if (res == TEE_SUCCESS) {
		res = value_out(type, value, valueBuffer, valueBufferLen);
		free(value);
	}
	return API_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_SHORT_BUFFER);
}

TEE_Result TEE_GetPropertyAsBinaryBlock(TEE_PropSetHandle propsetOrEnumerator, const char *name,
					void *valueBuffer, size_t *valueBufferLen)
{
	uint32_t type = USER_TA_PROP_TYPE_INVALID;
	void *value = NULL;
	TEE_Result res;

	API_CHECK(API_INOUT, valueBufferLen, sizeof(*valueBufferLen));
	API_CHECK(API_OUT_BUFFER, valueBuffer, *valueBufferLen);
	res = any_value(__func__, propsetOrEnumerator, name, &value, &type);
	if (res == TEE_SUCCESS && type != USER_TA_PROP_TYPE_BINARY_BLOCK) {
		res = TEE_ERROR_BAD_FORMAT;
	} else if (res == TEE_SUCCESS &&
		   !base64_dec(value, strlen(value), valueBuffer, valueBufferLen)) {
		res = TEE_ERROR_SHORT_BUFFER;
	}
	free(value);
	return API_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_BAD_FORMAT,
			  TEE_ERROR_SHORT_BUFFER);
}

TEE_Result TEE_GetPropertyAsBool(TEE_PropSetHandle propsetOrEnumerator, const char *name,
				 bool *value)
{
	return typed_value(__func__, propsetOrEnumerator, name, USER_TA_PROP_TYPE_BOOL, value,
			   sizeof(*value));
}

TEE_Result TEE_GetPropertyAsU32(TEE_PropSetHandle propsetOrEnumerator, const char *name,
				uint32_t *value)
{
	return typed_value(__func__, propsetOrEnumerator, name, USER_TA_PROP_TYPE_U32, value,
			   sizeof(*value));
}

TEE_Result TEE_GetPropertyAsU64(TEE_PropSetHandle propsetOrEnumerator, const char *name,
				uint64_t *value)
{
	return typed_value(__func__, propsetOrEnumerator, name, USER_TA_PROP_TYPE_U64, value,
			   sizeof(*value));
}

TEE_Result TEE_GetPropertyAsUUID(TEE_PropSetHandle propsetOrEnumerator, const char *name,
				 TEE_UUID *value)
{
	return typed_value(__func__, propsetOrEnumerator, name, USER_TA_PROP_TYPE_UUID, value,
			   sizeof(*value));
}

TEE_Result TEE_GetPropertyAsIdentity(TEE_PropSetHandle propsetOrEnumerator, const char *name,
				     TEE_Identity *value)
{
	return typed_value(__func__, propsetOrEnumerator, name, USER_TA_PROP_TYPE_IDENTITY, value,
			   sizeof(*value));
}

/* --- Enumerators ----------------------------------------------------------------------------- */

TEE_Result TEE_AllocatePropertyEnumerator(TEE_PropSetHandle *enumerator)
{
	struct enumerator *fresh;

	API_CHECK(API_OUT, enumerator, sizeof(*enumerator));
	fresh = malloc(sizeof(*fresh));
	if (fresh == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*fresh = (struct enumerator){ .state = ENUMERATOR_STOPPED };
	*enumerator = (TEE_PropSetHandle)fresh;
	return TEE_SUCCESS;
}

void TEE_FreePropertyEnumerator(TEE_PropSetHandle enumerator)
{
	free(enumerator_of(enumerator));
}

void TEE_StartPropertyEnumerator(TEE_PropSetHandle enumerator, TEE_PropSetHandle propSet)
{
	struct enumerator *started = enumerator_of(enumerator);

	if (started == NULL) {
		return;
	}
	API_CHECK(API_INOUT, started, sizeof(*started));
	started->state = ENUMERATOR_AT;
	started->place = (struct property_place){ .set = (uint32_t)(uintptr_t)propSet };
	if (!utee_property_is_set(propSet)) {
		started->state = ENUMERATOR_STOPPED;
	}
}

void TEE_ResetPropertyEnumerator(TEE_PropSetHandle enumerator)
{
	struct enumerator *reset = enumerator_of(enumerator);

	API_CHECK(API_INOUT, reset, sizeof(*reset));
	*reset = (struct enumerator){ .state = ENUMERATOR_STOPPED };
}

TEE_Result TEE_GetPropertyName(TEE_PropSetHandle enumerator, void *nameBuffer,
			       size_t *nameBufferLen)
{
	const struct enumerator *at = enumerator_of(enumerator);
	uint32_t size;
	TEE_Result res = TEE_ERROR_ITEM_NOT_FOUND;

	API_CHECK(API_INOUT, at, sizeof(*at));
	API_CHECK(API_INOUT, nameBufferLen, sizeof(*nameBufferLen));
	API_CHECK(API_OUT_BUFFER, nameBuffer, *nameBufferLen);
	if (at->state == ENUMERATOR_AT) {
		size = (uint32_t)MIN(*nameBufferLen, (size_t)UINT32_MAX);
		res = utee_property_name(&at->place, nameBuffer, &size);
		*nameBufferLen = size;
	}
	return API_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_SHORT_BUFFER);
}

TEE_Result TEE_GetNextProperty(TEE_PropSetHandle enumerator)
{
	struct enumerator *at = enumerator_of(enumerator);
	char name[1];
	uint32_t size = sizeof(name);
	TEE_Result res;

	API_CHECK(API_INOUT, at, sizeof(*at));
	if (at->state != ENUMERATOR_AT) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	at->place.index++;
	res = utee_property_name(&at->place, name, &size);
	if (res == TEE_ERROR_SHORT_BUFFER) {
		return TEE_SUCCESS;
	}
	at->state = ENUMERATOR_PAST_END;
	return API_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND);
}
