import { ranked } from '../../core/search/rungs.ts';
import { type MetricName } from '../../core/metrics/index.ts';
import { leaderboard, type BoardLine } from '../messages.ts';
import { setCurrentDetails, setHandler } from '@temporalio/workflow';

const SHOWN = 10;

export interface Board {
  add(trials: readonly { name: string; options: string }[]): void;
  tell(candidate: string, news: Partial<Omit<BoardLine, 'candidate' | 'options'>>): void;
  /** The search's time is up: what has not finished is stopped. */
  cut(): void;
  /** How the search stands, or how it ended. */
  say(search: string): void;
  won(candidate: string): void;
}

/** What a training run tries and how each goes: for queries, and in the run's details of the Web UI. */
export function createBoard(metric: MetricName, candidates: readonly string[]): Board {
  const empty = { options: null, rung: null, value: null, seconds: null, winner: false } as const;
  const lines = new Map<string, BoardLine>(
    candidates.map((candidate) => [candidate, { candidate, ...empty, state: 'running' }]),
  );
  let search: string | null = null;
  const inOrder = (): BoardLine[] =>
    // A value of a later rung is of more rows; those that have all rows are the last.
    ranked([...lines.values()], metric).toSorted((a, b) => depth(b) - depth(a));
  const show = (): void => {
    if (search === null) return;
    const rows = inOrder().slice(0, SHOWN).map(describe);
    setCurrentDetails(
      [search, '', `| | ${metric} | rung | state | options |`, '|---|---|---|---|---|', ...rows].join('\n'),
    );
  };
  setHandler(leaderboard, () => ({ metric, search, lines: inOrder() }));
  return {
    add(trials) {
      for (const { name, options } of trials) lines.set(name, { candidate: name, ...empty, options, state: 'waiting' });
      show();
    },
    tell(candidate, news) {
      const line = lines.get(candidate);
      if (line) Object.assign(line, news);
      show();
    },
    cut() {
      for (const line of lines.values())
        if (line.options !== null && (line.state === 'waiting' || line.state === 'running')) line.state = 'stopped';
      show();
    },
    say(words) {
      search = words;
      show();
    },
    won(candidate) {
      for (const line of lines.values()) line.winner = line.candidate === candidate;
      show();
    },
  };
}

const depth = ({ state, rung }: BoardLine): number => (state === 'finished' ? Infinity : (rung ?? 0));

const describe = ({ candidate, value, rung, state, options, winner }: BoardLine): string =>
  `| ${candidate}${winner ? ' (best)' : ''} | ${value === null ? '' : value.toFixed(4)} | ${rung ?? ''} | ${state} | ${options ?? ''} |`;
