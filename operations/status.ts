import type { Approval, Approvals } from '../core/rollout/approvals.ts';
import type { Traffic, TrafficTable } from '../core/rollout/traffic.ts';
import {
  byPipeline,
  type CheckInShort,
  type Crowd,
  type PausedLoop,
  type SnapshotInShort,
} from '../core/runs/crowd.ts';
import type { Verdict } from '../core/drift/verdict.ts';
import type { PipelineRef } from '../core/declaration/pipeline.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { MetricName } from '../core/metrics/index.ts';
import { shownBy } from '../core/declaration/redaction/redaction.ts';
import { withOutcomeShown } from '../core/declaration/redaction/said-by-gates.ts';
import { retryOf, type Cycle, type RetrainRequest } from '../core/training/retraining/retraining.ts';
import { whenOf, type Schedules } from '../core/runs/schedules.ts';
import type { Clock } from '../core/time/clock.ts';
import { before, instant, SECOND, type Instant } from '../core/time/time.ts';
import { within } from '../core/time/time-limit.ts';
import type { ModelVersion } from '../core/training/training.ts';
import { approvalsShown } from './approvals.ts';
import { reads } from './door.ts';
import { allShown } from './said-by-gates.ts';

export interface StatusPorts {
  pipelines: Pick<Pipelines, 'list' | 'applied' | 'declared'>;
  traffic: Pick<TrafficTable, 'list'>;
  crowd: Omit<Crowd, 'metrics'>;
  approvals: Pick<Approvals, 'waiting'>;
  schedules: Pick<Schedules, 'list'>;
  clock: Pick<Clock, 'now'>;
}

export interface PipelineStatus {
  pipeline: PipelineRef;
  now: Instant;
  /** That its gates judge by; null: this release cannot read the declaration. */
  metric: MetricName | null;
  champion: ModelVersion | null;
  traffic: Traffic | null;
  snapshot: Omit<SnapshotInShort, 'pipeline'> | null;
  /** Logged for rows of the last 24 hours. */
  predictions: number;
  /** As today's declaration shows it: a column may have become sensitive since. */
  verdict: Verdict | null;
  cycles: Cycle[];
  requests: RetrainRequest[];
  alerts: OpenAlerts;
  /** The loops whose schedules somebody, or an automation, paused. */
  paused: PausedLoop[];
  /** What the retraining loop waited for at its last look. */
  waiting: { until: Instant; why: string } | null;
}

export interface OpenAlerts {
  critical: number;
  warnings: number;
}

/** A line about a pipeline, among many. */
export interface PipelineLine {
  pipeline: PipelineRef;
  now: Instant;
  champion: Pick<ModelVersion, 'version' | 'asOf'> | null;
  verdict: CheckInShort | null;
  alerts: OpenAlerts;
  /** A challenger that waits for a person. */
  approval: Approval | null;
  /** The training that is under way. */
  cycle: Cycle | null;
  /** The number of requests that no training has taken. */
  requests: number;
}

const CYCLES = 5;
/** Temporal may be away. */
const LONGEST_LOOK = 5 * SECOND;

const openOf = ([counted]: readonly OpenAlerts[]): OpenAlerts => ({
  critical: counted?.critical ?? 0,
  warnings: counted?.warnings ?? 0,
});

/**
 * Everything a person wants first, from Postgres: one query per fact, however many pipelines there are. Temporal is asked
 * only whether the loops of one pipeline are still paused.
 */
