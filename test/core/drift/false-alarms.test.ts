import { categoryBins, makeBinning, makeBins } from '../../../core/data/profiles/binning.ts';
import { type Row } from '../../../core/data/data.ts';
import { beyondSampling } from '../../../core/drift/distances/index.ts';
import { judge } from '../../../core/drift/compare.ts';
import { createRandom, type Random } from '../../../core/base/random.ts';
import { aPipeline, countRows } from './drifting.ts';
import assert from 'node:assert/strict';

describe('the false alarm rate', () => {
  // Ten columns that share a cause, as real ones do: exponential, normal, zero-inflated, levels with a long tail, flags.
  const makeRow = (random: Random): Row => {
    const cause = random.normal();
    const mixed = (): number => 0.6 * cause + 0.8 * random.normal();
    const level = (levels: number): string => `level ${Math.floor(levels * random.uniform() ** 3)}`;
    return {
      a: Math.exp(mixed()),
      b: mixed(),
      c: mixed() > 0.5 ? Math.exp(mixed()) : 0,
      d: random.integer(10),
      e: mixed() * 3,
      f: Math.abs(mixed()),
      g: level(8),
      h: level(60),
      i: cause > 1,
      j: mixed() > 1.5,
    };
  };
  const kinds = { a: 'number', b: 'number', c: 'number', d: 'number', e: 'number', f: 'number', g: 'category', h: 'category', i: 'boolean', j: 'boolean' } as const; // prettier-ignore
  const pipeline = aPipeline(Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, { kind }])));

  const sampleRandom = createRandom('sample');
  const sample = Array.from({ length: 20_000 }, () => makeRow(sampleRandom));
  const bins = makeBinning(
    Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => {
        if (kind === 'number') return [name, makeBins(Float64Array.from(sample, (row) => Number(row[name])))];
        const levels = new Map<string, number>();
        for (const row of sample) levels.set(String(row[name]), (levels.get(String(row[name])) ?? 0) + 1);
        return [name, categoryBins([...levels].map(([level, rows]) => ({ level, rows })))];
      }),
    ),
  );
  const holdout = countRows(bins, 5000, makeRow, 7);

  it('is below one check in a hundred at 1,000 rows, over 200 checks of ten columns', () => {
    const results = Array.from({ length: 200 }, (_, seed) =>
      judge({ reference: holdout, current: countRows(bins, 1000, makeRow, seed + 1000), pipeline, binning: bins }),
    );
    assert.equal(results[0]!.columns.length, 10);
    const alarms = results.filter(({ level }) => level !== 'stable').length;
    const columns = results.flatMap((result) => result.columns).filter((column) => column.drifted).length;
    assert.ok(alarms <= 1, `${alarms} of 200 checks raised an alarm`);
    assert.ok(columns <= 4, `${columns} of 2,000 columns drifted`);
  });

  it('is as low with few rows, of which most groups have none', () => {
    const few = { ...pipeline, drift: { ...pipeline.drift, minRows: 1 } };
    for (const rows of [3, 8, 15, 30, 50, 100]) {
      const results = Array.from({ length: 60 }, (_, seed) =>
        judge({ reference: holdout, current: countRows(bins, rows, makeRow, seed), pipeline: few, binning: bins }),
      );
      const alarms = results.filter(({ level }) => level !== 'stable').length;
      const columns = results.flatMap((result) => result.columns).filter((column) => column.drifted).length;
      assert.ok(alarms <= 1, `${alarms} of 60 checks of ${rows} rows raised an alarm`);
      assert.ok(columns <= 12, `${columns} of 600 columns of ${rows} rows drifted`);
    }
  });

  it('still finds what moved far in a few dozen rows', () => {
    const few = { ...pipeline, drift: { ...pipeline.drift, minRows: 1 } };
    const moved = (random: Random): Row => ({ ...makeRow(random), b: 4 + random.normal(), g: 'new' });
    const { columns } = judge({
      reference: holdout,
      current: countRows(bins, 30, moved, 1),
      pipeline: few,
      binning: bins,
    });
    assert.deepEqual(columns.filter(({ drifted }) => drifted).map(({ column }) => column), ['b', 'g']); // prettier-ignore
  });

  it('rests on a sampling error that chance alone exceeds in about one case in twenty', () => {
    const [beyond, all] = [
      { psi: 0, ks: 0 },
      { psi: 0, ks: 0 },
    ];
    for (let seed = 0; seed < 200; seed++) {
      const current = countRows(bins, 1000, makeRow, seed + 5000);
      for (const { distances } of judge({ reference: holdout, current, pipeline, binning: bins }).columns)
        for (const name of ['psi', 'ks'] as const) {
          if (!distances[name]) continue;
          all[name]++;
          if (beyondSampling(distances[name]) > 0) beyond[name]++;
        }
    }
    const shares = { psi: beyond.psi / all.psi, ks: beyond.ks / all.ks };
    assert.ok(shares.psi > 0.01 && shares.psi < 0.1, `PSI passes it in ${shares.psi}`);
    assert.ok(shares.ks < 0.06, `KS passes it in ${shares.ks}`);
  });

  it('does not hide a real shift: four of ten columns moved by most of a deviation', () => {
    const moved = (random: Random): Row => {
      const row = makeRow(random);
      return {
        ...row,
        a: Number(row.a) * 2.2,
        b: Number(row.b) + 0.9,
        e: Number(row.e) - 2.7,
        g: random.pick(['level 0', 'level 7', 'level 6']),
      };
    };
    for (let seed = 0; seed < 20; seed++) {
      const current = countRows(bins, 1000, moved, seed);
      const result = judge({ reference: holdout, current, pipeline, binning: bins });
      assert.deepEqual(
        result.columns.filter((c) => c.drifted).map((c) => c.column),
        ['a', 'b', 'e', 'g'],
      );
      assert.equal(result.level, 'severe');
    }
  });
});
