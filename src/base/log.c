/*
 * log.c: one line an event, built on the stack, written with one call.
 *
 * A log is read when things go wrong, so it must work without memory and without locks of anyone
 * else: the line lies on the stack (LIMIT_LOG_LINE), a field that does not fit whole is left out
 * with everything behind it, and the line then says "cut". A sensitive field has no value to print
 * by the time it gets here (LOG_SECRET takes none); one that was filled by hand is passed over all
 * the same.
 *
 * Lines are JSON in plain ASCII: quotes, backslashes, control bytes and every byte above 0x7e are
 * written as escapes, byte for byte (\u00XX). So no value can end its line, move a terminal's
 * cursor or make the line invalid, whatever encoding it had. Public values are codes, paths and
 * counts, for which that loses nothing.
 *
 * Writing to standard error does not go through `os`: there is nobody left to tell when it fails.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/os.h"

static _Atomic int least_level = LOG_INFO;
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*sink_function)(struct slice line, void *context);
static void *sink_context;

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARNING] = "warning",
    [LOG_ERROR] = "error",
};

/* what always fits behind the last field */
#define TAIL ",\"cut\":true}\n"

struct line {
    char text[LIMIT_LOG_LINE];
    size_t len;
    bool full;
};

static void add(struct line *line, const char *text, size_t len)
{
    if (line->full || len > sizeof line->text - sizeof TAIL - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static void add_string(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

static void add_escaped_byte(struct line *line, char byte)
{
    char escape[8];
    unsigned value = (unsigned char)byte;
    if (byte == '"' || byte == '\\') {
        escape[0] = '\\';
        escape[1] = byte;
        add(line, escape, 2);
    } else if (value < 0x20 || value > 0x7e) {
        snprintf(escape, sizeof escape, "\\u%04x", value);
        add(line, escape, 6);
    } else {
        add(line, &byte, 1);
    }
}

static void add_quoted(struct line *line, struct slice text)
{
    add(line, "\"", 1);
    for (size_t i = 0; i < text.len && !line->full; i++) {
        add_escaped_byte(line, text.ptr[i]);
    }
    add(line, "\"", 1);
}

static void add_time(struct line *line)
{
    char text[INSTANT_TEXT_SIZE];
    instant_format_utc(os_now(), text);
    add_string(line, text);
}

static void add_value(struct line *line, const struct log_field *field)
{
    char number[24];
    switch (field->kind) {
    case LOG_TEXT:
        add_quoted(line, field->text);
        break;
    case LOG_NUMBER:
        snprintf(number, sizeof number, "%lld", (long long)field->number);
        add_string(line, number);
        break;
    case LOG_SENSITIVE:
        add_string(line, "\"sensitive\"");
        break;
    }
}

/* a field whole, or nothing of it */
static void add_field(struct line *line, const struct log_field *field)
{
    size_t start = line->len;
    add(line, ",", 1);
    add_quoted(line, slice_from_string(field->name));
    add(line, ":", 1);
    add_value(line, field);
    if (line->full) {
        line->len = start;
    }
}

static void emit(const struct line *line)
{
    pthread_mutex_lock(&sink_lock);
    if (sink_function != NULL) {
        sink_function(slice_of(line->text, line->len), sink_context);
    } else {
        ssize_t written = write(STDERR_FILENO, line->text, line->len);
        (void)written;
    }
    pthread_mutex_unlock(&sink_lock);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields,
               size_t count)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) {
        return;
    }
    struct line line;
    line.len = 0;
    line.full = false;
    add_string(&line, "{\"time\":\"");
    add_time(&line);
    add_string(&line, "\",\"level\":\"");
    add_string(&line, level_names[level]);
    add_string(&line, "\"");
    add_field(&line, &(struct log_field){ "event", LOG_TEXT, slice_from_string(event), 0 });
    for (size_t i = 1; i < count && !line.full; i++) {
        add_field(&line, &fields[i]);
    }
    const char *tail = line.full ? TAIL : "}\n";
    size_t tail_len = strlen(tail);
    memcpy(line.text + line.len, tail, tail_len);
    line.len += tail_len;
    emit(&line);
}

void log_set_level(enum log_level least)
{
    atomic_store_explicit(&least_level, (int)least, memory_order_relaxed);
}

void log_set_sink(void (*sink)(struct slice line, void *context), void *context)
{
    pthread_mutex_lock(&sink_lock);
    sink_function = sink;
    sink_context = context;
    pthread_mutex_unlock(&sink_lock);
}
