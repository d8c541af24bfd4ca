#include "normal/exec/ioctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/socket.h"
#include "normal/exec/file.h"
#include "normal/exec/target.h"

/* What the kernel turns into EINTR or another try, as the program's signal action says. */
#define ERESTARTSYS 512

/* Looks that a signal must be there for before this thread takes it for its own. */
#define SIGNAL_LOOKS 2u

struct ioctl {
	const struct notice *notice;
	struct file *file;
	uint32_t command;
	uint64_t argument; /* where the program has it */
	/* Of those that take struct tee_ioctl_buf_data: */
	struct tee_ioctl_buf_data where;
	_Alignas(8) unsigned char buffer[SOCKET_PAYLOAD_MAX];
	/* What a call that waits has seen. */
	bool interruptible;
	unsigned int looks;
	enum target_signal signal; /* TARGET_QUIET: it was not interrupted */
};

/* --- Carrying over --------------------------------------------------------------------------- */

/* The program is gone, or wants its call back. */
static bool give_up(void *context)
{
	struct ioctl *ioctl = context;
	enum target_signal signal;

	if (!notice_is_valid(ioctl->notice)) {
		return true;
	}
	if (!ioctl->interruptible) {
		return false;
	}
	signal = target_signal(ioctl->notice->thread);
	ioctl->looks = signal == TARGET_QUIET ? 0 : ioctl->looks + 1;
	if (signal == TARGET_SIGNAL_MINE || ioctl->looks >= SIGNAL_LOOKS) {
		ioctl->signal = signal;
		return true;
	}
	return false;
}

/* *fd: what came along, or NULL. */
static int carry(struct ioctl *ioctl, void *payload, size_t size, int send_fd, int *fd)
{
	struct line_request request = {
		.operation = ioctl->command,
		.payload = payload,
		.size = size,
		.send_fd = send_fd,
		.give_up = give_up,
		.context = ioctl,
	};
	int error = line_call(ioctl->file->line, &request);

	if (fd != NULL) {
		*fd = request.received_fd;
		if (error == 0 && request.received_fd < 0) {
			error = -ENODEV;
		}
	} else if (request.received_fd >= 0) {
		close(request.received_fd);
	}
	return error;
}

static int argument_read(const struct ioctl *ioctl, void *bytes, size_t size)
{
	int error = target_read(ioctl->notice->thread, ioctl->argument, bytes, size);

	/* Whose memory was that? */
	return error == 0 && !notice_is_valid(ioctl->notice) ? -EFAULT : error;
}

static int argument_write(const struct ioctl *ioctl, const void *bytes, size_t size)
{
	return target_write(ioctl->notice->thread, ioctl->argument, bytes, size);
}

/* Give the program `fd` after what says what it is. Where that fails, our copy is the last one, and
 * closing it takes everything back. */
static void answer_with_fd(const struct ioctl *ioctl, const void *bytes, size_t size, int fd)
{
	int error = argument_write(ioctl, bytes, size);

	if (error != 0) {
		notice_answer(ioctl->notice, error);
	} else {
		/* As the kernel has it: not closed on exec. */
		(void)notice_answer_fd(ioctl->notice, fd, false);
	}
	close(fd);
}

/* --- Small ones ------------------------------------------------------------------------------ */

static void serve_version(struct ioctl *ioctl)
{
	struct tee_ioctl_version_data version = { 0 };
	int error = carry(ioctl, &version, sizeof(version), -1, NULL);

	if (error == 0) {
		error = argument_write(ioctl, &version, sizeof(version));
	}
	notice_answer(ioctl->notice, error);
}

/* CANCEL and CLOSE_SESSION: nothing comes back. */
static void serve_control(struct ioctl *ioctl)
{
	unsigned char argument[sizeof(struct tee_ioctl_cancel_arg)];
	size_t size = TEE_IOC_SIZE(ioctl->command);
	int error = argument_read(ioctl, argument, size);

	if (error == 0) {
		error = carry(ioctl, argument, size, -1, NULL);
	}
	notice_answer(ioctl->notice, error);
}

/* --- Shared memory --------------------------------------------------------------------------- */

static void serve_shm_alloc(struct ioctl *ioctl)
{
	struct tee_ioctl_shm_alloc_data data;
	int memory = -1;
	int fd;
	int error = argument_read(ioctl, &data, sizeof(data));

	if (error == 0) {
		error = carry(ioctl, &data, sizeof(data), -1, &memory);
	}
	if (error == 0) {
		error = file_shm_add(ioctl->file, data.id, memory, &fd);
	}
	if (error != 0) {
		notice_answer(ioctl->notice, error);
		return;
	}
	answer_with_fd(ioctl, &data, sizeof(data), fd);
}

/* Tell posternd of the shadow as if it were the program's memory. */
static int shadow_register(struct ioctl *ioctl, struct shadow *shadow,
			   struct tee_ioctl_shm_register_data *data)
{
	struct tee_ioctl_shm_register_data told = { .length = data->length };
	int memory = shadow_memory(shadow, &told.addr);
	int error = carry(ioctl, &told, sizeof(told), memory, NULL);

