/* utee_defines.h - taking an algorithm's number apart.
 *
 * Beside the constants of tee_api_defines.h a TA may see these of the library
 * below it. The dev kit ships this file. It includes nothing: the decoding
 * macros expand to names of tee_api_defines.h and its extensions, which are
 * needed only where a macro is used. An argument is evaluated more than once. */

#ifndef UTEE_DEFINES_H
#define UTEE_DEFINES_H

/* Main algorithms: the low byte */
#define TEE_MAIN_ALGO_MD5	  0x01
#define TEE_MAIN_ALGO_SHA1	  0x02
#define TEE_MAIN_ALGO_SHA224	  0x03
#define TEE_MAIN_ALGO_SHA256	  0x04
#define TEE_MAIN_ALGO_SHA384	  0x05
#define TEE_MAIN_ALGO_SHA512	  0x06
#define TEE_MAIN_ALGO_SM3	  0x07
#define TEE_MAIN_ALGO_SHA3_224	  0x08
#define TEE_MAIN_ALGO_SHA3_256	  0x09
#define TEE_MAIN_ALGO_SHA3_384	  0x0A
#define TEE_MAIN_ALGO_SHA3_512	  0x0B
#define TEE_MAIN_ALGO_AES	  0x10
#define TEE_MAIN_ALGO_DES	  0x11
#define TEE_MAIN_ALGO_DES2	  0x12
#define TEE_MAIN_ALGO_DES3	  0x13
#define TEE_MAIN_ALGO_SM4	  0x14
#define TEE_MAIN_ALGO_RSA	  0x30
#define TEE_MAIN_ALGO_DSA	  0x31
#define TEE_MAIN_ALGO_DH	  0x32
#define TEE_MAIN_ALGO_ECDSA	  0x41
#define TEE_MAIN_ALGO_ECDH	  0x42
#define TEE_MAIN_ALGO_ED25519	  0x43
#define TEE_MAIN_ALGO_X25519	  0x44
#define TEE_MAIN_ALGO_SM2_DSA_SM3 0x45
#define TEE_MAIN_ALGO_SM2_KEP	  0x46
#define TEE_MAIN_ALGO_SM2_PKE	  0x47
#define TEE_MAIN_ALGO_X448	  0x49
#define TEE_MAIN_ALGO_HKDF	  0xC0
#define TEE_MAIN_ALGO_CONCAT_KDF  0xC1
#define TEE_MAIN_ALGO_PBKDF2	  0xC2
#define TEE_MAIN_ALGO_SHAKE128	  0xC3
#define TEE_MAIN_ALGO_SHAKE256	  0xC4

/* Chain modes: bits 11:8 */
#define TEE_CHAIN_MODE_ECB_NOPAD      0x0
#define TEE_CHAIN_MODE_CBC_NOPAD      0x1
#define TEE_CHAIN_MODE_CTR	      0x2
#define TEE_CHAIN_MODE_CTS	      0x3
#define TEE_CHAIN_MODE_XTS	      0x4
#define TEE_CHAIN_MODE_CBC_MAC_PKCS5  0x5
#define TEE_CHAIN_MODE_CMAC	      0x6
#define TEE_CHAIN_MODE_CCM	      0x7
#define TEE_CHAIN_MODE_GCM	      0x8
#define TEE_CHAIN_MODE_PKCS1_PSS_MGF1 0x9

/* Sizes and others */
#define TEE_TIME_MILLIS_BASE		     1000
#define TEE_AES_BLOCK_SIZE		     16UL
#define TEE_AES_MAX_KEY_SIZE		     32UL
#define TEE_DES_BLOCK_SIZE		     8UL
#define TEE_SM4_BLOCK_SIZE		     16UL
#define UTEE_SE_READER_PRESENT		     (1 << 0)
#define UTEE_SE_READER_SELECT_RESPONE_ENABLE (1 << 2)
#define UTEE_SE_READER_TEE_ONLY		     (1 << 1)

