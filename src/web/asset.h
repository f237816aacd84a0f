/*
 * asset.h: styles, scripts and pictures inside the program.
 *
 * tools/embed_asset puts each file of assets/ (and of nhsuk-frontend) into the program at build
 * time, under an address that holds the digest of its bytes: /assets/viewer.2f6c1a....css. A
 * changed file has another address, so browsers may keep it for ever (Cache-Control: immutable).
 */
#ifndef EVENLODE_WEB_ASSET_H
#define EVENLODE_WEB_ASSET_H

#include "base/slice.h"

struct asset {
    struct slice name; /* "viewer.css" */
    struct slice url;
    struct slice type; /* for Content-Type */
    struct slice body;
};

#define ASSET_CACHE_CONTROL "public, max-age=31536000, immutable"

/* all of them, NULL behind the last; made by the build */
extern const struct asset *const assets[];

/* the asset at this path, or NULL */
const struct asset *asset_find(struct slice path);

#endif
