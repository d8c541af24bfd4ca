#include "secure/tee/session.h"

#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/tee/call.h"
#include "secure/tee/instance.h"
#include "secure/tee/pta.h"
#include "secure/tee/roster.h"
#include "secure/tee/run.h"

#define NS_PER_MS 1000000ull

static struct session pool[SESSIONS_MAX];
static struct list spare;
static struct list normal_world;
static unsigned int used;

void sessions_init(void)
{
	list_init(&spare);
	list_init(&normal_world);
	used = 0;
	for (unsigned int i = 0; i < SESSIONS_MAX; i++) {
		list_init(&pool[i].link);
		list_add_back(&spare, &pool[i].link);
	}
}

struct list *session_normal_world(void)
{
	return &normal_world;
}

unsigned int session_count(void)
{
	struct roster_locked locked = roster_lock();
	unsigned int count = used;

	roster_unlock(&locked);
	return count;
}

bool session_is_cancelled(const struct session *session)
{
	if (session->cancel_masked) {
		return false;
	}
	return atomic_load(&session->cancelled) || port_time_ns() >= session->deadline_ns;
}

/* Each entry begins with cancellation masked and not asked for. */
static void cancellation_reset(struct session *session)
{
	atomic_store(&session->cancelled, false);
	session->cancel_masked = true;
	session->deadline_ns = UINT64_MAX;
}

static uint64_t deadline_in(uint32_t timeout_ms)
{
	return timeout_ms == SESSION_TIMEOUT_NONE ? UINT64_MAX
						  : port_time_ns() + timeout_ms * NS_PER_MS;
}

static struct session *session_new(const TEE_Identity *client)
{
	struct list *link = list_take_first(&spare);
	struct session *session;

	if (link == NULL) {
		return NULL;
	}
	session = list_entry(link, struct session, link);
	session->reference = (uint32_t)(session - pool) + 1;
	session->id = 0;
	session->client = *client;
	session->instance = NULL;
	session->users = 1;
	session->closed = false;
	turn_init(&session->turn);
	cancellation_reset(session);
	used++;
	return session;
}

static void session_free(struct session *session)
{
	check(!turn_is_taken(&session->turn));
	list_remove(&session->link);
	list_add_back(&spare, &session->link);
	used--;
}

static void session_put(struct session *session)
{
	check(session->users > 0);
	session->users--;
	if (session->users == 0) {
		session_free(session);
	}
}

static struct session *session_find(struct list *opened, uint32_t id)
{
	list_for_each (link, opened) {
		struct session *session = list_entry(link, struct session, link);

		if (session->id == id) {
			return session;
		}
	}
	return NULL;
}

/* One more than the youngest has, or the next that is free and not 0. There are more ids than
 * sessions. */
static void session_publish(struct session *session, struct list *opened)
{
	struct list *last = list_last(opened);
	uint32_t id = last == NULL ? 0 : list_entry(last, struct session, link)->id;

	do {
		id++;
	} while (id == 0 || session_find(opened, id) != NULL);
	session->id = id;
	list_add_back(opened, &session->link);
}

/* The session, when it is there and it is our turn: with one more user. NULL: unknown, or closed
 * while we waited. */
static struct session *session_take(struct roster_locked *locked, struct list *opened, uint32_t id)
{
	struct session *session = session_find(opened, id);

	if (session == NULL) {
		return NULL;
	}
	session->users++;
	if (turn_take(locked, &session->turn) != TEE_SUCCESS) {
		session_put(session);
		return NULL;
	}
	if (session->closed) {
		turn_release(locked, &session->turn);
		session_put(session);
		return NULL;
	}
	return session;
}

static void session_give_back(struct roster_locked *locked, struct session *session)
{
	turn_release(locked, &session->turn);
	session_put(session);
}

struct ending {
	TEE_Result result; /* 0: the code is the result */
	uint32_t origin;
};

