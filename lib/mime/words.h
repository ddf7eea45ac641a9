/*
 * words.h: encoded words read (RFC 2047): what a header field's value says to people.
 *
 * Known are UTF-8, ASCII, Latin-1 and windows-1252 (taken for Latin-1); a word in another character
 * set stays as it stands. White space between two encoded words is not part of the text, so that
 * one may begin with the other half of a character.
 */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

#include "base/buf.h"

/* Appends the text of an unfolded value: valid UTF-8 without control characters, each of which has
 * become a space. Bytes that are no UTF-8 count as Latin-1. */
void mime_words_decode(struct slice value, struct buf *out);

#endif