	data->id = told.id;
	return error;
}

static int shm_register(struct ioctl *ioctl, struct tee_ioctl_shm_register_data *data, int *fd)
{
	struct shadow *shadow;
	int error;

	if (data->flags != 0) {
		return -EINVAL;
	}
	if (data->length == 0) {
		return -ENOMEM;
	}
	if (!target_is_writable(ioctl->notice->thread, data->addr, data->length)) {
		return -EFAULT;
	}
	error = shadow_new(ioctl->notice->thread, data->addr, data->length, &shadow);
	if (error != 0) {
		return error;
	}
	if (!notice_is_valid(ioctl->notice)) {
		error = -EFAULT;
	} else {
		error = shadow_register(ioctl, shadow, data);
	}
	if (error != 0) {
		shadow_free(shadow);
		return error;
	}
	return file_shm_add_shadow(ioctl->file, data->id, shadow, fd);
}

static void serve_shm_register(struct ioctl *ioctl)
{
	struct tee_ioctl_shm_register_data data;
	int fd;
	int error = argument_read(ioctl, &data, sizeof(data));

	if (error == 0) {
		error = shm_register(ioctl, &data, &fd);
	}
	if (error != 0) {
		notice_answer(ioctl->notice, error);
		return;
	}
	answer_with_fd(ioctl, &data, sizeof(data), fd);
}

/* --- Calls ----------------------------------------------------------------------------------- */

/* Where a structure in the buffer says how many parameters follow it, and where they begin. */
struct shape {
	size_t header;
	size_t count;
};

static struct tee_ioctl_param *params_of(struct ioctl *ioctl, const struct shape *shape,
					 uint32_t *count)
{
	*count = 0;
	if (ioctl->where.buf_len >= shape->header) {
		memcpy(count, ioctl->buffer + shape->count, sizeof(*count));
	}
	/* One that does not fit is refused by posternd. */
	if (*count > (ioctl->where.buf_len - shape->header) / sizeof(struct tee_ioctl_param)) {
		*count = 0;
	}
	return (void *)(ioctl->buffer + shape->header);
}

static int buffer_read(struct ioctl *ioctl)
{
	int error = argument_read(ioctl, &ioctl->where, sizeof(ioctl->where));

	if (error != 0) {
		return error;
	}
	if (ioctl->where.buf_len > sizeof(ioctl->buffer)) {
		return -EINVAL;
	}
	error = target_read(ioctl->notice->thread, ioctl->where.buf_ptr, ioctl->buffer,
			    ioctl->where.buf_len);
	return error == 0 && !notice_is_valid(ioctl->notice) ? -EFAULT : error;
}

static int buffer_write(const struct ioctl *ioctl, size_t size)
{
	return target_write(ioctl->notice->thread, ioctl->where.buf_ptr, ioctl->buffer, size);
}

static int buffer_carry(struct ioctl *ioctl)
{
	return carry(ioctl, ioctl->buffer, ioctl->where.buf_len, -1, NULL);
}

/* A call of a client, with the memory that it lends. */
static int client_call(struct ioctl *ioctl, const struct shape *shape)
{
	struct tee_ioctl_param lent[TEE_IOCTL_PARAMS_MAX];
	struct tee_ioctl_param *params;
	uint32_t count;
	int error = buffer_read(ioctl);

	if (error != 0) {
		return error;
	}
	params = params_of(ioctl, shape, &count);
	count = count <= TEE_IOCTL_PARAMS_MAX ? count : 0;
	memcpy(lent, params, count * sizeof(lent[0]));
	/* Memory that is only written is copied first, too: what the TA leaves has to stay. */
	error = file_shadows_copy(ioctl->file, COPY_IN, COPY_ALL, lent, count);
	if (error == 0) {
		error = buffer_carry(ioctl);
	}
	if (error == 0) {
		error = file_shadows_copy(ioctl->file, COPY_OUT, COPY_OUTPUTS, lent, count);
	}
	return error;
}

static void session_close(struct ioctl *ioctl, uint32_t session)
{
	struct tee_ioctl_close_session_arg close = { .session = session };
	struct line_request request = {
		.operation = TEE_IOC_CLOSE_SESSION,
		.payload = &close,
		.size = sizeof(close),
		.send_fd = -1,
	};

	(void)line_call(ioctl->file->line, &request);
}

static void serve_open_session(struct ioctl *ioctl)
{
	static const struct shape shape = {
		sizeof(struct tee_ioctl_open_session_arg),
		offsetof(struct tee_ioctl_open_session_arg, num_params),
	};
	const struct tee_ioctl_open_session_arg *open = (const void *)ioctl->buffer;
	int error = client_call(ioctl, &shape);

	if (error == 0) {
		error = buffer_write(ioctl, ioctl->where.buf_len);
		/* Nobody knows of this session. */
		if ((error != 0 || !notice_is_valid(ioctl->notice)) && open->ret == 0) {
			session_close(ioctl, open->session);
		}
	}
	notice_answer(ioctl->notice, error);
}