static const struct ending endings[] = {
	[RUN_REFUSED] = { 0, TEE_ORIGIN_TEE },
	[RUN_RETURNED] = { 0, TEE_ORIGIN_TRUSTED_APP },
	[RUN_DIED] = { TEE_ERROR_TARGET_DEAD, TEE_ORIGIN_TEE },
};

/* What a pseudo-TA does in an entry: that is its own result. */
static TEE_Result pta_entry(struct session *session, const struct run *run)
{
	const struct pta *pta = session->instance->pta;

	switch (run->func) {
	case UTEE_ENTRY_FUNC_OPEN_SESSION:
		return pta->open == NULL ? TEE_SUCCESS : pta->open(session, run->params);
	case UTEE_ENTRY_FUNC_CLOSE_SESSION:
		if (pta->close != NULL) {
			pta->close(session);
		}
		return TEE_SUCCESS;
	default:
		return pta->invoke(session, run->command, run->params);
	}
}

static TEE_Result session_run_pta(struct session *session, const struct run *run, uint32_t *origin)
{
	*origin = TEE_ORIGIN_TRUSTED_APP;
	return pta_entry(session, run);
}

/* The turn of the instance is ours. */
static TEE_Result session_run(struct call *call, struct session *session, const struct run *run,
			      uint32_t *origin)
{
	struct instance *instance = session->instance;
	enum run_end end;
	uint32_t code = 0;

	if (instance->pta != NULL) {
		return session_run_pta(session, run, origin);
	}
	if (instance->panicked) {
		return TEE_ERROR_TARGET_DEAD;
	}
	call->depth++;
	end = run_entry(session, run, &code);
	call->depth--;
	if (end == RUN_DIED) {
		instance_kill(instance, code);
	}
	*origin = endings[end].origin;
	return endings[end].result == 0 ? code : endings[end].result;
}

static bool instance_is_concurrent(const struct instance *instance)
{
	return instance->pta != NULL && (instance->flags & TA_FLAG_CONCURRENT) != 0;
}

/* It takes turns, but for the pseudo-TAs that need none. BUSY: ours would never come. */
static TEE_Result instance_turn_take(struct instance *instance)
{
	struct roster_locked locked;
	TEE_Result res;

	if (instance_is_concurrent(instance)) {
		return TEE_SUCCESS;
	}
	locked = roster_lock();
	res = turn_take(&locked, &instance->turn);
	roster_unlock(&locked);
	return res;
}

static void instance_turn_release(struct instance *instance)
{
	struct roster_locked locked;

	if (instance_is_concurrent(instance)) {
		return;
	}
	locked = roster_lock();
	turn_release(&locked, &instance->turn);
	roster_unlock(&locked);
}

/* A pseudo-TA calls no TA: from however deep it is called, that is the end. */
static bool call_is_too_deep(const struct call *call, const struct instance *instance)
{
	return call->depth == CALL_DEPTH_MAX && instance->pta == NULL;
}

