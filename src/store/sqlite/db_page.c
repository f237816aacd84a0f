/*
 * db_page.c: sealing and comparing.
 *
 * XXH3 because a page is sealed at every checkpoint and compared whenever it is not in the cache of
 * its connection: 8 KiB take well under a microsecond. It is against accidents; who may write the
 * file can seal it, too. What no accident leaves unchanged is all of 64 bits.
 */
#include "store/sqlite/db_page.h"

#include "base/digest.h"

static const char mark[4] = { 'E', 'v', 'P', '1' };

struct seal {
    unsigned char mark[4];
    unsigned char number[4];
    unsigned char check[8];
};
static_assert(sizeof(struct seal) == PAGE_RESERVED, "the seal fills what is reserved for it");

static void put_low_first(unsigned char *at, size_t len, uint64_t number)
{
    for (size_t i = 0; i < len; i++) {
        at[i] = (unsigned char)(number >> (8 * i));
    }
}

/* the seal that the page must have */
static struct seal seal_of(const unsigned char page[PAGE_BYTES], uint32_t number)
{
    struct seal seal;
    memcpy(seal.mark, mark, sizeof mark);
    put_low_first(seal.number, sizeof seal.number, number);
    uint64_t hash = hash64(slice_of((const char *)page, PAGE_BYTES - PAGE_RESERVED), number);
    put_low_first(seal.check, sizeof seal.check, hash);
    return seal;
}

void db_page_seal(unsigned char page[PAGE_BYTES], uint32_t number)
{
    struct seal seal = seal_of(page, number);
    memcpy(page + PAGE_BYTES - PAGE_RESERVED, &seal, sizeof seal);
}

bool db_page_is_sealed(const unsigned char page[PAGE_BYTES], uint32_t number)
{
    struct seal seal = seal_of(page, number);
    return memcmp(page + PAGE_BYTES - PAGE_RESERVED, &seal, sizeof seal) == 0;
}

/* -- SQLite's log ------------------------------------------------------------------------------ */

struct chain {
    uint32_t s[2];
};

static uint32_t word(const unsigned char *at, bool high_first)
{
    return high_first
               ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
               : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* fileformat2.html, 4.2: a sum of the words and of the sums before */
static void chain_add(struct chain *chain, const unsigned char *at, size_t len, bool high_first)
{
    for (size_t i = 0; i < len; i += 8) {
        chain->s[0] += word(at + i, high_first) + chain->s[1];
        chain->s[1] += word(at + i + 4, high_first) + chain->s[0];
    }
}

static bool fits(const unsigned char frame[LOG_FRAME], const unsigned char before[LOG_CHECK],
                 bool high_first)
{
    const unsigned char *check = frame + LOG_FRAME_HEADER - LOG_CHECK;
    struct chain chain = { { word(before, true), word(before + 4, true) } };
    chain_add(&chain, frame, 8, high_first);
    chain_add(&chain, frame + LOG_FRAME_HEADER, PAGE_BYTES, high_first);
    return chain.s[0] == word(check, true) && chain.s[1] == word(check + 4, true);
}

bool db_page_fits_log(const unsigned char frame[LOG_FRAME], const unsigned char before[LOG_CHECK])
{
    /* the order of bytes is that of the machine which began the log: hardly ever another's */
    return fits(frame, before, false) || fits(frame, before, true);
}
