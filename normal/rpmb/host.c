#include "normal/rpmb/host.h"

#include <assert.h>
#include <string.h>

#include "lib/bytes.h"
#include "normal/rpmb/frame.h"

#define SAME4(byte)  byte, byte, byte, byte
#define SAME16(byte) SAME4(byte), SAME4(byte), SAME4(byte), SAME4(byte)

const uint8_t host_key[RPMB_KEY_MAC_SIZE] = { SAME16(HOST_KEY_BYTE), SAME16(HOST_KEY_BYTE) };

static struct rpmb_frame frame_of(uint16_t type)
{
	struct rpmb_frame frame = { 0 };

	store_be16(frame.msg_type, type);
	return frame;
}

void host_sign(struct rpmb_frame *frames, size_t count)
{
	bool made = rpmb_frames_mac(host_key, frames, count, frames[count - 1].key_mac);

	assert(made);
}

struct rpmb_frame host_key_program(void)
{
	struct rpmb_frame frame = frame_of(RPMB_MSG_KEY_PROGRAM);

	memcpy(frame.key_mac, host_key, sizeof(frame.key_mac));
	return frame;
}

struct rpmb_frame host_read_counter(void)
{
	struct rpmb_frame frame = frame_of(RPMB_MSG_READ_COUNTER);

	memset(frame.nonce, HOST_NONCE_BYTE, sizeof(frame.nonce));
	return frame;
}

struct rpmb_frame host_read(uint16_t address)
{
	struct rpmb_frame frame = frame_of(RPMB_MSG_READ);

	memset(frame.nonce, HOST_NONCE_BYTE, sizeof(frame.nonce));
	store_be16(frame.address, address);
	return frame;
}

struct rpmb_frame host_result_read(void)
{
	return frame_of(RPMB_MSG_RESULT_READ);
}

void host_write(struct rpmb_frame *frames, size_t count, uint16_t address, uint32_t counter,
		uint8_t fill)
{
	for (size_t i = 0; i < count; i++) {
		frames[i] = frame_of(RPMB_MSG_WRITE);
		memset(frames[i].data, fill + (int)i, sizeof(frames[i].data));
		store_be32(frames[i].write_counter, counter);
		store_be16(frames[i].address, address);
		store_be16(frames[i].block_count, (uint16_t)count);
	}
	host_sign(frames, count);
}

uint16_t host_type(const struct rpmb_frame *frame)
{
	return load_be16(frame->msg_type);
}

uint16_t host_result(const struct rpmb_frame *frame)
{
	return load_be16(frame->op_result);
}

uint32_t host_counter(const struct rpmb_frame *frame)
{
	return load_be32(frame->write_counter);
}

bool host_trusts(const struct rpmb_frame *frames, size_t count)
{
	uint8_t mac[RPMB_KEY_MAC_SIZE];

	return rpmb_frames_mac(host_key, frames, count, mac) &&
	       memcmp(mac, frames[count - 1].key_mac, sizeof(mac)) == 0;
}
