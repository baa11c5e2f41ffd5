import { loadWanted, type Wanted } from '../lab/catalogue.ts'
import { drawnFaults, PORT } from '../lab/faults.ts'
import { floodPlan, WHERE } from '../lab/flood-plan.ts'
import type { LinkChanges } from '../lab/inside-request.ts'
import type { LabCase, LabSpec } from '../lab/lab.ts'
import { requestOf } from '../lab/run-case.ts'
import { holdCommands, loseCommands } from '../host/losses.ts'
import { parseLadder } from '../ladder/parse.ts'
import { planCommands } from '../testbed/netns/netns.ts'

/** Every command that a run of these labs would give, in order, as a shell would take it. */
export async function printCommands(wanted: readonly Wanted[], changes: LinkChanges): Promise<number> {
  const cases = (await Promise.all(wanted.map(loadWanted))).flat()
  for (const [number, labCase] of cases.entries()) process.stdout.write(scriptOf(labCase, number, changes))
  return 0
}

function scriptOf({ id, name, spec }: LabCase, number: number, changes: LinkChanges): string {
  const plan = planCommands(requestOf(spec, changes), { tag: `hw${number}`, number })
  const addresses = Object.fromEntries(plan.hosts.map(({ name: host, address }) => [host, address]))
  const drawn = drawnFaults(parseLadder(spec.ladder), addresses).filter(
    ({ fate }) => fate === 'transit' || isLostByWire(spec),
  )
  const faults = drawn.flatMap(({ row, fate, pattern }) => [
    `# what the picture shows of row ${row}: ${fate === 'lost' ? 'it is lost' : 'it is held back'}`,
    plan.onTheWire(wire => (fate === 'lost' ? loseCommands : holdCommands)(wire, pattern)),
  ])
  const flood = spec.flood ? floodPlan(spec.flood, plan.hosts, PORT, WHERE.netns).map(line => `# ${line}`) : []
  const title = `# ${name === null ? id : `${id}/${name}`}: ${spec.title}`
  return [title, ...flood, plan.setUp, ...faults, '# afterwards', plan.takeDown, '', ''].join('\n')
}

/** What a SYN proxy takes, or a host that is cut off does not hear, is drawn as lost too, and no rule of the wire's. */
function isLostByWire(spec: LabSpec): boolean {
  const source = spec.play.toString()
  return !spec.guard && (/\blose\(/.test(source) || !/\b(cut|silence)\(/.test(source))
}
