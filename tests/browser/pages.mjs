// Every page, as render_pages wrote it, in Debian's Chromium: axe, without scripts, 320 px wide, on
// paper, with hostile and with very long data.
//
//   pages.mjs RENDER_PAGES
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, suite, violations, watch } from './browser.mjs'
import { serve } from './serve.mjs'

const folder = mkdtempSync(join(tmpdir(), 'evenlode-pages-'))
execFileSync(process.argv[2], [folder])
const { base, close } = await serve(folder)
const browser = await launch()
const names = readdirSync(folder).filter((name) => name.endsWith('.html'))
const { add, run } = suite()

async function open(name, options, look) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const faults = []
  watch(page, faults, base)
  try {
    await page.goto(`${base}/${name}`, { waitUntil: 'load' })
    const result = await look(page)
    assert.deepEqual(faults, [])
    return result
  } finally {
    await context.close()
  }
}

const inAxe = names.filter((name) => !name.startsWith('hostile'))
for (const name of inAxe) {
  add(`${name}: axe finds nothing serious`, () =>
    open(name, {}, async (page) => {
      await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)))
      assert.deepEqual(await violations(page), [])
    })
  )
}

add('axe finds what is wrong in a page that is wrong', () =>
  open('home.html', {}, async (page) => {
    await page.evaluate(() => document.querySelector('main').append(document.createElement('input')))
    assert.match((await violations(page)).join(), /^label: /)
  })
)

add('no page has an inline script, style or handler', () => {
  for (const name of names) {
    const html = readFileSync(join(folder, name), 'utf8')
    assert.ok(!/<style|<[^>]* (style|on[a-z]+)="/i.test(html.replace(/"[^"]*"/g, '""').replace(/=""/g, '="')), name)
    assert.equal((html.match(/<script/g) ?? []).length, 1, name)
  }
})

add('hostile data changes no page: no dialog, no element of its own', async () => {
  for (const name of names.filter((n) => n.startsWith('hostile'))) {
    const found = await open(name, {}, (page) =>
      page.evaluate(() => ({
        scripts: document.scripts.length,
        images: document.images.length,
        handlers: [...document.querySelectorAll('*')].filter((e) =>
          [...e.attributes].some((a) => a.name.startsWith('on') || a.name === 'style')).length,
        addresses: [...document.querySelectorAll('[href],[src],[action]')]
          .map((e) => e.href?.baseVal ?? e.href ?? e.src ?? e.action)
          .filter((a) => !String(a).startsWith(location.origin))
      }))
    )
    // the banner's height is measured by our own script and kept on <html>
    assert.ok(found.handlers <= 1, `${name}: ${found.handlers} attributes`)
    assert.deepEqual({ ...found, handlers: 0 }, { scripts: 1, images: 0, handlers: 0, addresses: [] }, name)
  }
})

add('without scripts: sections, sources and details work', () =>
  open('summary.html', { javaScriptEnabled: false }, async (page) => {
    assert.match(await page.title(), /^HALLAM, Margaret \(Mrs\) · Summary/)
    assert.equal(await page.locator('nav[aria-label=Record] a').count(), 16)
    await page.locator('summary', { hasText: 'Choose sources' }).click()
    const boxes = page.locator('input[type=checkbox][name=source]')
    assert.equal(await boxes.count(), 6)
    assert.equal(await page.locator('input[name=source]:checked').count(), 5)
    await page.getByLabel('Summertown Practice').uncheck()
    const [request] = await Promise.all([
      page.waitForRequest((r) => r.url().includes('chosen=1')),
      page.getByRole('button', { name: 'Show these sources' }).click({ noWaitAfter: true })
    ])
    const asked = new URL(request.url()).searchParams.getAll('source')
    assert.deepEqual(asked, ['RTH', 'RNU', '922', 'RYE'])
  }).catch((error) => {
    // there is no server behind the form here: its 404 is expected
    if (!/404/.test(error.message)) throw error
  })
)

add('all sources are ticked at first, and the own one is marked', () =>
  open('complete.html', {}, async (page) => {
    await page.locator('summary', { hasText: 'Choose sources' }).click()
    assert.equal(await page.locator('input[name=source]:checked').count(), 6)
    assert.ok(await page.getByLabel('Oxford University Hospitals NHS Foundation Trust (yours)').isVisible())
    assert.equal(await page.locator('.ev-warn').count(), 0)
  })
)

add('a missing source is said before anything else, and in no section is it "none"', async () => {
  await open('summary.html', {}, async (page) => {
    assert.match(await page.locator('.ev-warn').innerText(), /One source is missing.*South Central Ambulance Service.*You have left out Out of hours service/s)
    assert.match(await page.locator('.ev-sources').innerText(), /4 of 6 sources/)
  })
  await open('nothing.html', {}, async (page) => {
    const text = await page.locator('main').innerText()
    assert.ok(!/Nothing recorded in any source/.test(text))
    assert.match(text, /Nothing recorded in the sources that are shown\. Others may hold something/)
    assert.match(await page.locator('.ev-patient').innerText(), /Allergies unavailable/)
  })
})

