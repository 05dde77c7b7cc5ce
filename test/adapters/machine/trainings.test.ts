import { threadsBeside, trainingsHere } from '../../../adapters/machine/trainings.ts';
import assert from 'node:assert/strict';

describe('how many trainings a worker has room for', () => {
  const usual = { trainings: undefined, trainingMemoryMb: 1_024 };
  const container = (mb: number) => ({ mb, of: 'container' }) as const;

  it('is one for every two cores, as far as half of the memory goes', () => {
    assert.equal(trainingsHere(usual, 8, container(32_768)), 4);
    assert.equal(trainingsHere(usual, 8, container(4_096)), 2);
    assert.equal(trainingsHere({ ...usual, trainingMemoryMb: 8_192 }, 16, container(32_768)), 2);
  });

  it('is one at least, however small the container', () => {
    assert.equal(trainingsHere(usual, 1, container(32_768)), 1);
    assert.equal(trainingsHere(usual, 16, container(1_024)), 1);
  });

  it('is one where the machine is shared with other programs, however large it is', () =>
    assert.equal(trainingsHere(usual, 16, { mb: 65_536, of: 'machine' }), 1));

  it('leaves all cores to one that begins alone, and to others their part', () => {
    assert.deepEqual([0, 1, 7].map((others) => threadsBeside(others, 8, 16)), [16, 2, 2]); // prettier-ignore
    assert.equal(threadsBeside(3, 4, 2), 1);
  });

  it('is what is set', () => {
    for (const where of ['container', 'machine'] as const)
      assert.equal(trainingsHere({ ...usual, trainings: 3 }, 2, { mb: 4_096, of: where }), 3);
  });
});
