/*
 * ods_code.c: the form alone. A code also names a file, so nothing else may pass.
 */
#include "nhs/ods_code.h"

bool ods_code_valid(struct slice code)
{
    if (code.len < 3 || code.len > ODS_CODE_MOST) {
        return false;
    }
    for (size_t i = 0; i < code.len; i++) {
        char c = code.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return true;
}
