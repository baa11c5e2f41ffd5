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
    [['run', '--repeat', '0'], /--repeat takes a whole number from 1 to 1000, not '0'/, /./],
    [['run', '--jobs', '1001'], /--jobs takes a whole number from 1 to 1000, not '1001'/, /./],
    [['run', '--jobs', '1.5'], /--jobs .*'1\.5'/, /./],
    [['run', '--delay', '20'], /'20' is no length of time/, /20ms/],
    [['run', '--delay'], /--delay/, /--help/],
    [['run', '--loss', '10'], /--loss takes a share of segments, not '10'/, /--loss 10%/],
    [['run', '--loss', '100.1%'], /'100\.1%'/, /--loss 10%/],
    [['run', '--loss=-1%'], /'-1%'/, /--loss 10%/],
    [['run', '--loss', '10%', '--seed', '1.5'], /--seed takes a whole number from 0 .*'1\.5'/, /./],
    [['run', '--seed', '4294967296'], /--seed .*'4294967296'/, /./],
    [['run', '--seed', ''], /--seed .*''/, /./],
    [['run', '--all', 'time-wait'], /--all runs every lab there is, and time-wait is named/, /--all/],
    [['reach'], /Which state/, /CLOSED, LISTEN, SYN-SENT, SYN-RECEIVED/],
    [['reach', 'LISTEN', 'CLOSED'], /One at a time/, /LAST-ACK, TIME-WAIT/],
    [['reach', 'SYN_SEND'], /no state 'SYN_SEND'/, /Did you mean SYN-SENT/],
    [['reach', 'asleep'], /no state 'asleep'/, /There are CLOSED, /],
    [['reach', 'LISTEN', '--for', 'ever'], /'ever' is no length of time/, /20ms/],
    [['reach', 'LISTEN', '--for', '4h'], /LISTEN cannot be held for 4h/, /--for 3h/],
    [['reach', 'timewait', '--for', '61s'], /TIME-WAIT cannot be held for 61s: no setting/, /--for 60s/],
    [['flood', '--backlog', '0'], /--backlog takes a whole number from 1 to 4096, not '0'/, /./],
    [['flood', '--cookies', '3'], /--cookies takes a whole number from 0 to 2, not '3'/, /./],
    [['flood', '--rate', '1000001'], /--rate takes .* to 1000000, not '1000001'/, /./],
    [['flood', '--count', '2000001'], /--count takes .* to 2000000, not '2000001'/, /./],
    [['flood', '--for', '61s'], /--for takes from 1s to 60s, not '61s'/, /./],
    [['flood', '--rate', '10', '--count', '101', '--for', '10s'], /101 SYNs at 10 a second take longer/, /--count 100/],
    [['flood', 'server'], /server/, /--help/],
    [['clean', 'all'], /all/, /--help/],
    [['list', '--jsn'], /--jsn/, /--help/],
    [['doctor', 'kernel'], /kernel/, /--help/],
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
    expect(stdout).toMatch(/^ {2}three-way-handshake .*hello/m)
    expect(stdout).toContain('time-wait/none, time-wait/one, time-wait/five')
  })

  it('show draws a lab without running it', async () => {
    const { exitCode, stdout } = await handwave('show', 'three-way-handshake')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/SYN-SENT +--> <SEQ=100><CTL=SYN> +--> SYN-RECEIVED/)
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
