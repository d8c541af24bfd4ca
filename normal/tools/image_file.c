#include "normal/tools/image_file.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/gcm.h>

#include "lib/bytes.h"
#include "lib/cursor.h"
#include "lib/uuid.h"
#include "normal/tools/rsa_key.h"

__attribute__((format(printf, 2, 3))) static bool fail(char error[IMAGE_ERROR_MAX],
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, IMAGE_ERROR_MAX, format, args);
	va_end(args);
	return false;
}

/* --- Reading --------------------------------------------------------------------------------- */

static uint8_t *read_stream(FILE *file, size_t *size, const char **why)
{
	size_t room = 1u << 16;
	uint8_t *bytes = NULL;
	uint8_t *larger;

	*size = 0;
	*why = "more than 64 MiB: not a TA";
	while (room <= IMAGE_FILE_SIZE_MAX) {
		larger = realloc(bytes, room);
		if (larger == NULL) {
			*why = "out of memory";
			break;
		}
		bytes = larger;
		*size += fread(bytes + *size, 1, room - *size, file);
		if (ferror(file)) {
			*why = strerror(errno);
			break;
		}
		if (*size < room) {
			return bytes;
		}
		room *= 2;
	}
	free(bytes);
	return NULL;
}

uint8_t *image_read_file(const char *path, size_t *size, char error[IMAGE_ERROR_MAX])
{
	FILE *file = fopen(path, "rb");
	const char *why;
	uint8_t *bytes;

	if (file == NULL) {
		fail(error, "%s: %s", path, strerror(errno));
		return NULL;
	}
	bytes = read_stream(file, size, &why);
	fclose(file);
	if (bytes == NULL) {
		fail(error, "%s: %s", path, why);
	}
	return bytes;
}

/* --- Parsing --------------------------------------------------------------------------------- */

/* A part of the file, by its name for the message. */
static const uint8_t *take(struct cursor *cursor, const struct image_file *image, size_t size,
			   const char *what, char error[IMAGE_ERROR_MAX])
{
	size_t at = image->size - cursor_left(cursor);

	if (size > cursor_left(cursor)) {
		fail(error,
		     "truncated: the %s needs bytes %zu to %zu, and the file ends after %zu bytes",
		     what, at, at + size - 1, image->size);
		return NULL;
	}
	return size == 0 ? image->bytes + at : cursor_bytes(cursor, size);
}

static bool parse_header(struct cursor *cursor, struct image_file *image,
			 char error[IMAGE_ERROR_MAX])
{
	const uint8_t *bytes = take(cursor, image, IMAGE_HEADER_SIZE, "header", error);

	if (bytes == NULL) {
		return false;
	}
	memcpy(&image->header, bytes, sizeof(image->header));
	if (image->header.magic != IMAGE_MAGIC) {
		return fail(error,
			    "not a TA image: it begins with 0x%08" PRIx32 " and not with 0x%08x%s",
			    image->header.magic, IMAGE_MAGIC,
			    memcmp(bytes, ELFMAG, SELFMAG) == 0 ? "; it is an ELF file: sign it"
								: "");
	}
	if (image->header.img_type > IMAGE_TYPE_SUBKEY) {
		return fail(error, "type %" PRIu32 " is unknown; there are 0 to 3",
			    image->header.img_type);
	}
	image->scheme = signature_scheme_find(image->header.algo);
	if (image->scheme != NULL &&
	    image->header.hash_size != signature_digest_size(image->scheme)) {
		return fail(error, "a digest of %u bytes; %s has %zu", image->header.hash_size,
			    image->scheme->name, signature_digest_size(image->scheme));
	}
	image->digest = take(cursor, image, image->header.hash_size, "digest", error);
	if (image->digest == NULL) {
		return false;
	}
	image->signature = take(cursor, image, image->header.sig_size, "signature", error);
	return image->signature != NULL;
}

static bool parse_bootstrap(struct cursor *cursor, struct image_file *image,
			    char error[IMAGE_ERROR_MAX])
{
	const uint8_t *bytes = take(cursor, image, sizeof(struct image_bootstrap_header),
				    "bootstrap header", error);

	if (bytes == NULL) {
		return false;
	}
	image->uuid = uuid_from_octets(bytes);
	image->version = load_le32(bytes + UUID_OCTETS);
	return true;
}

