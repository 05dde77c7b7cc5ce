import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { judgeExpectations } from '../../core/expectations/index.ts';
import { parsePipeline } from '../../core/declaration/pipeline.ts';
import { DAY, HOUR } from '../../core/time/time.ts';
import declaration from '../../pipelines/fraud.ts';
import { categories, countries, devices } from '../../pipelines/fraud/market.ts';
import {
  createFraudSimulator,
  simulateFraud,
  type SimulatedTransaction,
  type Transaction,
} from '../../pipelines/fraud/simulate.ts';

const pipeline = parsePipeline(declaration, 'pipelines/fraud.ts');
const voting = Object.entries(pipeline.columns).filter(([, { kind }]) => kind !== 'hour');

const MONDAY = '2026-03-02T00:00:00.000Z';
const day = (days: number): string => new Date(Date.parse(MONDAY) + days * DAY).toISOString();
const DRIFT = day(7);
/** A week before the drift and one after it. */
const driftingWeeks = [
  ...simulateFraud({ seed: 5, from: MONDAY, to: day(14), perDay: 2_000, drift: { since: DRIFT } }),
];
const usual = driftingWeeks.filter(({ transaction }) => transaction.occurred_at < DRIFT);
const moved = driftingWeeks.filter(({ transaction }) => transaction.occurred_at >= DRIFT);

describe('simulated card transactions', () => {
  it('come in time order, within the stretch that was asked for, each with a key of its own', () => {
    const times = driftingWeeks.map(({ transaction }) => transaction.occurred_at);
    assert.deepEqual(times, [...times].sort());
    assert.ok(times[0]! >= MONDAY && times.at(-1)! < day(14));
    assert.equal(new Set(driftingWeeks.map(({ transaction }) => transaction.transaction_id)).size, times.length);
  });

  it('are as many a day as asked for, in an average week', () => {
    assert.ok(Math.abs(usual.length / 7 - 2_000) < 60, `${usual.length / 7} a day`);
  });

  it('follow the day: few by night, many by day', () => {
    const at = (hour: number) =>
      usual.filter(({ transaction: t }) => new Date(t.occurred_at).getUTCHours() === hour).length;
    assert.ok(at(18) > 10 * at(3), `${at(18)} at six in the evening, ${at(3)} at three in the night`);
  });

  it('are the same for a seed, and others for another', () => {
    const rows = (seed: number) => [...simulateFraud({ seed, from: MONDAY, to: day(0.25), perDay: 2_000 })];
    assert.deepEqual(rows(1), rows(1));
    assert.notDeepEqual(rows(1), rows(2));
  });

  it('are the same for a stretch asked for alone or within a longer one, even when it starts within an hour', () => {
    const simulator = createFraudSimulator({ seed: 5, perDay: 2_000, drift: { since: DRIFT } });
    const [from, to] = [day(6.77), day(7.31)];
    const within = driftingWeeks.filter(({ transaction: t }) => t.occurred_at >= from && t.occurred_at < to);
    assert.deepEqual([...simulator.between(from, to)], within);
  });

  it('are made as they are asked for: the first of a hundred years come at once', () => {
    const rows = simulateFraud({ seed: 5, from: MONDAY, to: '2126-01-01T00:00:00.000Z', perDay: 500 });
    const { transaction } = rows.next().value as SimulatedTransaction;
    assert.equal(transaction.occurred_at.slice(0, 10), '2026-03-02');
  });

  it("carry the true count of their card's transactions in the 24 hours before", () => {
    const byCard = new Map<string, number[]>();
    let withHistory = 0;
    for (const { transaction } of driftingWeeks) {
      const time = Date.parse(transaction.occurred_at);
      const earlier = byCard.get(transaction.card_id) ?? [];
      if (transaction.occurred_at >= day(1)) {
        const true24h = earlier.filter((other) => other > time - DAY).length;
        assert.equal(transaction.transactions_24h, true24h, transaction.transaction_id);
        if (true24h > 0) withHistory++;
      }
      byCard.set(transaction.card_id, [...earlier, time]);
    }
    assert.ok(withHistory > driftingWeeks.length / 2);
  });
});