static void serve_invoke(struct ioctl *ioctl)
{
	static const struct shape shape = {
		sizeof(struct tee_ioctl_invoke_arg),
		offsetof(struct tee_ioctl_invoke_arg, num_params),
	};
	int error = client_call(ioctl, &shape);

	if (error == 0) {
		error = buffer_write(ioctl, ioctl->where.buf_len);
	}
	notice_answer(ioctl->notice, error);
}

/* --- The supplicant -------------------------------------------------------------------------- */

static bool is_meta(const struct tee_ioctl_param *param)
{
	return (param->attr & TEE_IOCTL_PARAM_ATTR_META) != 0;
}

/* What was received: lend it to the program, and remember what to take back with the answer. */
static int request_lend(struct ioctl *ioctl, const struct tee_ioctl_param *params, uint32_t count)
{
	uint32_t meta = count > 0 && is_meta(&params[0]) ? 1 : 0;
	uint64_t id = meta != 0 ? params[0].a : 0;
	int error = file_shadows_copy(ioctl->file, COPY_OUT, COPY_ALL, params + meta, count - meta);

	if (error != 0) {
		return error;
	}
	return file_request_add(ioctl->file, id, params + meta, count - meta);
}

/* An interrupted RECV is begun again, or says so. -ERESTARTSYS is understood only by the thread that
 * the signal is for. */
static int receive_error(const struct ioctl *ioctl, int error)
{
	switch (ioctl->signal) {
	case TARGET_SIGNAL_MINE:
		return -ERESTARTSYS;
	case TARGET_SIGNAL_MAYBE:
		return -EINTR;
	case TARGET_QUIET:
		break;
	}
	return error;
}

static void serve_receive(struct ioctl *ioctl)
{
	static const struct shape shape = {
		sizeof(struct tee_ioctl_supp_recv_arg),
		offsetof(struct tee_ioctl_supp_recv_arg, num_params),
	};
	const struct tee_ioctl_param *params;
	uint32_t count;
	int error = buffer_read(ioctl);

	if (error != 0) {
		notice_answer(ioctl->notice, error);
		return;
	}
	ioctl->interruptible = true;
	error = buffer_carry(ioctl);
	if (error != 0) {
		notice_answer(ioctl->notice, receive_error(ioctl, error));
		return;
	}
	params = params_of(ioctl, &shape, &count);
	error = buffer_write(ioctl, shape.header + count * sizeof(*params));
	if (error == 0) {
		error = request_lend(ioctl, params, count);
	}
	notice_answer(ioctl->notice, error);
}

static void serve_send(struct ioctl *ioctl)
{
	static const struct shape shape = {
		sizeof(struct tee_ioctl_supp_send_arg),
		offsetof(struct tee_ioctl_supp_send_arg, num_params),
	};
	const struct tee_ioctl_param *params;
	struct request *request = NULL;
	uint32_t count;
	int error = buffer_read(ioctl);

	if (error == 0) {
		params = params_of(ioctl, &shape, &count);
		if (count > 0) {
			request = file_request_take(ioctl->file,
						    is_meta(&params[0]) ? params[0].a : 0);
		}
		if (request != NULL) {
			error = file_shadows_copy(ioctl->file, COPY_IN, COPY_OUTPUTS,
						  request->params, request->count);
		}
		if (error == 0) {
			error = buffer_carry(ioctl);
		}
		if (request != NULL && (error == -EINVAL || error == -EFAULT)) {
			/* It is still to be answered. */
			file_request_put_back(ioctl->file, request);
			request = NULL;
		}
	}
	free(request);
	notice_answer(ioctl->notice, error);
}

/* --- The table ------------------------------------------------------------------------------- */

static const struct {
	uint32_t command;
	void (*serve)(struct ioctl *ioctl);
} table[] = {
	{ TEE_IOC_VERSION, serve_version },
	{ TEE_IOC_SHM_ALLOC, serve_shm_alloc },
	{ TEE_IOC_SHM_REGISTER, serve_shm_register },
	{ TEE_IOC_OPEN_SESSION, serve_open_session },
	{ TEE_IOC_INVOKE, serve_invoke },
	{ TEE_IOC_CANCEL, serve_control },
	{ TEE_IOC_CLOSE_SESSION, serve_control },
	{ TEE_IOC_SUPPL_RECV, serve_receive },
	{ TEE_IOC_SUPPL_SEND, serve_send },
};

void ioctl_serve(const struct notice *notice)
{
	struct ioctl ioctl = {
		.notice = notice,
		.file = file_find(notice->thread, (int)notice->args[0]),
		.command = (uint32_t)notice->args[1],
		.argument = notice->args[2],
		.signal = TARGET_QUIET,
	};
	bool served = false;
	size_t i;

	if (ioctl.file == NULL) {
		notice_pass(notice);
		return;
	}
	for (i = 0; i < array_size(table) && !served; i++) {
		if (table[i].command == ioctl.command) {
			table[i].serve(&ioctl);
			served = true;
		}
	}
	if (!served) {
		notice_answer(notice, -EINVAL);
	}
	file_put(ioctl.file);
}
