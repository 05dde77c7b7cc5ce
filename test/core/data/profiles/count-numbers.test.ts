import { makeBinning, makeBins, nextUp } from '../../../../core/data/profiles/binning.ts';
import { columnOf, countNumbers, createCounter } from '../../../../core/data/profiles/count-numbers.ts';
import { countRow, emptyProfile, type ColumnProfile } from '../../../../core/data/profiles/profile.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';

describe('counting the values of a column at once', () => {
  const both = (edges: readonly number[], values: readonly number[]): ColumnProfile[] => {
    const binning = makeBinning({ x: { kind: 'number', edges: [...edges] } });
    const [counter, byRow] = [createCounter(edges), emptyProfile(binning)];
    countNumbers(counter, Float64Array.from(values));
    for (const x of values) countRow(byRow, binning, { x });
    return [columnOf(counter, values.length), byRow.columns['x']!];
  };

  it('gives what counting row by row does, whatever the edges and the values', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    const sample = fc.array(
      fc.oneof(finite, fc.integer({ min: -3, max: 3 }), fc.double({ min: 0, max: 1, noNaN: true })),
    );
    fc.assert(
      fc.property(sample, fc.array(fc.double()), (known, values) => {
        const { edges } = makeBins(Float64Array.from(known)) as { edges: number[] };
        const [atOnce, byRow] = both(edges, [...values, ...known, ...edges, ...edges.map(nextUp)]);
        assert.deepEqual(atOnce, byRow);
      }),
    );
  });

  it('holds with many edges crowded at one end, where a cell of the lookup has most bins', () => {
    const edges = Array.from({ length: 300 }, (_, i) => Math.exp(i / 3));
    const [atOnce, byRow] = both(edges, [...edges, ...edges.map((edge) => edge * 0.999), -1, 0, 1e300, -Infinity, NaN]);
    assert.deepEqual(atOnce, byRow);
  });
});
