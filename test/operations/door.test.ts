import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { createReaches } from '../../adapters/postgres/alerts/reach.ts';
import { createTestMessages } from '../../adapters/postgres/alerts/test-messages.ts';
import { createAlertsTold } from '../../adapters/postgres/alerts/sent.ts';
import { createApiKeys } from '../../adapters/postgres/access/keys.ts';
import { createApprovals } from '../../adapters/postgres/rollout/approvals.ts';
import { createAudit } from '../../adapters/postgres/audit.ts';
import { createProfiles } from '../../adapters/postgres/data/profiles.ts';
import { createPredictionLog } from '../../adapters/postgres/predictions/prediction-log.ts';
import { createBinnings } from '../../adapters/postgres/data/binnings.ts';
import { createLoggedRows } from '../../adapters/postgres/predictions/logged-rows.ts';
import { createBatches } from '../../adapters/postgres/predictions/batches.ts';
import { createCrowd } from '../../adapters/postgres/crowd.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createAutomationLedger } from '../../adapters/postgres/automations.ts';
import { createStories } from '../../adapters/postgres/training/stories.ts';
import { createRetrainingLedger } from '../../adapters/postgres/training/retraining-ledger.ts';
import { createRolloutProgress } from '../../adapters/postgres/rollout/progress.ts';
import { createExperiments } from '../../adapters/postgres/experiments/experiments.ts';
import { createRollouts } from '../../adapters/postgres/rollout/rollouts.ts';
import { createSharedClock } from '../../adapters/postgres/shared-clock.ts';
import { createSnapshots } from '../../adapters/postgres/data/snapshots.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { createTrainingRuns } from '../../adapters/postgres/training/training-runs.ts';
import { createTrials } from '../../adapters/postgres/training/trials.ts';
import { createVersionNames } from '../../adapters/postgres/training/version-names.ts';
import { createVerdicts } from '../../adapters/postgres/alerts/verdicts.ts';
import { type Actor } from '../../core/access/actor.ts';
import { type Run } from '../../core/runs/runs.ts';
import { type ScheduleState } from '../../core/runs/schedules.ts';
import { acts, createDoor, type OperationTree } from '../../operations/door.ts';
import { createOperations, type Operations } from '../../operations/index.ts';
import { aPipeline } from '../reports/fixtures.ts';
import { aRollout, aVersion, NOW, perennialDatabase } from '../support/postgres/perennial-database.ts';
import { sha256 } from '../../core/base/sha256.ts';
import { models } from '../core/exports/models.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const LATER = '2027-01-01T00:00:00.000Z';
const grace: Actor = { name: 'grace', from: 'console', role: 'admin' };
const visitor: Actor = { ...grace, name: 'eve', role: 'viewer' };
const why = { pipeline: 'fraud', reason: 'she knows why' };
const aRun: Run = {
  workflowId: 'fraud/data/1',
  runId: 'r1',
  pipeline: 'fraud',
  loop: 'data',
  status: 'running',
  startedAt: NOW,
  closedAt: null,
  asOf: NOW,
  cycle: null,
  version: null,
};
const aSchedule: ScheduleState = {
  loop: 'data',
  cron: '0 2 * * *',
  zone: 'UTC',
  pausedBy: null,
  note: null,
  next: null,
  last: null,
  running: [],
};

const aModel = JSON.stringify(models.constant['of a class']);
const golden = JSON.parse(readFileSync(new URL('../golden/brought/models.json', import.meta.url), 'utf8')) as {
  logistic: { onnx: string };
};
const anOnnxFile = Buffer.from(golden.logistic.onnx, 'base64');

const aSnapshot = `insert into snapshots (id, pipeline, revision, as_of, status) values ('s9', 'fraud', 'r1', '${NOW}', 'published')`;

interface Case {
  /** What has to be before, in SQL. */
  given?: string;
  ask(operations: Operations): Promise<unknown>;
  /** What the audit says of it, of fraud unless null. */
  action: string;
  pipeline?: null;
  /** Who may, if not an operator. */
  title?: 'administrator';
}

