// What people get wrong, and what goes wrong beneath: each is told in one line that names the place,
// with an exit status that is not 0 (over HTTP: a status and an OperationOutcome), and nothing is
// half stored.
//
//   bad_input.mjs EVENLODE [sanitized]
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { evenlode, fhir, filesOf, finish, folder, holds, lines, must, note, pause, run, same, sanitized, serve, test, token } from './program.mjs'

const data = join(folder, 'data')
await must(['init', '--data', data])
await must(['org', 'add', '--data', data, '--ods', 'A1001', '--name', 'Alder Surgery', '--status', 'live'])
await must(['org', 'add', '--data', data, '--ods', 'B2002', '--name', 'Birch Hospital', '--status', 'planned'])

const file = (name, content) => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const stored = async (ods = 'A1001', where = data) =>
  Number(/^resources\t(\d+)/m.exec(await must(['org', 'show', '--data', where, '--ods', ods]))?.[1] ?? 0)

const patient = (id, more = {}) => ({ resourceType: 'Patient', id, name: [{ family: 'Example' }], ...more })
const uuid = (n) => `urn:uuid:0d7b7a41-34e4-4bd9-8f11-59fa2a3e7a${String(n).padStart(2, '0')}`
const broken = {
  resourceType: 'Bundle', type: 'transaction', entry: [
    { fullUrl: uuid(1), resource: { resourceType: 'Patient', name: [{ family: 'Half' }] }, request: { method: 'POST', url: 'Patient' } },
    { fullUrl: uuid(2), resource: { resourceType: 'Condition', subject: { reference: uuid(99) }, code: { text: 'x' } }, request: { method: 'POST', url: 'Condition' } },
  ],
}

// One line on standard error (a hint may follow, indented), that says all of `says`.
function refused(result, says, what) {
  holds(result.signal === null, `${what}: ended by ${result.signal}\n${result.err}`)
  holds(result.status !== 0, `${what}: exit status 0`)
  holds(!/Sanitizer|runtime error|assert/i.test(result.err), `${what}: ${result.err}`)
  const said = lines(result.err).filter((line) => !line.startsWith('  ') && !line.startsWith('{'))
  same(said.length, 1, `${what}: lines in\n${result.err}\n`)
  holds(said[0].startsWith('evenlode: '), `${what}: ${said[0]}`)
  for (const one of says) holds(said[0].includes(one), `${what}: “${one}” is not in: ${said[0]}`)
}

// -- files ----------------------------------------------------------------------------------------

const badFiles = [
  ['malformed JSON', 'malformed.json', '{"resourceType":"Patient",\n"id":"p1","active":tru}', ['malformed.json', 'line 2, column 20']],
  ['JSON that ends too early', 'cut.json', '{"resourceType":"Patient","id":"p1"', ['cut.json', 'ends too early']],
  ['a bundle that was cut off', 'cutbundle.json', JSON.stringify(broken).slice(0, 200), ['cutbundle.json', 'ends too early']],
  ['wrong types', 'types.json', { resourceType: 'Patient', id: 'p1', birthDate: 7, name: 'x' }, ['types.json', 'Patient.birthDate']],
  ['an unknown resource type', 'unknown.json', { resourceType: 'Patientt', id: 'p1' }, ['unknown.json', 'resourceType']],
  ['no resource type', 'untyped.json', { id: 'p1' }, ['untyped.json', 'resourceType']],
  ['a broken reference in a transaction', 'broken.json', broken, ['broken.json', 'entry[1]', 'reference']],
  ['a reference to nobody', 'nobody.json', { resourceType: 'Condition', id: 'c1', subject: { reference: 'Patient/nobody' }, code: { text: 'x' } }, ['nobody.json', 'nobody']],
  ['an empty file', 'empty.json', '', ['empty.json', 'empty']],
  ['HL7 v2 under another name', 'v2.json', 'MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.4\r', ['v2.json', 'HL7 v2']],
]
for (const [what, name, content, says] of badFiles) {
  await test(`load: ${what}`, async () => {
    const before = await stored()
    const result = await run(['load', '--data', data, '--org', 'A1001', file(name, content)])
    refused(result, says, what)
    holds(/^bundles\t[01]$/m.test(result.out), result.out)
    same(/sent (\d+) = stored 0 \+ already known 0 \+ refused (\d+)/.exec(result.out)?.slice(1).reduce((a, b) => a === b), true, result.out)
    same(await stored(), before, 'resources')
  })
}

