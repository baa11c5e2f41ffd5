import { SPOKEN_TO_US } from '../../../src/testbed/runner.ts'
import { crash, impair, loseAll, loseByChance, program } from './scenes.ts'

/** Runs inside the lab kernel, and tells how all its scenes went. */
const scenes = {
  loseByChance: await loseByChance(),
  impair: await impair(),
  loseAll: await loseAll(),
  crash: await crash(),
  program: await program(),
}
export type Scenes = typeof scenes
process.stdout.write(`${SPOKEN_TO_US}${JSON.stringify({ scenes })}\n`)
