// fhir_search.mjs: search parameters into tables: the parameters of each type, and for each type one
// tree of element names with what to take at each node (src/fhir/tables.h describes both).
import { followExpression } from './fhir_path.mjs';
import { stableKey } from './fhir_write.mjs';

const KINDS = { token: 1, string: 2, date: 3, number: 4, quantity: 5, reference: 6, uri: 7, composite: 8, special: 9 };
const CONDITIONS = { type: 1, equals: 2, first: 3 };
const PRESENT = 1;

// what src/fhir/index_value.c can take a value from, by kind of parameter
const TAKEN = {
  token: ['code', 'Coding', 'CodeableConcept', 'Identifier', 'ContactPoint', 'boolean', 'string', 'uri', 'id'],
  string: ['string', 'markdown', 'HumanName', 'Address'],
  date: ['date', 'dateTime', 'instant', 'Period', 'Timing'],
  number: ['integer', 'decimal', 'Range'],
  quantity: ['Quantity', 'Age', 'Duration', 'Money', 'Range', 'SampledData'],
  reference: ['Reference', 'canonical', 'uri', 'Resource'],
  uri: ['uri', 'url', 'canonical'],
};

function parametersByType(model) {
  const byType = new Map(model.resources.map((name) => [name, new Map()]));
  for (const parameter of model.parameters) {
    for (const base of parameter.base) {
      const types = base === 'Resource' || base === 'DomainResource' ? model.resources : [base];
      for (const type of types) {
        // Bundle, Binary and Parameters are no DomainResources
        if (base === 'DomainResource' && !model.elementOptions(type, 'text')) continue;
        const list = byType.get(type);
        if (!list) throw new Error(`${parameter.code}: no resource type ${type}`);
        if (list.has(parameter.code)) throw new Error(`${type} has two parameters ${parameter.code}`);
        list.set(parameter.code, parameter);
      }
    }
  }
  return byType;
}

// leaves that can be taken; a choice element may have others, a plain element may not
function leavesOf(model, type, parameter, unsupported) {
  const refuse = (reason) => {
    const everywhere = parameter.base.some((one) => one === 'Resource' || one === 'DomainResource');
    const names = unsupported.get(reason) ?? unsupported.set(reason, []).get(reason);
    const name = `${everywhere ? '*' : type}.${parameter.code}`;
    if (!names.includes(name)) names.push(name);
    return null;
  };
  if (!parameter.expression) return refuse('no expression');
  if (!TAKEN[parameter.type]) return refuse(`kind ${parameter.type}`);
  let leaves;
  try {
    leaves = followExpression(parameter.expression, type, model);
  } catch (error) {
    return refuse(error.message);
  }
  const taken = leaves.filter((leaf) => leaf.present || TAKEN[parameter.type].includes(leaf.structure));
  const lost = leaves.filter((leaf) => !taken.includes(leaf) && !leaf.choice);
  if (taken.length === 0 || lost.length > 0) {
    return refuse(`no value of type ${leaves.map((leaf) => leaf.structure).join()}`);
  }
  return taken;
}

const newNode = () => ({ children: new Map(), actions: [] });

function nodeOf(root, steps) {
  let node = root;
  for (const step of steps) {
    if (!node.children.has(step)) node.children.set(step, newNode());
    node = node.children.get(step);
  }
  return node;
}

