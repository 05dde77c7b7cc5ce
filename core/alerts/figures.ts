import type { Pipeline } from '../declaration/pipeline.ts';
import { SCORE } from '../data/profiles/binning.ts';
import { columnTitle } from '../drift/alarm/words.ts';
import { distanceKinds, thresholdsOf, countingNames } from '../drift/distances/index.ts';
import { byImportance } from '../drift/explaining/explained.ts';
import { findingsOf } from '../drift/findings/index.ts';
import { betweenInWords } from '../drift/explaining/since-words.ts';
import { farFrom, headline, unknownColumns } from '../drift/standing.ts';
import { columnsBehind, warnedColumns, type ColumnDrift, type Verdict } from '../drift/verdict.ts';
import { metricTitle, type MetricName } from '../metrics/index.ts';
import { decidedTitle } from '../performance/decided-title.ts';
import type { Decided, Likely } from '../performance/estimate.ts';
import { shortTime } from '../time/time.ts';

/** A table of a message, for channels that can show one. */
export interface Figure {
  caption: string;
  head: string[];
  rows: string[][];
}

const MOST_COLUMNS = 10;
const NONE = '\u2013';
const short = (value: number): string => String(Number(value.toPrecision(3)));
const percent = (share: number): string => `${Number((100 * share).toFixed(1))}\u00a0%`;
const change = (before: string, now: string): string => (before === now ? now : `${before} \u2192 ${now}`);

/** The report of a check in a few tables of words: what moved, what kind of change it is, and how the champion does. */
export const figuresOf = (verdict: Verdict, pipeline: Pick<Pipeline, 'drift' | 'gates'>): Figure[] =>
  [
    movedFigure(verdict, pipeline.drift),
    kindsFigure(verdict, pipeline.drift),
    performanceFigure(verdict, pipeline),
  ].filter(({ rows }) => rows.length > 0);

function movedFigure(verdict: Verdict, drift: Pipeline['drift']): Figure {
  const behind = columnsBehind(verdict);
  const voting = verdict.columns.filter(({ votes }) => votes);
  const moved = voting.filter(({ column, drifted }) => drifted || behind.includes(column)).sort(byImportance(drift));
  const unusual = verdict.alarm ? moved.filter(({ column }) => behind.includes(column)) : [];
  const far = moved.filter((column) => !unusual.includes(column));
  const score = behind.includes(SCORE) && verdict.score ? [verdict.score] : [];
  const columns = [...unusual, ...far].slice(0, MOST_COLUMNS);
  const rows = [...score, ...columns];
  const unknown = [...unknownColumns(verdict), ...warnedColumns(verdict)];
  // What is unusual about the others, and since when, is in the message.
  const titleOf = (column: ColumnDrift): string => {
    if (unknown.includes(column.column)) return `${column.column} (${farFrom(verdict)}; the alarm cannot tell)`;
    return verdict.alarm && unusual.length + score.length > 0 && far.includes(column)
      ? `${column.column} (${farFrom(verdict)})`
      : columnTitle(column.column);
  };
  const cells: [string, (column: ColumnDrift) => string][] = [
    ['Column', titleOf],
    ['How far (limit)', (column) => howFar(column, drift)],
    ['Mean', ({ mean }) => (mean ? change(short(mean.reference), short(mean.current)) : NONE)],
    ['Nulls', ({ nullShare }) => (percent(nullShare.reference) === percent(nullShare.current) ? NONE : change(percent(nullShare.reference), percent(nullShare.current)))], // prettier-ignore
    ['Share of the score', ({ explained }) => (explained?.score ? percent(explained.score.share) : NONE)],
    ...(unusual.length > 0 ? [] : [['Since', sinceWhen] satisfies [string, typeof sinceWhen]]),
  ];
  const told = cells.filter(([, cell]) => rows.some((row) => cell(row) !== NONE));
  const first = moved.length > columns.length ? `, the first ${columns.length}` : '';
  return {
    caption: `${headline(verdict)}${first}`,
    head: told.map(([head]) => head),
    rows: rows.map((row) => told.map(([, cell]) => cell(row))),
  };
}

/** The distance that is furthest beyond its limit. */
function howFar({ column, distances }: ColumnDrift, drift: Pipeline['drift']): string {
  const thresholds = thresholdsOf(drift, column);
  const told = countingNames(thresholds).flatMap((name) => {
    const [value, limit] = [distances[name]?.value, thresholds[name]];
    return value == null || !limit ? [] : [{ name, value, limit }];
  });
  const [most] = told.sort((a, b) => b.value / b.limit - a.value / a.limit);
  return most ? `${distanceKinds[most.name].title}\u00a0${most.value.toPrecision(2)} (${most.limit})` : NONE;
}

function sinceWhen({ explained }: ColumnDrift): string {
  const since = explained?.since;
  if (!since) return NONE;
  const { at, from, to } = since;
  if (at === null || from === null) return `before ${shortTime(to)}`;
  return from === to ? shortTime(at) : `${shortTime(at)} (${betweenInWords({ at, from, to })})`;
}

const kindsFigure = (verdict: Verdict, drift: Pipeline['drift']): Figure => ({
  caption: 'What kind of change',
  head: ['Kind', 'Found', 'What follows'],
  rows: findingsOf(verdict, drift).map(({ title, says, follows }) => [title, says, follows]),
});

function performanceFigure(verdict: Verdict, { gates }: Pick<Pipeline, 'gates'>): Figure {
  const { performance, version, labelled, estimated } = verdict;
  const metrics = performance.find((each) => each.version === version)?.metrics;
  const likely = estimated?.metrics ?? {};
  const decided = Object.entries(estimated?.decided ?? {}) as [keyof Decided, Likely][];
  const range = ({ value, low, high }: Likely): string => `${short(value)} (${short(low)} to ${short(high)})`;
  const names = [...new Set([gates.metric, ...(Object.keys(likely) as MetricName[])])];
  return {
    caption: `How the champion does${labelled ? `, by labels from ${shortTime(labelled.from)} to ${shortTime(labelled.to)}` : ''}`,
    head: ['Metric', 'By labels', 'Estimated for this window, without labels'],
    rows: [
      ...names.flatMap((name) => {
        const [value, guess] = [metrics?.[name], likely[name]];
        if (value == null && !guess) return [];
        return [[metricTitle(name), value == null ? NONE : short(value), guess ? range(guess) : NONE]];
      }),
      ...decided.map(([name, guess]) => [decidedTitle(name), NONE, range(guess)]),
    ],
  };
}