/* Tokens that say only that such a MAC exists */
#define TEE_MAC_SIZE_AES_CBC_MAC_NOPAD
#define TEE_MAC_SIZE_AES_CBC_MAC_PKCS5
#define TEE_MAC_SIZE_AES_CMAC
#define TEE_MAC_SIZE_DES_CBC_MAC_PKCS5

/* The size of a digest */
#ifndef TEE_MD5_HASH_SIZE
typedef enum {
	TEE_MD5_HASH_SIZE = 16,
	TEE_SHA1_HASH_SIZE = 20,
	TEE_SHA224_HASH_SIZE = 28,
	TEE_SHA256_HASH_SIZE = 32,
	TEE_SM3_HASH_SIZE = 32,
	TEE_SHA384_HASH_SIZE = 48,
	TEE_SHA512_HASH_SIZE = 64,
	TEE_MD5SHA1_HASH_SIZE = 36,
	TEE_MAX_HASH_SIZE = 64,
} t_hash_size;
#endif

#define HW_UNIQUE_KEY_LENGTH CFG_HW_UNIQUE_KEY_LENGTH

/* The class of an operation, bits 31:28 but for the extensions */
#define TEE_ALG_GET_CLASS(algo)                                                                    \
	((algo) == TEE_ALG_SM2_PKE		       ? TEE_OPERATION_ASYMMETRIC_CIPHER           \
	 : (algo) == TEE_ALG_SM2_KEP		       ? TEE_OPERATION_KEY_DERIVATION              \
	 : (algo) == TEE_ALG_RSASSA_PKCS1_V1_5	       ? TEE_OPERATION_ASYMMETRIC_SIGNATURE        \
	 : (algo) == TEE_ALG_DES3_CMAC		       ? TEE_OPERATION_MAC                         \
	 : (algo) == TEE_ALG_SM4_XTS		       ? TEE_OPERATION_CIPHER                      \
	 : (algo) == TEE_ALG_RSASSA_PKCS1_PSS_MGF1_MD5 ? TEE_OPERATION_ASYMMETRIC_SIGNATURE        \
	 : (algo) == TEE_ALG_RSAES_PKCS1_OAEP_MGF1_MD5 ? TEE_OPERATION_ASYMMETRIC_CIPHER           \
						       : (((uint32_t)(algo) >> 28) & 0xF))

/* The main algorithm, the low byte but for those that share one */
#define TEE_ALG_GET_MAIN_ALG(algo)                                                                 \
	((algo) == TEE_ALG_SM2_PKE	  ? TEE_MAIN_ALGO_SM2_PKE                                  \
	 : (algo) == TEE_ALG_SM2_KEP	  ? TEE_MAIN_ALGO_SM2_KEP                                  \
	 : (algo) == TEE_ALG_SHAKE128	  ? TEE_MAIN_ALGO_SHAKE128                                 \
	 : (algo) == TEE_ALG_SHAKE256	  ? TEE_MAIN_ALGO_SHAKE256                                 \
	 : (algo) == TEE_ALG_X448	  ? TEE_MAIN_ALGO_X448                                     \
	 : (algo) == TEE_ALG_ECDSA_SHA1	  ? TEE_MAIN_ALGO_ECDSA                                    \
	 : (algo) == TEE_ALG_ECDSA_SHA224 ? TEE_MAIN_ALGO_ECDSA                                    \
	 : (algo) == TEE_ALG_ECDSA_SHA256 ? TEE_MAIN_ALGO_ECDSA                                    \
	 : (algo) == TEE_ALG_ECDSA_SHA384 ? TEE_MAIN_ALGO_ECDSA                                    \
	 : (algo) == TEE_ALG_ECDSA_SHA512 ? TEE_MAIN_ALGO_ECDSA                                    \
	 : (algo) == TEE_ALG_ED25519	  ? TEE_MAIN_ALGO_ED25519                                  \
	 : (algo) == TEE_ALG_X25519	  ? TEE_MAIN_ALGO_X25519                                   \
	 : (algo) == TEE_ALG_HKDF	  ? TEE_MAIN_ALGO_HKDF                                     \
					  : ((uint32_t)(algo)&0xFF))

