/*
 * db_page.h: the seal of a page of a database, and the check of a page in SQLite's log.
 *
 * SQLite itself would take a page that the disk has changed for what was written, as long as its
 * structure still reads: rows would be lost or altered without a word. So each page ends in
 * PAGE_RESERVED bytes that SQLite leaves alone (its file format's "reserved region"), and there
 * lies its seal (docs/formats/record-store.md):
 *
 *      "EvP1" | number of the page (4) | XXH3-64 of the page before its seal, seeded with the
 * number (8)
 *
 * A page that lies in another one's place is so found, too. One that is whole, its own and old,
 * because the disk lost a later write, is not.
 *
 * Pages in the write-ahead log carry SQLite's own chain of checksums, which SQLite compares only
 * when it opens the log. db_page_fits_log() compares it for one frame, so that nothing that changed
 * in the meantime is read, or moved into the database and sealed there.
 *
 * Pure functions. Any thread.
 */
#ifndef EVENLODE_STORE_SQLITE_DB_PAGE_H
#define EVENLODE_STORE_SQLITE_DB_PAGE_H

#include "base/prelude.h"

#define PAGE_BYTES       8192
#define PAGE_RESERVED    16
#define PAGE_HEADER      100 /* of SQLite, at the start of page 1 (fileformat2.html, 1.3) */
#define LOG_HEADER       32  /* fileformat2.html, 4.1 */
#define LOG_FRAME_HEADER 24
#define LOG_FRAME        (LOG_FRAME_HEADER + PAGE_BYTES)
#define LOG_CHECK        8 /* the last bytes of either header */

/* writes the seal; pages count from 1 */
void db_page_seal(unsigned char page[PAGE_BYTES], uint32_t number);
MUST_CHECK bool db_page_is_sealed(const unsigned char page[PAGE_BYTES], uint32_t number);

/* `before`: the check at the end of the header of the frame before, or of the log */
MUST_CHECK bool db_page_fits_log(const unsigned char frame[LOG_FRAME],
                                 const unsigned char before[LOG_CHECK]);

#endif
