/* Promises of secure/crypto/crypto.h, against published vectors: FIPS 180, RFC 4231, McGrew and
 * Viega's test cases for GCM. Signatures were made with OpenSSL over the text in `text`. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"
#include "secure/core/port.h"
#include "secure/crypto/crypto.h"

/* --- the port that crypto asks --- */

static _Thread_local unsigned int cpu;
static unsigned int entropy_asked;

unsigned int port_cpu(void)
{
	return cpu;
}

uint32_t port_interrupts_off(void)
{
	return 7;
}

void port_interrupts_restore(uint32_t state)
{
	if (state != 7) {
		abort();
	}
}

void port_random(void *buffer, size_t size)
{
	uint8_t *bytes = buffer;

	__atomic_add_fetch(&entropy_asked, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(i * 7 + cpu);
	}
}

void port_panic(const char *why)
{
	fprintf(stderr, "panic: %s\n", why);
	abort();
}

/* --- help --- */

#define BYTES_MAX 2048

struct bytes {
	uint8_t data[BYTES_MAX];
	size_t size;
};

static struct bytes from_hex(const char *hex)
{
	struct bytes bytes = { .size = strlen(hex) / 2 };

	assert_true(bytes.size <= sizeof(bytes.data));
	assert_true(bytes_from_hex(hex, bytes.data, bytes.size));
	return bytes;
}

static void assert_hex(const uint8_t *data, size_t size, const char *hex)
{
	struct bytes expected = from_hex(hex);

	assert_int_equal(size, expected.size);
	assert_memory_equal(data, expected.data, size);
}

static const char text[] = "a postern is the small gate";

static const char rsa_2048[] =
	"30820122300d06092a864886f70d01010105000382010f003082010a0282010100b2e078ff9840c2"
	"68532036053f20f5fe6bba8d60b28d6c2e8ab73de555566a5f37c30074196770efa71e28acec2cf4"
	"3dbe5b3dcef02339e73273df381f224d2a72b08c06cecf9c04efdce80cbb43855e039b9c0e472c0e"
	"bf2d6716f3abec6d18ebaf2972883613395c89d4361c022ca8c0938a75da49f67af6ae763b777c24"
	"f8a28f03888d98cf39f31715d868a04593228776c31a12027d576a08c62bc1fa59c715fb019b4863"
	"2b491ce11e1626ff9066327f9554aefafb131a36e7f1cab2038f723c7f3b0f2e6bc8670caf52d8ed"
	"83048684e2353d1c3372061b469f306e345451439093c3bee77c3a23b8456c43373177c953624e19"
	"741871b8760cc713ed0203010001";
static const char rsa_1024[] =
	"30819f300d06092a864886f70d010101050003818d0030818902818100b53895522bde11825ea4e4"
	"f9821e6b8823bb76d5cd9c5fd98938fc393e8b946687d1580ef39917b3ba980782275d4ce2a1c230"
	"0be220f5782f71221f7ff2bcae8d7166bab9a89c951f442a51f38b8a8b6f78c1292554a72204b54d"
	"04865b383c6ce6c0d0f875ccf66f7625d373e7fc6f3b570b65eeadb9bc37e6775b5e83df01020301"
	"0001";
static const char pss_sha256[] =
	"a70f7be228678c1aaa817f396aaf50fb9dbbafd47f7dda42692aae901a9d34c2cd54cd148e93dede"
	"27f0d9fa7e54c4a7bce4ae6d90d434c9ca761c1169c1bda10867f427d8d2afda99060e32235d72c1"
	"c9eaccdeb1baa937ad6738281d17f999f123f7c1480dc064658b4168925a6e003c8db987686867fb"
	"8585d7a0b43064ba9a52df97cae86ca54d45f08433fed0134183184ef64b813737180f0b81989897"
	"b9218217172459e93efc8b3599128d3b4019b43b07e359ff59bc80f9c8a04e3d0dccf96b7e2d5d2a"
	"dd828bb89eb3c68e1480857f27e423d337e4566049e2340799bf74a03f2ca69e01d7b02083328406"
	"340b0de44bd9b8286b53ee7a3fee265c";
