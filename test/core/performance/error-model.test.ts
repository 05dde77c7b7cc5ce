import { SCORE, categoryBins, makeBinning, makeBins } from '../../../core/data/profiles/binning.ts';
import { countRow, emptyProfile } from '../../../core/data/profiles/profile.ts';
import { createErrorModel } from '../../../core/performance/error-model.ts';
import assert from 'node:assert/strict';

describe('the model of errors', () => {
  it('has no more groups than it can solve quickly, of numbers, levels and nulls together', () => {
    const levels = Array.from({ length: 40 }, (_, i) => ({ level: `l${i}`, rows: i < 12 ? 60 : 10 }));
    const values = levels.flatMap(({ level, rows }) => new Array<string>(rows).fill(level));
    const scores = Float64Array.from(values, (_, i) => (i * 37) % 1_000);
    for (const [numbers, categories] of [
      [0, 39],
      [9, 0],
      [20, 19],
    ] as const) {
      const names = Array.from({ length: numbers + categories }, (_, i) => `c${i}`);
      const bins = (place: number) => (place < numbers ? makeBins(scores) : categoryBins(levels));
      const columns = Object.fromEntries(names.map((name, place) => [name, bins(place)]));
      const binning = makeBinning({ ...columns, [SCORE]: makeBins(scores) });
      const rowOf = (i: number) =>
        Object.fromEntries(names.map((name, place) => [name, place < numbers ? scores[i]! : values[i]!]));
      const reference = emptyProfile(binning);
      for (const i of values.keys()) countRow(reference, binning, { ...rowOf(i), [SCORE]: scores[i]! });
      const model = createErrorModel(binning, reference);
      for (const i of values.keys()) model.add(rowOf(i), scores[i]!, scores[i]! + (i % 7));
      const groups = model.fit()!.columns.reduce((sum, column) => sum + column.groups.length, 0);
      assert.ok(groups > 200 && groups <= 640, `${groups} of ${numbers} numbers and ${categories} categories`);
    }
  });
});
