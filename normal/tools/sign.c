#include "normal/tools/sign.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <mbedtls/gcm.h>

#include "lib/bits.h"
#include "lib/bytes.h"
#include "lib/uuid.h"
#include "normal/tools/image_file.h"
#include "normal/tools/rsa_key.h"

#define EXIT_USAGE 64

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("sign: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* --- An image being made --------------------------------------------------------------------- */

struct draft {
	const struct signature_scheme *scheme;
	struct rsa_key *key;
	TEE_UUID uuid;

	uint8_t *plain;
	size_t plain_size;

	struct image_header header;
	struct image_bootstrap_header bootstrap;

	/* With encryption. */
	bool encrypted;
	uint8_t enc_key[IMAGE_ENCRYPTION_KEY_SIZE];
	struct image_encryption_header encryption;
	uint8_t iv[IMAGE_ENCRYPTION_IV_SIZE];
	uint8_t tag[IMAGE_ENCRYPTION_TAG_SIZE];
	uint8_t *cipher;

	uint8_t digest[DIGEST_SIZE_MAX];
	uint8_t signature[RSA_KEY_SIZE_MAX];
};

static void draft_release(struct draft *draft)
{
	rsa_key_destroy(draft->key);
	free(draft->plain);
	free(draft->cipher);
	bytes_wipe(draft, sizeof(*draft));
}

static bool read_enc_key(const char *text, uint8_t key[IMAGE_ENCRYPTION_KEY_SIZE])
{
	if (strlen(text) != 2 * IMAGE_ENCRYPTION_KEY_SIZE ||
	    !bytes_from_hex(text, key, IMAGE_ENCRYPTION_KEY_SIZE)) {
		complain("--enc-key: %u hexadecimal digits are needed",
			 2 * IMAGE_ENCRYPTION_KEY_SIZE);
		return false;
	}
	return true;
}

static bool read_uuid(const char *text, TEE_UUID *uuid)
{
	if (!uuid_from_text(text, uuid)) {
		complain("--uuid %s: not a UUID such as 8aaaf200-2450-11e4-abe2-0002a5d5c51b",
			 text);
		return false;
	}
	return true;
}

static bool read_key(const char *path, bool public_too, struct rsa_key **key)
{
	char error[RSA_KEY_ERROR_MAX];

	*key = rsa_key_load(path, public_too, error);
	if (*key == NULL) {
		complain("--key %s", error);
	}
	return *key != NULL;
}

/* The TA would load all the same: its name is that of the signed header. */
static void warn_of_other_uuid(const struct draft *draft, const char *path)
{
	struct image_elf elf;
	char text[UUID_TEXT_SIZE];

	if (image_elf_read(draft->plain, draft->plain_size, &elf) &&
	    !uuid_equal(&elf.uuid, &draft->uuid)) {
		uuid_to_text(&elf.uuid, text);
		complain("warning: %s says it is %s (TA_UUID in user_ta_header_defines.h)", path,
			 text);
	}
}

static bool draft_read(struct draft *draft, const struct sign_options *options)
{
	char error[IMAGE_ERROR_MAX];
	uint32_t algo = options->algo != 0 ? options->algo : IMAGE_ALGO_PKCS1_PSS_SHA256;

	draft->scheme = signature_scheme_find(algo);
	if (draft->scheme == NULL) {
		complain("--algo 0x%" PRIx32 ": unknown; see --help", algo);
		return false;
	}
	draft->encrypted = options->enc_key != NULL;
	if (draft->encrypted && !read_enc_key(options->enc_key, draft->enc_key)) {
		return false;
	}
	if (!read_uuid(options->uuid, &draft->uuid) ||
	    !read_key(options->key, false, &draft->key)) {
		return false;
	}
	draft->plain = image_read_file(options->in, &draft->plain_size, error);
	if (draft->plain == NULL) {
		complain("--in %s", error);
		return false;
	}
	if (draft->plain_size == 0) {
		complain("--in %s: the file is empty", options->in);
		return false;
	}
	warn_of_other_uuid(draft, options->in);
	return true;
}

static void draft_describe(struct draft *draft, const struct sign_options *options)
{
	draft->header = (struct image_header){
		.magic = IMAGE_MAGIC,
		.img_type = draft->encrypted ? IMAGE_TYPE_ENCRYPTED_TA : IMAGE_TYPE_BOOTSTRAP_TA,
		.img_size = (uint32_t)draft->plain_size,
		.algo = draft->scheme->algo,
		.hash_size = (uint16_t)signature_digest_size(draft->scheme),
		.sig_size = (uint16_t)rsa_key_size(draft->key),
	};
	draft->bootstrap.ta_version = options->ta_version;
	uuid_to_octets(&draft->uuid, draft->bootstrap.uuid);
	draft->encryption = (struct image_encryption_header){
		.enc_algo = IMAGE_ENCRYPTION_ALGO,
		.flags = options->enc_key_type,
		.iv_size = IMAGE_ENCRYPTION_IV_SIZE,
		.tag_size = IMAGE_ENCRYPTION_TAG_SIZE,
	};
}

static bool draft_encrypt(struct draft *draft)
{
	mbedtls_gcm_context gcm;
	bool good;

	draft->cipher = malloc(draft->plain_size);
	if (draft->cipher == NULL ||
	    getrandom(draft->iv, sizeof(draft->iv), 0) != (ssize_t)sizeof(draft->iv)) {
		return false;
	}
	mbedtls_gcm_init(&gcm);
	good = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, draft->enc_key,
				  IMAGE_ENCRYPTION_KEY_SIZE * 8) == 0 &&
	       mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, draft->plain_size, draft->iv,
					 sizeof(draft->iv), NULL, 0, draft->plain, draft->cipher,
					 sizeof(draft->tag), draft->tag) == 0;
	mbedtls_gcm_free(&gcm);
	return good;
}

