/* fake_rpc.h - a normal world for the tests of secure/tee: rpc.h and the half of shm.h that its
 * users need, answered at once and without leaving, over files in memory.
 *
 * It is as strict about requests as the supplicant: a wrong number or type of parameters is
 * BAD_PARAMETERS. It can fail, lie and change shared memory after it was read. */
#ifndef SECURE_TEE_FAKE_RPC_H
#define SECURE_TEE_FAKE_RPC_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/core/rpc.h"

#define FAKE_FILES_MAX 512u
#define FAKE_OPEN_MAX  32u

/* Forget files, images, failures, buffers. Fails the test when a buffer was not released, or a file
 * or directory not closed. */
void fake_rpc_reset(void);
/* The same without the complaint: after a test in which closing failed. */
void fake_rpc_forget(void);

/* Requests since the last reset, of the kinds that are counted: LOAD_TA and FS. */
unsigned int fake_rpc_requests(void);

/* From now on request number `first` (1 is the next) is not served and answers `result`; with
 * `last` also all that follow up to that one. */
void fake_rpc_fail(unsigned int first, unsigned int last, TEE_Result result);
#define FAKE_RPC_FOREVER 0xffffffffu

/* Called after each request was served: may change what comes back. NULL: nothing does. */
typedef void (*fake_rpc_liar)(uint32_t cmd, struct rpc_param *params, size_t count,
			      TEE_Result *result);
void fake_rpc_lie(fake_rpc_liar liar);

/* Shared memory turns to something else right after it was copied in. */
void fake_rpc_scramble(bool scramble);

/* Allocations of shared memory fail. */
void fake_rpc_exhaust(bool exhaust);

/* --- TA images --- */

/* Answer LOAD_TA for `uuid` with these bytes, which stay the caller's. One image at a time. */
void fake_ta_put(const TEE_UUID *uuid, const void *image, size_t size);

/* --- files --- */

/* `name` as in a request. NULL: there is no such file. */
uint8_t *fake_file(const char *name, size_t *size);
void fake_file_put(const char *name, const void *data, size_t size);
unsigned int fake_files(void);
/* The name of file `index`, below fake_files(). */
const char *fake_file_name(unsigned int index);
/* Open files and directories. */
unsigned int fake_files_open(void);
/* Bytes that all files together may have; more is STORAGE_NO_SPACE. */
void fake_files_limit(size_t limit);

/* --- shared memory --- */

/* For what a client would share. Release with shm_put(). */
struct shm *fake_shm(size_t size);

#endif
