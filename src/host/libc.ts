import koffi from 'koffi'

let loaded: ReturnType<typeof koffi.load> | undefined

/** A function of the C library that Node has no name for, by its prototype. */
export function libc(prototype: string): unknown {
  loaded ??= koffi.load('libc.so.6')
  return loaded.func(prototype)
}

/** What went wrong in the last of these calls. */
export function errno(): number {
  return koffi.errno()
}
