/* storage.h - what upstream's secure storage looks like on the disk.
 *
 * Three things: files of the normal world's file system, each a hash tree of
 * two interleaved versions; the directory of objects and the index of
 * installed TAs, which are such files; and the RPMB file system. All integers
 * are little-endian. `native_uuid` is a TEE_UUID as in memory. */

#ifndef ABI_STORAGE_H
#define ABI_STORAGE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* --- keys --- */

/* subkey(usage) = HMAC-SHA256(device key, u32 usage | constant data). */
enum huk_subkey_usage {
	HUK_SUBKEY_RPMB = 0,
	HUK_SUBKEY_SSK = 1,
	HUK_SUBKEY_DIE_ID = 2,
	HUK_SUBKEY_UNIQUE_TA = 3,
	HUK_SUBKEY_TA_ENC = 4,
	HUK_SUBKEY_SE050 = 5,
};

#define STORAGE_HUK_SIZE_DEFAULT 16u
#define STORAGE_SSK_SIZE	 32u
#define STORAGE_TSK_SIZE	 32u
#define STORAGE_FEK_SIZE	 16u
/* The compatible build's constant for the SSK; its NUL counts. The chip id
 * before it is "BEEF", repeated to its size, where there is none. */
#define STORAGE_SSK_STRING	 "ONLY_FOR_tee_fs_ssk"
#define STORAGE_SSK_STRING_SIZE	 20u
#define STORAGE_CHIP_ID_SIZE	 32u
#define STORAGE_CHIP_ID_DEFAULT	 "BEEFBEEFBEEFBEEFBEEFBEEFBEEFBEEF"

static_assert(sizeof(STORAGE_SSK_STRING) == STORAGE_SSK_STRING_SIZE, "SSK");
static_assert(sizeof(STORAGE_CHIP_ID_DEFAULT) == STORAGE_CHIP_ID_SIZE + 1, "chip id");

/* --- the hash tree of one file --- */

#define STORAGE_BLOCK_SIZE 4096u
#define STORAGE_HASH_SIZE  32u
#define STORAGE_IV_SIZE	   16u
#define STORAGE_TAG_SIZE   16u

/* Of the root's hash, what authenticates the head in the compatible build. */
#define STORAGE_ROOT_HASH_COMPAT_SIZE 16u

/* The names of files: the directory, and "/%x" of the file number. */
#define STORAGE_DIRFILE_NAME	 "/dirf.db"
#define STORAGE_FILE_NAME_FORMAT "/%x"

/* In the clear; encrypted it is `imeta` of the head. */
struct storage_htree_imeta {
	uint64_t length;
	uint32_t max_node_id;
	uint32_t pad;
};

static_assert(sizeof(struct storage_htree_imeta) == 16, "imeta");
static_assert(offsetof(struct storage_htree_imeta, length) == 0, "length");
static_assert(offsetof(struct storage_htree_imeta, max_node_id) == 8, "node");
static_assert(offsetof(struct storage_htree_imeta, pad) == 12, "pad");

struct storage_htree_head {
	uint8_t iv[STORAGE_IV_SIZE];
	uint8_t tag[STORAGE_TAG_SIZE];
	uint8_t enc_fek[STORAGE_FEK_SIZE];
	uint8_t imeta[16];
	uint32_t counter;
};

static_assert(sizeof(struct storage_htree_head) == 68, "head");
static_assert(offsetof(struct storage_htree_head, iv) == 0, "iv");
static_assert(offsetof(struct storage_htree_head, tag) == 16, "tag");
static_assert(offsetof(struct storage_htree_head, enc_fek) == 32, "enc_fek");
static_assert(offsetof(struct storage_htree_head, imeta) == 48, "imeta");
static_assert(offsetof(struct storage_htree_head, counter) == 64, "counter");

#define STORAGE_NODE_BLOCK_COMMITTED  (1u << 0)
#define STORAGE_NODE_CHILD0_COMMITTED (1u << 1)
#define STORAGE_NODE_CHILD1_COMMITTED (1u << 2)

struct storage_htree_node {
	uint8_t hash[STORAGE_HASH_SIZE];
	uint8_t iv[STORAGE_IV_SIZE];
	uint8_t tag[STORAGE_TAG_SIZE];
	uint16_t flags;
};

