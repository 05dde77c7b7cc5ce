import { type Encoding, type EncodingStyle } from '../../../core/model/artifact.ts';
import { fitEncodings } from '../../../core/model/fitting.ts';
import { createEncoder, eachEncoded, inputWidth } from '../../../core/model/preprocessing.ts';
import { type Value } from '../../../core/data/data.ts';
import { type Columns } from '../../../core/columns/index.ts';
import { createRandom } from '../../../core/base/random.ts';
import assert from 'node:assert/strict';

const number: Columns[string] = { kind: 'number', nulls: 0 };
const category: Columns[string] = { kind: 'category', nulls: 0 };

function fit(kind: Columns[string], values: Value[], chunkRows = 300, style: EncodingStyle = 'sums'): Encoding {
  const fitting = fitEncodings({ x: kind }, style, createRandom(1));
  for (let from = 0; from < values.length; from += chunkRows) {
    const part = values.slice(from, from + chunkRows);
    fitting.add({ rows: part.length, columns: { x: part } });
  }
  return fitting.finish()[0]!;
}

function encode(encodings: Encoding[], row: Record<string, Value>): number[] {
  const into = new Float32Array(inputWidth(encodings)).fill(9); // what an earlier row left
  createEncoder(encodings).row(row, into, 0);
  return Array.from(into, (value) => Math.round(value * 1e4) / 1e4);
}

const repeat = (rows: number, value: Value): Value[] => Array.from({ length: rows }, () => value);

describe('fitting encodings', () => {
  it('standardises a number without a long tail', () => {
    const { deviation, ...fitted } = fit(number, [2, 4, 4, 4, 5, 5, 7, 9]) as Extract<Encoding, { kind: 'number' }>;
    assert.ok(Math.abs(deviation - 2) < 1e-12);
    const expected = { transform: 'identity', median: 4.5, mean: 5, flagMissing: false, range: [2, 9] };
    assert.deepEqual(fitted, { kind: 'number', column: 'x', ...expected });
  });

  it('takes the logarithm of a number with a long tail, and of nothing else', () => {
    const random = createRandom(3);
    const normal = Array.from({ length: 5000 }, () => random.normal(100, 10));
    const amounts = normal.map((x) => Math.exp(x / 20));
    assert.equal((fit(number, normal) as { transform: string }).transform, 'identity');
    const fitted = fit(number, amounts) as Extract<Encoding, { kind: 'number' }>;
    assert.equal(fitted.transform, 'log');
    assert.ok(Math.abs(fitted.mean - 5) < 0.05, `mean of the logarithm is near 5, not ${fitted.mean}`);
  });

  it('keeps the usual value of booleans and hours, whose levels have no order of their own', () => {
    const usualOf = (kind: Columns[string], values: Value[]) => {
      const fitted = fit(kind, values);
      return 'median' in fitted ? fitted.median : fitted.usual;
    };
    assert.equal(usualOf({ kind: 'boolean', nulls: 0 }, [false, true, true, null, null]), 'true');
    assert.equal(usualOf({ kind: 'boolean', nulls: 0 }, [false, true]), undefined);
    assert.equal(usualOf({ kind: 'hour' }, [3, 14, 23, 14]), 14);
  });

  it('survives values whose cubes overflow', () => {
    const fitted = fit(number, [1, 2, 3, 1e200]) as Extract<Encoding, { kind: 'number' }>;
    assert.ok(Number.isFinite(fitted.mean) && Number.isFinite(fitted.deviation) && fitted.transform === 'log');
  });

  it('makes a constant column all zeros', () => {
    assert.deepEqual(encode([fit(number, repeat(20, 3))], { x: 3 }), [0]);
  });

  it('estimates the median of more values than it keeps', () => {
    const random = createRandom(5);
    const fitted = fit(
      number,
      Array.from({ length: 50_000 }, () => random.uniform()),
    ) as { median: number };
    assert.ok(Math.abs(fitted.median - 0.5) < 0.02, `${fitted.median}`);
  });

  it('keeps frequent levels, most frequent first, and drops those with fewer than ten rows', () => {
    const values = [...repeat(30, 'de'), ...repeat(9, 'rare'), ...repeat(40, 'nl'), null];
    assert.deepEqual(fit(category, values), { kind: 'category', column: 'x', levels: ['nl', 'de'] });
  });

  it('keeps the most frequent of a hundred thousand levels, five thousand at most', () => {
    const values: Value[] = [];
    for (let i = 0; i < 100_000; i++) values.push(i % 4 === 0 ? `common-${i % 7}` : `once-${i}`);
    const { levels } = fit(category, values, 2048) as { levels: string[] };
    assert.deepEqual(
      [...levels].sort(),
      [0, 1, 2, 3, 4, 5, 6].map((i) => `common-${i}`),
    );
    const many = Array.from({ length: 15_300 }, (_, i) => `level-${i % 5100}`);
    assert.equal((fit(category, many, 2048) as { levels: string[] }).levels.length, 5000);
  });

  it('keeps for sums every level of three rows where a column has many, and what other models keep where it has few', () => {
    const common = Array.from({ length: 1200 }, (_, i) => `level-${i % 60}`);
    const rare = [...repeat(3, 'of three'), ...repeat(2, 'of two')];
    const { levels } = fit(category, [...common, ...rare]) as { levels: string[] };
    assert.deepEqual([levels.length, levels.at(-1)], [61, 'of three']);
    const few = [...common.map((_, i) => `level-${i % 48}`), ...rare];
    assert.deepEqual(fit(category, few), fit(category, few, 300, 'robust'));
  });
});

