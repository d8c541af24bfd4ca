/* check_property.c - what the TEE says about itself, the TA and the client. */
#include <string.h>
#include <util.h>

#include "api_ta.h"
#include "check.h"

static TEE_Result walk(TEE_PropSetHandle set, size_t least)
{
	TEE_PropSetHandle enumerator = TEE_HANDLE_NULL;
	char name[128];
	size_t size;
	size_t count = 0;
	TEE_Result res;

	EXPECT_SUCCESS(TEE_AllocatePropertyEnumerator(&enumerator));
	TEE_StartPropertyEnumerator(enumerator, set);
	do {
		char value[128];

		size = sizeof(name);
		EXPECT_SUCCESS(TEE_GetPropertyName(enumerator, name, &size));
		EXPECT(size == strlen(name) + 1);
		size = sizeof(value);
		EXPECT_SUCCESS(TEE_GetPropertyAsString(enumerator, NULL, value, &size));
		EXPECT(size == strlen(value) + 1);
		/* By its name it is the same. */
		size = 0;
		EXPECT_RESULT(TEE_GetPropertyAsString(set, name, NULL, &size),
			      TEE_ERROR_SHORT_BUFFER);
		EXPECT(size == strlen(value) + 1);
		count++;
		res = TEE_GetNextProperty(enumerator);
	} while (res == TEE_SUCCESS);
	EXPECT_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND);
	EXPECT(count >= least);
	TEE_FreePropertyEnumerator(enumerator);
	return TEE_SUCCESS;
}

TEE_Result check_property(const struct client_memory *client)
{
	const TEE_UUID own = API_TA_UUID;
	char text[64];
	size_t size = sizeof(text);
	uint32_t number = 0;
	TEE_UUID uuid;
	bool flag = true;

	(void)client;
	EXPECT_SUCCESS(walk(TEE_PROPSET_CURRENT_TA, 14));
	EXPECT_SUCCESS(walk(TEE_PROPSET_CURRENT_CLIENT, 2));
	EXPECT_SUCCESS(walk(TEE_PROPSET_TEE_IMPLEMENTATION, 10));

	EXPECT_SUCCESS(TEE_GetPropertyAsUUID(TEE_PROPSET_CURRENT_TA, "gpd.ta.appID", &uuid));
	EXPECT(TEE_MemCompare(&uuid, &own, sizeof(uuid)) == 0);
	EXPECT_SUCCESS(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "test.number", &number));
	EXPECT(number == 4242);
	EXPECT_SUCCESS(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "gpd.ta.dataSize", &number));
	EXPECT(number == 512 * 1024);
	EXPECT_SUCCESS(
		TEE_GetPropertyAsBool(TEE_PROPSET_CURRENT_TA, "gpd.ta.singleInstance", &flag));
	EXPECT(!flag);
	EXPECT_SUCCESS(
		TEE_GetPropertyAsString(TEE_PROPSET_CURRENT_TA, "gpd.ta.version", text, &size));
	EXPECT(strcmp(text, "4.2") == 0);
	size = sizeof(text);
	EXPECT_SUCCESS(
		TEE_GetPropertyAsBinaryBlock(TEE_PROPSET_CURRENT_TA, "test.binary", text, &size));
	EXPECT(size == 12 && TEE_MemCompare(text, "Hello world!", 12) == 0);
	EXPECT_RESULT(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "test.text", &number),
		      TEE_ERROR_BAD_FORMAT);
	EXPECT_RESULT(TEE_GetPropertyAsU32(TEE_PROPSET_TEE_IMPLEMENTATION, "no.such", &number),
		      TEE_ERROR_ITEM_NOT_FOUND);
	return TEE_SUCCESS;
}

TEE_Result check_client(const struct client_memory *client)
{
	TEE_Identity identity;

	(void)client;
	EXPECT_SUCCESS(TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity",
						 &identity));
	EXPECT(identity.login == TEE_LOGIN_PUBLIC);
	return TEE_SUCCESS;
}
