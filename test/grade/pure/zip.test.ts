import { describe, expect, it } from 'vitest'
import { readZip } from '../../../src/grade/zip.ts'
import { type ZipEntry, zipOf } from '../zip-of.ts'

const read = (...entries: ZipEntry[]) => readZip(zipOf(entries), 100, 10_000)

describe('a zip that is handed in', () => {
  it('is read, packed or not, whatever its names are', () => {
    const files = read(
      { name: 'echo.py', text: 'print()' },
      { name: "a 'b'/c\nd.txt", text: 'x', stored: true },
      { name: 'folder/', mode: 0o040755 },
    )
    expect(files.map(({ path, bytes }) => [path, bytes.toString()])).toEqual([
      ['echo.py', 'print()'],
      ["a 'b'/c\nd.txt", 'x'],
    ])
  })

  it.each(['../x', 'a/../../x', '/etc/passwd', 'C:\\x', 'a\\..\\..\\x'])('may not lead out of itself: %s', name => {
    expect(() => read({ name })).toThrow('leads out of it')
  })

  it('is read without what tools leave lying about', () => {
    const names = ['echo.py', '.DS_Store', 'a/.DS_Store', '__MACOSX/._echo.py', '.git/config', 'my.DS_Store']
    const files = read(...names.map(name => ({ name, text: 'x' })))
    expect(files.map(({ path }) => path)).toEqual(['echo.py', 'my.DS_Store'])
  })

  it('may hold no links and no devices', () => {
    expect(() => read({ name: 'link', text: '/etc/shadow', mode: 0o120777 })).toThrow('what is no file')
    expect(() => read({ name: 'disk', mode: 0o060600 })).toThrow('what is no file')
  })

  it('may not hold more than there is room for, however small it is packed', () => {
    expect(() => read({ name: 'zeros', text: '0'.repeat(1_000_000) })).toThrow('It holds more than')
    expect(() => read(...Array.from({ length: 11 }, (_, n) => ({ name: `${n}`, text: '0'.repeat(1000) })))).toThrow(
      'It holds more than',
    )
    expect(() => read(...Array.from({ length: 101 }, (_, n) => ({ name: `${n}` })))).toThrow('more than 100 files')
  })

  it('is refused where it is none, or damaged', () => {
    expect(() => readZip(Buffer.from('hello'), 1, 1)).toThrow('no zip archive')
    const whole = zipOf([{ name: 'a', text: 'hello' }])
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ 0xff
      try {
        readZip(damaged, 10, 1000)
      } catch (error) {
        expect(String(error)).toMatch(/It (holds|is)|damaged|packed/)
      }
    }
  })
})
