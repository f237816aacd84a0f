// Synthea's bundles (data of others, real in shape) through the whole program: loaded, loaded
// again, loaded with interruptions, served, and read page by page. What must come out is computed
// from the bundles by synthea_split.mjs, which shares no line with the program.
//
//   synthea.mjs EVENLODE [sanitized]        EVENLODE_LONG=1: all 150 bundles
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { split } from './synthea_split.mjs'
import {
  each, evenlode, fhir, filesOf, finish, folder, holds, lines, long, must, note, page, readJson, run, same, sanitized, serve, shared,
  signIn, skip, sourceLine, test, timelineRows, token, words,
} from './program.mjs'

const all = filesOf(join(shared, 'synthea-r4'))
if (all.length === 0) skip('needs synthea-r4')
const wanted = long ? all.length : sanitized ? 10 : 40
const files = all.filter((_, i) => i % Math.max(1, Math.floor(all.length / wanted)) === 0).slice(0, wanted)
note(`${files.length} of ${all.length} bundles, ${evenlode}`)

// -- what must come out ---------------------------------------------------------------------------

const stores = new Map() // ODS -> { name, all: Map("Type/id" -> resource) }
const patients = []
let sent = 0
for (const file of files) {
  const made = split(readJson(file))
  sent += made.resources.length
  const sources = new Map()
  for (const [ods, part] of made.parts) {
    if (!stores.has(ods)) stores.set(ods, { name: part.name, all: new Map() })
    for (const [key, resource] of part.all) stores.get(ods).all.set(key, resource)
    sources.set(ods, part)
  }
  patients.push({ file, resource: made.patient, practice: made.practice, sources, byUrl: made.byUrl })
}
const types = [...new Set([...stores.values()].flatMap((store) => [...store.all.values()].map((resource) => resource.resourceType)))].sort()
const countsOf = (store) => {
  const counts = Object.fromEntries(types.map((type) => [type, 0]))
  for (const resource of store.all.values()) counts[resource.resourceType]++
  return counts
}

const loading = (data) => ['load', '--data', data, '--split-by-provider', '--assign-nhs-number', '--base-url', 'http://exchange.test', ...files]

function account(text) {
  const [, ...numbers] = /sent (\d+) = stored (\d+) \+ already known (\d+) \+ refused (\d+)/.exec(text) ?? []
  const [all, stored, known, refused] = numbers.map(Number)
  const persons = Number(/^persons\t(\d+)/m.exec(text)?.[1])
  return { sent: all, stored, known, refused, persons }
}

// -- what came out: everything of every store, over the API ----------------------------------------

async function everythingServed(data, look) {
  const served = await serve(data, ['--base-url', 'http://exchange.test'])
  try {
    return await look(served.base)
  } finally {
    await served.stop()
  }
}

async function contents(data, base) {
  const result = new Map()
  await each([...stores.keys()], 4, async (ods) => {
    const bearer = await token(data, ods)
    const counts = {}
    for (const type of types) {
      const answer = await fhir(base, ods, `/${type}?_summary=count`, bearer)
      same(answer.status, 200, `${ods} ${type}`)
      counts[type] = answer.json.total
    }
    const people = await allOf(base, ods, 'Patient', bearer)
    const numbers = people.map((patient) => [patient.id, numberOf(patient)]).sort()
    result.set(ods, { counts, numbers })
  })
  return Object.fromEntries([...result].sort())
}

const numberOf = (patient) => patient.identifier?.find((identifier) => identifier.system === 'https://fhir.nhs.uk/Id/nhs-number')?.value

// every resource of a search, page by page; links name the server by its base URL
async function allOf(base, ods, path, bearer) {
  const found = []
  let next = `/${path}${path.includes('?') ? '&' : '?'}_count=500`
  while (next) {
    const answer = await fhir(base, ods, next, bearer)
    same(answer.status, 200, `${ods} ${next}: ${answer.text.slice(0, 300)}`)
    found.push(...(answer.json.entry ?? []).map((entry) => entry.resource))
    const link = answer.json.link.find((one) => one.relation === 'next')?.url
    next = link?.slice(link.indexOf('/fhir/R4') + '/fhir/R4'.length)
  }
  return found
}

// -- the cases ------------------------------------------------------------------------------------

const one = join(folder, 'one')
let first

await test('the account of a load: all is sent, all is stored', async () => {
  await must(['init', '--data', one])
  const report = account(await must(loading(one)))
  same(report, { sent, stored: sent, known: 0, refused: 0, persons: files.length })
  if (files.length === 150) same(sent, 51206)
})

await test('each organisation that gave care is live in the register', async () => {
  const rows = lines(await must(['org', 'list', '--data', one])).map((line) => line.split('\t'))
  same(rows.map((row) => row[0]).sort(), [...stores.keys()].sort())
  for (const row of rows) {
    same(row[1], 'live', row[0])
    same(row[4], stores.get(row[0]).name, row[0])
  }
  if (files.length === 150) same(rows.length, 75)
})

