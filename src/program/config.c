/*
 * config.c: the settings as a libconfuse table, checked once, immutable afterwards.
 *
 * libconfuse reports through a callback on its handle; the first report becomes the fault. The
 * callback has no context parameter, so the fault is found through a thread-local pointer that is
 * set for the length of the parse.
 */
#include "program/config.h"

#include <confuse.h>
#include <errno.h>

#include "base/limits.h"

static _Thread_local struct {
    struct arena *arena;
    struct fault *fault;
} reporting;

static void PRINTF_LIKE(2, 0) report(cfg_t *cfg, const char *format, va_list arguments)
{
    if (reporting.fault->code != FAULT_NONE) {
        return;
    }
    struct slice text = arena_vprintf(reporting.arena, format, arguments);
    struct slice where =
        arena_printf(reporting.arena, "%s:%d",
                     cfg->filename != NULL ? cfg->filename : "configuration", cfg->line);
    fault_at(reporting.fault, reporting.arena, FAULT_INVALID, where, "%.*s", SLICE_PRINT(text));
}

static const struct {
    const char *word;
    enum log_level level;
} levels[] = {
    { "debug", LOG_DEBUG },
    { "info", LOG_INFO },
    { "warning", LOG_WARNING },
    { "error", LOG_ERROR },
};

static bool in_range(const char *path, const char *name, long value, long least, long most,
                     struct arena *arena, struct fault *fault)
{
    if (value >= least && value <= most) {
        return true;
    }
    return fault_at(fault, arena, FAULT_INVALID, slice_from_string(path),
                    "%s must lie between %ld and %ld", name, least, most);
}

static bool read_level(const char *path, const char *word, struct arena *arena,
                       enum log_level *ret_level, struct fault *fault)
{
    for (size_t i = 0; i < ARRAY_LENGTH(levels); i++) {
        if (slice_equal(slice_from_string(word), slice_from_string(levels[i].word))) {
            *ret_level = levels[i].level;
            return true;
        }
    }
    return fault_at(fault, arena, FAULT_INVALID, slice_from_string(path),
                    "log_level is debug, info, warning or error");
}

static bool take(cfg_t *cfg, const char *path, struct arena *arena, struct config *ret_config,
                 struct fault *fault)
{
    const char *place = path != NULL ? path : "configuration";
    long threads = cfg_getint(cfg, "threads");
    long commit_threads = cfg_getint(cfg, "commit_threads");
    long stores_open = cfg_getint(cfg, "stores_open");
    long clear_sessions = cfg_getint(cfg, "clear_sessions_s");
    struct config config = {
        .listen = arena_printf(arena, "%s", cfg_getstr(cfg, "listen")).ptr,
        .base_url = arena_printf(arena, "%s", cfg_getstr(cfg, "base_url")).ptr,
    };
    if (!in_range(place, "threads", threads, 1, 64, arena, fault) ||
        !in_range(place, "commit_threads", commit_threads, 1, 64, arena, fault) ||
        !in_range(place, "stores_open", stores_open, 32, LIMIT_STORES_OPEN, arena, fault) ||
        !in_range(place, "clear_sessions_s", clear_sessions, 1, 86400, arena, fault) ||
        !read_level(place, cfg_getstr(cfg, "log_level"), arena, &config.log_level, fault)) {
        return false;
    }
    config.threads = (unsigned)threads;
    config.commit_threads = (unsigned)commit_threads;
    config.stores_open = (unsigned)stores_open;
    config.clear_sessions_s = (unsigned)clear_sessions;
    if (config.base_url != NULL && config.base_url[0] == '\0') {
        config.base_url = arena_printf(arena, "http://%s", config.listen).ptr;
    }
    *ret_config = config;
    return !arena->exhausted || fault_no_memory(fault, arena);
}

bool config_read(const char *path, struct arena *arena, struct config *ret_config,
                 struct fault *fault)
{
    cfg_opt_t options[] = {
        CFG_STR("listen", "127.0.0.1:8080", CFGF_NONE),
        CFG_STR("base_url", "", CFGF_NONE),
        CFG_INT("threads", 2, CFGF_NONE),
        CFG_INT("commit_threads", 4, CFGF_NONE),
        CFG_INT("stores_open", LIMIT_STORES_OPEN, CFGF_NONE),
        CFG_INT("clear_sessions_s", 600, CFGF_NONE),
        CFG_STR("log_level", "info", CFGF_NONE),
        CFG_END(),
    };
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (cfg == NULL) {
        return fault_no_memory(fault, arena);
    }
    *fault = (struct fault)FAULT_INIT;
    reporting.arena = arena;
    reporting.fault = fault;
    cfg_set_error_function(cfg, report);
    int result = path == NULL ? CFG_SUCCESS : cfg_parse(cfg, path);
    bool ok = result == CFG_SUCCESS && take(cfg, path, arena, ret_config, fault);
    if (result == CFG_FILE_ERROR) {
        ok = fault_errno(fault, arena, errno, "the configuration file %s cannot be read", path);
    } else if (result == CFG_PARSE_ERROR && fault->code == FAULT_NONE) {
        ok = fault_set(fault, arena, FAULT_INVALID, "the configuration file %s is malformed", path);
    }
    cfg_free(cfg);
    return ok;
}
