import { describe, expect, it } from 'vitest'
import { labNames } from '../../src/lab/catalogue.ts'
import { chaptersOf, COURSE } from '../../src/lab/chapters.ts'

describe('the course', () => {
  it('has each lab that comes with handwave, once, and no other', () => {
    expect(Object.values(COURSE).flat().toSorted()).toEqual(labNames())
  })

  it('leaves out what is not there, and has what it does not know at the end', () => {
    expect(chaptersOf(['my-own', 'normal-close', 'three-way-handshake'])).toEqual([
      { heading: 'Saying hello', labs: ['three-way-handshake'] },
      { heading: 'Saying goodbye', labs: ['normal-close'] },
      { heading: 'Further labs', labs: ['my-own'] },
    ])
  })
})
