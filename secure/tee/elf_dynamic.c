#include "secure/tee/elf_dynamic.h"

#include <string.h>

#include "secure/core/log.h"
#include "secure/core/port.h"
#include "secure/tee/elf64.h"

/* The most of a symbol's name that reaches the log. */
#define ELF_NAME_LOG_MAX 64u

/* Read a structure of the program's; false where there is none. */
static bool memory_read(const struct elf_memory *memory, uint64_t address, void *to, size_t size)
{
	const uint8_t *bytes = elf_memory_at(memory, address, size);

	if (bytes == NULL) {
		return false;
	}
	memcpy(to, bytes, size);
	return true;
}

/* --- the section --- */

/* What the entries said, before anything of it is believed. */
struct entries {
	struct elf_range relocations;
	struct elf_range plt_relocations;
	struct elf_range strings;
	uint64_t symbols;
	uint64_t hash;
	uint64_t gnu_hash;
};

/* Entries that are kept, and where. */
static const struct {
	int64_t tag;
	size_t field;
} kept[] = {
	{ ELF64_DT_RELA, offsetof(struct entries, relocations.address) },
	{ ELF64_DT_RELASZ, offsetof(struct entries, relocations.size) },
	{ ELF64_DT_JMPREL, offsetof(struct entries, plt_relocations.address) },
	{ ELF64_DT_PLTRELSZ, offsetof(struct entries, plt_relocations.size) },
	{ ELF64_DT_STRTAB, offsetof(struct entries, strings.address) },
	{ ELF64_DT_STRSZ, offsetof(struct entries, strings.size) },
	{ ELF64_DT_SYMTAB, offsetof(struct entries, symbols) },
	{ ELF64_DT_HASH, offsetof(struct entries, hash) },
	{ ELF64_DT_GNU_HASH, offsetof(struct entries, gnu_hash) },
};

/* Entries that can have one value only. */
static const struct {
	int64_t tag;
	uint64_t value;
	const char *otherwise;
} expected[] = {
	{ ELF64_DT_RELAENT, sizeof(struct elf64_rela), "size of a relocation" },
	{ ELF64_DT_SYMENT, sizeof(struct elf64_symbol), "size of a symbol" },
	{ ELF64_DT_PLTREL, ELF64_DT_RELA, "relocations without addend" },
};

/* Entries that no program may have. */
static const struct {
	int64_t tag;
	const char *why;
} refused[] = {
	{ ELF64_DT_NEEDED, "it needs a shared library (DT_NEEDED)" },
	{ ELF64_DT_TEXTREL, "it wants its code relocated" },
	{ ELF64_DT_REL, "relocations without addend" },
	{ ELF64_DT_RELR, "packed relocations (DT_RELR)" },
};

static TEE_Result entry_check(const struct elf64_dynamic *entry)
{
	for (size_t i = 0; i < array_size(refused); i++) {
		if (refused[i].tag == entry->tag) {
			return elf_refuse(refused[i].why);
		}
	}
	for (size_t i = 0; i < array_size(expected); i++) {
		if (expected[i].tag == entry->tag && expected[i].value != entry->value) {
			return elf_refuse(expected[i].otherwise);
		}
	}
	if (entry->tag == ELF64_DT_FLAGS && (entry->value & ELF64_DF_TEXTREL) != 0) {
		return elf_refuse("it wants its code relocated");
	}
	return TEE_SUCCESS;
}

static TEE_Result entry_read(struct entries *entries, const struct elf64_dynamic *entry)
{
	for (size_t i = 0; i < array_size(kept); i++) {
		if (kept[i].tag == entry->tag) {
			memcpy((uint8_t *)entries + kept[i].field, &entry->value,
			       sizeof(entry->value));
		}
	}
	return entry_check(entry);
}

static TEE_Result entries_read(const struct elf_memory *memory, const struct elf_range *section,
			       struct entries *entries)
{
	struct elf64_dynamic entry = { .tag = ELF64_DT_NULL };
	uint64_t count = section->size / sizeof(entry);