static_assert(sizeof(struct storage_htree_node) == 66, "node");
static_assert(offsetof(struct storage_htree_node, hash) == 0, "hash");
static_assert(offsetof(struct storage_htree_node, iv) == 32, "iv");
static_assert(offsetof(struct storage_htree_node, tag) == 48, "tag");
static_assert(offsetof(struct storage_htree_node, flags) == 64, "flags");

/* Nodes lie in blocks of 31 pairs; after each come the 61 data blocks that
 * fill the period of 62. */
#define STORAGE_NODES_PER_BLOCK	    31u
#define STORAGE_NODE_BLOCK_PERIOD   62u
#define STORAGE_DATA_PER_NODE_BLOCK 61u

/* Where version `version` (0 or 1) of the head, of node `index` (its id less
 * one) and of data block `index` lie in the file. */
static inline uint64_t storage_head_offset(uint32_t version)
{
	return sizeof(struct storage_htree_head) * (uint64_t)version;
}

static inline uint64_t storage_node_offset(uint32_t index, uint32_t version)
{
	uint64_t block =
		1 + (uint64_t)(index / STORAGE_NODES_PER_BLOCK) * STORAGE_NODE_BLOCK_PERIOD;

	return block * STORAGE_BLOCK_SIZE +
	       sizeof(struct storage_htree_node) *
		       (2 * (uint64_t)(index % STORAGE_NODES_PER_BLOCK) + version);
}

static inline uint64_t storage_data_offset(uint32_t index, uint32_t version)
{
	uint64_t data = 2 * (uint64_t)index + version;

	return (2 + data + data / STORAGE_DATA_PER_NODE_BLOCK) * STORAGE_BLOCK_SIZE;
}

/* --- the directory --- */

#define STORAGE_OBJECT_ID_MAX 64u

/* Free: oidlen 0 and oid[0] 0. An id of no bytes: oidlen 0 and oid[0] 1. */
struct storage_dirfile_entry {
	uint8_t native_uuid[16];
	uint8_t oid[STORAGE_OBJECT_ID_MAX];
	uint32_t oidlen;
	uint8_t hash[STORAGE_HASH_SIZE];
	uint32_t file_number;
};

static_assert(sizeof(struct storage_dirfile_entry) == 120, "directory entry");
static_assert(offsetof(struct storage_dirfile_entry, native_uuid) == 0, "uuid");
static_assert(offsetof(struct storage_dirfile_entry, oid) == 16, "oid");
static_assert(offsetof(struct storage_dirfile_entry, oidlen) == 80, "oidlen");
static_assert(offsetof(struct storage_dirfile_entry, hash) == 84, "hash");
static_assert(offsetof(struct storage_dirfile_entry, file_number) == 116, "file_number");

/* The file in RPMB that holds the hash of the directory's root. */
#define STORAGE_DIRFILE_HASH_NAME "/dirfile.db.hash"

/* --- one object --- */

/* Then attr_size bytes of attributes, then the data. An attribute is a
 * big-endian length and bytes, or a big-endian value. */
struct storage_object_head {
	uint32_t attr_size;
	uint32_t object_size;
	uint32_t max_object_size;
	uint32_t object_usage;
	uint32_t object_type;
	uint32_t have_attrs;
};

static_assert(sizeof(struct storage_object_head) == 24, "object head");
static_assert(offsetof(struct storage_object_head, attr_size) == 0, "attrs");
static_assert(offsetof(struct storage_object_head, object_size) == 4, "size");
static_assert(offsetof(struct storage_object_head, max_object_size) == 8, "max size");
static_assert(offsetof(struct storage_object_head, object_usage) == 12, "usage");
static_assert(offsetof(struct storage_object_head, object_type) == 16, "type");
static_assert(offsetof(struct storage_object_head, have_attrs) == 20, "have");

#define STORAGE_DATA_POSITION_MAX 0xFFFFFFFFu

/* --- installed TAs --- */

/* The object's id; its NUL counts. It belongs to the UUID of all zero. */
#define STORAGE_TADB_ID		 "ta.db"
#define STORAGE_TADB_ID_SIZE	 6u
#define STORAGE_TADB_FILE_FORMAT "%u.ta"
#define STORAGE_TADB_KEY_SIZE	 32u

static_assert(sizeof(STORAGE_TADB_ID) == STORAGE_TADB_ID_SIZE, "id");