/* OUT_OF_MEMORY and BUSY, origin TEE: the TA cannot be entered from here. */
static TEE_Result session_enter(struct session *session, const struct run *run, uint32_t timeout_ms,
				uint32_t *origin)
{
	/* The time that it takes to get our turn counts. */
	uint64_t deadline_ns = deadline_in(timeout_ms);
	struct call *call = call_current();
	TEE_Result res;

	*origin = TEE_ORIGIN_TEE;
	if (call_is_too_deep(call, session->instance)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = instance_turn_take(session->instance);
	if (res != TEE_SUCCESS) {
		return res;
	}
	session->deadline_ns = deadline_ns;
	res = session_run(call, session, run, origin);
	cancellation_reset(session);
	instance_turn_release(session->instance);
	return res;
}

/* Nobody can find the session, and nobody works in it. */
static void session_drop(struct session *session)
{
	struct instance *instance = session->instance;
	struct roster_locked locked = roster_lock();
	bool last = instance_leave(&locked, instance);

	session_put(session);
	roster_unlock(&locked);
	if (last) {
		instance_destroy(instance);
	}
}

/* A session with an instance, that no client knows of yet. */
static TEE_Result session_begin(const struct session_request *request, struct session **session)
{
	struct roster_locked locked = roster_lock();
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;

	*session = session_new(&request->client);
	if (*session != NULL) {
		res = instance_join(&locked, &request->uuid, &(*session)->instance);
		if (res != TEE_SUCCESS) {
			session_put(*session);
		}
	}
	roster_unlock(&locked);
	return res;
}

TEE_Result session_open(struct list *opened, const struct session_request *request,
			struct params *params, uint32_t *id, uint32_t *origin)
{
	const struct run run = { .func = UTEE_ENTRY_FUNC_OPEN_SESSION, .params = params };
	struct roster_locked locked;
	struct session *session;
	TEE_Result res;

	*id = 0;
	*origin = TEE_ORIGIN_TEE;
	res = session_begin(request, &session);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = session_enter(session, &run, request->timeout_ms, origin);
	if (res != TEE_SUCCESS) {
		session_drop(session);
		return res;
	}
	locked = roster_lock();
	session_publish(session, opened);
	*id = session->id;
	roster_unlock(&locked);
	return TEE_SUCCESS;
}

TEE_Result session_invoke(struct list *opened, uint32_t id, uint32_t command, uint32_t timeout_ms,
			  struct params *params, uint32_t *origin)
{
	const struct run run = {
		.func = UTEE_ENTRY_FUNC_INVOKE_COMMAND,
		.command = command,
		.params = params,
	};
	struct roster_locked locked = roster_lock();
	struct session *session = session_take(&locked, opened, id);
	TEE_Result res;

	roster_unlock(&locked);
	*origin = TEE_ORIGIN_TEE;
	if (session == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = session_enter(session, &run, timeout_ms, origin);
	locked = roster_lock();
	session_give_back(&locked, session);
	roster_unlock(&locked);
	return res;
}

/* The session is in no list. false: its TA cannot be told from here. */
static bool session_say_goodbye(struct session *session)
{
	const struct call *call = call_current();
	struct params params;
	const struct run run = { .func = UTEE_ENTRY_FUNC_CLOSE_SESSION, .params = &params };
	uint32_t origin;
	TEE_Result res;

	params_clear(&params);
	res = session_enter(session, &run, SESSION_TIMEOUT_NONE, &origin);
	return origin == TEE_ORIGIN_TRUSTED_APP || res == TEE_ERROR_TARGET_DEAD || call->depth == 0;
}

/* What cannot be said from inside other TAs is said when the call has left them. */
static void session_end(struct session *session)
{
	if (session_say_goodbye(session)) {
		session_drop(session);
	} else {
		list_add_back(&call_current()->orphans, &session->link);
	}
}

TEE_Result session_close(struct list *opened, uint32_t id)
{
	struct roster_locked locked = roster_lock();
	struct session *session = session_take(&locked, opened, id);

	if (session != NULL) {
		session->closed = true;
		list_remove(&session->link);
		/* Whoever waited sees that it is closed; the list's use of it is ours now. */
		session_give_back(&locked, session);
	}
	roster_unlock(&locked);
	if (session == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	session_end(session);
	return TEE_SUCCESS;
}

TEE_Result session_cancel(struct list *opened, uint32_t id)
{
	struct roster_locked locked = roster_lock();
	struct session *session = session_find(opened, id);

	if (session != NULL) {
		atomic_store(&session->cancelled, true);
	}
	roster_unlock(&locked);
	return session == NULL ? TEE_ERROR_BAD_PARAMETERS : TEE_SUCCESS;
}

void session_close_orphans(void)
{
	struct call *call = call_current();
	struct list *link;

	check(call->depth == 0);
	while ((link = list_take_first(&call->orphans)) != NULL) {
		session_end(list_entry(link, struct session, link));
	}
}
