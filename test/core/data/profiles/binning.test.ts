import {
  binCount,
  booleanBins,
  categoryBins,
  hourBins,
  LARGEST,
  makeBinning,
  makeBins,
  nextUp,
  SCORE,
  scoreBins,
  type ColumnBins,
} from '../../../../core/data/profiles/binning.ts';
import { countRow, emptyProfile } from '../../../../core/data/profiles/profile.ts';
import { createRandom } from '../../../../core/base/random.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';

const edgesOf = (bins: ColumnBins): number[] => (bins.kind === 'number' ? bins.edges : []);
const countsOf = (bins: ColumnBins, values: Iterable<number | string | boolean>): number[] => {
  const binning = makeBinning({ column: bins });
  const profile = emptyProfile(binning);
  for (const value of values) countRow(profile, binning, { column: value });
  return profile.columns['column']!.counts;
};
const binOf = (bins: ColumnBins, value: number | string | boolean): number => countsOf(bins, [value]).indexOf(1);
const finite = fc.double({ noNaN: true, min: -LARGEST, max: LARGEST });
const normals = (rows: number): Float64Array => {
  const random = createRandom(1);
  return Float64Array.from({ length: rows }, () => random.normal());
};

describe('bins of numbers', () => {
  it('are 64 of nearly equal share for values that hardly repeat', () => {
    const sample = normals(50_000);
    const counts = countsOf(makeBins(sample), sample);
    assert.equal(counts.length, 64);
    assert.ok(Math.max(...counts) <= 783 && Math.min(...counts) >= 700, counts.join(' '));
  });

  it('give a value that holds more than a 64th a bin of its own', () => {
    const sample = normals(10_000).map((x, i) => (i % 3 === 0 ? 0 : Math.abs(x)));
    const bins = makeBins(sample);
    const zeros = binOf(bins, 0);
    assert.equal(countsOf(bins, sample)[zeros], sample.filter((x) => x === 0).length);
    assert.notEqual(binOf(bins, Number.MIN_VALUE), zeros);
    assert.notEqual(binOf(bins, -Number.MIN_VALUE), zeros);
    assert.equal(binOf(bins, -0), zeros);
  });

  it('separate values below, on and above a constant', () => {
    assert.deepEqual(makeBins(new Float64Array(1000).fill(7)), { kind: 'number', edges: [7, nextUp(7)] });
  });

  it('are one when nothing is known, and one per value when values are few', () => {
    assert.deepEqual(makeBins(new Float64Array()), { kind: 'number', edges: [] });
    assert.deepEqual(makeBins(Float64Array.of(5)), { kind: 'number', edges: [] });
    assert.deepEqual(makeBins(Float64Array.of(3, 1, 2)), { kind: 'number', edges: [2, 3] });
  });

  it('ignore values that are not finite numbers', () => {
    const strange = Float64Array.of(NaN, Infinity, -Infinity, 3, 1, 2);
    assert.deepEqual(makeBins(strange), makeBins(Float64Array.of(1, 2, 3)));
  });

  it('survive JSON, even when frequent values are the largest double or minus zero', () => {
    for (const value of [-0, Number.MAX_VALUE, -Number.MAX_VALUE, 0.1]) {
      const bins = makeBins(new Float64Array(100).fill(value));
      assert.deepEqual(JSON.parse(JSON.stringify(bins)), bins);
    }
  });

  it('do not depend on the order of the sample, and have increasing edges', () => {
    const sample = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 })), { maxLength: 300 });
    fc.assert(
      fc.property(sample, fc.integer(), (values, seed) => {
        const bins = makeBins(Float64Array.from(values));
        const edges = edgesOf(bins);
        assert.ok(edges.every((edge, i) => i === 0 || edge > edges[i - 1]!));
        assert.deepEqual(makeBins(Float64Array.from(createRandom(seed).shuffle(values))), bins);
      }),
    );
  });

  it('never put a larger value into an earlier bin', () => {
    const values = fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, finite, finite, (sample, a, b) => {
        const bins = makeBins(Float64Array.from(sample));
        const [low, high] = a < b ? [a, b] : [b, a];
        assert.ok(binOf(bins, low) <= binOf(bins, high));
      }),
    );
  });

  it('hold the values between their edges', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 200 }), finite, (sample, x) => {
        const bins = makeBins(Float64Array.from(sample));
        const edges = edgesOf(bins);
        const bin = binOf(bins, x);
        assert.ok(bin === 0 || edges[bin - 1]! <= x);
        assert.ok(bin === edges.length || x < edges[bin]!);
      }),
    );
  });
});

describe('bins of other columns', () => {
  it('list the most frequent levels first, fifty at most', () => {
    const levels = Array.from({ length: 60 }, (_, i) => ({ level: `level ${i}`, rows: i }));
    const bins = categoryBins(levels);
    assert.equal(binCount(bins), 51);
    assert.equal(binOf(bins, 'level 59'), 0);
    assert.equal(binOf(bins, 'level 10'), 49);
    assert.equal(binOf(bins, 'level 9'), 50, 'a rare level shares the last bin');
    assert.equal(binOf(bins, 'never seen'), 50);
  });

  it('order equally frequent levels by name, so that the binning has one id', () => {
    assert.deepEqual(
      categoryBins([
        { level: 'b', rows: 1 },
        { level: 'a', rows: 1 },
      ]),
      { kind: 'category', levels: ['a', 'b'] },
    );
  });

  it('accept a boolean as itself or as text', () => {
    assert.deepEqual(
      [false, 'false', true, 'true'].map((value) => binOf(booleanBins(), value)),
      [0, 0, 1, 1],
    );
  });

  it('are the hours of the day', () => {
    assert.deepEqual(
      Array.from({ length: 24 }, (_, hour) => binOf(hourBins(), hour)),
      Array.from({ length: 24 }, (_, hour) => hour),
    );
  });

  it('separate rare from very rare scores', () => {
    const edges = edgesOf(scoreBins());
    assert.equal(edges.length, 63);
    assert.equal(edges[31], 0.5);
    assert.ok(Math.abs(Math.log(edges[0]! / (1 - edges[0]!)) + 8) < 1e-9);
    assert.notEqual(binOf(scoreBins(), 0.001), binOf(scoreBins(), 0.002));
  });
});

describe('a binning', () => {
  it('has an id made from its content, counts scores, and is the same when made from its own columns', () => {
    const binning = makeBinning({ amount: makeBins(normals(100)), device: booleanBins() });
    assert.deepEqual(binning.columns[SCORE], scoreBins());
    assert.deepEqual(makeBinning(binning.columns), binning);
    assert.equal(makeBinning({ device: booleanBins(), amount: makeBins(normals(100)) }).id, binning.id);
    assert.notEqual(makeBinning({ amount: makeBins(normals(99)), device: booleanBins() }).id, binning.id);
  });

  it('steps to the next double', () => {
    assert.equal(nextUp(1), 1 + Number.EPSILON);
    assert.equal(nextUp(-1), -1 + Number.EPSILON / 2);
    assert.equal(nextUp(0), Number.MIN_VALUE);
    assert.equal(nextUp(-Number.MIN_VALUE), -0);
    assert.equal(nextUp(Number.MAX_VALUE), Infinity);
  });
});
