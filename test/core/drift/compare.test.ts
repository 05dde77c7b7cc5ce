import { booleanBins, categoryBins, makeBinning, makeBins, SCORE } from '../../../core/data/profiles/binning.ts';
import { type Row, type Value } from '../../../core/data/data.ts';
import { judge, type Judgement } from '../../../core/drift/compare.ts';
import { groupLevels, groupNumbers } from '../../../core/drift/group.ts';
import { levelWithoutBroken } from '../../../core/drift/findings/inputs.ts';
import { brokenColumns, brokenInWords } from '../../../core/drift/findings/quality.ts';
import { psiOf } from '../../../core/drift/distances/psi.ts';
import { stuckOf } from '../../../core/drift/stuck.ts';
import { type ColumnDrift, driftedColumns, type Verdict } from '../../../core/drift/verdict.ts';
import { type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { type ColumnProfile, emptyProfile, type Profile } from '../../../core/data/profiles/profile.ts';
import { createRandom, type Random } from '../../../core/base/random.ts';
import { aPipeline, countRows } from './drifting.ts';
import assert from 'node:assert/strict';

const columns: PipelineInput['columns'] = {
  amount: { kind: 'number' },
  fee: { kind: 'number' },
  country: { kind: 'category' },
  online: { kind: 'boolean' },
  hour: { kind: 'hour' },
};
const binning = makeBinning({
  amount: makeBins(Float64Array.from({ length: 6400 }, (_, i) => i / 64)),
  fee: makeBins(Float64Array.from({ length: 6400 }, (_, i) => (i % 2) * (i / 640))),
  country: categoryBins(['DE', 'FR', 'IT', 'ES'].map((level) => ({ level, rows: 1 }))),
  online: booleanBins(),
  hour: { kind: 'number', edges: Array.from({ length: 23 }, (_, i) => i + 1) },
});
const usual = (random: Random): Row => ({
  amount: random.uniform() * 100,
  fee: random.integer(2) * random.uniform() * 10,
  country: random.pick(['DE', 'FR', 'IT', 'ES']),
  online: random.uniform() < 0.3,
  hour: random.integer(24),
});
const profileOf = (rows: number, row: (random: Random, i: number) => Row, seed = 1): Profile =>
  countRows(binning, rows, row, seed);
const reference = profileOf(5000, usual, 100);
const check = (current: Profile, drift: PipelineInput['drift'] = {}): Judgement =>
  judge({ reference, current, pipeline: aPipeline(columns, drift), binning });
const drifted = ({ columns }: Judgement): string[] => columns.filter((c) => c.drifted).map((c) => c.column);
const the = (name: string, { columns }: Judgement): ColumnDrift => columns.find(({ column }) => column === name)!;

describe('a column that is no feature', () => {
  it('is not compared, since requests do not have it', () => {
    const fee = { ...columns['fee'], feature: false } as (typeof columns)[string];
    const pipeline = aPipeline({ ...columns, fee }, {});
    const current = profileOf(2000, (random) => ({ ...usual(random), fee: null }), 2);
    const judged = judge({ reference, current, pipeline, binning });
    assert.equal(the('fee', judged), undefined);
    assert.deepEqual(drifted(judged), []);
    assert.deepEqual(drifted(check(current)), ['fee']);
  });
});

describe('rows that are alike', () => {
  /** Customers who send five rows of one amount each. */
  const customers = (rows: number, seed: number): Profile => {
    let amount = 0;
    return profileOf(rows, (random, i) => ({ ...usual(random), amount: i % 5 === 0 ? (amount = random.uniform() * 100) : amount }), seed); // prettier-ignore
  };

  it('tell less, so sampling reaches further and distances stay', () => {
    const [before, now] = [customers(5000, 1), customers(500, 2)];
    const of = (alike?: Record<string, number>): ColumnDrift =>
      the('amount', judge({ reference: before, current: now, pipeline: aPipeline(columns), binning, ...(alike && { alike }) })); // prettier-ignore
    const [counted, known] = [of(), of({ amount: 5 })];
    for (const [name, { value, samplingError }] of Object.entries(counted.distances)) {
      const its = known.distances[name as keyof typeof known.distances]!;
      if (value !== null) assert.ok(Math.abs(value - its.value!) < 1e-9, name);
      if (samplingError) assert.ok(its.samplingError! > 2 * samplingError, name);
    }
    assert.deepEqual([known.mean, known.nullShare], [counted.mean, counted.nullShare]);
  });

  it('hardly ever drift by chance', () => {
    const found = { counted: 0, known: 0 };
    for (let seed = 10; seed < 60; seed++) {
      const current = customers(500, seed);
      const drifts = (alike: Record<string, number>): number =>
        Number(drifted(judge({ reference, current, pipeline: aPipeline(columns, { ks: 0.01 }), binning, alike })).includes('amount')); // prettier-ignore
      found.counted += drifts({});
      found.known += drifts({ amount: 5 });
    }
    assert.ok(found.counted > 20 && found.known <= 3, JSON.stringify(found));
  });
});

describe('groups of bins', () => {
  it('are ten of about a tenth each', () => {
    const groups = groupNumbers(Array.from({ length: 64 }, () => 100));
    assert.equal(new Set(groups).size, 10);
    for (let group = 1; group <= 10; group++) {
      const bins = groups.filter((of) => of === group).length;
      assert.ok(bins === 6 || bins === 7, `${bins} bins`);
    }
  });

  it('keep values beyond the reference apart', () => {
    assert.deepEqual(groupNumbers([0, 50, 0, 50, 0]), [0, 3, 6, 8, 11]);
  });

  it('leave frequent levels alone and merge the rare ones', () => {
    assert.deepEqual(groupLevels([500, 10, 480, 10, 0]), [0, 2, 1, 2, 2]);
  });

  it('are at most fifteen levels, runs of a tenth of those that are left, and what the bins do not know', () => {
    const levels = groupLevels([...Array.from({ length: 30 }, () => 100), 0]);
    assert.deepEqual(levels.slice(0, 15), levels.slice(0, 15).map((_, level) => level)); // prettier-ignore
    assert.deepEqual(levels.slice(15), [15, 15, 15, 16, 16, 16, 17, 17, 17, 18, 18, 18, 19, 19, 19, 20]);
    assert.deepEqual(groupLevels([50, 10, 10, 10, 920]), [0, 1, 1, 1, 2], 'a few known levels beside unknown ones');
    assert.deepEqual(groupLevels([0, 0, 1000]), [0, 0, 1], 'none is known');
    assert.deepEqual([groupLevels([0, 0, 0]), groupLevels([7])], [[0, 0, 0], [0]], 'without rows, or bins');
  });
});

describe('rows that say little', () => {
  const rows: Record<string, Row> = {
    'all null': { amount: null, fee: null, country: null, online: null, hour: null },
    'of one value and one level': { amount: 5, fee: 5, country: 'DE', online: true, hour: 3 },
    infinite: { amount: Infinity, fee: -Infinity, country: 'DE', online: true, hour: 3 },
    'so large that their squares are no numbers': { amount: 1e300, fee: -1e300, country: 'DE', online: true, hour: 3 },
    'without a column that the declaration has': { fee: 5, country: 'DE', online: true, hour: 3 },
    'of levels and values that nobody knows': { amount: 1e100, fee: -1e100, country: 'XX', online: true, hour: 3 },
  };
  const pipeline = aPipeline(columns, { minRows: 1 });

  for (const [name, row] of Object.entries(rows))
    it(`${name} are compared, in window and reference, in numbers that are numbers`, () => {
      const odd = profileOf(2000, () => row);
      for (const sides of [
        [reference, odd],
        [odd, reference],
        [odd, odd],
      ] as const) {
        const judged = judge({ reference: sides[0], current: sides[1], pipeline, binning });
        assert.equal(judged.columns.length, 5);
        const wrong = JSON.stringify(judged, (_, value: unknown) =>
          Number.isNaN(value) || value === Infinity ? 'odd' : value,
        );
        assert.doesNotMatch(wrong, /"odd"/);
        assert.equal(judged.level === 'stable', sides[0] === odd && sides[1] === odd);
      }
    });

  it('fewer than the bins show no drift, and none at all abstain', () => {
    const few = profileOf(20, usual, 6);
    const judged = judge({ reference: few, current: profileOf(2000, usual, 7), pipeline, binning });
    assert.equal(judged.level, 'stable');
    assert.match(
      judge({ reference: profileOf(0, usual), current: few, pipeline, binning }).abstained!,
      /reference has 0 rows/,
    );
  });

  it('infinite, absurdly large or left out count as missing, so they are data quality', () => {
    const odd = ['infinite', 'so large that their squares are no numbers', 'without a column that the declaration has'];
    for (const row of odd.map((name) => rows[name]!)) {
      const current = profileOf(2000, (random) => ({ ...usual(random), amount: row['amount'] ?? null }), 8);
      const judged = judge({ reference, current, pipeline, binning });
      assert.deepEqual(brokenColumns(judged).map(({ column }) => column), ['amount']); // prettier-ignore
    }
  });
});

describe('a column that is stuck', () => {
  const level = (current: Profile): string => levelWithoutBroken(check(current), aPipeline(columns, {}).drift);
  const having = (changes: Row, share = 1): Profile =>
    profileOf(2000, (random) => ({ ...usual(random), ...(random.uniform() < share && changes) }), 9);

  it('at one value is data quality, and asks for no model', () => {
    for (const [amount, share] of [
      [41.7, 0.98],
      [1e6 / 3, 1],
      [-17, 1],
    ] as const) {
      const judged = check(having({ amount }, share));
      assert.deepEqual(brokenColumns(judged).map(({ column }) => column), ['amount']); // prettier-ignore
      assert.match(brokenInWords(judged)[0]!, /^amount is stuck: [\d.]+ % of its values are the same one, in the ref/);
      assert.equal(level(having({ amount })), 'stable');
    }
  });

  it('is none whose values differ, that was often at this value, or never had many', () => {
    const near = profileOf(2000, (random) => ({ ...usual(random), amount: 40 + random.uniform() }), 9);
    for (const moved of [
      near,
      having({ fee: 0 }),
      having({ country: 'FR' }),
      having({ online: true }),
      having({ hour: 3 }),
    ])
      assert.deepEqual(brokenColumns(check(moved)), []);
  });

  it('is none that all rows of a day may have, as its weekday, nor of a column that was empty', () => {
    const weekdays = categoryBins(Array.from({ length: 7 }, (_, day) => ({ level: String(day), rows: 1 })));
    const counted = (counts: number[], nulls = 0): ColumnProfile => ({
      counts: [...counts, 0],
      nulls,
      sums: [],
      squares: [],
    });
    const sunday = counted([2000, 0, 0, 0, 0, 0, 0]);
    const week = counted([300, 300, 300, 300, 300, 300, 300]);
    assert.equal(stuckOf(weekdays, { reference: week, current: sunday }), undefined);
    assert.equal(stuckOf(weekdays, { reference: counted([0, 0, 0, 0, 0, 0, 0], 2000), current: sunday }), undefined);
    const seldom = counted([20, 300, 300, 300, 300, 300, 300]);
    assert.ok(stuckOf(weekdays, { reference: seldom, current: sunday }));
  });

  it('is none where the alarm finds nothing unusual in it', () => {
    const { columns } = check(having({ amount: 41.7 }));
    const alarm = { raised: [{ column: 'fee', of: 'mean', direction: 'higher' }] } as unknown as NonNullable<
      Verdict['alarm']
    >;
    assert.deepEqual(brokenColumns({ columns, alarm }), []);
  });
});

describe('values outside what is declared', () => {
  const declared: PipelineInput['columns'] = {
    ...columns,
    amount: { kind: 'number', min: 0, max: 100 },
    country: { kind: 'category', levels: ['DE', 'FR', 'IT', 'ES'] },
  };
  const outside = (name: string, row: (random: Random) => Row) => {
    const current = profileOf(2000, (random) => ({ ...usual(random), ...row(random) }), 3);
    return the(name, judge({ reference, current, pipeline: aPipeline(declared), binning })).outside;
  };

  it('are counted of levels, and of numbers in the outer bins', () => {
    const some = (value: Value) => (random: Random) => (random.uniform() < 0.3 ? value : null);
    const share = (given: { current: number } | undefined) => Math.round(10 * given!.current) / 10;
    assert.equal(share(outside('country', (random) => ({ country: some('XX')(random) ?? 'DE' }))), 0.3);
    assert.equal(share(outside('amount', (random) => ({ amount: some(9_000)(random) ?? 50 }))), 0.3);
    assert.equal(share(outside('amount', (random) => ({ amount: some(-5)(random) ?? 50 }))), 0.3);
    assert.deepEqual(
      outside('amount', () => ({ amount: 100 })),
      { reference: 0, current: 0 },
    );
  });

  it('are none where many rows are at the limit, however their sum is rounded', () => {
    const current = profileOf(2000, (random) => ({ ...usual(random), amount: 0.1, fee: 0.3 }), 3);
    const limits: PipelineInput['columns'] = {
      ...columns,
      amount: { kind: 'number', min: 0.1 },
      fee: { kind: 'number', max: 0.3 },
    };
    const judged = judge({ reference, current, pipeline: aPipeline(limits), binning });
    assert.deepEqual([the('amount', judged).outside!.current, the('fee', judged).outside!.current], [0, 0]);
  });

  it('are unknown without limits, and with declared levels that the bins lack', () => {
    assert.equal(
      outside('fee', () => ({})),
      undefined,
    );
    const more = { ...declared, country: { kind: 'category', levels: ['DE', 'AT'] } } as PipelineInput['columns'];
    assert.equal(
      the('country', judge({ reference, current: reference, pipeline: aPipeline(more), binning })).outside,
      undefined,
    );
  });
});

describe('a drift check', () => {
  it('finds no drift in the very same rows', () => {
    const verdict = check(reference);
    assert.equal(verdict.level, 'stable');
    for (const { psi, jensenShannon, ks, chiSquared } of verdict.columns.map(({ distances }) => distances)) {
      assert.ok(psi!.value === 0 && jensenShannon!.value === 0 && (ks?.value ?? 0) === 0);
      assert.ok(chiSquared!.p! > 0.999999);
    }
  });

  it('names the columns that moved, and how far', () => {
    const verdict = check(profileOf(2000, (random) => ({ ...usual(random), amount: 20 + random.uniform() * 100 })));
    assert.deepEqual(drifted(verdict), ['amount']);
    const amount = the('amount', verdict);
    const ks = amount.distances.ks!.value!;
    assert.ok(Math.abs(ks - 0.2) < 0.03, `ks ${ks}`);
    assert.ok(Math.abs(amount.mean!.current - amount.mean!.reference - 20) < 2);
    assert.equal(verdict.share, 1 / 4);
    assert.equal(verdict.level, 'drifting');
    assert.deepEqual(verdict.rows, { reference: 5000, current: 2000 });
  });

  it('is severe at the declared share of columns, by weight', () => {
    const moved = profileOf(2000, (random) => ({ ...usual(random), amount: 500 }));
    assert.equal(check(moved, { warn: 0.25, severe: 0.25 }).level, 'severe');
    assert.equal(check(moved, { warn: 0.26, severe: 0.3 }).level, 'stable');
    const weighty = check(moved, { weights: { amount: 3 } });
    assert.deepEqual([weighty.share, weighty.level], [0.5, 'severe']);
    const weightless = check(moved, { weights: { amount: 0 } });
    assert.deepEqual([weightless.level, driftedColumns(weightless)], ['stable', []]);
    assert.deepEqual(driftedColumns(weighty), ['amount']);
    assert.equal(check(reference, { warn: 0, severe: 0 }).level, 'stable', 'no column at all is no drift');
  });

  it('counts three of ten columns as a share of 0.3, whatever the rounding', () => {
    const names = Array.from({ length: 10 }, (_, i) => `x${i}`);
    const bins = makeBinning(Object.fromEntries(names.map((name) => [name, booleanBins()])));
    const rows = (moved: number) =>
      countRows(
        bins,
        1000,
        (_, i) => Object.fromEntries(names.map((name, at) => [name, at < moved || i % 2 === 0])),
        1,
      );
    const pipeline = aPipeline(Object.fromEntries(names.map((name) => [name, { kind: 'boolean' as const }])), {
      weights: Object.fromEntries(names.map((name) => [name, 0.7])), // three of these by ten of them are 0.29999999999999993
    });
    assert.equal(judge({ reference: rows(0), current: rows(3), pipeline, binning: bins }).level, 'severe');
  });

  it('gives hours no vote, however far they moved', () => {
    const night = check(profileOf(2000, (random) => ({ ...usual(random), hour: 3 })));
    assert.deepEqual([the('hour', night).drifted, the('hour', night).votes], [true, false]);
    assert.deepEqual(driftedColumns(night), [], 'nor is it named as what people should look at');
    assert.deepEqual([night.share, night.level], [0, 'stable']);
  });

  it('detects a shift of categories, and a new level', () => {
    const shifted = check(
      profileOf(2000, (random) => ({ ...usual(random), country: random.pick(['DE', 'DE', 'FR']) })),
    );
    assert.deepEqual(drifted(shifted), ['country']);
    assert.equal(the('country', shifted).distances.ks, undefined, 'levels have no order to accumulate in');
    const unknown = check(
      profileOf(2000, (random) => ({ ...usual(random), country: random.pick(['DE', 'FR', 'IT', 'ES', 'PT', 'PL']) })),
    );
    assert.deepEqual(drifted(unknown), ['country']);
  });

  it('detects that a source stopped filling a column, even completely', () => {
    const half = check(
      profileOf(2000, (random, i) => ({ ...usual(random), amount: i % 2 ? null : random.uniform() * 100 })),
    );
    assert.deepEqual(drifted(half), ['amount']);
    assert.deepEqual(the('amount', half).nullShare, { reference: 0, current: 0.5 });
    const none = check(profileOf(2000, (random) => ({ ...usual(random), amount: null })));
    assert.deepEqual(drifted(none), ['amount']);
    assert.deepEqual(
      [the('amount', none).distances.ks, the('amount', none).mean],
      [{ value: null, samplingError: null, p: null }, null],
    );
  });

  it('counts nulls as a group of their own', () => {
    const online = the(
      'online',
      check(profileOf(2000, (_, i) => ({ ...usual(createRandom(i)), online: i % 2 ? null : i % 4 === 0 }))),
    );
    const share = reference.columns.online!.counts[0]! / 5000;
    const expected = [
      { reference: share, current: 0.25 },
      { reference: 1 - share, current: 0.25 },
      { reference: 0, current: 0.5 },
    ];
    assert.ok(Math.abs(online.distances.psi!.value! - psiOf(expected, { reference: 5000, current: 2000 })) < 1e-12);
  });

  it('detects values beyond everything in the reference', () => {
    const negative = check(
      profileOf(2000, (random, i) => ({
        ...usual(random),
        fee: i % 20 === 0 ? -1 : random.integer(2) * random.uniform() * 10,
      })),
    );
    assert.deepEqual(drifted(negative), ['fee'], 'one in twenty fees is negative');
    assert.ok(the('fee', negative).distances.ks!.value! < 0.1);
  });

  it('requires the distance, less the sampling error of so few rows, to pass the threshold', () => {
    const few = profileOf(600, (random) => ({ ...usual(random), amount: 10 + random.uniform() * 100 }));
    const { psi, ks } = the('amount', check(few)).distances;
    const [psiBeyond, ksBeyond] = [psi!.value! - psi!.samplingError!, ks!.value! - ks!.samplingError!];
    const drifts = (drift: PipelineInput['drift']) => the('amount', check(few, drift)).drifted;
    assert.ok(psi!.samplingError! > 0.02 && psiBeyond > 0 && ksBeyond > 0);
    assert.equal(drifts({ ks: 1, psi: psiBeyond - 1e-6 }), true);
    assert.equal(drifts({ ks: 1, psi: psiBeyond + 1e-6 }), false);
    assert.equal(drifts({ psi: 1, ks: ksBeyond - 1e-6 }), true);
    assert.equal(drifts({ psi: 1, ks: ksBeyond + 1e-6 }), false);

    const many = the('amount', check(profileOf(20_000, usual))).distances;
    assert.ok(psi!.samplingError! > 2 * many.psi!.samplingError!);
    assert.ok(ks!.samplingError! > 1.5 * many.ks!.samplingError!);
  });

  it('abstains, and says why, when window or reference is too small', () => {
    const small = check(profileOf(499, (random) => ({ ...usual(random), amount: 500 })));
    assert.deepEqual([small.level, small.share, small.columns], ['stable', 0, []]);
    assert.match(small.abstained!, /window has 499 rows, but a check needs 500 \(drift\.minRows\)/);
    const pipeline = aPipeline(columns, { minRows: 5001 });
    const unreferenced = judge({ reference, current: profileOf(6000, usual), pipeline, binning });
    assert.match(unreferenced.abstained!, /reference has 5,000 rows, but a check needs 5,001/);
    assert.equal(check(profileOf(500, usual)).abstained, null);
  });

  it('compares scores as well as columns, but gives them no vote', () => {
    const scored = (at: number) => profileOf(2000, (random) => ({ ...usual(random), [SCORE]: at * random.uniform() }));
    const pipeline = aPipeline(columns);
    const [before, after] = [scored(0.1), scored(0.9)];
    const verdict = judge({
      reference: before,
      current: after,
      pipeline,
      binning,
      referenceScore: before.columns[SCORE]!,
      currentScore: after.columns[SCORE]!,
    });
    assert.deepEqual([verdict.score?.drifted, verdict.score?.votes, verdict.level], [true, false, 'stable']);
    assert.equal(check(before).score, null, 'without a reference there is nothing to say');
  });

  it('does not compare counts in other bins', () => {
    const other = emptyProfile(makeBinning({ amount: booleanBins() }));
    assert.throws(() => check(other), /current profile is counted in binning/);
  });
});