describe('encoding rows', () => {
  it('replaces a missing number by the median and raises the flag, if the train split had missing ones', () => {
    const encoding = fit(number, [1, 2, 3, 4, null]);
    const [median] = encode([encoding], { x: 2.5 });
    for (const missing of [{ x: null }, {}, { x: NaN }, { x: 'two' }])
      assert.deepEqual(encode([encoding], missing), [median, 1]);
  });

  it('makes an unknown level, a null and an absent value all zeros', () => {
    const encoding: Encoding = { kind: 'category', column: 'x', levels: ['nl', 'de'] };
    assert.deepEqual(encode([encoding], { x: 'de' }), [0, 1]);
    for (const row of [{ x: 'atlantis' }, { x: null }, {}]) assert.deepEqual(encode([encoding], row), [0, 0]);
  });

  it('reads booleans as the levels false and true', () => {
    const encoding = fit({ kind: 'boolean', nulls: 0 }, [true, true]);
    assert.deepEqual(encode([encoding], { x: true }), [0, 1]);
    assert.deepEqual(encode([encoding], { x: false }), [1, 0]);
  });

  it('places an hour on the circle and in its own input', () => {
    const six = encode([fit({ kind: 'hour' }, [])], { x: 6 });
    assert.deepEqual(six, [1, 0, ...Array.from({ length: 24 }, (_, hour) => (hour === 6 ? 1 : 0))]);
  });

  it('limits the effect of one absurd number', () => {
    assert.deepEqual(encode([fit(number, [1, 2, 3, 4])], { x: 1e300 }), [10]);
  });

  it('scales a number by its quartiles for a network, and draws in what is far out', () => {
    const values = [...Array.from({ length: 1001 }, (_, i) => i / 10), ...repeat(3, 9e9), null];
    const fitted = fit(number, values, 300, 'robust') as Extract<Encoding, { kind: 'robust' }>;
    assert.equal(fitted.transform, 'log');
    const linear = fit(number, values.slice(0, 1001), 300, 'robust');
    assert.deepEqual(linear, { kind: 'robust', column: 'x', transform: 'identity', median: 50, scale: 50, flagMissing: false, range: [0, 100] }); // prettier-ignore
    const inputOf = (x: Value): number => encode([linear], { x })[0]!;
    assert.deepEqual([inputOf(50), inputOf(null), inputOf(1e300), inputOf(-1e300)], [0, 0, 3, -3]);
    assert.ok(Math.abs(inputOf(100) - 1 / Math.sqrt(1 + 1 / 9)) < 1e-4 && inputOf(200) < inputOf(300));
    assert.deepEqual(encode([fitted], { x: null }), [0, 1]);
    const mostlyZero = fit(number, [...repeat(90, 0), ...repeat(10, 4)], 300, 'robust') as { scale: number };
    assert.ok(mostlyZero.scale > 0 && mostlyZero.scale < 4);
    assert.deepEqual(encode([fit(number, repeat(20, 3), 300, 'robust')], { x: 3 }), [0]);
  });

  it('fills the pieces between quantiles up to a number', () => {
    const pieces: Encoding = { kind: 'pieces', column: 'x', median: 10, edges: [0, 10, 30, 40], flagMissing: true };
    const inputs: [Value, number[]][] = [[-5, [0, 0, 0, 0]], [5, [0.5, 0, 0, 0]], [10, [1, 0, 0, 0]], [15, [1, 0.25, 0, 0]], [39, [1, 1, 0.9, 0]], [1e300, [1, 1, 1, 0]], [null, [1, 0, 0, 1]]]; // prettier-ignore
    for (const [x, expected] of inputs) assert.deepEqual(encode([pieces], { x }), expected, String(x));
    const fitted = (values: Value[]) => fit(number, values, 300, 'pieces') as Extract<Encoding, { kind: 'pieces' }>;
    const { edges } = fitted(Array.from({ length: 5000 }, (_, i) => i));
    assert.ok(edges.length > 16 && edges.length < 64 && edges[0] === 0 && edges.at(-1) === 4999);
    assert.deepEqual(fitted([...repeat(50, 0), ...repeat(50, 1), 7]).edges, [0, 1, 7]);
    for (const constant of [3, 1e300]) assert.deepEqual(encode([fitted(repeat(9, constant))], { x: constant }), [0]);
    assert.deepEqual(encode([fitted(repeat(9, null))], { x: null }), [0, 1]);
  });

  it('gives a network every level with ten rows: a thousand their own inputs, and the others take turns', () => {
    const few = Array.from({ length: 2000 }, (_, i) => `level-${i % 100}`);
    assert.equal((fit(category, few, 300, 'robust') as { levels: string[] }).levels.length, 100);
    const many = Array.from({ length: 15_000 }, (_, i) => `level-${i % 1400}`);
    for (const style of ['robust', 'pieces'] as const) {
      const fitted = fit(category, [...many, 'rare', null], 300, style);
      assert.equal(inputWidth([fitted]), 1256);
      for (const x of ['level-0', 'level-1399', 'level-777'])
        assert.equal(encode([fitted], { x }).reduce((sum, input) => sum + input, 0), 1, x); // prettier-ignore
      for (const x of ['rare', 'atlantis', null]) assert.ok(encode([fitted], { x }).every((input) => input === 0));
    }
  });

  it('gives trees a number and an hour as they are, and what is missing as such', () => {
    const plain = fit(number, [5, 1, 2, null], 300, 'values');
    assert.deepEqual(plain, { kind: 'value', column: 'x', usual: 2, range: [1, 5] });
    assert.deepEqual(encode([plain], { x: 1e30 }), [Math.fround(1e30)]);
    for (const missing of [{ x: null }, {}, { x: NaN }, { x: 'two' }, { x: Infinity }])
      assert.deepEqual(encode([plain], missing), [NaN]);
    assert.deepEqual(encode([fit({ kind: 'hour' }, [7, 7, 3], 300, 'values')], { x: 23 }), [23]);
  });

  it('gives trees the place of a level, many more of them than inputs, and an unknown one like a null', () => {
    const many = Array.from({ length: 6000 }, (_, i) => `level-${i % 300}`);
    const { levels } = fit(category, many, 300, 'values') as { levels: string[] };
    assert.equal(levels.length, 254);
    const encoding = fit({ kind: 'boolean', nulls: 0 }, [true, true, false], 300, 'values');
    assert.deepEqual(encoding, { kind: 'level', column: 'x', levels: ['false', 'true'], usual: 'true' });
    assert.deepEqual([encode([encoding], { x: false }), encode([encoding], { x: true })], [[0], [1]]);
    for (const unknown of [{ x: null }, {}, { x: 'atlantis' }]) assert.deepEqual(encode([encoding], unknown), [NaN]);
  });

  it('encodes a chunk as it encodes single rows', () => {
    const encodings: Encoding[] = [
      fit(number, [1, 2, 3, null]),
      { kind: 'category', column: 'country', levels: ['nl', 'de'] },
      { kind: 'hour', column: 'hour' },
    ];
    const rows = [
      { x: 1, country: 'de', hour: 0 },
      { x: null, country: 'be', hour: 23 },
    ];
    const encoder = createEncoder(encodings);
    const columns = { x: [1, null], country: ['de', 'be'], hour: [0, 23] };
    const [byChunk, byRow] = [new Float32Array(2 * encoder.width + 1), new Float32Array(2 * encoder.width + 1)];
    encoder.chunk({ rows: 2, columns }, byChunk, 1);
    rows.forEach((row, index) => encoder.row(row, byRow, 1 + index * encoder.width));
    assert.deepEqual(byChunk, byRow);
  });

  it('shows every row of a chunk that levels make too long to encode at once', () => {
    const levels = Array.from({ length: 50_000 }, (_, i) => `l${i}`);
    const encoder = createEncoder([{ kind: 'category', column: 'x', levels }]);
    const x = Array.from({ length: 200 }, (_, row) => `l${row * 241}`);
    const shown: number[] = [];
    eachEncoded(encoder, { rows: 200, columns: { x } }, (inputs, row) => {
      shown.push(row);
      assert.deepEqual([inputs.length, inputs.indexOf(1), inputs.lastIndexOf(1)], [50_000, row * 241, row * 241]);
    });
    assert.deepEqual(shown, [...x.keys()]);
  });

  it('names a column that was not read', () => {
    const encoder = createEncoder([{ kind: 'hour', column: 'hour' }]);
    assert.throws(() => encoder.chunk({ rows: 1, columns: { x: [1] } }, new Float32Array(26), 0), /"hour".*x/);
  });
});
