/* internal.h: the delivery loop's parts, shared by the files of this room. */
#ifndef SENDER_INTERNAL_H
#define SENDER_INTERNAL_H

#include <sys/queue.h>

#include "base/notify.h"
#include "base/options.h"
#include "policy/breaker.h"
#include "queue/batch.h"
#include "sender/dialogue.h"
#include "sender/sender.h"
#include "spool/ledger.h"

/* A claimed message: waiting in its lane's hand, on a channel, or answered. */
struct sender_try {
	TAILQ_ENTRY(sender_try) link;
	struct sender_lane *lane;
	struct sender_mail mail;
	struct spool_file file;
	struct index_item item;
	struct story story;
	struct arena arena;
	/* Whom this try is for: the mail's replies, unless everything is redirected. */
	struct attempt_reply *pending;
	size_t n_pending;
	unsigned n;   /* this try's number */
	uint32_t crc; /* of the message's bytes */
	bool answered;
	struct sender_answer answer;
	char *attempt; /* the `attempt` entry's JSON, once answered */
	int64_t attempt_ms;
	enum state to;
	enum attempt_result result;
};
TAILQ_HEAD(sender_tries, sender_try);

enum channel_phase {
	CHANNEL_CONNECTING,
	CHANNEL_READY,
	CHANNEL_GONE, /* to be closed at the end of the turn */
};

/* Messages, so descriptors, that one process holds at most. */
#define SENDER_HAND_MOST 600

/* Each channel may have one message more whose try is flushed already, so that it never waits for
 * the loop between two messages. */
#define CHANNEL_AHEAD 2

struct sender_channel_state {
	TAILQ_ENTRY(sender_channel_state) link;
	struct sender_channel *channel;
	enum channel_phase phase;
	struct sender_tries next; /* behind the one that is on it */
	unsigned n_next;
	int slot; /* the connector's, in .run/conn/ */
	int64_t idle_since;
};
TAILQ_HEAD(sender_channels, sender_channel_state);

/* One connector of one organization, as this process serves it. */
struct sender_lane {
	TAILQ_ENTRY(sender_lane) link;
	char name[INDEX_LANE_SIZE];
	char org[PLACE_NAME_SIZE], connector_id[PLACE_NAME_SIZE];
	struct sender_tries hand; /* claimed, not tried yet */
	unsigned n_hand;
	struct sender_channels channels;
	unsigned n_channels, n_connecting;
	struct breaker breaker; /* in boot time */
	bool blocked;           /* while paused: some message has no fallback to go to */
	bool breaker_changed;   /* the index is to learn of it */
	bool crowded;           /* other workers have all its connections */
	bool stuck;             /* it waited so long that its hand was given back */
	unsigned throttled;     /* answers that asked to slow down, not counted in the index yet */
	int64_t waits_since;    /* no channel takes more of what is in hand; 0: it does not wait */
	int64_t parked_until;   /* its hand is full, so it gets no turn; 0: it is not parked */
};
TAILQ_HEAD(sender_lanes, sender_lane);

/* Who hears what a kind says. */
struct sender_ears {
	void (*up)(struct sender_channel *channel);
	void (*down)(struct sender_channel *channel, enum sender_failure why, const char *text);
	void (*done)(struct sender_channel *channel, const struct sender_answer *answer);
};

struct sender {
	const struct sender_kind *kind;
	const struct sender_ears *ears;
	struct dialogue *dialogue; /* of a trial; else NULL */
	bool unsaved;              /* a trial of a connector that may share its id with another */
	struct conf *conf;
	struct queue *queue;
	struct loop *loop;
	struct loop_watch bell;
	struct notify notify;
	struct net *net; /* NULL until a kind uses libcurl */
	void (*net_close)(struct net *net);
	struct ledger *ledger; /* NULL before the first try */
	char stage[INDEX_STAGE_SIZE];
	struct sender_lanes lanes;
	struct sender_tries answered; /* in this turn */
	struct sender_tries settled;  /* written into the ledger, to be applied after its flush */
	unsigned n_hand, n_out;       /* in hands; tried and not settled */
	unsigned n_channels;
	struct index_item *items; /* room for a claim */
	struct batch batch;
	unsigned n_answered;
	int64_t answered_at; /* the first of them */
	bool starved;        /* a channel has nothing more to send */
	int64_t renew_at, lapsed_at, next_turn_ms;
	int64_t claim_at;            /* not before */
	struct timespec pauses_seen; /* when one by hand came or went, the last that we know of */
	bool rates_told;             /* the index has the rates of the configuration */
	bool gave_back;              /* in this turn, for other workers to take */
	bool follow, stop, more;
	int64_t stop_by;  /* boot time */
	struct err stuck; /* verdicts cannot be written where they belong: the end, with this */
};

