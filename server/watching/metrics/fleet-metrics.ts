import { estimatedMetric } from '../../../core/performance/estimate.ts';
import { alarmedColumns } from '../../../core/drift/alarm/words.ts';
import { blindColumns } from '../../../core/drift/standing.ts';
import { levels } from '../../../core/drift/verdict.ts';
import { type FleetFacts, type PipelineFacts, type ReadFleetFacts } from '../../../core/runs/fleet-facts.ts';
import { type Clock } from '../../../core/time/clock.ts';
import { instant, SECOND, type Instant } from '../../../core/time/time.ts';
import { gaugesOf } from './reading.ts';
import { type Gauge, type Registry } from 'prom-client';

/** However often it is scraped, the database is asked no more often than this. */
const FRESH_MS = 30 * SECOND;

/** What the database knows of each pipeline, and of people who have to be told. */
export function fleetMetrics(registry: Registry, readFacts: ReadFleetFacts, clock: Pick<Clock, 'now'>): void {
  const gauge = gaugesOf(registry, 'reading the state of pipelines', () => readFacts(instant(clock.now())), FRESH_MS);
  const age = (of: Instant): number => Math.max(0, (clock.now().getTime() - Date.parse(of)) / SECOND);

  /** A value of each pipeline; null: it has none. */
  const perPipeline = (name: string, help: string, value: (of: PipelineFacts) => number | null): void =>
    gauge(name, help, ['pipeline'], (all, { pipelines }) => {
      for (const each of pipelines) {
        const found = value(each);
        if (found !== null) all.set({ pipeline: each.pipeline }, found);
      }
    });
  /** Several values of each pipeline, by further labels. */
  const each = <Label extends string>(
    name: string,
    help: string,
    labels: Label[],
    fill: (of: PipelineFacts, set: (labels: Record<Label, string | number>, value: number) => void) => void,
  ): void =>
    gauge(name, help, ['pipeline', ...labels], (all: Gauge<'pipeline' | Label>, { pipelines }: FleetFacts) => {
      for (const one of pipelines)
        fill(one, (its, value) =>
          all.set({ pipeline: one.pipeline, ...its } as Record<'pipeline' | Label, string>, value),
        );
    });

  perPipeline(
    'perennial_verdict_age_seconds',
    'How long ago, by the clock of the loops, the newest drift check was.',
    ({ check }) => check && age(check.asOf),
  );
  perPipeline(
    'perennial_verdict_abstained',
    '1 when the newest drift check had too few rows to tell.',
    ({ check }) => check && Number(check.abstained !== null),
  );
  perPipeline(
    'perennial_verdict_unsure',
    '1 when the drift alarm could not judge in the newest check, so the share of columns warned in its place.',
    ({ check }) => check && Number(check.unsure !== undefined),
  );
  perPipeline(
    'perennial_drift_unwatched_seconds',
    'For how long, by the clock of the loops, no drift check could tell; 0 when the newest could.',
    ({ check }) => check && (check.unwatched ? age(check.unwatched.since) : 0),
  );
  perPipeline(
    'perennial_drift_level',
    'What the newest drift check found: 0 stable, 1 drifting, 2 severe.',
    ({ check }) => check && levels.indexOf(check.level),
  );
  perPipeline(
    'perennial_drift_share',
    'The weighted share of the columns whose distance passed its threshold, in the newest drift check.',
    ({ check }) => check && check.share,
  );
  perPipeline(
    'perennial_drift_alarm_columns',
    "How many columns the drift alarm is raised for, the score among them; absent where it does not know the pipeline's past yet, or is off.",
    ({ check }) => (check?.alarm ? alarmedColumns(check.alarm).length : null),
  );
  perPipeline(
    'perennial_drift_alarm_blind_columns',
    'Of how many columns the drift alarm would find no large change within a week, at the traffic of the newest check; absent where it does not judge.',
    ({ check }) => (check?.alarm?.finds ? blindColumns(check.alarm).length : null),
  );
  perPipeline(
    'perennial_drift_rows_auc',
    'How well trees tell the rows of the newest comparison from those of the reference, by all columns together: 0.5 is by chance, 1 always.',
    ({ check }) => check?.joint?.auc ?? null,
  );
  perPipeline(
    'perennial_drift_correlation_change',
    'How much the rank correlation of the two columns that changed most for sure has changed; 0 where none has.',
    ({ check }) => {
      if (!check?.joint) return null;
      const { pair } = check.joint;
      return pair === null ? 0 : Math.abs(pair.current - pair.reference);
    },
  );
  each(
    'perennial_performance',
    "The gate's metric as of the newest check: by labels that have come, and estimated before they come.",
    ['version', 'metric', 'by'],
    ({ check, metric }, set) => {
      for (const { version, metrics } of check?.performance ?? []) {
        const value = metrics[metric];
        if (value != null) set({ version, metric, by: 'labels' }, value);
      }
      const estimated = check?.estimated?.metrics ?? {};
      const told = estimatedMetric([estimated], metric);
      if (check && told && check.estimated?.withheld === null)
        set({ version: check.version, metric: told, by: 'estimate' }, estimated[told]!.value);
    },
  );
  perPipeline(
    'perennial_estimate_withheld',
    '1 when too much of the newest window is unlike the holdout to estimate performance; absent where nothing was scored.',
    ({ check }) => (check?.estimated ? Number(check.estimated.withheld !== null) : null),
  );
  perPipeline(
    'perennial_estimate_days',
    "Days whose labels have come and that were estimated before: the champion's, or where it has none another version's; absent without any.",
    ({ check }) => check?.foretold?.days ?? null,
  );
  perPipeline(
    'perennial_estimate_days_held',
    'Of the days that were estimated, those whose range held what came; nine in ten should.',
    ({ check }) => check?.foretold?.held ?? null,
  );
  each(
    'perennial_performance_floor',
    "The floor of the gate's metric: as declared, or as it follows from the champion's holdout once enough labels have come.",
    ['metric'],
    ({ metric, floor, check }, set) => {
      const known = floor ?? check?.concept?.floor?.floor ?? null;
      if (known !== null) set({ metric }, known);
    },
  );
  perPipeline(
    'perennial_performance_fallen',
    '1 when labels show that the champion does worse than it promised; 0 when they do not, also where they cannot tell yet; absent while too few labels have come.',
    ({ check }) => (check?.concept ? Number(check.concept.decayed) : null),
  );
  perPipeline(
    'perennial_performance_slices_fallen',
    'How many declared slices do worse than on the holdout of the champion, or than its floor; absent while too few labels have come.',
    ({ check }) => (check?.concept ? (check.concept.slices?.length ?? 0) : null),
  );
  each(
    'perennial_performance_below_floor',
    "1 when labels show that the champion's metric surely lies beyond its floor, declared or not; absent while too few labels have come.",
    ['declared'],
    ({ check }, set) => {
      const floor = check?.concept?.floor;
      if (floor) set({ declared: String(floor.derived !== true) }, Number(floor.isBelow));
    },
  );
  perPipeline(
    'perennial_champion_age_seconds',
    'How long ago, by the clock of the loops, the champion was trained.',
    ({ champion }) => (champion === null ? null : age(champion)),
  );
  each(
    'perennial_loop_success_age_seconds',
    'For how long, by the clock of the loops, a loop has not done its work; absent before the first time.',
    ['loop'],
    ({ succeeded }, set) => {
      for (const [loop, at] of Object.entries(succeeded)) if (at !== null) set({ loop }, age(at));
    },
  );
  perPipeline('perennial_training_running', '1 while a training or its rollout is under way.', ({ trains }) =>
    Number(trains),
  );
  each(
    'perennial_trainings_ended',
    'Trainings that have ended, by result: promoted, refused, abstained, rolled back, superseded, nothing new, cancelled or failed.',
    ['result'],
    ({ ended }, set) => ended.forEach(({ result, count }) => set({ result }, count)),
  );
  perPipeline(
    'perennial_retraining_requests',
    'Requests for a training that none has taken yet.',
    ({ requests }) => requests,
  );
  each(
    'perennial_retraining_waits',
    '1 for what requests for a training wait for: debounce, cooldown, budget, labels, rows or a person.',
    ['reason'],
    ({ waitsFor }, set) => {
      if (waitsFor !== null) set({ reason: waitsFor }, 1);
    },
  );
  perPipeline(
    'perennial_retraining_budget_left',
    'Trainings that the week still allows without a person who asks.',
    ({ budgetLeft }) => budgetLeft,
  );
  each(
    'perennial_automation_runs',
    'What automations did about events of the last month: done, failed, cooling (within the cooldown, so nothing) or taken (under way).',
    ['state'],
    ({ automations }, set) => automations.forEach(({ state, count }) => set({ state }, count)),
  );

  gauge(
    'perennial_alerts_open_by_kind',
    'Open alerts by pipeline, kind and severity, without those that another one explains or that are silenced; the pipeline is empty for those of the installation.',
    ['pipeline', 'kind', 'severity'],
    (open, { alerts }) => {
      for (const { pipeline, kind, severity, count } of alerts)
        open.set({ pipeline: pipeline ?? '', kind, severity }, count);
    },
  );
  gauge(
    'perennial_alert_delivery_oldest_age_seconds',
    'How long the oldest undelivered alert message has waited; 0 when none does.',
    [],
    (oldest, { oldestDeliveryMs }) => oldest.set((oldestDeliveryMs ?? 0) / SECOND),
  );
}
