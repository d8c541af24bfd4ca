#include "normal/tools/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/image.h"
#include "lib/bits.h"
#include "lib/bytes.h"
#include "normal/tools/image_file.h"

/* Keys of these tests, and of nothing else. */
static const char key_2048[] = "-----BEGIN RSA PRIVATE KEY-----\n"
			       "MIIEowIBAAKCAQEApPUuDZBg4fAdQ2ITvnqJvrJJ8CyuMZkoyYJ9f9KRh/Mjvwtb\n"
			       "dziASKk2wQP7E6FA0LTxNLt10C+fS3/H1YDU8IpHvlHfQI0nNwlnHFxKKXEqbCvc\n"
			       "sFdsYimWzTKva2RdxH72HchXNC9SAWXVCiBLwM0RS2TJdBtAHs8wbfoEK4JFb0mR\n"
			       "f4/m4vEX/3yRR56+6OeZBxZRd3H5NBqjLlYmyhTwgREfkKPqx1B2vGkLgdXJEjvR\n"
			       "La7MwBGeBy6A+XnLQfpl3NgrhQkAVtjW1zTIAfOXidOEf1sO0aJheYbIlVTDPRoE\n"
			       "6MyqzhvdJN+jJKxl6GSi1aBzEp6Cs4CLFDbShwIDAQABAoIBACytpZQR61O2u85Q\n"
			       "5aUdPmqyknklOOcBIz11BPXWfAlU7vUjJ9piKMjFYCmmIN5/ufTtVTlhnrbM9zm1\n"
			       "OdRXiRU/dtATD8NFl/39o3pYetO/rWxP8v2mKBpsRkZ8uGt/azA57QJDDW96c50i\n"
			       "TjHobmwhftIrUa8LZHITzvuykGeR+VN+JblMCf7aGy7/+t6+QO3lDvEuCkFNYRZj\n"
			       "hNu+yU+4HE9IMDe30ZVIDIZbCHNYtaV7EsCrP9IAua24PWAV5oYX0oHniebz0Hik\n"
			       "3QJ3v3eDd6p6gdpiFQlFy+Ac+zMbwkDbKJCoP7DWS6bHhCEx7wnm7+2aaVBb5jeD\n"
			       "aZJPtIkCgYEA0SxBh4IIRD13jD2rK2wkntSbb18uNb1y3k6yDBFI0AtiYoif7oO6\n"
			       "ZK06f1RO7hesFVGM0160OP3lVVzAlybXBSv+lDUT5lNa2EwqpO7X/EAzsmuJE9sF\n"
			       "mqzRCssvVFLXqQDEUSf+3hKzidw1kdZMtfTpNhe4Lpr4XKkfapXLYNkCgYEAyeLx\n"
			       "wPNFm0rsik5fqN3VUjc2sp6Rj+J4Y7lY8E9/pdfOulAXuVOUghzcM442LuOLYEoA\n"
			       "LW1IhZBACEdofxn/8GwQeirc+JHFlhVKUcpLvEkLZkMWGsJ9zP5R/TNCDe0cOyUz\n"
			       "9JyzZvfhNF5yUB5iG1rld0bPyX5CLF2sK9c/sl8CgYAGdO5E54+nw5n4G0M4YOs0\n"
			       "d+2gX3jGseVk1VsLolD0ExXjYsJFE43iY7KFka2qDdMDCXRmZer8Q2Ib43QSdmF2\n"
			       "yGfgXU8S8gnA2YELfE/wem7eGBGwKjefEayWP7VjTfdYQSzOMITeiAdAvypsKQhP\n"
			       "KZM1V0AZODFoctQEb0FK6QKBgGgCh9KEgsPy4dKPdjEluJVW5NM5ZnzejG+0OeH0\n"
			       "0yq5+EN8p/xO1yABhmD5T2jwygmdlmHQ/5/wJU0enPN+jaFry0Fle9qEH2unJFbn\n"
			       "BgXHDBxvS6AVu4I1NEBifBF4qya9j/riEHtoEZpNXk9wl9LIDZhZ3wtMBQOebulX\n"
			       "R/W5AoGBAIbB7fx44e31pdzrKRXjzzjdsdzQTwnCxOiD2vgBa89rnEdTtOEWfr9/\n"
			       "CMm8e4Sh9EWsPDcs3CjHLIg8Go2hFVNtMhpy0X7t6bHfwK/C/2xb3pQb9dxAO2Rr\n"
			       "2uc0R2YYCpJqsV9GxNyeXpAROcSz7cIAOV8Z+n3xcTAz280kYazf\n"
			       "-----END RSA PRIVATE KEY-----\n";
