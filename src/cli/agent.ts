import { runAgent } from '../host/agent.ts'

export const usage = 'handwave agent: started by handwave itself, inside a host.\n'

export async function run(): Promise<number> {
  await runAgent()
  return 0
}
