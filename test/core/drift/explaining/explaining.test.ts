import { type ColumnBins } from '../../../../core/data/profiles/binning.ts';
import { type Value } from '../../../../core/data/data.ts';
import { type ColumnProfile } from '../../../../core/data/profiles/profile.ts';
import { driftAlert } from '../../../../core/alerts/rules/drift-alert.ts';
import { type LeadsTo, type Verdict } from '../../../../core/drift/verdict.ts';
import { aDriftReport } from '../../../reports/fixtures.ts';
import { findSince, type Since } from '../../../../core/drift/explaining/change-point.ts';
import { adjusted } from '../../../../core/drift/explaining/discoveries.ts';
import { designEffect } from '../../../../core/drift/explaining/design-effect.ts';
import { pOfEffective } from '../../../../core/drift/explaining/effective-rows.ts';
import { explain, withShares } from '../../../../core/drift/explaining/explain.ts';
import { moversOf } from '../../../../core/drift/explaining/movers.ts';
import { rowsThatShow, type WindowRow } from '../../../../core/drift/explaining/shown-rows.ts';
import { scoreShift } from '../../../../core/drift/explaining/score-share.ts';
import { createRandom, type Random } from '../../../../core/base/random.ts';
import { HOUR } from '../../../../core/time/time.ts';
import { explained, hourAt, START, usualOf } from './moved.ts';
import assert from 'node:assert/strict';

describe('false discoveries', () => {
  it("are counted as scipy's false_discovery_control does", () => {
    // stats.false_discovery_control([0.01, 0.5, 0.03, 0.0004, 0.2, 0.0004, 0.9], method='by')
    const found = adjusted([0.01, 0.5, 0.03, 0.0004, 0.2, 0.0004, 0.9]);
    const golden = [0.0605, 1, 0.136125, 0.00363, 0.726, 0.00363, 1];
    found.forEach((q, i) => assert.ok(Math.abs(q - golden[i]!) < 1e-12, `${q} is not ${golden[i]}`));
    assert.deepEqual(adjusted([]), []);
  });

  it('are few among twenty columns, also when rows come in bunches', () => {
    // Eight rows of one card are nearly alike, so 320 counted rows are worth little more than 40.
    const names = Array.from({ length: 20 }, (_, i) => `x${i}`);
    const draw = (random: Random) => Object.fromEntries(names.map((name) => [name, random.normal()]));
    const usual = usualOf(draw);
    let [found, plain] = [0, 0];
    for (let seed = 1; seed <= 5; seed++) {
      let card = draw(createRandom(seed));
      let rows = 0;
      const asked = explained(usual, { seed, row: (random) => (card = rows++ % 8 === 0 ? draw(random) : card) });
      const told = Object.values(explain(asked));
      found += told.filter((column) => column.found).length;
      plain += Object.values(explain({ ...asked, hourly: {} })).filter((column) => column.found).length;
      const mean = told.reduce((sum, { designEffect: effect }) => sum + effect / told.length, 0);
      assert.ok(mean > 5 && mean < 12, `${mean} rows for one`);
    }
    assert.ok(plain > 50, `counted rows taken for independent ones find ${plain} of 100 columns`);
    assert.ok(found <= 1, `${found} of 100 columns are told as moved, and none has`);
  }).timeout(20_000);

  it('are not made by a group that the reference nearly lacks', () => {
    const groups = [...Array.from({ length: 10 }, () => ({ reference: 1200, current: 50 })), { reference: 0, current: 1 }]; // prettier-ignore
    assert.ok(pOfEffective(groups, 1) > 0.9);
    const burst = [...groups.slice(0, 10), { reference: 0, current: 60 }];
    assert.ok(pOfEffective(burst, 1) < 1e-6);
    assert.equal(pOfEffective([{ reference: 900, current: 300 }], 1), 1, 'one level cannot move');
  });
});