static const char key_1024[] = "-----BEGIN RSA PRIVATE KEY-----\n"
			       "MIICXAIBAAKBgQCo5Y+OttL19mXEF1U6omUgp7080KzgxFQFm93ScOgSSX9jHDJJ\n"
			       "mhPModmPTQnt6ufrkkcpV2s9HpBJL6Z7wmvC2QlacO459XbU3Uh6MO4T+GxPUCDB\n"
			       "HSZ983dVF+5Kwn4KodqQyVScCzA5fz5PTXnvB4rsT4EuS2AsIRN3DrKQJwIDAQAB\n"
			       "AoGAEzhch98iTr9FgXUuS8fjPj4YeO0+Xy24ahL8wU/7+OjISF0TE/Emw6i/e2FG\n"
			       "+f47ekFhO8EpAQGTZeC4T2kmngyDVTd4ba/6dxN4CbEP7jJXW7BFaHCjQpns0HT8\n"
			       "4W/CCBusJRTyrTm6YZ5r8AXZHC/Owlgz9GMrmNqohwVPVrECQQDTtQzzF7f5NESt\n"
			       "hBZ1xwWu7P9RnjGBorqDvjfv45MXheFtvU8uxEooY05lDaWWEKYd6HxZpIflYKpg\n"
			       "B4SWZGgjAkEAzDuY+u6zrMG8z+RXVgrdmqiAixHhTPz1cUDkhqp0OwSF0vbauhU4\n"
			       "86Ir0A/mr51jytiqn8Nduhih38FECHXWLQJBANL7z0EAtU884OjQB5Yu1yIifLy5\n"
			       "W/sm0pxy2MpQ0YmS2juEe8JOytz/QuSAujIYu4R46lxoFSrqsEDtnRxISmMCQDih\n"
			       "6hjjKiWkj3PicKlmV+7z/LkTmzMbDgB6qyQAjjxzU5ydYSeqjOFaPeXzEtftv+dW\n"
			       "z3F/3jSlcfW3BOOHsX0CQEFffABIpfRoSdRE5UcNg1cvlJ1jKntV+YULPIAaR55v\n"
			       "orT8JxNtjpxQIqTYAd/wSAPdS/fV4Y4dMV3oE9HPUtU=\n"
			       "-----END RSA PRIVATE KEY-----\n";
static const char key_ec[] = "-----BEGIN EC PRIVATE KEY-----\n"
			     "MHcCAQEEIJc2him765eUIAHu3WFqeNFunaIbyvLV0naRwF2RVnetoAoGCCqGSM49\n"
			     "AwEHoUQDQgAEWGylnHx3QYDFVQ9z5VK94p3XAbu4U/RAa0kb+0zVcwijNjLVyggG\n"
			     "iudBnhUxDOmAyEa+KSxTuHiWQmJm7a5IDw==\n"
			     "-----END EC PRIVATE KEY-----\n";

static const char uuid[] = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";
static const char other_uuid[] = "8aaaf200-2450-11e4-abe2-0002a5d5c51c";
static const char enc_key[] = "e3ff381eb7859bb961c52f9b78b693f725c261e75eb488ef5893d6de5d097e6a";
static const char other_enc_key[] =
	"03ff381eb7859bb961c52f9b78b693f725c261e75eb488ef5893d6de5d097e6a";

