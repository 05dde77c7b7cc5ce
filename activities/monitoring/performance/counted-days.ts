import { contentId } from '../../../core/base/ids.ts';
import { type PredictionLog } from '../../../core/data/predictions/prediction-log.ts';
import { type Snapshots } from '../../../core/data/snapshots.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type ArmOfDay, type CountedDay, type EstimateOfDay } from '../../../core/performance/performance-days.ts';
import { addRow, emptyTally } from '../../../core/performance/tally.ts';
import { before, DAY, floorTo, instant, type Instant } from '../../../core/time/time.ts';
import { membershipOf } from '../../../core/training/slices/declared-slices.ts';
import { reportProgress, unlessCancelled } from '../../steps/heartbeats.ts';
import { createPauses } from '../../steps/pauses.ts';
import { createUsual, type HoldoutPorts } from './holdout-days.ts';
import { cancellationSignal } from '@temporalio/activity';

export type PerformancePorts = HoldoutPorts & {
  snapshots: Pick<Snapshots, 'latest'>;
  log: Pick<PredictionLog, 'labelled' | 'answered' | 'newestBatches'>;
};

/** What is told of the past at most. */
const LOOK_BACK_DAYS = 30;
/** A day whose labels come by themselves is waited for until this share of them is there, and no longer than so many days. */
const ENOUGH = 0.9;
const PATIENCE_DAYS = 6;

/**
 * Counts the days up to the newest labels. A day is counted again when more labels are known, until it is closed, and
 * rows are only passed through.
 */
export async function countDays(
  ports: PerformancePorts,
  pipeline: Pipeline,
  asOf: Instant,
): Promise<{ days: CountedDay[]; to: Instant } | null> {
  const snapshot = await ports.snapshots.latest(pipeline.name, asOf);
  if (!snapshot) return null;
  // Labels are known as far as the newest snapshot's extraction went.
  const known = before(snapshot.asOf, pipeline.source.lateness);
  const to = before(known, pipeline.label.maturesAfter);
  const first = before(floorTo(to, '1 day'), `${LOOK_BACK_DAYS - 1} days`);
  const stored = new Map(
    (await ports.performance.list(pipeline.name, { from: first, to })).map((day) => [day.day, day] as const),
  );
  const sliced = slicedBy(pipeline);
  const batched = await ports.log.newestBatches(pipeline.name, { from: first, to });
  const isCounted = (day: Instant): boolean => {
    const found = stored.get(day);
    if (!found || (found.batched ?? null) !== (batched.get(day) ?? null)) return false;
    if (found.arms.some((arm) => arm.sliced !== sliced)) return false;
    return found.known === known || (found.closed && found.known < known);
  };
  const all: Instant[] = [];
  for (let day = first; day < to; day = nextDay(day)) all.push(day);
  const found = await countAgain(ports, pipeline, { known, to, batched }, all.filter((day) => !isCounted(day))); // prettier-ignore
  for (const [day, again] of found) {
    const had = stored.get(day);
    if (had?.closed && askedIn(had) > askedIn(again)) found.set(day, keptFrom(had, again, sliced));
  }
  await ports.performance.record(pipeline.name, [...found.values()]);
  const told = await ports.performance.estimates(pipeline.name, { from: first, to });
  return { days: all.map((day) => withEstimates(found.get(day) ?? stored.get(day)!, told)), to };
}

/** Which slices are declared. What was counted of others says nothing of one that has the same name. */
const slicedBy = ({ slices }: Pipeline): string | undefined => slices && contentId(slices);

/** How many requests with a label. */
const askedIn = ({ arms }: CountedDay): number => arms.reduce((sum, { tally, asked = tally }) => sum + asked.rows, 0);

/** A day some of whose requests are no longer in the log: what was counted of them stays, except other slices. */
const keptFrom = (had: CountedDay, { batched }: CountedDay, sliced: string | undefined): CountedDay => ({
  ...had,
  ...(batched !== undefined && { batched }),
  arms: had.arms.map(({ slices, sliced: by, ...arm }) => ({
    ...arm,
    ...(sliced && { sliced }),
    ...(slices && by === sliced && { slices }),
  })),
});