await test('the stores hold what the bundles hold, type by type', async () => {
  first = await everythingServed(one, (base) => contents(one, base))
  for (const [ods, store] of stores) same(first[ods].counts, countsOf(store), ods)
  const numbers = new Map()
  for (const { numbers: rows } of Object.values(first)) {
    for (const [id, number] of rows) {
      holds(/^999\d{7}$/.test(number), `${id} has the number ${number}`)
      same(numbers.get(id) ?? number, number, `${id} in two stores`)
      numbers.set(id, number)
    }
  }
  same(new Set(numbers.values()).size, files.length, 'numbers')
})

await test('$everything of a patient is the patient’s part of each bundle, no more and no less', async () => {
  await everythingServed(one, async (base) => {
    await each(patients.slice(0, 20), 4, async (patient) => {
      for (const [ods, part] of patient.sources) {
        const bearer = await token(one, ods)
        const got = (await allOf(base, ods, `Patient/${patient.resource.id}/$everything`, bearer)).map((resource) => `${resource.resourceType}/${resource.id}`).sort()
        same(got, [...part.all.keys()].sort(), `${ods} ${patient.resource.id}`)
      }
    })
  })
})

// JSON whose numbers are kept as they are written: 1.0 is not 1.00
const literal = (text) => JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => token[0] === '"' ? token : `"#${token}"`))

// what may change on the way: id and meta of the server, references, the number that was assigned
function plain(value, name = '') {
  if (name === 'reference' && typeof value === 'string') return value.slice(Math.max(value.lastIndexOf('/'), value.lastIndexOf(':')) + 1)
  if (Array.isArray(value)) return value.map((element) => plain(element))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(name === 'meta' && ['versionId', 'lastUpdated'].includes(key))).map(([key, member]) => [key, plain(member, key)]))
}

await test('each resource is served as it was received, in its order, digit for digit', async () => {
  let compared = 0
  await everythingServed(one, async (base) => {
    await each(patients.slice(0, sanitized ? 3 : 10), 4, async (patient) => {
      const received = new Map(literal(readFileSync(patient.file, 'utf8')).entry.map(({ resource }) => [`${resource.resourceType}/${resource.id}`, resource]))
      for (const ods of patient.sources.keys()) {
        const bearer = await token(one, ods)
        for (let next = `/Patient/${patient.resource.id}/$everything?_count=500`; next;) {
          const answer = literal((await fhir(base, ods, next, bearer)).text)
          for (const { resource } of answer.entry ?? []) {
            const key = `${resource.resourceType}/${resource.id}`
            if (resource.resourceType === 'Patient') resource.identifier = resource.identifier.filter((one) => one.system !== 'https://fhir.nhs.uk/Id/nhs-number')
            const was = plain(received.get(key))
            const is = plain(resource)
            // the server's own members of meta may stand where there was no meta
            if (was.meta === undefined) delete is.meta
            if (JSON.stringify(is) !== JSON.stringify(was)) same(is, was, `${ods} ${key}`)
            compared++
          }
          const link = answer.link.find((one) => one.relation === 'next')?.url
          next = link?.slice(link.indexOf('/fhir/R4') + '/fhir/R4'.length)
        }
      }
    })
  })
  note(`${compared} resources compared`)
  holds(compared > 100, `only ${compared} resources`)
})

await test('a second load stores nothing', async () => {
  same(account(await must(loading(one))), { sent, stored: 0, known: sent, refused: 0, persons: files.length })
  same(await everythingServed(one, (base) => contents(one, base)), first)
})

await test('another directory gets the same codes, numbers and ids', async () => {
  const two = join(folder, 'two')
  await must(['init', '--data', two])
  const turned = loading(two)
  await must([...turned.slice(0, turned.length - files.length), ...[...files].reverse()])
  same(await everythingServed(two, (base) => contents(two, base)), first)
})

await test('a load that is killed again and again is completed by running it again', async () => {
  const data = join(folder, 'killed')
  await must(['init', '--data', data])
  let kills = 0
  let wait = sanitized ? 120 : 40
  let known = 0
  for (;;) {
    const result = await run(loading(data), { killAfter: wait })
    if (result.signal !== 'SIGKILL') {
      same(result.status, 0, `after ${kills} kills: ${result.err}`)
      const report = account(result.out)
      known = report.known
      same(report, { sent, stored: sent - known, known, refused: 0, persons: files.length })
      break
    }
    kills++
    wait = kills < 4 ? wait * 1.5 : wait * 3
  }
  note(`${kills} kills; the last run found ${known} of ${sent} stored`)
  holds(kills >= 1, `only ${kills} kills, ${known} known`)
  same(await everythingServed(data, (base) => contents(data, base)), first)
  await must(['audit', 'verify', '--data', data])
})

