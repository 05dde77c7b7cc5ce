import type { Encoding } from '../../../../core/model/artifact.ts';
import { encodingsByColumn, typicalRow } from '../../../../core/model/effects/typical.ts';
import assert from 'node:assert/strict';

describe('the usual values of columns', () => {
  it('are of the first way in which a column is read, where an average has several', () => {
    const levels = (usual: string): Encoding => ({
      kind: 'category',
      column: 'device',
      levels: ['phone', 'web'],
      usual,
    });
    const encodings = [levels('phone'), levels('web')];
    assert.deepEqual(typicalRow(encodings), { device: 'phone' });
    assert.equal(encodingsByColumn(encodings).get('device'), encodings[0]);
  });
});
