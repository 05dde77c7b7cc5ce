import { countHoldoutDays } from '../../../activities/monitoring/performance/holdout-days.ts';
import { type SlicedDay } from '../../../core/performance/performance-days.ts';
import { type EstimatedSlices } from '../../../core/performance/estimated-slices.ts';
import { type DeclaredSlices } from '../../../core/declaration/slices.ts';
import { psiSamplingError } from '../../../core/drift/distances/psi.ts';
import { answerAlerts } from '../../../core/alerts/rules/load-alerts.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { type PipelineInput, type PipelineRef } from '../../../core/declaration/pipeline.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { type CycleOutcome } from '../../../core/training/retraining/retraining.ts';
import { after as later, before as earlier, type Instant } from '../../../core/time/time.ts';
import { SCORE } from '../../../core/data/profiles/binning.ts';
import { emptyProfile } from '../../../core/data/profiles/profile.ts';
import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import {
  NEXT_DAY,
  SIMULATED,
  openCycle,
  openRig,
  promoteAndClose,
  takeSnapshot,
  trainVersion,
} from '../../support/steps/stages.ts';
import { serveTraffic } from '../../support/postgres/traffic.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

/** When the world changes, a day before anybody looks. */
const DRIFT = '2026-03-18T12:00:00.000Z';
const NOON = '2026-03-19T12:00:00.000Z';
const hoursAfter = (hours: number): Instant => later(NOON, `${hours} hours`);

