/* A plain broker of the Majordomo Protocol 0.1 (ZeroMQ RFC 7) for one service: one
 * ROUTER, a queue of requests, a queue of waiting workers. It keeps nothing, answers
 * heartbeats of workers with its own, and disconnects nobody.
 *
 *     majordomo ENDPOINT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { FRAMES = 16, ROOM = 1 << 16 };

/* A message; what is queued is kept in one of a ring's places. */
struct message {
	zmq_msg_t frame[FRAMES];
	int count;
};

struct ring {
	struct message place[ROOM];
	unsigned first, count;
};

static struct ring requests, workers;
static void *router;

static void die(const char *what)
{
	fprintf(stderr, "majordomo: %s: %s\n", what, zmq_strerror(zmq_errno()));
	exit(1);
}

static void take(struct message *m)
{
	int more = 1;
	for (m->count = 0; more; m->count++) {
		if (m->count == FRAMES) {
			fprintf(stderr, "majordomo: more than %d frames\n", FRAMES);
			exit(1);
		}
		zmq_msg_init(&m->frame[m->count]);
		while (zmq_msg_recv(&m->frame[m->count], router, 0) < 0)
			if (zmq_errno() != EINTR)
				die("receive");
		more = zmq_msg_more(&m->frame[m->count]);
	}
}

static void drop(struct message *m)
{
	for (int i = 0; i < m->count; i++)
		zmq_msg_close(&m->frame[i]);
}

static int is(zmq_msg_t *frame, const char *text)
{
	size_t size = strlen(text);
	return zmq_msg_size(frame) == size && memcmp(zmq_msg_data(frame), text, size) == 0;
}

static void say(const char *data, size_t size)
{
	if (zmq_send(router, data, size, ZMQ_SNDMORE) < 0)
		die("send");
}

/* forward sends the frames from number first on, the last without more behind it. */
static void forward(struct message *m, int first)
{
	for (int i = first; i < m->count; i++)
		if (zmq_msg_send(&m->frame[i], router, i < m->count - 1 ? ZMQ_SNDMORE : 0) < 0)
			die("send");
}

static void forward_one(zmq_msg_t *frame)
{
	if (zmq_msg_send(frame, router, ZMQ_SNDMORE) < 0)
		die("send");
}

static struct message *push(struct ring *r)
{
	if (r->count == ROOM) {
		fprintf(stderr, "majordomo: a queue is full\n");
		exit(1);
	}
	return &r->place[(r->first + r->count++) % ROOM];
}

static struct message *pop(struct ring *r)
{
	struct message *m = &r->place[r->first++ % ROOM];
	r->count--;
	return m;
}

/* dispatch gives requests to waiting workers. */
static void dispatch(void)
{
	while (requests.count > 0 && workers.count > 0) {
		struct message *request = pop(&requests), *worker = pop(&workers);
		forward_one(&worker->frame[0]);
		say("", 0);
		say("MDPW01", 6);
		say("\2", 1);
		forward_one(&request->frame[0]);
		say("", 0);
		forward(request, 4);
		drop(worker);
		drop(request);
	}
}

/* reply passes a worker's reply on; its frames are the worker, an empty one, the
 * protocol, the command, the client, an empty one, and the body. */
static void reply(struct message *m)
{
	forward_one(&m->frame[4]);
	say("", 0);
	say("MDPC01", 6);
	say("tasks", 5);
	forward(m, 6);
}

static void word(struct message *m)
{
	struct message *worker;
	int done = is(&m->frame[3], "\3") && m->count > 6;
	if (done || is(&m->frame[3], "\1")) {
		if (done)
			reply(m);
		worker = push(&workers);
		worker->count = 1;
		zmq_msg_init(&worker->frame[0]);
		zmq_msg_move(&worker->frame[0], &m->frame[0]);
	} else if (is(&m->frame[3], "\4")) {
		forward_one(&m->frame[0]);
		say("", 0);
		say("MDPW01", 6);
		if (zmq_send(router, "\4", 1, 0) < 0)
			die("send");
	}
	drop(m);
}

int main(int count, char **args)
{
	struct message m;
	if (count != 2) {
		fprintf(stderr, "usage: majordomo ENDPOINT\n");
		return 2;
	}
	router = zmq_socket(zmq_ctx_new(), ZMQ_ROUTER);
	if (!router || zmq_bind(router, args[1]) < 0)
		die("bind");
	for (;;) {
		take(&m);
		if (m.count > 4 && is(&m.frame[2], "MDPC01"))
			*push(&requests) = m;
		else if (m.count > 3 && is(&m.frame[2], "MDPW01"))
			word(&m);
		else
			drop(&m);
		dispatch();
	}
}
