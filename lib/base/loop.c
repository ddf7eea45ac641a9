#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define BATCH 64

/* epoll counts its wait on a clock that stands still while the machine sleeps; so look at ours now
 * and then. */
#define LONGEST_WAIT_MS 10000

struct handler {
	void (*fn)(void *context, int signo);
	void *context;
};

struct loop {
	int epoll_fd;

	struct epoll_event batch[BATCH]; /* what this turn still has to call: [next, count) */
	int next, count;

	struct loop_timer **heap; /* from 1; heap[1] is the earliest */
	size_t timers, heap_room;

	struct loop_watch signals; /* the signalfd, opened by the first loop_signal */
	sigset_t signal_set;
	struct handler handlers[NSIG];
};

struct loop *loop_open(struct err *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0) {
		err_sys(err, EX_TEMPFAIL, "epoll_create");
		return NULL;
	}
	struct loop *loop = mem_zero(sizeof *loop);
	loop->epoll_fd = fd;
	loop->signals.fd = -1;
	sigemptyset(&loop->signal_set);
	return loop;
}

void loop_close(struct loop *loop)
{
	if (!loop)
		return;
	for (size_t i = 1; i <= loop->timers; i++)
		loop->heap[i]->slot = 0;
	if (loop->signals.fd >= 0)
		close(loop->signals.fd);
	close(loop->epoll_fd);
	free(loop->heap);
	free(loop);
}

static uint32_t to_epoll(int events)
{
	return (events & LOOP_READ ? EPOLLIN | EPOLLRDHUP : 0u) |
	       (events & LOOP_WRITE ? EPOLLOUT : 0u);
}

static int from_epoll(uint32_t events)
{
	return (events & (EPOLLIN | EPOLLRDHUP) ? LOOP_READ : 0) |
	       (events & EPOLLOUT ? LOOP_WRITE : 0) |
	       (events & (EPOLLHUP | EPOLLERR) ? LOOP_GONE : 0);
}

bool loop_watch(struct loop *loop, struct loop_watch *watch, int events, struct err *err)
{
	struct epoll_event event = {.events = to_epoll(events), .data.ptr = watch};

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0)
		return err_sys(err, EX_TEMPFAIL, "epoll_ctl");
	return true;
}

bool loop_change(struct loop *loop, struct loop_watch *watch, int events, struct err *err)
{
	struct epoll_event event = {.events = to_epoll(events), .data.ptr = watch};

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
		return err_sys(err, EX_TEMPFAIL, "epoll_ctl");
	return true;
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (int i = loop->next; i < loop->count; i++)
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
}

static void put(struct loop *loop, size_t slot, struct loop_timer *timer)
{
	loop->heap[slot] = timer;
	timer->slot = slot;
}

static void rise(struct loop *loop, size_t slot, struct loop_timer *timer)
{
	for (; slot > 1 && loop->heap[slot / 2]->at > timer->at; slot /= 2)
		put(loop, slot, loop->heap[slot / 2]);
	put(loop, slot, timer);
}

static void sink(struct loop *loop, size_t slot, struct loop_timer *timer)
{
	for (size_t child; (child = slot * 2) <= loop->timers; slot = child) {
		if (child < loop->timers && loop->heap[child + 1]->at < loop->heap[child]->at)
			child++;
		if (loop->heap[child]->at >= timer->at)
			break;
		put(loop, slot, loop->heap[child]);
	}
	put(loop, slot, timer);
}

void loop_start_timer(struct loop *loop, struct loop_timer *timer, int64_t at)
{
	loop_stop_timer(loop, timer);
	if (loop->timers + 2 > loop->heap_room) {
		loop->heap_room = loop->heap_room ? loop->heap_room * 2 : 16;
		loop->heap = mem_resize(loop->heap, loop->heap_room, sizeof(struct loop_timer *));
	}
	timer->at = at;
	rise(loop, ++loop->timers, timer);
}

void loop_stop_timer(struct loop *loop, struct loop_timer *timer)
{
	size_t slot = timer->slot;

	if (!slot)
		return;
	assert(loop->heap[slot] == timer);
	timer->slot = 0;

	struct loop_timer *last = loop->heap[loop->timers--];
	if (last == timer)
		return;
	if (slot > 1 && loop->heap[slot / 2]->at > last->at)
		rise(loop, slot, last);
	else
		sink(loop, slot, last);
}

static void read_signals(void *context, int events)
{
	struct loop *loop = context;
	struct signalfd_siginfo info;

	(void)events;
	while (read(loop->signals.fd, &info, sizeof info) == (ssize_t)sizeof info) {
		struct handler *handler = &loop->handlers[info.ssi_signo];
		handler->fn(handler->context, (int)info.ssi_signo);
	}
}

bool loop_signal(struct loop *loop, int signo, void (*fn)(void *context, int signo), void *context,
		 struct err *err)
{
	loop->handlers[signo] = (struct handler){.fn = fn, .context = context};
	sigaddset(&loop->signal_set, signo);
	if (sigprocmask(SIG_BLOCK, &loop->signal_set, NULL) < 0)
		return err_sys(err, EX_OSERR, "sigprocmask");

	int fd = signalfd(loop->signals.fd, &loop->signal_set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return err_sys(err, EX_TEMPFAIL, "signalfd");
	if (loop->signals.fd == fd)
		return true;
	loop->signals = (struct loop_watch){.fd = fd, .fn = read_signals, .context = loop};
	return loop_watch(loop, &loop->signals, LOOP_READ, err);
}

/* How long epoll may wait: never past the first timer. */
static int next_wait(const struct loop *loop, int64_t wait_ms)
{
	if (wait_ms < 0 || wait_ms > LONGEST_WAIT_MS)
		wait_ms = LONGEST_WAIT_MS;
	if (loop->timers) {
		int64_t left = loop->heap[1]->at - clock_boot_ms();
		if (left < wait_ms)
			wait_ms = left > 0 ? left : 0;
	}
	return (int)wait_ms;
}

static void call_watches(struct loop *loop)
{
	while (loop->next < loop->count) {
		struct epoll_event *event = &loop->batch[loop->next++];
		struct loop_watch *watch = event->data.ptr;
		if (watch)
			watch->fn(watch->context, from_epoll(event->events));
	}
}

/* Only what is due by now: a timer that starts itself again at once must not keep us here. */
static void call_timers(struct loop *loop)
{
	int64_t now = clock_boot_ms();
	size_t most = loop->timers;

	while (most-- && loop->timers && loop->heap[1]->at <= now) {
		struct loop_timer *timer = loop->heap[1];
		loop_stop_timer(loop, timer);
		timer->fn(timer->context);
	}
}

bool loop_step(struct loop *loop, int64_t wait_ms, struct err *err)
{
	int n = epoll_wait(loop->epoll_fd, loop->batch, BATCH, next_wait(loop, wait_ms));

	if (n < 0 && errno != EINTR)
		return err_sys(err, EX_OSERR, "epoll_wait");
	loop->next = 0;
	loop->count = n > 0 ? n : 0;
	call_watches(loop);
	call_timers(loop);
	return true;
}
