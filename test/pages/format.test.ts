import { decimal } from '../../pages/format.ts';
import assert from 'node:assert/strict';

describe('a decimal', () => {
  it('has no more digits than are known, however large it is', () => {
    assert.deepEqual([decimal(0.2), decimal(-1234.5), decimal(4.6e19)], ['0.200', '\u22121234.500', '4.60e+19']);
  });
});