/** Earlier releases kept estimates with the day. */
const withEstimates = (counted: CountedDay, told: readonly EstimateOfDay[]): CountedDay => ({
  ...counted,
  arms: counted.arms.map((arm) => {
    const estimate = told.find(({ day, version }) => day === counted.day && version === arm.version);
    if (!estimate) return arm;
    return { ...arm, estimated: estimate.metrics, ...(estimate.batched && { estimatedOf: 'batches' }) };
  }),
});

async function countAgain(
  ports: PerformancePorts,
  pipeline: Pipeline,
  { known, to, batched }: { known: Instant; to: Instant; batched: ReadonlyMap<Instant, Instant> },
  days: readonly Instant[],
): Promise<Map<Instant, CountedDay>> {
  const { log } = ports;
  const { kind, maturesAfter, whenAbsent = null, facts } = pipeline.label;
  const slices = Object.entries(pipeline.slices ?? {}).map(([name, of]) => ({ name, holds: membershipOf(of) }));
  const sliced = slicedBy(pipeline);
  const usual = createUsual(ports, pipeline);
  const counted = new Map<Instant, CountedDay>();
  const pause = createPauses();
  let rows = 0;
  for (const within of stretchesOf(days, to)) {
    const arms = new Map<string, ArmOfDay>();
    const daysOf = new Map<number, ArmOfDay[]>();
    for (const { version, day, rows: answered } of await unlessCancelled(log.answered(pipeline.name, within))) {
      const known = arms.get(`${day}/${version}`);
      if (known) {
        known.answered += answered;
        continue;
      }
      const arm: ArmOfDay = { version, answered, tally: emptyTally(), ...(sliced && { sliced }) };
      arms.set(`${day}/${version}`, arm);
      daysOf.set(day, [...(daysOf.get(day) ?? []), arm]);
    }
    const labelling = { asOf: known, maturesAfter, whenAbsent };
    const reading = { rows: slices.length > 0 };
    for await (const some of log.labelled(pipeline.name, within, labelling, cancellationSignal(), reading)) {
      for (const labelled of some) {
        const arm = arms.get(`${labelled.day}/${labelled.version}`);
        // Logged between the two queries: the next check counts it.
        if (!arm) continue;
        // All requests came before.
        if (labelled.batched) arm.asked ??= structuredClone(arm.tally);
        const usualOf = await usual(labelled.version);
        addRow(arm.tally, kind, labelled, usualOf);
        for (const { name, holds } of slices)
          if (labelled.row && holds(labelled.row)) {
            const ofSlice = ((arm.slices ??= {})[name] ??= emptyTally());
            addRow(ofSlice, kind, labelled, usualOf);
          }
        if (++rows % 64 === 0) await pause();
      }
      reportProgress({ labelled: rows });
    }
    for (let day = within.from; day < within.to; day = nextDay(day)) {
      const ofDay = daysOf.get(Date.parse(day) / DAY) ?? [];
      const end = nextDay(day);
      const answered = ofDay.reduce((sum, arm) => sum + arm.answered, 0);
      const labels = ofDay.reduce((sum, { tally }) => sum + tally.rows, 0);
      const isComplete = whenAbsent !== null || facts === undefined || (answered > 0 && labels >= ENOUGH * answered);
      const closed = end <= to && (isComplete || end <= before(to, `${PATIENCE_DAYS} days`));
      counted.set(day, {
        day,
        known,
        closed,
        arms: ofDay.sort((a, b) => a.version - b.version),
        batched: batched.get(day) ?? null,
      });
    }
  }
  return counted;
}

/** Days that follow each other as one stretch of time. */
function stretchesOf(days: readonly Instant[], to: Instant): { from: Instant; to: Instant }[] {
  const stretches: { from: Instant; to: Instant }[] = [];
  for (const day of days) {
    const last = stretches.at(-1);
    const end = nextDay(day) < to ? nextDay(day) : to;
    if (last?.to === day) last.to = end;
    else stretches.push({ from: day, to: end });
  }
  return stretches;
}

const nextDay = (day: Instant): Instant => instant(Date.parse(day) + DAY);