export const createStatus = (ports: StatusPorts) => {
  const { pipelines, crowd, approvals, schedules, clock } = ports;

  async function of(declared: Awaited<ReturnType<Pipelines['declared']>>): Promise<PipelineStatus[]> {
    const now = instant(clock.now());
    const names = declared.map(({ ref }) => ref.name);
    const [traffic, champions, snapshots, predictions, verdicts, cycles, requests, waits, alerts, paused] =
      await Promise.all([
        ports.traffic.list(names).then(byPipeline),
        crowd.champions(names).then(byPipeline),
        crowd.snapshots(names).then(byPipeline),
        crowd.predictions(names, before(now, '24 hours')).then(byPipeline),
        crowd.verdicts(names).then(byPipeline),
        crowd.cycles(names, CYCLES).then(byPipeline),
        crowd.openRequests(names).then(byPipeline),
        crowd.waits(names).then(byPipeline),
        crowd.openAlerts(names).then(byPipeline),
        crowd.paused(names).then(byPipeline),
      ]);
    const shownCycles = await allShown(
      { pipelines: { declared: async () => declared }, crowd },
      names.flatMap(cycles),
      ({ outcome }) => outcome?.version,
      withOutcomeShown,
    ).then(byPipeline);
    /** Only a loop without a training waits: to try one again, or for what its requests need. */
    const waitOf = (name: string): PipelineStatus['waiting'] => {
      if (cycles(name).some(({ outcome }) => outcome === null)) return null;
      const wait = retryOf(cycles(name)) ?? (requests(name).length > 0 ? waits(name)[0] : undefined);
      return wait ? { until: wait.until, why: wait.why } : null;
    };
    return declared.map(({ ref: pipeline, declaration }) => {
      const { name } = pipeline;
      const shown = shownBy(declaration);
      const [snapshot] = snapshots(name);
      const [verdict] = verdicts(name);
      const [champion] = champions(name);
      return {
        pipeline,
        now,
        metric: declaration?.gates.metric ?? null,
        champion: champion ? shown.version(champion) : null,
        traffic: traffic(name)[0] ?? null,
        snapshot: snapshot
          ? { id: snapshot.id, asOf: snapshot.asOf, rows: snapshot.rows, status: snapshot.status }
          : null,
        predictions: predictions(name)[0]?.count ?? 0,
        verdict: verdict ? shown.verdict(verdict) : null,
        cycles: shownCycles(name),
        requests: requests(name),
        alerts: openOf(alerts(name)),
        paused: paused(name).filter(({ loop }) => !declaration || whenOf(declaration, loop) !== null),
        waiting: waitOf(name),
      };
    });
  }

  /** Without what was resumed elsewhere, or has another schedule since: Temporal knows, if it answers. */
  async function stillPaused(name: string, paused: PausedLoop[]): Promise<PausedLoop[]> {
    if (paused.length === 0) return paused;
    const states = await within(LONGEST_LOOK, 'Temporal', schedules.list(name)).catch(() => null);
    const isPaused = (loop: string): boolean =>
      states!.some((state) => state.loop === loop && state.pausedBy === 'person');
    return states ? paused.filter(({ loop }) => isPaused(loop)) : paused;
  }

  /** Throws PIPELINE_UNKNOWN, also of one that is removed meanwhile. */
  async function one(name: string): Promise<PipelineStatus> {
    const [found] = await of(await pipelines.declared([name]));
    if (found) return { ...found, paused: await stillPaused(name, found.paused) };
    await pipelines.applied(name);
    return one(name); // it was applied meanwhile
  }

  return {
    of: reads(one),
    all: reads(async (): Promise<PipelineStatus[]> => of(await pipelines.declared())),

    /** One line per pipeline, those that need somebody first. Reads only Postgres. */
    lines: reads(async (): Promise<PipelineLine[]> => {
      const refs = await pipelines.list();
      const now = instant(clock.now());
      const names = refs.map(({ name }) => name);
      const [champions, checks, alerts, waiting, cycles, requests] = await Promise.all([
        crowd.champions(names).then(byPipeline),
        crowd.checks(names, 1).then(byPipeline),
        crowd.openAlerts(names).then(byPipeline),
        approvals
          .waiting()
          .then((all) => approvalsShown(ports, all))
          .then(byPipeline),
        crowd.cycles(names, 1).then(byPipeline),
        crowd.openRequests(names).then(byPipeline),
      ]);
      const lines = refs.map((pipeline): PipelineLine => {
        const { name } = pipeline;
        const [champion] = champions(name);
        return {
          pipeline,
          now,
          // Without what its holdout said of columns that may be sensitive.
          champion: champion ? { version: champion.version, asOf: champion.asOf } : null,
          verdict: checks(name)[0] ?? null,
          alerts: openOf(alerts(name)),
          approval: waiting(name)[0] ?? null,
          cycle: cycles(name).find(({ outcome }) => outcome === null) ?? null,
          requests: requests(name).length,
        };
      });
      return lines.sort((a, b) => urgency(a) - urgency(b) || (a.pipeline.name < b.pipeline.name ? -1 : 1));
    }),
  };
};

/** The lower, the more urgent. */
function urgency({ champion, verdict, alerts, approval, cycle, requests }: PipelineLine): number {
  const byUrgency = [
    alerts.critical > 0,
    alerts.warnings > 0 || approval !== null,
    verdict?.level === 'severe',
    verdict?.level === 'drifting',
    champion === null,
    cycle !== null || requests > 0,
  ];
  const first = byUrgency.indexOf(true);
  return first === -1 ? byUrgency.length : first;
}
