#include "sim/ta_image.h"

#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

#include "abi/image.h"
#include "lib/uuid.h"
#include "secure/core/port.h"
#include "secure/tee/elf64.h"
#include "sim/chance.h"
#include "sim/ta.h"
#include "sim/trouble.h"

#define IMAGES_MAX    64u
#define STACK_DEFAULT (64u << 10)
#define HASH_SIZE     32u
#define RSA_SIZE_MAX  1024u
#define VERSION	      1u

/* The program in memory: ta_head and code in the first page, data in the next two. */
#define TEXT_ADDRESS 0u
#define DATA_ADDRESS 0x1000u
#define DATA_SIZE    0x2000u

struct program {
	struct elf64_header header;
	struct elf64_program_header segments[2];
	uint8_t pad[PORT_PAGE_SIZE - sizeof(struct elf64_header) -
		    2 * sizeof(struct elf64_program_header)];
	struct ta_head head;
	uint8_t code[64];
	uint8_t code_end[PORT_PAGE_SIZE - sizeof(struct ta_head) - 64];
	uint8_t data[64];
};

static_assert(offsetof(struct program, head) == PORT_PAGE_SIZE, "code begins a page");
static_assert(offsetof(struct program, data) == 2 * PORT_PAGE_SIZE, "data begins a page");

struct made {
	struct ta_script script;
	struct ta_image image;
};

static struct made images[IMAGES_MAX];
static size_t images_count;

/* --- The program ------------------------------------------------------------------------------ */

static struct elf64_header header_make(void)
{
	struct elf64_header header = {
		.type = ELF64_TYPE_DYN,
		.machine = port_elf_machine(),
		.version = ELF64_VERSION,
		.entry = TEXT_ADDRESS + sizeof(struct ta_head),
		.phoff = offsetof(struct program, segments),
		.ehsize = sizeof(struct elf64_header),
		.phentsize = sizeof(struct elf64_program_header),
		.phnum = 2,
	};

	memcpy(header.ident, ELF64_MAGIC, ELF64_MAGIC_SIZE);
	header.ident[ELF64_IDENT_CLASS] = ELF64_CLASS_64;
	header.ident[ELF64_IDENT_DATA] = ELF64_DATA_LITTLE;
	header.ident[ELF64_IDENT_VERSION] = ELF64_VERSION;
	return header;
}

static struct program program_make(const struct ta_script *script)
{
	struct program program = {
		.header = header_make(),
		.segments = {
			{
				.type = ELF64_PT_LOAD,
				.flags = ELF64_PF_R | ELF64_PF_X,
				.offset = offsetof(struct program, head),
				.vaddr = TEXT_ADDRESS,
				.filesz = sizeof(struct ta_head) + sizeof(program.code),
				.memsz = sizeof(struct ta_head) + sizeof(program.code),
				.align = PORT_PAGE_SIZE,
			},
			{
				.type = ELF64_PT_LOAD,
				.flags = ELF64_PF_R | ELF64_PF_W,
				.offset = offsetof(struct program, data),
				.vaddr = DATA_ADDRESS,
				.filesz = sizeof(program.data),
				.memsz = DATA_SIZE,
				.align = PORT_PAGE_SIZE,
			},
		},
		.head = {
			.stack_size = script->stack_size != 0 ? script->stack_size : STACK_DEFAULT,
			.flags = script->flags,
			.depr_entry = TA_HEAD_NO_LEGACY_ENTRY,
		},
	};

	memcpy(program.head.native_uuid, &script->uuid, sizeof(script->uuid));
	return program;
}

/* --- The signature ---------------------------------------------------------------------------- */

static int sign_random(void *arg, unsigned char *buffer, size_t size)
{
	chance_fill(arg, buffer, size);
	return 0;
}

/* The library's third version blinds what it does with a key as soon as it reads it. */
#if MBEDTLS_VERSION_MAJOR >= 3
#define KEY_PARSE(key, chance)                                                                     \
	mbedtls_pk_parse_keyfile(key, SIM_KEY_FILE, NULL, sign_random, chance)
