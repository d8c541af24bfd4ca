/* rpmb.h - the replay-protected block of an eMMC.
 *
 * Two things travel in an RPC: a small little-endian request header (only in
 * RPC_CMD_RPMB) and the device's own frames of 512 bytes, whose numbers are
 * big-endian. The latter are byte arrays here so that no one reads them
 * without turning them round. */

#ifndef ABI_RPMB_H
#define ABI_RPMB_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum rpmb_cmd {
	RPMB_CMD_DATA_REQ = 0,
	RPMB_CMD_GET_DEV_INFO = 1,
};

struct rpmb_request {
	uint16_t cmd;
	uint16_t dev_id;
	uint16_t block_count;
};

static_assert(sizeof(struct rpmb_request) == 6, "request header");
static_assert(offsetof(struct rpmb_request, cmd) == 0, "cmd");
static_assert(offsetof(struct rpmb_request, dev_id) == 2, "dev_id");
static_assert(offsetof(struct rpmb_request, block_count) == 4, "block_count");

#define RPMB_CID_SIZE	    16u
/* Bytes of the CID that do not count for the key: revision and checksum. */
#define RPMB_CID_PRV_OFFSET 9u
#define RPMB_CID_CRC_OFFSET 15u

struct rpmb_dev_info {
	uint8_t cid[RPMB_CID_SIZE];
	uint8_t rpmb_size_mult;
	uint8_t rel_wr_sec_c;
	uint8_t ret_code;
};

#define RPMB_DEV_INFO_OK    0u
#define RPMB_DEV_INFO_ERROR 1u

static_assert(sizeof(struct rpmb_dev_info) == 19, "device info");
static_assert(offsetof(struct rpmb_dev_info, cid) == 0, "cid");
static_assert(offsetof(struct rpmb_dev_info, rpmb_size_mult) == 16, "size");
static_assert(offsetof(struct rpmb_dev_info, rel_wr_sec_c) == 17, "writes");
static_assert(offsetof(struct rpmb_dev_info, ret_code) == 18, "ret_code");

#define RPMB_FRAME_SIZE	  512u
#define RPMB_STUFF_SIZE	  196u
#define RPMB_KEY_MAC_SIZE 32u
#define RPMB_DATA_SIZE	  256u
#define RPMB_NONCE_SIZE	  16u
/* rpmb_size_mult counts these. */
#define RPMB_SIZE_UNIT	  0x20000u

struct rpmb_frame {
	uint8_t stuff[RPMB_STUFF_SIZE];
	uint8_t key_mac[RPMB_KEY_MAC_SIZE];
	uint8_t data[RPMB_DATA_SIZE];
	uint8_t nonce[RPMB_NONCE_SIZE];
	uint8_t write_counter[4];
	uint8_t address[2];
	uint8_t block_count[2];
	uint8_t op_result[2];
	uint8_t msg_type[2];
};

static_assert(sizeof(struct rpmb_frame) == RPMB_FRAME_SIZE, "frame");
static_assert(offsetof(struct rpmb_frame, stuff) == 0, "stuff");
static_assert(offsetof(struct rpmb_frame, key_mac) == 196, "key_mac");
static_assert(offsetof(struct rpmb_frame, data) == 228, "data");
static_assert(offsetof(struct rpmb_frame, nonce) == 484, "nonce");
static_assert(offsetof(struct rpmb_frame, write_counter) == 500, "counter");
static_assert(offsetof(struct rpmb_frame, address) == 504, "address");
static_assert(offsetof(struct rpmb_frame, block_count) == 506, "block_count");
static_assert(offsetof(struct rpmb_frame, op_result) == 508, "op_result");
static_assert(offsetof(struct rpmb_frame, msg_type) == 510, "msg_type");

/* The MAC is HMAC-SHA256 over this part of every frame, one after another,
 * and stands in the last frame. */
#define RPMB_MAC_OFFSET 228u
#define RPMB_MAC_SIZE	284u

static_assert(RPMB_MAC_OFFSET + RPMB_MAC_SIZE == RPMB_FRAME_SIZE, "MAC part");

enum rpmb_msg_type {
	RPMB_MSG_KEY_PROGRAM = 0x0001,
	RPMB_MSG_READ_COUNTER = 0x0002,
	RPMB_MSG_WRITE = 0x0003,
	RPMB_MSG_READ = 0x0004,
	RPMB_MSG_RESULT_READ = 0x0005,
	RPMB_MSG_KEY_PROGRAM_RESPONSE = 0x0100,
	RPMB_MSG_READ_COUNTER_RESPONSE = 0x0200,
	RPMB_MSG_WRITE_RESPONSE = 0x0300,
	RPMB_MSG_READ_RESPONSE = 0x0400,
};

#define RPMB_RESULT_MASK	    0x3Fu
#define RPMB_RESULT_COUNTER_EXPIRED 0x80u

enum rpmb_result {
	RPMB_RESULT_OK = 0,
	RPMB_RESULT_GENERAL = 1,
	RPMB_RESULT_AUTH = 2,
	RPMB_RESULT_COUNTER = 3,
	RPMB_RESULT_ADDRESS = 4,
	RPMB_RESULT_WRITE = 5,
	RPMB_RESULT_READ = 6,
	RPMB_RESULT_NO_KEY = 7,
};

/* The secure world gives up on a write after so many attempts. */
#define RPMB_WRITE_RETRY_MAX 10u

/* How the supplicant drives an eMMC. */
#define RPMB_MMC_READ_MULTIPLE	18u
#define RPMB_MMC_WRITE_MULTIPLE 25u
#define RPMB_MMC_RELIABLE_WRITE 0x80000000u
#define RPMB_MMC_FLAGS_R1_ADTC	0x35u

/* The authentication key of test devices, known to everybody. */
#define RPMB_TEST_KEY                                                                              \
	{                                                                                          \
		0xD3, 0xEB, 0x3E, 0xC3, 0x6E, 0x33, 0x4C, 0x9F, 0x98, 0x8C, 0xE2, 0xC0, 0xB8,      \
			0x59, 0x54, 0x61, 0x0D, 0x2B, 0xCF, 0x86, 0x64, 0x84, 0x4D, 0xF2, 0xAB,    \
			0x56, 0xE6, 0xC6, 0x1B, 0xB7, 0x01, 0xE4,                                  \
	}

#endif