add('a role that sees little sees no results, and is told so', () =>
  open('role.html', {}, async (page) => {
    const text = await page.locator('body').innerText()
    assert.match(text, /Your role does not see everything/)
    assert.ok(!/HbA1c|Penicillin|allergies/i.test(text))
    assert.match(text, /Cardiology outpatients/)
  })
)

add('the banner names the patient in order and stays when the page moves', () =>
  open('summary.html', {}, async (page) => {
    const text = await page.locator('.ev-patient__who').innerText()
    assert.match(text.replace(/\s+/g, ' '), /HALLAM, Margaret \(Mrs\) Born 12-Mar-1944 \(82y\) Gender Female NHS No\. 999 000 0018 .*Known allergies \(2\)/)
    await page.mouse.wheel(0, 3000)
    await page.waitForFunction(() => scrollY > 500)
    const box = await page.locator('.ev-patient').boundingBox()
    assert.ok(Math.abs(box.y) <= 1, `banner at ${box.y}`)
  })
)

add('what has the focus is never under the banner', () =>
  open('section-3.html', { viewport: { width: 1024, height: 600 } }, async (page) => {
    const hidden = []
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab')
      const under = await page.evaluate(() => {
        const e = document.activeElement
        const banner = document.querySelector('.ev-patient')
        if (!e || e === document.body || banner.contains(e) || !document.querySelector('main').contains(e)) return null
        const r = e.getBoundingClientRect()
        return r.bottom <= banner.getBoundingClientRect().bottom ? e.outerHTML.slice(0, 80) : null
      })
      if (under) hidden.push(under)
    }
    assert.deepEqual(hidden, [])
  })
)

add('at 320 px nothing is cut and the page does not scroll sideways', async () => {
  for (const name of ['summary.html', 'long.html', 'section-3.html', 'section-1.html', 'section-timeline.html', 'home.html',
    'organisations.html', 'find.html', 'found.html', 'sign-in.html', 'questions.html']) {
    await open(name, { viewport: { width: 320, height: 800 } }, async (page) => {
      const wide = await page.evaluate(() => {
        const inScroller = (e) => e.closest('.ev-scroll')
        return document.documentElement.scrollWidth <= innerWidth ? [] :
          [...document.querySelectorAll('body *')].filter((e) => !inScroller(e) && e.getBoundingClientRect().right > innerWidth + 1)
            .map((e) => e.className || e.tagName).slice(0, 5)
      })
      assert.deepEqual(wide, [], name)
    })
  }
})

add('a drug of 200 characters is there to its last letter, at every width', async () => {
  for (const width of [320, 768, 1024, 1440]) {
    await open('long.html', { viewport: { width, height: 800 } }, async (page) => {
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll('.ev-fact b, .ev-patient__name')].filter((e) => {
          const style = getComputedStyle(e)
          const cell = e.closest('td, .ev-patient__name').getBoundingClientRect()
          return style.textOverflow === 'ellipsis' || e.getBoundingClientRect().right > cell.right + 1 ||
            (e.matches('.ev-fact b') && !e.textContent.endsWith('sugar free A'))
        }).length)
      assert.equal(cut, 0, `${width} px`)
    })
  }
})

add('on paper: who, when, not the full record; nothing to press', () =>
  open('summary.html', {}, async (page) => {
    await page.emulateMedia({ media: 'print' })
    assert.equal(await page.locator('.ev-sections').isVisible(), false)
    assert.equal(await page.locator('.ev-choose').isVisible(), false)
    assert.ok(await page.locator('.ev-patient').isVisible())
    assert.match(await page.locator('.ev-foot').last().innerText(), /Shown 24-Nov-2026 12:31 to Dr A Okafor for direct care.*not the full record/s)
    assert.match(await page.locator('body').innerText(), /Synthetic data: nobody here is real/)
    assert.ok((await page.pdf({ preferCSSPageSize: true })).length > 10000)
  })
)

add('withdrawn facts are struck through, differences said in words', async () => {
  await open('section-1.html', {}, async (page) => {
    assert.equal(await page.locator('s', { hasText: 'warfarin' }).count(), 1)
    assert.match(await page.locator('main').innerText(), /Dose differs: Oxford University Hospitals 2\.5 mg since 09-Sep-2026/)
  })
  await open('section-3.html', {}, async (page) => {
    await page.locator('summary', { hasText: 'values of Potassium' }).click()
    assert.match(await page.locator('.ev-history', { hasText: 'Potassium' }).innerText(), /4\.60 mmol\/L/)
  })
})

await run()
await browser.close()
close()
rmSync(folder, { recursive: true })
