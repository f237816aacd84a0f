// Each of the demo's users reads the synthetic county as that user would. What they may see is
// written here in words of its own, from the policy's text (src/governance/policy.c), and what there
// is to see is read from the county's files, not from the program.
//
//   roles.mjs EVENLODE [sanitized]
import { closeSync, copyFileSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { auditEntries, fhir, finish, folder, holds, lines, must, note, page, same, sanitized, serve, signIn, sourceLine, test, timelineRows, token, words } from './program.mjs'

const data = join(folder, 'county')
let served = await serve(data, ['--people', sanitized ? '120' : '300'], { command: 'demo' })

// -- the county as its makers know it -------------------------------------------------------------

const ndjson = (name) => lines(readFileSync(join(data, 'county', name), 'utf8')).map((line) => JSON.parse(line))
const names = new Map(ndjson('organisations.ndjson').map((organisation) => [organisation.id, organisation.name]))
const people = ndjson('truth.ndjson')
const bundles = new Map([...names.keys()].map((ods) => [ods, ndjson(`${ods}.ndjson`)]))
const numbered = (person, ods) => person.patients.some((patient) => patient.organisation === ods && patient.hasNumber)
const nhsNumber = (resource) => resource.identifier?.find((one) => one.system === 'https://fhir.nhs.uk/Id/nhs-number')?.value

// everything that an organisation's file says of somebody, by number
function held(person, ods) {
  const bundle = bundles.get(ods).find((one) => one.entry.some(({ resource }) => resource.resourceType === 'Patient' && nhsNumber(resource) === person.nhsNumber))
  return bundle ? bundle.entry.map((entry) => entry.resource) : []
}
const title = (concept) => concept?.text ?? concept?.coding?.[0]?.display
const category = (resource) => resource.category?.[0]?.coding?.[0]?.code
const isResult = (resource) => ['DiagnosticReport', 'Specimen', 'ImagingStudy'].includes(resource.resourceType) ||
  (resource.resourceType === 'Observation' && category(resource) !== 'social-history')

const everywhere = people.filter((person) => ['999', 'K99001', 'RZZ', 'RZY'].every((ods) => numbered(person, ods)))
  .sort((a, b) => b.diseases.length - a.diseases.length)
const subject = everywhere[0]
if (!subject) throw new Error('nobody of this county is known to all')
const all = [...names.keys()].flatMap((ods) => held(subject, ods).map((resource) => ({ ods, resource })))
note(`${subject.patients.length} organisations hold ${all.length} resources of the person`)

const recordOf = async (person) => `/record/${lines(await must(['person', 'find', '--data', data, '--nhs-number', person.nhsNumber]))[0].split('\t')[0]}`
const address = await recordOf(subject)

// one restricted and one sensitive fact, from the practice's own system
const links = new Map(lines(await must(['person', 'find', '--data', data, '--nhs-number', subject.nhsNumber])).map((line) => line.split('\t').slice(1)))
const practiceToken = await token(data, 'K99001')
for (const [text, system, code] of [
  ['Restricted matter', 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'R'],
  ['Sensitive matter', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'HIV'],
]) {
  const answer = await fhir(served.base, 'K99001', '/Condition', practiceToken, {
    method: 'POST', headers: { 'Content-Type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Condition', meta: { security: [{ system, code }] }, code: { text }, subject: { reference: `Patient/${links.get('K99001')}` } }),
  })
  same(answer.status, 201, answer.text)
}

const sections = ['problems', 'medication', 'allergies', 'results', 'observations', 'encounters', 'appointments', 'procedures',
  'immunisations', 'documents', 'care-plans', 'alerts', 'contacts']
const users = ['dr.marlowe', 'dr.okafor', 'nurse.pereira', 'j.whitlock', 'reception']
const cookies = {}
for (const user of users) cookies[user] = await signIn(served.base, user)

