#!/usr/bin/env node
/*
 * dictionary_bodies.mjs: resource bodies as a store keeps them, a file each, to train a dictionary.
 *
 *   dictionary_bodies.mjs COUNTY FOLDER
 *
 * Reads the bundles of a synthetic county (evenlode synth) and writes a sample of their resources
 * into FOLDER: minified, with an id of the server's form behind resourceType and with references
 * to such ids (src/store/resource_body.h). Of common types a share is taken, of rare ones all, so
 * that the dictionary knows every type; how many is fixed below, the choice depends on the order of
 * the files alone.
 */
import { createReadStream, readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const [county, folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: dictionary_bodies.mjs COUNTY FOLDER');
  process.exit(2);
}
const PER_TYPE = 2600; /* bodies of one type at most */
const LONGEST = 4000; /* longer ones are mostly attachments, which no dictionary helps */
const digits = '0123456789abcdefghijklmnopqrstuv';
const base32 = (n) => (n < 32 ? '' : base32(Math.floor(n / 32))) + digits[n % 32];

const seen = new Map();
let written = 0;
let key = 0;
mkdirSync(folder, { recursive: true });

function keep(type, body) {
  const count = (seen.get(type) ?? 0) + 1;
  seen.set(type, count);
  const step = { Observation: 23, Encounter: 7, Condition: 7, Practitioner: 5, Organization: 4,
    Immunization: 4, Patient: 3, MedicationRequest: 2 }[type] ?? 1;
  if (count % step !== 0 || count / step > PER_TYPE || body.length > LONGEST) return;
  writeFileSync(join(folder, String(written++).padStart(6, '0')), body);
}

for (const file of readdirSync(county).sort()) {
  if (!file.endsWith('.ndjson') || file === 'truth.ndjson' || file === 'organisations.ndjson')
    continue;
  for await (const line of createInterface({ input: createReadStream(join(county, file)) })) {
    const bundle = JSON.parse(line);
    key++;
    const ids = new Map();
    bundle.entry.forEach((entry, sequence) => {
      const type = entry.resource.resourceType;
      const id = entry.resource.id ?? `e${base32(key)}.${base32(sequence + 1)}`;
      ids.set(entry.fullUrl, `${type}/${id}`);
    });
    for (const entry of bundle.entry) {
      const { resourceType, id, ...rest } = entry.resource;
      const body = { resourceType, id: id ?? ids.get(entry.fullUrl).split('/')[1], ...rest };
      keep(resourceType, JSON.stringify(body).replace(
        /"reference":"(urn:uuid:[0-9a-f-]+)"/g, (_, url) => `"reference":"${ids.get(url)}"`));
    }
  }
}
console.log(`${written} bodies of ${seen.size} types`);
