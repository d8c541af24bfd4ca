#include "secure/tee/rpmb_fs.h"

#include <string.h>

#include "lib/bytes.h"
#include "secure/core/check.h"
#include "secure/core/log.h"
#include "secure/core/wait.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/key.h"
#include "secure/tee/rpmb.h"

#define BLOCK	    STORAGE_RPMB_BLOCK_SIZE
#define TABLE_BLOCK (STORAGE_RPMB_FAT_START / BLOCK)

static_assert(BLOCK == RPMB_DATA_SIZE && sizeof(struct storage_rpmb_fat_entry) == BLOCK,
	      "an entry is a block: it changes in one step");

/* One of the file system's mutex: all below. */
static struct mutex mutex;
static bool mounted;
static struct storage_rpmb_fat_entry table[RPMB_FS_ENTRIES_MAX];
static uint32_t entries; /* of the table, with the last */

void rpmb_fs_init(void)
{
	mutex_init(&mutex);
	rpmb_init();
	mounted = false;
	entries = 0;
}

/* --- blocks --- */

static uint32_t blocks_of(size_t size)
{
	return (uint32_t)((size + BLOCK - 1) / BLOCK);
}

/* After a failed write nobody knows what the device has. */
static TEE_Result block_write(uint32_t block, const void *from)
{
	TEE_Result res = rpmb_write(block, from);

	if (res != TEE_SUCCESS && res != TEE_ERROR_STORAGE_NO_SPACE) {
		mounted = false;
	}
	return res;
}

static TEE_Result entry_write(uint32_t index, const struct storage_rpmb_fat_entry *entry)
{
	TEE_Result res = block_write(TABLE_BLOCK + index, entry);

	if (res == TEE_SUCCESS) {
		table[index] = *entry;
	}
	return res;
}

/* --- mounting --- */

static bool entry_is_active(const struct storage_rpmb_fat_entry *entry)
{
	return (entry->flags & STORAGE_RPMB_FLAG_ACTIVE) != 0;
}

/* What is in the device is ours; this is against programs of ours that are wrong, or newer. */
static bool entry_is_sound(const struct storage_rpmb_fat_entry *entry)
{
	return !entry_is_active(entry) ||
	       (memchr(entry->filename, '\0', sizeof(entry->filename)) != NULL &&
		entry->start_address % BLOCK == 0 &&
		range_within(entry->start_address, (uint64_t)blocks_of(entry->data_size) * BLOCK,
			     (uint64_t)rpmb_block_count() * BLOCK));
}

/* Count `more` entries that were read, up to the last. Result when it is not among them: BUSY. */
static TEE_Result table_scan(uint32_t more)
{
	for (uint32_t stop = entries + more; entries < stop;) {
		const struct storage_rpmb_fat_entry *entry = &table[entries++];

		if (!entry_is_sound(entry)) {
			return TEE_ERROR_BAD_FORMAT;
		}
		if ((entry->flags & STORAGE_RPMB_FLAG_LAST) != 0) {
			return TEE_SUCCESS;
		}
	}
	return TEE_ERROR_BUSY;
}

static TEE_Result table_read(void)
{
	uint32_t room = rpmb_block_count() - TABLE_BLOCK;
	uint32_t end = room < RPMB_FS_ENTRIES_MAX ? room : RPMB_FS_ENTRIES_MAX;
	TEE_Result res = TEE_ERROR_BUSY;

	for (entries = 0; entries < end && res == TEE_ERROR_BUSY;) {
		uint32_t part = end - entries < RPMB_READ_MAX ? end - entries : RPMB_READ_MAX;

		res = rpmb_read(TABLE_BLOCK + entries, &table[entries], part);
		if (res != TEE_SUCCESS) {
			return res;
		}
		res = table_scan(part);
	}
	if (res != TEE_SUCCESS) {
		log_error("rpmb: the table of files makes no sense");
		return TEE_ERROR_STORAGE_NOT_AVAILABLE;
	}
	return TEE_SUCCESS;
}

/* The table first: without what block 0 says it is not looked at. */
static TEE_Result format(void)
{
	union {
		struct storage_rpmb_partition partition;
		uint8_t block[BLOCK];
	} first = { .partition = { .magic = STORAGE_RPMB_MAGIC,
				   .version = STORAGE_RPMB_VERSION,
				   .fat_start_address = STORAGE_RPMB_FAT_START } };
	struct storage_rpmb_fat_entry last = { .flags = STORAGE_RPMB_FLAG_LAST };
	TEE_Result res;

	log_info("rpmb: making a file system");
	entries = 1;
	res = entry_write(0, &last);
	return res == TEE_SUCCESS ? block_write(0, &first) : res;
}