static bool draft_sign(struct draft *draft)
{
	const struct digest_piece pieces[] = {
		{ &draft->header, sizeof(draft->header) },
		{ &draft->bootstrap, sizeof(draft->bootstrap) },
		{ &draft->encryption, draft->encrypted ? sizeof(draft->encryption) : 0 },
		{ draft->iv, draft->encrypted ? sizeof(draft->iv) : 0 },
		{ draft->tag, draft->encrypted ? sizeof(draft->tag) : 0 },
		{ draft->plain, draft->plain_size },
	};

	if (draft->encrypted && !draft_encrypt(draft)) {
		complain("encrypting failed");
		return false;
	}
	if (!digest_compute(draft->scheme, pieces, array_size(pieces), draft->digest) ||
	    !rsa_key_sign(draft->key, draft->scheme, draft->digest, draft->signature)) {
		complain("signing failed: the key cannot make a %s signature", draft->scheme->name);
		return false;
	}
	return true;
}

static bool write_pieces(FILE *file, const struct draft *draft)
{
	const struct digest_piece pieces[] = {
		{ &draft->header, sizeof(draft->header) },
		{ draft->digest, draft->header.hash_size },
		{ draft->signature, draft->header.sig_size },
		{ &draft->bootstrap, sizeof(draft->bootstrap) },
		{ &draft->encryption, draft->encrypted ? sizeof(draft->encryption) : 0 },
		{ draft->iv, draft->encrypted ? sizeof(draft->iv) : 0 },
		{ draft->tag, draft->encrypted ? sizeof(draft->tag) : 0 },
		{ draft->encrypted ? draft->cipher : draft->plain, draft->plain_size },
	};

	for (size_t i = 0; i < array_size(pieces); i++) {
		if (fwrite(pieces[i].data, 1, pieces[i].size, file) != pieces[i].size) {
			return false;
		}
	}
	return true;
}

/* Beside `path` first: whoever looks sees the old image or the new one. */
static bool draft_write(const struct draft *draft, const char *path)
{
	char *beside;
	FILE *file;
	bool good;

	if (asprintf(&beside, "%s.new", path) < 0) {
		complain("out of memory");
		return false;
	}
	file = fopen(beside, "wb");
	good = file != NULL && write_pieces(file, draft);
	if (file != NULL) {
		good = fclose(file) == 0 && good;
	}
	good = good && rename(beside, path) == 0;
	if (!good) {
		complain("--out %s: %s", path, strerror(errno));
		unlink(beside);
	}
	free(beside);
	return good;
}

int sign_image(const struct sign_options *options)
{
	struct draft draft = { 0 };
	bool good = draft_read(&draft, options);

	if (good) {
		draft_describe(&draft, options);
		good = draft_sign(&draft) && draft_write(&draft, options->out);
	}
	draft_release(&draft);
	return good ? 0 : 1;
}

/* --- Verifying ------------------------------------------------------------------------------- */

static bool verify_uuid(const struct image_file *image, const struct sign_options *options)
{
	TEE_UUID uuid;
	char text[UUID_TEXT_SIZE];

	if (!read_uuid(options->uuid, &uuid)) {
		return false;
	}
	if (image->header.img_type != IMAGE_TYPE_BOOTSTRAP_TA &&
	    image->header.img_type != IMAGE_TYPE_ENCRYPTED_TA) {
		complain("%s: an image of type %" PRIu32 " has no UUID", options->in,
			 image->header.img_type);
		return false;
	}
	if (!uuid_equal(&uuid, &image->uuid)) {
		uuid_to_text(&image->uuid, text);
		complain("%s: the image of %s, not of %s", options->in, text, options->uuid);
		return false;
	}
	return true;
}

