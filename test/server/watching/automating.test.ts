import { createAutomationLedger } from '../../../adapters/postgres/automations.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createSnapshots } from '../../../adapters/postgres/data/snapshots.ts';
import { createVerdicts } from '../../../adapters/postgres/alerts/verdicts.ts';
import { type Actor } from '../../../core/access/actor.ts';
import { runFailedAlert, failingLoops } from '../../../core/alerts/alert-words.ts';
import { rolloutFailedAlert } from '../../../core/alerts/rules/rollout-alerts.ts';
import { eventInWords } from '../../../core/automations/events/index.ts';
import { type Plan } from '../../../core/experiments/plan.ts';
import { type Automation } from '../../../core/automations/declared.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { type JudgedAlarm } from '../../../core/drift/warned.ts';
import { type Level, type Verdict } from '../../../core/drift/verdict.ts';
import { after, before, type Instant } from '../../../core/time/time.ts';
import { createAutomationOperations } from '../../../operations/automations.ts';
import { type Door } from '../../../operations/index.ts';
import { createAutomating } from '../../../server/watching/automating.ts';
import { factsIn } from '../../../wiring/facts.ts';
import { aDriftReport, aPipeline } from '../../reports/fixtures.ts';
import { ada, asAda } from '../../support/asked.ts';
import { perennial } from '../../support/fake-operations.ts';
import { aRollout, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';
import { pino } from 'pino';

const severe: Automation = { name: 'check-data', on: { event: 'verdict', level: 'severe' }, do: { action: 'run', loop: 'data' } }; // prettier-ignore
const published: Automation = { name: 'again', on: { event: 'published' }, do: { action: 'run', loop: 'data' } };

describe('declared automations', () => {
  const database = perennialDatabase();
  let now: Instant;
  let done: string[];
  let reasons: string[];
  let breaks: boolean;
  let untold: boolean;
  beforeEach(() => void ([now, done, reasons, breaks, untold] = [NOW, [], [], false, false]));

  const declare = (...automations: Automation[]) =>
    createPipelines(database()).apply(aPipeline({ name: 'fraud', ...(automations.length > 0 && { automations }) }), 'ada'); // prettier-ignore
  /** Operations that note who asked for what. */
  const door = {
    as: ({ name, from }: Actor) => ({
      run: {
        start: async (loop: string, pipeline: string, _asOf: undefined, why: string) => {
          reasons.push(why);
          if (breaks) throw new Error('Temporal does not answer');
          done.push(`${name} (${from}): run ${loop} of ${pipeline}`);
          if (loop === 'data') await publish(after(now, '1 minute')); // as the loop does
          return 'id';
        },
      },
      automations: {
        notify: async ({ summary }: { summary: string }) => {
          if (untold) throw new Error('the database does not answer');
          done.push(summary);
        },
      },
    }),
  } as unknown as Door;
  const aServer = (declaration = createPipelines(database()).declaration) =>
    createAutomating({
      ledger: createAutomationLedger(database()),
      pipelines: { ...createPipelines(database()), declaration },
      operations: door,
      clock: { now: () => new Date(now) },
      log: pino({ enabled: false }),
    });
  const check = (asOf: Instant, level: Level, alarm?: JudgedAlarm, moved = !alarm): Promise<Verdict> =>
    createVerdicts(database()).record({
      ...aDriftReport({ moved }).verdict,
      id: `check-${asOf}`,
      pipeline: 'fraud',
      asOf,
      level,
      ...(alarm && { alarm }),
    });
  async function publish(asOf: Instant): Promise<void> {
    const snapshots = createSnapshots(database());
    const snapshot = { id: `s-${asOf}`, pipeline: 'fraud', revision: 'r1', asOf };
    await snapshots.record(snapshot, []);
    await snapshots.judge(snapshot.id, { status: 'published', expectations: [] } as never);
  }
  const hours = (count: number): Instant => after(NOW, `${count} hours`);

  it('act once on an event, however often servers look, and on none from before they were declared', async () => {
    await check(NOW, 'severe');
    await aServer().round();
    await check(hours(1), 'stable');
    await aServer().round();
    await declare(severe);
    await check(hours(2), 'severe');
    await check(hours(3), 'severe');
    await Promise.all([aServer().round(), aServer().round()]);
    await aServer().round();
    assert.deepEqual(done, ['automation check-data (automation): run data of fraud']);
    assert.match(reasons.join(), /^the drift check went from stable to severe/, 'the run is told why');
  });

  it('hear of a column that the alarm raised, however little its values are off', async () => {
    const raised = [{ column: 'amount', of: 'location', direction: 'higher', since: NOW, raisedAt: NOW }] as const;
    const on = (column: string) => ({ ...severe, name: column, on: { event: 'verdict', column } }) as const;
    await declare(on('amount'), on('merchant'));
    await check(NOW, 'drifting', { rate: '1 a year', raised: [...raised, ...raised] });
    await aServer().round();
    assert.deepEqual(done, ['automation amount (automation): run data of fraud']);
    const [event] = await createAutomationLedger(database()).latest('fraud', 2);
    assert.deepEqual((event!.facts as { drifted: string[] }).drifted, ['amount']);
  });

  it('hear of no column that is as usual, however far it lies from the holdout, while an alarm judges', async () => {
    const raised = [
      { column: 'merchant', of: 'levels', direction: 'higher', since: NOW, raisedAt: NOW },
      { column: 'country', of: 'levels', direction: 'higher', since: before(NOW, '2 hours'), raisedAt: NOW },
    ] as const;
    const on = (column: string) => ({ ...severe, name: column, on: { event: 'verdict', column } }) as const;
    await declare(on('amount'), on('merchant'));
    const told = await check(NOW, 'severe', { rate: '1 a year', raised: [...raised] }, true);
    assert.equal(told.columns.find(({ column }) => column === 'amount')!.drifted, true);
    await aServer().round();
    assert.deepEqual(done, ['automation merchant (automation): run data of fraud']);
    const [event] = await createAutomationLedger(database()).latest('fraud', 2);
    assert.deepEqual((event!.facts as { drifted: string[] }).drifted, ['country', 'merchant']);
  });

  it('hear of a column that warns where the alarm is blind', async () => {
    const on = (column: string) => ({ ...severe, name: column, on: { event: 'verdict', column } }) as const;
    await declare(on('amount'), on('merchant'));
    await check(NOW, 'drifting', { rate: '1 a year', raised: [], warned: ['merchant'] }, true);
    await aServer().round();
    assert.deepEqual(done, ['automation merchant (automation): run data of fraud']);
  });

  it('do nothing about a check of an earlier time, which a backfill makes', async () => {
    await declare(severe);
    await check(hours(2), 'stable');
    await check(NOW, 'severe');
    await aServer().round();
    assert.deepEqual(done, []);
  });

  it('never go in circles: what one of them causes does not set it off within its cooldown', async () => {
    await declare(published);
    await publish(NOW);
    for (let i = 0; i < 3; i++) await aServer().round();
    assert.equal(done.length, 1, 'the data loop that it ran published, and did not run it again');
    now = hours(2);
    await publish(hours(2));
    await aServer().round();
    assert.equal(done.length, 2);
  });

  it('are not set off by a run of theirs that takes longer than their cooldown, but by one that began later', async () => {
    await declare({ ...published, cooldown: '1 minute' });
    await publish(NOW);
    for (const later of [0, 2, 4]) {
      now = hours(later);
      await aServer().round();
    }
    assert.equal(done.length, 1, 'its data loop took two hours to publish');
    await publish(hours(3));
    await aServer().round();
    assert.equal(done.length, 2);
  });

  it('hear of an alert that opens or becomes worse, and of none that becomes better', async () => {
    const { alerts, automationLedger } = factsIn(database());
    const told = { fingerprint: 'drift/fraud', kind: 'drift', pipeline: 'fraud', summary: 'it drifts', detail: '', at: NOW } as const; // prettier-ignore
    const severities = ['warning', 'critical', 'warning', 'critical'] as const;
    for (const [i, severity] of severities.entries())
      await alerts.raise({ ...told, severity, occasion: `check/${i}` }, '1 hour');
    await alerts.raise({ ...told, fingerprint: 'drift/b', severity: 'critical', occasion: 'b' }, '1 hour');
    await alerts.raise({ ...told, fingerprint: 'drift/b', severity: 'warning', occasion: 'c' }, '1 hour');
    const events = await automationLedger.latest('fraud', 10);
    assert.deepEqual(events.map(({ facts }) => (facts as typeof told & { severity: string }).severity), ['warning', 'critical', 'critical']); // prettier-ignore
  });

  it('tell people of each event that they are to tell of, and of failures once in a while', async () => {
    await declare({
      ...severe,
      name: 'news',
      on: { event: 'promoted' },
      do: { action: 'notify', severity: 'warning' },
    });
    const { notify } = asAda(createAutomationOperations(factsIn(database())));
    const notice = { pipeline: 'fraud', automation: 'news', severity: 'warning', detail: '' } as const;
    for (const version of [2, 3, 3, 4])
      await notify({ ...notice, occasion: `event/${version}`, each: true, summary: `v${version} became the champion` });
    for (const event of [5, 6]) await notify({ ...notice, occasion: `event/${event}`, summary: 'news failed' });
    const { rows } = await database().query<{ subject: string }>('select subject from alert_tellings order by id');
    assert.deepEqual(rows.map(({ subject }) => subject.replace(/^.*fraud: /, '')), ['v2 became the champion', 'v3 became the champion', 'v4 became the champion', 'news failed']); // prettier-ignore
  });

  it('that fail tell people why, and do not try again for the same event', async () => {
    await declare(severe);
    breaks = true;
    await check(NOW, 'severe');
    await aServer().round();
    breaks = false;
    await aServer().round();
    assert.deepEqual(done, ['the automation check-data failed']);
  });

  it('that fail while people cannot be told are told later, as lost, even if they are no longer declared', async () => {
    await declare(severe);
    breaks = untold = true;
    await check(NOW, 'severe');
    await assert.rejects(aServer().round(), /the database does not answer/);
    untold = false;
    await declare();
    await aServer().round();
    await database().query(`update events set looked_at = looked_at - interval '3 minutes'`);
    await aServer().round();
    assert.deepEqual(done, ['the automation check-data may have failed']);
  });

  it('that were under way when their server died are shown so, and end as failed, which people are told once', async () => {
    await declare(severe);
    await check(NOW, 'severe');
    const [event] = await createAutomationLedger(database()).latest('fraud', 1);
    const [since, caused] = [before(NOW, '1 hour'), { from: NOW, to: NOW }];
    // Of a server that dies after this.
    await createAutomationLedger(database()).take({ pipeline: 'fraud', automation: severe.name, event: event!.id, at: NOW, since, caused }); // prettier-ignore
    const did = async (): Promise<string> => {
      const automations = asAda(createAutomationOperations(factsIn(database())));
      return (await perennial(['automations', 'test', 'fraud'], { automations })).out;
    };
    await aServer().round();
    assert.match(await did(), / {2}under way since 2026-01-11 03:00 {2}the drift check went/);
    await database().query(`update events set looked_at = looked_at - interval '3 minutes'`);
    await Promise.all([aServer().round(), aServer().round()]);
    const told = done.splice(0);
    assert.deepEqual(new Set(told), new Set(['the automation check-data may have failed'])); // an alert once, by its occasion
    assert.match(await did(), / {2}failed: its outcome is unknown, since the server stopped or lost its database/);
    await aServer().round();
    assert.deepEqual(done, []);
  });

  it('wait for a database that does not answer, and pass over a declaration that this release cannot read', async () => {
    await declare(severe);
    await check(NOW, 'severe');
    let error: Error | null = new Error('it does not answer');
    const server = aServer(async (ref) => {
      if (error) throw error;
      return createPipelines(database()).declaration(ref);
    });
    await assert.rejects(server.round(), /it does not answer/);
    error = null;
    await server.round();
    assert.equal(done.length, 1);
    await aServer(() => Promise.reject(new UserError('PIPELINE_INVALID', 'of a newer release'))).round();
  });

  it('hear of promotions, failed trainings and alerts, but not of alerts that they raise', async () => {
    await aRollout(database(), 'c1');
    const { traffic, ledger, alerts, automationLedger } = factsIn(database());
    await traffic.promote({ pipeline: 'fraud', version: 1, expectedGeneration: 0, at: NOW, by: 'ada', reason: '' });
    await ledger.closeCycle('c1', { result: 'failed', version: null, reason: 'it broke', endedAt: NOW });
    const occurrence = { pipeline: 'fraud', severity: 'warning', summary: 'it drifts', detail: '', at: NOW } as const;
    for (const kind of ['drift', 'automation', 'data-failed'] as const)
      await alerts.raise({ ...occurrence, kind, fingerprint: `${kind}/fraud`, occasion: kind }, '1 hour');
    const kinds = (await automationLedger.latest('fraud', 10)).map(({ kind, facts }) => [kind, facts]);
    assert.deepEqual(kinds, [
      ['promoted', { version: 1, before: null, by: 'ada' }],
      ['runFailed', { loop: 'training' }],
      ['alert', { kind: 'drift', severity: 'warning', summary: 'it drifts' }],
      ['alert', { kind: 'data-failed', severity: 'warning', summary: 'it drifts' }],
      ['runFailed', { loop: 'data' }],
    ]);
  });

  it('hear of a run that failed in any loop', async () => {
    const { alerts, automationLedger, experiments } = factsIn(database());
    const run = { workflowId: 'w', failed: true, reason: 'away', code: null } as const;
    for (const loop of failingLoops)
      await alerts.raise(runFailedAlert('fraud', { ...run, runId: loop, loop }, NOW), '1 hour');
    const rollout = { rollout: 'fraud-v1-g0-1', pipeline: 'fraud', version: 1, reason: 'it broke', at: NOW };
    await alerts.raise(rolloutFailedAlert(rollout), '1 hour');
    const plan = { arms: [], goal: { name: 'label' } } as unknown as Plan;
    const { id } = await experiments.ask({ pipeline: database.ref(), plan, reason: '', askedAt: NOW }, ada);
    await experiments.end(id, {
      result: 'failed',
      winner: null,
      reason: 'it broke',
      endedAt: NOW,
      alpha: 0.05,
      arms: [],
    });
    const failed = (await automationLedger.latest('fraud', 20)).filter(({ kind }) => kind === 'runFailed');
    assert.deepEqual(
      failed.map((event) => eventInWords(event)).toSorted(),
      ['an experiment failed', 'an experiment failed', 'a rollout failed', ...['data', 'lifecycle', 'monitoring', 'prediction', 'retraining'].map((loop) => `a run of the ${loop} loop failed`)].toSorted(), // prettier-ignore
    );
  });

  it('are tried by a command on the last events, which changes nothing', async () => {
    const automations = asAda(createAutomationOperations(factsIn(database())));
    await assert.rejects(automations.test('fraud', 10), {
      code: 'REQUEST_INVALID',
      message: /declares no automations/,
    });
    await declare(severe);
    await check(NOW, 'severe');
    const { out } = await perennial(['automations', 'test', 'fraud'], { automations });
    assert.match(out, /2026-01-11 03:00 {2}check-data {2}run the data loop {2}nothing {2}the drift check went from stable to severe/); // prettier-ignore
    assert.deepEqual(done, []);
    await check(after(NOW, '10 minutes'), 'stable');
    await check(after(NOW, '20 minutes'), 'severe');
    await check(after(NOW, '30 minutes'), 'stable');
    await check(after(NOW, '70 minutes'), 'severe');
    const { tried } = await automations.test('fraud', 10);
    assert.deepEqual(tried.map(({ cools }) => cools), [false, true, false]); // prettier-ignore
    const { out: again } = await perennial(['automations', 'test', 'fraud'], { automations });
    assert.match(again, /2026-01-11 03:20 {2}check-data {2}nothing: it cools down {2}nothing {2}/);
    await aServer().round();
    assert.equal((await automations.test('fraud', 10)).tried[0]!.did?.says, 'started id');
  });
});
