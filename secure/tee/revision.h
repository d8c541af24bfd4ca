/* revision.h - what GET_OS_REVISION and the properties of the TEE answer. */
#ifndef SECURE_TEE_REVISION_H
#define SECURE_TEE_REVISION_H

#define REVISION_MAJOR 0u
#define REVISION_MINOR 1u
/* The leading hexadecimal digits of the source's commit; 0: unspecified. */
#define REVISION_BUILD 0u

#define REVISION_NAME "Postern"
#define REVISION_TEXT "0.1"

#endif
