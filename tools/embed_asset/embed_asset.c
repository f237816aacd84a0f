/*
 * embed_asset: files in, one C source and one header out, with an address for each that holds the
 * digest of its content.
 *
 *   embed_asset SOURCE.c HEADER.h [--omit TEXT | --omit-rule @font-face | NAME=PATH]...
 *
 * An --omit counts for the next NAME=PATH only: it leaves out a text wherever it stands,
 * --omit-rule leaves out whole CSS rules ("@font-face{...}"): so the typeface that NHS
 * organisations alone may use, and the address it would be fetched from, never reach our pages. The
 * program says so when there was nothing to leave out, because then the package has changed and
 * needs a look.
 *
 * "@asset(NAME)" in a text file becomes the address of that asset, which must be listed before.
 *
 * Written for a build: prints what is wrong and ends with status 1.
 */
#include <openssl/evp.h>

#include "base/prelude.h"

#define ASSETS_MAX 32
#define OMITS_MAX  8

struct file {
    char *at;
    size_t len;
};

struct embedded {
    const char *name;
    char url[160];
    char identifier[80];
    const char *type;
    struct file file;
};

struct omit {
    const char *text;
    bool rule;
};

static const struct {
    const char *extension;
    const char *type;
    bool text;
} types[] = {
    { ".css", "text/css; charset=utf-8", true },
    { ".js", "text/javascript; charset=utf-8", true },
    { ".svg", "image/svg+xml", true },
    { ".png", "image/png", false },
};

static void fail(const char *path, const char *problem) __attribute__((noreturn));

static void fail(const char *path, const char *problem)
{
    fprintf(stderr, "embed_asset: %s: %s\n", path, problem);
    exit(1);
}

static void *room(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL) {
        fail("-", "no memory");
    }
    return memory;
}

static struct file read_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        fail(path, strstr(path, "node_modules") != NULL
                       ? "not found: run script/bootstrap (or npm ci), which installs it"
                       : "cannot be read");
    }
    struct file file = { NULL, 0 };
    if (fseek(in, 0, SEEK_END) == 0) {
        long size = ftell(in);
        rewind(in);
        file.at = room(size > 0 ? (size_t)size : 1);
        file.len = fread(file.at, 1, size > 0 ? (size_t)size : 0, in);
        if (size < 0 || file.len != (size_t)size) {
            fail(path, "cannot be read");
        }
    }
    fclose(in);
    return file;
}

/* takes [start, end) out of the file */
static void cut(struct file *file, size_t start, size_t end)
{
    memmove(file->at + start, file->at + end, file->len - end);
    file->len -= end - start;
}

static size_t find(const struct file *file, size_t from, const char *text)
{
    const char *hit =
        from < file->len ? memmem(file->at + from, file->len - from, text, strlen(text)) : NULL;
    return hit != NULL ? (size_t)(hit - file->at) : file->len;
}

static void leave_out(struct file *file, const struct omit *omit, const char *path)
{
    size_t count = 0;
    size_t at;
    while ((at = find(file, 0, omit->text)) < file->len) {
        size_t end = at + strlen(omit->text);
        if (omit->rule) {
            end = find(file, at, "}") + 1;
            if (end > file->len) {
                fail(path, "a rule to leave out has no end");
            }
        }
        cut(file, at, end);
        count++;
    }
    if (count == 0) {
        fail(path, "holds nothing of what is to be left out: has the package changed?");
    }
}

/* "@asset(NAME)" -> address */
static void resolve_names(struct embedded *all, size_t count, struct embedded *asset)
{
    static const char mark[] = "@asset(";
    size_t at = 0;
    while ((at = find(&asset->file, at, mark)) < asset->file.len) {
        size_t end = find(&asset->file, at, ")");
        const char *name = asset->file.at + at + strlen(mark);
        size_t len = end - at - strlen(mark);
        struct embedded *other = NULL;
        for (size_t i = 0; i < count && end < asset->file.len; i++) {
            if (strlen(all[i].name) == len && memcmp(all[i].name, name, len) == 0) {
                other = &all[i];
            }
        }
        if (other == NULL) {
            fail(asset->name, "names an asset that is not listed before it");
        }
        size_t url_len = strlen(other->url);
        char *joined = room(asset->file.len + url_len);
        memcpy(joined, asset->file.at, at);
        memcpy(joined + at, other->url, url_len);
        memcpy(joined + at + url_len, asset->file.at + end + 1, asset->file.len - end - 1);
        free(asset->file.at);
        asset->file.at = joined;
        asset->file.len = asset->file.len - (end + 1 - at) + url_len;
        at += url_len;
    }
}

