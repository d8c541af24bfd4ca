#include "normal/driver/session.h"

#include <errno.h>
#include <string.h>

#include "abi/gp.h"
#include "abi/msg.h"
#include "lib/format.h"
#include "normal/driver/call.h"
#include "normal/driver/file.h"
#include "normal/driver/param.h"
#include "normal/driver/state.h"

struct session {
	struct list link;
	uint32_t id;
};

void driver_sessions_init(struct session_list *list)
{
	os_mutex_init(&list->mutex);
	list_init(&list->sessions);
}

void driver_sessions_destroy(struct session_list *list)
{
	os_mutex_destroy(&list->mutex);
}

/* --- The file's sessions --------------------------------------------------------------------- */

/* The mutex is held. */
static struct session *session_find(const struct session_list *list, uint32_t id)
{
	list_for_each (link, &list->sessions) {
		struct session *session = list_entry(link, struct session, link);

		if (session->id == id) {
			return session;
		}
	}
	return NULL;
}

static bool session_is_open(struct driver_file *file, uint32_t id)
{
	bool open;

	os_mutex_lock(&file->sessions.mutex);
	open = session_find(&file->sessions, id) != NULL;
	os_mutex_unlock(&file->sessions.mutex);
	return open;
}

/* Room for one more, so that nothing can fail once the TEE has opened it. NULL: there is none. */
static struct session *session_reserve(struct driver_file *file)
{
	struct session *session = os_alloc(sizeof(*session));
	bool room;

	if (session == NULL) {
		return NULL;
	}
	list_init(&session->link);
	os_mutex_lock(&file->sessions.mutex);
	room = file->sessions.count < SESSIONS_MAX;
	file->sessions.count += room ? 1 : 0;
	os_mutex_unlock(&file->sessions.mutex);
	if (!room) {
		os_free(session);
		return NULL;
	}
	return session;
}

static void session_begin(struct driver_file *file, struct session *session, uint32_t id)
{
	session->id = id;
	os_mutex_lock(&file->sessions.mutex);
	list_add_back(&file->sessions.sessions, &session->link);
	os_mutex_unlock(&file->sessions.mutex);
	atomic_fetch_add(&file->driver->sessions, 1);
}

/* Give the reservation back. */
static void session_free(struct driver_file *file, struct session *session)
{
	os_mutex_lock(&file->sessions.mutex);
	file->sessions.count--;
	os_mutex_unlock(&file->sessions.mutex);
	os_free(session);
}

/* Off the list, and so no other's to close. NULL: not a session of this file. */
static struct session *session_take(struct driver_file *file, uint32_t id)
{
	struct session *session;

	os_mutex_lock(&file->sessions.mutex);
	session = session_find(&file->sessions, id);
	if (session != NULL) {
		list_remove(&session->link);
	}
	os_mutex_unlock(&file->sessions.mutex);
	return session;
}

static struct session *session_take_first(struct driver_file *file)
{
	struct list *link;

	os_mutex_lock(&file->sessions.mutex);
	link = list_take_first(&file->sessions.sessions);
	os_mutex_unlock(&file->sessions.mutex);
	return link != NULL ? list_entry(link, struct session, link) : NULL;
}

/* Close a session that was taken off the list. What the TEE says does not matter. */
static void session_end(struct driver_file *file, struct session *session,
			enum call_patience patience)
{
	struct message message = { .cmd = MSG_CMD_CLOSE_SESSION, .session = session->id };
	int error = driver_call_give_back(file, patience, &message);

	if (error != 0 && error != -ENODEV) {
		os_log(OS_LOG_ERROR, "session %u was not closed: %d", session->id, error);
	}
	atomic_fetch_sub(&file->driver->sessions, 1);
	session_free(file, session);
}

/* --- Who the client is ----------------------------------------------------------------------- */