static bool parse_encryption(struct cursor *cursor, struct image_file *image,
			     char error[IMAGE_ERROR_MAX])
{
	const uint8_t *bytes =
		take(cursor, image, sizeof(image->encryption), "encryption header", error);

	if (bytes == NULL) {
		return false;
	}
	memcpy(&image->encryption, bytes, sizeof(image->encryption));
	image->iv = take(cursor, image, image->encryption.iv_size, "nonce", error);
	if (image->iv == NULL) {
		return false;
	}
	image->tag = take(cursor, image, image->encryption.tag_size, "tag", error);
	return image->tag != NULL;
}

static bool parse_payload(struct cursor *cursor, struct image_file *image,
			  char error[IMAGE_ERROR_MAX])
{
	image->more_headers_size =
		(size_t)(image->bytes + image->size - cursor_left(cursor) - image->more_headers);
	image->payload_size = image->header.img_size;
	image->payload = take(cursor, image, image->payload_size, "image", error);
	if (image->payload == NULL) {
		return false;
	}
	/* A subkey is followed by its name and another header. */
	if (image->header.img_type != IMAGE_TYPE_SUBKEY && cursor_left(cursor) > 0) {
		return fail(error, "%zu bytes follow the end of the image", cursor_left(cursor));
	}
	return true;
}

bool image_parse(struct image_file *image, uint8_t *bytes, size_t size, char error[IMAGE_ERROR_MAX])
{
	struct cursor cursor = cursor_over(bytes, size);
	uint32_t type;

	*image = (struct image_file){ .bytes = bytes, .size = size };
	if (!parse_header(&cursor, image, error)) {
		return false;
	}
	type = image->header.img_type;
	image->more_headers = bytes + size - cursor_left(&cursor);
	if ((type == IMAGE_TYPE_BOOTSTRAP_TA || type == IMAGE_TYPE_ENCRYPTED_TA) &&
	    !parse_bootstrap(&cursor, image, error)) {
		return false;
	}
	if (type == IMAGE_TYPE_ENCRYPTED_TA && !parse_encryption(&cursor, image, error)) {
		return false;
	}
	return parse_payload(&cursor, image, error);
}

bool image_open(struct image_file *image, const char *path, char error[IMAGE_ERROR_MAX])
{
	char why[IMAGE_ERROR_MAX];
	size_t size;
	uint8_t *bytes = image_read_file(path, &size, error);

	if (bytes == NULL) {
		return false;
	}
	if (!image_parse(image, bytes, size, why)) {
		free(bytes);
		image->bytes = NULL;
		return fail(error, "%.100s: %.130s", path, why);
	}
	return true;
}

void image_close(struct image_file *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

/* --- Contents -------------------------------------------------------------------------------- */

bool image_digest(const struct image_file *image, const uint8_t *plain, uint8_t *digest)
{
	const struct digest_piece pieces[] = {
		{ &image->header, sizeof(image->header) },
		{ image->more_headers, image->more_headers_size },
		{ plain, image->payload_size },
	};

	return image->scheme != NULL &&
	       digest_compute(image->scheme, pieces, array_size(pieces), digest);
}

uint8_t *image_decrypt(const struct image_file *image, const uint8_t key[IMAGE_ENCRYPTION_KEY_SIZE])
{
	uint8_t *plain = malloc(image->payload_size + 1);
	mbedtls_gcm_context gcm;
	bool good;

	if (plain == NULL) {
		return NULL;
	}
	mbedtls_gcm_init(&gcm);
	good = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key,
				  IMAGE_ENCRYPTION_KEY_SIZE * 8) == 0 &&
	       mbedtls_gcm_auth_decrypt(&gcm, image->payload_size, image->iv,
					image->encryption.iv_size, NULL, 0, image->tag,
					image->encryption.tag_size, image->payload, plain) == 0;
	mbedtls_gcm_free(&gcm);
	if (!good) {
		free(plain);
		return NULL;
	}
	return plain;
}

/* --- ELF ------------------------------------------------------------------------------------- */

/* A structure out of the file. */
static bool elf_copy(const uint8_t *bytes, size_t size, uint64_t offset, void *to, size_t to_size)
{
	if (!range_within(offset, to_size, size)) {
		return false;
	}
	memcpy(to, bytes + offset, to_size);
	return true;
}

