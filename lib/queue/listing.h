/*
 * listing.h: what waits, as mailq(1) and sendmail -bp have always printed it.
 *
 *     -Queue ID------------------  --Size-- -Arrival Time--  -Sender/Recipient-------
 *     01jddxv7q8zkj3m5n6p7r8s9t0*       502 Mon Sep 10 13:18:47  sender@example.org
 *        (connect to mx.example.net: Connection timed out)
 *                                                             user@example.net
 *
 *     -- 12 Kbytes in 3 Requests.
 *
 * Behind the id: '*' it is being sent, '!' it is held. Recipients are those still to be served;
 * times are local. For programs, mailq-list(1) is better.
 */
#ifndef QUEUE_LISTING_H
#define QUEUE_LISTING_H

#include <stdio.h>

#include "queue/queue.h"

/* The queue is open for QUEUE_WORK. */
bool listing_print(struct queue *queue, FILE *out, struct err *err);

#endif