/* --- try.c --- */

bool try_has_expired(const struct sender_try *try);
void try_free(struct sender_try *try);

/* --- lane.c --- */

struct sender_lane *lane_get(struct sender *sender, const char *name);
const struct connector *lane_connector(const struct sender *sender, const struct sender_lane *lane);

/* A lane that we hold to be paused had its turn all the same: another worker may have found that it
 * is good again. */
void lane_hear(struct sender *sender, struct sender_lane *lane);

/* Pauses by hand that came or went. */
void lanes_hear_pauses(struct sender *sender);

/* What came of it with the remote: the breaker decides, the others are told (queue/health.h, the
 * log). */
void lane_failed(struct sender *sender, struct sender_lane *lane, enum breaker_why why,
		 int64_t retry_after_ms, const char *text);
void lane_worked(struct sender *sender, struct sender_lane *lane);

/* The configuration was read anew: what was wrong with a connector whose file has changed since may
 * be mended. */
void lanes_edited(struct sender *sender);

/* How many messages a claim takes at most. */
unsigned lane_batch(const struct sender *sender);

/* Gives what a lane has in hand and did not try back to the index. */
void lane_give_back(struct sender *sender, struct sender_lane *lane, struct index_txn *txn);

/* --- channel.c --- */

extern const struct sender_ears channel_ears;

/* Opens what the hands call for; closes what is gone, or idle for long, or all. */
void channels_open(struct sender *sender);
void channels_close(struct sender *sender, bool all);

/* The one that takes the lane's next message: with the fewest before it; NULL: none has room. */
struct sender_channel_state *channel_for(const struct sender_lane *lane);

/* Sends what waits for the channel, unless there is a message on it. */
void channel_send_next(struct sender_channel_state *state);

/* --- claim.c --- */

/* Takes claimed items in hand: those that cannot be sent are put where they belong. */
void claim_take(struct sender *sender, const struct index_claim *claim);

/* A message that has expired since it was taken is not tried: back to mailq-route, which fails it.
 * False and err: it could not be moved. */
bool claim_send_back(struct sender *sender, struct sender_try *try, struct err *err);

/* One transaction: what is settled leaves the index's work, and more is claimed. */
bool claim_turn(struct sender *sender, struct err *err);

/* When that is to be called again, though nothing comes up; at most until_ms. */
int64_t claim_next_turn(const struct sender *sender, int64_t now_ms, int64_t until_ms);

/* --- news.c: what the index is to learn of lanes: pauses, rates, full hands --- */

bool news_is_due(const struct sender *sender, int64_t now_ms);
void news_tell(struct sender *sender, struct index_txn *txn, int64_t now_ms);

/* When there will be some, though nothing comes up; at most until_ms. */
int64_t news_next_ms(const struct sender *sender, int64_t now_ms, int64_t until_ms);

/* --- attempt.c --- */

/* Writes try lines for what goes to channels, and verdicts for what was answered. */
bool attempt_start(struct sender *sender, struct sender_try *try, struct err *err);
void attempt_record(struct sender *sender, struct sender_try *try);
void attempt_apply(struct sender *sender, struct sender_try *try);

/* --- run.c --- */

/* The loop, as the options say; the exit status. */
int sender_serve(const struct sender_kind *kind, const struct options *options, bool follow);

/* --- describe.c --- */

void sender_describe(const struct sender_kind *kind, struct buf *text);

/* --- trial.c --- */

/* What `--test` was told. */
struct trial_order {
	const char *conf_path;
	const char *organization;
	const char *connector; /* its id, or "-": the definition comes on standard input */
	const char *from, *to; /* to: NULL to sign in only */
};

/* Sends one message, or signs in, and tells how that went; the exit status. Touches no spool and no
 * index. */
int trial_main(const struct sender_kind *kind, const struct trial_order *order);

#endif