/* An old write of ours may still be on its way: writing block 0 as it is moves the counter on, so
 * that it comes to nothing. What is there is looked at after that. */
static TEE_Result volume_open(void)
{
	uint8_t first[BLOCK];
	struct storage_rpmb_partition partition;
	TEE_Result res;

	res = rpmb_read(0, first, 1);
	if (res == TEE_SUCCESS) {
		res = block_write(0, first);
	}
	/* A counter that cannot move any more lets no old write through either. */
	if (res == TEE_SUCCESS || res == TEE_ERROR_STORAGE_NO_SPACE) {
		res = rpmb_read(0, first, 1);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	memcpy(&partition, first, sizeof(partition));
	if (partition.magic != STORAGE_RPMB_MAGIC) {
		return format();
	}
	if (partition.version != STORAGE_RPMB_VERSION ||
	    partition.fat_start_address != STORAGE_RPMB_FAT_START) {
		log_error("rpmb: a file system of version %u", partition.version);
		return TEE_ERROR_STORAGE_NOT_AVAILABLE;
	}
	return table_read();
}

static TEE_Result mount(void)
{
	bool fresh;
	TEE_Result res;

	res = rpmb_open(&fresh);
	if (res != TEE_SUCCESS) {
		mounted = false;
		return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_ERROR_STORAGE_NOT_AVAILABLE : res;
	}
	if (mounted && !fresh) {
		return TEE_SUCCESS;
	}
	res = volume_open();
	mounted = res == TEE_SUCCESS;
	return res;
}

/* --- the table --- */

static bool name_equal(const struct storage_rpmb_fat_entry *entry, const struct rpmb_fs_name *name)
{
	return strcmp((const char *)entry->filename, name->text) == 0;
}

/* false: there is no such file. */
static bool entry_find(const struct rpmb_fs_name *name, uint32_t *index)
{
	for (*index = 0; *index < entries; (*index)++) {
		if (entry_is_active(&table[*index]) && name_equal(&table[*index], name)) {
			return true;
		}
	}
	return false;
}

/* One for a new file: the last one, if need be. false: there is none, for that one is in use, which
 * nobody who writes this format leaves so. */
static bool entry_free(uint32_t *index)
{
	for (*index = 0; *index < entries; (*index)++) {
		if (!entry_is_active(&table[*index])) {
			return true;
		}
	}
	return false;
}

static bool is_last(uint32_t index)
{
	return (table[index].flags & STORAGE_RPMB_FLAG_LAST) != 0;
}

/* A file whose data is in [first, first + count); NULL: none. */
static const struct storage_rpmb_fat_entry *data_at(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < entries; i++) {
		uint32_t start = table[i].start_address / BLOCK;
		uint32_t size = blocks_of(table[i].data_size);

		if (entry_is_active(&table[i]) && size > 0 && start < first + count &&
		    first < start + size) {
			return &table[i];
		}
	}
	return NULL;
}

/* The highest `count` blocks where nothing is, above `limit`. false: there are none. */
static bool data_room(uint32_t count, uint32_t limit, uint32_t *first)
{
	uint32_t end = rpmb_block_count();
	const struct storage_rpmb_fat_entry *in_the_way;

	while (end >= limit && end - limit >= count) {
		*first = end - count;
		in_the_way = data_at(*first, count);
		if (in_the_way == NULL) {
			return true;
		}
		end = in_the_way->start_address / BLOCK;
	}
	return false;
}

/* --- encryption --- */

struct file_key {
	uint8_t key[STORAGE_FEK_SIZE];
	uint8_t essiv[STORAGE_FEK_SIZE];
};

static void file_key_open(const TEE_UUID *uuid, const uint8_t wrapped[STORAGE_FEK_SIZE],
			  struct file_key *file)
{
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];
	struct crypto_piece piece = { file->key, sizeof(file->key) };
	struct secret_key wrapping;

	key_storage(uuid, &wrapping);
	crypto_aes_decrypt(wrapping.bytes, sizeof(wrapping.bytes), wrapped, file->key);
	key_wipe(&wrapping);
	crypto_digest(CRYPTO_SHA256, &piece, 1, digest);
	memcpy(file->essiv, digest, sizeof(file->essiv));
	bytes_wipe(digest, sizeof(digest));
}