async function pagesOf(user) {
  const result = {}
  for (const part of ['', 'timeline', ...sections]) {
    const { status, text } = await page(served.base, part === '' ? address : `${address}/${part}`, cookies[user])
    same(status, 200, `${user}: ${part}`)
    result[part] = text
  }
  return result
}
const pages = {}
const facts = (html) => [...html.matchAll(/<td class="ev-fact"><b>(.*?)<\/b>/gs)].map((match) => words(match[1]).trim())
const navigation = (html) => [...html.matchAll(/<a href="[^"]*"[^>]*><span>([^<]*)<\/span><span class="ev-sections__count">/g)].map((match) => match[1])
const without = 'Your role does not see this. It may well hold something.'

// -- what each sees -------------------------------------------------------------------------------

await test('GP: everything that is not restricted, from all sources', async () => {
  pages.gp = await pagesOf('dr.marlowe')
  const rows = timelineRows(pages.gp.timeline)
  const expected = all.filter(({ resource }) => !['Patient', 'Practitioner', 'Organization'].includes(resource.resourceType)).length + 1
  same(rows.length, expected, 'entries of the timeline')
  holds(!JSON.stringify(pages.gp).includes('Restricted matter'), 'the restricted matter is shown')
  holds(facts(pages.gp.problems).includes('Sensitive matter'), 'the sensitive matter is not shown to the GP')
  same(sourceLine(pages.gp['']).map((source) => source.name).sort(), subject.patients.map((patient) => names.get(patient.organisation)).sort())
  for (const kind of ['Results', 'Medication', 'Problems and diagnoses']) holds(rows.some((row) => row.kind === kind), `no ${kind}`)
})

for (const user of ['dr.okafor', 'nurse.pereira']) {
  await test(`${user}: everything that is neither restricted nor sensitive`, async () => {
    const seen = await pagesOf(user)
    const plain = (rows) => rows.map((row) => `${row.source}|${row.kind}|${row.title}`).sort()
    same(plain(timelineRows(seen.timeline)), plain(timelineRows(pages.gp.timeline).filter((row) => !row.title.startsWith('Sensitive matter'))), 'timeline')
    holds(!/(Restricted|Sensitive) matter/.test(JSON.stringify(seen)), 'a matter that was kept back is shown')
  })
}

await test('social worker: no result in any section, timeline or summary', async () => {
  const seen = await pagesOf('j.whitlock')
  const titles = new Set(all.filter(({ resource }) => isResult(resource)).map(({ resource }) => title(resource.code)).filter((one) => one))
  // a word that something else may begin with says nothing: "Sodium" is a result, and a medicine of sodium none
  const others = all.filter(({ resource }) => !isResult(resource)).map(({ resource }) => title(resource.code ?? resource.medicationCodeableConcept ?? resource.vaccineCode ?? resource.type?.[0]))
  for (const one of titles) if (others.some((other) => `${other} `.startsWith(`${one} `))) titles.delete(one)
  holds(titles.size > 5, `only ${titles.size} titles of results`)
  for (const [part, html] of Object.entries(seen)) {
    const shown = [...facts(html), ...timelineRows(html).map((row) => row.title)]
    for (const one of titles) holds(!shown.some((text) => text === one || text.startsWith(`${one} `)), `${part || 'summary'} shows ${shown.find((text) => text.startsWith(one))}`)
    holds(part === 'observations' || !html.includes('ev-trend'), `${part || 'summary'} draws a trend`)
    holds(!/(Restricted|Sensitive) matter/.test(html), `${part}: a matter that was kept back`)
    holds(words(html).includes('Your role does not see everything.'), `${part}: not told that the role is limited`)
  }
  const rows = timelineRows(seen.timeline)
  same(rows.filter((row) => row.kind === 'Results').length, 0, 'results in the timeline')
  const social = all.filter(({ resource }) => resource.resourceType === 'Observation' && !isResult(resource)).length
  same(rows.filter((row) => row.kind === 'Observations').length, social, 'observations')
  const rest = (list) => list.filter((row) => !['Results', 'Observations'].includes(row.kind) && !row.title.startsWith('Sensitive matter')).length
  same(rest(rows), rest(timelineRows(pages.gp.timeline)), 'everything else')
  holds(words(seen.results).includes(without), 'results: not told that the role does not see them')
  holds(!navigation(seen['']).includes('Results'), 'results are in the navigation')
})

await test('receptionist: demographics and appointments, and nothing else', async () => {
  const seen = await pagesOf('reception')
  same(navigation(seen['']), ['Appointments'])
  const clinical = new Set(all.filter(({ resource }) => !['Patient', 'Practitioner', 'Organization', 'Appointment'].includes(resource.resourceType))
    .map(({ resource }) => title(resource.code ?? resource.medicationCodeableConcept ?? resource.vaccineCode)).filter((one) => one?.length > 3))
  holds(clinical.size > 10, `only ${clinical.size} clinical titles`)
  for (const [part, html] of Object.entries(seen)) {
    const text = words(html)
    for (const one of clinical) holds(!text.includes(one), `${part || 'summary'} shows ${one}`)
    holds(text.includes('Your role does not see everything.'), `${part}: not told that the role is limited`)
    holds(!/[Aa]llergies (not recorded|unavailable)|[Kk]nown allergies/.test(text), `${part}: the banner says something of allergies`)
    holds(text.includes('Next of kin Your role does not see this'), `${part}: the next of kin is not recorded, it says`)
    if (sections.includes(part) && part !== 'appointments') holds(text.includes(without), `${part}: not told`)
  }
  const appointments = all.filter(({ resource }) => resource.resourceType === 'Appointment').length
  same(timelineRows(seen.timeline).map((row) => row.kind), Array(appointments).fill('Appointments'))
})

// -- refusals, and the audit ----------------------------------------------------------------------

const entries = async (person) => lines(await must(['audit', 'person', '--data', data, '--person', person.split('/')[2]]))
  .map((line) => line.split('\t')).map(([sequence, , kind, user, organisation, interaction, basis]) => ({ sequence: Number(sequence), kind, user, organisation, interaction, basis }))

await test('who has no relationship is refused, and the refusal is in the audit', async () => {
  const strangers = [['dr.marlowe', 'K99001'], ['nurse.pereira', 'RZY'], ['j.whitlock', '999'], ['reception', 'K99001']]
  for (const [user, ods] of strangers) {
    const person = people.find((one) => !one.patients.some((patient) => patient.organisation === ods) && one.patients.length > 0 && one.patients.every((patient) => patient.hasNumber))
    const path = await recordOf(person)
    const { status, text } = await page(served.base, path, cookies[user])
    same(status, 403, `${user} and a person unknown to ${ods}`)
    holds(timelineRows(text).length === 0 && facts(text).length === 0 && !text.includes(person.nhsNumber.slice(6)), 'the refusal shows something')
    const last = (await entries(path)).at(-1)
    same([last.kind, last.user], ['refused', user], 'the audit')
    const urgent = await page(served.base, path, cookies['dr.okafor'])
    same(urgent.status, 200, 'the emergency doctor')
    const [granted] = (await entries(path)).filter((entry) => entry.user === 'dr.okafor' && entry.kind === 'granted').slice(-1)
    same(granted.basis, person.patients.some((patient) => patient.organisation === 'RZZ') ? 'own-record' : 'self-claimed', 'basis')
  }
})

await test('each page has its grant, and what was shown', async () => {
  const report = await must(['audit', 'verify', '--data', data])
  const shown = new Map(auditEntries(data).filter((entry) => entry.kind === 'shown').map((entry) => [entry.granted, entry]))
  const list = await entries(address)
  for (const user of users) {
    const granted = list.filter((entry) => entry.user === user && entry.kind === 'granted')
    same(granted.map((entry) => entry.interaction), ['record-page', 'timeline', ...sections], `${user}: granted`)
    for (const { sequence, interaction } of granted) {
      const end = shown.get(sequence)
      holds(end, `${user}: ${interaction} was granted, and nothing says what was shown`)
      same([end.outcome, end.sources.map((source) => source.organisation).sort()], ['complete', subject.patients.map((patient) => patient.organisation).sort()], interaction)
      holds(end.bytes > 1000 && /^[0-9a-f]{64}$/.test(end.shown), `${interaction}: ${JSON.stringify(end)}`)
    }
  }
  holds(report.endsWith('intact\n') && !report.includes('granted without shown'), report)
})

await test('a source that is not ticked is left out, and that is said', async () => {
  const before = timelineRows(pages.gp.timeline)
  for (const out of subject.patients.map((patient) => patient.organisation)) {
    const query = subject.patients.filter((patient) => patient.organisation !== out).map((patient) => `&source=${patient.organisation}`).join('')
    const { text } = await page(served.base, `${address}/timeline?chosen=1${query}`, cookies['dr.marlowe'])
    const name = names.get(out)
    const rows = timelineRows(text)
    const short = (source) => source.replace(/ NHS Trust$| NHS Foundation Trust$/, '')
    same(rows.filter((row) => short(row.source) === short(name)).length, 0, `rows of ${name}`)
    same(rows.length, before.filter((row) => short(row.source) !== short(name)).length, 'rows of the others')
    holds(words(text).includes('You have left out'), 'not said')
    same(sourceLine(text).filter((source) => /off/.test(source.marks)).map((source) => source.name), [name], 'source line')
  }
})

await test('an organisation that has left is missing, not empty; its staff see nothing', async () => {
  await must(['org', 'set', '--data', data, '--ods', 'K99001', '--status', 'left'])
  const { text } = await page(served.base, `${address}/timeline`, cookies['dr.okafor'])
  same(timelineRows(text).filter((row) => row.source === names.get('K99001')).length, 0, 'rows')
  same(sourceLine(text).filter((source) => source.state !== '').map((source) => source.name), [names.get('K99001')], 'source line')
  holds(words(text).includes('One source is missing.'), 'no bar says what is missing')
  same((await page(served.base, address, cookies['dr.marlowe'])).status, 403, 'its GP')
  await must(['org', 'set', '--data', data, '--ods', 'K99001', '--status', 'live'])
  same(timelineRows((await page(served.base, `${address}/timeline`, cookies['dr.marlowe'])).text).length, timelineRows(pages.gp.timeline).length, 'when it is back')
})

await served.stop()

// -- a source that cannot answer ------------------------------------------------------------------

const damage = {
  'is no database': (path) => writeFileSync(path, 'nothing that is a database\n'.repeat(3000)),
  'is gone': (path) => rmSync(path),
  'was cut in the middle': (path) => truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096),
}
for (const [what, spoil] of Object.entries(damage)) {
  await test(`a store that ${what}: unavailable, never empty`, async () => {
    const path = join(data, 'stores', 'K99001.sqlite')
    const keep = join(folder, 'keep.sqlite')
    copyFileSync(path, keep)
    spoil(path)
    served = await serve(data)
    try {
      const cookie = await signIn(served.base, 'dr.okafor')
      const allergy = (ods, person) => held(person, ods).some((resource) => resource.resourceType === 'AllergyIntolerance')
      const only = people.find((person) => numbered(person, 'K99001') && numbered(person, 'RZZ') && allergy('K99001', person) &&
        !['RZZ', 'RZX', 'RZY', '999', 'K99002'].some((ods) => allergy(ods, person)))
      holds(only, 'nobody has allergies at the practice alone')
      const path2 = await recordOf(only)
      const { status, text } = await page(served.base, path2, cookie)
      same(status, 200)
      const plain = words(text)
      holds(plain.includes('Allergies unavailable'), 'the banner does not say that allergies are unavailable')
      holds(/class="ev-warn"/.test(text) && plain.includes('One source is missing.') && plain.includes(names.get('K99001')), 'no bar says what is missing')
      const line = sourceLine(text)
      same(line.filter((source) => source.state !== '').map((source) => source.name), [names.get('K99001')], 'source line')
      for (const part of sections) {
        const section = words((await page(served.base, `${path2}/${part}`, cookie)).text)
        holds(section.includes(`${names.get('K99001')}: could not be reached`), `${part} does not say it`)
        holds(!section.includes('Nothing recorded in any source'), `${part} says that nothing is recorded`)
      }
      holds(timelineRows((await page(served.base, `${path2}/timeline`, cookie)).text).every((row) => row.source !== names.get('K99001')), 'part of a damaged store is shown')
    } finally {
      await served.stop()
      copyFileSync(keep, path)
    }
  })
}

