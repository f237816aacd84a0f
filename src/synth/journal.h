/*
 * journal.h: how far a county has come, so that a killed run can be continued.
 *
 * One small text file in the unfinished folder (docs/formats/synthetic-county.md): the options, the
 * digest of the first block, the next block, the counts so far and the length of every file. It is
 * written after the files are synced, under another name and then renamed, so that it never tells
 * more than the disk holds. It ends in the SHA-256 of all before.
 */
#ifndef EVENLODE_SYNTH_JOURNAL_H
#define EVENLODE_SYNTH_JOURNAL_H

#include "base/digest.h"
#include "synth/synth.h"

#define JOURNAL_NAME     ".journal"
#define JOURNAL_NEW_NAME ".journal.new"

struct journal_file {
    struct slice name;
    uint64_t length;
};

struct journal {
    struct slice options; /* one line */
    struct digest first;  /* of the first block: another program would have made it differently */
    uint64_t block;       /* the next to be made */
    struct synth_report counts; /* of the blocks before; its households and people are the next */
    struct journal_file *files;
    size_t file_count;
};

/* The journal in `folder`, its texts in `arena`; *ret_found false when there is none. One that is
 * damaged is FAULT_CORRUPT. */
MUST_CHECK bool journal_read(const char *folder, struct arena *arena, struct journal *ret_journal,
                             bool *ret_found, struct fault *fault);
/* durable when it returns; nothing stays in `arena` but a fault */
MUST_CHECK bool journal_write(const char *folder, const struct journal *journal,
                              struct arena *arena, struct fault *fault);

#endif