/* A new key, wrapped. */
static void file_key_make(uint8_t wrapped[STORAGE_FEK_SIZE])
{
	/* What is random stays so when it is decrypted. */
	crypto_random(wrapped, STORAGE_FEK_SIZE);
}

static void block_iv(const struct file_key *file, uint32_t block, uint8_t iv[STORAGE_FEK_SIZE])
{
	uint8_t number[STORAGE_FEK_SIZE] = { 0 };

	store_le16(number, (uint16_t)block);
	crypto_aes_encrypt(file->essiv, sizeof(file->essiv), number, iv);
}

static void block_decrypt(const struct file_key *file, uint32_t block, uint8_t data[BLOCK])
{
	uint8_t iv[STORAGE_FEK_SIZE];

	block_iv(file, block, iv);
	crypto_cbc_decrypt(file->key, sizeof(file->key), iv, data, data, BLOCK);
}

static void block_encrypt(const struct file_key *file, uint32_t block, uint8_t data[BLOCK])
{
	uint8_t iv[STORAGE_FEK_SIZE];

	block_iv(file, block, iv);
	crypto_cbc_encrypt(file->key, sizeof(file->key), iv, data, data, BLOCK);
}

/* --- data --- */

/* The blocks of one request, and of them as many bytes as are still wanted. */
static TEE_Result part_read(const struct file_key *file, uint32_t first, uint8_t *to, size_t size)
{
	static uint8_t blocks[RPMB_READ_MAX * BLOCK];
	uint32_t count = blocks_of(size);
	TEE_Result res;

	res = rpmb_read(first, blocks, count);
	for (uint32_t i = 0; res == TEE_SUCCESS && i < count; i++) {
		block_decrypt(file, first + i, blocks + i * BLOCK);
	}
	if (res == TEE_SUCCESS) {
		memcpy(to, blocks, size);
	}
	bytes_wipe(blocks, sizeof(blocks));
	return res;
}

static TEE_Result data_read(const struct file_key *file, uint32_t first, uint8_t *to, size_t size)
{
	const size_t part_max = RPMB_READ_MAX * BLOCK;
	TEE_Result res = TEE_SUCCESS;

	while (res == TEE_SUCCESS && size > 0) {
		size_t part = size < part_max ? size : part_max;

		res = part_read(file, first, to, part);
		first += RPMB_READ_MAX;
		to += part;
		size -= part;
	}
	return res;
}

static TEE_Result data_write(const struct file_key *file, uint32_t first, const uint8_t *from,
			     size_t size)
{
	TEE_Result res = TEE_SUCCESS;

	while (res == TEE_SUCCESS && size > 0) {
		uint8_t block[BLOCK] = { 0 };
		size_t part = size < BLOCK ? size : BLOCK;

		memcpy(block, from, part);
		block_encrypt(file, first, block);
		res = block_write(first, block);
		first++;
		from += part;
		size -= part;
	}
	return res;
}

/* --- files --- */

static TEE_Result size_ask(const struct rpmb_fs_name *name, size_t *size)
{
	uint32_t index;

	if (!entry_find(name, &index)) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	*size = table[index].data_size;
	return TEE_SUCCESS;
}

