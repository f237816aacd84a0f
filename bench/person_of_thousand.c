/*
 * person_of_thousand.c: 250 resources in each of four organisations, written as NDJSON and loaded
 * as an operator would. Invented; bodies of about 1.2 KB.
 */
#include "person_of_thousand.h"

#include <sys/stat.h>

static const struct {
    const char *ods;
    const char *name;
    const char *type;
} organisations[] = {
    { "RZZ", "Thornbrook Hospitals (bench)", "hospital" },
    { "RZY", "Evenmead Community (bench)", "community" },
    { "K99001", "Mill Lane Surgery (bench)", "practice" },
    { "K99002", "Castle Street (bench)", "practice" },
};

#define NHS_NUMBER "9990000018"

static const struct {
    const char *code, *display, *unit, *low, *high;
} tests[] = {
    { "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", "4.0", "6.0" },
    { "2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", "3.5", "5.3" },
    { "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "umol/L", "60", "110" },
    { "718-7", "Hemoglobin [Mass/volume] in Blood", "g/L", "115", "165" },
    { "2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", "133", "146" },
};

static const char *const problems[][2] = {
    { "38341003", "Hypertensive disorder" },
    { "44054006", "Type 2 diabetes mellitus" },
    { "195967001", "Asthma" },
    { "49436004", "Atrial fibrillation" },
    { "709044004", "Chronic kidney disease" },
    { "396275006", "Osteoarthritis" },
};

static void date_of(unsigned i, char ret_date[32])
{
    snprintf(ret_date, 32, "20%02u-%02u-%02uT%02u:%02u:00+00:00", 10 + i % 16, 1 + i % 12,
             1 + i % 28, i % 24, i % 60);
}

static void write_patient(FILE *file, const char *ods)
{
    fprintf(
        file,
        "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"meta\":{\"security\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/v3-ActReason\",\"code\":\"HTEST\"}]},"
        "\"identifier\":[{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"" NHS_NUMBER
        "\"}],\"name\":[{\"use\":\"official\",\"family\":\"Hallam\",\"given\":[\"Margaret\"],"
        "\"prefix\":[\"Mrs\"]}],\"gender\":\"female\",\"birthDate\":\"1944-03-12\","
        "\"managingOrganization\":{\"identifier\":{\"system\":"
        "\"https://fhir.nhs.uk/Id/ods-organization-code\",\"value\":\"%s\"}}}\n",
        ods);
}

static void write_observation(FILE *file, const char *ods, unsigned i)
{
    char date[32];
    unsigned t = i % 5;
    date_of(i, date);
    fprintf(
        file,
        "{\"resourceType\":\"Observation\",\"id\":\"o%s-%u\",\"status\":\"final\","
        "\"category\":[{\"coding\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"laboratory\","
        "\"display\":\"Laboratory\"}]}],\"code\":{\"coding\":[{\"system\":\"http://loinc.org\","
        "\"code\":\"%s\",\"display\":\"%s\"}],\"text\":\"%s\"},\"subject\":{\"reference\":"
        "\"Patient/p1\"},\"effectiveDateTime\":\"%s\",\"issued\":\"%s\",\"performer\":[{"
        "\"display\":\"Clinical Chemistry Laboratory, Thornbrook Hospital\"}],\"valueQuantity\":"
        "{\"value\":%u.%u,\"unit\":\"%s\",\"system\":\"http://"
        "unitsofmeasure.org\",\"code\":\"%s\"},"
        "\"referenceRange\":[{\"low\":{\"value\":%s,\"unit\":\"%s\"},\"high\":{\"value\":%s,"
        "\"unit\":\"%s\"},\"text\":\"%s to %s %s\"}],\"note\":[{\"text\":\"Specimen %u received "
        "in good condition; result checked and released by the duty biomedical scientist.\"}]}\n",
        ods, i, tests[t].code, tests[t].display, tests[t].display, date, date, 4 + i % 90, i % 10,
        tests[t].unit, tests[t].unit, tests[t].low, tests[t].unit, tests[t].high, tests[t].unit,
        tests[t].low, tests[t].high, tests[t].unit, i);
}

static void write_condition(FILE *file, const char *ods, unsigned i)
{
    char date[32];
    const char *const *problem = problems[i % 6];
    date_of(i, date);
    fprintf(
        file,
        "{\"resourceType\":\"Condition\",\"id\":\"c%s-%u\",\"clinicalStatus\":{\"coding\":[{"
        "\"system\":\"http://terminology.hl7.org/CodeSystem/condition-clinical\",\"code\":"
        "\"active\"}]},\"verificationStatus\":{\"coding\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/condition-ver-status\",\"code\":\"confirmed\"}]},"
        "\"category\":[{\"coding\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/condition-category\",\"code\":"
        "\"problem-list-item\"}]}],\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\","
        "\"code\":\"%s\",\"display\":\"%s\"}],\"text\":\"%s\"},\"subject\":{\"reference\":"
        "\"Patient/p1\"},\"onsetDateTime\":\"%s\",\"recordedDate\":\"%s\",\"recorder\":{"
        "\"display\":\"Dr H Marlowe\"}}\n",
        ods, i, problem[0], problem[1], problem[1], date, date);
}

static void write_encounter(FILE *file, const char *ods, unsigned i)
{
    char date[32];
    date_of(i, date);
    fprintf(
        file,
        "{\"resourceType\":\"Encounter\",\"id\":\"e%s-%u\",\"status\":\"finished\",\"class\":{"
        "\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"AMB\"},"
        "\"type\":[{\"text\":\"Follow-up consultation\"}],\"subject\":{\"reference\":"
        "\"Patient/p1\"},\"period\":{\"start\":\"%s\",\"end\":\"%s\"},\"reasonCode\":[{\"text\":"
        "\"Review of long-term conditions and medication\"}],\"serviceProvider\":{\"identifier\":"
        "{\"system\":\"https://fhir.nhs.uk/Id/ods-organization-code\",\"value\":\"%s\"}}}\n",
        ods, i, date, date, ods);
}

static void write_medication(FILE *file, const char *ods, unsigned i)
{
    char date[32];
    date_of(i, date);
    fprintf(
        file,
        "{\"resourceType\":\"MedicationRequest\",\"id\":\"m%s-%u\",\"status\":\"%s\",\"intent\":"
        "\"order\",\"medicationCodeableConcept\":{\"text\":\"Medicine %u 500 mg tablets\"},"
        "\"subject\":{\"reference\":\"Patient/p1\"},\"authoredOn\":\"%s\",\"requester\":{"
        "\"display\":\"Dr H Marlowe\"},\"dosageInstruction\":[{\"text\":\"One tablet twice a day "
        "with food\"}]}\n",
        ods, i, i % 3 == 0 ? "active" : "completed", i % 40, date);
}

static void write_organisation(const char *folder, size_t which, char *ret_path, size_t size)
{
    const char *ods = organisations[which].ods;
    snprintf(ret_path, size, "%s/%s.ndjson", folder, ods);
    FILE *file = fopen(ret_path, "w");
    if (file == NULL) {
        abort();
    }
    write_patient(file, ods);
    for (unsigned i = 0; i < 249; i++) {
        if (i % 10 < 6) {
            write_observation(file, ods, i);
        } else if (i % 10 == 6) {
            write_condition(file, ods, i);
        } else if (i % 10 == 7) {
            write_encounter(file, ods, i);
        } else {
            write_medication(file, ods, i);
        }
    }
    fclose(file);
}

static void must_run(const char *const *words)
{
    char out[4096];
    if (bench_run(words, out, sizeof out, NULL) != 0) {
        fprintf(stderr, "bench: %s %s failed\n%s", words[0], words[1], out);
        exit(1);
    }
}

void thousand_make(const char *data)
{
    char path[512];
    const char *init[] = { bench_program(), "init", "--data", data, NULL };
    must_run(init);
    snprintf(path, sizeof path, "%s/demo", data);
    fclose(fopen(path, "w"));
    for (size_t i = 0; i < ARRAY_LENGTH(organisations); i++) {
        const char *ods = organisations[i].ods;
        const char *add[] = { bench_program(),
                              "org",
                              "add",
                              "--data",
                              data,
                              "--ods",
                              ods,
                              "--name",
                              organisations[i].name,
                              "--type",
                              organisations[i].type,
                              "--status",
                              "live",
                              NULL };
        must_run(add);
        write_organisation(bench_folder(), i, path, sizeof path);
        const char *load[] = { bench_program(), "load", "--data", data, "--org", ods, path, NULL };
        must_run(load);
    }
}

void thousand_page(const char *data, char *ret_path, size_t size)
{
    char out[4096];
    const char *find[] = { bench_program(), "person",   "find", "--data", data,
                           "--nhs-number",  NHS_NUMBER, NULL };
    if (bench_run(find, out, sizeof out, NULL) != 0 || strchr(out, '\t') == NULL) {
        fprintf(stderr, "bench: the person is not found\n%s", out);
        exit(1);
    }
    snprintf(ret_path, size, "/record/%.*s", (int)strcspn(out, "\t"), out);
}

void thousand_token(const char *data, char *ret_token, size_t size)
{
    const char *token[] = { bench_program(),
                            "token",
                            "--data",
                            data,
                            "--user",
                            "bench",
                            "--role",
                            "system",
                            "--org",
                            THOUSAND_SYSTEM_ODS,
                            NULL };
    if (bench_run(token, ret_token, size, NULL) != 0) {
        exit(1);
    }
    ret_token[strcspn(ret_token, "\n")] = '\0';
}
