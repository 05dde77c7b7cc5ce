import type { ReadRolloutCounts, RolloutCounts } from '../../core/rollout/rollout-counts.ts';
import { within } from '../../core/time/time-limit.ts';
import { SECOND } from '../../core/time/time.ts';
import { Gauge, type Registry } from 'prom-client';

/** Scrapes wait for ten seconds by default. */
const PATIENCE_MS = 5 * SECOND;

/** How far the installation's rollouts are, read at each scrape; without an answer of the database there are no series. */
export function rolloutMetrics(registry: Registry, read: ReadRolloutCounts): void {
  let reading: Promise<RolloutCounts | null> | null = null;
  /** One read for all gauges, and for the scrapes that come while it lasts. */
  const counts = (): Promise<RolloutCounts | null> => {
    reading ??= read()
      .catch(() => null)
      .finally(() => (reading = null));
    return within(PATIENCE_MS, 'counting rollouts', reading).catch(() => null);
  };
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    fill: (gauge: Gauge<Label>, counts: RolloutCounts) => void,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const found = await counts();
        this.reset();
        if (found) fill(this, found);
      },
    });
  };
  gauge(
    'perennial_rollout_step',
    'The step that a rollout is in, counted from 1; 0 while it waits for its turn.',
    ['pipeline', 'version'],
    (step, { underWay }) => underWay.forEach(({ pipeline, version, step: at }) => step.set({ pipeline, version }, at)),
  );
  gauge(
    'perennial_rollout_step_started_timestamp_seconds',
    'When the step began, by the clock of the loops.',
    ['pipeline', 'version'],
    (started, { underWay }) => {
      for (const { pipeline, version, since } of underWay)
        if (since !== null) started.set({ pipeline, version }, Date.parse(since) / SECOND);
    },
  );
  gauge(
    'perennial_rollout_decision',
    '1 for what the newest look decided: next, wait, hold or roll back.',
    ['pipeline', 'version', 'decision'],
    (newest, { underWay }) => {
      for (const { pipeline, version, decision } of underWay)
        if (decision !== null) newest.set({ pipeline, version, decision }, 1);
    },
  );
  gauge('perennial_rollouts_ended', 'Rollouts that have ended, by result.', ['pipeline', 'result'], (ended, counts) => {
    for (const { pipeline, result, count } of counts.ended) ended.set({ pipeline, result }, count);
  });
}
