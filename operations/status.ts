import { type Snapshot } from '../core/data.ts';
import { type Verdict } from '../core/drift/verdict.ts';
import { type PipelineRef } from '../core/pipeline.ts';
import { type Cycle, type RetrainRequest } from '../core/retraining.ts';
import { before, instant, type Instant } from '../core/time.ts';
import { type ModelVersion, type Traffic } from '../core/training.ts';
import { type OperationPorts } from './ports.ts';

export interface PipelineStatus {
  pipeline: PipelineRef;
  now: Instant;
  champion: ModelVersion | null;
  traffic: Traffic | null;
  snapshot: Pick<Snapshot, 'id' | 'asOf' | 'rows' | 'status'> | null;
  /** Logged for rows of the last 24 hours. */
  predictions: number;
  verdict: Verdict | null;
  cycles: Cycle[];
  requests: RetrainRequest[];
  /** What the retraining loop waits for before it trains. */
  waiting: { until: Instant; why: string } | null;
}

/** Everything a person asks first. Read from Postgres; what the loop waits for is asked of Temporal, and left out without it. */
export const createStatus = ({
  pipelines,
  registry,
  catalogue,
  verdicts,
  ledger,
  log,
  runs,
  clock,
}: OperationPorts) => ({
  async of(name: string): Promise<PipelineStatus> {
    const pipeline = await pipelines.applied(name);
    const now = instant(clock.now());
    const traffic = await registry.traffic(name);
    const serving = traffic?.shares[0]?.version;
    const snapshot = await catalogue.latestSnapshot(name, FAR_FUTURE);
    return {
      pipeline,
      now,
      champion: serving === undefined ? null : await registry.version(name, serving),
      traffic,
      snapshot: snapshot && { id: snapshot.id, asOf: snapshot.asOf, rows: snapshot.rows, status: snapshot.status },
      predictions: await log.count(name, before(now, '24 hours')),
      verdict: (await verdicts.list(name, 1))[0] ?? null,
      cycles: await ledger.cycles(name, 5),
      requests: await ledger.openRequests(name),
      waiting: await runs.waiting(name),
    };
  },

  async all(): Promise<PipelineStatus[]> {
    return Promise.all((await pipelines.list()).map(({ name }) => this.of(name)));
  },
});

const FAR_FUTURE = '9999-12-31T00:00:00.000Z';
