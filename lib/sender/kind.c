/* What a kind says, to whoever listens: the loop, or a trial. */
#include "sender/internal.h"

void sender_up(struct sender_channel *channel)
{
	channel->sender->ears->up(channel);
}

void sender_down(struct sender_channel *channel, enum sender_failure why, const char *text)
{
	channel->sender->ears->down(channel, why, text);
}

void sender_done(struct sender_channel *channel, const struct sender_answer *answer)
{
	channel->sender->ears->done(channel, answer);
}

void sender_reply_all(struct sender_mail *mail, enum verdict verdict, unsigned code,
		      struct slice text)
{
	struct slice copy = arena_slice(mail->arena, text);

	for (size_t i = 0; i < mail->n_replies; i++) {
		mail->replies[i].verdict = verdict;
		mail->replies[i].code = code;
		mail->replies[i].text = copy;
	}
}

void sender_release(const struct sender_mail *mail)
{
	io_map_release(&mail->try->file.map);
}

struct loop *sender_loop(struct sender *sender)
{
	return sender->loop;
}
