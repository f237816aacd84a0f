/*
 * render_pages: writes every page, with invented views, and the assets into a folder, so that a
 * browser can be pointed at them without stores, sources or sign-in.
 *
 *   render_pages FOLDER
 *
 * A file's name is the page's; assets keep their addresses below the folder. "headers.json" holds
 * what every page is sent with.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "invented_record.h"
#include "web/asset.h"
#include "web/viewer.h"

static const char *folder;

static void write_file(const char *name, struct slice content)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(content.ptr, 1, content.len, file) != content.len ||
        fclose(file) != 0) {
        fprintf(stderr, "render_pages: %s cannot be written\n", path);
        exit(1);
    }
}

static void page(const char *name, bool good, struct strbuf *out, const struct fault *fault)
{
    if (!good) {
        fprintf(stderr, "render_pages: %s: %.*s\n", name, SLICE_PRINT(fault->message));
        exit(1);
    }
    write_file(name, strbuf_slice(out));
    strbuf_clear(out);
}

static const struct page_frame signed_in = {
    .synthetic = true,
    .signed_in = true,
    .user_name = SLICE_INIT("Dr A Okafor"),
    .role = SLICE_INIT("Emergency doctor"),
    .organisation = SLICE_INIT("Oxford University Hospitals NHS Foundation Trust"),
    .form_token = SLICE_INIT("00ff"),
};

static const struct page_frame visitor = { .synthetic = true };

static const struct organisation organisations[] = {
    { SLICE_INIT("922"), SLICE_INIT("Oxfordshire County Council"), ORGANISATION_TYPE_COUNCIL,
      ORGANISATION_LIVE, SOURCE_KIND_HOSTED, 0 },
    { SLICE_INIT("K84001"), SLICE_INIT("Summertown Practice"), ORGANISATION_TYPE_PRACTICE,
      ORGANISATION_LIVE, SOURCE_KIND_HOSTED, 0 },
    { SLICE_INIT("NL1"), SLICE_INIT("Out of hours service"), ORGANISATION_TYPE_OTHER,
      ORGANISATION_PLANNED, SOURCE_KIND_HOSTED, 0 },
    { SLICE_INIT("RNU"), SLICE_INIT("Oxford Health NHS Foundation Trust"),
      ORGANISATION_TYPE_COMMUNITY, ORGANISATION_LIVE, SOURCE_KIND_HOSTED, 0 },
    { SLICE_INIT("RTH"), SLICE_INIT("Oxford University Hospitals NHS Foundation Trust"),
      ORGANISATION_TYPE_HOSPITAL, ORGANISATION_LIVE, SOURCE_KIND_HOSTED, 0 },
};
static const struct register_snapshot snapshot = { organisations, ARRAY_LENGTH(organisations) };

static const struct subject users[] = {
    { SLICE_INIT("dr.lowe"), SLICE_INIT("Dr P Lowe"), ROLE_GP, SLICE_INIT("K84001"), true },
    { SLICE_INIT("dr.okafor"), SLICE_INIT("Dr A Okafor"), ROLE_EMERGENCY_DOCTOR, SLICE_INIT("RTH"),
      true },
    { SLICE_INIT("n.adeyemi"), SLICE_INIT("J Adeyemi"), ROLE_NURSE, SLICE_INIT("RNU"), true },
    { SLICE_INIT("s.price"), SLICE_INIT("S Price"), ROLE_SOCIAL_WORKER, SLICE_INIT("922"), true },
    { SLICE_INIT("r.bell"), SLICE_INIT("R Bell"), ROLE_RECEPTIONIST, SLICE_INIT("K84001"), true },
};

static struct person_entry entry(const char *family, const char *given, unsigned day)
{
    return (struct person_entry){
        .person = SLICE("k3vq7m2x5b9t4h6w8y1zc0dfgj"),
        .nhs_number = SLICE("9990000018"),
        .name = { .family = slice_from_string(family),
                  .given = slice_from_string(given),
                  .prefix = SLICE("Mrs") },
        .birth = { .year = 1944, .month = 3, .day = (uint8_t)day, .precision = INSTANT_DAY },
        .has_birth = true,
        .gender = SLICE("female"),
        .address = SLICE("4 Plough Lane, Wolvercote, Oxford"),
        .postcode = SLICE("OX2 8AZ"),
        .practice = SLICE("K84001"),
    };
}

static void public_pages(struct arena *arena, struct strbuf *out)
{
    struct fault fault = FAULT_INIT;
    struct slice none = { NULL, 0 };
    const struct page_find_form typed = {
        .family = SLICE("Hallam"), .day = SLICE("31"), .month = SLICE("2"), .year = SLICE("1944")
    };
    const struct person_entry people[] = { entry("Hallam", "Margaret", 12),
                                           entry("Hallam", "Margret", 12),
                                           entry("Hallam", "Joan", 12) };
    page("home.html", page_home(&visitor, &snapshot, arena, out, &fault), out, &fault);
    page("organisations.html", page_organisations(&visitor, &snapshot, arena, out, &fault), out,
         &fault);
    page("choices.html", page_choices(&visitor, arena, out, &fault), out, &fault);
    page("questions.html", page_questions(&visitor, arena, out, &fault), out, &fault);
    page("sign-in.html",
         page_sign_in(&visitor, users, ARRAY_LENGTH(users), &snapshot, none, SLICE("/patients"),
                      arena, out, &fault),
         out, &fault);
    page("find.html", page_find(&signed_in, NULL, none, arena, out, &fault), out, &fault);
    page("find-problem.html",
         page_find(&signed_in, &typed, SLICE("The date of birth must be a real date"), arena, out,
                   &fault),
         out, &fault);
    page("found.html",
         page_found(&signed_in, people, 3, true, &snapshot, 1795523460000000, arena, out, &fault),
         out, &fault);
    page("found-none.html",
         page_found(&signed_in, NULL, 0, false, &snapshot, 1795523460000000, arena, out, &fault),
         out, &fault);
    struct fault problem = { .code = FAULT_FORBIDDEN,
                             .message = SLICE("Your organisation has no relationship with this "
                                              "patient.") };
    page("fault.html",
         page_fault(&signed_in, &problem, SLICE("0123456789abcdef"), arena, out, &fault), out,
         &fault);
}

static void record_pages(struct arena *arena, struct strbuf *out)
{
    static const struct {
        const char *name;
        enum invented_kind kind;
    } kinds[] = { { "summary.html", INVENTED_USUAL },     { "complete.html", INVENTED_COMPLETE },
                  { "deceased.html", INVENTED_DECEASED }, { "nothing.html", INVENTED_NOTHING },
                  { "role.html", INVENTED_ROLE },         { "hostile.html", INVENTED_HOSTILE },
                  { "long.html", INVENTED_LONG } };
    const struct viewer_session session = { .frame = signed_in, .reason = SLICE("direct care") };
    struct fault fault = FAULT_INIT;
    struct record record;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        bool good = invented_record(arena, kinds[i].kind, &record) &&
                    viewer_summary_page(&record, &session, arena, out, &fault);
        page(kinds[i].name, good, out, &fault);
    }
    static const enum invented_kind section_kinds[] = { INVENTED_USUAL, INVENTED_HOSTILE };
    for (size_t k = 0; k < ARRAY_LENGTH(section_kinds); k++) {
        if (!invented_record(arena, section_kinds[k], &record)) {
            page("section", false, out, &fault);
        }
        const char *prefix = k == 0 ? "section" : "hostile";
        char name[64];
        for (size_t i = 0; i < SECTION_COUNT; i++) {
            snprintf(name, sizeof name, "%s-%zu.html", prefix, i);
            page(name,
                 viewer_section_page(&record, (enum record_section)i, &session, arena, out, &fault),
                 out, &fault);
        }
        snprintf(name, sizeof name, "%s-timeline.html", prefix);
        page(name, viewer_timeline_page(&record, &session, arena, out, &fault), out, &fault);
    }
}

static void write_headers(struct strbuf *out)
{
    strbuf_add_byte(out, '{');
    for (size_t i = 0; page_headers[i].name != NULL; i++) {
        strbuf_addf(out, "%s\"%s\":\"%.*s\"", i > 0 ? "," : "", page_headers[i].name,
                    SLICE_PRINT(page_headers[i].value));
    }
    strbuf_add_byte(out, '}');
    write_file("headers.json", strbuf_slice(out));
    strbuf_clear(out);
}

int main(int argc, char **argv)
{
    char path[512];
    if (argc != 2) {
        fputs("usage: render_pages FOLDER\n", stderr);
        return 2;
    }
    folder = argv[1];
    snprintf(path, sizeof path, "%s/assets", folder);
    if ((mkdir(folder, 0700) != 0 && errno != EEXIST) ||
        (mkdir(path, 0700) != 0 && errno != EEXIST)) {
        fprintf(stderr, "render_pages: %s cannot be made\n", path);
        return 1;
    }
    struct arena arena;
    struct strbuf out;
    arena_init(&arena, LIMIT_REQUEST_ARENA);
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    public_pages(&arena, &out);
    record_pages(&arena, &out);
    write_headers(&out);
    for (size_t i = 0; assets[i] != NULL; i++) {
        snprintf(path, sizeof path, "%.*s", SLICE_PRINT(assets[i]->url));
        write_file(path + 1, assets[i]->body);
    }
    strbuf_release(&out);
    arena_release(&arena);
    return 0;
}