await test('pages of a store that were overwritten: what is read of it is right, or it is unavailable', async () => {
  const path = join(data, 'stores', 'K99001.sqlite')
  let sample = people.filter((person) => numbered(person, 'K99001')).slice(0, 60)
  const timelines = async () => {
    served = await serve(data)
    const cookie = await signIn(served.base, 'dr.okafor')
    const result = []
    for (const person of sample) {
      const { status, text } = await page(served.base, `${await recordOf(person)}/timeline`, cookie)
      same(status, 200)
      result.push({ ok: sourceLine(text).find((source) => source.name === names.get('K99001'))?.state === '', rows: timelineRows(text).filter((row) => row.source === names.get('K99001')) })
    }
    await served.stop()
    return result
  }
  // a number or a birth date that is wrong at the practice keeps its patient apart
  const all = await timelines()
  sample = sample.filter((_, i) => all[i].ok)
  const before = all.filter((one) => one.ok)
  holds(sample.length > 30, `the store was read for ${sample.length} only`)
  const size = 8192 /* of a page */
  const count = statSync(path).size / size
  let unavailable = 0
  const file = openSync(path, 'r+')
  // whole pages, and pieces of a page whose ends lie anywhere
  for (let i = 1; i <= 24; i++) {
    const len = [size, 100, 1, 3000][i % 4]
    writeSync(file, Buffer.alloc(len, i % 2 ? 0xa5 : 0), 0, len, Math.floor(count * i / 26) * size + (i * 997) % (size - len + 1))
  }
  closeSync(file)
  for (const [i, after] of (await timelines()).entries()) {
    unavailable += !after.ok
    same(after.rows, after.ok ? before[i].rows : [], `person ${i}`)
  }
  note(`${unavailable} of ${sample.length} pages say that the store is unavailable`)
  holds(unavailable > 0, 'no damage was met')
})

finish()
