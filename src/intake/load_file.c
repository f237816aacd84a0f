/*
 * load_file.c: units of several files in turn.
 *
 * Plain files are mapped, not read: a line is a slice of the file, and the map stays until the last
 * unit of the file is done. Compressed files lend a line until the next, so a unit of one has its
 * text to itself. A few files are open at once and give a unit each in turn, so that several
 * stores commit side by side. Everything here runs under the load's lock.
 */
#include "intake/load_internal.h"

#include "base/limits.h"

void load_file_drop(struct load_file *file)
{
    if (--file->users == 0) {
        text_source_close(&file->source);
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
    struct text_source source;
    struct fault fault;
    const struct load_setting *setting = load->setting;
    const char *path = setting->files[which];
    if (!text_source_open(&source, path, load->arena, &fault)) {
        refuse_file(load, path, &fault);
        return NULL;
    }
    struct load_file *file = arena_new(load->arena, struct load_file);
    if (file == NULL || (source.kind != CONTENT_JSON && source.kind != CONTENT_NDJSON)) {
        if (file == NULL) {
            fault_no_memory(&fault, load->arena);
        } else {
            fault_set(&fault, load->arena, FAULT_NOT_SUPPORTED,
                      "this file is %s; FHIR JSON and NDJSON can be loaded",
                      content_kind_name(source.kind));
        }
        text_source_close(&source);
        refuse_file(load, path, &fault);
        return NULL;
    }
    *file = (struct load_file){ .path = path,
                                .ods = setting->file_ods != NULL ? setting->file_ods[which]
                                                                 : setting->ods,
                                .source = source,
                                .users = 1 };
    return file;
}

/* the next text; false at the end of the file, and where a compressed one is damaged */
static bool next_text(struct load *load, struct load_file *file, struct slice *ret_text)
{
    struct fault fault;
    bool found = false;
    if (!text_source_next(&file->source, ret_text, &found, load->arena, &fault)) {
        refuse_file(load, file->path, &fault);
        return false;
    }
    return found;
}

/* of a compressed file the bytes that have been read since the last unit */
static uint64_t bytes_of(struct load_file *file, struct slice text)
{
    if (file->source.packed == NULL) {
        return text.len;
    }
    uint64_t before = file->told;
    file->told = zstd_reader_offset(file->source.packed);
    return file->told - before;
}

static bool keep_text(struct unit *unit)
{
    if (!text_source_lends(&unit->file->source)) {
        return true;
    }
    unit->own = os_malloc(unit->text.len);
    if (unit->own == NULL) {
        return false;
    }
    memcpy(unit->own, unit->text.ptr, unit->text.len);
    unit->text.ptr = unit->own;
    return true;
}

static struct unit *unit_new(struct load *load, struct load_file *file, struct slice text)
{
    struct unit *unit = os_malloc(sizeof *unit);
    if (unit != NULL) {
        *unit = (struct unit){ .load = load,
                               .file = file,
                               .text = text,
                               .file_bytes = bytes_of(file, text),
                               .line = file->source.line,
                               .users = 1 };
    }
    if (unit == NULL || !keep_text(unit)) {
        struct fault fault;
        fault_no_memory(&fault, NULL);
        refuse_file(load, file->path, &fault);
        os_free(unit);
        load->stopped = true;
        return NULL;
    }
    arena_init(&unit->arena, LIMIT_TRANSACTION_ARENA);
    file->users++;
    return unit;
}

void load_unit_free(struct unit *unit)
{
    os_free(unit->own);
    os_free(unit);
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
    size_t idle = 0; /* places in a row without a file */
    while (!load->stopped && idle < FILES_OPEN) {
        size_t place = load->turn++ % FILES_OPEN;
        struct load_file *file = file_in_place(load, place);
        if (file == NULL) {
            idle++;
        } else if (next_text(load, file, &text)) {
            return unit_new(load, file, text);
        } else {
            load_file_drop(file);
            load->open[place] = NULL;
            idle = 0;
        }
    }
    return NULL;
}
