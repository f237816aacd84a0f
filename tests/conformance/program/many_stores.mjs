// Three hundred organisations, few of whose stores are open at once: the pool's limits hold while
// they are loaded beside a running server and read by sixteen people, and each page is right.
//
//   many_stores.mjs EVENLODE [sanitized]
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { each, finish, folder, holds, lines, long, must, note, page, same, sanitized, serve, signIn, sourceLine, test, timelineRows, words } from './program.mjs'

const limits = readFileSync(fileURLToPath(new URL('../../../src/base/limits.h', import.meta.url)), 'utf8')
const limit = (name) => Number(new RegExp(`#define ${name} +(?:MIB\\()?(\\d+)`).exec(limits)[1])
const storesOpen = limit('LIMIT_STORES_OPEN')
const descriptors = limit('LIMIT_STORE_DESCRIPTORS')
const resident = limit('LIMIT_SERVER_RESIDENT') * 1024 // KiB
const sources = limit('LIMIT_RECORD_SOURCES')
const clients = 16
const allowance = clients + 48 // connections, and what the server holds besides stores
const organisations = sanitized ? 100 : 300
const persons = long ? 4000 : sanitized ? 100 : 600
const pages = long ? 20000 : sanitized ? 150 : 1500

const seed = Number(process.env.EVENLODE_SEED ?? Date.now() % 1e9)
note(`EVENLODE_SEED=${seed}`)
let state = seed
const random = (below) => { // Park and Miller's, good enough to choose with
  state = (state * 48271 + 11) % 2147483647
  return state % below
}

// -- who lies where -------------------------------------------------------------------------------

const odsOf = (i) => `M${String(i).padStart(4, '0')}`
function nhsNumber(i) {
  for (let six = 1000 + i * 7; ; six += 100003) {
    const nine = `999${String(six % 1000000).padStart(6, '0')}`
    const sum = [...nine].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0)
    const check = (11 - (sum % 11)) % 11
    if (check !== 10) return nine + check
  }
}
const used = new Set()
const people = []
for (let i = 0; people.length < persons; i++) {
  const number = nhsNumber(i)
  if (used.has(number)) continue
  used.add(number)
  const where = new Set(people.length > 1 ? [people.length % organisations] : []) // nobody is empty
  const wanted = people.length === 0 ? Math.min(sources, organisations) : people.length === 1 ? sources + 1 : 1 + random(4)
  while (where.size < Math.min(wanted, organisations)) where.add(wanted > 10 ? where.size : random(organisations))
  people.push({ number, at: people.length, where: [...where] })
}
const conditions = 3
mkdirSync(join(folder, 'files'))
for (let i = 0; i < organisations; i++) {
  const rows = []
  for (const person of people.filter((one) => one.where.includes(i))) {
    rows.push({
      resourceType: 'Patient', id: `p${person.at}`, name: [{ family: `Family${person.at}`, given: ['Many'] }], birthDate: '1970-01-01', gender: 'female',
      identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: person.number }],
    })
    for (let n = 0; n < conditions; n++) {
      rows.push({ resourceType: 'Condition', id: `c${person.at}-${n}`, code: { text: `Matter ${n} of person ${person.at} at ${odsOf(i)}` }, subject: { reference: `Patient/p${person.at}` }, recordedDate: `202${n}-03-04` })
    }
  }
  writeFileSync(join(folder, 'files', `${odsOf(i)}.ndjson`), rows.map((row) => JSON.stringify(row)).join('\n') + '\n')
}

// -- watching -------------------------------------------------------------------------------------

const most = { stores: 0, storeDescriptors: 0, descriptors: 0 }
function descriptorsOf(pid) {
  const open = new Map()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      open.set(fd, readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch { /* closed meanwhile */ }
  }
  return open
}
// Reading the folder takes a while, in which stores come and go: what stands in two readings, one
// right after the other, was open between them.
function look(pid) {
  const before = descriptorsOf(pid)
  const both = [...descriptorsOf(pid)].filter(([fd, target]) => before.get(fd) === target)
  const stores = both.map(([, target]) => /\/stores\/(\w+)\.sqlite/.exec(target)?.[1]).filter((ods) => ods)
  most.stores = Math.max(most.stores, new Set(stores).size)
  most.storeDescriptors = Math.max(most.storeDescriptors, stores.length)
  most.descriptors = Math.max(most.descriptors, both.length)
}
const peak = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1])