describe('rows that are alike', () => {
  it('count as few, and independent ones as they are', () => {
    const hours = (copies: number) =>
      Array.from({ length: 192 }, (_, hour) => {
        const random = createRandom(hour);
        const groups = [0, 0, 0, 0, 0];
        for (let i = 0; i < 60; i++) groups[random.integer(5)]! += copies;
        return { hour: START + hour * HOUR, groups };
      });
    assert.ok(designEffect(hours(1)) < 2);
    const effect = designEffect(hours(10));
    assert.ok(effect > 5 && effect < 20, String(effect));
    assert.equal(designEffect([]), 1);
  });

  /** Hours of 60 rows, in whole: so many of them are nulls. */
  const filled = (nullsAt: (hour: number) => number, hours = 192) =>
    Array.from({ length: hours }, (_, hour) => ({
      hour: START + hour * HOUR,
      groups: [60 - nullsAt(hour), nullsAt(hour)],
    }));

  it('are not told from a change that happened once, or came and went', () => {
    const filledAgain = filled((hour) => (hour < 45 ? 60 : 0));
    assert.equal(designEffect(filledAgain), 1);
    assert.ok(pOfEffective([{ reference: 0, current: 1440 }, { reference: 900, current: 0 }], designEffect(filledAgain)) < 1e-12); // prettier-ignore
    const twoDays = filled((hour) => (hour >= 60 && hour < 110 ? 60 : 0));
    assert.equal(designEffect(twoDays), 1);
    const found = Array.from({ length: 20 }, (_, seed) => {
      const random = createRandom(seed);
      const few = Array.from({ length: 192 }, () => random.integer(4));
      const effect = designEffect(filled((hour) => (hour >= 60 && hour < 110 ? 60 : few[hour]!)));
      return pOfEffective([{ reference: 36, current: 1404 }, { reference: 1404, current: 36 }], effect) < 0.001; // prettier-ignore
    });
    assert.ok(found.filter(Boolean).length >= 14, `found in ${found.filter(Boolean).length} of 20`);
  });

  it('are those of bursts that come on some days, too', () => {
    /** One hour of 40 nulls on so many of these days. */
    const bursts = (random: Random, share: number, days: number) => {
      const at = new Set(Array.from({ length: days }, (_, day) => (random.uniform() < share ? day * 24 + random.integer(24) : -1))); // prettier-ignore
      return filled((hour) => (at.has(hour) ? 40 : 0), days * 24);
    };
    const groupsOf = (hours: { groups: number[] }[]): number[] =>
      [0, 1].map((group) => hours.reduce((sum, { groups }) => sum + groups[group]!, 0));
    for (const share of [0.2, 0.33, 0.4]) {
      const told = Array.from({ length: 200 }, (_, seed) => {
        const random = createRandom(`${share} ${seed}`);
        const [hours, reference] = [bursts(random, share, 8), groupsOf(bursts(random, share, 14))];
        const pairs = groupsOf(hours.slice(-24)).map((current, i) => ({ reference: reference[i]!, current }));
        return pOfEffective(pairs, designEffect(hours)) < 0.001;
      }).filter(Boolean).length;
      assert.ok(told <= 40, `told as moved in ${told} of 200, and nothing changed`);
    }
  });

  it('are told from the hours that both days have', () => {
    const byNight = (hour: number): number => (hour % 24 < 12 ? 40 : 20);
    const withGaps = filled(byNight).filter((_, hour) => !(hour >= 60 && hour < 96) && hour < 180);
    assert.equal(designEffect(withGaps), 1);
    const aDayAndMore = filled(byNight).filter((_, hour) => !(hour >= 60 && hour < 140));
    assert.equal(designEffect(aDayAndMore), 1);
  });
});

