import { binsFor, featuresOf, votes } from '../../core/columns/index.ts';
import { own } from '../../core/base/own.ts';
import { type Row } from '../../core/data/data.ts';
import { makeBinning, type Binning } from '../../core/data/profiles/binning.ts';
import { countRow, emptyProfile } from '../../core/data/profiles/profile.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import {
  errorsAllowed,
  judgeNext,
  SETTLES_HOURS,
  type ColumnAlarm,
  type HourSums,
} from '../../core/drift/alarm/alarm.ts';
import { contrastsOf, createRowSums, type Contrast } from '../../core/drift/alarm/contrasts.ts';
import { learnAtOnce } from '../../core/drift/alarm/learning/past.ts';
import { rateOf } from '../../core/drift/judging.ts';
import { type AlarmState } from '../../core/drift/alarm/state/state.ts';
import { type Simulation } from '../../core/sources/simulation.ts';
import { DAY, HOUR, instant, milliseconds } from '../../core/time/time.ts';
import { readExamples } from '../../local/simulation/examples.ts';
import type { BenchRow } from '../bench.ts';
import { fileURLToPath } from 'node:url';

export const QUARTER = 'a quiet quarter of the examples';
const WEEK = 7 * DAY;
const WEEKS = 13;
/** What changes is looked for so long. */
const DRIFTS = 2 * WEEK;
/** A Sunday, when a model is trained. */
const START = Date.parse('2026-01-04T03:00:00.000Z');

/**
 * Plays both examples for a quarter of a year in which nothing happens, a model a week and a look each hour; then their world
 * changes as `npm start` lets it.
 */
export async function quietQuarters(report: (line: string) => void, seeds: number): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { pipeline, simulation } of await readExamples(fileURLToPath(new URL('../../pipelines', import.meta.url))))
    for (let seed = 1; simulation && seed <= seeds; seed++) {
      const { name } = pipeline;
      const { alarms, found } = playQuarter(pipeline, simulation, seed);
      const told = alarms.map(({ column, of, raisedAt }) => `${column}/${of} at ${raisedAt}`).join(', ');
      const delay = found === null ? 'not found' : `found after ${found} h`;
      report(`${QUARTER}, ${name}, seed ${seed}: ${alarms.length} alarms${told && ` (${told})`}, drift ${delay}`);
      const row = { peer: null, peerName: null, ratio: null };
      rows.push({ ...row, case: `${QUARTER}, ${name}, seed ${seed}`, ours: alarms.length, unit: 'alarms' });
      if (found !== null) rows.push({ ...row, case: `then its world changes: found`, ours: found, unit: 'h' });
    }
  return rows;
}

/** The alarms of the quiet weeks, and after how many hours the drift that follows was found; null: not within two weeks. */
function playQuarter(pipeline: Pipeline, simulation: Simulation, seed: number) {
  const quiet = START + WEEKS * WEEK;
  const world = simulation.create({ seed, perDay: simulation.perDay, driftSince: instant(quiet) });
  const rowsOf = (from: number, to: number): [number, Row][] =>
    Array.from(world.between(instant(from), instant(to)), ({ row: { values } }) => [
      Date.parse(String(values[pipeline.source.time])),
      values,
    ]);
  const history = milliseconds(pipeline.source.history);
  let past = rowsOf(START - history, START);
  const binning = binsOf(pipeline, past);
  const alarms: ColumnAlarm[] = [];
  let found: number | null = null;
  for (let asOf = START; asOf <= quiet && found === null; asOf += WEEK) {
    const to = asOf + (asOf === quiet ? DRIFTS : WEEK);
    const next = rowsOf(asOf, to);
    let before: readonly ColumnAlarm[] = [];
    for (const { hour, raised } of watch(pipeline, binning, { past, next, asOf, to })) {
      if (asOf === quiet && raised.length > 0) {
        found = (hour - asOf) / HOUR + 1;
        break;
      }
      // A column that joins an alarm under way is no other alarm, as in alerts.
      if (raised.length > 0 && before.length === 0) alarms.push(raised[0]!);
      before = raised;
    }
    past = [...past, ...next].filter(([time]) => time >= asOf + WEEK - history);
  }
  return { alarms, found };
}

interface Weeks {
  past: [number, Row][];
  next: [number, Row][];
  asOf: number;
  to: number;
}

/** What a check of each hour says, after a training on the rows before. */
function* watch(pipeline: Pipeline, binning: Binning, { past, next, asOf, to }: Weeks) {
  const voting = Object.entries(featuresOf(pipeline.columns))
    .filter(([name, column]) => votes(column) && own(pipeline.drift.weights, name) !== 0)
    .map(([name]) => name);
  // The newest rows have no label yet.
  const labelled = past.filter(([time]) => time < asOf - milliseconds(pipeline.label.maturesAfter));
  const reference = emptyProfile(binning);
  for (const [, row] of labelled.slice(-Math.round(pipeline.splits.holdout * labelled.length)))
    countRow(reference, binning, row);
  const contrasts = contrastsOf(binning, reference, voting);
  const allowed = errorsAllowed(contrasts, rateOf(pipeline.drift)!);
  const history = milliseconds(pipeline.source.history);
  const hours = hoursOf(binning, contrasts, past, { from: asOf - history, to: asOf });
  const state: AlarmState = {
    upTo: instant(asOf),
    ...learnAtOnce(contrasts, allowed, hours),
  };
  const recent: HourSums[] = [];
  for (const hour of hoursOf(binning, contrasts, next, { from: asOf, to })) {
    recent.push(hour);
    const judging = judgeNext(state, contrasts, allowed, recent);
    let step = judging.next();
    while (!step.done) step = judging.next();
    if (recent.length > SETTLES_HOURS) recent.shift();
    yield { hour: hour.time, raised: step.value };
  }
}

function binsOf({ columns }: Pipeline, rows: readonly [number, Row][]): Binning {
  const bins = Object.entries(columns).map(([name, column]) => {
    const values = rows.map(([, row]) => row[name]);
    const sample = Float64Array.from(values.filter((value) => typeof value === 'number'));
    const levels = new Map<string, number>();
    for (const value of values) if (typeof value === 'string') levels.set(value, (levels.get(value) ?? 0) + 1);
    return [name, binsFor(column, { sample, levels: Array.from(levels, ([level, rows]) => ({ level, rows })) })] as const; // prettier-ignore
  });
  return makeBinning(Object.fromEntries(bins));
}

/** In order, those without rows too. */
function hoursOf(
  binning: Binning,
  contrasts: readonly Contrast[],
  rows: readonly [number, Row][],
  { from, to }: { from: number; to: number },
): HourSums[] {
  const { empty, add } = createRowSums(binning, contrasts);
  const hours = Array.from({ length: (to - from) / HOUR }, (_, i) => ({ time: from + i * HOUR, sums: empty() }));
  for (const [time, row] of rows) add(row, hours[Math.floor((time - from) / HOUR)]!.sums);
  return hours;
}
