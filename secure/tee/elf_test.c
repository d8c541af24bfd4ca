/* Promises of secure/tee/elf.h, on a small program that is written down here byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"
#include "secure/core/fake_port.h"
#include "secure/tee/elf.h"
#include "secure/tee/elf64.h"
#include "secure/tee/elf_dynamic.h"
#include "secure/tee/elf_file.h"
#include "secure/tee/fake_device.h"

/* The file, which is loaded as it is: one page to read and execute, one that is read-only once it is
 * relocated, and one and a half of data, of which the last 0x800 bytes are not in the file. */
#define AT_HEADERS	   0x40u
#define AT_SYMBOLS	   0x400u
#define AT_STRINGS	   0x500u
#define AT_HASH		   0x580u
#define AT_GNU_HASH	   0x600u
#define AT_RELOCATIONS	   0x680u
#define AT_PLT_RELOCATIONS 0x780u
#define AT_CODE		   0x800u
#define AT_HEAD		   0x900u
#define AT_DYNAMIC	   0x1000u
#define AT_TABLE	   0x1800u
#define AT_DATA		   0x2000u
#define FILE_SIZE	   0x2800u
#define MEMORY_END	   0x3000u

#define CODE_SIZE 0x100u

enum header_index {
	HEADER_CODE,
	HEADER_DATA,
	HEADER_DYNAMIC,
	HEADER_RELRO,
	HEADER_OTHER,
	HEADERS,
};

enum symbol_index {
	SYMBOL_HEAD = 1,
	SYMBOL_DATA,
	SYMBOL_WEAK,
	SYMBOL_ABSOLUTE,
	SYMBOLS,
};

static uint8_t file[FILE_SIZE];

static const char strings[] = "\0ta_head\0data\0weak\0absolute\0missing";

static struct elf64_program_header *header_at(enum header_index index)
{
	return (struct elf64_program_header *)(file + AT_HEADERS) + index;
}

static struct elf64_symbol *symbol_at(enum symbol_index index)
{
	return (struct elf64_symbol *)(file + AT_SYMBOLS) + index;
}

static struct elf64_rela *relocation_at(size_t index)
{
	return (struct elf64_rela *)(file + AT_RELOCATIONS) + index;
}

static struct elf64_dynamic *dynamic_at(size_t index)
{
	return (struct elf64_dynamic *)(file + AT_DYNAMIC) + index;
}

static struct elf64_dynamic *dynamic_of(int64_t tag)
{
	size_t index = 0;

	while (dynamic_at(index)->tag != tag) {
		assert_true(dynamic_at(index)->tag != ELF64_DT_NULL);
		index++;
	}
	return dynamic_at(index);
}

static void dynamic_add(int64_t tag, uint64_t value)
{
	size_t index = 0;

	while (dynamic_at(index)->tag != ELF64_DT_NULL) {
		index++;
	}
	*dynamic_at(index) = (struct elf64_dynamic){ tag, value };
}

/* An entry that means nothing. */
static void dynamic_drop(int64_t tag)
{
	dynamic_of(tag)->tag = 0x6ffffff0;
}

static uint32_t string_of(const char *name)
{
	for (uint32_t i = 1; i < sizeof(strings); i++) {
		if (strings[i - 1] == '\0' && strcmp(strings + i, name) == 0) {
			return i;
		}
	}
	fail();
	return 0;
}

static void make_headers(void)
{
	struct elf64_header header = {
		.ident = { 0x7f, 'E', 'L', 'F', ELF64_CLASS_64, ELF64_DATA_LITTLE, ELF64_VERSION },
		.type = ELF64_TYPE_DYN,
		.machine = FAKE_ELF_MACHINE,
		.version = ELF64_VERSION,
		.entry = AT_CODE,
		.phoff = AT_HEADERS,
		.ehsize = sizeof(header),
		.phentsize = sizeof(struct elf64_program_header),
		.phnum = HEADERS,
	};

	memcpy(file, &header, sizeof(header));
	*header_at(HEADER_CODE) = (struct elf64_program_header){
		ELF64_PT_LOAD, ELF64_PF_R | ELF64_PF_X, 0, 0, 0, 0x1000, 0x1000, 0x1000,
	};
	*header_at(HEADER_DATA) = (struct elf64_program_header){
		ELF64_PT_LOAD,	    ELF64_PF_R | ELF64_PF_W, 0x1000, 0x1000, 0,
		FILE_SIZE - 0x1000, MEMORY_END - 0x1000,     0x1000,
	};
	*header_at(HEADER_DYNAMIC) = (struct elf64_program_header){
		ELF64_PT_DYNAMIC, ELF64_PF_R, AT_DYNAMIC, AT_DYNAMIC, 0, 0x200, 0x200, 8,
	};
	*header_at(HEADER_RELRO) = (struct elf64_program_header){
		ELF64_PT_GNU_RELRO, ELF64_PF_R, 0x1000, 0x1000, 0, 0x1000, 0x1000, 1,
	};
}

