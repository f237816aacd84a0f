/*
 * fault.h: a failure that a person is told about.
 *
 * A function that can fail for a reason worth telling takes `struct arena *` and `struct fault *`,
 * fills the fault and returns false. REST turns a fault into an OperationOutcome, HL7 v2 into an
 * acknowledgement, the command line into one line. Message: short, factual, without names of our
 * implementation, never a value of patient data. Detail: what was found. Hint: what would help.
 * Where: FHIRPath, line and column, or file.
 *
 * Filling a fault never fails: without memory it carries a fixed text.
 */
#ifndef EVENLODE_BASE_FAULT_H
#define EVENLODE_BASE_FAULT_H

#include "base/arena.h"

/*
 * X(NAME, http status, FHIR issue code, exit status of the command line)
 * FHIR R4 valueset-issue-type.html
 */
/* clang-format off */
#define FAULT_CODES(X)                                                                             \
    X(NONE, 200, "informational", 0)                                                               \
    X(MALFORMED, 400, "structure", 1)           /* cannot be parsed */                             \
    X(INVALID, 400, "value", 1)                 /* a parameter or header is wrong */               \
    X(UNAUTHENTICATED, 401, "login", 1)                                                            \
    X(FORBIDDEN, 403, "forbidden", 1)                                                              \
    X(NOT_FOUND, 404, "not-found", 1)                                                              \
    X(METHOD, 405, "not-supported", 1)          /* this method not on this address */              \
    X(NOT_ACCEPTABLE, 406, "not-supported", 1)                                                     \
    X(CONFLICT, 409, "conflict", 1)                                                                \
    X(GONE, 410, "deleted", 1)                                                                     \
    X(PRECONDITION, 412, "conflict", 1)         /* If-Match, or many matches */                    \
    X(TOO_LARGE, 413, "too-long", 1)            /* past a limit of base/limits.h */                \
    X(MEDIA_TYPE, 415, "not-supported", 1)                                                         \
    X(CONTENT, 422, "invalid", 1)               /* parsed, but against the rules of FHIR */        \
    X(REFERENCE, 422, "not-found", 1)           /* a reference leads nowhere */                    \
    X(THROTTLED, 429, "throttled", 1)                                                              \
    X(INTERNAL, 500, "exception", 2)                                                               \
    X(NOT_SUPPORTED, 501, "not-supported", 1)                                                      \
    X(BUSY, 503, "transient", 3)                /* owned by another process, or draining */        \
    X(TIMEOUT, 504, "timeout", 3)                                                                  \
    X(NO_SPACE, 507, "no-store", 4)             /* disk or quota full */                           \
    X(IO, 500, "no-store", 4)                   /* the system refused a read, write or sync */     \
    X(CORRUPT, 500, "exception", 5)             /* what is stored is not what was stored */        \
    X(VERSION, 500, "exception", 5)             /* written by another Evenlode */                  \
    X(NO_MEMORY, 503, "transient", 3)
/* clang-format on */

enum fault_code {
#define X(name, status, issue, exit) FAULT_##name,
    FAULT_CODES(X)
#undef X
};

struct fault {
    enum fault_code code;
    struct slice message;
    struct slice detail; /* may be empty, likewise hint and where */
    struct slice hint;
    struct slice where;
};

/* clang-format off */
#define FAULT_INIT { FAULT_NONE, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }
/* clang-format on */

int fault_http_status(enum fault_code code);
const char *fault_issue_code(enum fault_code code);
int fault_exit_status(enum fault_code code);
const char *fault_name(enum fault_code code);

/* Sets code and message, clears the rest. Always false: `return fault_set(...)` is one line. */
bool fault_set(struct fault *fault, struct arena *arena, enum fault_code code, const char *format,
               ...) PRINTF_LIKE(4, 5);
/* as fault_set, with the place */
bool fault_at(struct fault *fault, struct arena *arena, enum fault_code code, struct slice where,
              const char *format, ...) PRINTF_LIKE(5, 6);
/* add to a fault that is set; return false likewise */
bool fault_detail(struct fault *fault, struct arena *arena, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool fault_hint(struct fault *fault, struct arena *arena, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* the fault that says memory or the arena's ceiling is reached: needs neither */
bool fault_no_memory(struct fault *fault, const struct arena *arena);
/* a system call failed with `error` (errno); ENOSPC, EDQUOT and EFBIG become NO_SPACE */
bool fault_errno(struct fault *fault, struct arena *arena, int error, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* copies all texts into `arena`, for a fault that outlives the arena it was made in */
void fault_copy(struct fault *to, struct arena *arena, const struct fault *from);

/*
 * Clang's analyzer looks at one source at a time. Told that these are false, it does not follow a
 * failure that would be taken for a success.
 */
#if defined(__clang_analyzer__) && !defined(EVENLODE_BASE_FAULT_C)
#define ALWAYS_FALSE(call)                                                                         \
    ({                                                                                             \
        (void)(call);                                                                              \
        false;                                                                                     \
    })
#define fault_set(...)       ALWAYS_FALSE(fault_set(__VA_ARGS__))
#define fault_at(...)        ALWAYS_FALSE(fault_at(__VA_ARGS__))
#define fault_detail(...)    ALWAYS_FALSE(fault_detail(__VA_ARGS__))
#define fault_hint(...)      ALWAYS_FALSE(fault_hint(__VA_ARGS__))
#define fault_no_memory(...) ALWAYS_FALSE(fault_no_memory(__VA_ARGS__))
#define fault_errno(...)     ALWAYS_FALSE(fault_errno(__VA_ARGS__))
#endif

#endif
