/* image.h - the file that holds a TA.
 *
 * A file is a header, its digest, its signature, and what the type says:
 *
 *   TA          header hash sig ELF
 *   BOOTSTRAP   header hash sig bootstrap-header ELF
 *   ENCRYPTED   header hash sig bootstrap-header encryption-header iv tag
 *               ciphertext
 *   SUBKEY      header hash sig subkey name, then one more file
 *
 * The digest covers the header, the headers after the signature, iv, tag, and
 * the image in the clear; of a subkey, the header and the subkey. All
 * integers are little-endian. A UUID is written in octets (RFC 4122) save
 * where a field is named `native_uuid`: that is a TEE_UUID as in memory. */

#ifndef ABI_IMAGE_H
#define ABI_IMAGE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAGIC 0x4F545348u

enum image_type {
	IMAGE_TYPE_TA = 0,
	IMAGE_TYPE_BOOTSTRAP_TA = 1,
	IMAGE_TYPE_ENCRYPTED_TA = 2,
	IMAGE_TYPE_SUBKEY = 3,
};

/* Signatures: the default, and the others of the signing tool. */
#define IMAGE_ALGO_PKCS1_PSS_SHA256  0x70414930u
#define IMAGE_ALGO_PKCS1_PSS_SHA384  0x70515930u
#define IMAGE_ALGO_PKCS1_PSS_SHA512  0x70616930u
#define IMAGE_ALGO_PKCS1_V1_5_SHA256 0x70004830u
#define IMAGE_ALGO_PKCS1_V1_5_SHA384 0x70005830u
#define IMAGE_ALGO_PKCS1_V1_5_SHA512 0x70006830u

#define IMAGE_RSA_BITS_MIN 2048u
#define IMAGE_RSA_EXPONENT 65537u

/* img_size counts the ELF, the ciphertext or the subkey, nothing else. */
struct image_header {
	uint32_t magic;
	uint32_t img_type;
	uint32_t img_size;
	uint32_t algo;
	uint16_t hash_size;
	uint16_t sig_size;
};

#define IMAGE_HEADER_SIZE 20u

static_assert(sizeof(struct image_header) == IMAGE_HEADER_SIZE, "header");
static_assert(offsetof(struct image_header, magic) == 0, "magic");
static_assert(offsetof(struct image_header, img_type) == 4, "img_type");
static_assert(offsetof(struct image_header, img_size) == 8, "img_size");
static_assert(offsetof(struct image_header, algo) == 12, "algo");
static_assert(offsetof(struct image_header, hash_size) == 16, "hash_size");
static_assert(offsetof(struct image_header, sig_size) == 18, "sig_size");

struct image_bootstrap_header {
	uint8_t uuid[16];
	uint32_t ta_version;
};

static_assert(sizeof(struct image_bootstrap_header) == 20, "bootstrap");
static_assert(offsetof(struct image_bootstrap_header, uuid) == 0, "uuid");
static_assert(offsetof(struct image_bootstrap_header, ta_version) == 16, "ta_version");

/* AES-GCM and nothing else. */
#define IMAGE_ENCRYPTION_ALGO	  0x40000810u
#define IMAGE_ENCRYPTION_KEY_SIZE 32u
/* What the signing tool writes. */
#define IMAGE_ENCRYPTION_IV_SIZE  12u
#define IMAGE_ENCRYPTION_TAG_SIZE 16u

#define IMAGE_ENCRYPTION_KEY_TYPE_MASK	     (1u << 0)
#define IMAGE_ENCRYPTION_KEY_DEVICE_SPECIFIC 0u
#define IMAGE_ENCRYPTION_KEY_CLASS_WIDE	     1u

struct image_encryption_header {
	uint32_t enc_algo;
	uint32_t flags;
	uint16_t iv_size;
	uint16_t tag_size;
};

static_assert(sizeof(struct image_encryption_header) == 12, "encryption");
static_assert(offsetof(struct image_encryption_header, enc_algo) == 0, "algo");
static_assert(offsetof(struct image_encryption_header, flags) == 4, "flags");
static_assert(offsetof(struct image_encryption_header, iv_size) == 8, "iv");
static_assert(offsetof(struct image_encryption_header, tag_size) == 10, "tag");