/** Everything that an actor may change. Whatever is added to operations is missed here. */
const changes: Record<string, Case> = {
  apply: {
    ask: ({ apply }) => apply([{ input: { ...aPipeline({ name: 'fraud' }), description: 'new' }, file: 'fraud.ts' }]),
    action: 'apply',
  },
  'run.start': { ask: ({ run }) => run.start('data', 'fraud'), action: 'run' },
  'care.start': { ask: ({ care }) => care.start({ dryRun: false }), action: 'care', pipeline: null },
  'runs.cancel': { ask: ({ runs }) => runs.cancel('fraud/data/1'), action: 'cancel' },
  'schedules.pause': { ask: ({ schedules }) => schedules.pause(why), action: 'pause' },
  'schedules.resume': { ask: ({ schedules }) => schedules.resume(why), action: 'resume' },
  'schedules.backfill': {
    ask: ({ schedules }) => schedules.backfill({ pipeline: 'fraud', loop: 'data', from: NOW, to: NOW }),
    action: 'backfill',
  },
  'retraining.ask': { ask: ({ retraining }) => retraining.ask(why), action: 'retrain' },
  'models.promote': { ask: ({ models }) => models.promote({ ...why, version: 1 }), action: 'promote' },
  'models.rollBack': { ask: ({ models }) => models.rollBack(why), action: 'promote' },
  'models.export': {
    given: `update model_versions set sha256 = '${sha256(aModel)}' where version = 1`,
    ask: ({ models }) => models.export({ pipeline: 'fraud', version: 1, format: 'json' }),
    action: 'export',
  },
  'models.tryLogged': {
    given: `update model_versions set sha256 = '${sha256(aModel)}' where version = 1;
      insert into predictions (id, pipeline, version, key, time, row, score, decision, served_at)
      values ('01890a5d-ac96-774b-bcce-b302099a8057', 'fraud', 1, 'k', now(), '{"amount": 1}', 0.5, true, now())`,
    ask: ({ models }) =>
      models.tryLogged({ pipeline: 'fraud', versions: [1], prediction: '01890a5d-ac96-774b-bcce-b302099a8057' }),
    action: 'try prediction',
  },
  'models.bring': {
    ask: ({ models }) =>
      models.bring({
        ...why,
        file: 'their.onnx',
        bytes: anOnnxFile,
        named: ['amount', 'card_age_days', 'hour', 'online'],
      }),
    action: 'bring',
  },
  'models.alias': {
    ask: ({ models }) => models.alias({ pipeline: 'fraud', version: 1, alias: 'best' }),
    action: 'alias',
  },
  'models.unalias': {
    given: `insert into model_aliases values ('fraud', 'best', 1)`,
    ask: ({ models }) => models.unalias({ pipeline: 'fraud', version: 1, alias: 'best' }),
    action: 'unalias',
  },
  'snapshots.tag': {
    given: aSnapshot,
    ask: ({ snapshots }) => snapshots.tag({ pipeline: 'fraud', snapshot: 's9', tag: 'spring' }),
    action: 'tag',
  },
  'snapshots.untag': {
    given: `${aSnapshot}; insert into snapshot_tags values ('fraud', 'spring', 's9')`,
    ask: ({ snapshots }) => snapshots.untag({ pipeline: 'fraud', snapshot: 's9', tag: 'spring' }),
    action: 'untag',
  },
  'models.describe': {
    ask: ({ models }) => models.describe({ pipeline: 'fraud', version: 1, note: 'looked at' }),
    action: 'describe',
  },
  'rollouts.start': {
    given: `update cycles set outcome = '{}' where id = 'run-2'`, // for one rollout waits for the other
    ask: ({ rollouts }) => rollouts.start({ ...why, version: 1 }),
    action: 'roll out',
  },
  'rollouts.order': {
    given: `update rollouts set step = 0, step_since = now() where id = 'run-2'`,
    ask: ({ rollouts }) => rollouts.order({ ...why, order: 'hold' }),
    action: 'hold rollout',
  },
  'experiments.start': {
    ask: ({ experiments }) => experiments.start({ ...why, versions: [1, 2], metric: 'label', better: 'lower' }),
    action: 'start experiment',
  },
  'experiments.stop': {
    given: `insert into experiments (id, pipeline, number, revision, plan, reason, asked_by, asked_at, outcome)
      select 'fraud-e1', name, 1, revision, '{}', '', 'ada', now(), null from pipelines where name = 'fraud'`,
    ask: ({ experiments }) => experiments.stop(why),
    action: 'stop experiment',
  },
  'approvals.decide': { ask: ({ approvals }) => approvals.decide({ ...why, approve: true }), action: 'approve' },
  'alerts.resolve': {
    ask: async ({ alerts }) => alerts.resolve((await alerts.list())[0]!.id),
    action: 'resolve alert',
    pipeline: null,
  },
  'alerts.acknowledge': {
    ask: async ({ alerts }) => alerts.acknowledge((await alerts.list())[0]!.id),
    action: 'acknowledge alert',
    pipeline: null,
  },
  'alerts.silence': {
    ask: async ({ alerts }) => alerts.silence((await alerts.list())[0]!.id, LATER),
    action: 'silence alert',
    pipeline: null,
  },
  'alerts.unsilence': {
    given: `update alerts set silenced_until = '2999-01-01'`,
    ask: async ({ alerts }) => alerts.unsilence((await alerts.list())[0]!.id),
    action: 'unsilence alert',
    pipeline: null,
  },
  'alerts.test': {
    // A server that delivers at once.
    given: `insert into alert_reach (server, reach)
      values ('s1', '{"mail":true,"always":[{"channel":"email","target":"ada@example.com"}],"lacks":[]}');
      alter table alert_deliveries alter column delivered_at set default now()`,
    ask: ({ alerts }) => alerts.test('fraud'),
    action: 'test alert channels',
  },
  'automations.notify': {
    ask: ({ automations }) =>
      automations.notify({
        ...why,
        automation: 'page',
        occasion: 'event/1',
        severity: 'warning',
        summary: 'it drifts',
        detail: '',
      }),
    action: 'notify',
  },
  'keys.create': {
    ask: ({ keys }) => keys.create({ name: 'billing', scopes: ['predict'] }),
    action: 'create key',
    pipeline: null,
    title: 'administrator',
  },
  'keys.revoke': {
    given: `insert into api_keys (id, name, hash, scopes, created_by) values ('1a2b3c4d', 'billing', '', '{predict}', 'ada')`,
    ask: ({ keys }) => keys.revoke('1a2b3c4d'),
    action: 'revoke key',
    pipeline: null,
    title: 'administrator',
  },
};

