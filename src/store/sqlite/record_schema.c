/*
 * record_schema.c: the tables of a record store. docs/formats/record-store.md says what they hold.
 *
 * Every table but `patient`, `change`, `string` and `moved`, whose key is one integer, is WITHOUT
 * ROWID: the row lies in its index and a range of a patient is a range of pages.
 */
#include "store/sqlite/record_private.h"

static const char schema[] =
    "CREATE TABLE state("
    " next_patient INTEGER NOT NULL, next_sequence INTEGER NOT NULL,"
    " last_change INTEGER NOT NULL, last_time INTEGER NOT NULL,"
    " resources INTEGER NOT NULL, patients INTEGER NOT NULL,"
    " seed INTEGER NOT NULL, ods TEXT NOT NULL, generation INTEGER NOT NULL);"
    "CREATE TABLE resource("
    " patient INTEGER NOT NULL, type INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " id TEXT, version INTEGER NOT NULL, updated INTEGER NOT NULL, change INTEGER NOT NULL,"
    " labels INTEGER NOT NULL, members BLOB, terms INTEGER NOT NULL, meta INTEGER NOT NULL,"
    " dictionary INTEGER NOT NULL, body BLOB,"
    " PRIMARY KEY(patient, type, sequence)) WITHOUT ROWID;"
    "CREATE TABLE history("
    " sequence INTEGER NOT NULL, version INTEGER NOT NULL, patient INTEGER NOT NULL,"
    " type INTEGER NOT NULL, updated INTEGER NOT NULL, change INTEGER NOT NULL,"
    " labels INTEGER NOT NULL, members BLOB, meta INTEGER NOT NULL,"
    " dictionary INTEGER NOT NULL, body BLOB,"
    " PRIMARY KEY(sequence, version)) WITHOUT ROWID;"
    "CREATE TABLE locator("
    " hash INTEGER NOT NULL, sequence INTEGER NOT NULL, patient INTEGER NOT NULL,"
    " PRIMARY KEY(hash, sequence)) WITHOUT ROWID;"
    "CREATE TABLE moved(sequence INTEGER PRIMARY KEY, patient INTEGER NOT NULL);"
    "CREATE TABLE patient(key INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, id TEXT);"
    "CREATE TABLE member("
    " patient INTEGER NOT NULL, type INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " home INTEGER NOT NULL, PRIMARY KEY(patient, type, sequence)) WITHOUT ROWID;"
    "CREATE TABLE term(key BLOB PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE population(entry BLOB PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE string(number INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE change("
    " number INTEGER PRIMARY KEY, first INTEGER NOT NULL, type INTEGER NOT NULL,"
    " patient INTEGER NOT NULL, sequence INTEGER NOT NULL, version INTEGER NOT NULL);"
    "CREATE TABLE inbox("
    " key BLOB PRIMARY KEY, digest BLOB NOT NULL, change INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE involvement("
    " patient INTEGER NOT NULL, sequence INTEGER NOT NULL, place INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, organisation TEXT NOT NULL, since INTEGER NOT NULL,"
    " until INTEGER NOT NULL, PRIMARY KEY(patient, sequence, place)) WITHOUT ROWID;";

static const char *const statements[SQL_COUNT] = {
#define X(name, text) [SQL_##name] = text,
    ROW_STATEMENTS(X) WRITE_STATEMENTS(X) STORE_STATEMENTS(X)
#undef X
};

const struct database_spec record_database_spec = {
    .what = "record store",
    .schema = schema,
    .application_id = 0x45765231, /* "EvR1" */
    .version = 2,                 /* 1: without sealed pages */
    .statements = statements,
    .statements_count = SQL_COUNT,
    .memo_size = sizeof(struct patient_memo),
};