/* `offs` counts from the beginning of the subkey. Numbers are big-endian. */
struct image_subkey_attr {
	uint32_t id;
	uint32_t offs;
	uint32_t size;
};

static_assert(sizeof(struct image_subkey_attr) == 12, "subkey attribute");
static_assert(offsetof(struct image_subkey_attr, id) == 0, "id");
static_assert(offsetof(struct image_subkey_attr, offs) == 4, "offs");
static_assert(offsetof(struct image_subkey_attr, size) == 8, "size");

#define IMAGE_SUBKEY_ATTR_MODULUS  0xD0000130u
#define IMAGE_SUBKEY_ATTR_EXPONENT 0xD0000230u

/* The name of `name_size` bytes, its NUL included, follows the subkey and is
 * not part of img_size. */
struct image_subkey {
	uint8_t uuid[16];
	uint32_t name_size;
	uint32_t subkey_version;
	uint32_t max_depth;
	uint32_t algo;
	uint32_t attr_count;
	struct image_subkey_attr attrs[];
};

static_assert(sizeof(struct image_subkey) == 36, "subkey");
static_assert(offsetof(struct image_subkey, uuid) == 0, "uuid");
static_assert(offsetof(struct image_subkey, name_size) == 16, "name_size");
static_assert(offsetof(struct image_subkey, subkey_version) == 20, "version");
static_assert(offsetof(struct image_subkey, max_depth) == 24, "max_depth");
static_assert(offsetof(struct image_subkey, algo) == 28, "algo");
static_assert(offsetof(struct image_subkey, attr_count) == 32, "attr_count");
static_assert(offsetof(struct image_subkey, attrs) == 36, "attrs");

/* The head of the ELF: the symbol `ta_head`, section `.ta_head`. */
struct ta_head {
	uint8_t native_uuid[16];
	uint32_t stack_size;
	uint32_t flags;
	uint64_t depr_entry;
};

#define TA_HEAD_SYMBOL		   "ta_head"
#define TA_HEAD_SECTION		   ".ta_head"
/* Anything else in `depr_entry` is the entry of a legacy TA. */
#define TA_HEAD_NO_LEGACY_ENTRY	   0xFFFFFFFFFFFFFFFFull
/* What the dev kit adds to the stack that the TA asks for. */
#define TA_HEAD_STACK_EXTRA	   2048u
#define TA_HEAD_STACK_ALIGNMENT_64 16u
#define TA_HEAD_STACK_ALIGNMENT_32 8u

static_assert(sizeof(struct ta_head) == 32, "TA head");
static_assert(offsetof(struct ta_head, native_uuid) == 0, "uuid");
static_assert(offsetof(struct ta_head, stack_size) == 16, "stack_size");
static_assert(offsetof(struct ta_head, flags) == 20, "flags");
static_assert(offsetof(struct ta_head, depr_entry) == 24, "depr_entry");

/* ta_head.flags. Spelled as TA trees know them; the dev kit's
 * user_ta_header.h says the same. The first three say nothing any more. */
#define TA_FLAG_USER_MODE			    0
#define TA_FLAG_EXEC_DDR			    0
#define TA_FLAG_REMAP_SUPPORT			    0
#define TA_FLAG_SINGLE_INSTANCE			    0x4
#define TA_FLAG_MULTI_SESSION			    0x8
#define TA_FLAG_INSTANCE_KEEP_ALIVE		    0x10
#define TA_FLAG_SECURE_DATA_PATH		    0x20
#define TA_FLAG_CACHE_MAINTENANCE		    0x80
/* Pseudo TAs only: in an image it is a bad format. */
#define TA_FLAG_CONCURRENT			    0x100
#define TA_FLAG_DEVICE_ENUM			    0x200
#define TA_FLAG_DEVICE_ENUM_SUPP		    0x400
#define TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT 0x800
#define TA_FLAG_DEVICE_ENUM_TEE_STORAGE_PRIVATE	    0x1000
#define TA_FLAG_INSTANCE_KEEP_CRASHED		    0x2000
#define TA_FLAGS_MASK				    0x3FFF

#endif
