// What the tests of the whole program share: running it, serving with it, asking it as people do.
//
// Each test is a program of its own that prints TAP (tests/README.md), in a temporary folder that
// goes at its end, on a port that the system gives.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const evenlode = process.argv[2]
export const sanitized = process.argv[3] === 'sanitized'
export const long = process.env.EVENLODE_LONG === '1'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
export const shared = process.env.EVENLODE_DATA || join(root, '../shared/data')

// -- cases ----------------------------------------------------------------------------------------

let number = 0
let failures = 0

export const note = (text) => console.log(String(text).replace(/^/gm, '# '))

// A case: what it throws is its failure; the next goes on.
export async function test(name, body) {
  number++
  const started = Date.now()
  try {
    await body()
    console.log(`ok ${number} - ${name}`)
  } catch (error) {
    failures++
    console.log(`not ok ${number} - ${name}`)
    note(error?.stack ?? error)
  }
  const took = Date.now() - started
  if (took > 5000) note(`${(took / 1000).toFixed(1)} s`)
}

export function skip(why) {
  console.log(`skipped: ${why}`)
  process.exit(77)
}

// -- the folder, and what runs in it --------------------------------------------------------------

export const folder = mkdtempSync(join(tmpdir(), 'evenlode-test-'))
const running = new Set()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

// Ends the test: its exit status says whether a case failed.
export function finish() {
  console.log(`1..${number}`)
  process.exit(failures === 0 && number > 0 ? 0 : 1)
}

function start(words, { before = '', env = {} } = {}) {
  const child = before === ''
    ? spawn(evenlode, words, { env: { ...process.env, ...env } })
    : spawn('bash', ['-c', `${before}; exec "$0" "$@"`, evenlode, ...words], { env: { ...process.env, ...env } })
  child.out = ''
  child.err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => { child.out += text })
  child.stderr.setEncoding('utf8').on('data', (text) => { child.err += text })
  running.add(child)
  child.ended = new Promise((resolve) => {
    child.on('error', (error) => { child.err += String(error) }) // it could not be started
    child.on('close', (status, signal) => {
      running.delete(child)
      resolve({ status, signal, out: child.out, err: child.err })
    })
  })
  return child
}

// Runs a command to its end. `before`: words of bash (ulimit); `killAfter`: milliseconds to kill -9.
export async function run(words, options = {}) {
  const child = start(words, options)
  const timer = options.killAfter === undefined ? null : setTimeout(() => child.kill('SIGKILL'), options.killAfter)
  const result = await child.ended
  clearTimeout(timer)
  return result
}

// A command that must succeed; its standard output.
export async function must(words, options) {
  const result = await run(words, options)
  if (result.status !== 0) {
    throw new Error(`${words.slice(0, 4).join(' ')}: exit status ${result.status} ${result.signal ?? ''}\n${result.out}${result.err}`)
  }
  return result.out
}

