import { actorWith, type Scope } from '../../core/access/scopes.ts';
import { createDoor } from '../../operations/door.ts';
import { createWhatIf } from '../../operations/what-if.ts';
import { whatIfPorts } from '../support/what-if.ts';
import { type ApiKey } from '../../core/access/keys.ts';
import { nothingSent, type AlertStory } from '../../core/alerts/sent.ts';
import { type Approval } from '../../core/rollout/approvals.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { comparisonOf } from '../../core/training/versions/comparison.ts';
import { redactorOf, type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { type Run, type RunState } from '../../core/runs/runs.ts';
import { type RetrainRequest } from '../../core/training/retraining/retraining.ts';
import { type ScheduleState } from '../../core/runs/schedules.ts';
import { type Story } from '../../core/story/story.ts';
import { leaderboardOf } from '../../core/search/board.ts';
import { type Curve } from '../../core/search/curve.ts';
import { type RunLine, type Trial } from '../../core/search/trials.ts';
import { aRunLine, someTrials } from './trials.ts';
import { HOUR, instant } from '../../core/time/time.ts';
import {
  type AlertLine,
  type Door,
  type ExperimentShown,
  type Operations,
  type PipelineOverview,
  type Recipient,
  type RolloutShown,
} from '../../operations/index.ts';
import { driftReport } from '../../reports/drift/drift-report.ts';
import { aComparedVersion } from '../core/training/compared.ts';
import {
  anInsight,
  aDriftReport,
  aModelCard,
  aModelVersion,
  aPipeline,
  aSnapshot,
  aSummary,
} from '../reports/fixtures.ts';

const NOW = Date.parse('2026-03-04T09:30:00.000Z');

/** What there is to see, to be changed at will, and what was asked for. */
export class Scene {
  done: { what: string; given: unknown; by: string }[] = [];
  /** How often anything was read. */
  reads = 0;
  databaseUp = true;
  temporalUp = true;
  /** Never answers. */
  hangs = false;
  alerts: AlertLine[] = [anAlert()];
  recipients: Recipient[] | null = [];
  alertStory: AlertStory = { messages: [], done: [], cause: null, explains: [], heldUntil: null };
  approvals: Approval[] = [];
  keys: ApiKey[] = [anApiKey()];
  applied = ['fraud'];
  /** Newest first. */
  rollouts: RolloutShown[] = [];
  /** Newest first. */
  experiments: ExperimentShown[] = [];
  run: RunLine = aRunLine();
  trials: Trial[] = someTrials();
  curves: Record<string, Curve> = { 'boosted-trial-001': [[1, 0.6, 0.62], [2, 0.5, 0.55]] }; // prettier-ignore
  story: Story = {
    pipeline: 'fraud',
    cycle: null,
    askedBy: 'drift',
    drift: 'over',
    waiting: [],
    moments: [
      { at: '2026-03-02T21:00:00.000Z', chapter: 'alarm', says: 'severe, 40 % of the columns moved: <b>amount</b>' },
      { at: null, chapter: 'gate', says: 'mlp passed: better by 0.04' },
      { at: '2026-03-04T09:00:00.000Z', chapter: 'after', says: 'the drift is over' },
    ],
  };
  loss = 0.12;
  readonly pipeline = aPipeline();
  /** What versions are tried on. */
  readonly whatIf = whatIfPorts(this.pipeline);
  /** What the reader may do, where an operation looks. */
  scopes: readonly Scope[] = ['read', 'operate'];
  readonly drift = aDriftReport({ pipeline: this.pipeline });
  runs: Run[] = [
    aRun(),
    aRun({ loop: 'monitoring', status: 'failed', workflowId: 'fraud/monitoring/2026-03-04T09:00Z' }),
  ];
  overview: PipelineOverview = {
    pipeline: { name: 'fraud', revision: 'r1' },
    declaration: redactorOf(this.pipeline).pipeline(),
    now: instant(NOW),
    traffic: {
      pipeline: 'fraud',
      generation: 2,
      champion: 4,
      arms: [{ version: 4, share: 1 }],
      shadow: null,
      previous: 3,
    },
    champion: aModelVersion(),
    versions: [aModelVersion(), aModelVersion({ version: 3, stage: 'archived', trainingRun: 'run-3' })],
    verdicts: checks(this.drift.verdict),
    cycles: [
      {
        ...aModelCard().cycle!,
        outcome: { result: 'promoted', version: 4, reason: 'it was better', endedAt: '2026-03-01T03:10:00.000Z' },
      },
    ],
    requests: [],
    snapshots: [aSnapshot(this.pipeline, aSummary(true))],
    predictions: 12_480,
  };

  door(): Door {
    return { as: (actor) => this.operations(actor.name) };
  }

  operations(by: string): Operations {
    const read =
      <T>(up: () => boolean, answer: () => T) =>
      async (): Promise<T> => {
        this.reads++;
        if (this.hangs) await new Promise(() => undefined);
        if (up()) return answer();
        throw new Error('connect ECONNREFUSED');
      };
    const stored = <T>(answer: () => T) => read(() => this.databaseUp, answer);
    const temporal = <T>(answer: () => T) => read(() => this.temporalUp, answer);
    const known =
      <T>(answer: () => Promise<T>) =>
      async (name: string | undefined): Promise<T> => {
        if (name === undefined || name === 'fraud') return answer();
        throw new UserError('PIPELINE_UNKNOWN', `No pipeline "${name}" is applied. These are applied: fraud.`);
      };
    const act =
      <T>(what: string, answer: T) =>
      async (...given: unknown[]): Promise<T> => {
        this.done.push({ what, given: given.length === 1 ? given[0] : given, by });
        return answer;
      };
    return {
      overview: {
        now: async () => instant(NOW),
        list: stored(() => this.applied.map((name) => ({ name, revision: 'r1' }))),
        glance: stored(() => {
          const { declaration, verdicts, cycles, champion, pipeline, predictions } = structuredClone(this.overview);
          return [
            {
              pipeline,
              metric: declaration?.gates.metric ?? null,
              champion,
              checks: verdicts,
              cycle: cycles[0] ?? null,
              predictions,
            },
          ];
        }),
        of: known(stored(() => structuredClone(this.overview))),
        version: async (name: string, version: number) => {
          if (version > 4) throw new UserError('MODEL_UNKNOWN', `${name} has no version v${version}.`);
          const { candidates } = aModelCard();
          return {
            version: aModelVersion({ version }),
            declaration: this.overview.declaration,
            traffic: this.overview.traffic,
            candidates,
            insight: redactorOf(aPipeline()).insight(anInsight()),
          };
        },
      },
      apply: unasked,
      care: { start: unasked, result: unasked },
      keys: {
        list: stored(() => this.keys),
        create: act('create key', { ...anApiKey(), secret: 'prn_1a2b3c4d_shown-once' }),
        revoke: act('revoke key', anApiKey()),
      },
      snapshots: { list: unasked, tag: unasked, untag: unasked },
      batches: { list: unasked, get: unasked, rows: unasked },
      status: { of: unasked, all: unasked, lines: unasked },
      runs: { list: known(temporal(() => this.runs)), cancel: act('cancel', aState(this.loss)) },
      run: {
        state: temporal(() => aState(this.loss)),
        start: act('run', 'fraud/data/now'),
        ready: unasked,
        result: unasked,
      },
      schedules: {
        list: known(temporal(() => [aSchedule()])),
        pause: act('pause', ['monitoring']),
        resume: act('resume', ['monitoring']),
        backfill: unasked,
      },
      alerts: {
        list: stored(() => this.alerts),
        acknowledge: act('acknowledge', anAlert({ acknowledgedBy: 'ada' })),
        resolve: act('resolve', anAlert()),
        silence: act('silence', anAlert()),
        unsilence: act('unsilence', anAlert()),
        test: unasked,
        recipients: stored(() => this.recipients),
        show: async (id) => {
          const shown = await stored(() => this.alerts.find((alert) => alert.id === id))();
          if (shown) return { ...this.alertStory, ...shown };
          throw new UserError('ALERT_UNKNOWN', `There is no alert "${id}".`);
        },
      },
      rollouts: {
        list: known(
          stored(() =>
            this.rollouts.map((rollout) => ({
              ...rollout,
              waitsUntil: this.approvals.find((asked) => asked.rollout === rollout.id)?.until ?? null,
              share: null,
            })),
          ),
        ),
        show: async ({ id }) => {
          const shown = await stored(() => this.rollouts.find((rollout) => rollout.id === id))();
          if (shown) return shown;
          throw new UserError('ROLLOUT_UNKNOWN', 'fraud has no such rollout. List them: perennial rollouts fraud');
        },
        order: async (given) => {
          const { id, version } = this.rollouts[0]!;
          const ordered = { rollout: id, version, obeyed: true, look: null, outcome: null };
          return act(given.order, ordered)(given);
        },
        start: unasked,
      },
      experiments: {
        list: known(stored(() => this.experiments)),
        show: async ({ id }) => {
          const shown = await stored(() => this.experiments.find((experiment) => experiment.id === id))();
          if (shown) return shown;
          throw new UserError('EXPERIMENT_UNKNOWN', 'fraud has no such experiment.');
        },
        start: unasked,
        stop: async (given) => act('stop', { ...this.experiments[0]!, obeyed: true })(given),
      },
      approvals: {
        list: stored(() => this.approvals),
        decide: act('decide', { approval: anApproval(), outcome: null }),
      },
      models: {
        list: stored(() => structuredClone(this.overview.versions)),
        ...createDoor(createWhatIf(this.whatIf), { record: async () => undefined }).as(
          actorWith(this.scopes, by, 'console'),
        ),
        compare: async (name: string, versions: readonly number[]) => {
          const unknown = versions.find((version) => version > 4);
          if (unknown !== undefined) throw new UserError('MODEL_UNKNOWN', `${name} has no version v${unknown}.`);
          return stored(() => comparisonOf(name, versions.map((version) => aComparedVersion({ version }))))();
        }, // prettier-ignore
        candidates: unasked,
        named: async (name: string, text: string) => {
          if (text === 'best') return 4;
          throw new UserError('MODEL_UNKNOWN', `"${text}" is not a version of ${name}.`);
        },
        alias: act('alias', { before: null }),
        unalias: act('unalias', undefined),
        describe: act('describe', {}),
        export: unasked,
        bring: unasked,
        promote: async (given) => {
          await act('promote', null)(given);
          this.overview.traffic = {
            ...this.overview.traffic!,
            generation: 3,
            champion: given.version,
            arms: [{ version: given.version, share: 1 }],
          };
          return this.overview.traffic;
        },
        rollBack: async ({ to }) => {
          if (to !== undefined) return act('rollBack', { ...this.overview.traffic!, champion: to })(to);
          throw new UserError('NOTHING_TO_ROLL_BACK_TO', 'fraud has no earlier champion: v4 is its first.');
        },
      },
      trials: {
        list: stored(() => this.trials),
        runs: known(stored(() => [this.run])),
        leaderboard: known(stored(() => leaderboardOf(this.run, this.trials))),
        curves: stored(() => this.curves),
      },
      retraining: { ask: act('retrain', aRequest), cycleOf: unasked },
      automations: { test: unasked, notify: unasked },
      explain: { cycle: known(stored(() => this.story)) },
      reports: {
        checks: unasked,
        stored: async () => driftReport(this.drift),
        drift: unasked,
        mail: unasked,
        compare: unasked,
        card: async () => ({ schema_version: '0.0.2' }),
      },
    };
  }
}

/** No page asks this. */
const unasked = (): Promise<never> => Promise.reject(new Error('the console asked for more than it shows'));

const aRequest: RetrainRequest = {
  id: 'person/1',
  pipeline: 'fraud',
  reason: 'person',
  asOf: instant(NOW),
  detail: '',
  driftSince: null,
};

/** Two days of hourly checks, of which the latest half drifted. */
function checks(last: RedactedVerdict): RedactedVerdict[] {
  const calm = aDriftReport({ moved: false }).verdict;
  return Array.from({ length: 48 }, (_, i): RedactedVerdict => {
    const asOf = instant(Date.parse(last.asOf) - i * HOUR);
    const { challenger } = aModelVersion().evaluation;
    const metrics = { ...challenger, averagePrecision: 0.6 - (i < 20 ? (20 - i) / 200 : 0) };
    return {
      ...(i < 20 ? last : calm),
      id: `check-${i}`,
      asOf,
      performance: [{ version: 4, metrics }],
      reportKey: 'there',
    };
  });
}

export const anAlert = (changes: Partial<AlertLine> = {}): AlertLine => ({
  id: 'a1',
  fingerprint: 'drift/fraud',
  pipeline: 'fraud',
  kind: 'drift',
  severity: 'critical',
  summary: 'fraud drifts severely: <b>amount</b> and 4 more',
  detail: 'Look at the report.',
  openedAt: '2026-03-03T21:00:00.000Z',
  lastSeenAt: '2026-03-04T09:00:00.000Z',
  times: 12,
  resolvedAt: null,
  resolvedBy: null,
  silencedUntil: null,
  toldAt: null,
  toldSeverity: null,
  told: false,
  under: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  acknowledgedSeverity: null,
  criticalSince: null,
  escalated: 0,
  heldUntil: null,
  sent: nothingSent,
  recipients: null,
  ...changes,
});

export const anApiKey = (changes: Partial<ApiKey> = {}): ApiKey => ({
  id: '1a2b3c4d',
  name: 'billing',
  scopes: ['predict'],
  pipelines: null,
  perMinute: null,
  createdBy: 'ada',
  createdAt: '2026-03-01T09:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  ...changes,
});

export const anApproval = (changes: Partial<Approval> = {}): Approval => ({
  pipeline: 'fraud',
  version: 5,
  cycle: 'fraud-2026-03-04T09:00Z-aaaaaa',
  rollout: 'fraud-2026-03-04T09:00Z-aaaaaa',
  reason: 'Better than the champion by 0.02.',
  askedAt: '2026-03-04T09:20:00.000Z',
  until: '2026-03-07T09:20:00.000Z',
  decision: null,
  ...changes,
});

const aRun = (changes: Partial<Run> = {}): Run => ({
  workflowId: 'fraud/training/2026-03-04T09:00Z-3fa9c1',
  runId: 'run-id-1',
  pipeline: 'fraud',
  loop: 'training',
  status: 'running',
  startedAt: '2026-03-04T09:05:00.000Z',
  closedAt: changes.status ? '2026-03-04T09:06:05.000Z' : null,
  asOf: '2026-03-04T09:00:00.000Z',
  cycle: null,
  version: null,
  ...changes,
});

const aState = (loss: number): RunState => ({
  workflowId: 'fraud/training/2026-03-04T09:00Z-3fa9c1',
  status: 'running',
  steps: [
    {
      name: 'trainCandidate',
      attempt: 2,
      lastError: 'the worker was lost',
      progress: { checkpoint: 'sha', progress: { unit: 'epoch', done: 2, of: 8, loss } },
      startedAt: '2026-03-04T09:07:00.000Z',
    },
  ],
});

const aSchedule = (): ScheduleState => ({
  loop: 'monitoring',
  cron: '0 * * * *',
  zone: 'Europe/Berlin',
  pausedBy: null,
  note: null,
  next: '2026-03-04T10:00:00.000Z',
  last: '2026-03-04T09:00:00.000Z',
  running: [],
});
