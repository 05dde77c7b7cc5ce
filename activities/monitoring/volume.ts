import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { type Part, type Snapshot } from '../../core/data/data.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { usualRate } from '../../core/drift/alarm/rate.ts';
import { rateOf } from '../../core/drift/judging.ts';
import { asLoggedNow } from '../../core/drift/volume/logged-shares.ts';
import { zonesOf } from '../../core/drift/volume/clocks.ts';
import { judgeVolume, PAST_DAYS, type Volume } from '../../core/drift/volume/volume.ts';
import { type Verdict } from '../../core/drift/verdict.ts';
import { DAY, floorTo, HOUR, instant, milliseconds, type Instant } from '../../core/time/time.ts';

export interface VolumePorts {
  pipelines: Pick<Pipelines, 'loggedShares'>;
  log: Pick<PredictionLog, 'rowsByHour' | 'lateness'>;
}

/** Whether fewer or more predictions are made, or rows of the source come, than is usual; absent: too little past. */
export async function compareVolume(
  ports: VolumePorts,
  pipeline: Pipeline,
  asOf: Instant,
  snapshot: Snapshot | null,
): Promise<NonNullable<Verdict['volume']>> {
  const rate = rateOf(pipeline.drift) ?? usualRate;
  const predictions = await servedVolume(ports, pipeline, asOf, rate);
  const rows = snapshot && sourceVolume(snapshot.parts, pipeline, rate);
  return { ...predictions, ...(rows && { rows }) };
}

/** By whole hours, up to where nearly all rows have come: some clients send theirs hours after their time. */
async function servedVolume(
  { log, pipelines }: VolumePorts,
  pipeline: Pipeline,
  asOf: Instant,
  rate: string,
): Promise<Pick<NonNullable<Verdict['volume']>, 'predictions' | 'late'>> {
  const hour = Date.parse(floorTo(asOf, '1 hour'));
  const lateSince = (days: number): Promise<number | null> =>
    log.lateness(pipeline.name, { from: instant(hour - days * DAY), to: instant(hour - DAY) });
  const late = (await lateSince(8)) ?? (await lateSince(PAST_DAYS)); // nothing may have come for a week
  if (late === null) return {};
  if (late > DAY) return { late: Math.floor(late / HOUR) };
  const to = hour - Math.ceil(Math.max(0, late - HOUR / 10) / HOUR) * HOUR;
  const from = to - PAST_DAYS * DAY;
  const rows = await log.rowsByHour(pipeline.name, { from: instant(from), to: instant(to) });
  const shares = await pipelines.loggedShares(pipeline.name);
  const predictions = judgeVolume({ from, step: HOUR, rows: asLoggedNow(rows, from, shares) }, rate, zonesOf(pipeline));
  return predictions ? { predictions } : {};
}

/** By whole partitions. */
function sourceVolume(parts: readonly Part[], pipeline: Pipeline, rate: string): Volume | null {
  const step = milliseconds(pipeline.source.partition);
  if (step > DAY || DAY % step !== 0) return null;
  const whole = parts.filter(({ kind, from, to }) => kind === 'rows' && Date.parse(to) - Date.parse(from) === step);
  const times = whole.map(({ from }) => Date.parse(from));
  const last = times.reduce((latest, time) => Math.max(latest, time), 0);
  const from = Math.max(
    last - PAST_DAYS * DAY,
    times.reduce((a, b) => Math.min(a, b), last),
  );
  const rows = Array.from({ length: Math.round((last - from) / step) + 1 }, () => 0);
  whole.forEach((part, i) => {
    const place = Math.round((times[i]! - from) / step);
    if (place >= 0) rows[place]! += part.rows;
  });
  return judgeVolume({ from, step, rows }, rate, zonesOf(pipeline));
}
