// What README.md promises to whoever comes first: the demo, which tells whom to look up, and the
// commands under "Your own data", as they stand there.
//
//   demo.mjs EVENLODE [sanitized]
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finish, folder, holds, lines, must, note, page, run, same, sanitized, serve, signIn, test, timelineRows, token, fhir } from './program.mjs'

const people = sanitized ? 100 : 2000
const seconds = 20 // of processor time, with both of two processors at work at most half as long
const data = join(folder, 'demo')
let served

await test(`a county of ${people} people is made, loaded and served`, async () => {
  const started = Date.now()
  served = await serve(data, ['--people', String(people)], { command: 'demo' })
  const wall = (Date.now() - started) / 1000
  const fields = readFileSync(`/proc/${served.pid}/stat`, 'utf8').split(') ')[1].split(' ')
  const processor = (Number(fields[11]) + Number(fields[12])) / 100
  note(`served after ${wall.toFixed(1)} s, ${processor.toFixed(1)} s of processor time`)
  holds(sanitized || processor <= seconds, `${processor} s of processor time`)
})

await test('each of the demo’s users can open the people that it names', async () => {
  const numbers = /NHS numbers to look up: (.*)/.exec(served.child.err)?.[1].split(', ').map((number) => number.replaceAll(' ', ''))
  same(numbers?.length, 3, served.child.err)
  for (const user of ['dr.marlowe', 'dr.okafor', 'nurse.pereira', 'j.whitlock', 'reception']) {
    const cookie = await signIn(served.base, user)
    const form = await page(served.base, '/patients', cookie)
    const formToken = /name="token" value="([^"]*)"/.exec(form.text)[1]
    for (const number of user === 'dr.okafor' ? numbers : numbers.slice(0, 1)) {
      const answer = await fetch(`${served.base}/patients`, {
        method: 'POST', headers: { Cookie: cookie, Origin: served.base }, body: new URLSearchParams({ token: formToken, by: 'number', nhs_number: number }),
      })
      same(answer.status, 200, `${user} looks for ${number}`)
      const address = /href="(\/record\/[^"]+)"/.exec(await answer.text())?.[1]
      holds(address, `${user} does not find ${number}`)
      const record = await page(served.base, `${address}/timeline`, cookie)
      same(record.status, 200, `${user} opens ${number}`)
      holds(user === 'reception' || timelineRows(record.text).length > 10, `${user} sees hardly anything of ${number}`)
    }
  }
})

await test('a port that is taken is told before anything is made', async () => {
  const other = join(folder, 'other')
  const result = await run(['demo', '--data', other, '--listen', served.base.slice('http://'.length)], { killAfter: 60000 })
  holds(result.status > 0 && result.err.includes('Address already in use'), result.err)
  same(existsSync(other), false, 'something was made')
})

await test('a demo that is stopped is served again, with the same people', async () => {
  const told = /NHS numbers.*/.exec(served.child.err)[0]
  await served.stop()
  served = await serve(data, [], { command: 'demo' })
  same(/NHS numbers.*/.exec(served.child.err)?.[0], told)
  await served.stop()
})

await test('the commands of README.md, as they stand there', async () => {
  const readme = readFileSync(fileURLToPath(new URL('../../../README.md', import.meta.url)), 'utf8')
  const block = /## Your own data\n+```\n(.*?)```/s.exec(readme)[1]
  const commands = lines(block.replace(/\\\n */g, '')).filter((line) => line.startsWith('build/evenlode ')).map((line) => line.replace(/ +#.*/, '').slice('build/evenlode '.length))
  const own = join(folder, 'own')
  const file = join(folder, 'patient.json')
  writeFileSync(file, JSON.stringify({ resourceType: 'Patient', id: 'first', name: [{ family: 'First' }] }))
  const split = (line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2])
    .map((word) => ({ DIR: own, 'FILE...': file })[word] ?? word)
  holds(commands.length >= 5, block)
  for (const command of commands) {
    const words = split(command)
    if (words[0] === 'serve') {
      const server = await serve(own)
      const answer = await fhir(server.base, 'A12345', '/Patient/first', await token(own, 'A12345'))
      same(answer.status, 200, answer.text)
      await server.stop()
    } else {
      await must(words)
    }
  }
})

finish()
