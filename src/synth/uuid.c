/*
 * uuid.c: two numbers mixed from what is named, and the bits of version and variant.
 */
#include "synth/uuid.h"

void synth_uuid(uint64_t seed, uint64_t kind, uint64_t a, uint64_t b,
                char ret_text[SYNTH_BARE_UUID_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    uint64_t bits[2];
    bits[0] = synth_random_mix(synth_random_mix(seed + kind, a), b);
    bits[1] = synth_random_mix(bits[0], a ^ b << 32);
    bits[0] = (bits[0] & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    bits[1] = (bits[1] & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    char *at = ret_text;
    for (int digit = 0; digit < 32; digit++) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20) {
            *at++ = '-';
        }
        *at++ = hex[bits[digit / 16] >> (60 - 4 * (digit % 16)) & 15];
    }
    *at = '\0';
}
