/* tee_plugin_method.h - how a plug-in for tee-supplicant is written.
 *
 * A plug-in is a shared object in the supplicant's plug-in directory that defines
 *
 *	struct plugin_method plugin_method = { "name", UUID, init, invoke };
 *
 * It runs in the supplicant, with the supplicant's rights, for TAs that call it by its UUID
 * (tee_invoke_supp_plugin() in the TA dev kit). */
#ifndef TEE_PLUGIN_METHOD_H
#define TEE_PLUGIN_METHOD_H

#include <stddef.h>
#include <tee_client_api.h>

struct plugin_method {
	/* For log lines. Required. */
	const char *name;
	/* What TAs name it by. Of two plug-ins with the same one the first that is found counts. */
	TEEC_UUID uuid;
	/* Called once, before any invocation; may be NULL. A result other than TEEC_SUCCESS keeps the
	 * plug-in from being used. */
	TEEC_Result (*init)(void);
	/* Required. `data` holds in_len bytes of the TA's and takes the answer in place, *out_len (0
	 * when it is called) bytes of it; it may be NULL when in_len is 0. The result goes to the TA.
	 * May block; may be called by several threads at once. */
	TEEC_Result (*invoke)(unsigned int cmd, unsigned int sub_cmd, void *data, size_t in_len,
			      size_t *out_len);
};

#endif