export function buildSearch(model, { strings, sets, targets, bindings, numbering }) {
  const unsupported = new Map(); // reason -> Type.code
  const parameters = [];
  const parameterNumber = new Map();
  const conditions = ['{0,0,0,0}'];
  const conditionNumber = new Map();
  const keys = new Map();
  const nodes = ['{0,0,0,0,0}'];
  const nodeNumber = new Map();
  const children = [];
  const actions = [];
  const types = ['{0,0,0,0,0,0,0,0}'];
  const typeParameters = [];
  const compartmentKeys = [];

  const keyOf = (code) => {
    const key = stableKey(code);
    if ((keys.get(key) ?? code) !== code) throw new Error(`keys of ${code} and ${keys.get(key)} collide`);
    if (key === 0) throw new Error(`${code} has key 0`);
    keys.set(key, code);
    return key;
  };
  const parameterOf = (type, parameter, leaves) => {
    const systems = new Set((leaves ?? []).map((leaf) =>
      leaf.structure === 'code' && parameter.type === 'token' ? bindings.systemOf(leaf.binding) : null));
    const [system] = systems.size === 1 ? systems : [null];
    const row = `{${[keyOf(parameter.code), strings.number(parameter.code), system ? strings.number(system) : 0,
      targets.numberOf(parameter.target ?? []), KINDS[parameter.type], leaves || isColumn(parameter) ? 1 : 0].join()}}`;
    if (!parameterNumber.has(row)) {
      parameterNumber.set(row, parameters.length);
      parameters.push(row);
    }
    return parameterNumber.get(row);
  };
  const conditionOf = (condition, depth) => {
    const up = depth - condition.at;
    const row = `{${[CONDITIONS[condition.kind], up,
      condition.kind === 'type' ? numbering.number.get(condition.type) : strings.number(condition.name ?? ''),
      strings.number(condition.value ?? '')].join()}}`;
    if (!conditionNumber.has(row)) {
      conditionNumber.set(row, conditions.length);
      conditions.push(row);
    }
    return conditionNumber.get(row);
  };
  const actionOf = (leaf, parameter) => {
    if (leaf.conditions.length > 1) throw new Error('more than one condition on a path');
    const condition = leaf.conditions.length ? conditionOf(leaf.conditions[0], leaf.steps.length) : 0;
    return `{${[parameter, numbering.number.get(leaf.structure), condition, leaf.present ? PRESENT : 0].join()}}`;
  };
  // equal subtrees (meta of every type) are one
  const writeNode = (node) => {
    const names = [...node.children.keys()].sort();
    const numbered = names.map((name) => [strings.number(name), writeNode(node.children.get(name))]);
    const key = JSON.stringify([numbered, node.actions]);
    if (nodeNumber.has(key)) return nodeNumber.get(key);
    const set = sets.add(names);
    const row = [set.slot, set.mask, children.length, actions.length, node.actions.length];
    for (const [name, number] of numbered) children.push(`{${name},${number}}`);
    actions.push(...node.actions);
    nodeNumber.set(key, nodes.length);
    nodes.push(`{${row.join()}}`);
    return nodeNumber.get(key);
  };
  const isColumn = (parameter) => parameter.code === '_id' || parameter.code === '_lastUpdated';

  const byType = parametersByType(model);
  const inCompartment = new Map(model.compartment.resource.map((one) => [one.code, one.param ?? []]));
  for (const type of model.resources) {
    const root = newNode();
    const own = [...byType.get(type).values()].sort((a, b) => (a.code < b.code ? -1 : 1));
    const firstParameter = typeParameters.length;
    let absent = 0;
    for (const parameter of own) {
      const leaves = isColumn(parameter) ? null : leavesOf(model, type, parameter, unsupported);
      const number = parameterOf(type, parameter, leaves);
      typeParameters.push(String(number));
      for (const leaf of leaves ?? []) {
        const node = nodeOf(root, leaf.steps);
        const action = actionOf(leaf, number);
        if (!node.actions.includes(action)) node.actions.push(action);
        if (leaf.present) absent = number + 1;
      }
    }
    const set = sets.add(own.map((parameter) => parameter.code));
    const firstKey = compartmentKeys.length;
    const parametersIn = (inCompartment.get(type) ?? []).filter((code) => {
      if (byType.get(type).has(code)) return true;
      throw new Error(`compartment parameter ${type}.${code} does not exist`);
    });
    for (const code of parametersIn) compartmentKeys.push(String(stableKey(code)));
    types.push(`{${[set.slot, set.mask, firstParameter, own.length, writeNode(root), absent, firstKey,
      parametersIn.length].join()}}`);
  }
  return {
    unsupported,
    parameterCount: parameters.length,
    tables: [
      ['struct fhir_parameter', 'fhir_parameters', parameters],
      ['struct fhir_search_type', 'fhir_search_types', types],
      ['uint16_t', 'fhir_type_parameters', typeParameters],
      ['struct fhir_index_node', 'fhir_index_nodes', nodes],
      ['struct fhir_index_child', 'fhir_index_children', children],
      ['struct fhir_index_action', 'fhir_index_actions', actions],
      ['struct fhir_index_condition', 'fhir_index_conditions', conditions],
      ['uint32_t', 'fhir_compartment_key_list', compartmentKeys],
    ],
  };
}