await test('a reference into another store is an absolute URL, and this server answers it', async () => {
  let crossing = 0
  await everythingServed(one, async (base) => {
    const tokens = new Map()
    const tokenOf = async (ods) => {
      if (!tokens.has(ods)) tokens.set(ods, await token(one, ods))
      return tokens.get(ods)
    }
    for (const ods of stores.keys()) {
      const bodies = []
      for (const type of types.filter((one) => one !== 'Observation')) {
        bodies.push(...await allOf(base, ods, type, await tokenOf(ods)))
      }
      const text = JSON.stringify(bodies)
      holds(!text.includes('"reference":"urn:uuid:'), `${ods} holds a reference to an entry of a bundle`)
      const held = stores.get(ods).all
      for (const [, reference] of text.matchAll(/"reference":"([^"#]+)"/g)) {
        if (!reference.startsWith('http')) {
          holds(held.has(reference), `${ods}: ${reference} is not in this store`)
          continue
        }
        const [, other, type, id] = /^http:\/\/exchange\.test\/orgs\/([^/]+)\/fhir\/R4\/([^/]+)\/([^/]+)$/.exec(reference) ?? []
        holds(other && other !== ods, `${ods}: ${reference}`)
        holds(stores.get(other).all.has(`${type}/${id}`), `${ods}: ${reference} names the wrong store`)
        if (crossing++ % 50 === 0) {
          const answer = await fhir(base, other, `/${type}/${id}`, await tokenOf(other))
          same([answer.status, answer.json.id], [200, id], reference)
        }
      }
    }
  })
  note(`${crossing} references into other stores`)
  holds(sanitized || crossing > 0, 'no reference leads into another store')
})

// Kinds of the timeline by type: one item for each resource of a type that the record shows.
const shown = {
  Condition: 'Problems and diagnoses', MedicationRequest: 'Medication', AllergyIntolerance: 'Allergies and adverse reactions',
  Encounter: 'Encounters and admissions', Procedure: 'Procedures', Immunization: 'Immunisations', CarePlan: 'Care plans', Goal: 'Care plans',
  DiagnosticReport: 'Results', ImagingStudy: 'Results', Observation: 'Results or Observations',
}
const kindOf = (kind) => kind === 'Results' || kind === 'Observations' ? 'measured' : kind
const tally = (list) => {
  const counts = {}
  for (const key of list) counts[key] = (counts[key] ?? 0) + 1
  return Object.fromEntries(Object.entries(counts).sort())
}

await test('every patient’s joined page shows all stores, and each item of them', async () => {
  await must(['org', 'add', '--data', one, '--ods', 'RZZ', '--name', 'Emergency department', '--type', 'hospital', '--status', 'live'])
  writeFileSync(join(one, 'demo'), '', { mode: 0o600 })
  let rowsSeen = 0
  let several = 0
  const wrong = []
  await everythingServed(one, async (base) => {
    const cookie = await signIn(base, 'dr.okafor')
    await each(patients, 4, async (patient) => {
      const number = first[patient.practice].numbers.find(([id]) => id === patient.resource.id)[1]
      const links = lines(await must(['person', 'find', '--data', one, '--nhs-number', number])).map((line) => line.split('\t'))
      same(new Set(links.map((link) => link[0])).size, 1, `persons of ${number}`)
      same(links.map((link) => link[1]).sort(), [...patient.sources.keys()].sort(), `stores of ${number}`)
      const address = `/record/${links[0][0]}`
      const { status, text } = await page(base, `${address}/timeline`, cookie)
      same(status, 200, address)
      const line = sourceLine(text)
      same(line.filter((source) => source.state !== ''), [], `${address}: sources that are not ok`)
      same(line.map((source) => source.name).sort(), [...patient.sources.values()].map((part) => part.name.trim().replace(/\s+/g, ' ')).sort(), address)
      holds(words(text).includes(`${line.length} of ${line.length} sources`), `${address}: not all sources have answered`)
      const rows = timelineRows(text)
      rowsSeen += rows.length
      several += patient.sources.size > 1
      const expected = []
      for (const part of patient.sources.values()) {
        const name = part.name.trim().replace(/\s+/g, ' ')
        for (const resource of part.own) {
          if (shown[resource.resourceType]) expected.push(`${name} / ${/^Results/.test(shown[resource.resourceType]) ? 'measured' : shown[resource.resourceType]}`)
        }
      }
      const got = tally(rows.map((row) => `${row.source} / ${kindOf(row.kind)}`))
      const want = tally(expected)
      if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push({ address, got, want })
      const summary = await page(base, address, cookie)
      same(summary.status, 200, address)
      const family = patient.resource.name[0].family.toUpperCase()
      holds(words(summary.text).includes(family), `${address}: the banner does not name ${family}`)
    })
  })
  note(`${rowsSeen} items on ${patients.length} timelines, ${several} of them from several stores`)
  if (wrong.length > 0) throw new Error(`${wrong.length} timelines differ: ${JSON.stringify(wrong[0], null, 1)}`)
  holds(several > 0, 'no patient lies in several stores')
  await must(['audit', 'verify', '--data', one])
})

finish()
