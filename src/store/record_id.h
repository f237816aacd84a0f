/*
 * record_id.h: ids that the store makes. docs/formats/record-store.md, "Ids".
 *
 * e<key>.<sequence>, both in base 32 (digits, then a to v), lower case, without leading zeros:
 * e1c.9f. The id says where its row lies; no look-up is needed unless the row has moved.
 */
#ifndef EVENLODE_STORE_RECORD_ID_H
#define EVENLODE_STORE_RECORD_ID_H

#include "store/record_store.h"

/* patient keys and sequence numbers stay below this: five bytes on disk */
#define RECORD_NUMBER_MAX ((UINT64_C(1) << 40) - 1)

/* writes NUL-terminated text and gives its length */
size_t record_id_format(patient_key key, uint64_t sequence, char ret_id[RESOURCE_ID_SIZE]);
/* false when `id` is not of the server's form; exactly one text stands for a pair */
MUST_CHECK bool record_id_parse(struct slice id, patient_key *ret_key, uint64_t *ret_sequence);

#endif
