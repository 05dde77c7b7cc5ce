import { coresHere } from '../../../adapters/machine/cores.ts';
import assert from 'node:assert/strict';

describe('the cores here', () => {
  it('are those of the machine, or as many whole ones as the container may use, and never none', () => {
    assert.equal(coresHere(8, ''), 8);
    assert.equal(coresHere(8, 'max 100000\n'), 8);
    assert.equal(coresHere(8, '250000 100000\n'), 2);
    assert.equal(coresHere(8, '50000 100000\n'), 1);
    assert.equal(coresHere(2, '400000 100000\n'), 2);
  });
});