static const char pss_sha256_salt_20[] =
	"b1613fd29850706e3feeee9bb03267518d2310cf0de1c130909eeaa0a1c246a02c88875baacd5303"
	"aa5d5e9d79bae14953aeb3f475e6f2e354e10bb1edd334e9f38bf405fbb81c3ba89ae9a81081c6cb"
	"57be9369f684b942cfdeabd4414aef1a97928c23e423cbb5babb1177c33a1e669acb5fff7c3a2370"
	"53121ea31c76f27cf37d7498edcd98aac17bd0847f972375d825744c8b4874b705d66cbed94c06d1"
	"4cca3fadfdacd7521842dba633587bdec6be68a5c9e12ab31fca5845ce5b50bbf60f3e29a4b5bc25"
	"627af0c3a81ba72bc382d30fdda69b51f3346c9b9678320dd35981f3e373173f6f461c7d76ff3aa0"
	"0d91719be63b6a3dd87ee8236756e521";
static const char pss_sha512[] =
	"233e8d34dbe9445bd490e89f3c7ed006be50dde7f82a301434f643fb9648e28a5c5a9ab5f243885d"
	"a739446b142a220b5fe9f691fe64d73fe04f1d8f17dfc187aab5006290017f65ad9cae846bb82058"
	"86f8e73b099e68563b29a7770d9d1f7ce986fbc6d1e85ea3336e847535263c7d5c986a81170ee6bf"
	"434fbe98e7f151331a6f79424327f039f5456f1a0c52799cd2e48dae5062df4aa864936924cf5c71"
	"8d7c2c222154895ed66940417b443d4dfc2e8ca6d238f786522f7b9313ed95b878f5e6ef1f64e7d9"
	"57a8a3d05b24d61b41568cf969accc1c45d0fba8bdb4d4217d65311fcfd96fab067b182da2ed5b71"
	"e0e0181203f2ebc7d2c45a3d2a2c3aa8";
static const char v1_5_sha256[] =
	"231568e09ed23402b2e58e09b362d6192293cc0aa719ebd8516e756e540e138d55a6695955561b8a"
	"e7ec6b878a4fc4aacf1c2c94fa236bf6d486f41923c1047ae85cac5c35c9c9e97aa311996801245a"
	"93813d1714a23fb63961f2bf2b53137d9c5861c4f2ecf22c27748b46f50e52ec827c95499ce0e8ed"
	"f6d8f0be46747d29673cd04d9b36c9294920afcddbd9ea8d1357cfc29e86283a933bf41350898e37"
	"39e8ed5eeb1ca89302ba56d77340635948364863737927fc216c9836ca62570c26e5db23c338d4d4"
	"3449f126041118b8b27c0baf1d0a12107eaf0f20a97b9723bd2c0a64360c9f0145ffe977f1ba3ea1"
	"2298e857ef7293e6a97d0eeea480f917";
static const char v1_5_sha384[] =
	"323f8132f8ece3742e96c149ac4966ffb5d189bfef001309b647e4ca48666053e5a7337a08ab4351"
	"338720d848ba99a8b2320aa72d04c16e93b07d52bbaf3f18c542eb743aeab29c92eafdc3ecab4c69"
	"cbdf40d8c6df53c894d05efaa9fff6ec4bd4aa9617838e419f61731d9601372356662e7c4c3d2130"
	"d8e741c4a686c8aa7b87cff9be025e05f1541cb1332ba468e9dcd19c898ebc5060ac16a5965b4cdc"
	"4f41d12dd3dd70eea537f7216029dce433e4f05fe2fe41e8ef736cf6d52161763c8cb41e79e70877"
	"0ee76cfa3e8597ab7ae2becc6f41d70e1b6422418901bdaa1dc0cd2dd562e62c2fec2072d085a560"
	"3bc06ddb05082d5efc82851818118e62";
static const char v1_5_sha256_rsa_1024[] =
	"3159b834aba3da61a141016909d93745a205037fda7091b2e456bab4e87504d9d31c718ef1c0b40e"
	"c928bbacef689e5340a2bf2caf627a89ea52799257a8cd39f900ec1a29f0ad11293003e67f4467e5"
	"50a96ce12d128406ee094f7ac88b9911b83ce9cbb8aa4974ff9793ef05aadee5f2a45534cf4f68cc"
	"194916e73164b6f4";

