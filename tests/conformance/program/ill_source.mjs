// A source that does not answer in time, and one that cannot be read, from the disk to the page: the
// program with tests/fault/ill_disk.c in it, whose reads of one store hang or fail when told to.
//
//   ill_source.mjs EVENLODE_ILL [sanitized]
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { auditEntries, finish, folder, holds, lines, must, note, page, pause, same, sanitized, serve, signIn, sourceLine, test, timelineRows, words } from './program.mjs'

const data = join(folder, 'county')
const mode = join(folder, 'mode')
const set = (word) => writeFileSync(mode, word)
const ill = 'K99001'
const env = { EVENLODE_ILL_FILE: `${ill}.sqlite`, EVENLODE_ILL_MODE: mode }
const deadline = 3000 // LIMIT_SOURCE_MS
const patience = deadline + (sanitized ? 6000 : 2000)

set('')
let served = await serve(data, ['--people', '300'], { command: 'demo', env })
const ndjson = (name) => lines(readFileSync(join(data, 'county', name), 'utf8')).map((line) => JSON.parse(line))
const names = new Map(ndjson('organisations.ndjson').map((organisation) => [organisation.id, organisation.name]))
const known = (person, ods) => person.patients.some((patient) => patient.organisation === ods && patient.hasNumber)
const people = ndjson('truth.ndjson').filter((person) => known(person, ill) && known(person, 'RZZ'))
people.sort((a, b) => b.patients.length - a.patients.length)
const recordOf = async (person) => `/record/${lines(await must(['person', 'find', '--data', data, '--nhs-number', person.nhsNumber]))[0].split('\t')[0]}`

async function timeline(path, cookie) {
  const started = Date.now()
  const { status, text } = await page(served.base, `${path}/timeline`, cookie)
  same(status, 200)
  const took = Date.now() - started
  return { text, took, rows: timelineRows(text), missing: sourceLine(text).filter((source) => source.state !== '').map(({ name, state }) => `${name}: ${state}`) }
}
// three people of whom the practice has something to show, and somebody else, too
const healthy = {}
{
  const cookie = await signIn(served.base, 'dr.okafor')
  for (let i = 0; i < people.length && Object.keys(healthy).length < 3; i++) {
    const path = await recordOf(people[i])
    const seen = await timeline(path, cookie)
    const practice = seen.rows.filter((row) => row.source === names.get(ill)).length
    if (seen.missing.length === 0 && practice > 0 && practice < seen.rows.length) healthy[path] = seen
  }
}
const [address, otherAddress, thirdAddress] = Object.keys(healthy)
holds(thirdAddress, 'nobody is known to both')
const others = (path) => healthy[path].rows.filter((row) => row.source !== names.get(ill))

// afresh: nothing of the store is in the caches of its connections
async function again() {
  await served.stop()
  set('')
  served = await serve(data, [], { env })
  return signIn(served.base, 'dr.okafor')
}
const lastShown = () => auditEntries(data).filter((entry) => entry.kind === 'shown').at(-1)
// what was shown is durable within a second
async function shownWith(state, after) {
  for (let i = 0; i < 50 && (lastShown()?.sequence ?? -1) <= after; i++) await pause(100)
  const entry = lastShown()
  holds(entry && entry.sequence > after, 'no entry says what was shown')
  const source = entry.sources.find((one) => one.organisation === ill)
  same([source?.state, source?.items ?? 0, entry.outcome], [state, 0, 'complete'], JSON.stringify(entry))
  for (const one of entry.sources) if (one.organisation !== ill) same(one.state, 'ok', one.organisation)
  return entry
}
const sequence = () => lastShown()?.sequence ?? -1

await test('a source that hangs has timed out at the deadline, and the others are shown', async () => {
  const cookie = await again()
  const before = sequence()
  set('hang')
  const seen = await timeline(address, cookie)
  holds(seen.took >= deadline - 50 && seen.took < patience, `the page took ${seen.took} ms`)
  note(`the page took ${seen.took} ms`)
  same(seen.missing, [`${names.get(ill)}: did not answer in time`])
  same(seen.rows, others(address), 'the rows of the others')
  holds(words(seen.text).includes('One source is missing.'), 'no bar says what is missing')
  const entry = await shownWith('timed-out', before)

  // every further page says so at once, for its sections too, and other people's
  for (const section of ['allergies', 'problems', 'results']) {
    const started = Date.now()
    const { text } = await page(served.base, `${address}/${section}`, cookie)
    holds(Date.now() - started < patience - deadline, 'a source that is known to hang was waited for')
    const plain = words(text)
    holds(plain.includes(`${names.get(ill)}: did not answer in time`), `${section} does not say it`)
    holds(!plain.includes('Nothing recorded in any source'), `${section} says that nothing is recorded`)
  }
  for (const path of [otherAddress, thirdAddress]) {
    const beside = await timeline(path, cookie)
    same([beside.missing, beside.rows], [[`${names.get(ill)}: did not answer in time`], others(path)])
  }

  // the late answer is for nobody
  await pause(1500) // what was shown so far is in the audit
  const end = sequence()
  set('')
  await pause(1500)
  same(sequence(), end, 'entries after the late answer')
  same(auditEntries(data).filter((one) => one.kind === 'shown' && one.granted === entry.granted).length, 1, 'entries of that page')
  for (const path of [otherAddress, address, thirdAddress]) {
    const back = await timeline(path, cookie)
    same([back.missing, back.rows], [[], healthy[path].rows], 'when it is back')
  }
})

