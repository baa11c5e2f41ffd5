import { describe, expect, it } from 'vitest'
import { handwave } from '../handwave.ts'

describe('bad usage is told what was meant', () => {
  it.each([
    [['run', 'time-wiat'], /no lab named 'time-wiat'/, /Did you mean time-wait/],
    [['run', 'time-wait/two'], /no case 'two'/, /none, one, five/],
    [['show'], /Which lab/, /handwave list/],
    [['lst'], /no command 'lst'/, /list/],
    [['run', '--on', 'moon'], /no testbed 'moon'/, /kernel/],
    [['run', '--repeat', 'often'], /--repeat/, /./],
    [['run', '--watchdog', 'soon'], /'soon' is no length of time/, /20ms/],
    [['run', '--jsno'], /--jsno/, /--help/],
  ])('handwave %j', async (args, message, hint) => {
    const { exitCode, stdout, stderr } = await handwave(...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(hint)
  })
})

describe('what costs nothing', () => {
  it('list names labs and cases', async () => {
    const { exitCode, stdout } = await handwave('list')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^three-way-handshake .*hello/m)
    expect(stdout).toContain('time-wait/none, time-wait/one, time-wait/five')
  })

  it('show draws a lab without running it', async () => {
    const { exitCode, stdout } = await handwave('show', 'three-way-handshake')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/SYN-SENT +--> <SEQ=x><CTL=SYN> +--> SYN-RECEIVED/)
    expect(stdout).toContain('C07')
  })

  it('doctor finds this machine fit', async () => {
    const { exitCode, stdout } = await handwave('doctor')
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('lab kernel') })
  })

  it('kernel status tells where the kernel is', async () => {
    const { exitCode, stdout } = await handwave('kernel', 'status')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/kernels\/[0-9a-f]{16}\/linux/)
  })
})
