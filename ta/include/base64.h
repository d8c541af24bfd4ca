/* base64.h - binary as text (RFC 4648). */
#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Text of `size` bytes, its NUL included. */
size_t base64_enc_len(size_t size);

/* *length is what there is room for, then what it takes: text with its NUL, or bytes. false: too
 * small, nothing useful was written. Decoding skips what is no base64 and stops at `=` or NUL. */
bool base64_enc(const void *data, size_t size, char *text, size_t *length);
bool base64_dec(const char *text, size_t size, void *data, size_t *length);

#endif
