/*
 * about_data.c: made by the survey of the same lives, read back as it lies.
 */
#include "program/about_data.h"

#include "base/base64url.h"
#include "base/digest.h"
#include "base/file_text.h"
#include "base/log.h"
#include "base/os.h"
#include "program/command_synth.h"
#include "synth/report.h"

#define FILE_NAME   "about-the-data.html"
#define POLICY_SIZE 256

static const char *path_in(const char *directory, struct arena *arena)
{
    return arena_printf(arena, "%s/%s", directory, FILE_NAME).ptr;
}

bool about_data_make(struct command_context *context, const char *directory,
                     const struct synth_options *options, struct fault *fault)
{
    const struct synth_survey_options surveyed = { .people = options->people,
                                                   .seed = options->seed,
                                                   .years = options->years };
    const char *path = path_in(directory, context->arena);
    return path != NULL ? command_synth_survey(context, &surveyed, path, fault)
                        : fault_no_memory(fault, context->arena);
}

/* CSP level 3, section 2.3.1: the digest of what stands between the tags, in base64 */
static struct slice policy_of(struct slice page, struct arena *arena)
{
    struct strbuf hash;
    size_t from = slice_find_slice(page, SLICE("<style>"));
    struct slice rest = slice_from(page, from < page.len ? from + strlen("<style>") : page.len);
    struct slice style = slice_sub(rest, 0, slice_find_slice(rest, SLICE("</style>")));
    struct digest digest = digest_of(&style, 1);
    strbuf_init(&hash, POLICY_SIZE);
    base64_append(&hash, slice_of((const char *)digest.bytes, sizeof(digest.bytes)));
    struct slice policy = arena_printf(arena,
                                       "default-src 'none'; style-src 'sha256-%.*s'; base-uri "
                                       "'none'; form-action 'none'; frame-ancestors 'none'",
                                       SLICE_PRINT(strbuf_slice(&hash)));
    strbuf_release(&hash);
    return policy;
}

void about_data_open(const char *directory, struct arena *arena, struct about_data *ret_about)
{
    struct fault fault = FAULT_INIT;
    struct stat status;
    const char *path = path_in(directory, arena);
    *ret_about = (struct about_data){ .page = { NULL, 0 } };
    if (path == NULL || os_stat(path, &status) != 0) {
        return;
    }
    if (!file_text_map(path, arena, &ret_about->page, &fault)) {
        log_event(LOG_WARNING, "about-data.unavailable", LOG_PUBLIC("fault", fault.message));
        ret_about->page = (struct slice){ NULL, 0 };
        return;
    }
    ret_about->policy = policy_of(ret_about->page, arena);
    if (ret_about->policy.ptr == NULL) {
        about_data_close(ret_about);
    }
}

void about_data_close(struct about_data *about)
{
    if (about->page.ptr != NULL) {
        file_text_unmap(about->page);
    }
    *about = (struct about_data){ .page = { NULL, 0 } };
}
