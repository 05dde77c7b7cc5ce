import { createApprovals } from '../../adapters/postgres/rollout/approvals.ts';
import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { createOutbox } from '../../adapters/postgres/alerts/outbox.ts';
import { hidingGatesInMessages } from '../../adapters/postgres/alerts/quoted-gates.ts';
import { createCrowd } from '../../adapters/postgres/crowd.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createRetrainingLedger } from '../../adapters/postgres/training/retraining-ledger.ts';
import { createSnapshots as createSnapshotTable } from '../../adapters/postgres/data/snapshots.ts';
import { createRolloutProgress } from '../../adapters/postgres/rollout/progress.ts';
import { createRollouts } from '../../adapters/postgres/rollout/rollouts.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { createTrainingRuns } from '../../adapters/postgres/training/training-runs.ts';
import { createVerdicts } from '../../adapters/postgres/alerts/verdicts.ts';
import { metricSparkline } from '../../console/pages/quality-and-drift.ts';
import { versionPage } from '../../console/pages/version.ts';
import { approvalAlert } from '../../core/alerts/rules/rollout-alerts.ts';
import { quotesShown } from '../../core/declaration/redaction/said-by-gates.ts';
import { measuredBy } from '../../core/training/versions/measured-by.ts';
import { nothingNewInWords } from '../../core/training/retraining/nothing-new.ts';
import { createAlertOperations } from '../../operations/alerts.ts';
import { createApply } from '../../operations/apply.ts';
import { createApprovalOperations } from '../../operations/approvals.ts';
import { createExplain } from '../../operations/explain.ts';
import { createModels } from '../../operations/models.ts';
import { createOverview } from '../../operations/overview.ts';
import { createRetrain } from '../../operations/retrain.ts';
import { createRolloutOperations } from '../../operations/rollouts.ts';
import { createSnapshots } from '../../operations/snapshots.ts';
import { createStatus } from '../../operations/status.ts';
import { aDriftReport, aModelVersion, aPipeline, brokenLimit } from '../reports/fixtures.ts';
import { factsIn } from '../../wiring/facts.ts';
import { asAda } from '../support/asked.ts';
import { aTrainingRun, aVersion, NOW, perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('a declaration that a newer release stored', () => {
  const database = perennialDatabase();
  /** Everything about its pipeline as a release shows it that begins now. */
  const operations = (desk = { decide: async (): Promise<unknown> => undefined }) => {
    const ports = {
      pipelines: createPipelines(database()),
      traffic: createTrafficTable(database()),
      crowd: createCrowd(database()),
      approvals: createApprovals(database()),
      alerts: factsIn(database()).alerts,
      alertsTold: factsIn(database()).alertsTold,
      reaches: factsIn(database()).reaches,
      trainingRuns: createTrainingRuns(database()),
      modelVersions: createModelVersions(database()),
      snapshots: createSnapshotTable(database()),
      verdicts: createVerdicts(database()),
      ledger: createRetrainingLedger(database()),
      clock: { now: () => new Date('2026-01-12T00:00:00.000Z') },
      schedules: { put: async () => undefined, list: async () => [] },
      loop: { ensure: async () => undefined },
    };
    return asAda({
      models: createModels(ports as never),
      snapshots: createSnapshots(ports),
      overview: createOverview(ports),
      status: createStatus(ports),
      retraining: createRetrain(ports as never),
      alerts: createAlertOperations(ports as never),
      approvals: createApprovalOperations({
        ...ports,
        desk,
        rollouts: createRollouts(database()),
      } as never),
      explain: createExplain(factsIn(database())),
      rollouts: createRolloutOperations({
        ...ports,
        rollouts: createRollouts(database()),
        progress: createRolloutProgress(database()),
      } as never),
      apply: createApply(ports as never),
    });
  };
  /** All of it: versions were trained by earlier revisions, or by this one. */
  const makeUnreadable = () =>
    database().query(`update revisions set declaration = jsonb_set(declaration, '{columns,amount,kind}', '"tensor"')`);
  const SECRET = 'a-secret-level';
  beforeEach(async () => {
    const gate = {
      passed: true,
      outcome: 'passed',
      reason: `better. By slices, ROC AUC falls on country ${SECRET} by 0.1.`,
    } as const;
    const toAll = { estimate: -0.1, chance: 0.01 };
    const slice = {
      column: 'country',
      name: SECRET,
      rows: 90,
      positives: 9,
      value: 0.5,
      low: 0.4,
      high: 0.6,
      toAll,
      toChampion: null,
    };
    const slices = { by: 'rocAuc', looked: 1, small: 0, stride: 1, list: [slice] } as const;
    const evaluation = { ...aModelVersion().evaluation, slices: { ...slices, list: [slice] } };
    await database().query(
      `insert into snapshots (id, pipeline, revision, as_of, status, expectations) values ('s1', 'fraud', $1, now(), 'published', $2)`,
      [database.ref().revision, JSON.stringify([brokenLimit])],
    );
    const run = await aTrainingRun(database(), 'run-1');
    await createModelVersions(database()).register({ ...run, gate, evaluation }, 'ada'); // prettier-ignore
    await aVersion(database(), 'run-2');
    await createVerdicts(database()).record({ ...aDriftReport({}).verdict, pipeline: 'fraud', version: 1 });
    await makeUnreadable();
  });

  it('hides no version, snapshot or check of its pipeline, and shows no value that may be sensitive', async () => {
    const { models, snapshots, overview, status } = operations();
    const listed = await models.list('fraud');
    assert.deepEqual(listed.map(({ version }) => version), [2, 1]); // prettier-ignore
    const compared = await models.compare('fraud', [1, 2]);
    assert.deepEqual(compared.versions.map(({ version }) => version), [1, 2]); // prettier-ignore
    const taken = await snapshots.list('fraud');
    assert.deepEqual(taken.map(({ id, expectations }) => [id, expectations[0]!.allowed]), [['s1', 'what is declared']]); // prettier-ignore
    const of = await overview.of('fraud');
    assert.deepEqual([of.declaration, of.versions.length, of.verdicts.length], [null, 2, 1]);
    const details = await overview.version('fraud', 1);
    assert.deepEqual([details.declaration, details.version.version], [null, 1]);
    const one = await status.of('fraud');
    assert.ok(!JSON.stringify([listed, compared, of, details, one]).includes(SECRET));
    assert.ok(JSON.stringify(await createModelVersions(database()).list('fraud')).includes(SECRET));
  });

  it('is shown by what this release knows where its metric is none of that', async () => {
    await database().query(
      `update revisions set declaration = jsonb_set(declaration, '{gates,metric}', '"precisionAtK"')`,
    );
    const [glance] = await operations().overview.glance([database.ref()]);
    assert.deepEqual([glance!.metric, glance!.pipeline.name], [null, 'fraud']);
    assert.equal(metricSparkline(glance!).markup, '');
    const { version, ...details } = await operations().overview.version('fraud', 1);
    const difference = { ...aModelVersion().evaluation.difference!, metric: 'precisionAtK' as never };
    const measured = { ...version, evaluation: { ...version.evaluation, difference } };
    assert.equal(measuredBy(measured, null).gates.metric, 'averagePrecision');
    const context = {
      operations: { overview: { version: async () => ({ ...details, version: measured }) } },
      reader: { read: (_: string, ask: () => unknown) => ask() },
    };
    const { sections } = await versionPage(context as never, { name: 'fraud', version: 'v1' });
    const page = sections.map(({ content }) => content.markup).join('');
    assert.match(page, /Metrics on the holdout/);
    assert.doesNotMatch(page, /Against the champion/);
  });

  it('hides what its gate said also where it was copied, and likewise once a column is sensitive', async () => {
    const { candidate, objectKey, sha256, evaluation, gate, revision } = await createModelVersions(database()).get(
      'fraud',
      1,
    );
    const endWith = (outcome: object) =>
      database().query(`update cycles set outcome = $1 where id = 'run-1'`, [
        JSON.stringify({ result: 'refused', reason: gate.reason, endedAt: NOW, ...outcome }),
      ]);
    await endWith({ version: 1 });
    await createTrainingRuns(database()).recordWinner('run-1', { candidate, objectKey, sha256, evaluation, gate });
    const asked = { reason: gate.reason, askedBy: 'training run run-1', askedAt: NOW, ownRun: true };
    await createRollouts(database()).ask({
      ...asked,
      cycle: 'run-1',
      pipeline: 'fraud',
      revision,
      version: 1,
      generation: 0,
    });
    const { overview, status, explain, rollouts, apply } = operations();
    const told = async (): Promise<string[]> => {
      const [of, one] = [await overview.of('fraud'), await status.of('fraud')];
      const [line] = await rollouts.list('fraud');
      const { cycle, moments } = await explain.cycle('fraud', 'run-1');
      const reasonsOf = (cycles: (typeof cycle)[]) => cycles.find((each) => each!.id === 'run-1')!.outcome!.reason;
      assert.ok(!JSON.stringify(moments).includes(SECRET));
      return [reasonsOf(of.cycles), reasonsOf(one.cycles), reasonsOf([cycle]), line!.reason, line!.outcome!.reason];
    };
    const shown = gate.reason.replace(SECRET, 'group 1 of 1');
    assert.deepEqual(await told(), Array(5).fill(shown));
    await endWith({ version: null });
    assert.deepEqual((await told()).slice(0, 2), ['', '']);

    const reason = nothingNewInWords('fraud', {
      cycle: 'c0',
      version: 1,
      outcome: { result: 'refused', reason: gate.reason },
    } as never);
    await endWith({ result: 'nothing new', version: null, reason });
    const [again] = await told();
    assert.match(again!, /are those of cycle c0, which ended as refused\. To train anyway: perennial/);

    await endWith({ version: 1 });
    const country = { ...aPipeline().columns['country']!, sensitive: true };
    const today = aPipeline({ name: 'fraud', columns: { ...aPipeline().columns, country } } as never);
    await apply([{ input: today, file: 'fraud.ts' }]);
    assert.deepEqual(await told(), Array(5).fill(shown));
  });

  it('shows of a rollout what is known without its steps', async () => {
    const { revision } = database.ref();
    await database().query(`update cycles set outcome = null where id = 'run-2'`);
    const asked = { reason: 'better', askedBy: 'training run run-2', askedAt: NOW, ownRun: true };
    const of = { cycle: 'run-2', pipeline: 'fraud', revision, version: 2, generation: 0 };
    const { id } = await createRollouts(database()).ask({ ...asked, ...of });
    const shown = await operations().rollouts.show({ pipeline: 'fraud' });
    assert.deepEqual([shown.id, shown.version, shown.steps, shown.outcome, shown.looks], [id, 2, null, null, []]);
  });

  it('hides it also from who approves, waits for the training, or reads alerts', async () => {
    const { gate, revision } = await createModelVersions(database()).get('fraud', 1);
    const ledger = createRetrainingLedger(database());
    const request = { id: 'person/1', pipeline: 'fraud', reason: 'person', asOf: NOW, detail: '', driftSince: null } as const;
    await ledger.recordRequest(request);
    await database().query(`update requests set cycle = 'run-1'`);
    await database().query(`update cycles set outcome = null where id = 'run-1'`);
    const asked = { reason: gate.reason, askedBy: 'training run run-1', askedAt: NOW, ownRun: true };
    const of = { cycle: 'run-1', pipeline: 'fraud', revision, version: 1, generation: 0 };
    await createRollouts(database()).ask({ ...asked, ...of });
    const until = '2026-01-14T00:00:00.000Z';
    const approval = await createApprovals(database()).ask({ rollout: 'run-1', askedAt: NOW, until });
    const detail = approvalAlert(approval).detail;
    await factsIn(database()).alerts.raise(approvalAlert(approval), '6 hours');
    await database().query(`update alerts set detail = $1`, [detail]);

    const outcome = { result: 'promoted', version: 1, reason: `approved by ada: good (${gate.reason})`, endedAt: NOW } as const;
    const { approvals, status, retraining, alerts } = operations({ decide: () => ledger.closeCycle('run-1', outcome) });
    const shown = gate.reason.replace(SECRET, 'group 1 of 1');
    assert.deepEqual((await approvals.list()).map(({ reason }) => reason), [shown]); // prettier-ignore
    assert.equal((await status.lines())[0]!.approval!.reason, shown);
    const [alert] = await alerts.list();
    assert.ok(alert!.detail.includes(shown), alert!.detail);
    assert.equal((await alerts.show(alert!.id)).detail, alert!.detail);
    const decided = await approvals.decide({ pipeline: 'fraud', approve: true, reason: 'good' });
    assert.deepEqual([decided.approval.reason, decided.outcome!.reason], [shown, `approved by ada: good (${shown})`]);
    assert.equal((await retraining.cycleOf(request))!.outcome!.reason, `approved by ada: good (${shown})`);
    assert.equal((await alerts.resolve(alert!.id)).detail, alert!.detail);
  }); // prettier-ignore

  it('hides it from messages about alerts that were stored with it', async () => {
    const { gate } = await createModelVersions(database()).get('fraud', 1);
    const alert = { fingerprint: 'rollout-held/fraud', pipeline: 'fraud', kind: 'rollout-held', severity: 'warning' } as const;
    const words = { summary: 'fraud: v1 is held', detail: `It stays: ${gate.reason}`, occasion: 'v1', at: NOW };
    const alerts = createAlerts(database()); // as an earlier release, which hid nothing
    const { id } = await alerts.raise({ ...alert, ...words }, '6 hours');
    await alerts.acknowledge(id, NOW, 'ada');
    const known = { pipelines: createPipelines(database()), crowd: createCrowd(database()) };
    const outbox = hidingGatesInMessages(createOutbox(database()), known);
    await database().query('update alerts set acknowledged_at = null');
    await outbox.address(async () => ({ targets: [{ channel: 'webhook', target: 'HOOK' }] }), NOW);
    const sent = [];
    for (let [one] = await outbox.take(9); one; [one] = await outbox.take(9)) {
      await outbox.delivered(one.id);
      sent.push(one);
    }
    assert.deepEqual(sent.map(({ telling }) => telling), ['opened', 'acknowledged']);
    const shown = gate.reason.replace(SECRET, 'group 1 of 1');
    for (const { facts, text } of sent) {
      assert.equal(facts!.detail, `It stays: ${shown}`);
      assert.ok(text.includes(shown), text);
    }
  }); // prettier-ignore

  it('shows no half of a name where a long text was cut', async () => {
    const judged = await createModelVersions(database()).get('fraud', 1);
    const cut = 'It is better. By slices, ROC AUC falls on country a-sec ... (3000 letters) ... evel by 0.1. See its card.';
    const shown = quotesShown(cut, [judged], null);
    assert.equal(shown, 'It is better.  ... (3000 letters) ... . See its card.');
  }); // prettier-ignore

  it('is listed without what a champion was judged by', async () => {
    const change = { pipeline: 'fraud', version: 1, expectedGeneration: 0, at: NOW, by: 'ada', reason: '' };
    await createTrafficTable(database()).promote(change);
    const { asOf } = await createModelVersions(database()).get('fraud', 1);
    assert.deepEqual((await operations().status.lines())[0]!.champion, { version: 1, asOf });
    assert.ok(!JSON.stringify(await operations().overview.glance([database.ref()])).includes(SECRET));
  });

  it('can be replaced by one that this release knows, unless its stored labels would change their meaning', async () => {
    const apply = (input: object) => operations().apply([{ input, file: 'fraud.ts' }]);
    const {
      label: { whenAbsent: _, ...label },
      expectations: __,
      ...declared
    } = aPipeline({ name: 'fraud' });
    const classes = { ...label, kind: 'class', classes: ['no', 'perhaps', 'yes'] };
    const ofClasses = { ...declared, label: classes, gates: { metric: 'logLoss', margin: 0.01 } };
    await assert.rejects(apply(ofClasses), /was binary and cannot become class/);
    const storeKind = (kind: string) =>
      database().query(`update revisions set declaration = jsonb_set(declaration, '{label,kind}', $1)`, [JSON.stringify(kind)]); // prettier-ignore
    await storeKind('ranking');
    await assert.rejects(apply(aPipeline({ name: 'fraud' })), /label\.kind was one that this release does not know/);
    await storeKind('binary');
    await apply(aPipeline({ name: 'fraud', description: 'as before' }));
    assert.equal((await operations().overview.of('fraud')).declaration!.description, 'as before');
  });
});
