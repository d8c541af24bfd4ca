/* fake_plugin.c - plug-ins for plugin_test.c, each a good one or a bad one in its own way. Written as others
 * write them: against libteec's header alone. */
#include <string.h>
#include <tee_plugin_method.h>

#define ECHO_UUID                                                                                  \
	{                                                                                          \
		0x9d8a3d2c, 0x1b4f, 0x4c11,                                                        \
		{                                                                                  \
			0x8e, 0x57, 0x60, 0x21, 0xaa, 0x4b, 0x0f, 0x73                             \
		}                                                                                  \
	}
#define UNWILLING_UUID                                                                             \
	{                                                                                          \
		0x5a0e1c66, 0x70d9, 0x4f2a,                                                        \
		{                                                                                  \
			0x93, 0x0c, 0x4d, 0x8b, 0x52, 0xe6, 0x1f, 0x08                             \
		}                                                                                  \
	}

/* Turns the data round; the sub-command is added to each byte. The command is the result. */
static TEEC_Result echo(unsigned int cmd, unsigned int sub_cmd, void *data, size_t in_len,
			size_t *out_len)
{
	unsigned char *bytes = data;
	size_t i;

	for (i = 0; i < in_len / 2; i++) {
		unsigned char kept = bytes[i];

		bytes[i] = bytes[in_len - 1 - i];
		bytes[in_len - 1 - i] = kept;
	}
	for (i = 0; i < in_len; i++) {
		bytes[i] = (unsigned char)(bytes[i] + sub_cmd);
	}
	*out_len = in_len;
	return cmd;
}

__attribute__((unused)) static TEEC_Result refuse(void)
{
	return TEEC_ERROR_GENERIC;
}

/* What the build says of each: VARIABLE, NAME, UUID, INIT. */
struct plugin_method VARIABLE = { NAME, UUID, INIT, echo };
