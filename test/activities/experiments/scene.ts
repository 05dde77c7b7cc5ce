import { createExperimentActivities, type Watched } from '../../../activities/experiments/experiments.ts';
import { createOutcomes } from '../../../adapters/postgres/experiments/outcomes.ts';
import { createExperimentNumbers } from '../../../adapters/postgres/experiments/numbers.ts';
import { type Database } from '../../../adapters/postgres/database.ts';
import { createSentLabels } from '../../../adapters/postgres/data/sent-labels.ts';
import { type Experiment, type ExperimentOutcome } from '../../../core/experiments/experiments.ts';
import { planFrom, type PlanAsked } from '../../../core/experiments/plan.ts';
import { emptyTally, type Tally } from '../../../core/rollout/evidence/tally.ts';
import { after, type Instant } from '../../../core/time/time.ts';
import { ada } from '../../support/asked.ts';
import { aVersion, NOW } from '../../support/postgres/perennial-database.ts';
import { clockAt, rolloutPorts } from '../../support/postgres/rollout-ports.ts';
import { until } from '../../support/temporal/workflows.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';

/** A row that a version answered. */
export interface Answered {
  version: number;
  entity?: string;
  key?: string;
  score?: number;
  row?: { _named?: true };
}

/** Versions v1 (the champion), v2 and v3 of fraud, and experiments with them over a real database. */
export class Scene {
  now: Instant = NOW;
  started: string[] = [];
  private readonly attempts: { environment: MockActivityEnvironment; ended: Promise<unknown> }[] = [];
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  get ports() {
    return {
      ...rolloutPorts(
        this.database,
        clockAt(() => this.now),
      ),
      numbers: createExperimentNumbers(this.database),
      rolloutRuns: { start: async ({ id }: { id: string }) => (this.started.push(id), id) },
    };
  }
  get steps() {
    return createExperimentActivities(this.ports);
  }

  async champion(): Promise<void> {
    for (const run of ['run-1', 'run-2', 'run-3']) await aVersion(this.database, run);
    const first = { pipeline: 'fraud', at: NOW, by: 'ada', reason: 'first', expectedGeneration: 0, version: 1 };
    await this.ports.traffic.promote(first);
  }

  async ask(asked: Partial<PlanAsked> = {}): Promise<Experiment> {
    const plan = planFrom(
      { versions: [1, 2], metric: 'clicks', better: 'higher', guards: ['errors'], ...asked },
      { champion: 1, label: { maturesAfter: '7 days' } },
    );
    const pipeline = await this.ports.pipelines.applied('fraud');
    return this.ports.experiments.ask({ pipeline, plan, reason: 'who knows', askedAt: this.now }, ada);
  }

  attempt<Input, Result>(step: (input: Input) => Promise<Result>, input: Input): Promise<Result> {
    const environment = new MockActivityEnvironment();
    const ended = environment.run(step as never, input as never) as Promise<Result>;
    ended.catch(() => undefined);
    this.attempts.push({ environment, ended });
    return ended;
  }
  watch(experiment: string): Promise<Watched> {
    return this.attempt(this.steps.watchExperiment, { experiment });
  }
  /** Watches as its workflow does, until it ends, and then ends it. */
  run(experiment: string): Promise<ExperimentOutcome> {
    const ended = this.toItsEnd(experiment);
    ended.catch(() => undefined); // the test may end first
    return ended;
  }
  private async toItsEnd(experiment: string): Promise<ExperimentOutcome> {
    for (;;) {
      const came = await this.watch(experiment);
      if (came.result === 'continues') continue;
      await this.attempt(this.steps.endExperiment, { experiment, ended: came });
      return (await this.ports.experiments.get(experiment)).outcome!;
    }
  }
  /** Once it has begun, an hour passes. */
  async begun(experiment: string): Promise<void> {
    await until(async () => (await this.ports.experiments.get(experiment)).begunAt !== null);
    this.now = after(NOW, '1 hour');
  }
  async close(): Promise<void> {
    for (const { environment } of this.attempts) environment.cancel('CANCELLED');
    await Promise.allSettled(this.attempts.map(({ ended }) => ended));
  }

  /** Answers that are in the log, at a moment when every server had the shares. */
  async answered(rows: readonly Answered[], at = after(NOW, '1 minute')): Promise<void> {
    await this.database.query(
      `insert into predictions (id, pipeline, version, key, entity, time, row, score, decision, served_at)
       select (r ->> 'id')::uuid, 'fraud', (r ->> 'version')::int, r ->> 'key', r ->> 'entity', $2, coalesce(r -> 'row', '{}'), (r ->> 'score')::float8,
         false, $2 from jsonb_array_elements($1::jsonb) as r`,
      [JSON.stringify(rows.map((row) => ({ score: 0.5, ...row, id: randomUUID(), key: row.key ?? randomUUID() }))), at],
    );
  }
  /** A number of each of these keys. */
  async posted(name: string, values: Readonly<Record<string, number>>, at = after(NOW, '1 minute')): Promise<void> {
    const facts = Object.entries(values).map(([key, value]) => ({ name, key, value, observedAt: at }));
    await createOutcomes(this.database).record('fraud', facts);
  }
  async labelled(values: Readonly<Record<string, number>>, at = after(NOW, '1 minute')): Promise<void> {
    const facts = Object.entries(values).map(([key, value]) => ({ key, value, observedAt: at }));
    await createSentLabels(this.database).record('fraud', facts, at);
  }
  /** So many samples of each version at once, of which so many of a hundred have a 1 as number, and the others a 0. */
  async clicked(versions: Readonly<Record<number, readonly [samples: number, ofHundred: number]>>): Promise<void> {
    const rows = Object.entries(versions).flatMap(([version, [samples, ofHundred]]) =>
      Array.from({ length: samples }, (_, i) => ({
        version: Number(version),
        key: `v${version}-${i}`,
        value: i % 100 < ofHundred ? 1 : 0,
      })),
    );
    await this.posted('clicks', Object.fromEntries(rows.map(({ key, value }) => [key, value])));
    await this.answered(rows);
  }

  async serve(tallies: Readonly<Record<number, Partial<Tally>>>): Promise<void> {
    const { generation } = (await this.ports.traffic.get('fraud'))!;
    await this.ports.tallies.record(
      'a/1',
      Object.entries(tallies).map(([version, tally]) => ({
        pipeline: 'fraud',
        generation,
        version: Number(version),
        tally: { ...emptyTally(), ...tally },
      })),
    );
  }

  async traffic() {
    const { arms, champion } = (await this.ports.traffic.get('fraud'))!;
    return { champion, shares: arms.map(({ version, share }) => [version, Number(share.toFixed(6))]) };
  }
}
