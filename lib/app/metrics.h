/*
 * metrics.h: GET /metrics: numbers for Prometheus (text format 0.0.4), of the token's organization.
 *
 * Labels are names from the configuration and words of ours, never an address or an id, so that
 * there are few series. Counters live in the index (index/meter.h).
 */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include "http/request.h"

void metrics_show(struct http_request *request);

#endif
