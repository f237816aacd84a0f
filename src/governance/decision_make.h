/*
 * decision_make.h: the only way to a decision; included by governance/ alone (tools/check_layers).
 */
#ifndef EVENLODE_GOVERNANCE_DECISION_MAKE_H
#define EVENLODE_GOVERNANCE_DECISION_MAKE_H

#include "base/arena.h"
#include "store/decision_private.h"

/* Copies everything into `arena`, stamps magic and time; NULL without memory. */
MUST_CHECK const struct decision *decision_make(struct arena *arena, const struct decision *draft);

#endif
