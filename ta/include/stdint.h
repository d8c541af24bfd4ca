/* stdint.h */
#ifndef STDINT_H
#define STDINT_H

typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;

typedef __INT_LEAST8_TYPE__ int_least8_t;
typedef __INT_LEAST16_TYPE__ int_least16_t;
typedef __INT_LEAST32_TYPE__ int_least32_t;
typedef __INT_LEAST64_TYPE__ int_least64_t;
typedef __UINT_LEAST8_TYPE__ uint_least8_t;
typedef __UINT_LEAST16_TYPE__ uint_least16_t;
typedef __UINT_LEAST32_TYPE__ uint_least32_t;
typedef __UINT_LEAST64_TYPE__ uint_least64_t;

typedef __INT_FAST8_TYPE__ int_fast8_t;
typedef __INT_FAST16_TYPE__ int_fast16_t;
typedef __INT_FAST32_TYPE__ int_fast32_t;
typedef __INT_FAST64_TYPE__ int_fast64_t;
typedef __UINT_FAST8_TYPE__ uint_fast8_t;
typedef __UINT_FAST16_TYPE__ uint_fast16_t;
typedef __UINT_FAST32_TYPE__ uint_fast32_t;
typedef __UINT_FAST64_TYPE__ uint_fast64_t;

typedef __INTPTR_TYPE__ intptr_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTMAX_TYPE__ intmax_t;
typedef __UINTMAX_TYPE__ uintmax_t;

#define INT8_C(v)    v
#define INT16_C(v)   v
#define INT32_C(v)   v
#define INT64_C(v)   __INT64_C(v)
#define UINT8_C(v)   v
#define UINT16_C(v)  v
#define UINT32_C(v)  v##U
#define UINT64_C(v)  __UINT64_C(v)
#define INTMAX_C(v)  INT64_C(v)
#define UINTMAX_C(v) UINT64_C(v)

#define __STDINT_JOIN(v, suffix)   v##suffix
#define __STDINT_SUFFIX(v, suffix) __STDINT_JOIN(v, suffix)
#ifdef __INT64_C_SUFFIX__
#define __INT64_C(v)  __STDINT_SUFFIX(v, __INT64_C_SUFFIX__)
#define __UINT64_C(v) __STDINT_SUFFIX(v, __UINT64_C_SUFFIX__)
#elif !defined(__INT64_C)
#error "this compiler does not say how a 64-bit constant is written"
#endif

/* Constants that an assembler may see as well. */
#ifdef __ASSEMBLER__
#define U(v)   v
#define UL(v)  v
#define ULL(v) v
#define L(v)   v
#define LL(v)  v
#else
#define U(v)   __STDINT_JOIN(v, U)
#define UL(v)  __STDINT_JOIN(v, UL)
#define ULL(v) __STDINT_JOIN(v, ULL)
#define L(v)   __STDINT_JOIN(v, L)
#define LL(v)  __STDINT_JOIN(v, LL)
#endif

#define INT8_MAX   __INT8_MAX__
#define INT16_MAX  __INT16_MAX__
#define INT32_MAX  __INT32_MAX__
#define INT64_MAX  __INT64_MAX__
#define INT8_MIN   (-INT8_MAX - 1)
#define INT16_MIN  (-INT16_MAX - 1)
#define INT32_MIN  (-INT32_MAX - 1)
#define INT64_MIN  (-INT64_MAX - 1)
#define UINT8_MAX  __UINT8_MAX__
#define UINT16_MAX __UINT16_MAX__
#define UINT32_MAX __UINT32_MAX__
#define UINT64_MAX __UINT64_MAX__

#define INT_LEAST8_MAX	 INT8_MAX
#define INT_LEAST16_MAX	 INT16_MAX
#define INT_LEAST32_MAX	 INT32_MAX
#define INT_LEAST64_MAX	 INT64_MAX
#define INT_LEAST8_MIN	 INT8_MIN
#define INT_LEAST16_MIN	 INT16_MIN
#define INT_LEAST32_MIN	 INT32_MIN
#define INT_LEAST64_MIN	 INT64_MIN
#define UINT_LEAST8_MAX	 UINT8_MAX
#define UINT_LEAST16_MAX UINT16_MAX
#define UINT_LEAST32_MAX UINT32_MAX
#define UINT_LEAST64_MAX UINT64_MAX

#define INT_FAST8_MAX	__INT_FAST8_MAX__
#define INT_FAST16_MAX	__INT_FAST16_MAX__
#define INT_FAST32_MAX	__INT_FAST32_MAX__
#define INT_FAST64_MAX	__INT_FAST64_MAX__
#define INT_FAST8_MIN	(-INT_FAST8_MAX - 1)
#define INT_FAST16_MIN	(-INT_FAST16_MAX - 1)
#define INT_FAST32_MIN	(-INT_FAST32_MAX - 1)
#define INT_FAST64_MIN	(-INT_FAST64_MAX - 1)
#define UINT_FAST8_MAX	__UINT_FAST8_MAX__
#define UINT_FAST16_MAX __UINT_FAST16_MAX__
#define UINT_FAST32_MAX __UINT_FAST32_MAX__
#define UINT_FAST64_MAX __UINT_FAST64_MAX__

#define INTPTR_MAX  __INTPTR_MAX__
#define INTPTR_MIN  (-INTPTR_MAX - 1)
#define UINTPTR_MAX __UINTPTR_MAX__
#define INTMAX_MAX  __INTMAX_MAX__
#define INTMAX_MIN  (-INTMAX_MAX - 1)
#define UINTMAX_MAX __UINTMAX_MAX__
#define PTRDIFF_MAX __PTRDIFF_MAX__
#define PTRDIFF_MIN (-PTRDIFF_MAX - 1)
#define SIZE_MAX    __SIZE_MAX__

#endif
