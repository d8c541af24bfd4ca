/* rename.h - the kit's C library beside that of the machine: put in front of the kit's sources
 * when they are built for unit tests. */
#ifndef TA_TEST_RENAME_H
#define TA_TEST_RENAME_H

#define memcpy	 kit_memcpy
#define memmove	 kit_memmove
#define memset	 kit_memset
#define memcmp	 kit_memcmp
#define memchr	 kit_memchr
#define bcmp	 kit_bcmp
#define strlen	 kit_strlen
#define strnlen	 kit_strnlen
#define strcmp	 kit_strcmp
#define strncmp	 kit_strncmp
#define strchr	 kit_strchr
#define strrchr	 kit_strrchr
#define strstr	 kit_strstr
#define strcpy	 kit_strcpy
#define strncpy	 kit_strncpy
#define strtok_r kit_strtok_r
#define strdup	 kit_strdup
#define strndup	 kit_strndup
#define strlcpy	 kit_strlcpy
#define strlcat	 kit_strlcat

#define isalnum	 kit_isalnum
#define isalpha	 kit_isalpha
#define isblank	 kit_isblank
#define iscntrl	 kit_iscntrl
#define isdigit	 kit_isdigit
#define isgraph	 kit_isgraph
#define islower	 kit_islower
#define isprint	 kit_isprint
#define ispunct	 kit_ispunct
#define isspace	 kit_isspace
#define isupper	 kit_isupper
#define isxdigit kit_isxdigit
#define tolower	 kit_tolower
#define toupper	 kit_toupper

#define abort	kit_abort
#define abs	kit_abs
#define rand	kit_rand
#define qsort	kit_qsort
#define strtoul kit_strtoul

#define malloc(...)   kit_malloc(__VA_ARGS__)
#define calloc	      kit_calloc
#define realloc	      kit_realloc
#define memalign      kit_memalign
#define aligned_alloc kit_aligned_alloc
#define free	      kit_free

/* Not where an attribute names them. */
#define printf(...)   kit_printf(__VA_ARGS__)
#define puts	      kit_puts
#define putchar	      kit_putchar
#define fputc	      kit_fputc
#define fputs	      kit_fputs
#define fwrite	      kit_fwrite
#define write	      kit_write
#define snprintf      kit_snprintf
#define vsnprintf     kit_vsnprintf
#define sprintf	      kit_sprintf
#define __sprintf_chk kit___sprintf_chk

#define __stack_chk_fail  kit___stack_chk_fail
#define __stack_chk_guard kit___stack_chk_guard

#endif
