/*
 * simdjson_shim.cc: the DOM interface of simdjson behind C functions.
 *
 * The DOM and not the on-demand interface, because it does what our reader does: it checks and
 * indexes the whole text. The on-demand interface leaves what nobody asks for unchecked.
 */
#include <simdjson.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "simdjson_shim.h"

struct simdjson_reader {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
};

namespace
{

enum simdjson_outcome read(struct simdjson_reader *reader, const char *text, size_t length,
                           bool copy)
{
    auto result = reader->parser.parse(text, length, copy);
    simdjson::error_code error = result.get(reader->root);
    if (error == simdjson::SUCCESS) {
        return SIMDJSON_ACCEPTED;
    }
    return error == simdjson::NUMBER_ERROR ? SIMDJSON_NUMBER_REFUSED : SIMDJSON_REFUSED;
}

void describe_number(double number, std::string &out)
{
    unsigned long long bits;
    char text[32];
    number = number == 0 ? 0.0 : number;
    std::memcpy(&bits, &number, sizeof bits);
    std::snprintf(text, sizeof text, "#%016llx", bits);
    out += text;
}

void describe_string(std::string_view string, std::string &out)
{
    out += "s" + std::to_string(string.size()) + ":";
    out += string;
}

void describe(simdjson::dom::element element, std::string &out)
{
    using simdjson::dom::element_type;
    switch (element.type()) {
    case element_type::NULL_VALUE:
        out += "n";
        break;
    case element_type::BOOL:
        out += bool(element) ? "t" : "f";
        break;
    case element_type::INT64:
        describe_number(double(int64_t(element)), out);
        break;
    case element_type::UINT64:
        describe_number(double(uint64_t(element)), out);
        break;
    case element_type::DOUBLE:
        describe_number(double(element), out);
        break;
    case element_type::STRING:
        describe_string(std::string_view(element), out);
        break;
    case element_type::ARRAY:
        out += "[";
        for (simdjson::dom::element item : simdjson::dom::array(element)) {
            describe(item, out);
        }
        out += "]";
        break;
    case element_type::OBJECT:
        out += "{";
        for (auto member : simdjson::dom::object(element)) {
            describe_string(member.key, out);
            describe(member.value, out);
        }
        out += "}";
        break;
    }
}

} // namespace

struct simdjson_reader *simdjson_reader_new(void)
{
    return new simdjson_reader;
}

void simdjson_reader_free(struct simdjson_reader *reader)
{
    delete reader;
}

size_t simdjson_padding(void)
{
    return simdjson::SIMDJSON_PADDING;
}

enum simdjson_outcome simdjson_read(struct simdjson_reader *reader, const char *text, size_t length)
{
    return read(reader, text, length, true);
}

enum simdjson_outcome simdjson_read_padded(struct simdjson_reader *reader, const char *text,
                                           size_t length)
{
    return read(reader, text, length, false);
}

void simdjson_describe(struct simdjson_reader *reader,
                       void (*add)(void *context, const char *text, size_t length), void *context)
{
    std::string out;
    describe(reader->root, out);
    add(context, out.data(), out.size());
}