#define TEE_ALG_GET_CHAIN_MODE(algo) (((uint32_t)(algo) >> 8) & 0xF)

/* The main algorithm of the digest that is signed, and of the one inside */
#define TEE_ALG_GET_DIGEST_HASH(algo)                                                              \
	((algo) == TEE_ALG_SM2_DSA_SM3 ? TEE_MAIN_ALGO_SM3 : (((uint32_t)(algo) >> 12) & 0xF))
#define TEE_ALG_GET_INTERNAL_HASH(algo) (((uint32_t)(algo) >> 20) & 0x7)

/* The type of the key; `with_private` is 0 for a symmetric algorithm and 1 for
 * a derivation */
#define TEE_ALG_GET_KEY_TYPE(algo, with_private)                                                   \
	(0xA0000000 | ((with_private) ? 0x01000000 : 0) | TEE_ALG_GET_MAIN_ALG(algo))

#define TEE_ALG_HASH_ALGO(main_hash) (0x50000000 | (main_hash))
#define TEE_ALG_HMAC_ALGO(main_hash) (0x30000000 | (main_hash))

/* What TEE_OperationInfo.digestLength says: of a digest, of what is signed
 * after it, of a MAC; 0 where there is no such thing */
#define TEE_ALG_GET_DIGEST_SIZE(algo)                                                              \
	((algo) == TEE_ALG_DES_CBC_MAC_NOPAD	? 8                                                \
	 : (algo) == TEE_ALG_DES3_CBC_MAC_NOPAD ? 8                                                \
	 : (algo) == TEE_ALG_DES_CBC_MAC_PKCS5	? 8                                                \
	 : (algo) == TEE_ALG_DES3_CBC_MAC_PKCS5 ? 8                                                \
	 : (algo) == TEE_ALG_DES3_CMAC		? 8                                                \
	 : (algo) == TEE_ALG_MD5		? 16                                               \
	 : (algo) == TEE_ALG_HMAC_MD5		? 16                                               \
	 : (algo) == TEE_ALG_AES_CBC_MAC_NOPAD	? 16                                               \
	 : (algo) == TEE_ALG_AES_CBC_MAC_PKCS5	? 16                                               \
	 : (algo) == TEE_ALG_AES_CMAC		? 16                                               \
	 : (algo) == TEE_ALG_SHA1		? 20                                               \
	 : (algo) == TEE_ALG_HMAC_SHA1		? 20                                               \
	 : (algo) == TEE_ALG_DSA_SHA1		? 20                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA1		? 20                                               \
	 : (algo) == TEE_ALG_SHA224		? 28                                               \
	 : (algo) == TEE_ALG_HMAC_SHA224	? 28                                               \
	 : (algo) == TEE_ALG_DSA_SHA224		? 28                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA224	? 28                                               \
	 : (algo) == TEE_ALG_SHA3_224		? 28                                               \
	 : (algo) == TEE_ALG_HMAC_SHA3_224	? 28                                               \
	 : (algo) == TEE_ALG_DSA_SHA3_224	? 28                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA3_224	? 28                                               \
	 : (algo) == TEE_ALG_SHA256		? 32                                               \
	 : (algo) == TEE_ALG_HMAC_SHA256	? 32                                               \
	 : (algo) == TEE_ALG_DSA_SHA256		? 32                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA256	? 32                                               \
	 : (algo) == TEE_ALG_SM3		? 32                                               \
	 : (algo) == TEE_ALG_HMAC_SM3		? 32                                               \
	 : (algo) == TEE_ALG_SHA3_256		? 32                                               \
	 : (algo) == TEE_ALG_HMAC_SHA3_256	? 32                                               \
	 : (algo) == TEE_ALG_DSA_SHA3_256	? 32                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA3_256	? 32                                               \
	 : (algo) == TEE_ALG_SHA384		? 48                                               \
	 : (algo) == TEE_ALG_HMAC_SHA384	? 48                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA384	? 48                                               \
	 : (algo) == TEE_ALG_SHA3_384		? 48                                               \
	 : (algo) == TEE_ALG_HMAC_SHA3_384	? 48                                               \
	 : (algo) == TEE_ALG_DSA_SHA3_384	? 48                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA3_384	? 48                                               \
	 : (algo) == TEE_ALG_SHA512		? 64                                               \
	 : (algo) == TEE_ALG_HMAC_SHA512	? 64                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA512	? 64                                               \
	 : (algo) == TEE_ALG_SHA3_512		? 64                                               \
	 : (algo) == TEE_ALG_HMAC_SHA3_512	? 64                                               \
	 : (algo) == TEE_ALG_DSA_SHA3_512	? 64                                               \
	 : (algo) == TEE_ALG_ECDSA_SHA3_512	? 64                                               \
						: 0)

