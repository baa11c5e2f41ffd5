import { loadRaw } from '../host/raw.ts'
import type { Need } from './needs.ts'

/** What node-gyp builds raw-socket with. */
export const ADDON_NEEDS: readonly Need[] = [
  { tool: 'python3', package: 'python3' },
  { tool: 'make', package: 'make' },
  { tool: 'g++', package: 'g++' },
]

/** Whether the Node that runs this can load raw-socket: one that was built for another Node is there and does not load. */
export function isAddonBuilt(): boolean {
  try {
    loadRaw()
    return true
  } catch {
    return false
  }
}