/* Where in the file an address is. */
static bool elf_offset(const uint8_t *bytes, size_t size, const Elf64_Ehdr *elf, uint64_t address,
		       uint64_t *offset)
{
	Elf64_Phdr segment;

	for (unsigned int i = 0; i < elf->e_phnum; i++) {
		if (!elf_copy(bytes, size, elf->e_phoff + i * sizeof(segment), &segment,
			      sizeof(segment))) {
			return false;
		}
		if (segment.p_type == PT_LOAD && address - segment.p_vaddr < segment.p_filesz) {
			*offset = address - segment.p_vaddr + segment.p_offset;
			return true;
		}
	}
	return false;
}

static bool elf_name_is(const uint8_t *bytes, size_t size, uint64_t offset, const char *name)
{
	size_t length = strlen(name) + 1;

	return range_within(offset, length, size) && memcmp(bytes + offset, name, length) == 0;
}

/* The address of the dynamic symbol `name`. */
static bool elf_symbol(const uint8_t *bytes, size_t size, const Elf64_Ehdr *elf, const char *name,
		       uint64_t *address)
{
	Elf64_Shdr symbols;
	Elf64_Shdr strings;
	Elf64_Sym symbol;

	for (unsigned int i = 0; i < elf->e_shnum; i++) {
		if (!elf_copy(bytes, size, elf->e_shoff + i * sizeof(symbols), &symbols,
			      sizeof(symbols))) {
			return false;
		}
		if (symbols.sh_type != SHT_DYNSYM ||
		    !elf_copy(bytes, size, elf->e_shoff + symbols.sh_link * sizeof(strings),
			      &strings, sizeof(strings))) {
			continue;
		}
		for (uint64_t at = 0; at + sizeof(symbol) <= symbols.sh_size;
		     at += sizeof(symbol)) {
			if (!elf_copy(bytes, size, symbols.sh_offset + at, &symbol,
				      sizeof(symbol))) {
				return false;
			}
			if (elf_name_is(bytes, size, strings.sh_offset + symbol.st_name, name)) {
				*address = symbol.st_value;
				return true;
			}
		}
	}
	return false;
}

bool image_elf_read(const uint8_t *bytes, size_t size, struct image_elf *elf)
{
	Elf64_Ehdr header;
	struct ta_head head;
	uint64_t address;
	uint64_t offset;

	if (!elf_copy(bytes, size, 0, &header, sizeof(header)) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
		return false;
	}
	if (!elf_symbol(bytes, size, &header, TA_HEAD_SYMBOL, &address) ||
	    !elf_offset(bytes, size, &header, address, &offset) ||
	    !elf_copy(bytes, size, offset, &head, sizeof(head))) {
		return false;
	}
	elf->machine = header.e_machine;
	memcpy(&elf->uuid, head.native_uuid, sizeof(elf->uuid));
	elf->stack_size = head.stack_size;
	elf->flags = head.flags;
	return true;
}

/* --- Printing -------------------------------------------------------------------------------- */

static const char *const type_names[] = {
	[IMAGE_TYPE_TA] = "TA without a UUID (legacy)",
	[IMAGE_TYPE_BOOTSTRAP_TA] = "TA",
	[IMAGE_TYPE_ENCRYPTED_TA] = "encrypted TA",
	[IMAGE_TYPE_SUBKEY] = "subkey",
};

static const struct {
	uint32_t flag;
	const char *name;
} flag_names[] = {
	{ TA_FLAG_SINGLE_INSTANCE, "single-instance" },
	{ TA_FLAG_MULTI_SESSION, "multi-session" },
	{ TA_FLAG_INSTANCE_KEEP_ALIVE, "keep-alive" },
	{ TA_FLAG_SECURE_DATA_PATH, "secure-data-path" },
	{ TA_FLAG_CACHE_MAINTENANCE, "cache-maintenance" },
	{ TA_FLAG_CONCURRENT, "concurrent" },
	{ TA_FLAG_DEVICE_ENUM, "device-enum" },
	{ TA_FLAG_DEVICE_ENUM_SUPP, "device-enum-supplicant" },
	{ TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT, "keep-corrupt-handles" },
	{ TA_FLAG_DEVICE_ENUM_TEE_STORAGE_PRIVATE, "device-enum-storage" },
	{ TA_FLAG_INSTANCE_KEEP_CRASHED, "keep-crashed" },
};

