import { createAnalytics, type DuckAnalytics } from '../../../../adapters/duckdb/analytics.ts';
import type { Columns } from '../../../../core/columns/index.ts';
import type { AssembleOptions } from '../../../../core/data/analytics.ts';
import { splitNames } from '../../../../core/training/training.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { columns, factsSql, queryParquet, rowsSql, writeParquet, type Fact } from '../fixtures.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const asOf = '2026-01-10T00:00:00.000Z';
const options: AssembleOptions = {
  asOf,
  maturesAfter: '1 day',
  whenAbsent: 0,
  columns,
  shares: { train: 0.6, selection: 0.15, calibration: 0.1, holdout: 0.15, embargo: '0 seconds' },
  holdoutNotBefore: null,
  seed: 7,
};
/** A fact for every third row, long before anyone asks. */
const everyThird = (rows: number): Fact[] =>
  Array.from({ length: Math.ceil(rows / 3) }, (_, i) => ({ key: `k${i * 3}`, value: 1, observedAt: '2026-01-02' }));

describe('a training set', () => {
  const folder = folderPerTest();
  let analytics: DuckAnalytics;
  before(async () => void (analytics = await createAnalytics()));
  after(() => analytics.close());

  const file = () => join(folder(), 'set.parquet');
  const read = (sql: string) => queryParquet(file(), sql);
  async function assemble(given: { rows?: string; facts?: Fact[]; into?: string } & Partial<AssembleOptions> = {}) {
    const { rows = rowsSql(1_000), facts = everyThird(1_000), into = file(), ...more } = given;
    const rowFile = await writeParquet(join(folder(), 'rows.parquet'), rows);
    const labelFile = await writeParquet(join(folder(), 'labels.parquet'), factsSql(facts));
    return analytics.assemble([rowFile], [labelFile], { ...options, ...more }, into);
  }
  const labelOf = async (key: string) => (await read(`select _label from $files where _key = '${key}'`))[0]?.['_label'];

  describe('is split', () => {
    it('in time order by the declared shares, each split beginning where the previous one ends', async () => {
      const set = await assemble();
      assert.deepEqual(set.rows, { train: 600, selection: 150, calibration: 100, holdout: 150 });
      assert.deepEqual(set.positives, { train: 200, selection: 50, calibration: 34, holdout: 50 });
      assert.deepEqual(set.splits, {
        from: '2026-01-01T00:00:00.000Z',
        selection: '2026-01-01T10:00:00.000Z',
        calibration: '2026-01-01T12:30:00.000Z',
        holdout: '2026-01-01T14:10:00.000Z',
        to: '2026-01-09T00:00:00.000Z',
        ends: {
          train: '2026-01-01T10:00:00.000Z',
          selection: '2026-01-01T12:30:00.000Z',
          calibration: '2026-01-01T14:10:00.000Z',
        },
      });
      assert.equal(set.embargoed, 0);
      const [wrong] = await read(`select count(*)::int as rows from $files where _split <> case
        when _time < '${set.splits.selection}' then 'train' when _time < '${set.splits.calibration}' then 'selection'
        when _time < '${set.splits.holdout}' then 'calibration' else 'holdout' end`);
      assert.deepEqual(wrong, { rows: 0 });
    });

    it('only with rows of the declared window before the newest mature one', async () => {
      // Rows of a thousand minutes, of which the first lies 192 hours before the end of maturity.
      const set = await assemble({ window: '11160 minutes' });
      assert.equal(set.splits.from, '2026-01-01T06:01:00.000Z');
      assert.equal(
        Object.values(set.rows).reduce((sum, rows) => sum + rows, 0),
        639,
      );
      await assert.rejects(assemble({ window: '1 minute' }), { code: 'WINDOW_EMPTY' });
    });

    it('by our own columns, whatever the declared ones are called', async () => {
      const rows = `select *, -epoch(_time) as t, 'x' || epoch(_time) as split from (${rowsSql(1_000)})`;
      const more: Columns = { t: { kind: 'number', nulls: 0 }, split: { kind: 'category', nulls: 0 } };
      const { splits, rows: counts } = await assemble({ rows, columns: { ...columns, ...more } });
      const plain = await assemble();
      assert.deepEqual([splits, counts], [plain.splits, plain.rows]);
    });

    it('without separating rows of the same moment', async () => {
      const sameMinute = rowsSql(1_000).replace('to_minutes(n)', 'to_hours((n // 40)::int)');
      const set = await assemble({ rows: sameMinute });
      const parted = await read('select _time from $files group by _time having count(distinct _split) > 1');
      assert.deepEqual(parted, []);
      assert.deepEqual(set.rows, { train: 560, selection: 160, calibration: 120, holdout: 160 });
    });

    it('without rows whose labels have not matured, and with the last mature moment', async () => {
      // Rows until 16:39 on the first of January; at noon of the second, those until noon are mature.
      const set = await assemble({ asOf: '2026-01-02T12:00:00.000Z' });
      assert.equal(
        Object.values(set.rows).reduce((sum, rows) => sum + rows),
        721,
      );
      assert.equal(set.splits.to, '2026-01-01T12:00:00.001Z');
      assert.deepEqual(await read('select max(_time) as newest from $files'), [{ newest: '2026-01-01 12:00:00' }]);
    });

    it('so that its holdout begins after what the champion has seen, the others sharing what is before', async () => {
      const set = await assemble({ holdoutNotBefore: '2026-01-01T15:40:00.000Z' });
      assert.equal(set.splits.holdout, '2026-01-01T15:40:00.000Z');
      assert.deepEqual(set.rows, { train: 663, selection: 166, calibration: 111, holdout: 60 });
    });

    describe('with an embargo before each of the later three', () => {
      const { embargo: _, ...shares } = options.shares;
      const gaps = async () => {
        const ends = await read(`select _split as split, strftime(min(_time), '%H:%M') as first,
          strftime(max(_time), '%H:%M') as last from $files group by _split order by first`);
        return ends.map(({ first, last }) => [first, last]);
      };

      it('as long as a label takes to mature, whose rows are in no split', async () => {
        const set = await assemble({ shares, maturesAfter: '30 minutes' });
        assert.deepEqual(set.rows, { train: 525, selection: 139, calibration: 96, holdout: 150 });
        assert.equal(set.embargoed, 90);
        assert.deepEqual(await gaps(), [
          ['00:00', '08:44'],
          ['09:15', '11:33'],
          ['12:04', '13:39'],
          ['14:10', '16:39'],
        ]);
        assert.deepEqual(set.splits.ends, {
          train: '2026-01-01T08:45:00.000Z',
          selection: '2026-01-01T11:34:00.000Z',
          calibration: '2026-01-01T13:40:00.000Z',
        });
      });

      it('or as long as is declared', async () => {
        const set = await assemble({ shares: { ...shares, embargo: '10 minutes' } });
        assert.equal(set.embargoed, 30);
      });

      it('but only of a twentieth of the labelled rows where three of them left less than three quarters, unless it is declared', async () => {
        const embargoed = async (maturesAfter: string) => (await assemble({ shares, maturesAfter })).embargoed;
        assert.deepEqual([await embargoed('80 minutes'), await embargoed('90 minutes')], [240, 150]);
        const set = await assemble({ shares, maturesAfter: '5 days' });
        assert.equal(set.embargoed, 150);
        await assert.rejects(assemble({ shares: { ...shares, embargo: '5 days' } }), { code: 'TOO_FEW_ROWS' });
      });
    });

    it("as if there were no champion when the champion's holdout lies before the share", async () => {
      const set = await assemble({ holdoutNotBefore: '2026-01-01T02:00:00.000Z' });
      assert.equal(set.splits.holdout, '2026-01-01T14:10:00.000Z');
    });
  });

  describe('labels a row', () => {
    const withFacts = (facts: Omit<Fact, 'key'>[], more: Partial<AssembleOptions> = {}) =>
      assemble({ facts: [...everyThird(1_000), ...facts.map((fact) => ({ ...fact, key: 'k1' }))], ...more });

    it('by its fact, or without one by what absence means', async () => {
      await withFacts([]);
      assert.deepEqual([await labelOf('k0'), await labelOf('k1')], [1, 0]);
      await assemble({ whenAbsent: 1, facts: everyThird(1_000).map((fact) => ({ ...fact, value: 0 })) });
      assert.deepEqual([await labelOf('k0'), await labelOf('k1')], [0, 1]);
    });

    it('by its latest fact, whatever order the facts came in', async () => {
      await withFacts([
        { value: 1, observedAt: '2026-01-04' },
        { value: 0, observedAt: '2026-01-05' },
        { value: 1, observedAt: '2026-01-03' },
      ]);
      assert.equal(await labelOf('k1'), 0);
    });

    it('by no fact that came after the moment in question', async () => {
      await withFacts([{ value: 1, observedAt: '2026-01-10 00:00:00.001' }]);
      assert.equal(await labelOf('k1'), 0);
      await withFacts([{ value: 1, observedAt: '2026-01-10 00:00:00' }]);
      assert.equal(await labelOf('k1'), 1);
    });

    it('by no fact without a value', async () => {
      await withFacts([
        { value: 1, observedAt: '2026-01-04' },
        { value: null, observedAt: '2026-01-05' },
      ]);
      assert.equal(await labelOf('k1'), 1);
    });

    it('never by a value other than 0 and 1', () =>
      assert.rejects(withFacts([{ value: 2, observedAt: '2026-01-04' }]), {
        code: 'SOURCE_VALUE_INVALID',
        message: /fraud holds another number in 1 fact/,
      }));

    it('by any number where the label is one, and not at all without a fact', async () => {
      const facts = everyThird(1_000).map(({ key, ...fact }, i) => ({ ...fact, key, value: i / 4 - 20 }));
      const set = await assemble({ kind: 'number', whenAbsent: null, facts });
      assert.deepEqual([await labelOf('k0'), await labelOf('k3'), await labelOf('k1')], [-20, -19.75, undefined]);
      // 334 labelled rows among 1,000: the shares are theirs.
      assert.deepEqual(set.rows, { train: 201, selection: 50, calibration: 33, holdout: 50 });
      assert.deepEqual(set.positives, { train: 0, selection: 0, calibration: 0, holdout: 0 });
    });

    it('and tells of rows that would be held out with one: readers find them beside those that are', async () => {
      const units = { column: 'country', key: '_key' };
      for (const of of ['time', 'column', 'key'] as const) {
        const kind = of === 'key' ? 'stratified' : 'group';
        const by = of !== 'time' && ({ kind, of, unit: units[of], holdoutFrom: 0.8, notBefore: null } as const);
        const held = async () => {
          const { splits, rows, unlabelled } = await assemble({ ...(by && { by }), whenAbsent, facts });
          const amounts: unknown[] = [];
          for await (const { columns: read } of analytics.readHeld(join(folder(), 'rows.parquet'), splits, ['amount']))
            amounts.push(...read['amount']!);
          const kept = await read(`select amount from $files where _split = 'holdout'`);
          return { rows: rows.holdout, unlabelled, amounts, kept: kept.map(({ amount }) => amount) };
        };
        let whenAbsent: 0 | null = 0;
        const facts = everyThird(1_000).map(({ key, ...fact }, i) => ({ ...fact, key, value: i % 2 }));
        const all = await held();
        assert.deepEqual(
          [new Set(all.amounts), all.amounts.length, all.unlabelled],
          [new Set(all.kept), all.kept.length, undefined],
          of,
        );
        whenAbsent = null;
        const some = await held();
        assert.equal(some.amounts.length, some.rows + some.unlabelled!);
        assert.ok(some.unlabelled! > some.rows, `${of}: ${some.unlabelled} beside ${some.rows}`);
        // By time, rows with labels are cut by their own shares.
        if (by) assert.deepEqual(some.amounts, all.amounts);
      }
    });

    it('and reports that no mature row has a fact', () =>
      assert.rejects(assemble({ kind: 'number', whenAbsent: null, facts: [] }), {
        code: 'WINDOW_EMPTY',
        message: /None of the mature rows has a label .* the oldest of 1000 rows .*keys are the rows' keys/,
      }));

    it('with the share that labelShare counts', async () => {
      const { rows, positives } = await assemble();
      const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b);
      const rowFile = join(folder(), 'rows.parquet');
      assert.deepEqual(await analytics.labelShare([rowFile], [join(folder(), 'labels.parquet')], options), {
        rows: sum(rows),
        positives: sum(positives),
      });
      assert.deepEqual(await analytics.labelShare([rowFile], [], options), { rows: 1_000, positives: 0 });
      assert.deepEqual(await analytics.labelShare([], [], options), { rows: 0, positives: 0 });
    });
  });

  describe('is read', () => {
    const keys = async (path: string, split: (typeof splitNames)[number] = 'train') => {
      const found: unknown[] = [];
      for await (const chunk of analytics.readSplit(path, split, [], ['_key'])) found.push(...chunk.own._key!);
      return found;
    };

    it('split by split as plain values, with times in milliseconds', async () => {
      await assemble();
      for (const split of splitNames) {
        const expected =
          await read(`select epoch_ms(_time)::double as _time, _label, _key, _entity, amount, country, online, hour
          from $files where _split = '${split}'`);
        const own = ['_time', '_label', '_key', '_entity'] as const;
        const features = ['amount', 'country', 'online', 'hour'];
        const rows: unknown[] = [];
        for await (const chunk of analytics.readSplit(file(), split, features, [...own]))
          for (let i = 0; i < chunk.rows; i++)
            rows.push({
              ...Object.fromEntries(own.map((column) => [column, chunk.own[column]![i]])),
              ...Object.fromEntries(features.map((column) => [column, chunk.columns[column]![i]])),
            });
        assert.deepEqual(rows, expected);
      }
    });

    it('in the same shuffled order for the same seed, and in another for another seed', async () => {
      await assemble();
      const first = await keys(file());
      const again = join(folder(), 'again.parquet');
      await assemble({ into: again });
      assert.deepEqual(await keys(again), first);
      await assemble({ into: again, seed: 8 });
      const other = await keys(again);
      assert.notDeepEqual(other, first);
      assert.deepEqual(new Set(other), new Set(first));

      const inTimeOrder = first.filter(
        (key, i) => i > 0 && Number(String(key).slice(1)) > Number(String(first[i - 1]).slice(1)),
      );
      assert.ok(Math.abs(inTimeOrder.length / first.length - 0.5) < 0.1, 'half of the steps go forward in time');
    });

    it('only as far as the reader wants', async () => {
      await assemble({ rows: rowsSql(10_000), facts: everyThird(10_000) });
      for await (const chunk of analytics.readSplit(file(), 'train', ['amount'])) {
        assert.equal(chunk.rows, 2_048);
        break;
      }
      assert.equal((await keys(file())).length, 6_000);
    });
  });

  it('carries the hash of its file', async () => {
    const { sha256 } = await assemble();
    assert.equal(
      sha256,
      createHash('sha256')
        .update(await readFile(file()))
        .digest('hex'),
    );
  });

  describe('is refused, leaving no file,', () => {
    afterEach(() => assert.equal(existsSync(file()), false));

    it('when there are no rows', async () => {
      await assert.rejects(assemble({ rows: rowsSql(0) }), {
        code: 'WINDOW_EMPTY',
        message: /no row to learn from as of 2026-01-10/,
      });
      await assert.rejects(analytics.assemble([], [], options, file()), { code: 'WINDOW_EMPTY' });
    });

    it('when no label is mature yet, and the error says when the first one will be', () =>
      assert.rejects(assemble({ asOf: '2026-01-01T17:00:00.000Z' }), {
        code: 'WINDOW_EMPTY',
        message:
          /None of 1000 rows .* as of 2026-01-01T17:00.*oldest row is of 2026-01-01T00:00.*newest of 2026-01-01T16:39.*matures at 2026-01-02T00:00/,
      }));

    it('when a split to learn from has labels of only one class', () =>
      assert.rejects(assemble({ facts: everyThird(700) }), {
        code: 'LABEL_ONE_CLASS',
        message:
          /labels of calibration are all the same \(positive: train 200 of 600, selection 34 of 150, calibration 0 of 100\)/,
      }));

    it('when labels are so large that no mean error can be told, also in the holdout alone', () =>
      assert.rejects(
        assemble({
          kind: 'number',
          whenAbsent: null,
          facts: everyThird(1_000).map(({ key, ...fact }, i) => ({ ...fact, key, value: i > 300 ? -1e308 : i })),
        }),
        {
          code: 'LABEL_TOO_LARGE',
          message:
            /beyond 1e\+150 in size: 33 of the 50 rows of the holdout split\. .*Check which column holds the label/,
        },
      ));

    it('when a split is empty', () =>
      assert.rejects(assemble({ rows: rowsSql(3), facts: everyThird(3) }), {
        code: 'TOO_FEW_ROWS',
        message:
          /leave no row for .* \(rows: train \d, selection \d, calibration \d, holdout \d\).*longer source\.history/,
      }));

    it('when the champion has seen everything', () =>
      assert.rejects(assemble({ holdoutNotBefore: '2026-01-05T00:00:00.000Z' }), {
        code: 'TOO_FEW_ROWS',
        message: /no row for holdout .*begins at 2026-01-05T00:00:00.000Z, since the champion has seen/,
      }));
  });

  it('has labels that tell of the time of the last rows with one', async () => {
    const rows = await writeParquet(join(folder(), 'rows.parquet'), rowsSql(1_000));
    const facts = [...everyThird(1_000), { key: 'k1', value: 0, observedAt: '2026-01-11' }];
    const labels = await writeParquet(join(folder(), 'labels.parquet'), factsSql(facts));
    const files = { rows: [rows], labels: [labels] };
    const label = { asOf, maturesAfter: '1 day', whenAbsent: null };
    const end = '2026-01-01T10:00:00.000Z';
    const last = await analytics.lastLabelled(files, label, { before: end, most: 5 });
    assert.deepEqual(last, { from: '2026-01-01T09:45:00.000Z', to: '2026-01-01T09:57:00.001Z' });
    assert.equal(await analytics.lastLabelled({ rows: [rows], labels: [] }, label, { before: end, most: 5 }), null);
  });

  it('accepts a holdout of one class, for which the gate will abstain', async () => {
    const set = await assemble({ facts: everyThird(850) });
    assert.equal(set.positives.holdout, 0);
  });
});
