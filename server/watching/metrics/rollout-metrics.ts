import type { ReadRolloutCounts } from '../../../core/rollout/rollout-counts.ts';
import { SECOND } from '../../../core/time/time.ts';
import { gaugesOf } from './reading.ts';
import { type Registry } from 'prom-client';

/** How far the installation's rollouts are. */
export function rolloutMetrics(registry: Registry, read: ReadRolloutCounts): void {
  const gauge = gaugesOf(registry, 'counting rollouts', read);
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
