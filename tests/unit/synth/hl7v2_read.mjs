#!/usr/bin/env node
/*
 * hl7v2_read.mjs: reads the hospital's messages with the parser and the dictionary of others.
 *
 * The writer must not be its own judge: npm's hl7v2 (MIT) takes each message apart, and its
 * dictionary of HL7 v2.4 says which segments a structure has, in which order, which fields must be
 * there, how often, of how many components and of which type.
 *
 * Usage: hl7v2_read.mjs PROGRAM ARGUMENTS...   runs it and reads its standard output
 */
import { execFileSync } from 'node:child_process';
import { HL7Message } from 'hl7v2';

const faults = new Map();
const fault = (what, message) => {
  if (!faults.has(what)) faults.set(what, { count: 0, message });
  faults.get(what).count++;
};

/* how many of `names` from `at` on the segments of a structure take; -1: one that must be is not there */
function match(structure, names, at) {
  const rows = Object.entries(structure).sort(([, a], [, b]) => a.idx - b.idx);
  let here = at;
  for (const [name, row] of rows) {
    let seen = 0;
    while (seen < (row.max ?? Infinity) && here < names.length) {
      const taken = row.segments ? match(row.segments, names, here) : names[here] === name ? 1 : -1;
      if (taken <= 0) break;
      here += taken;
      seen++;
    }
    if (seen < (row.min ?? 0)) return -1;
  }
  return here - at;
}

const numeric = /^[+-]?\d+(\.\d+)?$/;
const instant = /^\d{4}(\d{2}(\d{2}(\d{4}(\d{2}(\.\d{1,4})?)?)?)?)?([+-]\d{4})?$/;
/* XON-3 is a number in v2.4; NHS systems put the ODS code there (src/synth/hl7v2_context.c) */
const excused = new Set(['PD1-3.3']);

function checkValue(type, text, where, message) {
  if (type === 'NM' && !numeric.test(text) && !excused.has(where)) fault(`${where}: not a number`, message);
  if ((type === 'TS' || type === 'DT') && !instant.test(text)) fault(`${where}: not a time`, message);
}

function checkField(dictionary, segment, number, field, message) {
  const where = `${segment}-${number}`;
  const row = dictionary.segments[segment].fields[number];
  if (!row) return fault(`${where}: not a field of v2.4`, message);
  const repetitions = field.split('~');
  if (row.rep === 1 && repetitions.length > 1) fault(`${where}: may not repeat`, message);
  for (const repetition of repetitions) {
    const components = repetition.split('^');
    const parts = dictionary.types[row.type]?.fields;
    if (parts && components.length > Object.keys(parts).length) fault(`${where}: too many components`, message);
    components.forEach((text, i) => {
      if (text !== '') checkValue(parts && row.type !== 'TS' ? parts[i + 1]?.type : row.type, text, parts && row.type !== 'TS' ? `${where}.${i + 1}` : where, message);
    });
  }
}

function checkFields(dictionary, line, message) {
  const segment = line.slice(0, 3);
  const fields = line.split('|');
  if (line.endsWith('|') || line.endsWith('^')) fault(`${segment}: a delimiter with nothing behind it`, message);
  const shift = segment === 'MSH' ? 1 : 0; /* MSH-1 is the bar itself */
  fields.forEach((field, i) => {
    const number = i + shift;
    if (i > 0 && field !== '' && number > 2) checkField(dictionary, segment, number, field, message);
  });
  for (const [number, row] of Object.entries(dictionary.segments[segment].fields)) {
    if (row.opt === 'R' && !fields[number - shift] && !(segment === 'MSH' && number < 3)) {
      fault(`${segment}-${number} ${row.desc}: must be there`, message);
    }
  }
}

function check(text) {
  let message;
  try {
    message = HL7Message.parse(text);
  } catch (error) {
    return fault(`not read: ${error.message}`, text);
  }
  const lines = text.replace(/\r$/, '').split('\r');
  const names = message.segments.map((segment) => segment.segmentType);
  const structure = lines[0].split('|')[8].split('^')[2];
  if (lines.length !== names.length) fault('another number of segments', text);
  const known = message.dictionary.messages[structure];
  if (!known) return fault(`${structure}: not a structure of v2.4`, text);
  if (match(known.segments, names, 0) !== names.length) fault(`${structure}: not these segments: ${names.join(' ')}`, text);
  for (const line of lines) checkFields(message.dictionary, line, text);
}

const [program, ...rest] = process.argv.slice(2);
const output = execFileSync(program, rest, { encoding: 'utf8', maxBuffer: 1 << 30 });
const messages = output.split(/(?<=\r)(?=MSH\|)/);
messages.forEach(check);
for (const [what, { count, message }] of faults) {
  console.log(`${count} times ${what}\n${message.replaceAll('\r', '\n').slice(0, 2000)}`);
}
console.log(`${messages.length} messages, ${faults.size} kinds of fault`);
process.exit(messages.length > 100 && faults.size === 0 ? 0 : 1);
