/*
 * config.h: one configuration file, every setting with a default (libconfuse).
 *
 *   listen = "127.0.0.1:8080"     # loopback unless told otherwise
 *   base_url = ""                 # for references between stores; http://LISTEN when empty
 *   threads = 2                   # connections; one more read sources
 *   commit_threads = 4
 *   stores_open = 64
 *   clear_sessions_s = 600        # how often sessions that are over are cleared away
 *   log_level = "info"            # debug, info, warning, error
 */
#ifndef EVENLODE_PROGRAM_CONFIG_H
#define EVENLODE_PROGRAM_CONFIG_H

#include "base/fault.h"
#include "base/log.h"

struct config {
    const char *listen;
    const char *base_url;
    unsigned threads;
    unsigned commit_threads;
    unsigned stores_open;
    unsigned clear_sessions_s;
    enum log_level log_level;
};

/* `path` NULL: defaults alone. Strings live in `arena`. Faults name file and line. */
MUST_CHECK bool config_read(const char *path, struct arena *arena, struct config *ret_config,
                            struct fault *fault);

#endif
