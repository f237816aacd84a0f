/*
 * log.h: one JSON line an event, with fields marked public or sensitive.
 *
 * Sensitive values (names, numbers, clinical text, anything that came from a record or a request)
 * are never printed: the line carries "sensitive" and nothing of the value. There is no way to
 * turn that off. Lines go to standard error through one sink; a line over LIMIT_LOG_LINE is cut
 * at a field. Thread-safe. Library code logs only what no caller can be told by a fault.
 */
#ifndef EVENLODE_BASE_LOG_H
#define EVENLODE_BASE_LOG_H

#include "base/slice.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
    const char *name;
    enum { LOG_TEXT, LOG_NUMBER, LOG_SENSITIVE } kind;
    struct slice text;
    int64_t number;
};

#define LOG_PUBLIC(name, slice) ((struct log_field){ (name), LOG_TEXT, (slice), 0 })
#define LOG_COUNT(name, value)                                                                     \
    ((struct log_field){ (name), LOG_NUMBER, { NULL, 0 }, (int64_t)(value) })
#define LOG_SECRET(name) ((struct log_field){ (name), LOG_SENSITIVE, { NULL, 0 }, 0 })

/* log_event(LOG_INFO, "server.started", LOG_COUNT("port", 8080)) ; `event` a dotted literal */
#define log_event(level, event, ...)                                                               \
    log_write(                                                                                     \
        (level), (event),                                                                          \
        (const struct log_field[]){ { NULL, LOG_TEXT, { NULL, 0 }, 0 }, ##__VA_ARGS__ },           \
        sizeof((const struct log_field[]){ { NULL, LOG_TEXT, { NULL, 0 }, 0 }, ##__VA_ARGS__ }) /  \
            sizeof(struct log_field))

/* the first field is unnamed and passed over (so that an event without fields compiles) */
void log_write(enum log_level level, const char *event, const struct log_field *fields,
               size_t count);
void log_set_level(enum log_level least);
/* takes lines instead of standard error; NULL puts it back. For tests. */
void log_set_sink(void (*sink)(struct slice line, void *context), void *context);

#endif
