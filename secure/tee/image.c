#include "secure/tee/image.h"

#include <string.h>

#include "abi/storage.h"
#include "lib/bytes.h"
#include "lib/cursor.h"
#include "lib/uuid.h"
#include "secure/core/log.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/image_key.h"
#include "secure/tee/key.h"

static_assert(IMAGE_ENCRYPTION_IV_SIZE == CRYPTO_GCM_NONCE_SIZE, "iv");
static_assert(IMAGE_ENCRYPTION_TAG_SIZE == CRYPTO_GCM_TAG_SIZE, "tag");
static_assert(IMAGE_ENCRYPTION_KEY_SIZE == KEY_SIZE, "key");

struct algorithm {
	uint32_t id;
	enum crypto_padding padding;
	enum crypto_hash hash;
};

static const struct algorithm algorithms[] = {
	{ IMAGE_ALGO_PKCS1_PSS_SHA256, CRYPTO_PSS, CRYPTO_SHA256 },
	{ IMAGE_ALGO_PKCS1_PSS_SHA384, CRYPTO_PSS, CRYPTO_SHA384 },
	{ IMAGE_ALGO_PKCS1_PSS_SHA512, CRYPTO_PSS, CRYPTO_SHA512 },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA256, CRYPTO_PKCS1_V1_5, CRYPTO_SHA256 },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA384, CRYPTO_PKCS1_V1_5, CRYPTO_SHA384 },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA512, CRYPTO_PKCS1_V1_5, CRYPTO_SHA512 },
};

/* The file while it is read. `signer` and `uuid_octets` are what the next header is held against:
 * the trusted key, which signs for any UUID, and later the last subkey, which signs for one. */
struct reading {
	const TEE_UUID *uuid;
	uint8_t *file;
	struct cursor cursor;
	unsigned int subkeys;
	struct crypto_rsa_numbers signer;
	uint32_t depth;
	uint8_t uuid_octets[UUID_OCTETS];
};

/* A header whose signature is good. The digest has yet to be compared. */
struct signed_header {
	struct image_header header;
	const uint8_t *bytes;
	const uint8_t *digest;
	enum crypto_hash hash;
};

static TEE_Result refuse(const struct reading *reading, const char *why)
{
	log_error("TA %pUl refused: %s", (const void *)reading->uuid, why);
	return TEE_ERROR_SECURITY;
}

static const struct algorithm *algorithm_find(uint32_t id)
{
	for (size_t i = 0; i < array_size(algorithms); i++) {
		if (algorithms[i].id == id) {
			return &algorithms[i];
		}
	}
	return NULL;
}

/* --- one signed header --- */

static bool signature_good(const struct reading *reading, const struct crypto_signature *claim)
{
	if (reading->subkeys == 0) {
		return crypto_rsa_verify(image_key_der, image_key_der_size, claim);
	}
	return crypto_rsa_verify_numbers(&reading->signer, claim);
}

static struct image_header header_decode(const uint8_t *bytes)
{
	struct cursor cursor = cursor_over(bytes, IMAGE_HEADER_SIZE);
	struct image_header header;

	header.magic = cursor_u32(&cursor);
	header.img_type = cursor_u32(&cursor);
	header.img_size = cursor_u32(&cursor);
	header.algo = cursor_u32(&cursor);
	header.hash_size = cursor_u16(&cursor);
	header.sig_size = cursor_u16(&cursor);
	return header;
}

static TEE_Result header_read(struct reading *reading, struct signed_header *part)
{
	const struct algorithm *algorithm;
	struct crypto_signature claim;

	part->bytes = cursor_bytes(&reading->cursor, IMAGE_HEADER_SIZE);
	if (part->bytes == NULL) {
		return refuse(reading, "the file ends before a header does");
	}
	part->header = header_decode(part->bytes);
	if (part->header.magic != IMAGE_MAGIC) {
		return refuse(reading, "not a signed image (magic number)");
	}
	algorithm = algorithm_find(part->header.algo);
	if (algorithm == NULL) {
		return refuse(reading, "signature algorithm not accepted");
	}
	part->hash = algorithm->hash;
	if (part->header.hash_size != crypto_hash_size(part->hash)) {
		return refuse(reading, "digest size is not the algorithm's");
	}
	part->digest = cursor_bytes(&reading->cursor, part->header.hash_size);
	claim = (struct crypto_signature){
		.padding = algorithm->padding,
		.hash = algorithm->hash,
		.digest = part->digest,
		.signature = cursor_bytes(&reading->cursor, part->header.sig_size),
		.size = part->header.sig_size,
	};
	if (cursor_failed(&reading->cursor)) {
		return refuse(reading, "the file ends before a signature does");
	}
	if (!signature_good(reading, &claim)) {
		return refuse(reading, "signature is not by the key that has to sign");
	}
	return TEE_SUCCESS;
}