await test('load: a bad line of NDJSON is named, and the others are stored', async () => {
  const before = await stored()
  const path = file('lines.ndjson', `${JSON.stringify(patient('n1'))}\n{"resourceType":"Patient","id":\n\n${JSON.stringify(patient('n2'))}\n`)
  const result = await run(['load', '--data', data, '--org', 'A1001', path])
  refused(result, ['lines.ndjson:2'], 'a bad line')
  holds(result.out.includes('sent 3 = stored 2 + already known 0 + refused 1'), result.out)
  same(await stored(), before + 2, 'resources')
})

await test('load: files that are not there, folders, programs', async () => {
  for (const [path, says] of [['nothere.json', 'No such file'], [folder, 'regular file'], [evenlode, 'unknown']]) {
    refused(await run(['load', '--data', data, '--org', 'A1001', path]), [path, says], path)
  }
})

await test('an NHS number with a wrong check digit is named by check and refused by load', async () => {
  const wrong = patient('w1', { birthDate: '1980-01-01', identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000000' }] })
  const path = file('number.json', wrong)
  const result = await run(['check', path])
  same(result.status, 1)
  holds(lines(result.err + result.out).some((line) => line.includes('Patient.identifier[0].value') && line.includes('NHS number')), result.err + result.out)
  refused(await run(['load', '--data', data, '--org', 'A1001', path]), ['number.json', 'Patient.identifier[0].value', 'NHS number'], 'load')
})

// -- words ----------------------------------------------------------------------------------------

await test('words: unknown commands, options and values', async () => {
  const good = file('good.json', patient('g1'))
  const cases = [
    [['loada'], ['loada']],
    [['load', '--data', data, '--bogus', 'x', good], ['--bogus']],
    [['load', '--data', data, good], ['--org', '--split-by-provider']],
    [['load', '--data', data, '--org'], ['--org']],
    [['load', '--data', data, '--org', 'A1001'], ['files']],
    [['load', '--data', data, '--org', 'ZZZ', good], ['ZZZ']],
    [['load', '--data', data, '--org', 'B2002', good], ['B2002', 'not live']],
    [['load', '--org', 'A1001', good], ['--data']],
    [['load', '--data', join(folder, 'no'), '--org', 'A1001', good], [join(folder, 'no')]],
    [['load', '--data', folder, '--org', 'A1001', good], [folder]],
    [['init', '--data', data], [data, 'not empty']],
    [['init', '--data', join(good, 'x')], [join(good, 'x')]],
    [['org', 'add', '--data', data, '--ods', 'A!!', '--name', 'x', '--status', 'live'], ['A!!']],
    [['org', 'add', '--data', data, '--ods', 'A10', '--name', 'x', '--status', 'alive'], ['--status']],
    [['token', '--data', data, '--user', 'a', '--role', 'god', '--org', 'A1001'], ['--role']],
    [['person', 'find', '--data', data, '--nhs-number', '123'], ['--nhs-number']],
    [['serve', '--data', data, '--listen', 'nonsense'], ['nonsense']],
    [['serve', '--data', data, '--listen', '127.0.0.1:99999'], ['127.0.0.1:99999']],
    [['serve', '--data', data, '--listen', '127.0.0.1:'], ['127.0.0.1:']],
    [['serve', '--data', data, '--config', file('bogus.conf', 'bogus = 3\n')], ['bogus.conf:1', 'bogus']],
    [['serve', '--data', data, '--config', file('range.conf', 'threads = 0\n')], ['range.conf', 'threads']],
    [['serve', '--data', data, '--config', join(folder, 'no.conf')], ['no.conf']],
    [['demo', '--data', data, '--people', '10'], ['demo directory']],
    [['demo', '--data', join(folder, 'demo'), '--people', 'x'], ['--people']],
    [['demo', '--data', join(folder, 'demo'), '--people', '0'], ['one person']],
    [['synth', '--out', join(good, 'x'), '--people', '5'], [join(good, 'x')]],
  ]
  const before = await stored()
  for (const [words, says] of cases) {
    const result = await run(words, { killAfter: 20000 })
    refused(result, says, words.join(' '))
  }
  same(await stored(), before, 'resources')
})

// -- the data directory ---------------------------------------------------------------------------

await test('a second server on the same directory is refused, and names the first', async () => {
  const served = await serve(data)
  const result = await run(['serve', '--data', data, '--listen', '127.0.0.1:0'], { killAfter: 20000 })
  refused(result, [data, String(served.pid)], 'a second server')
  same((await fetch(`${served.base}/healthz`)).status, 200)
  const taken = await run(['serve', '--data', await fresh('taken'), '--listen', served.base.slice('http://'.length)], { killAfter: 20000 })
  refused(taken, [served.base.slice('http://'.length)], 'a port that is taken')
  await served.stop()
})

async function fresh(name) {
  const path = join(folder, name)
  await must(['init', '--data', path])
  await must(['org', 'add', '--data', path, '--ods', 'A1001', '--name', 'Alder Surgery', '--status', 'live'])
  return path
}

await test('keys that others may read, that are malformed, or that are gone', async () => {
  const path = await fresh('keys')
  const key = join(path, 'keys', 'token')
  const good = readFileSync(key)
  const words = ['token', '--data', path, '--user', 'a', '--role', 'system', '--org', 'A1001']
  chmodSync(key, 0o644)
  refused(await run(words), [key], 'a key that others may read')
  chmodSync(key, 0o600)
  writeFileSync(key, '1 abc\n')
  refused(await run(words), [key], 'a malformed key')
  refused(await run(['serve', '--data', path, '--listen', '127.0.0.1:0'], { killAfter: 20000 }), [key], 'serving with a malformed key')
  writeFileSync(key, good)
  await must(words)
})

const rootOnly = process.getuid() === 0
await test('a directory that may not be written, or not read', async () => {
  const path = await fresh('forbidden')
  const words = ['org', 'list', '--data', path]
  if (rootOnly) {
    chmodSync(folder, 0o755)
    const nobody = { before: `run() { setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"; }; run "$0" "$@"; exit $?` }
    refused(await run(words, nobody), [path], 'a directory of another user')
    refused(await run(['init', '--data', join(folder, 'mine')], nobody), [join(folder, 'mine')], 'a folder that may not be written')
    chmodSync(folder, 0o700)
  } else {
    chmodSync(join(path, 'keys', 'token'), 0)
    refused(await run(words), [join(path, 'keys', 'token')], 'a key that may not be read')
    chmodSync(join(path, 'keys', 'token'), 0o600)
    chmodSync(join(path, 'stores'), 0o500)
    refused(await run(['load', '--data', path, '--org', 'A1001', file('good2.json', patient('g2'))]), ['A1001'], 'stores that may not be written')
    chmodSync(join(path, 'stores'), 0o700)
  }
})

// -- a full disk ----------------------------------------------------------------------------------

await test('a disk that fills up while loading: told, and completed when there is room again', async () => {
  const path = await fresh('full')
  const people = Array.from({ length: 60 }, (_, i) => ({
    resourceType: 'Bundle', type: 'transaction', entry: [
      { fullUrl: uuid(1), resource: patient(`f${i}`), request: { method: 'PUT', url: `Patient/f${i}` } },
      ...Array.from({ length: 40 }, (_, n) => ({
        fullUrl: uuid(n + 2),
        resource: { resourceType: 'Condition', id: `f${i}c${n}`, subject: { reference: `Patient/f${i}` }, code: { text: `something ${Math.sin(i * 40 + n)}` } },
        request: { method: 'PUT', url: `Condition/f${i}c${n}` },
      })),
    ],
  }))
  const names = file('many.ndjson', people.map((bundle) => JSON.stringify(bundle)).join('\n') + '\n')
  const result = await run(['load', '--data', path, '--org', 'A1001', names], { before: 'ulimit -f 500' })
  holds(result.signal === null && result.status !== 0, `exit status ${result.status} ${result.signal}`)
  const said = lines(result.err)
  holds(said.length > 0 && said.every((line) => /many\.ndjson:\d+: .*no space left/.test(line)), result.err)
  const [, sent, kept, refusedCount] = /sent (\d+) = stored (\d+) \+ already known 0 \+ refused (\d+)/.exec(result.out).map(Number)
  same(sent, kept + refusedCount, 'the account')
  holds(refusedCount > 0 && kept % 41 === 0, `stored ${kept}: bundles are stored whole`)
  same(await stored('A1001', path), kept, 'resources')
  const again = await must(['load', '--data', path, '--org', 'A1001', names])
  holds(again.includes(`sent 2460 = stored ${2460 - kept} + already known ${kept} + refused 0`), again)
  same(await stored('A1001', path), 2460, 'resources')
  note(`${kept} of 2460 had room`)
})

await test('a full disk while serving: no page without its audit entry, and the reason is told', async () => {
  const path = await fresh('full-audit')
  await must(['load', '--data', path, '--org', 'A1001', file('one.json', patient('one'))])
  const bearer = await token(path, 'A1001')
  const audit = join(path, 'audit', 'segment-00000000000000000000.log')
  const room = Math.ceil(statSync(audit).size / 1024) + 8
  const served = await serve(path, [], { before: `ulimit -f ${room}` })
  let answered = 0
  let last
  for (let i = 0; i < 400; i++) {
    last = await fhir(served.base, 'A1001', '/Patient/one', bearer)
    if (last.status !== 200) break
    answered++
  }
  holds(last.status >= 500 && last.json?.resourceType === 'OperationOutcome', `${answered} answers, then ${last.status} ${last.text}`)
  holds(!last.text.includes('Example'), 'a record left without an audit entry')
  const health = await fetch(`${served.base}/healthz`)
  same(health.status, 503, 'health')
  served.child.kill('SIGTERM')
  await served.child.ended
  const report = await must(['audit', 'verify', '--data', path])
  holds(/intact/.test(report) && Number(/entries\t(\d+)/.exec(report)[1]) >= answered, report)
})

// -- over HTTP ------------------------------------------------------------------------------------

await test('POST: each bad body has its status and an OperationOutcome that names the place', async () => {
  const served = await serve(data)
  const bearer = await token(data, 'A1001')
  const before = (await fhir(served.base, 'A1001', '/Patient?_summary=count', bearer)).json.total
  const send = (path, body, method = 'POST') =>
    fhir(served.base, 'A1001', path, bearer, { method, body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'Content-Type': 'application/fhir+json' } })
  const cases = [
    ['/Patient', '{"resourceType":"Patient",\n"active":tru}', 400, 'line 2'],
    ['/Patient', '{"resourceType":"Patient"', 400, 'ends too early'],
    ['/Patient', '', 400, ''],
    ['/Patient', { resourceType: 'Patient', birthDate: 7 }, 422, 'Patient.birthDate'],
    ['/Patient', { resourceType: 'Condition', subject: { reference: 'Patient/n1' } }, 400, 'resourceType'],
    ['/Patientt', { resourceType: 'Patientt' }, 404, 'resource type'],
    ['/Condition', { resourceType: 'Condition', subject: { reference: 'Patient/nobody' } }, 422, 'patient'],
    ['', broken, 422, 'entry[1]'],
    ['', { resourceType: 'Bundle', type: 'transaction', entry: 7 }, 422, 'entry'],
    ['', { ...broken, entry: [broken.entry[0], { ...broken.entry[0] }] }, 422, ''],
    ['/Patient', `{"resourceType":"Patient","name":[{"text":"${'x'.repeat(11 * 1024 * 1024)}"}]}`, 413, ''],
  ]
  for (const [path, body, status, says] of cases) {
    const what = `POST ${path} ${(typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 80)}`
    // a body that is too large may be refused before all of it is sent
    const answer = await send(path, body).catch((error) => ({ status: 413, text: String(error), json: null, cut: true }))
    if (answer.cut && status === 413) continue
    holds(answer.status === status || (status === 422 && answer.status === 400), `${what}: ${answer.status} ${answer.text.slice(0, 300)}`)
    same(answer.json?.resourceType, 'OperationOutcome', what)
    holds(answer.text.includes(says), `${what}: “${says}” is not in ${answer.text.slice(0, 400)}`)
  }
  same((await fhir(served.base, 'A1001', '/Patient?_summary=count', bearer)).json.total, before, 'patients')
  await served.stop()
})

// -- a damaged store ------------------------------------------------------------------------------

await test('a damaged store and a damaged register are told, not served as empty', async () => {
  const path = await fresh('damaged')
  await must(['load', '--data', path, '--org', 'A1001', file('many2.ndjson', Array.from({ length: 500 }, (_, i) => JSON.stringify(patient(`d${i}`))).join('\n'))])
  const store = join(path, 'stores', 'A1001.sqlite')
  const keep = join(folder, 'keep.sqlite')
  copyFileSync(store, keep)
  writeFileSync(store, 'this is no database at all\n'.repeat(400))
  refused(await run(['org', 'show', '--data', path, '--ods', 'A1001']), ['A1001'], 'a store that is no database')
  refused(await run(['load', '--data', path, '--org', 'A1001', file('g3.json', patient('g3'))]), ['A1001'], 'loading into it')
  copyFileSync(keep, store)
  same(await stored('A1001', path), 500, 'resources after the repair')
  const exchange = join(path, 'exchange.sqlite')
  truncateSync(exchange, 5000)
  refused(await run(['org', 'list', '--data', path]), ['exchange'], 'a register that was cut')
})

finish()
