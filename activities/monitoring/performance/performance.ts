import { contentId } from '../../../core/base/ids.ts';
import { classCostsOf } from '../../../core/declaration/class-costs.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type Foretold, type Verdict } from '../../../core/drift/verdict.ts';
import { FIRST_DAYS, holdoutOf, judgeDecay, type Concept } from '../../../core/performance/decay.ts';
import { estimatedMetric } from '../../../core/performance/estimate.ts';
import { fallenSlices } from '../../../core/performance/fallen-slices.ts';
import { checkNewest } from '../../../core/performance/floor.ts';
import {
  comparedWith,
  type ArmOfDay,
  type CountedDay,
  type SlicedDay,
} from '../../../core/performance/performance-days.ts';
import { addTallies, emptyTally, type Tally } from '../../../core/performance/tally.ts';
import { metricsOfTally } from '../../../core/performance/tally-metrics.ts';
import { after, before, floorTo, type Instant } from '../../../core/time/time.ts';
import { daysIn } from '../../../core/performance/recalibration.ts';
import { costsOf, valueOf, valueOfClasses, wrongOf } from '../../../core/performance/value.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { countDays, type PerformancePorts } from './counted-days.ts';
import { countHoldoutDays } from './holdout-days.ts';

export type Live = Pick<Verdict, 'performance' | 'labelled' | 'concept' | 'foretold'>;

/** How the predictions of the last days did by the labels known now, and whether the champion still does as promised. */
export async function livePerformance(
  ports: PerformancePorts,
  pipeline: Pipeline,
  { asOf, champion }: { asOf: Instant; champion: number },
): Promise<Live> {
  const counted = await countDays(ports, pipeline, asOf);
  if (!counted) return { performance: [] };
  const { days, to } = counted;
  const from = beginOf(days, pipeline, { to, champion });
  const labelled = { from, to };
  const { kind } = pipeline.label;
  const arms = armsSince(days, from);
  const answeredByAll = [...arms.values()].reduce((sum, { answered }) => sum + answered, 0);
  const daysOf = daysIn({ from: firstServed(days, from), to });
  const performance = [...arms]
    .sort(([a], [b]) => a - b)
    .filter(([, { tally }]) => tally.rows > 0)
    .map(([version, { answered, tally, slices = {} }]): Verdict['performance'][number] => ({
      version,
      metrics: metricsOfTally(kind, tally),
      answered,
      ...valueIn(pipeline, tally, (daysOf * answered) / answeredByAll),
      ...(Object.keys(slices).length > 0 && {
        slices: Object.entries(slices).map(([name, rows]) => ({ name, metrics: metricsOfTally(kind, rows) })),
      }),
    }));
  const concept = await judgeChampion(ports, pipeline, champion, days);
  const foretold = compareForetold(pipeline, champion, days);
  return { performance, labelled, ...(foretold && { foretold }), ...(concept && { concept }) };
}

/**
 * Where costs are declared, and a threshold or the costs of classes decided. `days`: as many as its rows make up, since a
 * version answers a part of the requests, or of the days. Nothing where they are a small part of a day.
 */
function valueIn(pipeline: Pipeline, tally: Tally, days: number): Pick<Verdict['performance'][number], 'value'> {
  if (days < 1 && tally.rows < pipeline.gates.minRows) return {};
  const ofClasses = classCostsOf(pipeline);
  if (ofClasses) return tally.confusion ? { value: valueOfClasses(tally.confusion, ofClasses, days) } : {};
  const [costs, wrong] = [costsOf(pipeline), wrongOf(tally)];
  return costs && wrong ? { value: valueOf(wrong, costs, days) } : {};
}

/** How near estimates of whole days came to what their labels say: the champion's, or where it has none at all, others'. */
function compareForetold(
  { gates: { metric: gate }, label: { kind } }: Pipeline,
  champion: number,
  days: readonly CountedDay[],
): Foretold | null {
  const all = days.filter(({ closed }) => closed).map(({ arms }) => arms.filter(({ estimated }) => estimated && Object.keys(estimated).length > 0)); // prettier-ignore
  const own = all.flatMap((arms) => arms.filter(({ version }) => version === champion));
  const arms = own.length > 0 ? own : all.flatMap((arms) => arms.toSorted((a, b) => b.answered - a.answered).slice(0, 1)); // prettier-ignore
  const metric = estimatedMetric(arms.flatMap(({ estimated }) => estimated ?? []), gate); // prettier-ignore
  const known = arms.flatMap((arm) => {
    const likely = metric && arm.estimated?.[metric];
    const came = likely && metricsOfTally(kind, comparedWith(arm, arm.estimatedOf === 'batches'))[metric];
    return likely && came != null ? [{ ...likely, came }] : [];
  });
  if (!metric || known.length === 0) return null;
  return {
    days: known.length,
    held: known.filter(({ low, high, came }) => low <= came && came <= high).length,
    error: known.reduce((sum, { value, came }) => sum + Math.abs(value - came), 0) / known.length,
    ...(metric !== gate && { metric }),
    ...(own.length === 0 && { ofOthers: true }),
  };
}

