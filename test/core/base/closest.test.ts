import { closest } from '../../../core/base/closest.ts';
import assert from 'node:assert/strict';

describe('the word that was meant', () => {
  const known = ['name', 'columns', 'candidates', 'schedules'];

  for (const [word, meant] of [
    ['candidate', 'candidates'],
    ['shedules', 'schedules'],
    ['nmae', 'name'],
    ['Columns', 'columns'],
  ] as const)
    it(`of ${word} is ${meant}`, () => assert.equal(closest(word, known), meant));

  it('is none of those that have little in common with it', () => {
    for (const word of ['minimum', 'x', '']) assert.equal(closest(word, known), null, word);
    assert.equal(closest('name', []), null);
    assert.equal(closest('e', ['a', 'b', 'id']), null, 'any letter is one edit from any other');
    assert.equal(closest('A', ['a', 'b']), 'a');
  });
});