static void name_asset(struct embedded *asset)
{
    const char *dot = strrchr(asset->name, '.');
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(asset->file.at, asset->file.len, digest, NULL, EVP_sha256(), NULL) != 1) {
        fail(asset->name, "no SHA-256");
    }
    char hex[21];
    for (size_t i = 0; i < 10; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    snprintf(asset->url, sizeof asset->url, "/assets/%.*s.%s%s", (int)(dot - asset->name),
             asset->name, hex, dot);
    snprintf(asset->identifier, sizeof asset->identifier, "asset_%s", asset->name);
    for (char *c = asset->identifier; *c != '\0'; c++) {
        if (*c == '.' || *c == '-') {
            *c = '_';
        }
    }
}

static void add_asset(struct embedded *all, size_t count, char *argument, const struct omit *omits,
                      size_t omit_count)
{
    struct embedded *asset = &all[count];
    char *equals = strchr(argument, '=');
    *equals = '\0';
    asset->name = argument;
    const char *dot = strrchr(argument, '.');
    bool text = false;
    for (size_t i = 0; dot != NULL && i < ARRAY_LENGTH(types); i++) {
        if (strcmp(dot, types[i].extension) == 0) {
            asset->type = types[i].type;
            text = types[i].text;
        }
    }
    if (asset->type == NULL || strlen(argument) > 60) {
        fail(argument, "no content type is known for it");
    }
    asset->file = read_file(equals + 1);
    for (size_t i = 0; i < omit_count; i++) {
        leave_out(&asset->file, &omits[i], equals + 1);
    }
    if (text) {
        resolve_names(all, count, asset);
    }
    name_asset(asset);
}

static void write_body(FILE *out, const struct file *file)
{
    fputs("    .body = { \"", out);
    for (size_t i = 0; i < file->len; i++) {
        unsigned char byte = (unsigned char)file->at[i];
        if (byte == '"' || byte == '\\') {
            fprintf(out, "\\%c", byte);
        } else if (byte < 0x20 || byte >= 0x7f || byte == '?') {
            fprintf(out, "\\%03o", byte);
        } else {
            fputc(byte, out);
        }
        if (i % 4000 == 3999) {
            fputs("\"\n\"", out);
        }
    }
    fprintf(out, "\", %zu },\n", file->len);
}

static FILE *create(const char *path)
{
    FILE *out = fopen(path, "wb");
    if (out == NULL) {
        fail(path, "cannot be written");
    }
    fputs("/* Made by tools/embed_asset; not to be edited. */\n", out);
    return out;
}

static void write_source(const char *path, const struct embedded *all, size_t count)
{
    FILE *out = create(path);
    fputs("#include \"assets.h\"\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out,
                "\nconst struct asset %s = {\n    .name = SLICE_INIT(\"%s\"),\n"
                "    .url = SLICE_INIT(\"%s\"),\n    .type = SLICE_INIT(\"%s\"),\n",
                all[i].identifier, all[i].name, all[i].url, all[i].type);
        write_body(out, &all[i].file);
        fputs("};\n", out);
    }
    fputs("\nconst struct asset *const assets[] = {\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "    &%s,\n", all[i].identifier);
    }
    fputs("    NULL,\n};\n", out);
    if (fclose(out) != 0) {
        fail(path, "cannot be written");
    }
}

static void write_header(const char *path, const struct embedded *all, size_t count)
{
    FILE *out = create(path);
    fputs("#pragma once\n#include \"web/asset.h\"\n\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "extern const struct asset %s;\n", all[i].identifier);
    }
    if (fclose(out) != 0) {
        fail(path, "cannot be written");
    }
}

int main(int argc, char **argv)
{
    struct embedded all[ASSETS_MAX] = { 0 };
    struct omit omits[OMITS_MAX];
    size_t count = 0;
    size_t omit_count = 0;
    for (int i = 3; i < argc; i++) {
        bool rule = strcmp(argv[i], "--omit-rule") == 0;
        if ((rule || strcmp(argv[i], "--omit") == 0) && i + 1 < argc && omit_count < OMITS_MAX) {
            omits[omit_count++] = (struct omit){ argv[++i], rule };
        } else if (strchr(argv[i], '=') != NULL && count < ASSETS_MAX) {
            add_asset(all, count++, argv[i], omits, omit_count);
            omit_count = 0;
        } else {
            fail(argv[i], "not understood");
        }
    }
    if (count == 0) {
        fputs("usage: embed_asset SOURCE.c HEADER.h [--omit TEXT] NAME=PATH...\n", stderr);
        return 2;
    }
    write_source(argv[1], all, count);
    write_header(argv[2], all, count);
    for (size_t i = 0; i < count; i++) {
        free(all[i].file.at);
    }
    return 0;
}