	if (count > ELF_DYNAMIC_ENTRIES_MAX) {
		return elf_refuse("too many dynamic entries");
	}
	for (uint64_t i = 0; i < count; i++) {
		TEE_Result res;

		if (!memory_read(memory, section->address + i * sizeof(entry), &entry,
				 sizeof(entry))) {
			return elf_refuse("its dynamic section lies outside its segments");
		}
		if (entry.tag == ELF64_DT_NULL) {
			break;
		}
		res = entry_read(entries, &entry);
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

/* --- how many symbols there are: only the hash tables know --- */

/* The last symbol is the end of a chain that begins at the largest bucket. 0: malformed. */
static uint32_t gnu_hash_count(const struct elf_memory *memory, uint64_t address)
{
	struct elf64_gnu_hash hash;
	uint64_t buckets;
	uint64_t chains;
	uint32_t last = 0;
	uint32_t word;

	if (!memory_read(memory, address, &hash, sizeof(hash)) ||
	    hash.bucket_count > ELF_SYMBOLS_MAX || hash.first_symbol > ELF_SYMBOLS_MAX) {
		return 0;
	}
	buckets = address + sizeof(hash) + hash.bloom_count * sizeof(uint64_t);
	chains = buckets + hash.bucket_count * sizeof(uint32_t);
	for (uint32_t i = 0; i < hash.bucket_count; i++) {
		if (!memory_read(memory, buckets + i * sizeof(word), &word, sizeof(word))) {
			return 0;
		}
		last = word > last ? word : last;
	}
	if (last < hash.first_symbol) {
		return hash.first_symbol;
	}
	for (; last < ELF_SYMBOLS_MAX; last++) {
		if (!memory_read(memory, chains + (last - hash.first_symbol) * sizeof(word), &word,
				 sizeof(word))) {
			return 0;
		}
		if (word & 1) {
			return last + 1;
		}
	}
	return 0;
}

static uint32_t hash_count(const struct elf_memory *memory, uint64_t address)
{
	struct elf64_hash hash;

	if (!memory_read(memory, address, &hash, sizeof(hash)) ||
	    hash.chain_count > ELF_SYMBOLS_MAX) {
		return 0;
	}
	return hash.chain_count;
}

static TEE_Result symbols_read(const struct elf_memory *memory, const struct entries *entries,
			       struct elf_dynamic *dynamic)
{
	uint32_t count;

	if (entries->symbols == 0 || (entries->hash == 0 && entries->gnu_hash == 0)) {
		return TEE_SUCCESS;
	}
	count = entries->hash != 0 ? hash_count(memory, entries->hash)
				   : gnu_hash_count(memory, entries->gnu_hash);
	if (count == 0) {
		return elf_refuse("its symbol hash table is malformed");
	}
	if (elf_memory_at(memory, entries->symbols, count * sizeof(struct elf64_symbol)) == NULL) {
		return elf_refuse("its symbols lie outside its segments");
	}
	if (elf_memory_at(memory, entries->strings.address, entries->strings.size) == NULL) {
		return elf_refuse("names of symbols lie outside its segments");
	}
	dynamic->symbols = entries->symbols;
	dynamic->symbol_count = count;
	dynamic->strings = entries->strings;
	return TEE_SUCCESS;
}

static TEE_Result table_read(const struct elf_memory *memory, const struct elf_range *table,
			     struct elf_range *checked)
{
	if (table->size == 0) {
		return TEE_SUCCESS;
	}
	if (table->size % sizeof(struct elf64_rela) != 0) {
		return elf_refuse("half a relocation");
	}
	if (table->size / sizeof(struct elf64_rela) > ELF_RELOCATIONS_MAX) {
		return elf_refuse("too many relocations");
	}
	if (elf_memory_at(memory, table->address, table->size) == NULL) {
		return elf_refuse("its relocations lie outside its segments");
	}
	*checked = *table;
	return TEE_SUCCESS;
}

TEE_Result elf_dynamic_read(const struct elf_memory *memory, const struct elf_range *section,
			    struct elf_dynamic *dynamic)
{
	struct entries entries = { 0 };
	TEE_Result res;

	*dynamic = (struct elf_dynamic){ 0 };
	res = entries_read(memory, section, &entries);
	if (res == TEE_SUCCESS) {
		res = symbols_read(memory, &entries, dynamic);
	}
	if (res == TEE_SUCCESS) {
		res = table_read(memory, &entries.relocations, &dynamic->relocations);
	}
	if (res == TEE_SUCCESS) {
		res = table_read(memory, &entries.plt_relocations, &dynamic->plt_relocations);
	}
	return res;
}

/* --- symbols --- */

/* `index` is below symbol_count, so that it is there. */
static struct elf64_symbol symbol_get(const struct elf_memory *memory,
				      const struct elf_dynamic *dynamic, uint32_t index)
{
	struct elf64_symbol symbol = { 0 };

	(void)memory_read(memory, dynamic->symbols + index * sizeof(symbol), &symbol,
			  sizeof(symbol));
	return symbol;
}

static bool symbol_is_called(const struct elf_memory *memory, const struct elf_dynamic *dynamic,
			     const struct elf64_symbol *symbol, const char *name, size_t size)
{
	const uint8_t *strings =
		elf_memory_at(memory, dynamic->strings.address, dynamic->strings.size);

	return strings != NULL && range_within(symbol->name, size, dynamic->strings.size) &&
	       memcmp(strings + symbol->name, name, size) == 0;
}

bool elf_dynamic_find(const struct elf_memory *memory, const struct elf_dynamic *dynamic,
		      const char *name, uint64_t *address)
{
	size_t size = strlen(name) + 1;

	for (uint32_t i = 1; i < dynamic->symbol_count; i++) {
		struct elf64_symbol symbol = symbol_get(memory, dynamic, i);

		if (symbol.section != ELF64_SHN_UNDEF &&
		    symbol_is_called(memory, dynamic, &symbol, name, size)) {
			*address = symbol.value;
			return true;
		}
	}
	return false;
}

/* For the log only: as much of the name as there is. */
static int symbol_name(const struct elf_memory *memory, const struct elf_dynamic *dynamic,
		       const struct elf64_symbol *symbol, const char **name)
{
	const uint8_t *strings =
		elf_memory_at(memory, dynamic->strings.address, dynamic->strings.size);
	size_t size = 0;

	if (strings != NULL && symbol->name < dynamic->strings.size) {
		*name = (const char *)strings + symbol->name;
		while (size < ELF_NAME_LOG_MAX && size < dynamic->strings.size - symbol->name &&
		       (*name)[size] > ' ' && (*name)[size] < 0x7f) {
			size++;
		}
	}
	return (int)size;
}

static TEE_Result symbol_unresolved(const struct elf_memory *memory,
				    const struct elf_dynamic *dynamic,
				    const struct elf64_symbol *symbol)
{
	const char *name = "";
	int size = symbol_name(memory, dynamic, symbol, &name);

	log_error("TA program: symbol '%.*s' is not defined", size, name);
	return elf_refuse("it needs a symbol that nobody defines");
}

/* Where the symbol is in the TA's memory; 0 for no symbol, and for a weak one nobody defines. */
static TEE_Result symbol_resolve(const struct elf_memory *memory, const struct elf_dynamic *dynamic,
				 uint32_t index, uint64_t *value)
{
	struct elf64_symbol symbol;

	*value = 0;
	if (index == 0) {
		return TEE_SUCCESS;
	}
	if (index >= dynamic->symbol_count) {
		return elf_refuse("a relocation names a symbol that is not there");
	}
	symbol = symbol_get(memory, dynamic, index);
	if (elf64_symbol_type(&symbol) == ELF64_STT_TLS ||
	    elf64_symbol_type(&symbol) == ELF64_STT_GNU_IFUNC) {
		return elf_refuse("a relocation names a symbol of a kind that is not supported");
	}
	if (symbol.section == ELF64_SHN_UNDEF) {
		return elf64_symbol_binding(&symbol) == ELF64_STB_WEAK
			       ? TEE_SUCCESS
			       : symbol_unresolved(memory, dynamic, &symbol);
	}
	*value = symbol.section == ELF64_SHN_ABS ? symbol.value : symbol.value + memory->base;
	return TEE_SUCCESS;
}

/* --- relocations --- */

static TEE_Result relocation_value(const struct elf_memory *memory,
				   const struct elf_dynamic *dynamic, const struct elf64_rela *rela,
				   enum port_reloc kind, uint64_t *value)
{
	uint64_t symbol;
	TEE_Result res;

	if (kind == PORT_RELOC_RELATIVE) {
		*value = memory->base + (uint64_t)rela->addend;
		return TEE_SUCCESS;
	}
	res = symbol_resolve(memory, dynamic, (uint32_t)(rela->info >> 32), &symbol);
	if (res != TEE_SUCCESS) {
		return res;
	}
	*value = kind == PORT_RELOC_ABSOLUTE ? symbol + (uint64_t)rela->addend : symbol;
	return TEE_SUCCESS;
}

static TEE_Result relocation_apply(const struct elf_memory *memory,
				   const struct elf_dynamic *dynamic, const struct elf64_rela *rela)
{
	enum port_reloc kind = port_elf_reloc((uint32_t)rela->info);
	uint8_t *target;
	uint64_t value;
	TEE_Result res;

	if (kind == PORT_RELOC_NONE) {
		return TEE_SUCCESS;
	}
	if (kind == PORT_RELOC_UNKNOWN) {
		log_error("TA program: relocation of type %u", (unsigned int)(uint32_t)rela->info);
		return elf_refuse("a kind of relocation that is not supported");
	}
	target = elf_memory_relocatable(memory, rela->offset, sizeof(value));
	if (target == NULL) {
		return elf_refuse("a relocation of what is not writable");
	}
	res = relocation_value(memory, dynamic, rela, kind, &value);
	if (res == TEE_SUCCESS) {
		memcpy(target, &value, sizeof(value));
	}
	return res;
}

static TEE_Result table_apply(const struct elf_memory *memory, const struct elf_dynamic *dynamic,
			      const struct elf_range *table)
{
	struct elf64_rela rela;

	for (uint64_t at = 0; at < table->size; at += sizeof(rela)) {
		TEE_Result res;

		if (!memory_read(memory, table->address + at, &rela, sizeof(rela))) {
			return elf_refuse("its relocations lie outside its segments");
		}
		res = relocation_apply(memory, dynamic, &rela);
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

TEE_Result elf_dynamic_relocate(const struct elf_memory *memory, const struct elf_dynamic *dynamic)
{
	TEE_Result res;

	res = table_apply(memory, dynamic, &dynamic->relocations);
	if (res == TEE_SUCCESS) {
		res = table_apply(memory, dynamic, &dynamic->plt_relocations);
	}
	return res;
}