static TEE_Result file_read(const TEE_UUID *uuid, const struct rpmb_fs_name *name, void *to,
			    size_t size)
{
	struct file_key key;
	uint32_t index;
	TEE_Result res;

	if (!entry_find(name, &index)) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	if (table[index].data_size != size) {
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	file_key_open(uuid, table[index].fek, &key);
	res = data_read(&key, table[index].start_address / BLOCK, to, size);
	bytes_wipe(&key, sizeof(key));
	return res;
}

/* The table's end moves on before its last entry is used. */
static TEE_Result table_extend(void)
{
	struct storage_rpmb_fat_entry last = { .flags = STORAGE_RPMB_FLAG_LAST };
	TEE_Result res;

	res = entry_write(entries, &last);
	if (res == TEE_SUCCESS) {
		/* On the device the old last one is, until it is written. */
		table[entries - 1].flags &= ~STORAGE_RPMB_FLAG_LAST;
		entries++;
	}
	return res;
}

/* The data, and then the entry `index`. With `extend` the table has to become longer before. */
static TEE_Result file_put(const TEE_UUID *uuid, uint32_t index, bool extend,
			   struct storage_rpmb_fat_entry *entry, const void *from)
{
	struct file_key key;
	TEE_Result res;

	file_key_make(entry->fek);
	file_key_open(uuid, entry->fek, &key);
	res = data_write(&key, entry->start_address / BLOCK, from, entry->data_size);
	bytes_wipe(&key, sizeof(key));
	if (res == TEE_SUCCESS && extend) {
		res = table_extend();
	}
	if (res == TEE_SUCCESS) {
		entry->flags |= table[index].flags & STORAGE_RPMB_FLAG_LAST;
		res = entry_write(index, entry);
	}
	if (res != TEE_SUCCESS) {
		mounted = false;
	}
	return res;
}

static TEE_Result file_write(const TEE_UUID *uuid, const struct rpmb_fs_name *name,
			     const void *from, size_t size, enum rpmb_fs_mode mode)
{
	struct storage_rpmb_fat_entry entry = { .flags = STORAGE_RPMB_FLAG_ACTIVE };
	uint32_t index;
	uint32_t first;
	bool extend = false;

	if (entry_find(name, &index)) {
		if (mode == RPMB_FS_KEEP) {
			return TEE_ERROR_ACCESS_CONFLICT;
		}
	} else if (entry_free(&index)) {
		extend = is_last(index);
	} else {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	if (size > (size_t)rpmb_block_count() * BLOCK || (extend && entries == array_size(table)) ||
	    !data_room(blocks_of(size), TABLE_BLOCK + entries + extend, &first)) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	entry.start_address = first * BLOCK;
	entry.data_size = (uint32_t)size;
	memcpy(entry.filename, name->text, sizeof(entry.filename));
	return file_put(uuid, index, extend, &entry, from);
}

/* With its entry goes the key: what is left of the data says nothing. */
static TEE_Result file_remove(const struct rpmb_fs_name *name)
{
	struct storage_rpmb_fat_entry empty = { 0 };
	uint32_t index;

	if (!entry_find(name, &index)) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	empty.flags = table[index].flags & STORAGE_RPMB_FLAG_LAST;
	return entry_write(index, &empty);
}

static TEE_Result file_rename(const struct rpmb_fs_name *from, const struct rpmb_fs_name *to)
{
	struct storage_rpmb_fat_entry entry;
	uint32_t index;

	if (entry_find(to, &index)) {
		return TEE_ERROR_ACCESS_CONFLICT;
	}
	if (!entry_find(from, &index)) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	entry = table[index];
	memcpy(entry.filename, to->text, sizeof(entry.filename));
	return entry_write(index, &entry);
}

static TEE_Result files_visit(rpmb_fs_visit visit, void *arg)
{
	struct rpmb_fs_name name;
	TEE_Result res = TEE_SUCCESS;

	for (uint32_t i = 0; i < entries && res == TEE_SUCCESS; i++) {
		if (entry_is_active(&table[i])) {
			memcpy(name.text, table[i].filename, sizeof(name.text));
			res = visit(&name, arg);
		}
	}
	return res;
}

/* --- one at a time --- */

static TEE_Result begin(void)
{
	TEE_Result res;

	mutex_lock(&mutex);
	res = mount();
	if (res != TEE_SUCCESS) {
		mutex_unlock(&mutex);
	}
	return res;
}

static TEE_Result end(TEE_Result res)
{
	mutex_unlock(&mutex);
	return res;
}

TEE_Result rpmb_fs_size(const struct rpmb_fs_name *name, size_t *size)
{
	TEE_Result res = begin();

	return res == TEE_SUCCESS ? end(size_ask(name, size)) : res;
}

TEE_Result rpmb_fs_read(const TEE_UUID *uuid, const struct rpmb_fs_name *name, void *to,
			size_t size)
{
	TEE_Result res = begin();

	return res == TEE_SUCCESS ? end(file_read(uuid, name, to, size)) : res;
}

TEE_Result rpmb_fs_write(const TEE_UUID *uuid, const struct rpmb_fs_name *name, const void *from,
			 size_t size, enum rpmb_fs_mode mode)
{
	TEE_Result res = begin();

	return res == TEE_SUCCESS ? end(file_write(uuid, name, from, size, mode)) : res;
}

TEE_Result rpmb_fs_remove(const struct rpmb_fs_name *name)
{
	TEE_Result res = begin();

	return res == TEE_SUCCESS ? end(file_remove(name)) : res;
}

TEE_Result rpmb_fs_rename(const struct rpmb_fs_name *from, const struct rpmb_fs_name *to)
{
	TEE_Result res = begin();

	return res == TEE_SUCCESS ? end(file_rename(from, to)) : res;
}

TEE_Result rpmb_fs_list(rpmb_fs_visit visit, void *arg)
{
	TEE_Result res = begin();

	return res == TEE_SUCCESS ? end(files_visit(visit, arg)) : res;
}