// Serves `data` (or makes and serves a demo: command 'demo') until stop().
export async function serve(data, words = [], options = {}) {
  const child = start([options.command ?? 'serve', '--data', data, '--listen', '127.0.0.1:0', ...words], options)
  const patience = Date.now() + (sanitized ? 120000 : 60000)
  let found
  while (!(found = /serving (http:\S+)/.exec(child.out))) {
    if (child.exitCode !== null || Date.now() > patience) {
      child.kill('SIGKILL')
      throw new Error(`the program does not serve:\n${child.out}${child.err}`)
    }
    await pause(20)
  }
  return {
    base: found[1],
    pid: child.pid,
    child,
    async stop() {
      child.kill('SIGTERM')
      const result = await child.ended
      if (result.status !== 0) throw new Error(`served, and ended with ${result.status} ${result.signal}:\n${result.err.slice(-4000)}`)
      return result
    },
  }
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// -- the server, as people ask it -----------------------------------------------------------------

// The cookie of a demo user.
export async function signIn(base, user) {
  const answer = await fetch(`${base}/sign-in`, {
    method: 'POST', redirect: 'manual', body: new URLSearchParams({ user }), headers: { Origin: base },
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (answer.status !== 303 || !cookie) throw new Error(`sign-in of ${user}: ${answer.status}`)
  return cookie
}

export async function page(base, path, cookie) {
  const answer = await fetch(base + path, { redirect: 'manual', headers: { Cookie: cookie } })
  return { status: answer.status, text: await answer.text() }
}

// The text of HTML: no tags, entities as characters, white space as one blank.
export const words = (html) => html
  .replace(/<(script|style|svg)\b.*?<\/\1>/gs, ' ')
  .replace(/<[^>]*>/g, ' ')
  .replace(/&#(x?)([0-9a-f]+);/gi, (all, hex, code) => String.fromCodePoint(parseInt(code, hex ? 16 : 10)))
  .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&')
  .replace(/\s+/g, ' ')

// The rows of a timeline: { kind, title, source }
export function timelineRows(html) {
  const rows = []
  for (const [, row] of html.matchAll(/<tr[^>]*>(<td class="ev-when">.*?)<\/tr>/gs)) {
    const cells = [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map((cell) => cell[1])
    rows.push({
      kind: words(cells[1]).trim(),
      title: words(cells[2]).trim(),
      source: words(/<span class="ev-src__one">(.*?)(?:<span|<\/span>)/s.exec(cells[3])[1]).trim(),
    })
  }
  return rows
}

// The sources in the line at the top: name and state ("" when it answered), and whether it is off.
export const sourceLine = (html) =>
  [...html.matchAll(/<span class="ev-source([^"]*)"><span class="ev-source__mark" aria-hidden="true"><\/span>(.*?)<\/span>/gs)]
    .map(([, marks, text]) => {
      const [name, state = ''] = words(text).trim().split(/: (?=[^:]*$)/)
      return { name: name.replace(/ \(yours\)$/, ''), state: /ev-source--/.test(marks) ? state : '', marks: marks.trim() }
    })

// The entries of the audit (docs/formats/audit.md): JSON between binary frames.
export function auditEntries(data) {
  const log = readFileSync(join(data, 'audit', 'segment-00000000000000000000.log'))
  const list = []
  for (let at = 88; at + 56 < log.length && log.toString('latin1', at, at + 4) === 'EvA1'; at += log.readUInt32LE(at + 4)) {
    list.push({ sequence: Number(log.readBigUInt64LE(at + 8)), ...JSON.parse(log.toString('utf8', at + 56, at + log.readUInt32LE(at + 4) - 32)) })
  }
  return list
}

export async function token(data, ods, role = 'system') {
  return (await must(['token', '--data', data, '--user', `system.${ods}`, '--role', role, '--org', ods])).trim()
}

export async function fhir(base, ods, path, bearer, options = {}) {
  const answer = await fetch(`${base}/orgs/${ods}/fhir/R4${path}`, {
    ...options,
    headers: { Authorization: `Bearer ${bearer}`, Accept: 'application/fhir+json', ...(options.headers ?? {}) },
  })
  const text = await answer.text()
  return { status: answer.status, text, json: text.startsWith('{') ? JSON.parse(text) : null }
}

// Runs `body` over `list` with so many under way at once.
export async function each(list, width, body) {
  let next = 0
  await Promise.all(Array.from({ length: width }, async () => {
    while (next < list.length) {
      const at = next++
      await body(list[at], at)
    }
  }))
}

// -- small things ---------------------------------------------------------------------------------

export const same = (got, wanted, what = '') => {
  const a = JSON.stringify(got), b = JSON.stringify(wanted)
  if (a !== b) throw new Error(`${what}: ${a.slice(0, 2000)} instead of ${b.slice(0, 2000)}`)
}

export const holds = (truth, what) => { if (!truth) throw new Error(what) }

export const lines = (text) => text.split('\n').filter((line) => line !== '')

export const filesOf = (path) => existsSync(path)
  ? readdirSync(path).filter((name) => name.endsWith('.json')).sort().map((name) => join(path, name))
  : []

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))