describe('simulated chargebacks', () => {
  const charged = driftingWeeks.flatMap(({ transaction, chargeback }) =>
    chargeback
      ? [{ transaction, chargeback, after: Date.parse(chargeback.observed_at) - Date.parse(transaction.occurred_at) }]
      : [],
  );

  it('concern about two in a hundred transactions, before the drift and after', () => {
    for (const rows of [usual, moved]) {
      const share = rows.filter(({ chargeback }) => chargeback).length / rows.length;
      assert.ok(share > 0.016 && share < 0.024, `share ${share}`);
    }
  });

  it('name their transaction, and come hours to a week after it, but for a few', () => {
    for (const { transaction, chargeback } of charged)
      assert.equal(chargeback.transaction_id, transaction.transaction_id);
    assert.ok(charged.every(({ after }) => after >= 2 * HOUR && after < 11 * DAY));
    const late = charged.filter(({ after }) => after > 7 * DAY).length;
    assert.ok(late > 0 && late < 0.03 * charged.length, `${late} of ${charged.length} later than a week`);
    const withinDay = charged.filter(({ after }) => after < DAY).length / charged.length;
    assert.ok(withinDay > 0.1 && withinDay < 0.5, `${withinDay} within a day`);
  });
});

describe('the drift', () => {
  it('leaves what was before it as it would have been', () => {
    assert.deepEqual([...simulateFraud({ seed: 5, from: MONDAY, to: DRIFT, perDay: 2_000 })], usual);
  });

  it('moves at least four of the nine columns beyond their thresholds within a day, where an ordinary week moves none', () => {
    const rows = (all: readonly SimulatedTransaction[], from: string, to: string): Transaction[] =>
      all.map(({ transaction }) => transaction).filter((t) => t.occurred_at >= from && t.occurred_at < to);
    const reference = rows(usual, day(0), day(5));
    const movedColumns = (current: Transaction[]) =>
      voting.filter(([name, { kind }]) => {
        const column = name as keyof Transaction;
        return kind === 'number'
          ? ks(
              reference.map((t) => t[column]),
              current.map((t) => t[column]),
            ) > pipeline.drift.ks
          : psi(
              reference.map((t) => t[column]),
              current.map((t) => t[column]),
            ) > pipeline.drift.psi;
      });
    assert.equal(voting.length, 9);
    assert.deepEqual(movedColumns(rows(usual, day(5), day(7))), []); // a weekend
    const drifted = movedColumns(rows(moved, day(7), day(8))).map(([name]) => name);
    assert.ok(drifted.length >= 4, `moved: ${drifted.join(', ')}`);
  });

  it('changes how thieves go about it, not only how much is bought', () => {
    const byWallet = (all: readonly SimulatedTransaction[]): number => {
      const stolen = all.filter(({ chargeback }) => chargeback);
      return stolen.filter(({ transaction: t }) => t.device === 'wallet' && !t.is_online).length / stolen.length;
    };
    assert.ok(byWallet(usual) < 0.05, `before: ${byWallet(usual)}`);
    assert.ok(byWallet(moved) > 0.5, `after: ${byWallet(moved)}`);
  });

  it('begins with the first whole hour that is not before its moment', () => {
    const rows = (since: string) => [
      ...simulateFraud({ seed: 5, from: MONDAY, to: day(0.25), perDay: 2_000, drift: { since } }),
    ];
    assert.deepEqual(rows('2026-03-02T02:20:00.000Z'), rows('2026-03-02T03:00:00.000Z'));
    assert.notDeepEqual(rows('2026-03-02T02:00:00.000Z'), rows('2026-03-02T03:00:00.000Z'));
  });
});

