import { fromHex } from './hex.ts'

// Written by hand; another program reckoned the checksums.

/** Linux's SYN. */
export const SYN = fromHex(`
  4500003c 1c464000 4006924e c6120001 c6120002
  9c401388 3ade68b1 00000000 a002faf0 6b8b0000
  020405b4 0402080a 00010203 00000000 01030307
`)

/** An answer that takes part in ECN, with a Fast Open cookie. */
export const SYN_ACK = fromHex(`
  45020040 00004000 4006ae8e c6120002 c6120001
  13889c40 ffffffff 3ade68b2 b052fe88 99810000
  020405b4 01010402 220a0123 456789ab cdef0101
  03030700
`)

/** Five bytes, PSH and URG, every reserved bit, and a router alert among IP's options. */
export const DATA = fromHex(`
  46000031 beef0000 010699c6 0a000001 c0a80164
  94040000 0050ffff 00000000 00000001 5f380001
  90730003 68656c6c 6f
`)

/** Two SACK blocks, one across the wrap; IP's reserved flag, and DF. */
export const SACK = fromHex(`
  45b8003c 0001c000 ff06fb02 00000000 ffffffff
  00010002 00000007 fffffff0 a0100000 59620000
  01010512 fffffff0 00000010 00000020 00000030
`)

/** The shortest segment there is. */
export const RST = fromHex(`
  45000028 00000000 40067cce 7f000001 7f000001
  00160017 00000000 00000000 50040000 b1b10000
`)

/** Every flag at once, a first fragment, and bytes after the end of the options. */
export const ALL_FLAGS = fromHex(`
  4500002c 12342000 40063885 01020304 05060708
  04000500 80000000 7fffffff 60ff1234 c5c8abcd
  00010203
`)