static const char *machine_name(uint16_t machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86-64";
	case EM_AARCH64:
		return "aarch64";
	default:
		return "another machine";
	}
}

static void print_uuid(FILE *out, const char *label, const TEE_UUID *uuid)
{
	char text[UUID_TEXT_SIZE];

	uuid_to_text(uuid, text);
	fprintf(out, "%-12s %s\n", label, text);
}

static void print_headers(FILE *out, const struct image_file *image)
{
	const struct image_header *header = &image->header;

	fprintf(out, "%-12s %s (%" PRIu32 ")\n", "type", type_names[header->img_type],
		header->img_type);
	if (header->img_type == IMAGE_TYPE_BOOTSTRAP_TA ||
	    header->img_type == IMAGE_TYPE_ENCRYPTED_TA) {
		print_uuid(out, "uuid", &image->uuid);
		fprintf(out, "%-12s %" PRIu32 "\n", "version", image->version);
	}
	fprintf(out, "%-12s %s (0x%08" PRIx32 ")\n", "algorithm",
		image->scheme != NULL ? image->scheme->name : "unknown", header->algo);
	fprintf(out, "%-12s %u bytes\n", "signature", header->sig_size);
	if (header->img_type == IMAGE_TYPE_ENCRYPTED_TA) {
		fprintf(out, "%-12s 0x%08" PRIx32 ", nonce %u bytes, tag %u bytes, %s key\n",
			"encryption", image->encryption.enc_algo, image->encryption.iv_size,
			image->encryption.tag_size,
			(image->encryption.flags & IMAGE_ENCRYPTION_KEY_TYPE_MASK) ==
					IMAGE_ENCRYPTION_KEY_CLASS_WIDE
				? "class-wide"
				: "device-specific");
	}
	fprintf(out, "%-12s %zu bytes, %zu in all\n", "image", image->payload_size, image->size);
}

static void print_flags(FILE *out, uint32_t flags)
{
	fprintf(out, "%-12s 0x%" PRIx32, "flags", flags);
	for (size_t i = 0; i < array_size(flag_names); i++) {
		if ((flags & flag_names[i].flag) != 0) {
			fprintf(out, " %s", flag_names[i].name);
		}
	}
	fprintf(out, "\n");
}

static bool print_elf(FILE *out, const struct image_file *image)
{
	struct image_elf elf;

	if (!image_elf_read(image->payload, image->payload_size, &elf)) {
		fprintf(out, "%-12s not found: no 64-bit ELF file with a symbol ta_head\n",
			"ta_head");
		return false;
	}
	fprintf(out, "%-12s %s\n", "machine", machine_name(elf.machine));
	print_uuid(out, "ta_head", &elf.uuid);
	fprintf(out, "%-12s %" PRIu32 " bytes\n", "stack", elf.stack_size);
	print_flags(out, elf.flags);
	return true;
}

static bool print_digest(FILE *out, const struct image_file *image)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	char text[2 * DIGEST_SIZE_MAX + 1];
	bool good;

	if (image->scheme == NULL) {
		fprintf(out, "%-12s cannot be checked: unknown algorithm\n", "digest");
		return false;
	}
	bytes_to_hex(image->digest, image->header.hash_size, text);
	if (image->header.img_type == IMAGE_TYPE_ENCRYPTED_TA) {
		fprintf(out, "%-12s %s (of the plain text: not checked)\n", "digest", text);
		return true;
	}
	good = image_digest(image, image->payload, digest) &&
	       memcmp(digest, image->digest, image->header.hash_size) == 0;
	fprintf(out, "%-12s %s %s\n", "digest", text,
		good ? "ok" : "WRONG: the file was changed after it was signed");
	return good;
}

int image_inspect(const char *path, FILE *out)
{
	char error[IMAGE_ERROR_MAX];
	struct image_file image;
	bool good;

	if (!image_open(&image, path, error)) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	print_headers(out, &image);
	good = print_digest(out, &image);
	if (image.header.img_type == IMAGE_TYPE_TA ||
	    image.header.img_type == IMAGE_TYPE_BOOTSTRAP_TA) {
		good = print_elf(out, &image) && good;
	}
	image_close(&image);
	return good ? 0 : 1;
}