describe('since when a column moved', () => {
  const usual = usualOf((random) => ({ x: random.normal() }));
  const sinceOf = (seed: number, change: number, by: number, rhythm = 0) => {
    const asked = explained(usual, {
      seed,
      row: (random, hour) => ({
        x: random.normal() + rhythm * Math.sin((hour / 12) * Math.PI) + (hour >= change ? by : 0),
      }),
    });
    return explain(asked)['x']!.since;
  };

  it('is told to the hour when it moved far, with or without a rhythm of the day', () => {
    for (const rhythm of [0, 0.6])
      for (const change of [100, 180]) {
        const since = sinceOf(change, change, 1.5, rhythm)!;
        assert.equal(since.at, hourAt(change), `${rhythm} ${change} ${JSON.stringify(since)}`);
        assert.ok(since.from! >= hourAt(change - 2) && since.to <= hourAt(change + 2));
      }
  });

  it('lies in the interval in nine of ten cases when it moved a little', () => {
    let [within, told, width] = [0, 0, 0];
    for (let seed = 1; seed <= 25; seed++) {
      const change = 120 + seed;
      const since = sinceOf(seed, change, 0.35, 0.3);
      if (!since?.from) continue;
      told++;
      if (since.from <= hourAt(change) && since.to >= hourAt(change)) within++;
      width += (Date.parse(since.to) - Date.parse(since.from)) / HOUR;
    }
    assert.ok(told >= 23, `told in ${told} of 25`);
    assert.ok(within >= 0.9 * told, `${within} of ${told}`);
    assert.ok(width / told < 24, `${width / told} hours wide`);
  }).timeout(20_000);

  it('is told of columns that each moved a little, by all of them', () => {
    const names = ['a', 'b', 'c'];
    const all = (random: Random, by = 0) => Object.fromEntries(names.map((name) => [name, random.normal(by)]));
    const usually = usualOf((random) => all(random));
    const offBy = (change: number, together: string[]): number[] => {
      const row = (random: Random, hour: number) => all(random, hour >= change ? 0.3 : 0);
      const told = explain({ ...explained(usually, { seed: change, perHour: 8, row }), together });
      const since = together.map((name) => told[name]!.since?.at ?? '');
      assert.equal(new Set(since).size, 1, 'one time for all of them');
      return since.slice(0, 1).map((at) => Math.abs(Date.parse(at) - Date.parse(hourAt(change))) / HOUR);
    };
    const off = [60, 75, 90, 105, 120, 135, 150, 165].flatMap((change) => offBy(change, names));
    assert.ok(off.toSorted((a, b) => a - b)[4]! <= 4 && off.every((hours) => hours <= 24), `${off.join(', ')} h off`);
  }).timeout(20_000);

  it('is before the oldest hour when all hours are as the window', () => {
    assert.deepEqual(sinceOf(3, 0, 1), { at: null, from: null, to: hourAt(0) });
  });

  it('is not told of a column that did not move, or of a few hours', () => {
    const told = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((seed) => sinceOf(seed, 999, 1) !== null);
    assert.ok(told.length <= 1, `told of ${told.length} in 10`);
    assert.equal(findSince({ hours: [{ hour: START, groups: [1, 2] }], reference: [5, 5], current: [1, 9] }), null);
  });
});

describe('columns that hold little', () => {
  const draw = (random: Random) => ({ x: random.normal(), vanished: random.normal(), one: 7, huge: 1e100 });
  const row = (random: Random) => ({ x: random.normal(), vanished: null, one: 7, huge: Infinity });

  it('are explained without a number that is none: all null, of one value, or infinite', () => {
    const asked = explained(usualOf(draw, 400), { seed: 9, hours: 30, row });
    const told = explain(asked);
    const isFinite = (value: unknown): boolean => typeof value !== 'number' || Number.isFinite(value);
    for (const each of Object.values(told)) assert.ok(Object.values(each).every(isFinite), JSON.stringify(each));
    const found = Object.entries(told).filter(([, { found: isFound }]) => isFound);
    assert.deepEqual(
      found.map(([column]) => column),
      ['vanished', 'huge'],
    );
    assert.equal(told['vanished']!.movers[0]!.label, 'nulls');
    assert.deepEqual(explain({ ...asked, columns: [] }), {});
  });

  it('did not move for sure where the reference has fewer rows than bins', () => {
    const told = Object.values(explain(explained(usualOf(draw, 5), { seed: 9, hours: 30, row })));
    assert.ok(told.every(({ found, q }) => !found && q === 1));
  });
});

