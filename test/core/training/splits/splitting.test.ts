import { holdoutOf } from '../../../../core/training/splits/splitting.ts';
import type { Pipeline } from '../../../../core/declaration/pipeline.ts';
import type { Splits } from '../../../../core/training/training.ts';
import assert from 'node:assert/strict';

const shares = { train: 0.6, selection: 0.15, calibration: 0.1, holdout: 0.15 };
const declared = (splits: Partial<Pipeline['splits']>) =>
  ({ splits: { ...shares, ...splits }, source: { key: 'id', entity: 'card' } }) as Pick<Pipeline, 'splits' | 'source'>;
const byTime: Splits = {
  from: '2026-01-01T00:00:00.000Z',
  selection: '2026-01-10T00:00:00.000Z',
  calibration: '2026-01-12T00:00:00.000Z',
  holdout: '2026-01-14T00:00:00.000Z',
  to: '2026-01-16T00:00:00.000Z',
};
const byCard = { kind: 'group', unit: 'card', of: 'entity', holdoutFrom: 0.9, notBefore: null } as const;

describe('the holdout', () => {
  it('by time begins no earlier than that of the champion', () => {
    assert.deepEqual(holdoutOf(declared({}), byTime), { by: null, notBefore: byTime.holdout });
    assert.deepEqual(holdoutOf(declared({}), null), { by: null, notBefore: null });
  });

  it('by hash takes no unit that the champion has learnt from, however large it is declared', () => {
    const champion = { ...byTime, by: byCard };
    assert.equal(holdoutOf(declared({ by: 'group', holdout: 0.15 }), champion).by!.holdoutFrom, 0.9);
    assert.equal(holdoutOf(declared({ by: 'group', holdout: 0.05, train: 0.7 }), champion).by!.holdoutFrom, 0.95);
  });

  it('takes only rows after those of a champion that was split in another way, also in later trainings', () => {
    const first = holdoutOf(declared({ by: 'group' }), byTime).by!;
    assert.deepEqual([first.notBefore, first.holdoutFrom], [byTime.to, 0.85]);
    assert.equal(holdoutOf(declared({ by: 'group' }), { ...byTime, by: first }).by!.notBefore, byTime.to);
    assert.equal(holdoutOf(declared({ by: 'stratified' }), { ...byTime, by: byCard }).by!.notBefore, byTime.to);
    assert.equal(
      holdoutOf(declared({ by: 'group', group: 'card' }), { ...byTime, by: byCard }).by!.notBefore,
      byTime.to,
    );
    assert.deepEqual(holdoutOf(declared({}), { ...byTime, by: byCard }), { by: null, notBefore: byTime.to });
  });
});
