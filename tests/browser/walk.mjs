// The program itself, in Debian's Chromium: sign in, find a patient, read the record, untick a
// source, change role, sign out. With and without scripts.
//
//   walk.mjs EVENLODE
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, suite, violations, watch } from './browser.mjs'

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

const folder = mkdtempSync(join(tmpdir(), 'evenlode-walk-'))
const data = join(folder, 'data')
const port = await freePort()
const base = `http://127.0.0.1:${port}`
let said = ''
const program = spawn(process.argv[2], ['demo', '--data', data, '--people', '60', '--listen', `127.0.0.1:${port}`])
for (const stream of [program.stdout, program.stderr]) stream.on('data', (text) => { said += text })
const ended = new Promise((resolve) => program.on('exit', resolve))

async function serving() {
  for (let i = 0; i < 600; i++) {
    const answer = await fetch(`${base}/healthz`).catch(() => null)
    if (answer?.ok) return
    if (program.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the program does not serve:\n${said}`)
}

const browser = await launch()
const { add, run } = suite()

// the person whose record lies in most stores, by what the county's makers know
function mostShared() {
  const people = readFileSync(join(data, 'county', 'truth.ndjson'), 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  const organisations = (p) => new Set(p.patients.filter((x) => x.hasNumber).map((x) => x.organisation)).size
  return people.sort((a, b) => organisations(b) - organisations(a) || b.diseases.length - a.diseases.length)[0]
}

async function visit(options, look) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  context.setDefaultTimeout(15000)
  const page = await context.newPage()
  const faults = []
  watch(page, faults, base)
  try {
    await look(page)
    assert.deepEqual(faults.filter((fault) => !/status of 4\d\d/.test(fault)), [])
  } finally {
    await context.close()
  }
}

async function signIn(page, user) {
  await page.goto(`${base}/sign-in`)
  await page.locator(`button[name=user][value="${user}"]`).click()
  await page.waitForURL(`${base}/patients`)
}

async function findByNumber(page, number) {
  await page.goto(`${base}/patients`)
  await page.getByLabel('NHS number').fill(`${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)}`)
  await page.getByRole('button', { name: 'Find by number' }).click()
  assert.equal(new URL(page.url()).search, '')
  assert.ok(!page.url().includes(number))
}

async function openRecord(page, person) {
  await findByNumber(page, person.nhsNumber)
  await page.locator('table.ev-found a').first().click()
  await page.waitForURL(/\/record\//)
}

const sourcesLine = (page) => page.locator('.ev-sources__line > b').innerText()

async function walk(page) {
  const person = mostShared()
  await signIn(page, 'dr.okafor')
  await openRecord(page, person)
  const number = person.nhsNumber.replace(/(...)(...)(....)/, '$1 $2 $3')
  assert.match(await page.locator('.ev-patient').innerText(), new RegExp(number))
  assert.ok(!page.url().includes(person.nhsNumber))
  const all = Number((await sourcesLine(page)).match(/^(\d+) of \1 sources/)[1])
  assert.ok(all >= 2, `${all} sources`)
  await page.locator('summary', { hasText: 'Choose sources' }).click()
  const boxes = page.locator('input[name=source]')
  assert.equal(await boxes.count(), all)
  assert.equal(await page.locator('input[name=source]:checked').count(), all)
  const name = await page.locator('label[for=source-1]').innerText()
  await boxes.first().uncheck()
  await page.getByRole('button', { name: 'Show these sources' }).click()
  await page.waitForURL(/chosen=1/)
  assert.match(await sourcesLine(page), new RegExp(`^${all - 1} of ${all} sources`))
  assert.match(await page.locator('.ev-warn').first().innerText(), /You have left out/)
  assert.ok((await page.locator('.ev-source--off').innerText()).startsWith(name.split(/ \(yours\)| as at/)[0]))
  await page.locator('nav[aria-label=Record] a', { hasText: 'Problems' }).click()
  await page.waitForURL(/\/problems\?chosen=1/)
  assert.match(await sourcesLine(page), new RegExp(`^${all - 1} of ${all} sources`))
}

add('sign in, find, read, untick a source', () => visit({}, walk))
add('the same without scripts', () => visit({ javaScriptEnabled: false }, walk))

// served under a policy of its own: its one style must be let through, and nothing else asked for
async function readAboutData(page) {
  await page.goto(`${base}/sign-in`)
  await page.getByRole('link', { name: 'About this data' }).click()
  await page.waitForURL(`${base}/about-the-data`)
  assert.match(await page.locator('[role=note]').innerText(), /nobody in this county exists/)
  assert.match(await page.locator('dl').first().innerText(), /People alive\s+\d+/)
  assert.ok(await page.locator('table').count() > 10)
  const styled = await page.locator('.synthetic').evaluate((note) => getComputedStyle(note).backgroundColor)
  assert.equal(styled, 'rgb(255, 235, 59)')
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(wide <= screen, `${wide} wide on a screen of ${screen}`)
}

add('about the data, and axe finds nothing serious', () =>
  visit({}, async (page) => {
    await readAboutData(page)
    assert.deepEqual(await violations(page), [])
  })
)
add('about the data without scripts', () => visit({ javaScriptEnabled: false }, readAboutData))
add('about the data on a telephone', () => visit({ viewport: { width: 390, height: 800 } }, readAboutData))

add('every section and the timeline open, and axe finds nothing serious', () =>
  visit({}, async (page) => {
    await signIn(page, 'dr.okafor')
    await openRecord(page, mostShared())
    const links = await page.locator('nav[aria-label=Record] a[href^="/record/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')))
    assert.ok(links.length > 10)
    for (const link of links) {
      const answer = await page.goto(base + link)
      assert.equal(answer.status(), 200, link)
      assert.deepEqual(await violations(page), [], link)
    }
  })
)

add('a receptionist sees who it is and appointments, and no more', () =>
  visit({}, async (page) => {
    const person = JSON.parse(readFileSync(join(data, 'county', 'truth.ndjson'), 'utf8').trim().split('\n')
      .find((line) => JSON.parse(line).patients.some((x) => x.organisation === 'K99001' && x.hasNumber)))
    await signIn(page, 'reception')
    await openRecord(page, person)
    const text = await page.locator('body').innerText()
    assert.match(text, /Your role does not see everything/)
    assert.ok(!/Known allergies|Allergies not recorded|Current medication|Recent results/.test(text))
    const answer = await page.goto(`${page.url().split('?')[0]}/medication`)
    assert.ok([200, 403].includes(answer.status()))
    assert.ok(!/DOSE/.test(await page.locator('body').innerText()))
  })
)

add('what is typed wrong is told and given back', () =>
  visit({}, async (page) => {
    await signIn(page, 'dr.okafor')
    await findByNumber(page, '9999999998')
    assert.match(await page.locator('.nhsuk-error-summary').innerText(), /not an NHS number/)
    await page.getByLabel('Family name').fill('O\'Brien <b>')
    await page.getByLabel('Day').fill('31')
    await page.getByLabel('Month').fill('2')
    await page.getByLabel('Year').fill('1944')
    await page.getByRole('button', { name: 'Find by name' }).click()
    assert.match(await page.locator('.nhsuk-error-summary').innerText(), /real date/)
    assert.equal(await page.getByLabel('Family name').inputValue(), 'O\'Brien <b>')
  })
)

add('without signing in there is no record; after signing out neither', () =>
  visit({}, async (page) => {
    await signIn(page, 'dr.okafor')
    await openRecord(page, mostShared())
    const record = page.url()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${base}/`)
    await page.goto(record)
    assert.match(page.url(), /\/sign-in/)
    assert.equal(await page.locator('.ev-patient').count(), 0)
  })
)

add('pages may not be kept or framed, assets may be kept for ever', async () => {
  const page = await fetch(`${base}/`)
  assert.match(page.headers.get('content-security-policy'), /^default-src 'none'/)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  const style = (await page.text()).match(/\/assets\/viewer\.[0-9a-f]+\.css/)[0]
  const asset = await fetch(base + style)
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal(asset.headers.get('content-type'), 'text/css; charset=utf-8')
  assert.equal((await fetch(`${base}/assets/viewer.0.css`)).status, 404)
})

try {
  await serving()
  await run()
} catch (error) {
  process.exitCode = 1
  console.log(`Bail out! ${error.message}`)
}
await browser.close()
program.kill('SIGTERM')
await ended
rmSync(folder, { recursive: true })