static void make_symbols(void)
{
	memcpy(file + AT_STRINGS, strings, sizeof(strings));
	*symbol_at(SYMBOL_HEAD) = (struct elf64_symbol){
		string_of("ta_head"), 0x11, 0, 5, AT_HEAD, sizeof(struct ta_head),
	};
	*symbol_at(SYMBOL_DATA) = (struct elf64_symbol){
		string_of("data"), 0x11, 0, 6, AT_DATA + 0x10, 8,
	};
	*symbol_at(SYMBOL_WEAK) = (struct elf64_symbol){
		string_of("weak"), ELF64_STB_WEAK << 4, 0, ELF64_SHN_UNDEF, 0, 0,
	};
	*symbol_at(SYMBOL_ABSOLUTE) = (struct elf64_symbol){
		string_of("absolute"), 0x10, 0, ELF64_SHN_ABS, 0x77, 0,
	};
	store_le32(file + AT_HASH, 1);
	store_le32(file + AT_HASH + 4, SYMBOLS);
	/* One bucket, whose chain begins at symbol 1 and ends at the last. */
	store_le32(file + AT_GNU_HASH, 1);
	store_le32(file + AT_GNU_HASH + 4, 1);
	store_le32(file + AT_GNU_HASH + 8, 1);
	store_le32(file + AT_GNU_HASH + 24, 1);
	store_le32(file + AT_GNU_HASH + 28 + 4 * (SYMBOLS - 2), 1);
}

static struct elf64_rela relocation(uint64_t offset, enum symbol_index symbol, uint32_t type,
				    int64_t addend)
{
	return (struct elf64_rela){ offset, (uint64_t)symbol << 32 | type, addend };
}

#define RELOCATIONS 6u

static void make_relocations(void)
{
	struct elf64_rela *plt = (struct elf64_rela *)(file + AT_PLT_RELOCATIONS);

	*relocation_at(0) = relocation(AT_DATA, 0, FAKE_RELOC_RELATIVE, AT_CODE);
	*relocation_at(1) = relocation(AT_DATA + 8, SYMBOL_DATA, FAKE_RELOC_ABSOLUTE, 4);
	*relocation_at(2) = relocation(AT_TABLE, SYMBOL_DATA, FAKE_RELOC_SYMBOL, 0);
	*relocation_at(3) = relocation(AT_DATA + 0x18, SYMBOL_WEAK, FAKE_RELOC_ABSOLUTE, 9);
	*relocation_at(4) = relocation(AT_DATA + 0x20, SYMBOL_ABSOLUTE, FAKE_RELOC_SYMBOL, 0);
	*relocation_at(5) = relocation(UINT64_MAX, SYMBOLS + 1, FAKE_RELOC_NONE, 0);
	*plt = relocation(AT_TABLE + 8, SYMBOL_HEAD, FAKE_RELOC_SYMBOL, 0);
}

static void make_dynamic(void)
{
	dynamic_add(ELF64_DT_HASH, AT_HASH);
	dynamic_add(ELF64_DT_GNU_HASH, AT_GNU_HASH);
	dynamic_add(ELF64_DT_STRTAB, AT_STRINGS);
	dynamic_add(ELF64_DT_STRSZ, sizeof(strings));
	dynamic_add(ELF64_DT_SYMTAB, AT_SYMBOLS);
	dynamic_add(ELF64_DT_SYMENT, sizeof(struct elf64_symbol));
	dynamic_add(ELF64_DT_RELA, AT_RELOCATIONS);
	dynamic_add(ELF64_DT_RELASZ, RELOCATIONS * sizeof(struct elf64_rela));
	dynamic_add(ELF64_DT_RELAENT, sizeof(struct elf64_rela));
	dynamic_add(ELF64_DT_JMPREL, AT_PLT_RELOCATIONS);
	dynamic_add(ELF64_DT_PLTRELSZ, sizeof(struct elf64_rela));
	dynamic_add(ELF64_DT_PLTREL, ELF64_DT_RELA);
	dynamic_add(ELF64_DT_FLAGS, 0);
}

