/*
 * row_label.c: categories and security labels as bits.
 *
 * A label is a promise to someone, so doubt goes to the side of the label: a security code counts
 * when its system is the expected one and also when it names no system, and the labels of contained
 * resources count for the whole. A category, on the other hand, opens nothing and closes nothing by
 * itself: an Observation may carry several, and one of none of the known is OTHER_CATEGORY.
 */
#include "store/row_label.h"

struct coded {
    struct slice system; /* empty: of any */
    struct slice code;
    uint32_t label;
};

#define CONFIDENTIALITY "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
#define ACT_CODE        "http://terminology.hl7.org/CodeSystem/v3-ActCode"
#define ACT_REASON      "http://terminology.hl7.org/CodeSystem/v3-ActReason"

/* v3 ActCode: the leaves and groups of _InformationSensitivityPolicy */
static const char *const sensitivities[] = {
    "ADOL",    "B",    "BH",       "CEL", "COGN",    "COMPT",    "DEMO",   "DIA",
    "DIAG",    "DOB",  "DRGIS",    "DVD", "EMOTDIS", "EMP",      "EMPL",   "ETH",
    "ETHUD",   "GDIS", "GENDER",   "HIV", "IDS",     "LIVARG",   "LOCIS",  "MARST",
    "MH",      "MST",  "OPIOIDUD", "PDS", "PHY",     "PREGNANT", "PRS",    "PSY",
    "PSYTHPN", "RACE", "REL",      "SCA", "SDV",     "SEX",      "SICKLE", "SOC",
    "SPI",     "SSP",  "STD",      "SUD", "TBOO",    "VIO",      "VIP",
};

static const struct coded security_codes[] = {
    { SLICE_INIT(CONFIDENTIALITY), SLICE_INIT("R"), LABEL_RESTRICTED },
    { SLICE_INIT(CONFIDENTIALITY), SLICE_INIT("V"), LABEL_RESTRICTED },
    { SLICE_INIT(ACT_CODE), SLICE_INIT("NOPAT"), LABEL_NO_PATIENT_VIEW },
    { SLICE_INIT(ACT_REASON), SLICE_INIT("HTEST"), LABEL_SYNTHETIC },
};

/* observation-category, and the diagnostic services of v2-0074 */
static const struct coded category_codes[] = {
    { { NULL, 0 }, SLICE_INIT("laboratory"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("LAB"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("BG"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("BLB"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("CG"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("CH"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("CP"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("GE"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("HM"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("IMM"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("MB"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("MCB"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("MYC"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("PAR"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("PAT"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("SP"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("SR"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("TX"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("VR"), LABEL_LABORATORY },
    { { NULL, 0 }, SLICE_INIT("imaging"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("CT"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("CUS"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("NMR"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("NMS"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("OUS"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("RAD"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("RUS"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("RX"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("VUS"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("XRC"), LABEL_IMAGING },
    { { NULL, 0 }, SLICE_INIT("vital-signs"), LABEL_VITAL_SIGNS },
    { { NULL, 0 }, SLICE_INIT("social-history"), LABEL_SOCIAL_HISTORY },
};

static uint32_t label_of(const struct coded *codes, size_t count, struct slice system,
                         struct slice code)
{
    uint32_t labels = 0;
    for (size_t i = 0; i < count; i++) {
        bool same_system =
            codes[i].system.len == 0 || system.len == 0 || slice_equal(codes[i].system, system);
        if (same_system && slice_equal(codes[i].code, code)) {
            labels |= codes[i].label;
        }
    }
    return labels;
}

static bool is_sensitivity(struct slice system, struct slice code)
{
    if (system.len > 0 && !slice_equal(system, SLICE(ACT_CODE))) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(sensitivities); i++) {
        if (slice_equal(code, slice_from_string(sensitivities[i]))) {
            return true;
        }
    }
    return false;
}

static uint32_t security_labels(const struct json *json, json_ix resource, struct arena *arena)
{
    uint32_t labels = 0;
    json_ix meta = json_member(json, resource, SLICE("meta"));
    json_ix security = json_member(json, meta, SLICE("security"));
    json_each_element(json, security, coding)
    {
        struct slice system = json_member_string(json, coding, SLICE("system"), arena);
        struct slice code = json_member_string(json, coding, SLICE("code"), arena);
        labels |= label_of(security_codes, ARRAY_LENGTH(security_codes), system, code);
        labels |= is_sensitivity(system, code) ? LABEL_SENSITIVE : 0u;
    }
    return labels;
}

static uint32_t category_labels(const struct json *json, json_ix resource, struct arena *arena)
{
    uint32_t labels = 0;
    bool any = false;
    json_ix categories = json_member(json, resource, SLICE("category"));
    json_each_element(json, categories, category)
    {
        json_ix codings = json_member(json, category, SLICE("coding"));
        any = true;
        json_each_element(json, codings, coding)
        {
            labels |=
                label_of(category_codes, ARRAY_LENGTH(category_codes), (struct slice){ NULL, 0 },
                         json_member_string(json, coding, SLICE("code"), arena));
        }
    }
    if (labels != 0) {
        return labels;
    }
    return any ? LABEL_OTHER_CATEGORY : LABEL_UNCATEGORISED;
}

uint32_t row_labels_of(const struct json *json, json_ix resource, fhir_type type,
                       struct arena *arena)
{
    uint32_t labels = security_labels(json, resource, arena);
    json_ix contained = json_member(json, resource, SLICE("contained"));
    json_each_element(json, contained, inner)
    {
        labels |= security_labels(json, inner, arena);
    }
    if (type == FHIR_OBSERVATION || type == FHIR_DIAGNOSTIC_REPORT) {
        labels |= category_labels(json, resource, arena);
    } else if (type == FHIR_IMAGING_STUDY) {
        labels |= LABEL_IMAGING;
    }
    return labels;
}
