import { trainingsHere } from '../../../adapters/machine/trainings.ts';
import assert from 'node:assert/strict';

describe('how many trainings a worker has room for', () => {
  const usual = { trainings: undefined, trainingMemoryMb: 1_024 };

  it('is one for every two cores, as far as half of the memory goes', () => {
    assert.equal(trainingsHere(usual, 8, 32_768), 4);
    assert.equal(trainingsHere(usual, 8, 4_096), 2);
    assert.equal(trainingsHere({ ...usual, trainingMemoryMb: 8_192 }, 16, 32_768), 2);
  });

  it('is one at least, however small the machine', () => {
    assert.equal(trainingsHere(usual, 1, 32_768), 1);
    assert.equal(trainingsHere(usual, 16, 1_024), 1);
  });

  it('is what is set', () => assert.equal(trainingsHere({ ...usual, trainings: 3 }, 2, 4_096), 3));
});