static void make_file(void)
{
	struct ta_head head = {
		.native_uuid = { 1, 2, 3 },
		.stack_size = 4096,
		.flags = TA_FLAG_SINGLE_INSTANCE,
		.depr_entry = TA_HEAD_NO_LEGACY_ENTRY,
	};

	memset(file, 0, sizeof(file));
	make_headers();
	make_symbols();
	make_relocations();
	make_dynamic();
	memset(file + AT_CODE, 0xc3, CODE_SIZE);
	memcpy(file + AT_HEAD, &head, sizeof(head));
	memset(file + AT_DATA + 0x100, 0xdd, 0x100);
}

/* --- loading it --- */

static struct space *space;
static struct elf_program program;

static int setup(void **state)
{
	fake_reset();
	make_file();
	return 0;
}

static void unload(void)
{
	if (space != NULL) {
		space_destroy(space);
		space = NULL;
	}
	assert_int_equal(fake.pages_live, 0);
	assert_int_equal(fake.spaces_live, 0);
}

static int teardown(void **state)
{
	unload();
	return 0;
}

/* From a copy of exactly this size, so that a sanitizer sees every byte too far. */
static TEE_Result load_part(size_t size)
{
	uint8_t *copy = malloc(size + 1);
	TEE_Result res;

	unload();
	assert_non_null(copy);
	memcpy(copy + 1, file, size);
	fake.console_size = 0;
	space = space_create("test");
	assert_non_null(space);
	res = elf_load(space, copy + 1, size, &program);
	free(copy);
	return res;
}

static TEE_Result load(void)
{
	return load_part(sizeof(file));
}

static void assert_loaded(void)
{
	assert_int_equal(load(), TEE_SUCCESS);
}

static bool console_says(const char *words)
{
	fake.console[fake.console_size] = '\0';
	return strstr(fake.console, words) != NULL;
}

static void assert_refused(const char *why)
{
	assert_int_equal(load(), TEE_ERROR_BAD_FORMAT);
	if (!console_says(why)) {
		fail_msg("expected \"%s\" in the log: %s", why, fake.console);
	}
}

static uint64_t word_at(uint64_t address)
{
	uint64_t word;

	assert_int_equal(
		space_copy_in_own(space, &word, program.load_address + address, sizeof(word)),
		TEE_SUCCESS);
	return word;
}

static unsigned int access_at(uint64_t address)
{
	uint8_t *byte;

	return fake_space_access(space_port(space), program.load_address + address, &byte);
}

static void a_program_is_put_where_its_headers_say(void **state)
{
	uint8_t page[0x1000];
	uint64_t end = MEMORY_END;

	assert_loaded();
	assert_int_equal(program.entry, program.load_address + AT_CODE);
	assert_int_equal(program.load_address % PORT_PAGE_SIZE, 0);
	assert_int_equal(space_copy_in_own(space, page, program.load_address, sizeof(page)),
			 TEE_SUCCESS);
	assert_memory_equal(page, file, sizeof(page));
	assert_int_equal(word_at(AT_DATA + 0x100), 0xddddddddddddddddull);
	assert_int_equal(word_at(FILE_SIZE), 0);
	assert_int_equal(word_at(end - 8), 0);
	assert_int_equal(space_copy_in_own(space, page, program.load_address + end, 1),
			 TEE_ERROR_ACCESS_DENIED);
}