describe('the one door to operations', () => {
  const database = perennialDatabase();
  /** What was done in Temporal. */
  let done: string[];

  const did = (what: string) => async (): Promise<void> => void done.push(what);
  const made =
    <T>(what: string, answer: T) =>
    async (): Promise<T> => (done.push(what), answer);
  const open = () => {
    const ledger = createRetrainingLedger(database());
    return createOperations({
      pipelines: createPipelines(database()),
      stories: createStories(database()),
      automationLedger: createAutomationLedger(database()),
      snapshots: createSnapshots(database()),
      crowd: createCrowd(database()),
      trainingRuns: createTrainingRuns(database()),
      trials: createTrials(database()),
      modelVersions: createModelVersions(database()),
      versionNames: createVersionNames(database()),
      traffic: createTrafficTable(database()),
      ledger,
      batches: createBatches(database()),
      binnings: createBinnings(database()),
      profiles: createProfiles(database()),
      log: createPredictionLog(database()),
      drawDriftReport: async () => 'a page',
      loggedRows: createLoggedRows(database()),
      verdicts: createVerdicts(database()),
      store: { get: async () => Buffer.from(aModel), put: did('put') },
      loop: { ensure: did('ensure'), ask: did('ask') },
      runs: {
        requireWorker: async () => undefined,
        start: made('start', 'fraud/data/1'),
        startCare: made('care', 'care/1'),
        find: async () => aRun,
        cancel: did('cancel'),
        state: async (workflowId) => ({ workflowId, status: 'running', steps: [] }),
        list: async () => [],
        result: async () => null,
      },
      schedules: {
        put: did('put'),
        list: async () => [aSchedule],
        pause: did('pause'),
        resume: did('resume'),
        countMoments: async () => 1,
        backfill: did('backfill'),
      },
      rollouts: createRollouts(database()),
      progress: createRolloutProgress(database()),
      rolloutRuns: { start: made('roll out', 'fraud/rollout/1') },
      experiments: createExperiments(database()),
      experimentRuns: { start: did('experiment') },
      approvals: createApprovals(database()),
      alerts: createAlerts(database()),
      alertsTold: createAlertsTold(database()),
      reaches: createReaches(database()),
      testMessages: createTestMessages(database()),
      apiKeys: createApiKeys(database()),
      desk: {
        decide: () => ledger.closeCycle('run-2', { result: 'promoted', version: 2, reason: '', endedAt: NOW }),
      },
      audit: createAudit(database()),
      clock: { now: () => new Date(NOW) },
      sharedClock: createSharedClock(database()),
    });
  };

  /** v2 serves after v1, v3 waits for a person, and the installation has an alert. */
  beforeEach(async () => {
    done = [];
    for (const run of ['run-0', 'run-1']) await aVersion(database(), run);
    await aRollout(database(), 'run-2');
    const traffic = createTrafficTable(database());
    for (const version of [1, 2])
      await traffic.promote({ ...why, version, expectedGeneration: version - 1, at: NOW, by: 'a loop' });
    await createApprovals(database()).ask({ rollout: 'run-2', askedAt: NOW, until: LATER });
    const gone = { fingerprint: 'temporal-gone', kind: 'temporal-gone', pipeline: null, severity: 'critical' } as const;
    const words = { summary: 'Temporal is gone', detail: '' };
    await createAlerts(database()).raise({ ...gone, ...words, occasion: 'now', at: NOW }, '6 hours');
    await database().query('delete from audit');
  });

  const audited = async () => (await database().query('select who, via, action, pipeline from audit order by id')).rows;
  /** Every row of every table, to see that nothing moved. */
  const everything = async () => {
    const { rows } = await database().query<{ table: string }>(
      `select table_name as table from information_schema.tables where table_schema = 'perennial' and table_type = 'BASE TABLE' order by 1`,
    );
    return Promise.all(
      rows.map(async ({ table }) => (await database().query(`select * from perennial."${table}" order by 1, 2`)).rows),
    );
  };
  /** Each operation by its name, as an actor asks it. */
  const named = (operations: object, path = ''): [string, (...given: unknown[]) => Promise<unknown>][] =>
    Object.entries(operations).flatMap(([name, part]: [string, unknown]) =>
      typeof part === 'function' ? [[path + name, part as never]] : named(part as object, `${path}${name}.`),
    );

  for (const [name, { given, ask, action, pipeline = 'fraud' }] of Object.entries(changes))
    it(`${name} leaves one row in the audit: who, from where, for which pipeline`, async () => {
      if (given) await database().query(given);
      await ask(open().as(grace));
      assert.deepEqual(await audited(), [{ who: 'grace', via: 'console', action, pipeline }]);
    });

  it('refuses each change by a viewer, without a trace', async () => {
    const before = await everything();
    for (const [name, { ask, title = 'operator' }] of Object.entries(changes))
      await assert.rejects(ask(open().as(visitor)), {
        code: 'NOT_PERMITTED',
        message: `eve is a viewer and may not ask for ${name}. Nothing was done. Ask an ${title}.`,
      });
    assert.deepEqual(await everything(), before);
    assert.deepEqual(done, []);
  });

  it('lets an operator manage no keys', async () => {
    for (const [name, { ask, title }] of Object.entries(changes))
      if (title) await assert.rejects(ask(open().as({ ...grace, role: 'operator' })), { code: 'NOT_PERMITTED' }, name);
  });

  it('lets everybody read all but the keys, which leaves no row', async () => {
    const refused: string[] = [];
    for (const [name, ask] of named(open().as(visitor)))
      await ask('fraud', 'v1').catch(({ code }: { code?: string }) => code === 'NOT_PERMITTED' && refused.push(name));
    assert.deepEqual(
      refused.filter((name) => name !== 'keys.list').sort(),
      Object.keys(changes).sort(),
      'a change that is not among the cases above',
    );
    assert.deepEqual([await audited(), done], [[], []]);
  });

  it('writes no audit row when nothing changed', async () => {
    const { models } = open().as(grace);
    await models.promote({ ...why, version: 2 });
    assert.deepEqual(await audited(), []);
  });

  it('accepts no operation that does not declare its permission', () => {
    const audit = { record: async () => undefined };
    const tree = { pause: async () => undefined };
    // @ts-expect-error: neither `reads` nor `acts`
    createDoor(tree, audit);
    // @ts-expect-error: the same, deeper
    createDoor({ schedules: tree }, audit);
    const declared: OperationTree = { schedules: { pause: acts(() => tree.pause) } };
    assert.doesNotThrow(() => createDoor(declared, audit));
  });
});
