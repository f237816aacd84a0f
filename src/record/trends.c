/*
 * trends.c: one test over time.
 *
 * A series holds one test in one unit (hazard H9): mmol/mol and % of the same HbA1c are two. Only
 * what has a date and was not withdrawn or refuted is a point; all else stays in the lines. A blood
 * pressure is a point by its systolic value and keeps its words. Facts come newest first, so series
 * come out by their latest point, and points are filled from the end.
 */
#include "base/utf8.h"
#include "record/record_internal.h"

struct series {
    struct fact_link *newest, *oldest;
    size_t count;
};

struct fact_link {
    const struct record_item *item;
    struct fact_link *older;
};

typedef VECTOR(struct series *) series_list;

static bool is_point(const struct record_item *item)
{
    bool pressure = item->components_count > 0 && item->value.unit.len > 0;
    return item->status == ITEM_CURRENT && item->has_date && (item->value.present || pressure);
}

static struct record_key key_of(struct building *building, const struct record_item *item)
{
    struct slice what =
        item->code.len > 0 ? item->code : utf8_search_key(item->title, building->arena);
    return (struct record_key){ item->code.len > 0, { item->system, what, item->value.unit } };
}

static bool add_point(struct building *building, struct series **place, series_list *all,
                      const struct record_item *item)
{
    struct fact_link *link = arena_new(building->arena, struct fact_link);
    if (*place == NULL) {
        struct series **entry = vector_push(all, building->arena);
        *place = arena_new(building->arena, struct series);
        if (entry == NULL || *place == NULL) {
            return false;
        }
        *entry = *place;
    }
    if (link == NULL) {
        return false;
    }
    struct series *series = *place;
    link->item = item;
    if (series->oldest == NULL) {
        series->newest = link;
    } else {
        series->oldest->older = link;
    }
    series->oldest = link;
    series->count++;
    return true;
}

static bool fill_trend(struct building *building, const struct series *series,
                       struct record_trend *trend)
{
    trend->points = arena_array(building->arena, series->count, const struct record_item *);
    if (trend->points == NULL) {
        return false;
    }
    trend->count = series->count;
    size_t at = series->count;
    for (const struct fact_link *link = series->newest; link != NULL; link = link->older) {
        trend->points[--at] = link->item;
    }
    trend->latest = trend->points[trend->count - 1];
    trend->previous = trend->count > 1 ? trend->points[trend->count - 2] : NULL;
    trend->title = trend->latest->title;
    trend->unit = trend->latest->value.unit;
    return true;
}

void record_trends(struct building *building, enum record_section section)
{
    struct record_section_view *view = &building->record->sections[section];
    struct key_table table;
    series_list all = { 0 };
    if (!key_table_init(&table, building->arena, view->item_count)) {
        return;
    }
    for (size_t i = 0; i < building->facts.count; i++) {
        const struct record_item *item = &building->facts.at[i]->item;
        if (item->section != section || !is_point(item)) {
            continue;
        }
        struct record_key key = key_of(building, item);
        if (!add_point(building, (struct series **)key_table_put(&table, &key), &all, item)) {
            return; /* the arena remembers */
        }
    }
    view->trends = arena_array(building->arena, all.count, struct record_trend);
    for (size_t i = 0; view->trends != NULL && i < all.count; i++) {
        if (!fill_trend(building, all.at[i], &view->trends[i])) {
            return;
        }
        view->trends_count++;
    }
}
