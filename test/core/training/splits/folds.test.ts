import { FEW_POSITIVES, foldsOf } from '../../../../core/training/splits/folds.ts';
import type { Pipeline } from '../../../../core/declaration/pipeline.ts';
import assert from 'node:assert/strict';

const declared = (splits: Partial<Pipeline['splits']>, kind: 'binary' | 'number' | 'class' = 'binary') =>
  ({ splits, source: {}, label: { kind } }) as Pick<Pipeline, 'splits' | 'source' | 'label'>;
const counted = (positives: number, rows = 5_000) => {
  const of = (each: number) => ({ train: each * 0.8, selection: each * 0.2, calibration: each, holdout: each });
  return { rows: of(rows), positives: of(positives) };
};
const few = counted(FEW_POSITIVES - 1);

describe('folds', () => {
  it('are made by themselves for two classes with few positives, unless rows are very many or the declaration wants none', () => {
    assert.deepEqual(foldsOf(declared({}), few), { count: 5, by: 'day', declared: false });
    assert.equal(foldsOf(declared({}), counted(FEW_POSITIVES)), null);
    assert.equal(foldsOf(declared({}, 'number'), counted(0)), null);
    assert.equal(foldsOf(declared({}), counted(100, 500_001)), null);
    assert.equal(foldsOf(declared({ folds: 'none' }), few), null);
  });

  it('leave out negatives of two classes with more than 50,000 rows, down to as many, and no row of others', () => {
    assert.deepEqual(Object.keys(foldsOf(declared({}), counted(100, 50_000))!), ['count', 'by', 'declared']);
    assert.equal(foldsOf(declared({}), counted(100, 200_000))!.negatives, 49_900 / 199_900);
    assert.equal(foldsOf(declared({ folds: 3 }), counted(100, 200_000))!.negatives, undefined);
  });

  it('are made by themselves for numbers and classes with few rows', () => {
    for (const kind of ['number', 'class'] as const) {
      assert.deepEqual(foldsOf(declared({}, kind), counted(0, 999)), { count: 5, by: 'day', declared: false });
      assert.equal(foldsOf(declared({}, kind), counted(0, 1_000)), null);
      assert.equal(foldsOf(declared({ folds: 'none' }, kind), counted(0, 999)), null);
    }
  });

  it('are as many as declared, of any label', () => {
    assert.deepEqual(foldsOf(declared({ folds: 3 }, 'number'), counted(0)), {
      count: 3,
      by: 'day',
      declared: true,
    });
    assert.deepEqual(foldsOf(declared({ folds: 3 }), counted(9_000, 90_000))!.count, 3);
  });

  it('keep together what belongs together', () => {
    assert.equal(foldsOf(declared({ by: 'group', group: 'site' }), few)!.by, 'entity');
    assert.equal(foldsOf({ ...declared({}), source: { entity: 'card' } as Pipeline['source'] }, few)!.by, 'entity');
    assert.equal(foldsOf(declared({ by: 'stratified' }), few)!.by, 'key');
  });
});
