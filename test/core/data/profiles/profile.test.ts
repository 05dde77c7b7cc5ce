import {
  booleanBins,
  categoryBins,
  hourBins,
  makeBinning,
  makeBins,
  SCORE,
} from '../../../../core/data/profiles/binning.ts';
import { type Row } from '../../../../core/data/data.ts';
import { addProfiles, countRow, emptyProfile, moments, type Profile } from '../../../../core/data/profiles/profile.ts';
import { endBinShare, outgrownColumns, perhapsOutgrown } from '../../../../core/data/profiles/outgrown.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';

const binning = makeBinning({
  amount: makeBins(Float64Array.from({ length: 640 }, (_, i) => i)),
  country: categoryBins([
    { level: 'DE', rows: 9 },
    { level: 'FR', rows: 5 },
  ]),
  online: booleanBins(),
  hour: hourBins(),
});
const profileOf = (rows: Row[]): Profile => {
  const profile = emptyProfile(binning);
  for (const row of rows) countRow(profile, binning, row);
  return profile;
};

const aRow = fc.record({
  amount: fc.option(fc.integer({ min: -10, max: 700 })),
  country: fc.option(fc.constantFrom('DE', 'FR', 'IT')),
  online: fc.option(fc.boolean()),
  hour: fc.integer({ min: 0, max: 23 }),
  [SCORE]: fc.double({ min: 0, max: 1, noNaN: true }).map((x) => Math.round(x * 1024) / 1024),
});

describe('a profile', () => {
  it('counts the values of each column, including nulls and unknown levels', () => {
    const { rows, columns } = profileOf([
      { amount: 5, country: 'DE', online: true, hour: 23 },
      { amount: null, country: 'constructor', online: null, hour: 0 },
      { country: null, online: false, hour: 0 },
    ]);
    assert.equal(rows, 3);
    assert.deepEqual([columns.amount!.counts[0], columns.amount!.nulls], [1, 2]);
    assert.deepEqual(columns.country, { counts: [1, 0, 1], sums: [], squares: [], nulls: 1 });
    assert.deepEqual(columns.online, { counts: [1, 1, 0], sums: [], squares: [], nulls: 1 });
    assert.deepEqual([columns.hour!.counts[0], columns.hour!.counts[23]], [2, 1]);
  });

  it('treats what is not a finite number as null, and one whose square is none, so that sums stay finite', () => {
    const { amount } = profileOf([
      { amount: NaN },
      { amount: Infinity },
      { amount: 1e300 },
      { amount: '12' },
      { amount: 12 },
    ]).columns;
    assert.equal(amount!.nulls, 4);
    assert.deepEqual(moments(amount!), { rows: 1, mean: 12, variance: 0 });
  });

  it('does not count a missing score of an unscored row as null', () => {
    assert.equal(profileOf([{ amount: 1 }]).columns[SCORE]!.nulls, 0);
    assert.equal(profileOf([{ amount: 1, [SCORE]: null }]).columns[SCORE]!.nulls, 1);
  });

  it('of two sets of rows is the sum of their profiles', () => {
    fc.assert(
      fc.property(fc.array(aRow), fc.array(aRow), (a, b) => {
        assert.deepEqual(addProfiles(profileOf(a), profileOf(b)), profileOf([...a, ...b]));
        assert.deepEqual(addProfiles(profileOf(a), emptyProfile(binning)), profileOf(a));
      }),
    );
  });

  it('is not changed when it is added to another', () => {
    const part = profileOf([{ amount: 1 }]);
    const sum = addProfiles(part, emptyProfile(binning));
    countRow(sum, binning, { amount: 2 });
    assert.deepEqual(part, profileOf([{ amount: 1 }]));
  });

  it('refuses to be added to one with other bins', () => {
    const other = emptyProfile(makeBinning({ amount: makeBins(Float64Array.of(1, 2)) }));
    assert.throws(() => addProfiles(emptyProfile(binning), other), /profiles of one binning/);
  });

  it('keeps mean and variance exact, although it holds only bins', () => {
    // numpy: x = np.array([1.5, -2, 0, 7, 3.25]); x.mean(), x.var()
    const { amount } = profileOf([1.5, -2, 0, 7, 3.25].map((amount) => ({ amount }))).columns;
    assert.deepEqual(moments(amount!), { rows: 5, mean: 1.95, variance: 9.36 });
    assert.equal(moments(profileOf([{ amount: null }]).columns.amount!), null);
    assert.equal(moments(profileOf([{ country: 'DE' }]).columns.country!), null);
  });

  it('shows when a column has outgrown its bins', () => {
    const columns = { amount: { kind: 'number', nulls: 0 }, hour: { kind: 'hour' } } as const;
    const usual = Array.from({ length: 640 }, (_, i) => ({ amount: i, hour: i % 2 === 0 ? 0 : 23 }));
    assert.equal(endBinShare(profileOf(usual).columns.amount!), 2 / 64);
    assert.deepEqual(outgrownColumns(profileOf(usual), columns, {}), []);
    const grown = [...usual, ...Array.from({ length: 20 }, () => ({ amount: 5_000, hour: 0 }))];
    assert.deepEqual(outgrownColumns(profileOf(grown), columns, {}), ['amount']);
  });

  it('shows when a column has outgrown its levels, and new bins would name more of them', () => {
    const columns = { country: { kind: 'category', nulls: 0 } } as const;
    const rowsOf = (levels: Record<string, number>): Row[] =>
      Object.entries(levels).flatMap(([country, rows]) => Array.from({ length: rows }, () => ({ country })));
    const outgrown = (found: Record<string, number>): string[] => {
      const levels = Object.entries(found).map(([level, rows]) => ({ level, rows }));
      return outgrownColumns(profileOf(rowsOf(found)), columns, { country: levels });
    };
    assert.deepEqual(outgrown({ DE: 60, FR: 32, IT: 8 }), [], 'too few');
    assert.deepEqual(outgrown({ DE: 60, IT: 30, FR: 10 }), ['country']);
    assert.deepEqual(outgrown({ ES: 60, IT: 40 }), ['country'], 'none of its levels is known');
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`level ${i}`, 1]));
    assert.deepEqual(outgrown(many), [], 'no bins name most of them');
    assert.deepEqual(Object.keys(perhapsOutgrown(profileOf(rowsOf({ DE: 9, IT: 1 })), columns)), []);
    assert.deepEqual(Object.keys(perhapsOutgrown(profileOf(rowsOf({ DE: 8, IT: 2 })), columns)), ['country']);
  });
});