const numbers = (counts: number[], means: number[], nulls = 0): ColumnProfile => ({
  counts,
  sums: counts.map((n, bin) => n * means[bin]!),
  squares: counts.map((n, bin) => n * means[bin]! ** 2),
  nulls,
});
const levels = (counts: number[], nulls = 0): ColumnProfile => ({ counts, sums: [], squares: [], nulls });

describe('what gained or lost most', () => {
  it('is told by level, range or nulls, with the shares before and now', () => {
    const bins: ColumnBins = { kind: 'category', levels: ['DE', 'FR'] };
    assert.deepEqual(moversOf(bins, levels([600, 400, 0]), levels([100, 402, 98], 400)), [
      { label: 'DE', place: 1, reference: 0.6, current: 0.1 },
      { label: 'nulls', place: 0, reference: 0, current: 0.4 },
      { label: 'all other levels', place: 3, reference: 0, current: 0.098 },
    ]);
    const amounts: ColumnBins = { kind: 'number', edges: [10, 20] };
    const [most] = moversOf(amounts, numbers([50, 50, 0], [5, 15, 0]), numbers([35, 25, 40], [5, 15, 4000]));
    assert.deepEqual(most, { label: '20 and more', place: 3, reference: 0, current: 0.4 });
  });

  it('is shown by rows of it, the newest of each entity, and never by rows of what lost', () => {
    const rowsOf = (...values: Value[]): WindowRow[] =>
      values.map((amount, i) => ({ id: null, key: `k${i}`, entity: `card ${i >> 1}`, time: hourAt(9 - i), row: { amount } })); // prettier-ignore
    const shown = (bins: ColumnBins, reference: ColumnProfile, current: ColumnProfile, rows: WindowRow[]) =>
      rowsThatShow({ column: 'amount', bins, reference, current }, rows).map(({ key, value }) => [key, value]);
    const amounts: ColumnBins = { kind: 'number', edges: [10, 20] };
    const [before, after] = [numbers([50, 50, 0], [5, 15, 0]), numbers([35, 25, 30], [5, 15, 4000], 10)];
    const rows = rowsOf(5, 4000, 4001, 15, null, 4002, null, 5);
    assert.deepEqual(shown(amounts, before, after, rows), [['k1', 4000], ['k2', 4001], ['k5', 4002]]); // prettier-ignore
    const countries: ColumnBins = { kind: 'category', levels: ['DE', 'FR'] };
    const [usual, now] = [levels([600, 400, 0]), levels([500, 400, 100])];
    assert.deepEqual(shown(countries, usual, now, rowsOf('DE', 'XX', 'FR', 'DE')), [['k1', 'XX']]);
    assert.deepEqual(shown(countries, usual, usual, rowsOf('DE', 'XX')), []);
  });

  it('is told in short, however long the names of levels are', () => {
    const [long, other] = ['a'.repeat(5_000), 'b'.repeat(5_000)];
    const bins: ColumnBins = { kind: 'category', levels: [long] };
    const [usual, now] = [levels([900, 100]), levels([400, 600])];
    for (const { label } of moversOf(bins, usual, now)) assert.ok(label.length <= 60, label.slice(0, 70));
    const row = { id: null, key: 'k', entity: null, time: hourAt(9), row: { note: other } };
    const sides = { column: 'note', bins, reference: usual, current: now };
    assert.deepEqual(rowsThatShow(sides, [row]).map(({ value }) => value), [`${'b'.repeat(59)}…`]); // prettier-ignore
  });

  it('is nothing where shares stay, or a column has one level', () => {
    assert.deepEqual(moversOf({ kind: 'category', levels: ['a'] }, levels([50, 0]), levels([70, 0])), []);
    assert.deepEqual(moversOf({ kind: 'number', edges: [] }, numbers([50], [1]), numbers([9], [1])), []);
  });
});