await test('many pages at once of a source that hangs: the others are shown on each', async () => {
  const cookie = await again()
  set('hang')
  const paths = [address, otherAddress, thirdAddress]
  const pages = await Promise.all(Array.from({ length: 12 }, (_, i) => timeline(paths[i % 3], cookie)))
  for (const [i, seen] of pages.entries()) {
    same([seen.missing, seen.rows], [[`${names.get(ill)}: did not answer in time`], others(paths[i % 3])], `page ${i}`)
    holds(seen.took < patience, `page ${i} took ${seen.took} ms`)
  }
  set('')
  await pause(500)
  same((await timeline(address, cookie)).rows, healthy[address].rows, 'when it is back')
})

await test('a source that cannot be read is unavailable at once, and the others are shown', async () => {
  const cookie = await again()
  const before = sequence()
  set('fail')
  const seen = await timeline(address, cookie)
  holds(seen.took < deadline, `the page took ${seen.took} ms`)
  same(seen.missing, [`${names.get(ill)}: could not be reached`])
  same(seen.rows, others(address), 'the rows of the others')
  await shownWith('unavailable', before)
  const section = words((await page(served.base, `${address}/allergies`, cookie)).text)
  holds(section.includes(`${names.get(ill)}: could not be reached`), 'the section does not say it')
  set('')
  const back = await timeline(address, cookie)
  same([back.missing, back.rows], [[], healthy[address].rows], 'when it is back')
})

await test('a page that has been read waits for the audit: nothing leaves before its entry is durable', async () => {
  const cookie = await again()
  await timeline(address, cookie) // what stands in the audit of signing in is durable
  await pause(1500)
  set('unsync')
  let there = false
  const coming = timeline(address, cookie).then((seen) => { there = true; return seen })
  await pause(1200)
  holds(!there, 'the page left while the entry was not durable')
  set('')
  const seen = await coming
  same([seen.missing, seen.rows], [[], healthy[address].rows], 'when the entry is durable')
})

await test('no more pages are read ahead of their entries than the limit, and all are shown in the end', async () => {
  const cookie = await again()
  const limit = 32 // LIMIT_PAGES_AHEAD
  const ahead = async () => Number(/^evenlode_pages_ahead (\d+)$/m.exec((await page(served.base, '/metrics')).text)[1])
  const paths = [address, otherAddress, thirdAddress]
  for (const path of paths) await timeline(path, cookie)
  await pause(1500)
  set('unsync')
  const coming = Array.from({ length: limit + 16 }, (_, i) => timeline(paths[i % 3], cookie))
  let seen = 0
  for (let i = 0; i < 50 && seen < limit; i++) {
    await pause(100)
    seen = await ahead()
  }
  await pause(500) // the others come, too
  same(await ahead(), limit, 'pages read ahead')
  set('')
  for (const [i, each] of (await Promise.all(coming)).entries()) {
    same([each.missing, each.rows], [[], healthy[paths[i % 3]].rows], `page ${i}`)
  }
  same(await ahead(), 0, 'pages read ahead, afterwards')
})

await test('a session that is over is cleared away while the server runs', async () => {
  await served.stop()
  set('')
  const config = join(folder, 'often.conf')
  writeFileSync(config, 'clear_sessions_s = 1\n')
  served = await serve(data, ['--config', config], { env })
  const asks = async (cookie) => (await page(served.base, '/patients', cookie)).status
  const early = await signIn(served.base, 'dr.okafor')
  await pause(2500)
  same(await asks(early), 200, 'a session that is not over')
  set('late') // over for a moment; had its row been kept, it would be a session again afterwards
  await pause(2500)
  set('')
  same(await asks(early), 303, 'after it was cleared away')
  same(await asks(await signIn(served.base, 'dr.okafor')), 200, 'a new one')
})

await served.stop()
const report = await must(['audit', 'verify', '--data', data])
await test('every grant has its shown', async () => holds(report.endsWith('intact\n') && !report.includes('granted without shown'), report))
// Last, because its grant stays without a `shown`: what was written and not synced may be there.
await test('a page whose entry cannot be made durable is not shown', async () => {
  served = await serve(data, [], { env })
  const cookie = await signIn(served.base, 'dr.okafor')
  await timeline(address, cookie)
  await pause(1500)
  set('badsync')
  const { status, text } = await page(served.base, `${address}/timeline`, cookie)
  set('')
  same([status, timelineRows(text)], [500, []])
  for (const row of healthy[address].rows) holds(!text.includes(row.title), 'something of the record left')
  const ended = await served.stop().then(() => '', (fault) => fault.message)
  holds(ended.includes('the audit log cannot be written'), ended)
})
finish()
