import { ranked } from './rungs.ts';
import type { RunLine, Trial } from './trials.ts';

/** What a training run tried, the best first. */
export interface Leaderboard {
  run: RunLine;
  trials: Trial[];
}

/** The trials in the order of a leaderboard: those trained on all rows first, then by rung; by the metric within each. */
export function leaderboardOf(run: RunLine, trials: readonly Trial[]): Leaderboard {
  const valued = trials.map((trial) => ({ trial, candidate: trial.candidate, value: valueOf(trial) }));
  const ordered = ranked(valued, run.metric).map(({ trial }) => trial);
  const depth = ({ state, result }: Trial): number => (state === 'finished' ? Infinity : (result?.rung ?? -1));
  const order = ordered.toSorted((a, b) => (depth(a) === depth(b) ? 0 : depth(b) - depth(a)));
  return { run, trials: order.toSorted((a, b) => Number(b.winner) - Number(a.winner)) };
}

/** By the metric that its run chose by, on the selection split. */
export const valueOf = ({ result, metric }: Trial): number | null => result?.selection[metric] ?? null;

/** The rung of a trial, as people count; nothing where the run has only one. */
export const rungOf = ({ result, searched }: Trial, { search }: RunLine): string =>
  !searched || !search || !result ? '' : `${result.rung + 1} of ${search.rungs.length}`;

/** How the search of a run stands. */
export function searchInWords({ search, over }: RunLine): string {
  if (!search) return 'It does not search: only declared candidates are tried.';
  const rungs = search.rungs.map(({ rows }) => rows.toLocaleString('en-US')).join(', ');
  const within = search.within === null ? '' : `, within ${search.within}`;
  const outcome =
    search.outcome === null ? (over ? 'It ended with its run.' : 'It is under way.') : `${search.outcome}.`;
  return `Search of ${search.trials} trials on ${rungs} rows${within}: ${outcome}`;
}