/* Free: a UUID of all zero. */
struct storage_tadb_entry {
	uint8_t native_uuid[16];
	uint32_t version;
	uint32_t custom_size;
	uint32_t bin_size;
	uint32_t file_number;
	uint8_t iv[STORAGE_IV_SIZE];
	uint8_t tag[STORAGE_TAG_SIZE];
	uint8_t key[STORAGE_TADB_KEY_SIZE];
};

static_assert(sizeof(struct storage_tadb_entry) == 96, "TA entry");
static_assert(offsetof(struct storage_tadb_entry, native_uuid) == 0, "uuid");
static_assert(offsetof(struct storage_tadb_entry, version) == 16, "version");
static_assert(offsetof(struct storage_tadb_entry, custom_size) == 20, "custom");
static_assert(offsetof(struct storage_tadb_entry, bin_size) == 24, "bin");
static_assert(offsetof(struct storage_tadb_entry, file_number) == 28, "file");
static_assert(offsetof(struct storage_tadb_entry, iv) == 32, "iv");
static_assert(offsetof(struct storage_tadb_entry, tag) == 48, "tag");
static_assert(offsetof(struct storage_tadb_entry, key) == 64, "key");

/* --- versions that may not go back --- */

/* Object ids; their NUL counts. */
#define STORAGE_TA_VERSION_DB_ID     "ta_ver.db"
#define STORAGE_SUBKEY_VERSION_DB_ID "subkey_ver.db"
#define STORAGE_VERSION_DB_VERSION   0u

struct storage_version_db_head {
	uint32_t db_version;
	uint32_t nb_entries;
};

static_assert(sizeof(struct storage_version_db_head) == 8, "version head");
static_assert(offsetof(struct storage_version_db_head, db_version) == 0, "db_version");
static_assert(offsetof(struct storage_version_db_head, nb_entries) == 4, "nb_entries");

struct storage_version_db_entry {
	uint8_t uuid_octets[16];
	uint32_t version;
};

static_assert(sizeof(struct storage_version_db_entry) == 20, "version entry");
static_assert(offsetof(struct storage_version_db_entry, uuid_octets) == 0, "uuid");
static_assert(offsetof(struct storage_version_db_entry, version) == 16, "version");

/* --- the RPMB file system --- */

#define STORAGE_RPMB_MAGIC	0x52504D42u
#define STORAGE_RPMB_VERSION	2u
#define STORAGE_RPMB_FAT_START	512u
#define STORAGE_RPMB_BLOCK_SIZE 256u
#define STORAGE_RPMB_NAME_SIZE	224u

/* At address 0. */
struct storage_rpmb_partition {
	uint32_t magic;
	uint32_t version;
	uint32_t write_counter;
	uint32_t fat_start_address;
	uint8_t reserved[112];
};

static_assert(sizeof(struct storage_rpmb_partition) == 128, "partition");
static_assert(offsetof(struct storage_rpmb_partition, magic) == 0, "magic");
static_assert(offsetof(struct storage_rpmb_partition, version) == 4, "version");
static_assert(offsetof(struct storage_rpmb_partition, write_counter) == 8, "write_counter");
static_assert(offsetof(struct storage_rpmb_partition, fat_start_address) == 12,
	      "fat_start_address");
static_assert(offsetof(struct storage_rpmb_partition, reserved) == 16, "reserved");

#define STORAGE_RPMB_FLAG_ACTIVE (1u << 0)
#define STORAGE_RPMB_FLAG_LAST	 (1u << 1)

struct storage_rpmb_fat_entry {
	uint32_t start_address;
	uint32_t data_size;
	uint32_t flags;
	uint32_t unused;
	uint8_t fek[STORAGE_FEK_SIZE];
	uint8_t filename[STORAGE_RPMB_NAME_SIZE];
};

static_assert(sizeof(struct storage_rpmb_fat_entry) == 256, "FAT entry");
static_assert(offsetof(struct storage_rpmb_fat_entry, start_address) == 0, "start_address");
static_assert(offsetof(struct storage_rpmb_fat_entry, data_size) == 4, "size");
static_assert(offsetof(struct storage_rpmb_fat_entry, flags) == 8, "flags");
static_assert(offsetof(struct storage_rpmb_fat_entry, unused) == 12, "unused");
static_assert(offsetof(struct storage_rpmb_fat_entry, fek) == 16, "fek");
static_assert(offsetof(struct storage_rpmb_fat_entry, filename) == 32, "name");

#endif