/** The first day of the window: as short as drift's, and longer where that holds too few labels to tell. */
function beginOf(
  days: readonly CountedDay[],
  { drift, gates, label }: Pipeline,
  { to, champion }: { to: Instant; champion: number },
): Instant {
  const latest = floorTo(before(to, drift.window), '1 day');
  let tally = emptyTally();
  for (const { day, arms } of days.toReversed()) {
    for (const arm of arms) if (arm.version === champion) tally = addTallies(tally, arm.tally);
    const { positives } = metricsOfTally(label.kind, tally);
    const isEnough = tally.rows >= gates.minRows && (label.kind === 'number' || positives >= gates.minPositives);
    if (day <= latest && isEnough) return day;
  }
  return days[0]?.day ?? latest;
}

/** Where the log begins later than the window, nothing was decided before. */
const firstServed = (days: readonly CountedDay[], from: Instant): Instant =>
  days.find(({ day, arms }) => day >= from && arms.some(({ answered }) => answered > 0))?.day ?? from;

/** By version, all from a day on. */
function armsSince(days: readonly CountedDay[], from: Instant): Map<number, Omit<ArmOfDay, 'version'>> {
  const sums = new Map<number, Omit<ArmOfDay, 'version'>>();
  for (const { day, arms } of days)
    for (const { version, answered, tally, slices = {} } of day < from ? [] : arms) {
      const has = sums.get(version) ?? { answered: 0, tally: emptyTally(), slices: {} };
      const together: Record<string, Tally> = { ...has.slices };
      for (const [name, rows] of Object.entries(slices))
        together[name] = addTallies(together[name] ?? emptyTally(), rows);
      sums.set(version, {
        answered: has.answered + answered,
        tally: addTallies(has.tally, tally),
        slices: together,
      });
    }
  return sums;
}

/**
 * Only days whose labels have come, since the quickest of a day may be others than the rest; and none that the version
 * may have learnt from, which batches also score.
 */
async function judgeChampion(
  ports: PerformancePorts,
  pipeline: Pipeline,
  champion: number,
  days: readonly CountedDay[],
): Promise<Concept | null> {
  const closed = days.flatMap(
    ({ day, closed, arms }): SlicedDay[] =>
    closed ? arms.filter(({ version, tally }) => version === champion && tally.rows > 0).map(({ tally, slices }) => ({ day, tally, ...(slices && { slices }) })) : [], // prettier-ignore
  );
  const isEnough = (some: SlicedDay[]): boolean =>
    some.reduce((sum, { tally }) => sum + tally.rows, 0) >= pipeline.gates.minRows;
  if (!isEnough(closed)) return null;
  const version = await ports.modelVersions.get(pipeline.name, champion);
  const unseen = floorTo(version.splits.to, '1 day');
  const labelled = closed.filter(({ day }) => day >= unseen);
  if (!isEnough(labelled)) return null;
  const holdout = holdoutOf(pipeline.label.kind, await countHoldoutDays(ports, pipeline, version));
  const { kind, classes = [] } = pipeline.label;
  const first = await firstDays(ports, pipeline, version, days[0]!.day);
  const known = [...first, ...labelled];
  const concept = judgeDecay({ kind, holdout, live: known, classes: kind === 'class' ? classes : [] });
  if (!concept) return null;
  const floor = checkNewest(pipeline, labelled, { days: holdout.days, interval: version.evaluation.intervals?.[pipeline.gates.metric] }); // prettier-ignore
  const slices = fallenSlices(pipeline, Object.keys(pipeline.slices ?? {}), { holdout: holdout.days, live: labelled, first }); // prettier-ignore
  return {
    ...concept,
    ...(floor && { floor }),
    ...(slices.length > 0 && { slices }),
    // Nobody asked for a floor that follows from the holdout: it may be passed where inputs got harder.
    decayed: concept.decayed || (floor?.isBelow === true && floor.derived !== true),
  };
}

/** Days from before the newest whose rows the version has not learnt from, of slices as they are declared now. */
async function firstDays(
  { performance }: Pick<PerformancePorts, 'performance'>,
  { name, slices }: Pipeline,
  { version, splits }: ModelVersion,
  to: Instant,
): Promise<SlicedDay[]> {
  const from = after(floorTo(splits.to, '1 day'), '1 day');
  const days = await performance.first(name, version, { from, to }, FIRST_DAYS);
  const sliced = slices && contentId(slices);
  return days.map((day) => (day.sliced === sliced ? day : { day: day.day, tally: day.tally }));
}
