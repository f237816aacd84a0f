/*
 * invented_record.h: a person who does not exist, as record/ would hand her to the viewer.
 *
 * For tests of pages without stores, sources or a server. Six sources in every state that matters:
 * answered, nothing recorded, timed out, not chosen.
 */
#ifndef EVENLODE_TESTS_INVENTED_RECORD_H
#define EVENLODE_TESTS_INVENTED_RECORD_H

#include "record/record.h"

enum invented_kind {
    INVENTED_USUAL,    /* one source missing, two that differ in a dose */
    INVENTED_COMPLETE, /* all sources answered */
    INVENTED_DECEASED,
    INVENTED_NOTHING, /* no source holds anything, and one did not answer */
    INVENTED_ROLE,    /* the role sees little */
    INVENTED_HOSTILE, /* every text attacks */
    INVENTED_LONG,    /* names and drugs of 200 characters */
};

/* false without memory */
MUST_CHECK bool invented_record(struct arena *arena, enum invented_kind kind,
                                struct record *ret_record);
/* the same with `results` results more, for measuring */
MUST_CHECK bool invented_large_record(struct arena *arena, size_t results,
                                      struct record *ret_record);

#endif
