/*
 * asset.c: a handful of files, so a walk along the table is the quickest index.
 */
#include "web/asset.h"

const struct asset *asset_find(struct slice path)
{
    for (size_t i = 0; assets[i] != NULL; i++) {
        if (slice_equal(assets[i]->url, path)) {
            return assets[i];
        }
    }
    return NULL;
}