/* UUID version 5 of "uid=1000" and the like. */
static void identity_uuid(const char *kind, uint32_t number, uint8_t uuid[TEE_IOCTL_UUID_LEN])
{
	static const uint8_t namespace[TEE_IOCTL_UUID_LEN] = TEE_CLIENT_UUID_NAMESPACE;
	char text[sizeof(namespace) + sizeof("uid=ffffffff")];
	uint8_t digest[20];
	int length;

	memcpy(text, namespace, sizeof(namespace));
	length = format_print(text + sizeof(namespace), sizeof(text) - sizeof(namespace), "%s=%x",
			      kind, number);
	os_sha1(text, sizeof(namespace) + (size_t)length, digest);
	memcpy(uuid, digest, TEE_IOCTL_UUID_LEN);
	uuid[6] = (uuid[6] & 0x0f) | 0x50;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

static bool is_in_group(const struct driver_credentials *credentials, uint32_t gid)
{
	size_t i;

	if (credentials->gid == gid) {
		return true;
	}
	for (i = 0; i < credentials->group_count; i++) {
		if (credentials->groups[i] == gid) {
			return true;
		}
	}
	return false;
}

/* What a client that logs in like this is called. -EPERM: it may not; -EINVAL: nobody can. */
static int client_uuid(const struct driver_credentials *credentials, uint32_t login,
		       const uint8_t data[TEE_IOCTL_UUID_LEN], uint8_t uuid[TEE_IOCTL_UUID_LEN])
{
	uint32_t gid;

	memset(uuid, 0, TEE_IOCTL_UUID_LEN);
	if (login >= TEE_IOCTL_LOGIN_REE_KERNEL_MIN && login <= TEE_IOCTL_LOGIN_REE_KERNEL_MAX) {
		return -EPERM;
	}
	switch (login) {
	case TEE_IOCTL_LOGIN_PUBLIC:
		return 0;
	case TEE_IOCTL_LOGIN_USER:
		identity_uuid("uid", credentials->uid, uuid);
		return 0;
	case TEE_IOCTL_LOGIN_GROUP:
		memcpy(&gid, data, sizeof(gid));
		if (!is_in_group(credentials, gid)) {
			return -EPERM;
		}
		identity_uuid("gid", gid, uuid);
		return 0;
	default:
		return -EINVAL;
	}
}

/* --- Calls ----------------------------------------------------------------------------------- */

/* Call with the client's parameters behind the `meta` first ones of `message`; `params` gets its
 * outputs. -EINVAL: its parameters are bad. */
static int call_with_params(struct driver_file *file, struct message *message, uint32_t meta,
			    struct tee_ioctl_param *params, uint32_t count)
{
	struct param own[MESSAGE_PARAMS_MAX];
	int error;

	error = driver_params_from_client(file, params, own, count);
	if (error != 0) {
		return error;
	}
	message->num_params = meta + count;
	driver_params_to_message(file->driver, own, message->params + meta, count);
	error = driver_call(file, CALL_PATIENT, message);
	if (error == 0) {
		driver_params_from_message(message->params + meta, own, count);
		driver_params_to_client(own, params, count);
	}
	driver_params_put(own, count);
	return error;
}

int driver_session_open(struct driver_file *file, struct tee_ioctl_open_session_arg *arg)
{
	struct message message = { .cmd = MSG_CMD_OPEN_SESSION, .cancel_id = arg->cancel_id };
	struct session *session;
	int error;

	if (arg->num_params > MSG_CLIENT_PARAMS_MAX) {
		return -EINVAL;
	}
	message.params[0].attr = MSG_ATTR_OPEN_META;
	memcpy(message.params[0].u.octets, arg->uuid, TEE_IOCTL_UUID_LEN);
	message.params[1].attr = MSG_ATTR_OPEN_META;
	message.params[1].u.value.c = arg->clnt_login;
	error = client_uuid(&file->credentials, arg->clnt_login, arg->clnt_uuid,
			    message.params[1].u.octets);
	if (error != 0) {
		return error;
	}
	session = session_reserve(file);
	if (session == NULL) {
		return -ENOMEM;
	}
	error = call_with_params(file, &message, MSG_OPEN_META_PARAMS, arg->params,
				 arg->num_params);
	if (error != 0 || message.ret != TEE_SUCCESS) {
		session_free(file, session);
	} else {
		session_begin(file, session, message.session);
	}
	if (error == 0) {
		arg->session = message.session;
		arg->ret = message.ret;
		arg->ret_origin = message.ret_origin;
	}
	return error;
}

int driver_session_invoke(struct driver_file *file, struct tee_ioctl_invoke_arg *arg)
{
	struct message message = {
		.cmd = MSG_CMD_INVOKE_COMMAND,
		.func = arg->func,
		.session = arg->session,
		.cancel_id = arg->cancel_id,
	};
	int error;

	if (arg->num_params > MESSAGE_PARAMS_MAX || !session_is_open(file, arg->session)) {
		return -EINVAL;
	}
	error = call_with_params(file, &message, 0, arg->params, arg->num_params);
	if (error == 0) {
		arg->ret = message.ret;
		arg->ret_origin = message.ret_origin;
	}
	return error;
}

int driver_session_cancel(struct driver_file *file, uint32_t session, uint32_t cancel_id)
{
	struct message message = {
		.cmd = MSG_CMD_CANCEL,
		.session = session,
		.cancel_id = cancel_id,
	};

	if (!session_is_open(file, session)) {
		return -EINVAL;
	}
	return driver_call(file, CALL_PATIENT, &message);
}

int driver_session_close(struct driver_file *file, uint32_t id)
{
	struct session *session = session_take(file, id);

	if (session == NULL) {
		return -EINVAL;
	}
	session_end(file, session, CALL_PATIENT);
	return 0;
}

void driver_sessions_close_all(struct driver_file *file)
{
	struct session *session;

	while ((session = session_take_first(file)) != NULL) {
		session_end(file, session, CALL_HASTY);
	}
}
