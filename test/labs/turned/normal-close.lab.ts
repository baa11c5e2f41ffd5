import original from '../../../labs/normal-close.ts'
import * as close from './closes.ts'
import { turned } from './turned.ts'

export default turned(original, {
  'a-forged-fin-comes-first': { ...close.FORGED_FIRST_FIN, turns: ['C22'] },
  'the-data-before-it-is-lost': { ...close.DATA_LOST_BEFORE_THE_FIN, turns: ['C23'] },
  'its-ack-is-overtaken': { ...close.ACK_OVERTAKEN, turns: ['C24'] },
  'data-after-a-forged-fin': { ...close.FORGED_FIN_THEN_DATA, turns: ['C26'] },
  'the-fins-cross': { ...close.FINS_CROSS, turns: ['C27'] },
  'no-room-for-time-wait': { ...close.NO_TIME_WAIT, turns: ['C29'] },
  'as-if-the-fin-had-not-counted': { ...close.LAST_ACK_WITH_THE_NUMBER_OF_THE_FIN, turns: ['C28', 'C30'] },
})
