/*
 * fault.c: filling a fault never fails.
 *
 * Texts are formatted into the caller's arena. When that is exhausted, the code's own fixed text
 * stands in: a fault about missing memory must not need memory.
 */
#define EVENLODE_BASE_FAULT_C
#include "base/fault.h"

#include <errno.h>

static const struct {
    const char *name;
    const char *issue;
    int status;
    int exit;
} codes[] = {
#define X(name, status, issue, exit) [FAULT_##name] = { #name, issue, status, exit },
    FAULT_CODES(X)
#undef X
};

int fault_http_status(enum fault_code code)
{
    return codes[code].status;
}

const char *fault_issue_code(enum fault_code code)
{
    return codes[code].issue;
}

int fault_exit_status(enum fault_code code)
{
    return codes[code].exit;
}

const char *fault_name(enum fault_code code)
{
    return codes[code].name;
}

static bool PRINTF_LIKE(4, 0) set(struct fault *fault, struct arena *arena, enum fault_code code,
                                  const char *format, va_list arguments)
{
    *fault = (struct fault){ .code = code };
    fault->message = arena_vprintf(arena, format, arguments);
    if (fault->message.ptr == NULL) {
        fault->message = slice_from_string(codes[code].name);
    }
    return false;
}

bool fault_set(struct fault *fault, struct arena *arena, enum fault_code code, const char *format,
               ...)
{
    va_list arguments;
    va_start(arguments, format);
    set(fault, arena, code, format, arguments);
    va_end(arguments);
    return false;
}

bool fault_at(struct fault *fault, struct arena *arena, enum fault_code code, struct slice where,
              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set(fault, arena, code, format, arguments);
    va_end(arguments);
    fault->where = arena_copy(arena, where);
    return false;
}

bool fault_detail(struct fault *fault, struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fault->detail = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return false;
}

bool fault_hint(struct fault *fault, struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fault->hint = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return false;
}

bool fault_no_memory(struct fault *fault, const struct arena *arena)
{
    bool ceiling = arena != NULL && arena->used > arena->ceiling / 2;
    *fault = (struct fault){
        .code = ceiling ? FAULT_TOO_LARGE : FAULT_NO_MEMORY,
        .message = ceiling ? SLICE("the request needs more memory than one request may use")
                           : SLICE("out of memory"),
    };
    return false;
}

bool fault_errno(struct fault *fault, struct arena *arena, int error, const char *format, ...)
{
    bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    char text[128];
    va_list arguments;
    va_start(arguments, format);
    set(fault, arena, full ? FAULT_NO_SPACE : FAULT_IO, format, arguments);
    va_end(arguments);
    const char *reason = strerror_r(error, text, sizeof text);
    fault->detail = arena_copy(arena, slice_from_string(reason));
    return false;
}

void fault_copy(struct fault *to, struct arena *arena, const struct fault *from)
{
    to->code = from->code;
    to->message = arena_copy(arena, from->message);
    to->detail = arena_copy(arena, from->detail);
    to->hint = arena_copy(arena, from->hint);
    to->where = arena_copy(arena, from->where);
    if (to->message.ptr == NULL) {
        to->message = slice_from_string(codes[from->code].name);
    }
}
