#include "normal/supplicant/rpmb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "normal/rpmb/device.h"
#include "normal/rpmb/file.h"
#include "normal/rpmb/frame.h"
#include "normal/supplicant/supplicant.h"

void rpmb_init(struct rpmb *rpmb)
{
	*rpmb = (struct rpmb){ .source = RPMB_NOWHERE, .mmc.fd = -1 };
	pthread_mutex_init(&rpmb->lock, NULL);
}

bool rpmb_emulate(struct rpmb *rpmb, const char *description, char *why, size_t why_size)
{
	rpmb->file = rpmb_file_open(description, why, why_size);
	if (rpmb->file == NULL) {
		return false;
	}
	rpmb->source = RPMB_EMULATED;
	return true;
}

void rpmb_drive(struct rpmb *rpmb, const uint8_t *cid)
{
	rpmb_mmc_init(&rpmb->mmc, cid);
	rpmb->source = RPMB_REAL;
}

void rpmb_destroy(struct rpmb *rpmb)
{
	rpmb_mmc_destroy(&rpmb->mmc);
	rpmb_file_close(rpmb->file);
	pthread_mutex_destroy(&rpmb->lock);
}

/* --- GET_DEV_INFO --- */

static TEE_Result emulated_info(const struct rpmb *rpmb, struct rpmb_dev_info *info)
{
	struct rpmb_geometry geometry;

	rpmb_device_geometry(rpmb_file_device(rpmb->file), &geometry);
	memcpy(info->cid, geometry.cid, sizeof(info->cid));
	info->rpmb_size_mult = geometry.size_mult;
	info->rel_wr_sec_c = geometry.rel_wr;
	info->ret_code = RPMB_DEV_INFO_OK;
	return TEE_SUCCESS;
}

static TEE_Result serve_info(struct rpmb *rpmb, const struct rpmb_request *header,
			     const struct request *request)
{
	struct rpmb_dev_info info = { .ret_code = RPMB_DEV_INFO_ERROR };
	TEE_Result res = TEE_ERROR_ITEM_NOT_FOUND;

	if (request->memory[0].size != sizeof(*header) || request->memory[1].size != sizeof(info)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (rpmb->source == RPMB_EMULATED) {
		res = emulated_info(rpmb, &info);
	} else if (rpmb->source == RPMB_REAL) {
		res = rpmb_mmc_info(&rpmb->mmc, header->dev_id, &info);
	}
	memcpy(request->memory[1].data, &info, sizeof(info));
	return res;
}

/* --- DATA_REQ --- */

/* Private copies: the secure world's memory is everybody's. */
struct exchange {
	struct rpmb_frame *request;
	size_t request_count;
	struct rpmb_frame *response;
	size_t response_count;
};

static TEE_Result emulated_exchange(const struct rpmb *rpmb, const struct exchange *exchange)
{
	int error = rpmb_device_exchange(rpmb_file_device(rpmb->file), exchange->request,
					 exchange->request_count, exchange->response,
					 exchange->response_count);

	return error == 0 ? TEE_SUCCESS : TEE_ERROR_GENERIC;
}

static TEE_Result real_exchange(struct rpmb *rpmb, uint16_t number, bool writes,
				const struct exchange *exchange)
{
	return writes ? rpmb_mmc_write(&rpmb->mmc, number, exchange->request,
				       exchange->request_count, exchange->response)
		      : rpmb_mmc_read(&rpmb->mmc, number, exchange->request, exchange->response,
				      exchange->response_count);
}

static TEE_Result exchange_do(struct rpmb *rpmb, uint16_t number, const struct exchange *exchange)
{
	enum rpmb_exchange kind = rpmb_exchange_of(exchange->request, exchange->request_count,
						   exchange->response_count);

	if (kind == RPMB_EXCHANGE_WRONG_SHAPE) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (kind == RPMB_EXCHANGE_WRONG_TYPE) {
		return TEE_ERROR_GENERIC;
	}
	switch (rpmb->source) {
	case RPMB_EMULATED:
		return emulated_exchange(rpmb, exchange);
	case RPMB_REAL:
		return real_exchange(rpmb, number, kind == RPMB_EXCHANGE_WRITE, exchange);
	default:
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
}

/* false: not whole frames, or too many. */
static bool frames_count(size_t size, size_t *count)
{
	*count = size / RPMB_FRAME_SIZE;
	return size % RPMB_FRAME_SIZE == 0 && *count > 0 && *count <= RPMB_REQUEST_FRAMES_MAX;
}

static TEE_Result serve_data(struct rpmb *rpmb, const struct rpmb_request *header,
			     const struct request *request)
{
	const struct request_memory *in = &request->memory[0];
	const struct request_memory *out = &request->memory[1];
	struct exchange exchange;
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;

	if (!frames_count(in->size - sizeof(*header), &exchange.request_count) ||
	    !frames_count(out->size, &exchange.response_count)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	exchange.request = calloc(exchange.request_count, sizeof(*exchange.request));
	exchange.response = calloc(exchange.response_count, sizeof(*exchange.response));
	if (exchange.request != NULL && exchange.response != NULL) {
		memcpy(exchange.request, in->data + sizeof(*header), in->size - sizeof(*header));
		res = exchange_do(rpmb, header->dev_id, &exchange);
	}
	if (res == TEE_SUCCESS) {
		memcpy(out->data, exchange.response, out->size);
	}
	free(exchange.request);
	free(exchange.response);
	return res;
}

/* --- requests --- */

static TEE_Result (*const commands[])(struct rpmb *rpmb, const struct rpmb_request *header,
				      const struct request *request) = {
	[RPMB_CMD_DATA_REQ] = serve_data,
	[RPMB_CMD_GET_DEV_INFO] = serve_info,
};

TEE_Result rpmb_serve(struct supplicant *supplicant, struct request *request)
{
	static const uint32_t shape[] = {
		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT,
	};
	struct rpmb_request header;
	TEE_Result res;

	if (!request_has_shape(request, shape, array_size(shape)) ||
	    request->memory[0].size < sizeof(header)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(&header, request->memory[0].data, sizeof(header));
	if (header.cmd >= array_size(commands)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	pthread_mutex_lock(&supplicant->rpmb.lock);
	res = commands[header.cmd](&supplicant->rpmb, &header, request);
	pthread_mutex_unlock(&supplicant->rpmb.lock);
	return res;
}