describe('how far a column shifts the scores', () => {
  const random = createRandom('scores');
  const rows = 400;
  const x = Array.from({ length: rows }, () => random.uniform() * 2);
  const country = Array.from({ length: rows }, (_, i) => (i % 2 ? 'DE' : 'FR'));
  const online = Array.from({ length: rows }, (_, i) => i % 4 === 0);
  const chunk = { rows, columns: { x, country, online } };
  const score = ({ columns }: { columns: Record<string, unknown[]> }) =>
    Float64Array.from(
      columns['x']!,
      (value, i) => Number(value ?? 10) + (columns['country']![i] === 'DE' ? 1 : 0) + (columns['online']![i] ? 2 : 0),
    );
  const near = (actual: number, expected: number, by = 1e-6) =>
    assert.ok(Math.abs(actual - expected) <= by, `${actual} is not ${expected}`);
  const bins: ColumnBins = { kind: 'number', edges: [1] };

  it('is that of the mean of a number, and of its nulls', () => {
    const reference = numbers([200, 200], [0.5, 1.5]);
    const shift = (current: ColumnProfile) => scoreShift(score, chunk, { column: 'x', bins, reference, current });
    near(shift(reference), 0);
    near(shift(numbers([200, 200], [1.5, 3.5])), 1.5);
    near(shift(numbers([100, 100], [0.5, 1.5], 200)), 4.5, 0.6);
    near(shift(numbers([0, 0], [0, 0], 400)), 9);
  });

  it('is that of levels that gave way to others, and of flags', () => {
    const moved = { bins: { kind: 'category', levels: ['DE', 'FR'] } as ColumnBins, reference: levels([200, 200, 0]) };
    const shift = (current: ColumnProfile) => scoreShift(score, chunk, { column: 'country', ...moved, current });
    near(shift(levels([400, 0, 0])), 0.5);
    near(shift(levels([0, 200, 200])), -0.5);
    near(shift(levels([200, 200, 0])), 0);
    const flags = { bins: { kind: 'category', levels: ['false', 'true'] } as ColumnBins, reference: levels([300, 100, 0]) }; // prettier-ignore
    near(scoreShift(score, chunk, { column: 'online', ...flags, current: levels([0, 400, 0]) }), 1.5);
  });

  it('is none of a column that the rows lack', () => {
    near(scoreShift(score, chunk, { column: 'gone', bins, reference: numbers([1, 1], [0, 2]), current: numbers([1, 1], [0, 2]) }), 0); // prettier-ignore
  });
});

describe('what a column does to the score', () => {
  const found = { q: 0, found: true, designEffect: 1, since: null, movers: [], score: null };
  const score = { counts: [50, 50], sums: [10, 40], squares: [3, 33], nulls: 0 };
  const shares = (shifts: Record<string, number>): (number | undefined)[] =>
    Object.values(withShares({ amount: found, merchant: found }, shifts, score)).map((of) => of.score?.share);

  it('is a share of what all of them do, and nothing where it hardly shifts it', () => {
    assert.deepEqual(shares({ amount: 0.1, merchant: -0.1 }), [0.5, 0.5]);
    assert.deepEqual(shares({ amount: 1e-7 }), [0, undefined]);
    assert.deepEqual(shares({ amount: 0.3, merchant: 1e-4 }).map((share) => Number(share!.toFixed(2))), [1, 0]); // prettier-ignore
  });
});

