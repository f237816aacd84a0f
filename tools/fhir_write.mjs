// fhir_write.mjs: string pool, hash sets and rows of numbers for tools/fhir_tables.mjs.

export class Strings {
  constructor() {
    this.list = [''];
    this.known = new Map([['', 0]]);
  }
  number(text) {
    if (!this.known.has(text)) {
      this.known.set(text, this.list.length);
      this.list.push(text);
      if (this.list.length > 65535) throw new Error('more strings than 16 bits can number');
    }
    return this.known.get(text);
  }
  offsets() {
    let at = 0;
    return [...this.list.map((text) => {
      const here = at;
      at += Buffer.byteLength(text);
      return here;
    }), at];
  }
}

// the same hash as fhir_name_hash() in src/fhir/tables.h
const MASK = (1n << 64n) - 1n;
export function nameHash(text) {
  const bytes = Buffer.from(text);
  const n = bytes.length;
  let a = 0n;
  let b = 0n;
  if (n >= 8) {
    a = bytes.readBigUInt64LE(0);
    b = bytes.readBigUInt64LE(n - 8);
  } else if (n >= 4) {
    a = BigInt(bytes.readUInt32LE(0));
    b = BigInt(bytes.readUInt32LE(n - 4));
  } else if (n > 0) {
    a = BigInt(bytes[0]) | (BigInt(bytes[n >> 1]) << 8n) | (BigInt(bytes[n - 1]) << 16n);
  }
  const mixed = ((a ^ ((b * 0x9E3779B97F4A7C15n) & MASK)) + BigInt(n)) & MASK;
  return Number(((mixed * 0xD6E8FEB86659FD93n) & MASK) >> 40n);
}

// open addressing with linear probing; a slot holds 1 + the entry's place in its list
export class Sets {
  constructor() {
    this.slots = [0, 0];
  }
  add(names) {
    if (names.length === 0) return { slot: 0, mask: 0 };
    let size = 2;
    while (size < names.length * 2) size *= 2;
    const slots = new Array(size).fill(0);
    names.forEach((name, index) => {
      let at = nameHash(name) & (size - 1);
      while (slots[at]) at = (at + 1) & (size - 1);
      slots[at] = index + 1;
    });
    const slot = this.slots.length;
    for (const one of slots) this.slots.push(one);
    return { slot, mask: size - 1 };
  }
}

// a hash that names a search parameter on disk: FNV-1a, 32 bits
export function stableKey(text) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

export const numbers = (list) => list.map(String);

export function rows(list) {
  let text = '';
  let line = '';
  for (const one of list) {
    if (line.length + one.length > 118) {
      text += `${line}\n`;
      line = '';
    }
    line += `${one},`;
  }
  return line ? `${text}${line}\n` : text;
}

export function cString(list) {
  let text = '';
  let line = '';
  for (const one of list) {
    if (/[^\x20-\x7e]/.test(one)) throw new Error(`a name that is not plain ASCII: ${one}`);
    line += one.replace(/[\\"]/g, '\\$&').replace(/\?\?/g, '?\\?');
    if (line.length > 100) {
      text += `"${line}"\n`;
      line = '';
    }
  }
  return `${text}"${line}"`;
}