/* The plain text, for free(). */
static uint8_t *verify_plain(const struct image_file *image, const struct sign_options *options)
{
	uint8_t key[IMAGE_ENCRYPTION_KEY_SIZE];
	uint8_t *plain;

	if (image->header.img_type != IMAGE_TYPE_ENCRYPTED_TA) {
		plain = malloc(image->payload_size + 1);
		if (plain != NULL) {
			memcpy(plain, image->payload, image->payload_size);
		}
		return plain;
	}
	if (options->enc_key == NULL) {
		complain("%s: encrypted; --enc-key is needed", options->in);
		return NULL;
	}
	if (!read_enc_key(options->enc_key, key)) {
		return NULL;
	}
	plain = image_decrypt(image, key);
	bytes_wipe(key, sizeof(key));
	if (plain == NULL) {
		complain("%s: cannot be decrypted: another key, or the file was changed",
			 options->in);
	}
	return plain;
}

static bool verify_signature(const struct image_file *image, const struct sign_options *options,
			     const uint8_t *plain)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	struct rsa_key *key;
	bool good;

	if (image->scheme == NULL || !image_digest(image, plain, digest)) {
		complain("%s: algorithm 0x%" PRIx32 " is unknown", options->in, image->header.algo);
		return false;
	}
	if (memcmp(digest, image->digest, image->header.hash_size) != 0) {
		complain("%s: wrong digest: the file was changed after it was signed", options->in);
		return false;
	}
	if (!read_key(options->key, true, &key)) {
		return false;
	}
	good = rsa_key_verify(key, image->scheme, digest, image->signature, image->header.sig_size);
	if (!good) {
		complain("%s: wrong signature: not made with %s", options->in, options->key);
	}
	rsa_key_destroy(key);
	return good;
}

int sign_verify(const struct sign_options *options)
{
	char error[IMAGE_ERROR_MAX];
	struct image_file image;
	uint8_t *plain = NULL;
	bool good = false;

	if (!image_open(&image, options->in, error)) {
		complain("--in %s", error);
		return 1;
	}
	if (verify_uuid(&image, options)) {
		plain = verify_plain(&image, options);
		good = plain != NULL && verify_signature(&image, options, plain);
	}
	free(plain);
	image_close(&image);
	return good ? 0 : 1;
}

/* --- The command line ------------------------------------------------------------------------ */

enum choice {
	CHOICE_UUID = 1,
	CHOICE_KEY,
	CHOICE_IN,
	CHOICE_OUT,
	CHOICE_VERSION,
	CHOICE_ALGO,
	CHOICE_ENC_KEY,
	CHOICE_ENC_KEY_TYPE,
	CHOICE_HELP,
};

static const struct option choices[] = {
	{ "uuid", required_argument, NULL, CHOICE_UUID },
	{ "key", required_argument, NULL, CHOICE_KEY },
	{ "in", required_argument, NULL, CHOICE_IN },
	{ "out", required_argument, NULL, CHOICE_OUT },
	{ "ta-version", required_argument, NULL, CHOICE_VERSION },
	{ "algo", required_argument, NULL, CHOICE_ALGO },
	{ "enc-key", required_argument, NULL, CHOICE_ENC_KEY },
	{ "enc-key-type", required_argument, NULL, CHOICE_ENC_KEY_TYPE },
	{ "help", no_argument, NULL, CHOICE_HELP },
	{ NULL, 0, NULL, 0 },
};

static void usage(FILE *out, const char *name)
{
	fprintf(out,
		"Usage: %s [sign-enc] --uuid UUID --key PEM [OPTION...]\n"
		"       %s verify --uuid UUID --key PEM [--in FILE] [--enc-key HEX]\n"
		"       %s display --in FILE\n\n"
		"Makes a TA image out of an ELF file, checks an image, or shows what is in it.\n\n"
		"  --uuid UUID          the TA's UUID\n"
		"  --key PEM            an RSA key; to sign, the private one\n"
		"  --in FILE            what is signed (UUID.stripped.elf) or looked at (UUID.ta)\n"
		"  --out FILE           the image (UUID.ta)\n"
		"  --ta-version N       the version in the signed header (0)\n"
		"  --enc-key HEX        the AES-256 key to encrypt with\n"
		"  --enc-key-type TYPE  SHDR_ENC_KEY_DEV_SPECIFIC or SHDR_ENC_KEY_CLASS_WIDE\n"
		"  --algo NAME          how to sign; the first is what is done without it:\n",
		name, name, name);
	for (const struct signature_scheme *scheme = signature_schemes(); scheme->name != NULL;
	     scheme++) {
		fprintf(out, "                         %s\n", scheme->name);
	}
}

