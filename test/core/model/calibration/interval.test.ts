import { createRandom, type Random } from '../../../../core/base/random.ts';
import { fitInterval, intervalOf } from '../../../../core/model/calibration/interval.ts';
import assert from 'node:assert/strict';

/** Estimates from 0 to 10 with labels around them. */
function world(rows: number, random: Random, labelOf: (estimate: number) => number) {
  const estimates = Float64Array.from({ length: rows }, () => 10 * random.uniform());
  return { estimates, labels: estimates.map(labelOf) };
}
type World = ReturnType<typeof world>;

/** The share of rows whose label lies within the interval of its estimate. */
function held(
  spanOf: ReturnType<typeof intervalOf>,
  { estimates, labels }: World,
  where: (estimate: number) => boolean = () => true,
): number {
  const rows = [...labels.keys()].filter((row) => where(estimates[row]!));
  const within = rows.filter((row) => {
    const { low, high } = spanOf(estimates[row]!);
    return labels[row]! >= low && labels[row]! <= high;
  });
  return within.length / rows.length;
}

describe('intervals of estimates', () => {
  for (const [title, coverage] of [
    ['nine tenths', 0.9],
    ['half', 0.5],
    ['all but one in fifty', 0.98],
  ] as const)
    it(`hold ${title} of new labels where that is declared, with few rows and with many`, () => {
      const random = createRandom(`coverage ${coverage}`);
      const labelOf = (estimate: number): number => estimate + (0.2 + estimate) * random.normal();
      for (const rows of [120, 1_000]) {
        let sum = 0;
        const worlds = 30_000 / rows;
        for (let i = 0; i < worlds; i++) {
          const { estimates, labels } = world(rows, random, labelOf);
          const spanOf = intervalOf(fitInterval(estimates, labels, coverage)!);
          sum += held(spanOf, world(200, random, labelOf));
        }
        const found = sum / worlds;
        assert.ok(Math.abs(found - coverage) < 0.015, `${rows} rows: held ${found}`);
      }
    });

  it('are wide where the model errs widely, so they hold as many labels of large estimates as of small ones', () => {
    const random = createRandom('wide');
    const labelOf = (estimate: number): number => estimate + (0.2 + estimate) * random.normal();
    const { estimates, labels } = world(4_000, random, labelOf);
    const spanOf = intervalOf(fitInterval(estimates, labels)!);
    const later = world(20_000, random, labelOf);
    for (const [from, to] of [
      [0, 2],
      [4, 6],
      [8, 10],
    ] as const) {
      const found = held(spanOf, later, (estimate) => estimate >= from && estimate < to);
      assert.ok(found > 0.85 && found < 0.95, `from ${from} to ${to}: held ${found}`);
    }
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    assert.ok(width(spanOf(9)) > 5 * width(spanOf(1)));
  });

  it('reach further to the side on which labels lie further, and always around the estimate', () => {
    const random = createRandom('lopsided');
    const { estimates, labels } = world(2_000, random, (estimate) => estimate - Math.log(1 - random.uniform()));
    const { low, high } = intervalOf(fitInterval(estimates, labels)!)(5);
    // No label is below its estimate, and one in twenty is 3 above.
    assert.equal(low, 5);
    assert.ok(high > 7.3 && high < 8.7, `${high}`);
  });

  it('go on as they end for estimates beyond those that were measured', () => {
    const random = createRandom('beyond');
    const { estimates, labels } = world(1_000, random, (estimate) => estimate + (1 + estimate) * random.normal());
    const spanOf = intervalOf(fitInterval(estimates, labels)!);
    assert.ok(Math.abs(spanOf(1_000).high - 1_000 - (spanOf(10).high - 10)) < 1e-9);
  });

  it('are the same for all rows of a model that estimates one number', () => {
    const labels = Float64Array.from({ length: 99 }, (_, i) => i);
    const spanOf = intervalOf(fitInterval(new Float64Array(99).fill(49), labels, 0.9)!);
    // Of a hundred places for the next label, five are below and five above.
    assert.deepEqual(mapped(spanOf(49)), { low: 4, high: 94 });
  });

  it('have no width where every estimate was exact', () => {
    const labels = Float64Array.from({ length: 300 }, (_, i) => i % 30);
    assert.deepEqual(intervalOf(fitInterval(labels.slice(), labels)!)(12), { low: 12, high: 12 });
  });

  it('are not made of fewer rows than the coverage takes', () => {
    const rows = (count: number) => Float64Array.from({ length: count }, (_, i) => i);
    assert.equal(fitInterval(rows(18), rows(18).reverse()), null);
    assert.notEqual(fitInterval(rows(19), rows(19).reverse()), null);
    assert.equal(fitInterval(rows(150), rows(150).reverse(), 0.99), null);
  });
});

const mapped = ({ low, high }: { low: number; high: number }) => ({ low: Math.round(low), high: Math.round(high) });
