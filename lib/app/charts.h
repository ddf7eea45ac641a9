/*
 * charts.h: the last hour, day or week as two charts, drawn as paths of SVG. Private to lib/app.
 */
#ifndef APP_CHARTS_H
#define APP_CHARTS_H

#include "app/page.h"
#include "app/rates.h"

/* Puts an object for charts.html: of the span that whoever asks has chosen. */
void charts_put(struct page *page, const char *key);

void charts_choose(struct http_request *request); /* POST /email/charts */

/* "M0 100L300 50L600 0": points over the width of 600, each at its part of it, 0 at the bottom of
 * the height of 100. What is negative is no point: the line has a gap there. */
const char *charts_path(const double *values, const double *where, size_t n, double most,
			struct arena *arena);

/* The least of 4, 8, 20, 40, 80, 200, ... that the value does not pass. */
uint64_t charts_top(double value);

/* Where on a logarithmic scale from 0.1 s to 15 min, 0 to 1. */
double charts_log(double ms);

#endif