describe('the fraud declaration', () => {
  it('lists the levels that the simulator has', () => {
    const levels = (name: string) => {
      const column = pipeline.columns[name];
      return column?.kind === 'category' ? column.levels : undefined;
    };
    assert.deepEqual(levels('merchant_category'), [...categories]);
    assert.deepEqual(levels('device'), [...devices]);
    assert.deepEqual(levels('country'), [...countries]);
  });

  it('expects of a snapshot what simulated rows keep, drifted ones too', () => {
    for (const [rows, asOf] of [
      [usual, DRIFT],
      [moved, day(14)],
    ] as const) {
      const judged = judgeExpectations(pipeline, summaryOf(rows), labelsOf(rows), asOf);
      assert.deepEqual(
        judged.filter(({ passed }) => !passed),
        [],
      );
      assert.ok(judged.length > 20);
    }
  });

  it('reads columns that the tables have', () => {
    const sql = readFileSync(new URL('../../pipelines/fraud/tables.sql', import.meta.url), 'utf8');
    const [transactions = '', chargebacks = ''] = sql.split('create table if not exists chargebacks');
    for (const column of Object.keys(usual[0]!.transaction))
      assert.match(transactions, new RegExp(`^  ${column} `, 'm'));
    for (const column of ['transaction_id', 'is_fraud', 'observed_at'])
      assert.match(chargebacks, new RegExp(`^  ${column} `, 'm'));
    for (const [column] of voting) assert.ok(column in usual[0]!.transaction, column);
  });
});

function summaryOf(rows: readonly SimulatedTransaction[]) {
  const columns = voting.map(([column, declared]) => {
    const { kind } = declared;
    const values = rows.map(({ transaction }) => transaction[column as keyof Transaction]);
    const numbers = kind === 'number' ? values.filter((value) => typeof value === 'number') : [];
    const levels = kind === 'number' ? [] : [...new Set(values)].map((level) => ({ level: String(level), rows: 1 }));
    const nulls = values.filter((value) => value === null).length;
    const [min, max] = numbers.length > 0 ? [Math.min(...numbers), Math.max(...numbers)] : [null, null];
    const beyond = (isBeyond: (value: number) => boolean): number => numbers.filter(isBeyond).length;
    const [below, above] =
      kind === 'number'
        ? [
            beyond((value) => value < (declared.min ?? -Infinity)),
            beyond((value) => value > (declared.max ?? Infinity)),
          ]
        : [0, 0];
    const known = kind === 'category' ? declared.levels : undefined;
    const undeclared = levels.filter(({ level }) => known && !known.includes(level)).length;
    return { column, rows: rows.length, nulls, min, max, mean: null, below, above, undeclared, levels };
  });
  const times = rows.map(({ transaction }) => transaction.occurred_at);
  return { rows: rows.length, duplicateKeys: 0, oldest: times[0]!, newest: times.at(-1)!, columns };
}

const labelsOf = (rows: readonly SimulatedTransaction[]) => ({
  rows: rows.length,
  positives: rows.filter(({ chargeback }) => chargeback).length,
});

type Values = Transaction[keyof Transaction][];

/** Largest distance between two distribution functions, plainly: at every value there is. */
function ks(reference: Values, current: Values): number {
  const below = (values: Values) => {
    const sorted = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
    return (at: number) => {
      let [low, high] = [0, sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sorted[middle]! <= at) low = middle + 1;
        else high = middle;
      }
      return low / sorted.length;
    };
  };
  const [before, after] = [below(reference), below(current)];
  const values = [...reference, ...current].filter((value) => typeof value === 'number');
  return values.reduce((most, at) => Math.max(most, Math.abs(before(at) - after(at))), 0);
}

function psi(reference: Values, current: Values): number {
  const share = (values: Values, level: unknown) =>
    Math.max(1e-4, values.filter((value) => value === level).length / values.length);
  return [...new Set([...reference, ...current])].reduce<number>((total, level) => {
    const [before, after] = [share(reference, level), share(current, level)];
    return total + (after - before) * Math.log(after / before);
  }, 0);
}
