/*
 * load_file.c: units of several files in turn.
 *
 * Files are mapped, not read: a line is a slice of the file, and the map stays until the last unit
 * of the file is done. A few files are open at once and give a unit each in turn, so that several
 * stores commit side by side. Everything here runs under the load's lock.
 */
#include "intake/load_internal.h"

#include "base/file_text.h"
#include "base/limits.h"
#include "intake/content.h"

void load_file_drop(struct load_file *file)
{
    if (--file->users == 0) {
        file_text_unmap(file->text);
    }
}

static void refuse_file(struct load *load, const char *path, const struct fault *fault)
{
    load->report.sent++;
    load->report.refused++;
    load_tell(load, slice_from_string(path), fault);
}

static struct load_file *open_file(struct load *load, size_t which)
{
    struct slice text;
    struct fault fault;
    const struct load_setting *setting = load->setting;
    const char *path = setting->files[which];
    if (!file_text_map(path, load->arena, &text, &fault)) {
        refuse_file(load, path, &fault);
        return NULL;
    }
    enum content_kind kind = content_kind_of(text);
    struct load_file *file = arena_new(load->arena, struct load_file);
    if (file == NULL || (kind != CONTENT_JSON && kind != CONTENT_NDJSON)) {
        if (file == NULL) {
            fault_no_memory(&fault, load->arena);
        } else {
            fault_set(&fault, load->arena, FAULT_NOT_SUPPORTED,
                      "this file is %s; FHIR JSON and NDJSON can be loaded",
                      content_kind_name(kind));
        }
        file_text_unmap(text);
        refuse_file(load, path, &fault);
        return NULL;
    }
    *file = (struct load_file){ .path = path,
                                .ods = setting->file_ods != NULL ? setting->file_ods[which]
                                                                 : setting->ods,
                                .text = text,
                                .ndjson = kind == CONTENT_NDJSON,
                                .users = 1 };
    return file;
}

/* the next line that is not blank; false at the end of the file */
static bool next_text(struct load_file *file, struct slice *ret_text, size_t *ret_line)
{
    if (!file->ndjson) {
        bool first = file->at == 0;
        *ret_text = file->text;
        *ret_line = 0;
        file->at = file->text.len;
        return first;
    }
    while (file->at < file->text.len) {
        struct slice rest = slice_from(file->text, file->at);
        size_t end = slice_find(rest, '\n');
        struct slice line = slice_trim(slice_sub(rest, 0, end));
        file->at += end < rest.len ? end + 1 : end;
        file->line++;
        if (line.len > 0) {
            *ret_text = line;
            *ret_line = file->line;
            return true;
        }
    }
    return false;
}

static struct unit *unit_new(struct load *load, struct load_file *file, struct slice text,
                             size_t line)
{
    struct unit *unit = os_malloc(sizeof *unit);
    if (unit == NULL) {
        struct fault fault;
        fault_no_memory(&fault, NULL);
        refuse_file(load, file->path, &fault);
        load->stopped = true;
        return NULL;
    }
    *unit = (struct unit){ .load = load, .file = file, .text = text, .line = line, .users = 1 };
    arena_init(&unit->arena, LIMIT_TRANSACTION_ARENA);
    file->users++;
    return unit;
}

/* a file in this place: the one that is open, or the next that can be read; NULL: no more */
static struct load_file *file_in_place(struct load *load, size_t place)
{
    while (load->open[place] == NULL && load->next_file < load->setting->file_count) {
        load->open[place] = open_file(load, load->next_file++);
    }
    return load->open[place];
}

struct unit *load_next_unit(struct load *load)
{
    struct slice text;
    size_t line;
    size_t idle = 0; /* places in a row without a file */
    while (!load->stopped && idle < FILES_OPEN) {
        size_t place = load->turn++ % FILES_OPEN;
        struct load_file *file = file_in_place(load, place);
        if (file == NULL) {
            idle++;
        } else if (next_text(file, &text, &line)) {
            return unit_new(load, file, text, line);
        } else {
            load_file_drop(file);
            load->open[place] = NULL;
            idle = 0;
        }
    }
    return NULL;
}
