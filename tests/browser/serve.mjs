// Serves the folder that render_pages made, with the header fields that the program sends.
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'

const types = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', svg: 'image/svg+xml' }

export function serve(folder) {
  const headers = JSON.parse(readFileSync(join(folder, 'headers.json'), 'utf8'))
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname))
    try {
      const body = readFileSync(join(folder, path))
      const isAsset = path.startsWith('/assets/')
      response.writeHead(200, {
        ...(isAsset ? { 'X-Content-Type-Options': 'nosniff' } : headers),
        'Content-Type': types[path.split('.').pop()] ?? 'application/octet-stream'
      })
      response.end(body)
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain' })
      response.end('not found')
    }
  })
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({ base: `http://127.0.0.1:${server.address().port}`, close: () => server.close() })
    )
  )
}