static char directory[] = "/tmp/sign_test.XXXXXX";
static const char *development_key;

/* --- Files ------------------------------------------------------------------------------------ */

/* A name in the directory of this run; good until the fourth one after it. */
static const char *path_of(const char *name)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static void file_write(const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(path_of(name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static uint8_t *file_read(const char *name, size_t *size)
{
	char error[IMAGE_ERROR_MAX];
	uint8_t *bytes = image_read_file(path_of(name), size, error);

	assert_non_null(bytes);
	return bytes;
}

static bool file_exists(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

/* --- What is said on standard error ----------------------------------------------------------- */

static char said[4096];

static int quietly(int (*run)(const struct sign_options *options),
		   const struct sign_options *options)
{
	FILE *caught = freopen(path_of("stderr"), "w+", stderr);
	size_t size;
	int result;

	assert_non_null(caught);
	result = run(options);
	fflush(stderr);
	rewind(stderr);
	size = fread(said, 1, sizeof(said) - 1, stderr);
	said[size] = '\0';
	return result;
}

static struct sign_options options_good(void)
{
	static char in[128];
	static char out[128];

	snprintf(in, sizeof(in), "%s", path_of("in.elf"));
	snprintf(out, sizeof(out), "%s", path_of("out.ta"));
	return (struct sign_options){
		.uuid = uuid,
		.key = development_key,
		.in = in,
		.out = out,
		.ta_version = 7,
	};
}

static const uint8_t content[5000] = { 1, 2, 3 };

static int setup(void **state)
{
	unlink(path_of("out.ta"));
	file_write("in.elf", content, sizeof(content));
	said[0] = '\0';
	return 0;
}

static struct sign_options verify_options(const struct sign_options *signed_with)
{
	struct sign_options options = *signed_with;

	options.in = signed_with->out;
	return options;
}

static void sign_good(struct sign_options *options)
{
	*options = options_good();
	assert_int_equal(quietly(sign_image, options), 0);
	assert_string_equal(said, "");
}

/* --- Signing ---------------------------------------------------------------------------------- */

static void an_image_has_the_layout_of_the_format(void **state)
{
	static const uint8_t octets[16] = { 0x8a, 0xaa, 0xf2, 0x00, 0x24, 0x50, 0x11, 0xe4,
					    0xab, 0xe2, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b };
	struct sign_options options;
	struct image_header header;
	uint8_t *bytes;
	size_t size;
	size_t at;

	sign_good(&options);
	bytes = file_read("out.ta", &size);
	memcpy(&header, bytes, sizeof(header));
	assert_int_equal(header.magic, IMAGE_MAGIC);
	assert_int_equal(header.img_type, IMAGE_TYPE_BOOTSTRAP_TA);
	assert_int_equal(header.img_size, sizeof(content));
	assert_int_equal(header.algo, IMAGE_ALGO_PKCS1_PSS_SHA256);
	assert_int_equal(header.hash_size, 32);
	at = sizeof(header) + header.hash_size + header.sig_size;
	assert_memory_equal(bytes + at, octets, 16);
	assert_int_equal(load_le32(bytes + at + 16), 7);
	assert_int_equal(size, at + 20 + sizeof(content));
	assert_memory_equal(bytes + at + 20, content, sizeof(content));
	free(bytes);
}

static void what_is_signed_verifies(void **state)
{
	static const uint32_t algos[] = {
		IMAGE_ALGO_PKCS1_PSS_SHA256,  IMAGE_ALGO_PKCS1_PSS_SHA384,
		IMAGE_ALGO_PKCS1_PSS_SHA512,  IMAGE_ALGO_PKCS1_V1_5_SHA256,
		IMAGE_ALGO_PKCS1_V1_5_SHA384, IMAGE_ALGO_PKCS1_V1_5_SHA512,
	};
	struct sign_options options = options_good();
	struct sign_options verify;

	for (size_t i = 0; i < array_size(algos); i++) {
		options.algo = algos[i];
		assert_int_equal(quietly(sign_image, &options), 0);
		verify = verify_options(&options);
		assert_int_equal(quietly(sign_verify, &verify), 0);
		assert_string_equal(said, "");
	}
}

static void another_key_does_not_verify(void **state)
{
	struct sign_options options;

	sign_good(&options);
	options = verify_options(&options);
	options.key = path_of("2048.pem");
	assert_int_equal(quietly(sign_verify, &options), 1);
	assert_non_null(strstr(said, "signature"));
}

static void another_uuid_does_not_verify(void **state)
{
	struct sign_options options;

	sign_good(&options);
	options = verify_options(&options);
	options.uuid = other_uuid;
	assert_int_equal(quietly(sign_verify, &options), 1);
	assert_non_null(strstr(said, uuid));
}

static void no_changed_byte_verifies(void **state)
{
	struct sign_options options;
	uint8_t *bytes;
	size_t size;

	sign_good(&options);
	options = verify_options(&options);
	bytes = file_read("out.ta", &size);
	for (size_t at = 0; at < size; at += at < 500 ? 1 : 97) {
		bytes[at] ^= 0x01;
		file_write("out.ta", bytes, size);
		assert_int_equal(quietly(sign_verify, &options), 1);
		assert_string_not_equal(said, "");
		bytes[at] ^= 0x01;
	}
	free(bytes);
}

static bool signs_alike(uint32_t algo)
{
	struct sign_options options = options_good();
	uint8_t *first;
	uint8_t *second;
	size_t first_size;
	size_t second_size;
	bool alike;

	options.algo = algo;
	assert_int_equal(quietly(sign_image, &options), 0);
	first = file_read("out.ta", &first_size);
	assert_int_equal(quietly(sign_image, &options), 0);
	second = file_read("out.ta", &second_size);
	assert_int_equal(first_size, second_size);
	alike = memcmp(first, second, first_size) == 0;
	free(first);
	free(second);
	return alike;
}

static void pkcs1_signatures_are_reproducible_and_pss_ones_are_salted(void **state)
{
	assert_true(signs_alike(IMAGE_ALGO_PKCS1_V1_5_SHA256));
	assert_false(signs_alike(IMAGE_ALGO_PKCS1_PSS_SHA256));
}

/* --- Encryption ------------------------------------------------------------------------------- */

static void encrypted_images_hide_and_verify(void **state)
{
	struct sign_options options = options_good();
	uint8_t *bytes;
	size_t size;

	options.enc_key = enc_key;
	assert_int_equal(quietly(sign_image, &options), 0);
	bytes = file_read("out.ta", &size);
	assert_int_equal(load_le32(bytes + 4), IMAGE_TYPE_ENCRYPTED_TA);
	assert_null(memmem(bytes, size, content, 64));
	free(bytes);

	options = verify_options(&options);
	assert_int_equal(quietly(sign_verify, &options), 0);
	options.enc_key = other_enc_key;
	assert_int_equal(quietly(sign_verify, &options), 1);
	options.enc_key = NULL;
	assert_int_equal(quietly(sign_verify, &options), 1);
	assert_non_null(strstr(said, "--enc-key"));
}

static void bad_encryption_keys_are_refused(void **state)
{
	static const char *const keys[] = { "", "00", "zz", enc_key + 1 };
	struct sign_options options = options_good();
	char long_key[80];
	char odd_key[65];

	for (size_t i = 0; i < array_size(keys); i++) {
		options.enc_key = keys[i];
		assert_int_equal(quietly(sign_image, &options), 1);
	}
	snprintf(long_key, sizeof(long_key), "%s00", enc_key);
	options.enc_key = long_key;
	assert_int_equal(quietly(sign_image, &options), 1);
	snprintf(odd_key, sizeof(odd_key), "%.63sg", enc_key);
	options.enc_key = odd_key;
	assert_int_equal(quietly(sign_image, &options), 1);
	assert_false(file_exists("out.ta"));
}

/* --- Refusals --------------------------------------------------------------------------------- */

/* Signing fails, says `word`, and leaves nothing. */
static void refused(const struct sign_options *options, const char *word)
{
	assert_int_equal(quietly(sign_image, options), 1);
	if (strstr(said, word) == NULL) {
		fail_msg("'%s' does not say '%s'", said, word);
	}
	assert_int_equal(strncmp(said, "sign: ", 6), 0);
	assert_false(file_exists("out.ta"));
	assert_false(file_exists("out.ta.new"));
}

static void bad_uuids_are_refused(void **state)
{
	struct sign_options options = options_good();

	options.uuid = "8aaaf200";
	refused(&options, "8aaaf200");
	options.uuid = "";
	refused(&options, "UUID");
}

static void bad_keys_are_refused(void **state)
{
	struct sign_options options = options_good();

	options.key = path_of("no.pem");
	refused(&options, "no.pem: No such file");
	options.key = path_of("in.elf");
	refused(&options, "PEM");
	options.key = path_of("1024.pem");
	refused(&options, "1024 bits");
	options.key = path_of("ec.pem");
	refused(&options, "RSA");
}

static void bad_inputs_are_refused(void **state)
{
	struct sign_options options = options_good();

	options.in = path_of("no.elf");
	refused(&options, "no.elf: No such file");
	file_write("empty.elf", "", 0);
	options.in = path_of("empty.elf");
	refused(&options, "empty");
	options.in = directory;
	refused(&options, "directory");
}

static void bad_algorithms_are_refused(void **state)
{
	struct sign_options options = options_good();

	options.algo = 0x12345678;
	refused(&options, "0x12345678");
}

static void an_output_that_cannot_be_written_is_an_error(void **state)
{
	struct sign_options options = options_good();

	options.out = path_of("no/such/directory.ta");
	refused(&options, "no/such/directory.ta");
}

/* --- Looking ---------------------------------------------------------------------------------- */

static char shown[8192];

static int inspect(const char *name)
{
	FILE *out = fopen(path_of("shown"), "w+");
	FILE *caught = freopen(path_of("stderr"), "w+", stderr);
	size_t size;
	int result;

	assert_non_null(out);
	assert_non_null(caught);
	result = image_inspect(path_of(name), out);
	rewind(out);
	size = fread(shown, 1, sizeof(shown) - 1, out);
	shown[size] = '\0';
	fclose(out);
	fflush(stderr);
	rewind(stderr);
	size = fread(said, 1, sizeof(said) - 1, stderr);
	said[size] = '\0';
	return result;
}

static void an_image_is_shown(void **state)
{
	struct sign_options options;

	sign_good(&options);
	/* What was signed is no ELF file: the headers are shown all the same. */
	assert_int_equal(inspect("out.ta"), 1);
	assert_non_null(strstr(shown, uuid));
	assert_non_null(strstr(shown, "version      7\n"));
	assert_non_null(strstr(shown, " ok\n"));
	assert_non_null(strstr(shown, "5000 bytes"));
	assert_non_null(strstr(shown, "not found"));
}

static void a_changed_image_is_shown_to_be_wrong(void **state)
{
	struct sign_options options;
	uint8_t *bytes;
	size_t size;

	sign_good(&options);
	bytes = file_read("out.ta", &size);
	bytes[size - 1] ^= 0x80;
	file_write("out.ta", bytes, size);
	assert_int_equal(inspect("out.ta"), 1);
	assert_non_null(strstr(shown, "WRONG"));
	free(bytes);
}

static void every_truncation_is_explained(void **state)
{
	struct sign_options options = options_good();
	uint8_t *bytes;
	size_t size;

	options.enc_key = enc_key;
	assert_int_equal(quietly(sign_image, &options), 0);
	bytes = file_read("out.ta", &size);
	for (size_t cut = 0; cut < size; cut += cut < 600 ? 1 : 311) {
		file_write("cut.ta", bytes, cut);
		assert_int_equal(inspect("cut.ta"), 1);
		assert_string_equal(shown, "");
		assert_non_null(strstr(said, "truncated"));
		assert_non_null(strstr(said, "cut.ta"));
	}
	free(bytes);
}

static void what_follows_the_end_is_refused(void **state)
{
	struct sign_options options;
	uint8_t *bytes;
	size_t size;

	sign_good(&options);
	bytes = file_read("out.ta", &size);
	bytes = realloc(bytes, size + 1);
	bytes[size] = 0;
	file_write("out.ta", bytes, size + 1);
	assert_int_equal(inspect("out.ta"), 1);
	assert_non_null(strstr(said, "1 bytes follow"));
	free(bytes);
}

static void what_is_no_image_is_named(void **state)
{
	assert_int_equal(inspect("no.ta"), 1);
	assert_non_null(strstr(said, "no.ta: No such file"));
	file_write("elf", "\177ELF0123456789abcdef", 20);
	assert_int_equal(inspect("elf"), 1);
	assert_non_null(strstr(said, "sign it"));
	file_write("zeros", (const char[100]){ 0 }, 100);
	assert_int_equal(inspect("zeros"), 1);
	assert_non_null(strstr(said, "not a TA image"));
}

static void nonsense_in_a_header_is_refused(void **state)
{
	struct sign_options options;
	uint8_t *bytes;
	size_t size;

	sign_good(&options);
	bytes = file_read("out.ta", &size);
	for (size_t at = 4; at < IMAGE_HEADER_SIZE; at++) {
		uint8_t kept = bytes[at];

		bytes[at] = 0xff;
		file_write("bad.ta", bytes, size);
		assert_int_equal(inspect("bad.ta"), 1);
		bytes[at] = kept;
	}
	free(bytes);
}

/* --- The command line ------------------------------------------------------------------------- */

#define ARGUMENTS_MAX 16

static int run_arguments(const struct sign_options *unused, const char *const *arguments)
{
	char *argv[ARGUMENTS_MAX] = { NULL };
	int argc = 0;

	(void)unused;
	while (arguments[argc] != NULL) {
		argv[argc] = strdup(arguments[argc]);
		argc++;
	}
	argc = sign_main(argc, argv);
	for (size_t i = 0; i < ARGUMENTS_MAX; i++) {
		free(argv[i]);
	}
	return argc;
}

static const char *const *arguments_now;

static int run_now(const struct sign_options *options)
{
	return run_arguments(options, arguments_now);
}

static int command(const char *const *arguments)
{
	arguments_now = arguments;
	return quietly(run_now, NULL);
}

#define COMMAND(...) command((const char *const[]){ "sign", __VA_ARGS__, NULL })

static void the_command_line_signs_and_verifies(void **state)
{
	struct sign_options good = options_good();

	assert_int_equal(COMMAND("--uuid", uuid, "--key", good.key, "--in", good.in, "--out",
				 good.out, "--ta-version", "0x10", "--algo",
				 "TEE_ALG_RSASSA_PKCS1_V1_5_SHA256"),
			 0);
	assert_int_equal(COMMAND("verify", "--uuid", uuid, "--key", good.key, "--in", good.out), 0);
	assert_int_equal(
		COMMAND("verify", "--uuid", other_uuid, "--key", good.key, "--in", good.out), 1);
	assert_int_equal(inspect("out.ta"), 1);
	assert_non_null(strstr(shown, "version      16\n"));
	assert_non_null(strstr(shown, "V1_5"));
}

static void wrong_command_lines_are_explained(void **state)
{
	struct sign_options good = options_good();

	assert_int_equal(COMMAND("frobnicate"), 64);
	assert_non_null(strstr(said, "frobnicate"));
	assert_int_equal(COMMAND("--uuid", uuid), 64);
	assert_non_null(strstr(said, "--key"));
	assert_int_equal(COMMAND("--nonsense"), 64);
	assert_int_equal(COMMAND("--uuid", uuid, "--key", good.key, "stray"), 64);
	assert_non_null(strstr(said, "stray"));
	assert_int_equal(COMMAND("--uuid", uuid, "--key", good.key, "--ta-version", "seven"), 64);
	assert_int_equal(COMMAND("--uuid", uuid, "--key", good.key, "--ta-version", "-1"), 64);
	assert_int_equal(COMMAND("--uuid", uuid, "--key", good.key, "--ta-version", "4294967296"),
			 64);
	assert_int_equal(COMMAND("--uuid", uuid, "--key", good.key, "--algo", "ROT13"), 64);
	assert_int_equal(COMMAND("display"), 64);
}

static int group_setup(void **state)
{
	if (mkdtemp(directory) == NULL) {
		return -1;
	}
	file_write("2048.pem", key_2048, strlen(key_2048));
	file_write("1024.pem", key_1024, strlen(key_1024));
	file_write("ec.pem", key_ec, strlen(key_ec));
	return 0;
}

static int group_teardown(void **state)
{
	static const char *const names[] = { "2048.pem", "1024.pem", "ec.pem", "in.elf",
					     "out.ta",	 "stderr",   "shown",  "cut.ta",
					     "bad.ta",	 "elf",	     "zeros",  "empty.elf" };

	for (size_t i = 0; i < array_size(names); i++) {
		unlink(path_of(names[i]));
	}
	return rmdir(directory);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_image_has_the_layout_of_the_format, setup),
		cmocka_unit_test_setup(what_is_signed_verifies, setup),
		cmocka_unit_test_setup(another_key_does_not_verify, setup),
		cmocka_unit_test_setup(another_uuid_does_not_verify, setup),
		cmocka_unit_test_setup(no_changed_byte_verifies, setup),
		cmocka_unit_test_setup(pkcs1_signatures_are_reproducible_and_pss_ones_are_salted,
				       setup),
		cmocka_unit_test_setup(encrypted_images_hide_and_verify, setup),
		cmocka_unit_test_setup(bad_encryption_keys_are_refused, setup),
		cmocka_unit_test_setup(bad_uuids_are_refused, setup),
		cmocka_unit_test_setup(bad_keys_are_refused, setup),
		cmocka_unit_test_setup(bad_inputs_are_refused, setup),
		cmocka_unit_test_setup(bad_algorithms_are_refused, setup),
		cmocka_unit_test_setup(an_output_that_cannot_be_written_is_an_error, setup),
		cmocka_unit_test_setup(an_image_is_shown, setup),
		cmocka_unit_test_setup(a_changed_image_is_shown_to_be_wrong, setup),
		cmocka_unit_test_setup(every_truncation_is_explained, setup),
		cmocka_unit_test_setup(what_follows_the_end_is_refused, setup),
		cmocka_unit_test_setup(what_is_no_image_is_named, setup),
		cmocka_unit_test_setup(nonsense_in_a_header_is_refused, setup),
		cmocka_unit_test_setup(the_command_line_signs_and_verifies, setup),
		cmocka_unit_test_setup(wrong_command_lines_are_explained, setup),
	};

	if (argc != 2) {
		fprintf(stderr, "Usage: %s KEY.pem\n", argv[0]);
		return 64;
	}
	development_key = argv[1];
	return cmocka_run_group_tests_name("normal/tools/sign", tests, group_setup, group_teardown);
}
