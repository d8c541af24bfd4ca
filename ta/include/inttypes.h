/* inttypes.h - how printf() and its kin are told about the types of stdint.h. */
#ifndef INTTYPES_H
#define INTTYPES_H

#include <stdint.h>

/* What stands between the percent sign and the letter. int64_t is long where addresses have 64
 * bits. */
#ifdef __LP64__
#define __PRI_64  "l"
#define __PRI_PTR "l"
#else
#define __PRI_64  "ll"
#define __PRI_PTR ""
#endif

#define PRId8  "d"
#define PRId16 "d"
#define PRId32 "d"
#define PRId64 __PRI_64 "d"
#define PRIi8  "i"
#define PRIi16 "i"
#define PRIi32 "i"
#define PRIi64 __PRI_64 "i"
#define PRIo8  "o"
#define PRIo16 "o"
#define PRIo32 "o"
#define PRIo64 __PRI_64 "o"
#define PRIu8  "u"
#define PRIu16 "u"
#define PRIu32 "u"
#define PRIu64 __PRI_64 "u"
#define PRIx8  "x"
#define PRIx16 "x"
#define PRIx32 "x"
#define PRIx64 __PRI_64 "x"
#define PRIX8  "X"
#define PRIX16 "X"
#define PRIX32 "X"
#define PRIX64 __PRI_64 "X"

#define PRIdLEAST8  PRId8
#define PRIdLEAST16 PRId16
#define PRIdLEAST32 PRId32
#define PRIdLEAST64 PRId64
#define PRIuLEAST8  PRIu8
#define PRIuLEAST16 PRIu16
#define PRIuLEAST32 PRIu32
#define PRIuLEAST64 PRIu64
#define PRIxLEAST8  PRIx8
#define PRIxLEAST16 PRIx16
#define PRIxLEAST32 PRIx32
#define PRIxLEAST64 PRIx64

#define PRIdPTR __PRI_PTR "d"
#define PRIiPTR __PRI_PTR "i"
#define PRIoPTR __PRI_PTR "o"
#define PRIuPTR __PRI_PTR "u"
#define PRIxPTR __PRI_PTR "x"
#define PRIXPTR __PRI_PTR "X"

#define PRIdMAX "jd"
#define PRIiMAX "ji"
#define PRIoMAX "jo"
#define PRIuMAX "ju"
#define PRIxMAX "jx"
#define PRIXMAX "jX"

#endif
