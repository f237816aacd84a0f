/*
 * patient_linker.h: after a write of Patients, before its answer, the person index catches up.
 *
 * One run at a time for a store. Who asks while one is under way waits for the next, because the
 * one under way may have looked before its commit; all who wait then share that one run, its job
 * decision and its audit entry. Runs on the worker pool; nobody's connection thread waits.
 */
#ifndef EVENLODE_WEB_PATIENT_LINKER_H
#define EVENLODE_WEB_PATIENT_LINKER_H

#include "base/worker_pool.h"
#include "governance/governance.h"

struct patient_linker;

/* in the caller's memory until `done` */
struct link_wait {
    struct link_wait *next;
    /* on a worker's thread; `ok`: the links are durable */
    void (*done)(struct link_wait *wait, bool ok);
};

struct patient_linker_config {
    struct governance *governance;
    struct person_index *people;
    struct store_pool *stores;
    struct worker_pool *workers;
};

MUST_CHECK struct patient_linker *patient_linker_new(const struct patient_linker_config *config);
/* the worker pool must have ended before */
void patient_linker_free(struct patient_linker *linker);

/*
 * Everything committed to that store before the call will be linked when `done` is called; once,
 * never from within this call unless memory has ended (then with `ok` false). Any thread.
 */
void patient_linker_catch_up(struct patient_linker *linker, struct slice ods,
                             struct link_wait *wait);

#endif
