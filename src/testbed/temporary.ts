import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isOwnerAlive, ownerName } from '../host/owner.ts'

/**
 * A folder for what is needed while this process runs. Its owner stands in its name: whoever is killed may have had no
 * time to write anything into it.
 */
export async function makeTemporaryFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), `handwave-${ownerName()}-`))
}

/** With what mkdtemp(3) adds. */
const NAME = /^handwave-(\d+-\d+)-\w{6}$/

/** Folders of processes that are no more. */
export async function removeLeftFolders(): Promise<string[]> {
  const left = readdirSync(tmpdir()).filter(name => {
    const [, owner] = NAME.exec(name) ?? []
    return owner !== undefined && !isOwnerAlive(owner)
  })
  const folders = left.map(name => join(tmpdir(), name))
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
  return folders
}