// -- the cases ------------------------------------------------------------------------------------

const data = join(folder, 'data')
await must(['init', '--data', data])
writeFileSync(join(data, 'demo'), '', { mode: 0o600 })
const served = await serve(data)
const watching = setInterval(() => look(served.pid), 20)
const addresses = new Map()

await test(`${organisations} organisations are registered and loaded beside the server`, async () => {
  await must(['org', 'add', '--data', data, '--ods', 'RZZ', '--name', 'Emergency department', '--type', 'hospital', '--status', 'live'])
  await each(Array.from({ length: organisations }, (_, i) => i), 4, async (i) => {
    await must(['org', 'add', '--data', data, '--ods', odsOf(i), '--name', `Organisation ${odsOf(i)}`, '--status', 'live'])
    const there = people.filter((person) => person.where.includes(i)).length
    const report = await must(['load', '--data', data, '--org', odsOf(i), join(folder, 'files', `${odsOf(i)}.ndjson`)])
    const count = there * (1 + conditions)
    holds(report.includes(`sent ${count} = stored ${count} + already known 0 + refused 0`), report)
  })
  await each(people, 4, async (person) => {
    const links = lines(await must(['person', 'find', '--data', data, '--nhs-number', person.number])).map((line) => line.split('\t'))
    same(links.map((link) => link[1]).sort(), person.where.map(odsOf).sort(), `stores of person ${person.at}`)
    addresses.set(person, `/record/${links[0][0]}`)
  })
})

async function read(person, cookie) {
  const { status, text } = await page(served.base, `${addresses.get(person)}/timeline`, cookie)
  same(status, 200, `person ${person.at}`)
  same(sourceLine(text).filter((source) => source.state !== ''), [], `person ${person.at}: sources that did not answer`)
  const wanted = person.where.flatMap((i) => Array.from({ length: conditions }, (_, n) => `Matter ${n} of person ${person.at} at ${odsOf(i)}`)).sort()
  same(timelineRows(text).map((row) => /Matter \d+ of person \d+ at M\d+/.exec(row.title)?.[0]).sort(), wanted, `person ${person.at}`)
  holds(words(text).includes(`${person.where.length} of ${person.where.length} sources`), `person ${person.at}: not all sources`)
}

await test(`${clients} people read ${pages} pages over all stores, and each page is right`, async () => {
  const cookie = await signIn(served.base, 'dr.okafor')
  const started = Date.now()
  await each(Array.from({ length: pages }), clients, () => read(people[2 + random(people.length - 2)], cookie))
  note(`${Math.round(pages / (Date.now() - started) * 1000)} pages a second, with their clients on the same machine`)
})

await test(`a record in ${Math.min(sources, organisations)} organisations is shown whole; one in more is refused, not cut`, async () => {
  const cookie = await signIn(served.base, 'dr.okafor')
  await read(people[0], cookie)
  await each(Array.from({ length: 8 }), 8, () => read(people[0], cookie))
  if (organisations > sources) {
    const { status, text } = await page(served.base, addresses.get(people[1]), cookie)
    same(status, 413, words(text))
    holds(words(text).includes(`more than ${sources} sources`), words(text))
  }
})

await test('the limits have held', async () => {
  clearInterval(watching)
  const memory = peak(served.pid)
  note(`most at once: ${most.stores} stores, ${most.storeDescriptors} of their descriptors, ${most.descriptors} descriptors; resident at most ${Math.round(memory / 1024)} MiB`)
  holds(most.stores <= storesOpen && most.stores > Math.min(storesOpen, organisations) / 2, `${most.stores} stores open`)
  holds(most.storeDescriptors <= descriptors, `${most.storeDescriptors} descriptors of stores`)
  holds(most.descriptors <= descriptors + allowance, `${most.descriptors} descriptors`)
  holds(sanitized || memory <= resident, `${memory} KiB resident, over ${resident}`)
})

await test('it ends well, and starts again over all stores', async () => {
  await served.stop()
  const again = await serve(data)
  await again.stop()
  const report = await must(['audit', 'verify', '--data', data])
  holds(report.endsWith('intact\n') && !report.includes('granted without shown'), report)
})

finish()