#else
#define KEY_PARSE(key, chance) mbedtls_pk_parse_keyfile(key, SIM_KEY_FILE, NULL)
#endif

static size_t key_load(mbedtls_pk_context *key, struct chance *chance)
{
	mbedtls_pk_init(key);
	if (KEY_PARSE(key, chance) != 0 || mbedtls_pk_get_len(key) > RSA_SIZE_MAX) {
		trouble("%s cannot be used", SIM_KEY_FILE);
	}
	return mbedtls_pk_get_len(key);
}

static void sign(mbedtls_pk_context *key, struct chance *chance, const uint8_t digest[HASH_SIZE],
		 uint8_t *signature)
{
	mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*key);

	mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
	if (mbedtls_rsa_rsassa_pss_sign_ext(rsa, sign_random, chance, MBEDTLS_MD_SHA256, HASH_SIZE,
					    digest, HASH_SIZE, signature) != 0) {
		trouble("an image cannot be signed");
	}
}

/* --- The file --------------------------------------------------------------------------------- */

/* Behind the header come digest, signature, bootstrap header and program. */
static uint8_t *file_make(const struct ta_script *script, size_t *size)
{
	struct program program = program_make(script);
	struct image_bootstrap_header bootstrap = { .ta_version = VERSION };
	struct chance chance;
	mbedtls_pk_context key;
	size_t signature_size;
	size_t signed_part;
	uint8_t digest[HASH_SIZE];
	uint8_t covered[IMAGE_HEADER_SIZE + sizeof(bootstrap) + sizeof(program)];
	struct image_header header = {
		.magic = IMAGE_MAGIC,
		.img_type = IMAGE_TYPE_BOOTSTRAP_TA,
		.img_size = sizeof(program),
		.algo = IMAGE_ALGO_PKCS1_PSS_SHA256,
		.hash_size = HASH_SIZE,
	};
	uint8_t *file;

	chance_begin(&chance, script->uuid.timeLow, CHANCE_SCENARIO);
	signature_size = key_load(&key, &chance);
	header.sig_size = (uint16_t)signature_size;
	uuid_to_octets(&script->uuid, bootstrap.uuid);

	memcpy(covered, &header, sizeof(header));
	memcpy(covered + sizeof(header), &bootstrap, sizeof(bootstrap));
	memcpy(covered + sizeof(header) + sizeof(bootstrap), &program, sizeof(program));
	if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), covered, sizeof(covered),
		       digest) != 0) {
		trouble("the crypto library has no SHA-256");
	}

	signed_part = sizeof(header) + HASH_SIZE + signature_size;
	*size = signed_part + sizeof(covered) - sizeof(header);
	file = calloc(1, *size);
	if (file == NULL) {
		trouble("no memory for an image");
	}
	memcpy(file, &header, sizeof(header));
	memcpy(file + sizeof(header), digest, HASH_SIZE);
	sign(&key, &chance, digest, file + sizeof(header) + HASH_SIZE);
	memcpy(file + signed_part, covered + sizeof(header), sizeof(covered) - sizeof(header));
	mbedtls_pk_free(&key);
	return file;
}

static struct ta_image *image_find(const struct ta_script *script)
{
	for (size_t i = 0; i < images_count; i++) {
		const struct ta_script *made = &images[i].script;

		if (uuid_equal(&made->uuid, &script->uuid) && made->flags == script->flags &&
		    made->stack_size == script->stack_size) {
			return &images[i].image;
		}
	}
	return NULL;
}

struct ta_image ta_image_get(const struct ta_script *script)
{
	struct ta_image *found = image_find(script);

	if (found != NULL) {
		return *found;
	}
	expect(images_count < IMAGES_MAX);
	images[images_count].script = *script;
	found = &images[images_count].image;
	found->bytes = file_make(script, &found->size);
	images_count++;
	return *found;
}