static bool parse_number(const char *option, const char *text, uint32_t *number)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value > UINT32_MAX) {
		complain("--%s %s: a number from 0 to %" PRIu32 " is needed", option, text,
			 UINT32_MAX);
		return false;
	}
	*number = (uint32_t)value;
	return true;
}

static bool parse_algo(const char *text, uint32_t *algo)
{
	for (const struct signature_scheme *scheme = signature_schemes(); scheme->name != NULL;
	     scheme++) {
		if (strcmp(scheme->name, text) == 0) {
			*algo = scheme->algo;
			return true;
		}
	}
	complain("--algo %s: unknown; see --help", text);
	return false;
}

static bool parse_enc_key_type(const char *text, uint32_t *type)
{
	if (strcmp(text, "SHDR_ENC_KEY_DEV_SPECIFIC") == 0) {
		*type = IMAGE_ENCRYPTION_KEY_DEVICE_SPECIFIC;
		return true;
	}
	if (strcmp(text, "SHDR_ENC_KEY_CLASS_WIDE") == 0) {
		*type = IMAGE_ENCRYPTION_KEY_CLASS_WIDE;
		return true;
	}
	complain("--enc-key-type %s: unknown; see --help", text);
	return false;
}

static bool parse_choice(int choice, const char *argument, struct sign_options *options)
{
	switch (choice) {
	case CHOICE_UUID:
		options->uuid = argument;
		return true;
	case CHOICE_KEY:
		options->key = argument;
		return true;
	case CHOICE_IN:
		options->in = argument;
		return true;
	case CHOICE_OUT:
		options->out = argument;
		return true;
	case CHOICE_ENC_KEY:
		options->enc_key = argument;
		return true;
	case CHOICE_VERSION:
		return parse_number("ta-version", argument, &options->ta_version);
	case CHOICE_ALGO:
		return parse_algo(argument, &options->algo);
	case CHOICE_ENC_KEY_TYPE:
		return parse_enc_key_type(argument, &options->enc_key_type);
	default:
		/* getopt_long() has said why. */
		return false;
	}
}

/* --- Commands -------------------------------------------------------------------------------- */

static int run_display(const struct sign_options *options)
{
	return image_inspect(options->in, stdout);
}

static const struct sign_command {
	const char *name;
	int (*run)(const struct sign_options *options);
	bool needs_key;
	const char *in_suffix;
} commands[] = {
	/* The first one is what is done when no command is named. */
	{ "sign-enc", sign_image, true, ".stripped.elf" },
	{ "sign", sign_image, true, ".stripped.elf" },
	{ "verify", sign_verify, true, ".ta" },
	{ "display", run_display, false, ".ta" },
};

static const struct sign_command *command_find(const char *name)
{
	for (size_t i = 0; i < array_size(commands); i++) {
		if (strcmp(commands[i].name, name) == 0) {
			return &commands[i];
		}
	}
	complain("there is no command '%s'; see --help", name);
	return NULL;
}

/* The file names that follow from the UUID. */
struct default_names {
	char in[UUID_TEXT_SIZE + 16];
	char out[UUID_TEXT_SIZE + 16];
};

static bool options_complete(const struct sign_command *command, struct sign_options *options,
			     struct default_names *names)
{
	if (command->needs_key && (options->uuid == NULL || options->key == NULL)) {
		complain("%s needs --uuid and --key; see --help", command->name);
		return false;
	}
	if (options->in == NULL && options->uuid == NULL) {
		complain("%s needs --in; see --help", command->name);
		return false;
	}
	if (options->in == NULL) {
		snprintf(names->in, sizeof(names->in), "%.36s%s", options->uuid,
			 command->in_suffix);
		options->in = names->in;
	}
	if (options->out == NULL && options->uuid != NULL) {
		snprintf(names->out, sizeof(names->out), "%.36s.ta", options->uuid);
		options->out = names->out;
	}
	return true;
}

int sign_main(int argc, char **argv)
{
	const struct sign_command *command = &commands[0];
	struct sign_options options = { 0 };
	struct default_names names;
	const char *name = argv[0];
	int choice;

	if (argc > 1 && argv[1][0] != '-') {
		command = command_find(argv[1]);
		if (command == NULL) {
			return EXIT_USAGE;
		}
		argc--;
		argv++;
	}
	/* 0 and not 1: whoever called may have used getopt before. */
	optind = 0;
	while ((choice = getopt_long(argc, argv, "h", choices, NULL)) != -1) {
		if (choice == CHOICE_HELP || choice == 'h') {
			usage(stdout, name);
			return EXIT_SUCCESS;
		}
		if (!parse_choice(choice, optarg, &options)) {
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		complain("'%s' is not an option; see --help", argv[optind]);
		return EXIT_USAGE;
	}
	if (!options_complete(command, &options, &names)) {
		return EXIT_USAGE;
	}
	return command->run(&options);
}