/* pieces[0] is left free for the header, which every digest begins with. */
static bool digest_good(const struct signed_header *part, struct crypto_piece *pieces, size_t count)
{
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];

	pieces[0] = (struct crypto_piece){ part->bytes, IMAGE_HEADER_SIZE };
	crypto_digest(part->hash, pieces, count, digest);
	return bytes_equal_secret(digest, part->digest, crypto_hash_size(part->hash));
}

/* --- subkeys --- */

/* The UUID that has to come after `uuid_octets` under a name: UUIDv5, but with SHA-512. */
static void uuid_derive(uint8_t uuid_octets[UUID_OCTETS], const uint8_t *name, size_t size)
{
	struct crypto_piece pieces[] = { { uuid_octets, UUID_OCTETS }, { name, size } };
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];

	crypto_digest(CRYPTO_SHA512, pieces, array_size(pieces), digest);
	memcpy(uuid_octets, digest, UUID_OCTETS);
	uuid_octets[6] = (uint8_t)((uuid_octets[6] & 0x0f) | 0x50);
	uuid_octets[8] = (uint8_t)((uuid_octets[8] & 0x3f) | 0x80);
}

/* False: an attribute lies outside the subkey, or comes twice. */
static bool subkey_attribute(struct crypto_rsa_numbers *numbers, struct cursor *cursor,
			     const uint8_t *subkey, size_t subkey_size)
{
	uint32_t id = cursor_u32(cursor);
	uint32_t offset = cursor_u32(cursor);
	uint32_t size = cursor_u32(cursor);

	if (cursor_failed(cursor) || !range_within(offset, size, subkey_size)) {
		return false;
	}
	if (id == IMAGE_SUBKEY_ATTR_MODULUS && numbers->modulus == NULL) {
		numbers->modulus = subkey + offset;
		numbers->modulus_size = size;
		return true;
	}
	if (id == IMAGE_SUBKEY_ATTR_EXPONENT && numbers->exponent == NULL) {
		numbers->exponent = subkey + offset;
		numbers->exponent_size = size;
		return true;
	}
	return id != IMAGE_SUBKEY_ATTR_MODULUS && id != IMAGE_SUBKEY_ATTR_EXPONENT;
}

static bool subkey_numbers(struct crypto_rsa_numbers *numbers, struct cursor *cursor,
			   uint32_t count, const uint8_t *subkey, size_t subkey_size)
{
	*numbers = (struct crypto_rsa_numbers){ 0 };
	if (count > IMAGE_SUBKEY_ATTRS_MAX) {
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!subkey_attribute(numbers, cursor, subkey, subkey_size)) {
			return false;
		}
	}
	return numbers->modulus != NULL && numbers->exponent != NULL;
}

/* The name after a subkey, without the NUL that ends it. false: cut off, or not ended. */
static bool subkey_name(struct reading *reading, uint32_t size, const uint8_t **name)
{
	*name = cursor_bytes(&reading->cursor, size);
	return !cursor_failed(&reading->cursor) && (size == 0 || (*name)[size - 1] == '\0');
}

/* What a subkey says, in the order of struct image_subkey. */
struct subkey {
	const uint8_t *uuid_octets;
	uint32_t name_size;
	uint32_t max_depth;
	uint32_t algo;
	struct crypto_rsa_numbers numbers;
};

static bool subkey_decode(const uint8_t *bytes, size_t size, struct subkey *subkey)
{
	struct cursor cursor = cursor_over(bytes, size);
	uint32_t attr_count;

	subkey->uuid_octets = cursor_bytes(&cursor, UUID_OCTETS);
	subkey->name_size = cursor_u32(&cursor);
	cursor_u32(&cursor); /* the version: nobody keeps an older one to compare with */
	subkey->max_depth = cursor_u32(&cursor);
	subkey->algo = cursor_u32(&cursor);
	attr_count = cursor_u32(&cursor);
	return !cursor_failed(&cursor) &&
	       subkey_numbers(&subkey->numbers, &cursor, attr_count, bytes, size);
}

