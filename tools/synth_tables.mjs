#!/usr/bin/env node
/*
 * synth_tables.mjs: turns src/synth/data/*.csv into src/synth/generated/synth_tables.{h,c}.
 *
 * A table is a CSV file; its first line names the columns as `name:type`:
 *
 *   key        text and, in C, a number: the enum SYNTH_<TABLE>_<KEY>; unique in its table
 *   text       a slice
 *   letter     one ASCII character
 *   int        a whole number of 32 bits
 *   ref TABLE  the key of a row of that table, a pointer in C; empty: NULL
 *
 * Columns `name.0`, `name.1` and so on, side by side and of one type, make an array.
 * `source` and `trust` (V read in the source named, E worked out, K general knowledge) have no type
 * and stay in the CSV. A key that is not there, a number that is none, a row of the wrong length:
 * each stops the tool with file and line.
 *
 * Usage: synth_tables.mjs [--check] ROOT     --check writes nothing, exit 1 when not fresh
 */
import { readFileSync, writeFileSync, readdirSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const check = process.argv.includes('--check');
const root = process.argv.slice(2).find((a) => !a.startsWith('--')) ?? '.';
const folder = join(root, 'src/synth/data');
const target = join(root, 'src/synth/generated');

function fail(file, line, what) {
  console.error(`${file}:${line}: ${what}`);
  process.exit(1);
}

/* RFC 4180, without line breaks inside fields: a line is a row */
function fields(text, file, line) {
  const out = [];
  let at = 0;
  while (at <= text.length) {
    if (text[at] === '"') {
      let value = '';
      for (at++; ; at++) {
        if (at >= text.length) fail(file, line, 'quote not closed');
        if (text[at] === '"' && text[at + 1] === '"') { value += '"'; at++; continue; }
        if (text[at] === '"') { at++; break; }
        value += text[at];
      }
      out.push(value);
      if (at < text.length && text[at] !== ',') fail(file, line, 'text behind a closing quote');
      at++;
    } else {
      let end = text.indexOf(',', at);
      if (end < 0) end = text.length;
      out.push(text.slice(at, end));
      at = end + 1;
    }
  }
  return out;
}

const tables = new Map();
for (const file of readdirSync(folder).filter((f) => f.endsWith('.csv')).sort()) {
  const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
  const columns = fields(lines[0], file, 1).map((c) => {
    const [name, type] = c.split(':');
    return { name, type: type ?? '', target: type?.startsWith('ref ') ? type.slice(4) : null };
  });
  for (const needed of ['source', 'trust'])
    if (!columns.some((c) => c.name === needed)) fail(file, 1, `no column ${needed}`);
  const rows = lines.slice(1).map((text, i) => {
    const row = fields(text, file, i + 2);
    if (row.length !== columns.length)
      fail(file, i + 2, `${row.length} fields, not ${columns.length}`);
    const trust = row[columns.findIndex((c) => c.name === 'trust')];
    if (!/^[VEK]$/.test(trust)) fail(file, i + 2, `trust "${trust}" is not V, E or K`);
    return row;
  });
  const name = file.replace(/\.csv$/, '');
  const keyColumn = columns.findIndex((c) => c.type === 'key');
  const keys = new Map();
  if (keyColumn >= 0)
    rows.forEach((row, i) => {
      const key = row[keyColumn];
      if (!/^[a-z0-9_]+$/.test(key)) fail(file, i + 2, `key "${key}"`);
      if (keys.has(key)) fail(file, i + 2, `key "${key}" twice`);
      keys.set(key, i);
    });
  tables.set(name, { name, file, columns, rows, keys });
}

const literal = (s) =>
  '"' + s.replace(/[\\"]/g, '\\$&').replace(/[^\x20-\x7e]/g, (c) =>
    [...Buffer.from(c)].map((b) => '\\' + b.toString(8).padStart(3, '0')).join('')) + '"';

function value(table, column, text, line) {
  switch (column.target ? 'ref' : column.type) {
    case 'key':
    case 'text':
      return `SLICE_INIT(${literal(text)})`;
    case 'letter':
      if (!/^[A-Za-z]$/.test(text)) fail(table.file, line, `"${text}" is no letter`);
      return `'${text}'`;
    case 'int':
      if (!/^-?\d{1,9}$/.test(text)) fail(table.file, line, `"${text}" is no number`);
      return text;
    case 'ref': {
      if (text === '') return 'NULL';
      const other = tables.get(column.target);
      if (!other) fail(table.file, 1, `no table ${column.target}`);
      if (!other.keys.has(text)) fail(table.file, line, `no ${column.target} "${text}"`);
      return `&synth_${column.target}_table[${other.keys.get(text)}]`;
    }
    default:
      return fail(table.file, 1, `unknown type "${column.type}"`);
  }
}

/* columns `name.0` to `name.N` side by side are one array */
function element(table, kept, column, row, line) {
  const [name, index] = column.name.split('.');
  const last = kept.filter((c) => c.name.startsWith(name + '.')).length - 1;
  const text = value(table, column, row[column.i], line);
  return (index === '0' ? '{ ' : '') + text + (Number(index) === last ? ' }' : '');
}

const ctype = (c) => c.target ? `const struct synth_${c.target} *`
  : { key: 'struct slice ', text: 'struct slice ', letter: 'char ', int: 'int32_t ' }[c.type];
const banner = `/* Generated by tools/synth_tables.mjs from src/synth/data: change those, not this. */\n`;
let head = banner + `#ifndef EVENLODE_SYNTH_GENERATED_TABLES_H
#define EVENLODE_SYNTH_GENERATED_TABLES_H

#include "base/slice.h"
`;
let body = banner + `#include "synth/generated/synth_tables.h"\n`;
for (const t of tables.values()) head += `\nstruct synth_${t.name};`;
head += '\n';
for (const t of tables.values()) {
  const upper = `SYNTH_${t.name.toUpperCase()}`;
  const kept = t.columns.map((c, i) => ({ ...c, i })).filter((c) => c.type !== '');
  head += `\nstruct synth_${t.name} {\n`;
  for (const c of kept) {
    const [name, index] = c.name.split('.');
    if (index === undefined) head += `    ${ctype(c)}${name};\n`;
    else if (index === '0')
      head += `    ${ctype(c)}${name}[${kept.filter((o) => o.name.startsWith(name + '.')).length}];\n`;
  }
  head += `};\nextern const struct synth_${t.name} synth_${t.name}_table[];\n`;
  head += `#define ${upper}_COUNT ${t.rows.length}\n`;
  if (t.keys.size > 0) {
    head += `enum synth_${t.name}_key {\n`;
    for (const key of t.keys.keys()) head += `    ${upper}_${key.toUpperCase()},\n`;
    head += '};\n';
  }
  body += `\nconst struct synth_${t.name} synth_${t.name}_table[${t.rows.length}] = {\n`;
  t.rows.forEach((row, i) => {
    body += `    { ${kept.map((c) => element(t, kept, c, row, i + 2)).join(', ')} },\n`;
  });
  body += '};\n';
}
head += '\n#endif\n';

if (check) {
  for (const [file, text] of [['synth_tables.h', head], ['synth_tables.c', body]]) {
    let old = '';
    try { old = readFileSync(join(target, file), 'utf8'); } catch { /* not there: not fresh */ }
    if (old !== text) {
      console.error(`${join(target, file)} is not fresh: run tools/synth_tables.mjs`);
      process.exit(1);
    }
  }
} else {
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'synth_tables.h'), head);
  writeFileSync(join(target, 'synth_tables.c'), body);
}