struct claim {
	struct bytes key;
	struct bytes signature;
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];
	struct crypto_signature claim;
};

static void claim_make(struct claim *made, const char *key, const char *signature,
		       enum crypto_padding padding, enum crypto_hash hash)
{
	struct crypto_piece piece = { text, strlen(text) };

	made->key = from_hex(key);
	made->signature = from_hex(signature);
	crypto_digest(hash, &piece, 1, made->digest);
	made->claim = (struct crypto_signature){ padding, hash, made->digest, made->signature.data,
						 made->signature.size };
}

static bool claim_holds(const struct claim *made)
{
	return crypto_rsa_verify(made->key.data, made->key.size, &made->claim);
}

static bool signature_holds(const char *key, const char *signature, enum crypto_padding padding,
			    enum crypto_hash hash)
{
	struct claim claim;

	claim_make(&claim, key, signature, padding, hash);
	return claim_holds(&claim);
}

/* The numbers of rsa_2048: the modulus is the 256 bytes before the five of the exponent. */
static struct crypto_rsa_numbers numbers_of(const struct bytes *der)
{
	return (struct crypto_rsa_numbers){ der->data + der->size - 5 - 256, 256,
					    der->data + der->size - 3, 3 };
}

/* --- digests --- */

static void digests_are_the_published_ones(void **state)
{
	struct crypto_piece abc = { "abc", 3 };
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];

	crypto_digest(CRYPTO_SHA256, &abc, 1, digest);
	assert_hex(digest, crypto_hash_size(CRYPTO_SHA256),
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_digest(CRYPTO_SHA384, &abc, 1, digest);
	assert_hex(digest, crypto_hash_size(CRYPTO_SHA384),
		   "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		   "8086072ba1e7cc2358baeca134c825a7");
	crypto_digest(CRYPTO_SHA512, &abc, 1, digest);
	assert_hex(digest, crypto_hash_size(CRYPTO_SHA512),
		   "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

static void a_digest_of_pieces_is_that_of_the_whole(void **state)
{
	struct crypto_piece pieces[] = { { "a", 1 }, { NULL, 0 }, { "bc", 2 } };
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];

	crypto_digest(CRYPTO_SHA256, pieces, array_size(pieces), digest);
	assert_hex(digest, CRYPTO_SHA256_SIZE,
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void a_digest_of_nothing_is_the_published_one(void **state)
{
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];

	crypto_digest(CRYPTO_SHA256, NULL, 0, digest);
	assert_hex(digest, CRYPTO_SHA256_SIZE,
		   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void hmac_is_the_published_one(void **state)
{
	static const char long_text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	struct crypto_piece hi[] = { { "Hi ", 3 }, { "There", 5 } };
	struct crypto_piece what = { "what do ya want for nothing?", 28 };
	struct crypto_piece larger = { long_text, sizeof(long_text) - 1 };
	uint8_t key[131];
	uint8_t mac[CRYPTO_SHA256_SIZE];

	memset(key, 0x0b, 20);
	crypto_hmac_sha256(key, 20, hi, array_size(hi), mac);
	assert_hex(mac, sizeof(mac),
		   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	crypto_hmac_sha256((const uint8_t *)"Jefe", 4, &what, 1, mac);
	assert_hex(mac, sizeof(mac),
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	crypto_hmac_sha256(key, sizeof(key), &larger, 1, mac);
	assert_hex(mac, sizeof(mac),
		   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* --- AES-GCM --- */

static const char gcm_key_half[] = "feffe9928665731c6d6a8f9467308308";
static const char gcm_nonce[] = "cafebabefacedbaddecaf888";
static const char gcm_aad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char gcm_plain[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
				"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

struct gcm {
	struct bytes key, nonce, aad, plain;
};

static struct gcm gcm_case(size_t key_size)
{
	struct gcm gcm = { from_hex(gcm_key_half), from_hex(gcm_nonce), from_hex(gcm_aad),
			   from_hex(gcm_plain) };

	memcpy(gcm.key.data + 16, gcm.key.data, 16);
	gcm.key.size = key_size;
	return gcm;
}

static void gcm_check(size_t key_size, const char *cipher, const char *tag_text)
{
	struct gcm gcm = gcm_case(key_size);
	uint8_t tag[CRYPTO_GCM_TAG_SIZE];
	uint8_t out[BYTES_MAX];

	assert_true(crypto_gcm_seal(gcm.key.data, gcm.key.size, gcm.nonce.data, gcm.aad.data,
				    gcm.aad.size, gcm.plain.data, out, gcm.plain.size, tag));
	assert_hex(out, gcm.plain.size, cipher);
	assert_hex(tag, sizeof(tag), tag_text);
	assert_true(crypto_gcm_open(gcm.key.data, gcm.key.size, gcm.nonce.data, gcm.aad.data,
				    gcm.aad.size, out, out, gcm.plain.size, tag));
	assert_hex(out, gcm.plain.size, gcm_plain);
}

static void gcm_is_the_published_one(void **state)
{
	gcm_check(16,
		  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
		  "5bc94fbc3221a5db94fae95ae7121a47");
	gcm_check(32,
		  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
		  "76fc6ece0f4e1768cddf8853bb2d551b");
}

static void gcm_of_nothing_is_the_published_one(void **state)
{
	uint8_t zeros[32] = { 0 };
	uint8_t tag[CRYPTO_GCM_TAG_SIZE];

	assert_true(crypto_gcm_seal(zeros, 32, zeros, NULL, 0, NULL, NULL, 0, tag));
	assert_hex(tag, sizeof(tag), "530f8afbc74536b9a963b4f1c4cb738b");
	assert_true(crypto_gcm_open(zeros, 32, zeros, NULL, 0, NULL, NULL, 0, tag));
}

static void gcm_seals_in_place(void **state)
{
	struct gcm gcm = gcm_case(16);
	uint8_t tag[CRYPTO_GCM_TAG_SIZE];

	assert_true(crypto_gcm_seal(gcm.key.data, gcm.key.size, gcm.nonce.data, gcm.aad.data,
				    gcm.aad.size, gcm.plain.data, gcm.plain.data, gcm.plain.size,
				    tag));
	assert_hex(gcm.plain.data, gcm.plain.size,
		   "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		   "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091");
}

static void gcm_open_fails(const struct gcm *gcm, const uint8_t *cipher,
			   const uint8_t tag[CRYPTO_GCM_TAG_SIZE])
{
	uint8_t out[BYTES_MAX];

	memset(out, 0x55, sizeof(out));
	assert_false(crypto_gcm_open(gcm->key.data, gcm->key.size, gcm->nonce.data, gcm->aad.data,
				     gcm->aad.size, cipher, out, gcm->plain.size, tag));
	assert_true(bytes_are_zero(out, gcm->plain.size));
}

static void gcm_refuses_every_changed_bit_and_leaves_zeros(void **state)
{
	struct gcm gcm = gcm_case(32);
	uint8_t tag[CRYPTO_GCM_TAG_SIZE];
	uint8_t cipher[BYTES_MAX];

	assert_true(crypto_gcm_seal(gcm.key.data, gcm.key.size, gcm.nonce.data, gcm.aad.data,
				    gcm.aad.size, gcm.plain.data, cipher, gcm.plain.size, tag));
	for (size_t bit = 0; bit < 8 * sizeof(tag); bit++) {
		tag[bit / 8] ^= (uint8_t)(1u << bit % 8);
		gcm_open_fails(&gcm, cipher, tag);
		tag[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * gcm.plain.size; bit++) {
		cipher[bit / 8] ^= (uint8_t)(1u << bit % 8);
		gcm_open_fails(&gcm, cipher, tag);
		cipher[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	gcm.aad.data[0] ^= 1;
	gcm_open_fails(&gcm, cipher, tag);
	gcm.aad.data[0] ^= 1;
	gcm.nonce.data[11] ^= 1;
	gcm_open_fails(&gcm, cipher, tag);
	gcm.nonce.data[11] ^= 1;
	gcm.key.data[31] ^= 1;
	gcm_open_fails(&gcm, cipher, tag);
}

/* --- RSA --- */

static void good_signatures_are_accepted(void **state)
{
	assert_true(signature_holds(rsa_2048, pss_sha256, CRYPTO_PSS, CRYPTO_SHA256));
	assert_true(signature_holds(rsa_2048, pss_sha512, CRYPTO_PSS, CRYPTO_SHA512));
	assert_true(signature_holds(rsa_2048, v1_5_sha256, CRYPTO_PKCS1_V1_5, CRYPTO_SHA256));
	assert_true(signature_holds(rsa_2048, v1_5_sha384, CRYPTO_PKCS1_V1_5, CRYPTO_SHA384));
}

static void a_signature_of_another_kind_is_refused(void **state)
{
	assert_false(signature_holds(rsa_2048, pss_sha256, CRYPTO_PKCS1_V1_5, CRYPTO_SHA256));
	assert_false(signature_holds(rsa_2048, v1_5_sha256, CRYPTO_PSS, CRYPTO_SHA256));
	assert_false(signature_holds(rsa_2048, pss_sha256, CRYPTO_PSS, CRYPTO_SHA512));
	assert_false(signature_holds(rsa_2048, v1_5_sha384, CRYPTO_PKCS1_V1_5, CRYPTO_SHA256));
}

static void a_salt_of_another_length_is_refused(void **state)
{
	assert_false(signature_holds(rsa_2048, pss_sha256_salt_20, CRYPTO_PSS, CRYPTO_SHA256));
}

static void a_key_below_2048_bits_is_refused(void **state)
{
	assert_false(
		signature_holds(rsa_1024, v1_5_sha256_rsa_1024, CRYPTO_PKCS1_V1_5, CRYPTO_SHA256));
}

static void every_changed_byte_of_a_signature_is_refused(void **state)
{
	struct claim claim;

	claim_make(&claim, rsa_2048, pss_sha256, CRYPTO_PSS, CRYPTO_SHA256);
	for (size_t i = 0; i < claim.signature.size; i++) {
		claim.signature.data[i] ^= 0x10;
		assert_false(claim_holds(&claim));
		claim.signature.data[i] ^= 0x10;
	}
	assert_true(claim_holds(&claim));
}

static void a_changed_digest_is_refused(void **state)
{
	struct claim claim;

	claim_make(&claim, rsa_2048, v1_5_sha256, CRYPTO_PKCS1_V1_5, CRYPTO_SHA256);
	claim.digest[31] ^= 1;
	assert_false(claim_holds(&claim));
}

static void a_signature_of_another_size_is_refused(void **state)
{
	struct claim claim;

	claim_make(&claim, rsa_2048, v1_5_sha256, CRYPTO_PKCS1_V1_5, CRYPTO_SHA256);
	for (size_t size = 0; size < claim.signature.size; size++) {
		claim.claim.size = size;
		assert_false(claim_holds(&claim));
	}
	claim.claim.size = claim.signature.size + 1;
	assert_false(claim_holds(&claim));
}

static void a_key_cut_off_anywhere_is_refused(void **state)
{
	struct claim claim;
	size_t whole;

	claim_make(&claim, rsa_2048, v1_5_sha256, CRYPTO_PKCS1_V1_5, CRYPTO_SHA256);
	whole = claim.key.size;
	for (claim.key.size = 0; claim.key.size < whole; claim.key.size++) {
		assert_false(claim_holds(&claim));
	}
	assert_true(claim_holds(&claim));
}

static void a_key_can_be_given_as_numbers(void **state)
{
	struct claim claim;
	struct crypto_rsa_numbers numbers;
	uint8_t padded[257] = { 0 };

	claim_make(&claim, rsa_2048, pss_sha256, CRYPTO_PSS, CRYPTO_SHA256);
	numbers = numbers_of(&claim.key);
	assert_true(crypto_rsa_verify_numbers(&numbers, &claim.claim));
	memcpy(padded + 1, numbers.modulus, 256);
	numbers.modulus = padded;
	numbers.modulus_size = sizeof(padded);
	assert_true(crypto_rsa_verify_numbers(&numbers, &claim.claim));
}

static void numbers_that_are_no_key_are_refused(void **state)
{
	static const uint8_t zeros[2048];
	static const uint8_t one[1] = { 1 };
	struct claim claim;
	struct crypto_rsa_numbers numbers;

	claim_make(&claim, rsa_2048, pss_sha256, CRYPTO_PSS, CRYPTO_SHA256);
	numbers = numbers_of(&claim.key);
	numbers.modulus_size = 255;
	assert_false(crypto_rsa_verify_numbers(&numbers, &claim.claim));
	numbers = (struct crypto_rsa_numbers){ zeros, 256, one, 1 };
	assert_false(crypto_rsa_verify_numbers(&numbers, &claim.claim));
	numbers = (struct crypto_rsa_numbers){ zeros, sizeof(zeros), zeros, sizeof(zeros) };
	assert_false(crypto_rsa_verify_numbers(&numbers, &claim.claim));
	numbers = (struct crypto_rsa_numbers){ NULL, 0, NULL, 0 };
	assert_false(crypto_rsa_verify_numbers(&numbers, &claim.claim));
	numbers = numbers_of(&claim.key);
	numbers.exponent = one;
	numbers.exponent_size = 1;
	assert_false(crypto_rsa_verify_numbers(&numbers, &claim.claim));
}

static void the_modulus_has_no_leading_zero(void **state)
{
	struct bytes der = from_hex(rsa_2048);
	uint8_t modulus[CRYPTO_RSA_MODULUS_MAX];

	assert_int_equal(crypto_rsa_modulus(der.data, der.size, modulus), 256);
	assert_memory_equal(modulus, numbers_of(&der).modulus, 256);
	assert_int_equal(crypto_rsa_modulus(der.data, der.size - 1, modulus), 0);
	der = from_hex(rsa_1024);
	assert_int_equal(crypto_rsa_modulus(der.data, der.size, modulus), 0);
}

/* --- random numbers --- */

static void two_draws_differ(void **state)
{
	uint8_t first[32];
	uint8_t second[32];

	crypto_random(first, sizeof(first));
	crypto_random(second, sizeof(second));
	assert_memory_not_equal(first, second, sizeof(first));
}

static void all_of_a_large_buffer_is_filled(void **state)
{
	enum {
		SIZE = 5000,
		RUN = 16
	};
	static const uint8_t zeros[RUN];
	uint8_t *large = calloc(1, SIZE + 1);

	assert_non_null(large);
	crypto_random(large, SIZE);
	for (size_t i = 0; i + RUN <= SIZE; i++) {
		assert_memory_not_equal(large + i, zeros, RUN);
	}
	assert_int_equal(large[SIZE], 0);
	free(large);
}

static void a_generator_is_seeded_from_the_port_once(void **state)
{
	uint8_t byte;
	unsigned int before;

	cpu = 5;
	before = entropy_asked;
	crypto_random(&byte, 1);
	assert_true(entropy_asked > before);
	before = entropy_asked;
	crypto_random(&byte, 1);
	assert_int_equal(entropy_asked, before);
	cpu = 0;
}

enum {
	DRAWERS = 4,
	DRAWS = 200,
	DRAW_SIZE = 16
};

static uint8_t drawn[DRAWERS * DRAWS][DRAW_SIZE];

static void *draw(void *arg)
{
	size_t drawer = (uintptr_t)arg;

	cpu = 8 + (unsigned int)drawer;
	for (size_t i = 0; i < DRAWS; i++) {
		crypto_random(drawn[drawer * DRAWS + i], DRAW_SIZE);
	}
	return NULL;
}

static void cpus_draw_at_the_same_time_and_never_the_same(void **state)
{
	pthread_t threads[DRAWERS];

	for (uintptr_t i = 0; i < DRAWERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, draw, (void *)i), 0);
	}
	for (size_t i = 0; i < DRAWERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	for (size_t i = 0; i < array_size(drawn); i++) {
		for (size_t j = 0; j < i; j++) {
			assert_memory_not_equal(drawn[i], drawn[j], DRAW_SIZE);
		}
	}
}

/* FIPS 197, C.1 and C.3. */
static void aes_of_one_block_is_the_published_one(void **state)
{
	static const char *const known[] = { "69c4e0d86a7b0430d8cdb78070b4c55a",
					     "8ea2b7ca516745bfeafc49904b496089" };
	uint8_t key[32];
	uint8_t plain[CRYPTO_AES_BLOCK_SIZE];
	uint8_t expected[CRYPTO_AES_BLOCK_SIZE];
	uint8_t block[CRYPTO_AES_BLOCK_SIZE];

	for (size_t i = 0; i < sizeof(key); i++) {
		key[i] = (uint8_t)i;
	}
	for (size_t i = 0; i < sizeof(plain); i++) {
		plain[i] = (uint8_t)(0x11 * i);
	}
	for (size_t i = 0; i < array_size(known); i++) {
		assert_true(bytes_from_hex(known[i], expected, sizeof(expected)));
		crypto_aes_encrypt(key, 16 * (i + 1), plain, block);
		assert_memory_equal(block, expected, sizeof(block));
		crypto_aes_decrypt(key, 16 * (i + 1), block, block);
		assert_memory_equal(block, plain, sizeof(block));
	}
}

/* SP 800-38A, F.2.1. */
static void cbc_is_the_published_one_and_works_in_place(void **state)
{
	uint8_t key[16];
	uint8_t iv[CRYPTO_AES_BLOCK_SIZE];
	uint8_t plain[32];
	uint8_t expected[32];
	uint8_t bytes[32];

	assert_true(bytes_from_hex("2b7e151628aed2a6abf7158809cf4f3c", key, sizeof(key)));
	assert_true(bytes_from_hex("000102030405060708090a0b0c0d0e0f", iv, sizeof(iv)));
	assert_true(bytes_from_hex("6bc1bee22e409f96e93d7e117393172a"
				   "ae2d8a571e03ac9c9eb76fac45af8e51",
				   plain, sizeof(plain)));
	assert_true(bytes_from_hex("7649abac8119b246cee98e9b12e9197d"
				   "5086cb9b507219ee95db113a917678b2",
				   expected, sizeof(expected)));
	memcpy(bytes, plain, sizeof(bytes));
	crypto_cbc_encrypt(key, sizeof(key), iv, bytes, bytes, sizeof(bytes));
	assert_memory_equal(bytes, expected, sizeof(bytes));
	crypto_cbc_decrypt(key, sizeof(key), iv, bytes, bytes, sizeof(bytes));
	assert_memory_equal(bytes, plain, sizeof(bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_the_published_ones),
		cmocka_unit_test(a_digest_of_pieces_is_that_of_the_whole),
		cmocka_unit_test(a_digest_of_nothing_is_the_published_one),
		cmocka_unit_test(hmac_is_the_published_one),
		cmocka_unit_test(gcm_is_the_published_one),
		cmocka_unit_test(gcm_of_nothing_is_the_published_one),
		cmocka_unit_test(gcm_seals_in_place),
		cmocka_unit_test(gcm_refuses_every_changed_bit_and_leaves_zeros),
		cmocka_unit_test(aes_of_one_block_is_the_published_one),
		cmocka_unit_test(cbc_is_the_published_one_and_works_in_place),
		cmocka_unit_test(good_signatures_are_accepted),
		cmocka_unit_test(a_signature_of_another_kind_is_refused),
		cmocka_unit_test(a_salt_of_another_length_is_refused),
		cmocka_unit_test(a_key_below_2048_bits_is_refused),
		cmocka_unit_test(every_changed_byte_of_a_signature_is_refused),
		cmocka_unit_test(a_changed_digest_is_refused),
		cmocka_unit_test(a_signature_of_another_size_is_refused),
		cmocka_unit_test(a_key_cut_off_anywhere_is_refused),
		cmocka_unit_test(a_key_can_be_given_as_numbers),
		cmocka_unit_test(numbers_that_are_no_key_are_refused),
		cmocka_unit_test(the_modulus_has_no_leading_zero),
		cmocka_unit_test(two_draws_differ),
		cmocka_unit_test(all_of_a_large_buffer_is_filled),
		cmocka_unit_test(a_generator_is_seeded_from_the_port_once),
		cmocka_unit_test(cpus_draw_at_the_same_time_and_never_the_same),
	};

	return cmocka_run_group_tests_name("secure/crypto", tests, NULL, NULL);
}