static TEE_Result subkey_read(struct reading *reading, const struct signed_header *part)
{
	const uint8_t *bytes = cursor_bytes(&reading->cursor, part->header.img_size);
	struct crypto_piece pieces[] = { { 0 }, { bytes, part->header.img_size } };
	struct subkey subkey;
	const uint8_t *name;

	if (cursor_failed(&reading->cursor)) {
		return refuse(reading, "the file ends before a subkey does");
	}
	if (!digest_good(part, pieces, array_size(pieces))) {
		return refuse(reading, "digest of a subkey is wrong");
	}
	if (reading->subkeys == IMAGE_SUBKEYS_MAX) {
		return refuse(reading, "too many subkeys");
	}
	if (!subkey_decode(bytes, part->header.img_size, &subkey)) {
		return refuse(reading, "a subkey is malformed");
	}
	if (algorithm_find(subkey.algo) == NULL) {
		return refuse(reading, "a subkey is for an algorithm that is not accepted");
	}
	if (reading->subkeys > 0 &&
	    memcmp(subkey.uuid_octets, reading->uuid_octets, UUID_OCTETS) != 0) {
		return refuse(reading, "a subkey has not the UUID its signer may sign for");
	}
	if (subkey.max_depth >= reading->depth) {
		return refuse(reading, "a subkey is deeper than its signer allows");
	}
	if (!subkey_name(reading, subkey.name_size, &name)) {
		return refuse(reading, "the name after a subkey is malformed");
	}

	reading->subkeys++;
	reading->signer = subkey.numbers;
	reading->depth = subkey.max_depth;
	memcpy(reading->uuid_octets, subkey.uuid_octets, UUID_OCTETS);
	if (subkey.name_size > 0) {
		uuid_derive(reading->uuid_octets, name, subkey.name_size - 1);
	}
	return TEE_SUCCESS;
}

/* --- programs --- */

/* May the last key of the chain sign for the TA that was asked for? */
static bool signer_allows(const struct reading *reading, const uint8_t asked[UUID_OCTETS])
{
	return reading->subkeys == 0 || memcmp(reading->uuid_octets, asked, UUID_OCTETS) == 0;
}

static TEE_Result uuid_check(const struct reading *reading, const uint8_t *stated)
{
	uint8_t asked[UUID_OCTETS];

	uuid_to_octets(reading->uuid, asked);
	if (stated != NULL && memcmp(stated, asked, UUID_OCTETS) != 0) {
		return refuse(reading, "it is another TA's (UUID)");
	}
	if (!signer_allows(reading, asked)) {
		return refuse(reading, "its subkey may not sign for this UUID");
	}
	return TEE_SUCCESS;
}

/* All that is left of the file, which has to be exactly what the header says. */
static TEE_Result program_take(struct reading *reading, const struct signed_header *part,
			       struct image *image)
{
	if (cursor_left(&reading->cursor) != part->header.img_size) {
		return refuse(reading, "file size is not what its headers add up to");
	}
	image->elf_size = part->header.img_size;
	image->elf = cursor_bytes(&reading->cursor, image->elf_size);
	return TEE_SUCCESS;
}

static TEE_Result digest_check(const struct reading *reading, const struct signed_header *part,
			       struct crypto_piece *pieces, size_t count)
{
	if (!digest_good(part, pieces, count)) {
		return refuse(reading, "digest is wrong");
	}
	return TEE_SUCCESS;
}

static TEE_Result plain_read(struct reading *reading, const struct signed_header *part,
			     struct image *image)
{
	struct crypto_piece pieces[2];
	TEE_Result res;

	res = uuid_check(reading, NULL);
	if (res == TEE_SUCCESS) {
		res = program_take(reading, part, image);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	image->version = 0;
	pieces[1] = (struct crypto_piece){ image->elf, image->elf_size };
	return digest_check(reading, part, pieces, array_size(pieces));
}

/* The bootstrap header: returned in `piece`, its version in `image`. */
static TEE_Result bootstrap_read(struct reading *reading, struct crypto_piece *piece,
				 struct image *image)
{
	const uint8_t *bytes =
		cursor_bytes(&reading->cursor, sizeof(struct image_bootstrap_header));

	if (bytes == NULL) {
		return refuse(reading, "the file ends before the bootstrap header does");
	}
	*piece = (struct crypto_piece){ bytes, sizeof(struct image_bootstrap_header) };
	image->version = load_le32(bytes + offsetof(struct image_bootstrap_header, ta_version));
	return uuid_check(reading, bytes);
}

static TEE_Result bootstrap_program_read(struct reading *reading, const struct signed_header *part,
					 struct image *image)
{
	struct crypto_piece pieces[3];
	TEE_Result res;

	res = bootstrap_read(reading, &pieces[1], image);
	if (res == TEE_SUCCESS) {
		res = program_take(reading, part, image);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	pieces[2] = (struct crypto_piece){ image->elf, image->elf_size };
	return digest_check(reading, part, pieces, array_size(pieces));
}

static TEE_Result encryption_read(struct reading *reading, struct crypto_piece *header,
				  struct crypto_piece *iv, struct crypto_piece *tag)
{
	const uint8_t *bytes =
		cursor_bytes(&reading->cursor, sizeof(struct image_encryption_header));
	struct cursor cursor =
		cursor_over(bytes, bytes == NULL ? 0 : sizeof(struct image_encryption_header));
	uint32_t algo = cursor_u32(&cursor);
	uint32_t flags = cursor_u32(&cursor);

