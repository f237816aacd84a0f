/*
 * role.c: the names of roles; what they may is in policy.c.
 */
#include "governance/governance.h"

static const struct {
    const char *word;
    const char *people;
} roles[ROLE_COUNT] = {
#define X(name, word, people) { word, people },
    GOVERNANCE_ROLES(X)
#undef X
};

const char *governance_role_word(enum governance_role role)
{
    return roles[role].word;
}

const char *governance_role_people(enum governance_role role)
{
    return roles[role].people;
}

bool governance_role_find(struct slice word, enum governance_role *ret_role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (slice_equal(word, slice_from_string(roles[i].word))) {
            *ret_role = (enum governance_role)i;
            return true;
        }
    }
    return false;
}