/* Turning bytes round; every machine of ours is little-endian */
#define TEE_U16_BSWAP(x)	      __builtin_bswap16(x)
#define TEE_U32_BSWAP(x)	      __builtin_bswap32(x)
#define TEE_U64_BSWAP(x)	      __builtin_bswap64(x)
#define TEE_U16_FROM_LITTLE_ENDIAN(x) ((uint16_t)(x))
#define TEE_U16_TO_LITTLE_ENDIAN(x)   ((uint16_t)(x))
#define TEE_U16_FROM_BIG_ENDIAN(x)    TEE_U16_BSWAP(x)
#define TEE_U16_TO_BIG_ENDIAN(x)      TEE_U16_BSWAP(x)
#define TEE_U32_FROM_LITTLE_ENDIAN(x) ((uint32_t)(x))
#define TEE_U32_TO_LITTLE_ENDIAN(x)   ((uint32_t)(x))
#define TEE_U32_FROM_BIG_ENDIAN(x)    TEE_U32_BSWAP(x)
#define TEE_U32_TO_BIG_ENDIAN(x)      TEE_U32_BSWAP(x)
#define TEE_U64_FROM_LITTLE_ENDIAN(x) ((uint64_t)(x))
#define TEE_U64_TO_LITTLE_ENDIAN(x)   ((uint64_t)(x))
#define TEE_U64_FROM_BIG_ENDIAN(x)    TEE_U64_BSWAP(x)
#define TEE_U64_TO_BIG_ENDIAN(x)      TEE_U64_BSWAP(x)

/* Comparing, adding and subtracting TEE_Time */
#define TEE_TIME_LT(t1, t2)                                                                        \
	((t1).seconds == (t2).seconds ? (t1).millis < (t2).millis : (t1).seconds < (t2).seconds)
#define TEE_TIME_LE(t1, t2)                                                                        \
	((t1).seconds == (t2).seconds ? (t1).millis <= (t2).millis : (t1).seconds < (t2).seconds)
#define TEE_TIME_ADD(t1, t2, dst)                                                                  \
	do {                                                                                       \
		(dst).seconds = (t1).seconds + (t2).seconds;                                       \
		(dst).millis = (t1).millis + (t2).millis;                                          \
		if ((dst).millis >= TEE_TIME_MILLIS_BASE) {                                        \
			(dst).seconds++;                                                           \
			(dst).millis -= TEE_TIME_MILLIS_BASE;                                      \
		}                                                                                  \
	} while (0)
#define TEE_TIME_SUB(t1, t2, dst)                                                                  \
	do {                                                                                       \
		(dst).seconds = (t1).seconds - (t2).seconds;                                       \
		if ((t1).millis < (t2).millis) {                                                   \
			(dst).seconds--;                                                           \
			(dst).millis = (t1).millis + TEE_TIME_MILLIS_BASE - (t2).millis;           \
		} else {                                                                           \
			(dst).millis = (t1).millis - (t2).millis;                                  \
		}                                                                                  \
	} while (0)

#endif
