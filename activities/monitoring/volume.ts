import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Part, type Snapshot, TIME } from '../../core/data/data.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type Parts } from '../../core/data/parts.ts';
import { type BatchFiles } from '../../core/data/predictions/batches.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { usualRate } from '../../core/drift/alarm/rate.ts';
import { rateOf } from '../../core/drift/judging.ts';
import { asLoggedNow } from '../../core/drift/volume/logged-shares.ts';
import { zonesOf } from '../../core/drift/volume/clocks.ts';
import { judgeOpen, OPEN_PAST_DAYS } from '../../core/drift/volume/open.ts';
import { judgeVolume, PAST_DAYS, type UnusualVolume, type Volume } from '../../core/drift/volume/volume.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { type Verdict } from '../../core/drift/verdict.ts';
import { extractionOf, readingsOf } from '../../core/sources/partitions.ts';
import { fetchParts } from '../data/parts.ts';
import { reportProgress } from '../steps/heartbeats.ts';
import { cancellationSignal, log } from '@temporalio/activity';
import { DAY, floorTo, HOUR, instant, milliseconds, type Instant } from '../../core/time/time.ts';

export interface VolumePorts {
  pipelines: Pick<Pipelines, 'loggedShares'>;
  log: Pick<PredictionLog, 'rowsByHour' | 'lateness'>;
  parts: Pick<Parts, 'open'>;
  analytics: Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
  sharedClock: SharedClock;
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
  const rows = snapshot && (await sourceVolume(ports, snapshot, pipeline, rate));
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

/** By whole partitions, and by the one that is still open when hardly any row of it came. */
async function sourceVolume(
  ports: VolumePorts,
  { parts }: Snapshot,
  pipeline: Pipeline,
  rate: string,
): Promise<Volume | null> {
  const step = milliseconds(pipeline.source.partition);
  if (step > DAY || DAY % step !== 0) return null;
  const rows = parts.filter(({ kind }) => kind === 'rows');
  const judged = wholeVolume(rows.filter((part) => lengthOf(part) === step), step, pipeline, rate); // prettier-ignore
  const newest = rows.reduce<Part | null>((a, b) => (a && a.to >= b.to ? a : b), null);
  const stopped = newest && lengthOf(newest) < step ? await openVolume(ports, pipeline, newest, step) : null;
  const unusual = stopped ?? judged?.unusual;
  if (unusual?.direction !== 'fewer') return judged;
  const time = await newestTime(ports, rows);
  // Where it stopped, the newest row tells since when.
  const since = stopped && time !== null ? time : unusual.since;
  return { rate, unusual: { ...unusual, since, ...(time !== null && { newest: time }) } };
}

/** How long after its watermark a data run has extracted the newest rows, unless it is a backfill. */
const SOON = HOUR;

const lengthOf = ({ from, to }: Pick<Part, 'from' | 'to'>): number => Date.parse(to) - Date.parse(from);

async function openVolume(
  { parts, sharedClock }: VolumePorts,
  pipeline: Pipeline,
  open: Part,
  step: number,
): Promise<UnusualVolume | null> {
  const from = instant(Date.parse(open.from) - OPEN_PAST_DAYS * DAY);
  // The database tells when a part was extracted by a clock that is not the simulated one. A simulated source has no late
  // rows, so that a backfill finds what was found in time.
  const { simulated } = await sharedClock.read();
  const soon = simulated ? null : milliseconds(pipeline.source.lateness) + SOON;
  const opened = await parts.open(pipeline.name, { from, to: open.from }, { step, soon });
  const { rows } = readingsOf(pipeline);
  // What another declaration read, perhaps of another table, tells nothing of this one.
  const alike = opened.filter((part) => part.extraction === extractionOf(pipeline.name, 'rows', rows, part));
  return judgeOpen(open, alike, zonesOf(pipeline));
}

function wholeVolume(whole: readonly Part[], step: number, pipeline: Pipeline, rate: string): Volume | null {
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
  const judged = judgeVolume({ from, step, rows }, rate, zonesOf(pipeline));
  return judged?.unusual ? { rate, unusual: { ...judged.unusual, to: instant(last + step) } } : judged;
}

/** The time of the newest row; null: there is none, or it cannot be read, which ends no check. */
async function newestTime({ analytics, cache }: VolumePorts, parts: readonly Part[]): Promise<Instant | null> {
  const filled = parts.filter(({ rows }) => rows > 0).reduce<Part | null>((a, b) => (a && a.to >= b.to ? a : b), null);
  if (!filled) return null;
  try {
    let newest = 0;
    for (const file of await fetchParts(cache, { parts: [filled] }, 'rows'))
      for await (const { own, rows } of analytics.readRows(file, filled, [], [TIME])) {
        for (const time of own[TIME]!) newest = Math.max(newest, Number(time));
        reportProgress({ looked: rows });
      }
    return newest > 0 ? instant(newest) : null;
  } catch (error) {
    cancellationSignal().throwIfAborted();
    log.warn('The time of the newest row could not be read.', { error: messageOf(error) });
    return null;
  }
}