	iv->size = cursor_u16(&cursor);
	tag->size = cursor_u16(&cursor);
	if (cursor_failed(&cursor)) {
		return refuse(reading, "the file ends before the encryption header does");
	}
	if (algo != IMAGE_ENCRYPTION_ALGO) {
		return refuse(reading, "encryption algorithm not accepted");
	}
	if (flags != IMAGE_ENCRYPTION_KEY_DEVICE_SPECIFIC) {
		return refuse(reading, "encrypted with a kind of key that this device has not");
	}
	if (iv->size != IMAGE_ENCRYPTION_IV_SIZE || tag->size != IMAGE_ENCRYPTION_TAG_SIZE) {
		return refuse(reading, "size of iv or tag not accepted");
	}
	*header = (struct crypto_piece){ bytes, sizeof(struct image_encryption_header) };
	iv->data = cursor_bytes(&reading->cursor, iv->size);
	tag->data = cursor_bytes(&reading->cursor, tag->size);
	if (cursor_failed(&reading->cursor)) {
		return refuse(reading, "the file ends before iv and tag do");
	}
	return TEE_SUCCESS;
}

static bool program_decrypt(const struct reading *reading, const struct image *image,
			    const uint8_t *iv, const uint8_t *tag)
{
	uint8_t *program = reading->file + (image->elf - reading->file);
	uint8_t modulus[CRYPTO_RSA_MODULUS_MAX];
	size_t modulus_size = crypto_rsa_modulus(image_key_der, image_key_der_size, modulus);
	struct secret_key key;
	bool opened;

	if (modulus_size == 0) {
		return false;
	}
	key_subkey(HUK_SUBKEY_TA_ENC, modulus, modulus_size, &key);
	opened = crypto_gcm_open(key.bytes, sizeof(key.bytes), iv, NULL, 0, program, program,
				 image->elf_size, tag);
	key_wipe(&key);
	return opened;
}

static TEE_Result encrypted_read(struct reading *reading, const struct signed_header *part,
				 struct image *image)
{
	struct crypto_piece pieces[6];
	TEE_Result res;

	res = bootstrap_read(reading, &pieces[1], image);
	if (res == TEE_SUCCESS) {
		res = encryption_read(reading, &pieces[2], &pieces[3], &pieces[4]);
	}
	if (res == TEE_SUCCESS) {
		res = program_take(reading, part, image);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (!program_decrypt(reading, image, pieces[3].data, pieces[4].data)) {
		return refuse(reading, "does not decrypt with this device's key");
	}
	pieces[5] = (struct crypto_piece){ image->elf, image->elf_size };
	return digest_check(reading, part, pieces, array_size(pieces));
}

/* --- the whole file --- */

static TEE_Result (*const program_readers[])(struct reading *reading,
					     const struct signed_header *part,
					     struct image *image) = {
	[IMAGE_TYPE_TA] = plain_read,
	[IMAGE_TYPE_BOOTSTRAP_TA] = bootstrap_program_read,
	[IMAGE_TYPE_ENCRYPTED_TA] = encrypted_read,
};

static TEE_Result chain_read(struct reading *reading, struct signed_header *part)
{
	TEE_Result res;

	res = header_read(reading, part);
	while (res == TEE_SUCCESS && part->header.img_type == IMAGE_TYPE_SUBKEY) {
		res = subkey_read(reading, part);
		if (res == TEE_SUCCESS) {
			res = header_read(reading, part);
		}
	}
	return res;
}

TEE_Result image_verify(const TEE_UUID *uuid, uint8_t *file, size_t size, struct image *image)
{
	struct reading reading = {
		.uuid = uuid,
		.file = file,
		.cursor = cursor_over(file, size),
		.depth = UINT32_MAX,
	};
	struct signed_header part;
	TEE_Result res;

	res = chain_read(&reading, &part);
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (part.header.img_type >= array_size(program_readers)) {
		return refuse(&reading, "type of image not known");
	}
	return program_readers[part.header.img_type](&reading, &part, image);
}

void image_log_key(void)
{
	struct crypto_piece piece = { image_key_der, image_key_der_size };
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];
	char text[17];

	crypto_digest(CRYPTO_SHA256, &piece, 1, digest);
	bytes_to_hex(digest, 8, text);
	log_info("TAs are trusted when signed with %s (sha256 %s...)", image_key_name, text);
	if (image_key_is_development) {
		log_info("This is the DEVELOPMENT key: anyone can sign with it. Not for products.");
	}
}

bool image_key_is_public(void)
{
	return image_key_is_development;
}
