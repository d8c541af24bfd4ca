/* elf64.h - what an ELF64 file looks like, as far as the loader cares. Little-endian. */
#ifndef SECURE_TEE_ELF64_H
#define SECURE_TEE_ELF64_H

#include <assert.h>
#include <stdint.h>

#define ELF64_IDENT_SIZE    16u
#define ELF64_MAGIC	    "\177ELF"
#define ELF64_MAGIC_SIZE    4u
/* Indices into `ident`, and what has to be there. */
#define ELF64_IDENT_CLASS   4u
#define ELF64_CLASS_64	    2u
#define ELF64_IDENT_DATA    5u
#define ELF64_DATA_LITTLE   1u
#define ELF64_IDENT_VERSION 6u
#define ELF64_VERSION	    1u

#define ELF64_TYPE_DYN 3u

struct elf64_header {
	uint8_t ident[ELF64_IDENT_SIZE];
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint64_t entry;
	uint64_t phoff;
	uint64_t shoff;
	uint32_t flags;
	uint16_t ehsize;
	uint16_t phentsize;
	uint16_t phnum;
	uint16_t shentsize;
	uint16_t shnum;
	uint16_t shstrndx;
};

static_assert(sizeof(struct elf64_header) == 64, "header");

#define ELF64_PT_LOAD	   1u
#define ELF64_PT_DYNAMIC   2u
#define ELF64_PT_INTERP	   3u
#define ELF64_PT_TLS	   7u
#define ELF64_PT_GNU_RELRO 0x6474e552u

#define ELF64_PF_X 1u
#define ELF64_PF_W 2u
#define ELF64_PF_R 4u

struct elf64_program_header {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};

static_assert(sizeof(struct elf64_program_header) == 56, "program header");

#define ELF64_DT_NULL	  0
#define ELF64_DT_NEEDED	  1
#define ELF64_DT_PLTRELSZ 2
#define ELF64_DT_HASH	  4
#define ELF64_DT_STRTAB	  5
#define ELF64_DT_SYMTAB	  6
#define ELF64_DT_RELA	  7
#define ELF64_DT_RELASZ	  8
#define ELF64_DT_RELAENT  9
#define ELF64_DT_STRSZ	  10
#define ELF64_DT_SYMENT	  11
#define ELF64_DT_REL	  17
#define ELF64_DT_PLTREL	  20
#define ELF64_DT_TEXTREL  22
#define ELF64_DT_JMPREL	  23
#define ELF64_DT_FLAGS	  30
#define ELF64_DT_RELR	  36
#define ELF64_DT_GNU_HASH 0x6ffffef5

#define ELF64_DF_TEXTREL 4u

struct elf64_dynamic {
	int64_t tag;
	uint64_t value;
};

static_assert(sizeof(struct elf64_dynamic) == 16, "dynamic entry");

#define ELF64_SHN_UNDEF 0u
#define ELF64_SHN_ABS	0xfff1u

#define ELF64_STB_WEAK	    2u
#define ELF64_STT_TLS	    6u
#define ELF64_STT_GNU_IFUNC 10u

struct elf64_symbol {
	uint32_t name;
	uint8_t info; /* binding in the high half, type in the low */
	uint8_t other;
	uint16_t section;
	uint64_t value;
	uint64_t size;
};

static_assert(sizeof(struct elf64_symbol) == 24, "symbol");

static inline unsigned int elf64_symbol_binding(const struct elf64_symbol *symbol)
{
	return symbol->info >> 4;
}

static inline unsigned int elf64_symbol_type(const struct elf64_symbol *symbol)
{
	return symbol->info & 0xfu;
}

struct elf64_rela {
	uint64_t offset;
	uint64_t info; /* symbol in the high half, type in the low */
	int64_t addend;
};

static_assert(sizeof(struct elf64_rela) == 24, "relocation");

struct elf64_hash {
	uint32_t bucket_count;
	uint32_t chain_count; /* as many as there are symbols */
};

/* Then bloom_count 64-bit words, bucket_count words, and a word for each symbol from
 * first_symbol on; the last of a chain is odd. */
struct elf64_gnu_hash {
	uint32_t bucket_count;
	uint32_t first_symbol;
	uint32_t bloom_count;
	uint32_t bloom_shift;
};

static_assert(sizeof(struct elf64_gnu_hash) == 16, "hash");

#endif