describe('an alert about drift', () => {
  const { verdict, pipeline } = aDriftReport();
  const detailOf = (since: Since | null): string => {
    const columns = verdict.columns.map((column) => {
      const share = { amount: 0.62, merchant: 0.38 }[column.column];
      const score = share === undefined ? null : { shift: share / 50, share };
      return { ...column, explained: { q: 0, found: true, designEffect: 1, since, movers: [], score } };
    });
    return driftAlert({ ...verdict, columns }, pipeline.drift)!.detail;
  };

  it('says as plain text since when, which columns, how far, what follows and what to do', () => {
    const { summary, detail } = driftAlert(verdict, pipeline.drift)!;
    assert.match(summary, /^fraud: severe drift in \d+ % of the columns$/);
    assert.match(
      detail,
      new RegExp(
        [
          /^Not stable since 2026-03-03T21:00Z, the first check of v3 that was not\. Over 4,000 rows from 2026-03-03T09:00Z to 2026-03-04T09:00Z these moved away from what v3 was tested on:/,
          /  amount: mean 57\.1 → 122, PSI \d\.\d+ \(limit 0\.2\), KS 0\.\d+ \(limit 0\.15\)/,
          /(?:  \w+: .*\n)*/,
          /Perennial trains a new model by itself, unless one was trained after the drift\./,
          /If the data is wrong, fix its source, then: perennial run fraud data/,
          /The report with all numbers: perennial report fraud$/,
        ]
          .map(({ source }) => source)
          .join('\n'),
      ),
    );
  });

  it('says what comes of it, as the check knew', () => {
    const next = (drift?: LeadsTo, changes: Partial<Verdict> = {}): string =>
      /\n\n(.*)\nIf the data/.exec(driftAlert({ ...verdict, ...(drift && { leadsTo: { drift } }), ...changes }, pipeline.drift)!.detail)![1]!; // prettier-ignore
    assert.match(next('asks'), /^Perennial trains a new model by itself, once .*wait for it\.$/);
    assert.match(next('trains'), /under way: perennial explain fraud\. .*wait for its model\.$/);
    assert.equal(
      next('trained'),
      'Perennial trains no other model for it: one that was trained after the drift became the champion.',
    );
    const reference = { kind: 'snapshot', tag: 'spring', snapshot: 's1', from: verdict.asOf, to: verdict.asOf } as const; // prettier-ignore
    assert.match(next('trained', { level: 'drifting', reference }), /trains no other model.* perennial snapshots tag fraud SNAPSHOT spring$/); // prettier-ignore
    assert.match(next(undefined, { level: 'drifting' }), /no model for it yet; it will if the drift becomes severe\.$/);
    assert.match(next(undefined, { level: 'drifting', unsure: 'too little past' }), /while the alarm cannot judge\.$/);
  });

  it('names the reference that was declared', () => {
    const times = { from: '2026-02-01T00:00:00.000Z', to: '2026-03-03T00:00:00.000Z' };
    const reference = { kind: 'last', asked: '30 days', ...times } as const;
    const { detail } = driftAlert({ ...verdict, reference }, pipeline.drift)!;
    assert.match(detail, /these moved away from the last 30 days \(2026-02-01 to 2026-03-03\):/);
  });

  it('says where to look first, and of each column since when', () => {
    const hour = '2026-03-03T20:00:00.000Z';
    assert.match(
      detailOf({ at: hour, from: hour, to: hour }),
      /\n  amount, since 2026-03-03T20:00Z: .*\n[^]*\namount matters most: alone it makes 62 % of what moved columns do to the score\./,
    );
    assert.match(detailOf({ at: null, from: null, to: hour }), /\n  amount, since before 2026-03-03T20:00Z: /);
    assert.match(detailOf(null), /62 % of what moved columns do to the score\./);
    assert.doesNotMatch(driftAlert(verdict, pipeline.drift)!.detail, /matters most/);
  });
});
