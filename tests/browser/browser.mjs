// One way to start Debian's Chromium, and to collect what goes wrong in a page.
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const axe = createRequire(import.meta.url)('axe-core').source

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })

// Messages, refused loads, dialogs and requests to other places: all are faults.
export function watch(page, faults, base) {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    dialog.dismiss()
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) faults.push(`request elsewhere: ${request.url()}`)
  })
}

// Serious and critical violations of WCAG 2.2 A and AA, as lines. axe runs in the page itself.
export async function violations(page) {
  await page.evaluate(axe)
  const found = await page.evaluate(() => window.axe.run({
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  }))
  return found.violations
    .filter((violation) => ['serious', 'critical'].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.help}: ${violation.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(', ')}`)
}

// Cases in the form that script/test counts (TAP). A case fails when it throws.
export function suite() {
  const cases = []
  return {
    add: (name, run) => cases.push({ name, run }),
    async run() {
      console.log(`1..${cases.length}`)
      for (const [index, { name, run }] of cases.entries()) {
        try {
          await run()
          console.log(`ok ${index + 1} - ${name}`)
        } catch (error) {
          process.exitCode = 1
          console.log(`not ok ${index + 1} - ${name}`)
          console.log(String(error.stack ?? error).replace(/^/gm, '# '))
        }
      }
    }
  }
}
