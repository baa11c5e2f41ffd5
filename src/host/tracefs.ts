import { existsSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { MissingError } from '../errors.ts'
import { errno, libc } from './libc.ts'

const USUAL_PLACE = '/sys/kernel/tracing'

let found: string | undefined

/** The folder in which each of our traces is a folder. */
export function traceInstances(): string {
  found ??= join(isMounted(USUAL_PLACE) ? USUAL_PLACE : mountForUs(), 'instances')
  return found
}

/** What a run that was killed has left of that name; the kernel itself says whether somebody reads it. */
export function removeUnusedTrace(name: string): boolean {
  try {
    rmdirSync(join(traceInstances(), name))
    return true
  } catch (error) {
    if (['EBUSY', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

function isMounted(place: string): boolean {
  return existsSync(join(place, 'instances'))
}

/**
 * Where nobody has mounted the tracer's files we do it for this process alone, at no place in the tree (fsmount(2)): it
 * goes with us, whatever ends us.
 */
function mountForUs(): string {
  try {
    const fsopen = libc('int fsopen(const char *fsname, unsigned int flags)') as Fsopen
    const context = checked(fsopen('tracefs', CLOEXEC))
    const configure = libc(
      'int fsconfig(int fd, unsigned int cmd, const char *key, const void *value, int aux)',
    ) as Fsconfig
    checked(configure(context, FSCONFIG_CMD_CREATE, null, null, 0))
    const fsmount = libc('int fsmount(int fd, unsigned int flags, unsigned int attr)') as Fsmount
    const mount = checked(fsmount(context, CLOEXEC, 0))
    return `/proc/self/fd/${mount}`
  } catch (cause) {
    throw new MissingError('TRACEFS', `The kernel's tracer cannot be used: ${(cause as Error).message}.`, {
      hint: `It needs root, and a kernel with tracefs: mount -t tracefs tracefs ${USUAL_PLACE}`,
      cause,
    })
  }
}

type Fsopen = (name: string, flags: number) => number
type Fsconfig = (fd: number, command: number, key: null, value: null, aux: number) => number
type Fsmount = (fd: number, flags: number, attributes: number) => number

/** FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC alike (linux/mount.h). */
const CLOEXEC = 1
const FSCONFIG_CMD_CREATE = 6

function checked(result: number): number {
  if (result < 0) throw new Error(`mounting tracefs gave errno ${errno()}`)
  return result
}
