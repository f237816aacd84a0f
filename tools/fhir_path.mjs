// fhir_path.mjs: the subset of FHIRPath that FHIR R4's search parameters are written in, parsed and
// followed through the structure definitions to the elements where values lie.
//
// followExpression() answers the leaves of an expression for one base type: the JSON names to
// descend by, the data type found there and the conditions on the way. What the subset does not
// know throws, so that the generator can list it.

function tokens(text) {
  const found = [];
  const pattern = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|'([^']*)'|(\d+)|(!=|[().|=[\],]))/gy;
  while (pattern.lastIndex < text.length) {
    if (/^\s*$/.test(text.slice(pattern.lastIndex))) break;
    const match = pattern.exec(text);
    if (!match) throw new Error(`cannot read expression: ${text}`);
    if (match[1] !== undefined) found.push({ kind: 'name', text: match[1] });
    else if (match[2] !== undefined) found.push({ kind: 'string', text: match[2] });
    else if (match[3] !== undefined) found.push({ kind: 'number', text: match[3] });
    else found.push({ kind: 'sign', text: match[4] });
  }
  return found;
}

// FHIRPath's precedence, loosest first: and; = and !=; |; as and is; path
const infix = [['and'], ['=', '!='], ['|'], ['as', 'is']];

export function parseExpression(text) {
  const list = tokens(text);
  let at = 0;
  const peek = (value) => list[at]?.text === value && list[at].kind !== 'string';
  const expect = (value) => {
    if (!peek(value)) throw new Error(`expected ${value} in: ${text}`);
    at += 1;
  };
  const binary = (level) => {
    if (level === infix.length) return path();
    let left = binary(level + 1);
    while (infix[level].some(peek)) {
      const operator = list[at++].text;
      left = { kind: operator, left, right: binary(level + 1) };
    }
    return left;
  };
  const term = () => {
    const token = list[at++];
    if (!token) throw new Error(`expression ends too early: ${text}`);
    if (token.kind === 'string') return { kind: 'string', text: token.text };
    if (token.text === '(') {
      const inner = binary(0);
      expect(')');
      return inner;
    }
    if (token.kind !== 'name') throw new Error(`unexpected ${token.text} in: ${text}`);
    return call(null, token.text);
  };
  const call = (base, name) => {
    if (!peek('(')) return { kind: 'member', base, name };
    at += 1;
    const argument = peek(')') ? null : binary(0);
    expect(')');
    return { kind: 'call', base, name, argument };
  };
  const path = () => {
    let left = term();
    for (;;) {
      if (peek('.')) {
        at += 1;
        left = call(left, list[at++].text);
      } else if (peek('[')) {
        left = { kind: 'index', base: left, number: Number(list[at + 1].text) };
        at += 2;
        expect(']');
      } else return left;
    }
  };
  const tree = binary(0);
  if (at !== list.length) throw new Error(`more than an expression: ${text}`);
  return tree;
}

// `as` and ofType() let a type's specialisations pass (datatypes.html): a canonical is a uri
const specialisations = {
  uri: ['url', 'canonical', 'oid', 'uuid'], string: ['code', 'id', 'markdown'],
  integer: ['positiveInt', 'unsignedInt'], Quantity: ['Age', 'Count', 'Distance', 'Duration'],
};
const isA = (structure, name) => structure === name || (specialisations[name] ?? []).includes(structure);

const sameTree = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// a leaf: { steps: [JSON names], structure, conditions: [{ kind, at, ... }], present }
function memberOf(leaf, name, model) {
  const options = model.elementOptions(leaf.structure, name);
  if (!options) throw new Error(`${leaf.structure} has no element ${name}`);
  return options.map((option) => ({
    ...leaf, steps: [...leaf.steps, option.name], structure: option.structure,
    choice: options.length > 1, binding: option.binding,
  }));
}

function whereOf(leaf, argument, model) {
  const at = leaf.steps.length;
  if (argument.kind === 'is' && argument.left.kind === 'call' && argument.left.name === 'resolve') {
    return { ...leaf, conditions: [...leaf.conditions, { kind: 'type', at, type: argument.right.name }] };
  }
  if (argument.kind === '=' && argument.left.kind === 'member' && argument.left.base === null &&
      argument.right.kind === 'string') {
    if (!model.elementOptions(leaf.structure, argument.left.name)) {
      throw new Error(`${leaf.structure} has no element ${argument.left.name}`);
    }
    return { ...leaf, conditions: [...leaf.conditions,
      { kind: 'equals', at, name: argument.left.name, value: argument.right.text }] };
  }
  throw new Error('where() with an unknown condition');
}

function callOf(tree, base, model, type) {
  const narrow = (name) => base.filter((leaf) => isA(leaf.structure, name));
  switch (tree.name) {
    case 'as':
    case 'ofType':
      return narrow(tree.argument.name);
    case 'where':
      return base.map((leaf) => whereOf(leaf, tree.argument, model));
    case 'extension':
      return base.flatMap((leaf) => memberOf(leaf, 'extension', model)).map((leaf) =>
        whereOf(leaf, { kind: '=', left: { kind: 'member', base: null, name: 'url' },
          right: tree.argument }, model));
    default:
      throw new Error(`function ${tree.name}() is not known (${type})`);
  }
}

function follow(tree, type, model) {
  const root = { steps: [], structure: type, conditions: [] };
  switch (tree.kind) {
    case '|':
      return [...follow(tree.left, type, model), ...follow(tree.right, type, model)];
    case 'as':
      return follow(tree.left, type, model).filter((leaf) => isA(leaf.structure, tree.right.name));
    case 'and': // A.exists() and A != false: is A there and not false?
      if (tree.left.kind === 'call' && tree.left.name === 'exists' && tree.right.kind === '!=' &&
          sameTree(tree.left.base, tree.right.left) && tree.right.right.name === 'false') {
        return follow(tree.left.base, type, model).map((leaf) => ({ ...leaf, present: true }));
      }
      throw new Error('`and` of unknown form');
    case 'member':
      if (tree.base) return follow(tree.base, type, model).flatMap((leaf) => memberOf(leaf, tree.name, model));
      if (tree.name === type || tree.name === 'Resource' || tree.name === 'DomainResource') return [root];
      if (/^[A-Z]/.test(tree.name)) return []; // the part of the union for another type
      return memberOf(root, tree.name, model);
    case 'index':
      if (tree.number !== 0) throw new Error('only the first element can be named');
      return follow(tree.base, type, model).map((leaf) => ({
        ...leaf, conditions: [...leaf.conditions, { kind: 'first', at: leaf.steps.length }] }));
    case 'call':
      return callOf(tree, follow(tree.base, type, model), model, type);
    default:
      throw new Error(`${tree.kind} is not known`);
  }
}

export function followExpression(text, type, model) {
  return follow(parseExpression(text), type, model);
}
