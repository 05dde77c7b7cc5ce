import { SCORE } from '../../../core/data/profiles/binning.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { performanceByDay, type PerformanceByDay } from '../../../core/performance/by-day.ts';
import { type Estimated } from '../../../core/performance/estimate.ts';
import { before, DAY, floorTo, instant, type Instant } from '../../../core/time/time.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { unlessCancelled } from '../../steps/heartbeats.ts';
import { estimateServed } from './estimate.ts';
import { type HoldoutPorts } from '../performance/holdout-days.ts';
import { type ReferencePorts } from '../reference.ts';
import { type WindowPorts } from '../window.ts';
import { endOfDays } from './sliced-rows.ts';
import { cancellationSignal, log } from '@temporalio/activity';

export type EstimatePorts = HoldoutPorts & ReferencePorts & Pick<WindowPorts, 'binnings' | 'log'>;

/** Days are made up for that no check estimated when they were over. */
const LATEST_DAYS = 7;

/** Estimates each whole day that the champion served, once, to be compared with its labels. A failure costs no check. */
export async function estimateDays(
  ports: EstimatePorts,
  pipeline: Pipeline,
  version: ModelVersion,
  asOf: Instant,
): Promise<void> {
  const { performance } = ports;
  const to = endOfDays(asOf);
  const from = before(to, `${LATEST_DAYS} days`);
  try {
    const told = await performance.estimates(pipeline.name, { from, to });
    const known = new Set(told.filter((of) => of.version === version.version).map(({ day }) => day));
    for (let day = from; day < to; day = instant(Date.parse(day) + DAY)) {
      if (known.has(day)) continue;
      const metrics = await unlessCancelled(estimateDay(ports, pipeline, version, day));
      await performance.recordEstimate(pipeline.name, { day, version: version.version, metrics });
    }
  } catch (error) {
    cancellationSignal().throwIfAborted();
    log.warn('The performance of a day could not be estimated.', { error: messageOf(error) });
  }
}

/** How far back a report shows days. */
const SHOWN = '30 days';

/** How predictions did day by day up to a moment, by labels and as estimated. */
export async function readDays(
  { performance }: Pick<EstimatePorts, 'performance'>,
  pipeline: Pipeline,
  asOf: Instant,
): Promise<PerformanceByDay> {
  const within = { from: floorTo(before(asOf, SHOWN), '1 day'), to: asOf };
  const [counted, told] = [
    await performance.list(pipeline.name, within),
    await performance.estimates(pipeline.name, within),
  ];
  return performanceByDay(pipeline, counted, told);
}

/** In the binning that counted most of the day: one made since has no counts of it. */
async function estimateDay(
  ports: EstimatePorts,
  pipeline: Pipeline,
  version: ModelVersion,
  day: Instant,
): Promise<Estimated['metrics']> {
  const window = { from: day, to: instant(Date.parse(day) + DAY) };
  let most: Parameters<typeof estimateServed>[2] | null = null;
  for (const binning of await ports.binnings.list(pipeline.name)) {
    const arms = await ports.log.served(pipeline.name, binning, window);
    const current = arms.find((arm) => arm.version === version.version)?.profile;
    if (current && current.rows > (most?.current.rows ?? 0))
      most = { version, window, binning, current, currentScore: current.columns[SCORE], promised: current.promised };
    if (most && most.current.rows >= pipeline.drift.minRows) break;
  }
  return (most && (await estimateServed(ports, pipeline, most)))?.metrics ?? {};
}
