import { SCORE } from '../../../core/data/profiles/binning.ts';
import { partsWithin } from '../../../core/data/predictions/batches.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { type PipelineRef } from '../../../core/declaration/pipeline.ts';
import { total } from '../../../core/data/profiles/profile.ts';
import { before as earlier, floorTo, type Instant } from '../../../core/time/time.ts';
import { hoursOf } from '../../../activities/monitoring/alarm-hours.ts';
import { type Compared } from '../../../activities/monitoring/explaining.ts';
import { countHoldout } from '../../../activities/monitoring/reference.ts';
import { featuresOf } from '../../../core/columns/index.ts';
import { type HourSums } from '../../../core/drift/alarm/alarm.ts';
import { contrastsOf, sumsOf } from '../../../core/drift/alarm/contrasts.ts';
import { contrastsOfScore } from '../../../core/drift/alarm/own-score.ts';
import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import { queryParquet } from '../../support/data/parquet.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import { NEXT_DAY, openRig, takeSnapshot } from '../../support/steps/stages.ts';
import { serveTraffic } from '../../support/postgres/traffic.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

/** The fraud example's rows are complete an hour later. */
const [FROM, TO] = [earlier(NEXT_DAY, '25 hours'), earlier(NEXT_DAY, '1 hour')];

describe('drift checks @slow', () => {
  let rig: Rig;
  beforeEach(async () => void (rig = await openRig('next-day')));
  afterEach(() => rig?.close());

  const watch = (drift: Partial<Rig['pipeline']['drift']>): Promise<PipelineRef> =>
    rig.apply({ drift: { ...rig.pipeline.drift, ...drift } });
  async function check(pipeline: PipelineRef, asOf: Instant): Promise<Verdict> {
    const checked = await rig.run('checkDrift', { pipeline, asOf });
    assert.ok(checked !== null && checked !== 'stale');
    return rig.ports.verdicts.get('fraud', checked.id);
  }
  const columnOf = (verdict: Verdict, name: string) => verdict.columns.find(({ column }) => column === name)!;
  async function rowsOf(snapshot: string, from: Instant, to: Instant, that = 'true'): Promise<number> {
    const parts = partsWithin((await rig.ports.snapshots.get(snapshot)).parts, { from, to });
    const files = await Promise.all(parts.map((part) => rig.ports.cache.fetch(part)));
    const where = `_time >= '${from}' and _time < '${to}' and ${that}`;
    return Number((await queryParquet(files, `select count(*) as rows from $files where ${where}`))[0]!['rows']);
  }
  /** The champion's holdout rows of some hours. */
  async function holdoutOf(hours: number[]): Promise<number> {
    const { trainingRun } = await rig.ports.modelVersions.get('fraud', 1);
    const { trainingSet } = await rig.ports.trainingRuns.get(trainingRun);
    const file = await rig.ports.cache.fetch(trainingSet!);
    const where = `_split = 'holdout' and hour(_time) in (${hours.join(', ')})`;
    return Number((await queryParquet(file, `select count(*) as rows from $files where ${where}`))[0]!['rows']);
  }

  describe("of the source's rows", () => {
    it('ask for fresh data before they judge', async () => {
      const pipeline = await watch({ of: 'data' });
      assert.equal(await rig.run('checkDrift', { pipeline, asOf: NEXT_DAY }), 'stale');
      await takeSnapshot(rig, NEXT_DAY, pipeline);
      await check(pipeline, NEXT_DAY);
    });

    it("find ordinary rows stable: all rows of the window, no others, with the champion's scores", async () => {
      const slices = { online: { is_online: true }, none: { amount: { to: -1 } } };
      const pipeline = await rig.apply({ slices, gates: { ...rig.pipeline.gates, minPositives: 1 }, drift: { ...rig.pipeline.drift, of: 'data' } }); // prettier-ignore
      const snapshot = await takeSnapshot(rig, NEXT_DAY, pipeline);
      const verdict = await check(pipeline, NEXT_DAY);
      assert.deepEqual([verdict.level, verdict.abstained, verdict.version], ['stable', null, 1]);
      assert.deepEqual(verdict.window, { from: FROM, to: TO });
      assert.equal(verdict.rows.current, await rowsOf(snapshot, FROM, TO));
      assert.equal(verdict.hours, undefined);
      assert.equal(verdict.score?.drifted, false);

      const { of, from, to, slices: told } = verdict.estimatedSlices!;
      assert.deepEqual([of, to], ['data', floorTo(TO, '1 day')]);
      const [none, online] = told;
      assert.equal(online!.rows, await rowsOf(snapshot, from, to, 'is_online'));
      assert.equal(typeof online!.estimate, 'object', JSON.stringify(online));
      assert.deepEqual(none, { name: 'none', rows: 0, estimate: 'fewer than 50 rows (gates.minRows)' });
    });

    it('find rows that changed, whether or not anybody asked for predictions of them, and report them', async () => {
      await rig.close();
      rig = await openRig('champion'); // the next day's rows are yet to be read
      const pipeline = await watch({ of: 'data' });
      await runSql(
        rig.url,
        `update transactions set amount = amount * 4, distance_from_home = 5000 where occurred_at >= '${FROM}'`,
      );
      await takeSnapshot(rig, NEXT_DAY, pipeline);
      const verdict = await check(pipeline, NEXT_DAY);
      const drifted = verdict.columns.filter((column) => column.drifted).map(({ column }) => column);
      assert.equal(columnOf(verdict, 'amount').explained!.since!.at, FROM, 'the hour since which amounts are others');
      assert.ok(
        columnOf(verdict, 'amount').explained!.score && verdict.joint!.low > 0.9,
        JSON.stringify(verdict.joint),
      );
      assert.ok(columnOf(verdict, 'distance_from_home').explained!.rows!.every(({ value }) => value === 5000));
      assert.equal(verdict.level, 'severe');
      assert.deepEqual(drifted, ['amount', 'distance_from_home']);
      const report = await rig.run('writeReport', { pipeline, verdict: verdict.id });
      const page = new TextDecoder().decode(await rig.ports.store.get(report!));
      for (const column of drifted) assert.ok(page.includes(column), column);
    });

    it('find one column of nine that moved, where the declaration says nothing of how to judge', async () => {
      await rig.close();
      rig = await openRig('champion');
      const pipeline = await rig.apply({ drift: { of: 'data' } });
      await runSql(rig.url, `update transactions set amount = amount * 3 where occurred_at >= '${FROM}'`);
      await takeSnapshot(rig, NEXT_DAY, pipeline);
      const { level, alarm, share } = await check(pipeline, NEXT_DAY);
      assert.ok(share <= 1 / 9, 'too few for a share of 0.15');
      assert.deepEqual([level, [...new Set(alarm!.raised.map(({ column }) => column))]], ['severe', ['amount']]);
    });

    it("give the alarm each hour's rows with the champion's scores of them", async () => {
      const pipeline = await watch({ of: 'data' });
      const snapshot = await rig.ports.snapshots.get(await takeSnapshot(rig, NEXT_DAY, pipeline));
      const verdict = await check(pipeline, NEXT_DAY);
      const version = await rig.ports.modelVersions.get('fraud', 1);
      const binning = (await rig.ports.binnings.list('fraud')).find(({ id }) => id === verdict.binning)!;
      const features = Object.keys(featuresOf(rig.pipeline.columns));
      const reference = await countHoldout(rig.ports, features, version, binning);
      const compared = { pipeline: 'fraud', version, features, binning, snapshot } as unknown as Compared;
      const contrasts = [...contrastsOf(binning, reference, ['amount']), ...contrastsOfScore(binning, reference)];
      const env = new MockActivityEnvironment();
      const hours: HourSums[] = await env.run(() => hoursOf(rig.ports, compared, contrasts, { from: FROM, to: TO }));
      const profile = (await rig.ports.profiles.find('fraud', `window/${snapshot.id}/v1`, binning.id))!;
      assert.equal(hours.length, 24);
      contrasts.forEach((contrast, i) => {
        const all = hours.reduce((sum, { sums }) => sum + sums[i]!.sum, 0);
        assert.ok(Math.abs(all - sumsOf(contrast, profile).sum) < 1e-6, contrast.id);
      });
      assert.ok(contrasts.some(({ column }) => column === SCORE));
    });

    it('count a window once', async () => {
      const pipeline = await watch({ of: 'data' });
      const snapshot = await takeSnapshot(rig, NEXT_DAY, pipeline);
      const first = await check(pipeline, NEXT_DAY);
      const profile = await rig.ports.profiles.find('fraud', `window/${snapshot}/v1`, first.binning);
      assert.equal(total(profile!.columns[SCORE]!.counts), first.rows.current);
      assert.deepEqual(await check(pipeline, NEXT_DAY), first);
      const near = { from: earlier(NEXT_DAY, '1 hour'), to: NEXT_DAY };
      await rig.ports.profiles.record('fraud', `window/${snapshot}/v1/48h`, profile!); // of another length
      const counted = await rig.ports.profiles.windows('fraud', first.binning, near);
      assert.deepEqual(counted, [{ asOf: NEXT_DAY, version: 1, subject: `window/${snapshot}/v1` }]);
    });

    it('continue without scores, and say why, when the champion needs a column that is no longer read', async () => {
      const { amount: _amount, ...columns } = rig.pipeline.columns;
      const pipeline = await rig.apply({
        columns,
        slices: { online: { is_online: true } },
        drift: { ...rig.pipeline.drift, of: 'data' },
      });
      await takeSnapshot(rig, NEXT_DAY, pipeline);
      const verdict = await check(pipeline, NEXT_DAY);
      assert.deepEqual([verdict.level, verdict.score], ['stable', null]);
      assert.equal(columnOf(verdict, 'amount'), undefined);
      const why = 'v1 needs amount, which the declaration no longer reads';
      assert.deepEqual([verdict.estimated!.withheld, verdict.estimatedSlices!.unscored], [why, why]);
      const report = await rig.run('writeReport', { pipeline, verdict: verdict.id });
      const page = new TextDecoder().decode(await rig.ports.store.get(report!));
      assert.ok(page.includes(`Declared slices are not estimated: ${why}`) && page.includes(`No estimate: ${why}`));
    });
  });

  describe('of a window shorter than a day', () => {
    const night = { window: '6 hours', minRows: 20 };

    it('compare it with the same hours of the holdout', async () => {
      const pipeline = await watch({ ...night, of: 'data', sameHours: true });
      await takeSnapshot(rig, NEXT_DAY, pipeline);
      const verdict = await check(pipeline, NEXT_DAY);
      assert.deepEqual(verdict.hours, [19, 20, 21, 22, 23, 0]);
      assert.equal(verdict.rows.reference, await holdoutOf(verdict.hours!));
      assert.ok(columnOf(verdict, 'hour_of_day').distances.ks!.value! < 0.3);
      assert.ok(verdict.score, 'scores too');
    });

    it('do so by themselves, where rows differ by the hour', async () => {
      const pipeline = await watch({ ...night, of: 'data' });
      await takeSnapshot(rig, NEXT_DAY, pipeline);
      const { like, hours, rows } = await check(pipeline, NEXT_DAY);
      assert.ok(like, 'it says so');
      assert.equal(like.hours.used, hours !== undefined);
      assert.equal(rows.reference, await holdoutOf(hours ?? Array.from({ length: 24 }, (_, hour) => hour)));
    });

    it('would otherwise mistake the time of day for drift', async () => {
      const pipeline = await watch({ ...night, of: 'data', sameHours: false });
      await takeSnapshot(rig, NEXT_DAY, pipeline);
      const verdict = await check(pipeline, NEXT_DAY);
      assert.equal(verdict.rows.reference, await holdoutOf(Array.from({ length: 24 }, (_, hour) => hour)));
      assert.ok(columnOf(verdict, 'hour_of_day').distances.ks!.value! > 0.5);
    });

    it('compare requests with the same hours too', async () => {
      const pipeline = await watch({ ...night, sameHours: true });
      const [from, to] = [earlier(AS_OF, '6 hours'), AS_OF];
      const served = await serveTraffic(rig, from, to, { perDay: 2_400 });
      const verdict = await check(pipeline, AS_OF);
      assert.deepEqual(verdict.hours, [20, 21, 22, 23, 0, 1]);
      assert.deepEqual(verdict.rows, { reference: await holdoutOf(verdict.hours!), current: served.length });
    });

    it('put the working days of the holdout together once, not at each check of whole days', async () => {
      const pipeline = await watch({});
      await serveTraffic(rig, earlier(AS_OF, '24 hours'), AS_OF);
      const { profiles } = rig.ports;
      profiles.findDays = async () => ({ used: true, because: 'differs', column: 'amount' });
      let read = 0;
      const { findEach } = profiles;
      profiles.findEach = (...asked) => (read++, findEach(...asked));
      const first = await check(pipeline, AS_OF);
      const all = await holdoutOf(Array.from({ length: 24 }, (_, hour) => hour));
      assert.ok(read === 1 && first.like!.days.used && first.rows.reference < all, JSON.stringify(first.rows));
      const again = await check(pipeline, earlier(AS_OF, '1 hour'));
      assert.deepEqual([read, again.like, again.rows.reference], [1, first.like, first.rows.reference]);
    });

    it('count the hours of the holdout once, and tell once whether its days differ', async () => {
      const pipeline = await watch({ ...night, sameHours: true });
      await serveTraffic(rig, earlier(AS_OF, '6 hours'), AS_OF, { perDay: 2_400 });
      const { binning } = await check(pipeline, AS_OF);
      const rowsAt = async (hour: string): Promise<number> => {
        const kinds = ['working', 'weekend'].map((kind) => `version/1/${kind}/${hour}`);
        const found = await Promise.all(kinds.map((subject) => rig.ports.profiles.find('fraud', subject, binning)));
        return total(found.map((profile) => profile!.rows));
      };
      assert.deepEqual(await Promise.all(['00', '13', '23'].map(rowsAt)), [
        await holdoutOf([0]),
        await holdoutOf([13]),
        await holdoutOf([23]),
      ]);
      const read: string[] = [];
      const { findEach } = rig.ports.profiles;
      rig.ports.profiles.findEach = (name, subjects, ...bins) => (
        read.push(...subjects),
        findEach(name, subjects, ...bins)
      );
      const report = await rig.run('writeReport', {
        pipeline,
        verdict: (await rig.ports.verdicts.list('fraud', 1))[0]!.id,
      });
      const page = new TextDecoder().decode(await rig.ports.store.get(report!));
      assert.match(page, /20:00 to 02:00 UTC/);
      assert.ok(
        read.length > 0 && read.every((subject) => !subject.includes('/half/')),
        'whether days differ is told once',
      );
    });
  });
});
