/*
 * Progressive enhancement only: every page works without this file.
 */
import { initAll } from '@asset(nhsuk-frontend.js)'

document.body.classList.add('js-enabled', 'nhsuk-frontend-supported')
initAll()

/* A print button, which only a script can offer. */
const views = document.querySelectorAll('.ev-sections ol')[1]
if (views) {
  const item = document.createElement('li')
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'ev-sections__print'
  button.textContent = 'Print'
  button.addEventListener('click', () => window.print())
  item.append(button)
  views.append(item)
}

/* On paper everything that can be opened is open. */
window.addEventListener('beforeprint', () => {
  document.querySelectorAll('main details, .ev-patient details').forEach((details) => {
    if (!details.open && !details.classList.contains('ev-choose')) {
      details.dataset.opened = 'for print'
      details.open = true
    }
  })
})
window.addEventListener('afterprint', () => {
  document.querySelectorAll('details[data-opened]').forEach((details) => {
    delete details.dataset.opened
    details.open = false
  })
})

/* The banner's height differs with name and width; what is focused or linked to must not hide under it. */
const banner = document.querySelector('.ev-patient')
if (banner) {
  const measure = () =>
    document.documentElement.style.setProperty('--ev-banner', `${banner.offsetHeight}px`)
  new ResizeObserver(measure).observe(banner)
  measure()
}