describe('the steps of monitoring @slow', () => {
  let rig: Rig;
  afterEach(() => rig?.close());
  const check = async (asOf: Instant) => {
    const checked = await rig.run('checkDrift', { pipeline: rig.ref, asOf });
    assert.ok(checked !== 'stale');
    return checked;
  };
  const ask = (verdict: string) => rig.run('askForRetraining', { pipeline: rig.ref, verdict });
  const stored = (id: string): Promise<Verdict> => rig.ports.verdicts.get('fraud', id);

  it('give no verdict while no version serves', async () => {
    rig = await openRig('snapshot');
    assert.equal(await check(NOON), null);
  });

  it('compare traffic with all rows of the time in which the champion was judged, where only some get a label', async () => {
    rig = await openRig('source');
    const { whenAbsent: _none, ...label } = rig.pipeline.label;
    // Only what was bought without a card in hand is ever looked at.
    await runSql(
      rig.url,
      `delete from chargebacks;
       insert into chargebacks (transaction_id, is_fraud, observed_at)
       select transaction_id, amount > 80, occurred_at from transactions where is_online`,
    );
    for (const falseAlarms of ['off', '1 a year'] as const) {
      const drift = { ...rig.pipeline.drift, falseAlarms };
      const ref = await rig.apply({ label, drift } as Partial<PipelineInput>);
      if (falseAlarms === 'off') {
        await takeSnapshot(rig, AS_OF, ref);
        const { id } = await openCycle(rig);
        await promoteAndClose(rig, id, (await trainVersion(rig, id)).version);
        await serveTraffic(rig, earlier(AS_OF, '24 hours'), AS_OF);
      }
      const checked = await rig.run('checkDrift', { pipeline: ref, asOf: AS_OF });
      assert.ok(checked && checked !== 'stale');
      const verdict = await stored(checked.id);
      assert.deepEqual([verdict.level, verdict.share, verdict.score?.drifted], ['stable', 0, false]);
      assert.match(verdict.estimated!.withheld!, /is_online/, 'nothing tells how well it does where no label comes');
    }
  });

  describe('while a champion serves', () => {
    beforeEach(async () => void (rig = await openRig('next-day')));

    it('find ordinary traffic stable', async () => {
      await serveTraffic(rig, DRIFT, NOON);
      const checked = (await check(NOON))!;
      assert.deepEqual([checked.level, checked.drifted, checked.abstained], ['stable', [], null]);
      assert.equal((await stored(checked.id)).since, null);
    });

    it('find severe drift in traffic that changed, name the columns, and report it', async () => {
      const served = await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT });
      const checked = (await check(NOON))!;
      assert.equal(checked.level, 'severe', JSON.stringify(checked));
      assert.ok(checked.drifted.length >= 2 && checked.share >= 0.2);
      assert.equal(checked.rows, served.length);
      const report = await rig.run('writeReport', { pipeline: rig.ref, verdict: checked.id });
      const page = new TextDecoder().decode(await rig.ports.store.get(report!));
      for (const column of checked.drifted) assert.ok(page.includes(column), column);
      assert.match(page, /Columns by time/);
      const verdict = await stored(checked.id);
      assert.equal(verdict.reportKey, report);

      assert.ok(verdict.joint!.low > 0.55, JSON.stringify(verdict.joint));
      assert.match(page, /Rows as a whole/);
      const later = await stored((await check(hoursAfter(1)))!.id);
      assert.deepEqual(later.joint, verdict.joint, 'rows are compared once a day');

      const explained = verdict.columns.flatMap(({ column, explained: told }) =>
        told?.found ? [{ column, ...told }] : [],
      );
      for (const column of checked.drifted)
        assert.ok(
          explained.some((told) => told.column === column),
          column,
        );
      const shares = explained.reduce((sum, { score }) => sum + (score?.share ?? 0), 0);
      assert.ok(Math.abs(shares - 1) < 1e-9, `the shares of the score's change add up to ${shares}`);
      assert.ok(explained.every(({ movers }) => movers.length > 0));
      const logged = new Map(served.map((one) => [one.id, one]));
      for (const column of checked.drifted) {
        const { rows = [] } = explained.find((told) => told.column === column)!;
        assert.equal(rows.length, 3, column);
        for (const { id, value, entity } of rows)
          assert.deepEqual([value, entity], [logged.get(id!)!.row[column], undefined], 'whose card is sensitive');
        assert.ok(page.includes(rows[0]!.id!), 'the report names it');
      }
    });

    it('know the stable days still after a check with too few rows to compare', async () => {
      await serveTraffic(rig, DRIFT, hoursAfter(26));
      const { joint: first } = await stored((await check(NOON))!.id);
      const { sampleRows } = rig.ports.log;
      rig.ports.log.sampleRows = async (...asked) => (await sampleRows(...asked)).slice(0, 20);
      const few = await stored((await check(hoursAfter(25)))!.id);
      assert.deepEqual([few.abstained, few.joint], [null, undefined], 'what was compared a day ago is not told');
      rig.ports.log.sampleRows = sampleRows;
      const { joint } = await stored((await check(hoursAfter(26)))!.id);
      assert.equal(joint!.asOf, hoursAfter(26));
      assert.deepEqual(
        joint!.stable!.map(({ auc }) => auc),
        [first!.auc],
      );
    });

    it('count what batches predicted when labels have come, each row once, also of days that were counted before', async () => {
      const label = { ...rig.pipeline.label, maturesAfter: '1 hour' };
      const pipeline = await rig.apply({ label, slices: { online: { is_online: true } } } as Partial<PipelineInput>);
      const verdictAt = async (asOf: Instant): Promise<Verdict> =>
        stored(((await rig.run('checkDrift', { pipeline, asOf })) as { id: string }).id);
      assert.deepEqual((await verdictAt(NEXT_DAY)).performance, []);

      const snapshot = (await rig.ports.snapshots.latest('fraud', AS_OF))!.id;
      const { id, missing } = (await rig.run('openBatch', { pipeline, asOf: AS_OF, snapshot }))!;
      for (const { extraction } of missing) await rig.run('scorePart', { pipeline: 'fraud', batch: id, extraction });
      const { log, batches } = rig.ports;
      const within = { from: '2026-03-16T00:00:00.000Z', to: '2026-03-18T00:00:00.000Z' };
      const answered = async () => (await log.answered('fraud', within)).reduce((sum, { rows: each }) => sum + each, 0);
      assert.equal(await answered(), 0, 'it is not published yet');
      const { rows } = await rig.run('publishBatch', { pipeline: 'fraud', batch: id });
      assert.equal(await answered(), rows);
      const newest = await log.newestBatches('fraud', within);
      assert.deepEqual([...newest.keys()], [within.from, '2026-03-17T00:00:00.000Z']);

      const [found] = (await verdictAt(later(NEXT_DAY, '1 hour'))).performance;
      assert.deepEqual([found!.version, found!.answered, found!.metrics.rows], [1, rows, rows]);
      const online = await runSql(
        rig.url,
        `select count(*)::int as n from transactions join perennial.batch_predictions on key = transaction_id where is_online`,
      );
      assert.equal(found!.slices![0]!.metrics.rows, online.rows[0]!['n']);

      const asked = await serveTraffic(rig, '2026-03-16T10:00:00.000Z', '2026-03-16T20:00:00.000Z', { perDay: SIMULATED.perDay }); // prettier-ignore
      assert.ok(asked.length > 0);
      const again = await batches.open({ ...(await batches.get('fraud', id)), id: 'again', asOf: NEXT_DAY });
      async function* same() {
        yield await batches.predictions(id, { after: null, limit: rows });
      }
      await batches.recordPart('again', { ...(await batches.parts(id))[0]!, rows }, same());
      await batches.publish('fraud', again.id, []);
      assert.equal(await answered(), rows, 'rows that were asked for, too, or were scored before');
      assert.deepEqual(
        await log.newestBatches('fraud', within),
        newest,
        'a batch that adds no rows opens no day again',
      );
      await runSql(
        rig.url,
        `update perennial.model_versions set evidence = jsonb_set(evidence, '{splits,to}', '"2026-03-17T00:00:00Z"')`,
      );
      assert.ok(
        (await answered()) - asked.length < rows / 10,
        'what a version may have learnt from says nothing of it',
      );
      assert.equal((await log.newestBatches('fraud', within)).has(within.from), false);
    });

    it('estimate whole days in batches, and slices of them, where hardly a request came', async () => {
      const gates = { ...rig.pipeline.gates, minPositives: 1 };
      const pipeline = await rig.apply({ gates, slices: { online: { is_online: true } } });
      const whole = { from: '2026-03-16T00:00:00.000Z', to: '2026-03-17T00:00:00.000Z' };
      const { batches, snapshots } = rig.ports;
      const { id: snapshot } = (await snapshots.latest('fraud', AS_OF))!;
      const batch = { id: 'whole', pipeline: 'fraud', revision: pipeline.revision, asOf: AS_OF, version: 1, snapshot };
      await batches.open({ ...batch, window: whole });
      await batches.publish('fraud', 'whole', []);
      const { id } = (await rig.run('checkDrift', { pipeline, asOf: NEXT_DAY })) as { id: string };
      const { of, from, to, slices } = (await stored(id)).estimatedSlices!;
      assert.deepEqual([of, from, to], ['batches', whole.from, whole.to]);
      const said = (await rig.ports.performance.estimates('fraud', whole))[0]!;
      const { value = 0, low = 1, high = 0 } = said.metrics[gates.metric] ?? {};
      assert.ok(said.batched && low < value && value < high, JSON.stringify(said));
      const online = await runSql(
        rig.url,
        `select count(*)::int as n from transactions
         where is_online and occurred_at >= '${whole.from}' and occurred_at < '${whole.to}'`,
      );
      assert.equal(slices[0]!.rows, online.rows[0]!['n']);
      assert.equal(typeof slices[0]!.estimate, 'object', JSON.stringify(slices));
    });

    it('add up what several replicas served', async () => {
      const one = await serveTraffic(rig, DRIFT, NOON, { replica: 'one' });
      const two = await serveTraffic(rig, DRIFT, NOON, { replica: 'two', perDay: 600 });
      assert.equal((await check(NOON))!.rows, one.length + two.length);
    });

    it('compare with the rows that the declaration asks for, and with the holdout where it cannot have them', async () => {
      await serveTraffic(rig, DRIFT, hoursAfter(4));
      const rowsBetween = async (from: Instant, to: Instant): Promise<number> =>
        Number((await runSql(rig.url, `select count(*) from transactions where occurred_at >= '${from}' and occurred_at < '${to}'`)).rows[0]!['count']); // prettier-ignore
      const compareWith = async (reference: NonNullable<PipelineInput['drift']>['reference'], asOf: Instant) => {
        const pipeline = await rig.apply({ drift: { ...rig.pipeline.drift, reference } });
        const checked = await rig.run('checkDrift', { pipeline, asOf });
        assert.ok(checked && checked !== 'stale');
        const verdict = await stored(checked.id);
        assert.ok(verdict.score && verdict.joint, 'scores, and rows as a whole');
        const { asOf: jointly } = verdict.joint;
        return { pipeline, verdict, used: verdict.reference!, rows: verdict.rows.reference, jointly };
      };
      const days = await compareWith({ last: '5 days' }, NOON);
      const [from, to] = ['2026-03-13T00:00:00.000Z', '2026-03-18T00:00:00.000Z'];
      assert.deepEqual(days.used, { kind: 'last', asked: '5 days', from, to });
      assert.deepEqual([days.verdict.level, days.rows], ['stable', await rowsBetween(from, to)]);

      const labelled = await compareWith({ labelled: 700 }, hoursAfter(1));
      assert.deepEqual(
        [labelled.rows, labelled.jointly],
        [700, hoursAfter(1)],
        'rows of another reference are compared anew',
      );
      assert.ok(labelled.used.to < '2026-03-11T01:00:00.000Z', 'labels mature in a week');

      const { latest } = rig.ports.snapshots;
      rig.ports.snapshots.latest = async (...asked) => ({ ...(await latest(...asked))!, id: 'newer' });
      const again = await compareWith({ labelled: 700 }, hoursAfter(2));
      assert.deepEqual([again.used, again.jointly], [labelled.used, labelled.jointly], 'within a day');
      rig.ports.snapshots.latest = latest;

      const untagged = await compareWith({ snapshot: 'spring' }, hoursAfter(3));
      assert.match(untagged.used.kind === 'holdout' ? untagged.used.instead! : '', /no snapshot has the tag "spring"/);
      const { id } = (await rig.ports.snapshots.latest('fraud', NOON))!;
      await rig.ports.snapshots.tag({ pipeline: 'fraud', snapshot: id, tag: 'spring', by: 'ada' });
      const tagged = await compareWith({ snapshot: 'spring' }, hoursAfter(4));
      assert.equal(tagged.rows, (await rig.ports.snapshots.get(id)).rows);
      const kept = await runSql(rig.url, 'select version from perennial.reference_days');
      assert.equal(kept.rows.length, 2, 'what was told of references before is removed');

      // Its counts are deleted meanwhile, so they are made again.
      const report = await rig.run('writeReport', { pipeline: days.pipeline, verdict: days.verdict.id });
      const page = new TextDecoder().decode(await rig.ports.store.get(report!));
      assert.match(page, /Last 5 days/);
    });

    it('estimate what labels will say of the traffic, and compare it with them once they come', async () => {
      const day = '2026-03-19T00:00:00.000Z';
      const served = await serveTraffic(rig, earlier(day, '1 day'), day, { perDay: 1_500 });
      // A check whose window is another one says something of the whole day, once.
      const whole = await stored((await check(day))!.id);
      await check(later(day, '5 hours'));
      const slices = { small: { amount: { to: 40 } }, large: { amount: { from: 40 } }, none: { amount: { to: -1 } } };
      const sliced = {
        pipeline: await rig.apply({ slices, gates: { ...rig.pipeline.gates, minPositives: 1 } }),
        asOf: later(day, '6 hours'),
      };
      const bySlice = async (): Promise<EstimatedSlices> =>
        (await stored(((await rig.run('checkDrift', sliced)) as { id: string }).id)).estimatedSlices!;
      const told = await bySlice();
      const one = (name: string) => told.slices.find((slice) => slice.name === name)!;
      assert.deepEqual([one('small').rows + one('large').rows, one('none').rows], [served.length, 0]);
      assert.deepEqual(
        [told.to, told.metric, typeof one('large').estimate],
        [day, 'averagePrecision', 'object'],
        JSON.stringify(one('large').estimate),
      );
      assert.match(JSON.stringify(one('none').estimate), /fewer than 50 rows/);
      const { scored } = rig.ports.log;
      rig.ports.log.scored = () => assert.fail('the rows of a day are read once');
      sliced.asOf = later(day, '7 hours');
      assert.deepEqual(await bySlice(), told);
      rig.ports.log.scored = scored;
      await runSql(rig.url, 'delete from perennial.served_counts');
      await check(later(day, '8 hours'));
      const { metrics, withheld } = whole.estimated!;
      const { value, low, high } = metrics.averagePrecision!;
      assert.ok(withheld === null && low <= value && value <= high && low < high, JSON.stringify(metrics));
      const fraud = served.toSorted((a, b) => b.score - a.score).slice(0, 20);
      const keys = fraud.map(({ key }) => `'${key}'`).join();
      await runSql(
        rig.url,
        `insert into perennial.labels (pipeline, key, value, observed_at, known_at)
         select 'fraud', key, 1, '${day}', '${day}' from unnest(array[${keys}]) key`,
      );
      // Labels mature in a week.
      const asOf = later(day, '9 days');
      const latest = (await rig.ports.snapshots.latest('fraud', day))!;
      rig.ports.snapshots.latest = () => Promise.resolve({ ...latest, asOf });
      const { foretold, performance } = await stored((await check(asOf))!.id);
      assert.deepEqual([performance[0]!.metrics.rows, performance[0]!.metrics.positives], [served.length, 20]);
      assert.equal(foretold!.days, 1);
      assert.ok(Math.abs(foretold!.error - Math.abs(value - performance[0]!.metrics.averagePrecision!)) < 1e-9);

      // What was counted of the holdout is counted again when other slices are declared.
      const [pipeline, version] = [await rig.ports.pipelines.declaration(rig.ref), await rig.ports.modelVersions.get('fraud', 1)]; // prettier-ignore
      const counted = (slices: DeclaredSlices): Promise<SlicedDay[]> =>
        new MockActivityEnvironment().run(() => countHoldoutDays(rig.ports, { ...pipeline, slices }, version));
      for (const amount of [20, 90]) {
        const days = await counted({ small: { amount: { to: amount } }, large: { amount: { from: amount } } });
        const rowsOf = (name: string): number[] => days.map(({ slices }) => slices?.[name]?.rows ?? 0);
        assert.deepEqual(rowsOf('small').map((rows, i) => rows + rowsOf('large')[i]!), days.map(({ tally }) => tally.rows)); // prettier-ignore
        assert.ok(rowsOf('small').some((rows) => rows > 0) && rowsOf('large').some((rows) => rows > 0));
      }
    });

    it('abstain with too few rows, and say how many there should be', async () => {
      await serveTraffic(rig, earlier(NOON, '1 hour'), NOON);
      const checked = (await check(NOON))!;
      assert.equal(checked.level, 'stable');
      assert.match(checked.abstained!, /a check needs 200 \(drift\.minRows\)/);
    });

    it('tell that predictions stopped, by what the same hours had before', async () => {
      const [start, stop] = [earlier(NOON, '2 days'), earlier(NOON, '1 day')];
      const served = await serveTraffic(rig, start, stop);
      await runSql(
        rig.url,
        `insert into perennial.served_hours select 'fraud', hour, 50 from generate_series(
           timestamptz '${start}' - interval '54 days', timestamptz '${start}' - interval '2 hours', interval '1 hour') hour`,
      );
      const server = { replica: 'one', pipeline: 'fraud' };
      const slow = {
        minutes: 5,
        requests: 500,
        newest: 500,
        errors: 0,
        newestErrors: 0,
        refused: 0,
        newestRefused: 0,
        refusals: [],
        p95Ms: 312,
      };
      const [latency] = answerAlerts(server, slow, { p95Ms: 200, errors: 0.05, staleTrainings: 3 }, stop);
      const { fingerprint } = await rig.ports.alerts.raise(latency!, '6 hours');
      await rig.ports.alerts.resolve(fingerprint, { at: NOON, by: 'the watchdog', reason: 'it is over' });
      const checked = (await check(NOON))!;
      const { volume, abstained, stale, answers } = await stored(checked.id);
      const says = 'server one answers slowly, 5 % of requests take over 312 ms';
      assert.deepEqual(answers, [{ kind: 'latency', says, from: stop, to: NOON }]);
      assert.deepEqual(stale, { asOf: '2026-03-18T02:00:00.000Z', due: '2026-03-19T02:00:00.000Z' });
      assert.match(abstained!, /The window has 0 rows/);
      const found = volume!.predictions!.unusual!;
      assert.deepEqual([found.direction, found.since, found.rows, found.usual], ['fewer', stop, 0, 1_200]);
      const [alert] = await rig.ports.alerts.list({ pipeline: 'fraud', limit: 9 });
      assert.deepEqual([alert!.kind, alert!.severity], ['volume', 'critical']);

      const { rows } = await runSql(
        rig.url,
        `select rows::int from perennial.served_hours where hour = timestamptz '${start}' - interval '1 hour'`,
      );
      assert.deepEqual(rows, [{ rows: 0 }], 'what is settled is counted once');
      const within = { from: start, to: stop };
      const hours = await rig.ports.log.rowsByHour('fraud', within);
      assert.equal(
        hours.reduce((sum, each) => sum + each, 0),
        served.length,
      );
      assert.equal(await rig.ports.log.lateness('fraud', within), 0);
    });

    it('hold served rows against the same rows of the source', async () => {
      const [from, to] = ['2026-03-17T02:00:00.000Z', '2026-03-18T01:00:00.000Z'];
      await serveTraffic(rig, from, to, { perDay: SIMULATED.perDay });
      await runSql(rig.url, `update perennial.predictions set row = row || '{"account_age_days": 7}'`);
      const { skew } = await stored((await check(later('2026-03-18T02:00:00.000Z', '1 hour')))!.id);
      assert.ok(skew!.rows > 100, JSON.stringify(skew));
      assert.deepEqual(
        skew!.unequal.map(({ column }) => column),
        ['account_age_days'],
      );
    });

    it('look further back where a day has too few rows', async () => {
      const served = await serveTraffic(rig, earlier(NOON, '4 days'), NOON, { perDay: 100 });
      const { id, abstained } = (await check(NOON))!;
      const { window, rows } = await stored(id);
      assert.equal(abstained, null);
      assert.ok(rows.current >= 200 && rows.current <= served.length, `${rows.current} rows`);
      assert.ok(window.from < DRIFT && window.to === NOON, window.from);
    });

    it('store the verdict of a moment once, whatever has been served since', async () => {
      await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT });
      const first = (await check(NOON))!;
      await serveTraffic(rig, DRIFT, NOON, { replica: 'late', perDay: 5_000 });
      assert.deepEqual(await check(NOON), first);
      assert.equal((await rig.ports.verdicts.list('fraud', 10)).length, 1);
    });

    it('count rows of a card as alike also where the share of drifted columns judges, as the alarm knows it', async () => {
      await serveTraffic(rig, DRIFT, NOON);
      const errors: number[] = [];
      for (const falseAlarms of ['off', '1 a year'] as const) {
        const pipeline = await rig.apply({ drift: { falseAlarms } });
        const checked = await rig.run('checkDrift', { pipeline, asOf: NOON });
        assert.ok(checked !== null && checked !== 'stale');
        const { columns, rows } = await stored(checked.id);
        const flag = columns.find(({ column }) => column === 'is_online')!.distances.psi!.samplingError!;
        errors.push(flag / psiSamplingError(2, rows.reference, rows.current));
        const { rows: states } = await runSql(rig.url, 'select distinct past from perennial.alarm_states');
        assert.equal(states.length, 1, 'learnt once');
        await runSql(rig.url, 'delete from perennial.verdicts');
      }
      assert.ok(errors[0]! > 1.1 && Math.abs(errors[0]! - errors[1]!) < 1e-5, errors.join(', '));
    });

    it('remember when drift began, until the traffic is stable again', async () => {
      await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT });
      const since = async (asOf: Instant): Promise<Instant | null> => (await stored((await check(asOf))!.id)).since;
      assert.equal(await since(NOON), NOON);
      assert.equal(await since(hoursAfter(1)), NOON);
      assert.equal(await since(hoursAfter(2)), NOON);
      await runSql(rig.url, 'delete from perennial.served_counts');
      await serveTraffic(rig, DRIFT, NOON);
      assert.equal(await since(hoursAfter(3)), null);
    });

    it('skip moments with too few rows when they look for the beginning of drift', async () => {
      await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT });
      await check(NOON);
      await rig.ports.verdicts.record({ ...aQuietVerdict, asOf: hoursAfter(1) });
      assert.equal((await stored((await check(hoursAfter(2)))!.id)).since, NOON);
    });

    it('count the reference again after the pipeline is re-binned', async () => {
      const { binnings, profiles } = rig.ports;
      const before = (await binnings.current('fraud'))!;
      const amounts = { kind: 'number', edges: [10, 20, 50, 100, 200] } as const;
      const after = await binnings.record('fraud', { ...before.columns, amount: { ...amounts, edges: [...amounts.edges] } }); // prettier-ignore
      const [old] = [await profiles.find('fraud', 'version/1', before.id)];
      await serveTraffic(rig, DRIFT, NOON);
      const checked = (await check(NOON))!;
      assert.equal(checked.level, 'stable');
      assert.equal((await stored(checked.id)).binning, after.id);
      const counted = await profiles.find('fraud', 'version/1', after.id);
      assert.equal(counted!.rows, old!.rows);
      assert.equal(counted!.columns['amount']!.counts.length, 6);
    });

    it('compare the traffic with the new champion once it serves, in the columns that it learnt', async () => {
      const amount = { ...rig.pipeline.columns['amount']!, feature: false };
      await rig.apply({ columns: { ...rig.pipeline.columns, amount } as PipelineInput['columns'] });
      const { id } = await openCycle(rig, { asOf: NEXT_DAY });
      await promoteAndClose(rig, id, (await trainVersion(rig, id)).version);
      await serveTraffic(rig, DRIFT, NOON, { version: 2 });
      const checked = (await check(NOON))!;
      assert.equal(checked.version, 2);
      const compared = (await stored(checked.id)).columns.map(({ column }) => column);
      assert.ok(
        compared.includes('device') && !compared.includes('amount'),
        'it is a feature again, but no request has it',
      );
    });

    describe('with a declaration that says nothing of drift', () => {
      let promising: PipelineRef;
      beforeEach(async () => void (promising = await rig.apply({ drift: {} })));
      const verdictAt = async (asOf: Instant): Promise<Verdict> => {
        const checked = await rig.run('checkDrift', { pipeline: promising, asOf });
        assert.ok(checked !== null && checked !== 'stale');
        return stored(checked.id);
      };

      it('find ordinary traffic stable, hour after hour, and count what the champion learnt from once', async () => {
        await serveTraffic(rig, DRIFT, later(NOON, '4 hours'));
        const asked: string[] = [];
        const { alarmStates } = rig.ports;
        const { find } = alarmStates;
        alarmStates.find = (pipeline, past, to) => {
          asked.push(past);
          return find(pipeline, past, to);
        };
        for (const hours of [0, 1, 3]) {
          const { alarm, level, farthest } = await verdictAt(hoursAfter(hours));
          assert.equal(farthest!['amount']!.since, NOON, 'how far it lay is known since the first check');
          assert.deepEqual([alarm?.rate, alarm?.raised, level], ['1 a year', [], 'stable']);
          assert.ok(alarm!.finds!.some(({ of, least }) => of === 'number' && least !== null && least < 1));
        }
        const pasts = async () =>
          (await runSql(rig.url, 'select distinct past from perennial.alarm_states')).rows.map(({ past }) => past);
        const [ofEarlierRelease, own] = asked;
        assert.deepEqual(await pasts(), [own], 'an earlier release would take spreads around means for others');
        await runSql(rig.url, `update perennial.alarm_states set past = '${ofEarlierRelease}'`);
        await verdictAt(hoursAfter(4));
        assert.deepEqual(await pasts(), [ofEarlierRelease], 'what an earlier release learnt is used to its end');
      });

      it('find traffic that changed severe, with the columns behind the alarm and since when', async () => {
        await serveTraffic(rig, earlier(DRIFT, '2 days'), DRIFT);
        await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT, replica: 'after' });
        const { id, alarm, level } = await verdictAt(NOON);
        assert.equal(level, 'severe');
        const { since } = alarm!.raised.find(({ column }) => column === 'distance_from_home')!;
        assert.ok(Math.abs(Date.parse(since) - Date.parse(DRIFT)) <= 3 * 3_600_000, since);
        const [alert] = (await runSql(rig.url, "select detail from perennial.alerts where kind = 'drift'")).rows;
        assert.match(
          alert.detail,
          /these are unusual for this pipeline, which by chance happens at most once a year:[^]*\n  distance_from_home .* since .*, alarm raised at /,
        );
        assert.equal(await ask(id), `drift/${id}`);
      });
    });

    describe('once the champion has served for three weeks', () => {
      const [served, moved] = [later(AS_OF, '28 days'), later(AS_OF, '27 days')];
      beforeEach(async () => {
        await serveTraffic(rig, AS_OF, served, { perDay: 300 });
        const { log } = rig.ports;
        const { servedByHour } = log;
        // Its scores move while its inputs stay, and another version's are others all along.
        log.servedByHour = async function* (pipeline, binning, within) {
          const high = { ...emptyProfile(binning).columns[SCORE]! };
          for await (const piece of servedByHour(pipeline, binning, within)) {
            const counts = high.counts.map((_, bin) => (bin === high.counts.length - 1 ? piece.profile.rows : 0));
            const columns = { ...piece.profile.columns, [SCORE]: { ...high, counts } };
            yield piece.hour < moved ? piece : { ...piece, profile: { ...piece.profile, columns } };
            yield {
              ...piece,
              version: 2,
              profile: { ...emptyProfile(binning), columns: { [SCORE]: columns[SCORE]! } },
            };
          }
        };
      });
      const verdictWith = async (weights: Record<string, number>): Promise<Verdict> => {
        const pipeline = await rig.apply({ drift: { weights } });
        const checked = await rig.run('checkDrift', { pipeline, asOf: served });
        assert.ok(checked !== null && checked !== 'stale');
        return stored(checked.id);
      };

      it('find that its scores moved while no column did', async () => {
        const { level, alarm } = await verdictWith({});
        assert.deepEqual([...new Set(alarm!.raised.map(({ column }) => column))], [SCORE]);
        assert.equal(level, 'drifting', 'the scores of the window are as they were');
        assert.ok(alarm!.finds!.some(({ column }) => column === SCORE));
        const [alert] = (await runSql(rig.url, "select summary from perennial.alerts where kind = 'drift'")).rows;
        assert.equal(alert.summary, 'fraud: drift in the score');
      });

      it('do not ask the score where its weight is 0', async () => {
        const { level, alarm } = await verdictWith({ [SCORE]: 0 });
        assert.deepEqual([level, alarm!.raised], ['stable', []]);
      });
    });

    describe('after a second version took over', () => {
      const before = earlier(NEXT_DAY, '1 hour');
      beforeEach(async () => {
        await serveTraffic(rig, earlier(before, '1 day'), before);
        const { id } = await openCycle(rig, { asOf: NEXT_DAY });
        await promoteAndClose(rig, id, (await trainVersion(rig, id)).version);
      });

      it('judge a past window by the version that served it, and say so in the report', async () => {
        const checked = (await check(before))!;
        assert.equal(checked.version, 1);
        const report = await rig.run('writeReport', { pipeline: rig.ref, verdict: checked.id });
        assert.match(new TextDecoder().decode(await rig.ports.store.get(report!)), /\bv1\b/);
      });

      it('judge the window of the takeover by the version that served at its end', async () => {
        assert.equal((await check(NEXT_DAY))!.version, 2);
      });

      it('judge a window before the first champion by the first champion', async () => {
        assert.equal((await check(earlier(AS_OF, '1 hour')))!.version, 1);
      });
    });

    describe('in severe drift', () => {
      const close = async (cycle: string, result: CycleOutcome['result']): Promise<void> =>
        rig.ports.ledger.closeCycle(cycle, { result, version: null, reason: 'the test', endedAt: NOON });
      const severe = async (asOf: Instant): Promise<string> => (await check(asOf))!.id;
      const driftCycle = async (): Promise<string> => {
        const [request] = await rig.ports.ledger.openRequests('fraud');
        const cycle = { id: 'fraud-drift', pipeline: 'fraud', reason: 'drift', asOf: hoursAfter(1) } as const;
        await rig.ports.ledger.openCycle({ ...cycle, driftSince: NOON, requests: [request!.id] });
        return cycle.id;
      };
      beforeEach(async () => void (await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT })));

      it('ask for a new model once, and not again while the request waits', async () => {
        const first = await severe(NOON);
        assert.equal(await ask(first), `drift/${first}`);
        const second = await severe(hoursAfter(1));
        assert.equal(await ask(second), null);
        const led = await Promise.all([first, second].map(async (id) => (await stored(id)).leadsTo));
        assert.deepEqual(led, [{ drift: 'asks' }, { drift: 'asked' }]);
        const [request, ...others] = await rig.ports.ledger.openRequests('fraud');
        assert.equal(others.length, 0);
        assert.deepEqual([request!.reason, request!.driftSince, request!.asOf], ['drift', NOON, NOON]);
        assert.match(request!.detail, /severe drift in .*, /);
        assert.equal(rig.heard.asked.length, 1);
      });

      it('repeat the request word for word when the answer was lost', async () => {
        const first = await severe(NOON);
        await ask(first);
        assert.equal(await ask(first), `drift/${first}`);
        assert.equal((await rig.ports.ledger.openRequests('fraud')).length, 1);
        assert.equal(rig.heard.asked.length, 2);
      });

      it('ask an hour later when the run that saw the drift first died before it could ask', async () => {
        await severe(NOON);
        const second = await severe(hoursAfter(1));
        assert.equal(await ask(second), `drift/${second}`);
        assert.equal((await rig.ports.ledger.openRequests('fraud'))[0]!.driftSince, NOON);
      });

      it('ask for nothing while the training after the drift is running', async () => {
        await ask(await severe(NOON));
        await driftCycle();
        const meanwhile = await severe(hoursAfter(2));
        assert.equal(await ask(meanwhile), null);
        assert.deepEqual((await stored(meanwhile)).leadsTo, { drift: 'trains' });
      });

      it('ask once while drift comes and goes, and again for one that came too late for the training', async () => {
        const first = await severe(NOON);
        const as = async (level: Verdict['level'], hours: number, since = hours): Promise<string> => {
          const [id, asOf] = [`${level}-${hours}`, hoursAfter(hours)];
          const at = level === 'stable' ? null : hoursAfter(since);
          await rig.ports.verdicts.record({ ...(await stored(first)), id, asOf, level, since: at });
          return id;
        };
        assert.equal(await ask(first), `drift/${first}`);
        for (const hours of [24, 96]) {
          assert.equal(await ask(await as('stable', hours)), null);
          assert.equal(await ask(await as('severe', hours + 24)), null, 'one waits');
        }
        const [request, ...others] = await rig.ports.ledger.openRequests('fraud');
        assert.equal(others.length, 0);

        const learnt = { id: 'fraud-drift', pipeline: 'fraud', reason: 'drift', asOf: hoursAfter(13 * 24) } as const;
        await rig.ports.ledger.openCycle({ ...learnt, driftSince: request!.driftSince, requests: [request!.id] });
        const late = await as('severe', 14 * 24, 5 * 24);
        assert.equal(await ask(late), `drift/${late}`, 'no label after this drift was mature by then');
      });

      it('ask again after that training did not help', async () => {
        await ask(await severe(NOON));
        await close(await driftCycle(), 'refused');
        const next = await severe(hoursAfter(2));
        assert.equal(await ask(next), `drift/${next}`);
        assert.equal(await ask(next), `drift/${next}`, 'again when the answer was lost');
        assert.equal(await ask(await severe(hoursAfter(3))), null, 'and then not while it waits');
      });

      it('ask again after that training did not help, even if a scheduled one came after it', async () => {
        await ask(await severe(NOON));
        await close(await driftCycle(), 'refused');
        await rig.ports.ledger.openCycle({
          id: 'fraud-weekly',
          pipeline: 'fraud',
          reason: 'schedule',
          asOf: hoursAfter(2),
          driftSince: null,
          requests: [],
        });
        await close('fraud-weekly', 'refused');
        const next = await severe(hoursAfter(3));
        assert.equal(await ask(next), `drift/${next}`);
      });

      it('do not ask for a moment before the newest check, as a backfill looks at', async () => {
        await check(hoursAfter(30));
        assert.equal(await ask(await severe(NOON)), null);
        assert.deepEqual(await rig.ports.ledger.openRequests('fraud'), []);
      });

      it('signal the loop about a stored request, even when a newer check exists by then', async () => {
        const first = await severe(NOON);
        await ask(first);
        await check(hoursAfter(1));
        assert.equal(await ask(first), `drift/${first}`);
        assert.equal(rig.heard.asked.length, 2);
      });

      it('do not ask again after it helped', async () => {
        await ask(await severe(NOON));
        await close(await driftCycle(), 'promoted');
        const later = await severe(hoursAfter(2));
        assert.equal(await ask(later), null);
        assert.deepEqual((await stored(later)).leadsTo, { drift: 'trained' });

        // Rows that stay away from a tagged snapshot are now more, now less far.
        const spring = { kind: 'snapshot', tag: 'spring', snapshot: 's1', from: AS_OF, to: AS_OF } as const;
        const away = { ...(await stored(later)), reference: spring };
        await rig.ports.verdicts.record({ ...away, id: 'less', asOf: hoursAfter(3), level: 'drifting' });
        await rig.ports.verdicts.record({ ...away, id: 'more', asOf: hoursAfter(4) });
        assert.equal(await ask('more'), null);
      });
    });

    describe('with labels that show a fall', () => {
      const shift = { estimate: 0.4, low: 0.3, high: 0.5, live: 0.4, holdout: 0, bearable: 0.01 };
      const fallen = (): Verdict => ({
        ...aQuietVerdict,
        id: 'fallen',
        asOf: NOON,
        abstained: null,
        concept: {
          kind: 'binary',
          decayed: true,
          from: DRIFT,
          to: NOON,
          days: 5,
          rows: 600,
          loss: { live: 0.6, promised: 0.2, holdout: 0.2 },
          excess: shift,
          bias: shift,
          since: DRIFT,
        },
      });
      const record = (verdict: Verdict) => rig.ports.verdicts.record(verdict);

      it('ask for a new model once, saying what fell and since when', async () => {
        await record(fallen());
        assert.equal(await ask('fallen'), 'decay/fallen');
        const [request, ...others] = await rig.ports.ledger.openRequests('fraud');
        assert.equal(others.length, 0);
        assert.deepEqual([request!.reason, request!.driftSince], ['decay', DRIFT]);
        assert.match(request!.detail, /^the performance fell: on 600 labelled rows of 5 days the log loss is 0\.6/);
        await record({ ...fallen(), id: 'later', asOf: hoursAfter(1) });
        assert.equal(await ask('later'), null);
      });

      it('ask for none while a column is not filled as declared, and then do', async () => {
        const amount = { column: 'amount', kind: 'number', distances: {}, mean: null, drifted: true, votes: true, weight: 1 } as const; // prettier-ignore
        const empty = { ...amount, nullShare: { reference: 0, current: 0.5 } };
        await record({ ...fallen(), columns: [empty] });
        assert.equal(await ask('fallen'), null);
        await record({ ...fallen(), id: 'later', asOf: hoursAfter(1) });
        assert.equal(await ask('later'), 'decay/later');
      });

      it('ask for nothing more where severe drift has asked already', async () => {
        await serveTraffic(rig, DRIFT, NOON, { driftSince: DRIFT });
        await ask((await check(NOON))!.id);
        await record({ ...fallen(), id: 'later', asOf: hoursAfter(1) });
        assert.equal(await ask('later'), null);
      });
    });

    it('count labels as they come, and read no day again whose labels have come', async () => {
      const known = earlier(AS_OF, '1 hour');
      const day = `${earlier(known, '9 days').slice(0, 10)}T00:00:00.000Z`;
      await serveTraffic(rig, day, later(day, '1 day'), { perDay: 300 });
      const first = (await stored((await check(AS_OF))!.id)).performance[0]!;
      assert.ok(first.metrics.rows >= 250);
      await runSql(rig.url, 'delete from perennial.predictions');
      const again = (await stored((await check(later(AS_OF, '1 hour')))!.id)).performance;
      assert.deepEqual(again, [first], 'from the counts of that day');
    });

    it('judge live predictions only by mature labels', async () => {
      // Predictions of two days; labels are known up to the watermark and mature after seven days, so at AS_OF only the
      // first of them can be judged.
      const known = earlier(AS_OF, '1 hour');
      const [first, second] = [earlier(known, '8 days'), earlier(known, '7 days')];
      const mature = await serveTraffic(rig, first, second, { perDay: 600 });
      await serveTraffic(rig, second, AS_OF, { perDay: 600, replica: 'younger' });
      const [performance, ...others] = (await stored((await check(AS_OF))!.id)).performance;
      assert.equal(others.length, 0);
      const { rows } = await runSql(rig.url, `select key from perennial.labels where observed_at <= '${AS_OF}'`);
      const fraud = new Set(rows.map((row: { key: string }) => row.key));
      const labels = mature.map(({ key }) => (fraud.has(key) ? 1 : 0));
      assert.ok(labels.includes(1));
      const { metrics, answered } = performance!;
      assert.deepEqual([metrics.rows, answered], [mature.length, mature.length]);
      const exact = metricsOf('binary', mature.map(({ score }) => score), labels); // prettier-ignore
      for (const name of ['logLoss', 'brier', 'rocAuc', 'averagePrecision'] as const)
        assert.ok(Math.abs(metrics[name]! - exact[name]!) < 0.02, `${name}: ${metrics[name]} for ${exact[name]}`);
    });
  });
});

const aQuietVerdict: Verdict = {
  id: 'quiet',
  pipeline: 'fraud',
  asOf: NOON,
  window: { from: DRIFT, to: NOON },
  version: 1,
  binning: '',
  level: 'stable',
  since: null,
  share: 0,
  rows: { reference: 600, current: 3 },
  abstained: 'The window has 3 rows.',
  columns: [],
  score: null,
  performance: [],
  reportKey: null,
};