static void a_program_runs_with_the_access_it_asks_for(void **state)
{
	assert_loaded();
	assert_int_equal(space_commit(space), TEE_SUCCESS);
	assert_int_equal(access_at(AT_CODE), PORT_ACCESS_READ | PORT_ACCESS_EXECUTE);
	assert_int_equal(access_at(AT_TABLE), PORT_ACCESS_READ);
	assert_int_equal(access_at(AT_DATA), PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	assert_int_equal(access_at(MEMORY_END - 1), PORT_ACCESS_READ | PORT_ACCESS_WRITE);
}

static void a_program_is_relocated(void **state)
{
	assert_loaded();
	assert_int_equal(word_at(AT_DATA), program.load_address + AT_CODE);
	assert_int_equal(word_at(AT_DATA + 8), program.load_address + AT_DATA + 0x10 + 4);
	assert_int_equal(word_at(AT_TABLE), program.load_address + AT_DATA + 0x10);
	assert_int_equal(word_at(AT_DATA + 0x18), 9);
	assert_int_equal(word_at(AT_DATA + 0x20), 0x77);
	assert_int_equal(word_at(AT_TABLE + 8), program.load_address + AT_HEAD);
}

static void the_head_is_found_by_its_symbol(void **state)
{
	assert_loaded();
	assert_int_equal(program.head.stack_size, 4096);
	assert_int_equal(program.head.flags, TA_FLAG_SINGLE_INSTANCE);
	dynamic_drop(ELF64_DT_HASH);
	memset(&program, 0, sizeof(program));
	assert_loaded();
	assert_int_equal(program.head.stack_size, 4096);
}

/* One segment, which does not hold the ELF headers, as a linker script may have it. */
static void make_plain_file(uint64_t address)
{
	header_at(HEADER_CODE)->offset = 0x1000;
	header_at(HEADER_CODE)->vaddr = address;
	((struct elf64_header *)file)->entry = address + AT_CODE;
	header_at(HEADER_DATA)->type = 0;
	header_at(HEADER_RELRO)->type = 0;
	header_at(HEADER_DYNAMIC)->type = 0;
	memset(file + 0x1000, 0, 0x1000);
	memcpy(file + 0x1000, file + AT_HEAD, sizeof(struct ta_head));
}

static void the_head_is_at_the_start_where_no_symbol_says_otherwise(void **state)
{
	make_plain_file(0);
	assert_loaded();
	assert_int_equal(program.head.stack_size, 4096);
}

static void a_program_may_begin_at_any_page(void **state)
{
	make_plain_file(0x7fff000);
	assert_loaded();
	assert_int_equal(program.entry, program.load_address + AT_CODE);
	assert_int_equal(program.head.stack_size, 4096);
}

static void each_load_is_somewhere_else(void **state)
{
	uint64_t first;

	assert_loaded();
	first = program.load_address;
	assert_loaded();
	assert_true(first != program.load_address);
}

static void segments_need_not_begin_at_a_page(void **state)
{
	header_at(HEADER_DATA)->vaddr += 0x10;
	header_at(HEADER_DATA)->offset += 0x10;
	header_at(HEADER_DATA)->filesz -= 0x10;
	header_at(HEADER_DATA)->memsz -= 0x10;
	header_at(HEADER_RELRO)->vaddr += 0x10;
	header_at(HEADER_RELRO)->memsz -= 0x10;
	memmove(file + AT_DYNAMIC + 0x10, file + AT_DYNAMIC, 0x1f0);
	header_at(HEADER_DYNAMIC)->vaddr += 0x10;
	header_at(HEADER_DYNAMIC)->memsz -= 0x10;
	assert_loaded();
	assert_int_equal(space_commit(space), TEE_SUCCESS);
	assert_int_equal(access_at(AT_TABLE), PORT_ACCESS_READ);
	assert_int_equal(access_at(AT_DATA), PORT_ACCESS_READ | PORT_ACCESS_WRITE);
}

static void half_a_page_is_not_made_read_only(void **state)
{
	header_at(HEADER_RELRO)->memsz = 0x0fff;
	assert_loaded();
	assert_int_equal(space_commit(space), TEE_SUCCESS);
	assert_int_equal(access_at(AT_TABLE), PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	header_at(HEADER_RELRO)->memsz = 0x1fff;
	assert_loaded();
	assert_int_equal(space_commit(space), TEE_SUCCESS);
	assert_int_equal(access_at(AT_TABLE), PORT_ACCESS_READ);
	assert_int_equal(access_at(AT_DATA), PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	header_at(HEADER_RELRO)->vaddr = 0x1001;
	header_at(HEADER_RELRO)->memsz = 0x1fff;
	assert_loaded();
	assert_int_equal(space_commit(space), TEE_SUCCESS);
	assert_int_equal(access_at(AT_TABLE), PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	assert_int_equal(access_at(AT_DATA), PORT_ACCESS_READ);
}

/* --- what is wrong with a file --- */

static void a_file_of_another_kind_is_refused(void **state)
{
	struct elf64_header *header = (struct elf64_header *)file;

	header->ident[0] = 0;
	assert_refused("not an ELF file");
	make_file();
	header->ident[ELF64_IDENT_CLASS] = 1;
	assert_refused("64-bit");
	make_file();
	header->ident[ELF64_IDENT_DATA] = 2;
	assert_refused("little-endian");
	make_file();
	header->machine++;
	assert_refused("another machine");
	make_file();
	header->type = 2;
	assert_refused("position independent");
}

static void bad_program_headers_are_refused(void **state)
{
	struct elf64_header *header = (struct elf64_header *)file;

	header->phentsize = 32;
	assert_refused("size of a program header");
	make_file();
	header->phnum = ELF_PROGRAM_HEADERS_MAX + 1;
	assert_refused("too many program headers");
	make_file();
	header->phnum = 0;
	assert_refused("entry");
	make_file();
	header->phoff = FILE_SIZE - 1;
	assert_refused("outside the file");
	make_file();
	header->phoff = UINT64_MAX - 8;
	assert_refused("outside the file");
}

static void bad_segments_are_refused(void **state)
{
	header_at(HEADER_DATA)->flags |= ELF64_PF_X;
	assert_refused("writable and executable");
	make_file();
	header_at(HEADER_DATA)->align = 8;
	assert_refused("aligned");
	make_file();
	header_at(HEADER_DATA)->align = 0x10000;
	assert_refused("aligned");
	make_file();
	header_at(HEADER_DATA)->vaddr += 8;
	assert_refused("differently");
	make_file();
	header_at(HEADER_DATA)->filesz = header_at(HEADER_DATA)->memsz + 1;
	assert_refused("larger in the file");
	make_file();
	header_at(HEADER_DATA)->offset = FILE_SIZE & ~0xfffull;
	assert_refused("outside the file");
	make_file();
	header_at(HEADER_DATA)->offset = UINT64_MAX - 0xfff;
	assert_refused("outside the file");
	make_file();
	header_at(HEADER_DATA)->memsz = UINT64_MAX;
	assert_refused("address space");
	make_file();
	header_at(HEADER_DATA)->vaddr = UINT64_MAX - 0xfff;
	header_at(HEADER_DATA)->memsz = 0xfff;
	header_at(HEADER_DATA)->filesz = 0xfff;
	assert_refused("address space");
	make_file();
	header_at(HEADER_DATA)->vaddr = 0;
	assert_refused("share a page");
	make_file();
	header_at(HEADER_DATA)->memsz = ELF_IMAGE_SIZE_MAX;
	assert_refused("too large");
	make_file();
	header_at(HEADER_DATA)->vaddr = 1ull << 40;
	assert_refused("too large");
}

static void too_many_segments_are_refused(void **state)
{
	struct elf64_header *header = (struct elf64_header *)file;
	struct elf64_program_header segment = *header_at(HEADER_DATA);

	segment.offset = 0;
	segment.filesz = 0;
	segment.memsz = 1;
	header->phnum = ELF_SEGMENTS_MAX + 2;
	for (unsigned int i = 1; i < header->phnum; i++) {
		segment.vaddr = 0x1000 * i;
		memcpy(file + AT_HEADERS + i * sizeof(segment), &segment, sizeof(segment));
	}
	assert_refused("too many segments");
}

static void what_needs_a_linker_or_another_file_is_refused(void **state)
{
	header_at(HEADER_OTHER)->type = ELF64_PT_INTERP;
	assert_refused("dynamic linker");
	make_file();
	header_at(HEADER_OTHER)->type = ELF64_PT_TLS;
	assert_refused("thread-local");
	make_file();
	dynamic_add(ELF64_DT_NEEDED, 1);
	assert_refused("shared library");
	make_file();
	dynamic_add(ELF64_DT_TEXTREL, 0);
	assert_refused("code relocated");
	make_file();
	dynamic_of(ELF64_DT_FLAGS)->value = ELF64_DF_TEXTREL;
	assert_refused("code relocated");
	make_file();
	dynamic_add(ELF64_DT_REL, AT_RELOCATIONS);
	assert_refused("without addend");
	make_file();
	dynamic_add(ELF64_DT_RELR, AT_RELOCATIONS);
	assert_refused("packed");
	make_file();
	dynamic_of(ELF64_DT_PLTREL)->value = ELF64_DT_REL;
	assert_refused("without addend");
}

static void an_entry_that_is_not_code_is_refused(void **state)
{
	struct elf64_header *header = (struct elf64_header *)file;

	header->entry = AT_DATA;
	assert_refused("entry");
	header->entry = 0x1000;
	assert_refused("entry");
	header->entry = UINT64_MAX;
	assert_refused("entry");
}

static void a_bad_dynamic_section_is_refused(void **state)
{
	header_at(HEADER_DYNAMIC)->vaddr = MEMORY_END - 8;
	assert_refused("dynamic section lies outside");
	make_file();
	header_at(HEADER_DYNAMIC)->vaddr = UINT64_MAX - 15;
	assert_refused("dynamic section lies outside");
	make_file();
	header_at(HEADER_DYNAMIC)->memsz = UINT64_MAX;
	assert_refused("too many dynamic entries");
	make_file();
	*header_at(HEADER_OTHER) = *header_at(HEADER_DYNAMIC);
	assert_refused("two dynamic segments");
	make_file();
	dynamic_of(ELF64_DT_SYMENT)->value = 16;
	assert_refused("size of a symbol");
	make_file();
	dynamic_of(ELF64_DT_RELAENT)->value = 16;
	assert_refused("size of a relocation");
}

static void bad_symbol_tables_are_refused(void **state)
{
	dynamic_of(ELF64_DT_SYMTAB)->value = MEMORY_END - 8;
	assert_refused("symbols lie outside");
	make_file();
	dynamic_of(ELF64_DT_STRTAB)->value = UINT64_MAX - 8;
	assert_refused("names of symbols");
	make_file();
	dynamic_of(ELF64_DT_STRSZ)->value = UINT64_MAX;
	assert_refused("names of symbols");
	make_file();
	dynamic_of(ELF64_DT_HASH)->value = UINT64_MAX - 3;
	assert_refused("hash table");
	make_file();
	store_le32(file + AT_HASH + 4, 0);
	assert_refused("hash table");
	make_file();
	store_le32(file + AT_HASH + 4, ELF_SYMBOLS_MAX + 1);
	assert_refused("hash table");
	make_file();
	store_le32(file + AT_HASH + 4, 1000);
	assert_refused("symbols lie outside");
}

static void bad_gnu_hash_tables_are_refused(void **state)
{
	static const struct {
		uint32_t at;
		uint32_t word;
	} fields[] = {
		{ 0, UINT32_MAX }, { 0, 60000 },       { 4, UINT32_MAX }, { 8, UINT32_MAX },
		{ 8, 100000 },	   { 24, UINT32_MAX }, { 24, 60000 },
	};

	for (size_t i = 0; i < array_size(fields); i++) {
		make_file();
		dynamic_drop(ELF64_DT_HASH);
		store_le32(file + AT_GNU_HASH + fields[i].at, fields[i].word);
		assert_refused("refused");
	}
}

static void bad_relocation_tables_are_refused(void **state)
{
	dynamic_of(ELF64_DT_RELASZ)->value = 25;
	assert_refused("half a relocation");
	make_file();
	dynamic_of(ELF64_DT_RELASZ)->value = 24ull * (ELF_RELOCATIONS_MAX + 1);
	assert_refused("too many relocations");
	make_file();
	dynamic_of(ELF64_DT_RELASZ)->value = 24 * 1000;
	assert_refused("relocations lie outside");
	make_file();
	dynamic_of(ELF64_DT_RELA)->value = UINT64_MAX - 7;
	assert_refused("relocations lie outside");
	make_file();
	dynamic_of(ELF64_DT_JMPREL)->value = MEMORY_END;
	assert_refused("relocations lie outside");
}

static void bad_relocations_are_refused(void **state)
{
	static const uint64_t places[] = { AT_CODE,    0x0ffc,	   0x1ffc,	  MEMORY_END - 7,
					   MEMORY_END, UINT64_MAX, UINT64_MAX - 7 };

	for (size_t i = 0; i < array_size(places); i++) {
		relocation_at(0)->offset = places[i];
		assert_refused("not writable");
	}
	make_file();
	*relocation_at(0) = relocation(AT_DATA, 0, FAKE_RELOC_UNKNOWN, 0);
	assert_refused("kind of relocation");
	make_file();
	*relocation_at(0) = relocation(AT_DATA, SYMBOLS, FAKE_RELOC_ABSOLUTE, 0);
	assert_refused("symbol that is not there");
	make_file();
	symbol_at(SYMBOL_DATA)->info = 0x10 | ELF64_STT_TLS;
	assert_refused("kind that is not supported");
	make_file();
	symbol_at(SYMBOL_DATA)->info = 0x10 | ELF64_STT_GNU_IFUNC;
	assert_refused("kind that is not supported");
}

static void an_undefined_symbol_is_named(void **state)
{
	symbol_at(SYMBOL_WEAK)->info = 0x10;
	symbol_at(SYMBOL_WEAK)->name = string_of("missing");
	assert_refused("'missing'");
	symbol_at(SYMBOL_WEAK)->name = UINT32_MAX;
	assert_refused("nobody defines");
	symbol_at(SYMBOL_WEAK)->name = sizeof(strings) - 1;
	assert_refused("nobody defines");
}

static void a_symbol_without_a_hash_table_is_not_there(void **state)
{
	dynamic_drop(ELF64_DT_HASH);
	dynamic_drop(ELF64_DT_GNU_HASH);
	assert_refused("symbol that is not there");
}

static void a_bad_head_is_refused(void **state)
{
	symbol_at(SYMBOL_HEAD)->value = MEMORY_END - 8;
	assert_refused("ta_head lies outside");
	symbol_at(SYMBOL_HEAD)->value = UINT64_MAX - 8;
	assert_refused("ta_head lies outside");
	make_file();
	store_le64(file + AT_HEAD + offsetof(struct ta_head, depr_entry), AT_CODE);
	assert_refused("old kind");
}

static void bad_read_only_memory_is_refused(void **state)
{
	header_at(HEADER_RELRO)->memsz = UINT64_MAX;
	assert_refused("leaves its segment");
	header_at(HEADER_RELRO)->memsz = 0x2001;
	assert_refused("leaves its segment");
	make_file();
	*header_at(HEADER_OTHER) = *header_at(HEADER_RELRO);
	assert_refused("two read-only-after-relocation");
}

/* --- no memory --- */

static void no_memory_is_said_and_nothing_is_lost(void **state)
{
	long pages = 0;
	TEE_Result res;

	do {
		fake.pages_allowed = FAKE_UNLIMITED;
		unload();
		space = space_create("test");
		fake.pages_allowed = pages;
		res = elf_load(space, file, sizeof(file), &program);
		assert_true(res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY);
		pages++;
	} while (res != TEE_SUCCESS);
	assert_int_equal(pages, 4);
}

static void no_room_is_said(void **state)
{
	fake.space_high = FAKE_SPACE_LOW + 3 * PORT_PAGE_SIZE;
	assert_int_equal(load(), TEE_ERROR_OUT_OF_MEMORY);
}

/* --- damage --- */

/* Whatever a file holds, it is loaded or refused; and what is loaded cannot be written and run. */
static void assert_survived(size_t size)
{
	TEE_Result res = load_part(size);

	assert_true(res == TEE_SUCCESS || res == TEE_ERROR_BAD_FORMAT);
	if (res == TEE_SUCCESS) {
		assert_int_equal(space_commit(space), TEE_SUCCESS);
		assert_true(fake_space_access(space_port(space), program.entry, &(uint8_t *){ 0 }) &
			    PORT_ACCESS_EXECUTE);
	} else {
		assert_true(console_says("refused: "));
	}
}

static void a_file_cut_off_anywhere_is_refused(void **state)
{
	for (size_t size = 0; size < sizeof(file); size++) {
		assert_int_equal(load_part(size), TEE_ERROR_BAD_FORMAT);
	}
}

/* The parts of the file that the loader interprets. */
static const struct {
	size_t start;
	size_t end;
} meaningful[] = {
	{ 0, AT_HEADERS + HEADERS * sizeof(struct elf64_program_header) },
	{ AT_SYMBOLS, AT_SYMBOLS + SYMBOLS * sizeof(struct elf64_symbol) },
	{ AT_STRINGS, AT_STRINGS + sizeof(strings) },
	{ AT_HASH, AT_HASH + 16 },
	{ AT_GNU_HASH, AT_GNU_HASH + 48 },
	{ AT_RELOCATIONS, AT_PLT_RELOCATIONS + sizeof(struct elf64_rela) },
	{ AT_HEAD, AT_HEAD + sizeof(struct ta_head) },
	{ AT_DYNAMIC, AT_DYNAMIC + 0x200 },
};

static void every_byte_may_be_anything(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };

	for (size_t part = 0; part < array_size(meaningful); part++) {
		for (size_t at = meaningful[part].start; at < meaningful[part].end; at++) {
			for (size_t i = 0; i < array_size(values); i++) {
				uint8_t kept = file[at];

				file[at] = values[i];
				assert_survived(sizeof(file));
				file[at] = kept;
			}
		}
	}
}

static void every_word_may_be_anything(void **state)
{
	static const uint64_t values[] = {
		0,	    1,
		7,	    0xfff,
		0x1000,	    MEMORY_END,
		0x7fffffff, 0x80000000,
		UINT32_MAX, 1ull << 32,
		INT64_MAX,  1ull << 63,
		UINT64_MAX, UINT64_MAX - 0xfff,
		FILE_SIZE,
	};

	for (size_t part = 0; part < array_size(meaningful); part++) {
		for (size_t at = meaningful[part].start; at + 8 <= meaningful[part].end; at += 4) {
			for (size_t i = 0; i < array_size(values); i++) {
				uint64_t kept = load_le64(file + at);

				store_le64(file + at, values[i]);
				assert_survived(sizeof(file));
				store_le64(file + at, kept);
			}
		}
	}
}

static void many_bytes_may_be_anything(void **state)
{
	uint32_t chance = 41;

	for (unsigned int round = 0; round < 3000; round++) {
		make_file();
		dynamic_at(0)->tag = round % 2 ? ELF64_DT_HASH : 0x6ffffff0;
		for (unsigned int i = 0; i < 1 + round % 6; i++) {
			size_t part;

			chance = chance * 1664525 + 1013904223;
			part = (chance >> 8) % array_size(meaningful);
			chance = chance * 1664525 + 1013904223;
			file[meaningful[part].start +
			     (chance >> 8) % (meaningful[part].end - meaningful[part].start)] =
				(uint8_t)(chance >> 24);
		}
		assert_survived(sizeof(file));
	}
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(a_program_is_put_where_its_headers_say),
		promise(a_program_runs_with_the_access_it_asks_for),
		promise(a_program_is_relocated),
		promise(the_head_is_found_by_its_symbol),
		promise(the_head_is_at_the_start_where_no_symbol_says_otherwise),
		promise(each_load_is_somewhere_else),
		promise(a_program_may_begin_at_any_page),
		promise(segments_need_not_begin_at_a_page),
		promise(half_a_page_is_not_made_read_only),
		promise(a_file_of_another_kind_is_refused),
		promise(bad_program_headers_are_refused),
		promise(bad_segments_are_refused),
		promise(too_many_segments_are_refused),
		promise(what_needs_a_linker_or_another_file_is_refused),
		promise(an_entry_that_is_not_code_is_refused),
		promise(a_bad_dynamic_section_is_refused),
		promise(bad_symbol_tables_are_refused),
		promise(bad_gnu_hash_tables_are_refused),
		promise(bad_relocation_tables_are_refused),
		promise(bad_relocations_are_refused),
		promise(an_undefined_symbol_is_named),
		promise(a_symbol_without_a_hash_table_is_not_there),
		promise(a_bad_head_is_refused),
		promise(bad_read_only_memory_is_refused),
		promise(no_memory_is_said_and_nothing_is_lost),
		promise(no_room_is_said),
		promise(a_file_cut_off_anywhere_is_refused),
		promise(every_byte_may_be_anything),
		promise(every_word_may_be_anything),
		promise(many_bytes_may_be_anything),
	};

	return cmocka_run_group_tests_name("secure/tee/elf", tests, NULL, NULL);
}
