import type { Instant } from '../../../time/time.ts';
import type { Change } from '../contrasts.ts';
import { noLine, type LineSums } from '../line.ts';
import { emptySeason, type Season } from '../season.ts';
import type { Steps } from '../steps/steps.ts';

/**
 * The windows, in hours, over which rows are averaged, the newer ones counting more: a mean that forgets at the pace at
 * which a mean over so many hours does.
 */
export const WINDOWS = [1, 3, 6, 24, 168] as const;

/** How far the means of one window were from what was expected, in quiet times. */
export interface Errors {
  looks: number;
  /** Sums of their sizes in independent rows, and of their squared errors as multiples of what such rows vary by. */
  sizes: number;
  squares: number;
  /** Sums of the second and fourth powers of how unusual they were: how long their tails are. */
  second: number;
  fourth: number;
  /** The most unusual of them; it fades. */
  most: number;
}

/** How a mean has moved from hour to hour in quiet times. */
export interface Moves {
  /** Of hours and the ones before them. */
  pairs: LineSums;
  /** Of steps that may have begun within hours: how many hours, sums of powers of how unusual, and the most unusual. */
  looks: number;
  second: number;
  fourth: number;
  /** Of the most unusual of each hour, squared. */
  squares: number;
  most: number;
}
export const noMoves = (): Moves => ({ pairs: noLine(), looks: 0, second: 0, fourth: 0, squares: 0, most: 0 });

/** What quiet times have shown of one contrast. */
export interface Past {
  season: Season;
  /** By window. */
  errors: Errors[];
  /** Of hours: sums of squared sizes, and of sizes times errors. They tell what varies by row from what varies by hour. */
  squaredSizes: number;
  sizedErrors: number;
  /** Of a spread: told around the mean of each hour; absent in states of earlier releases, which did so around the middle. */
  aroundMean?: true;
  /** Absent in states of earlier releases. */
  moves?: Moves;
  /** Of a version's scores: quiet hours since its first rows, with rows or without. */
  served?: number;
}

/** A window's rows: how many, the squares of their weights, what they add up to beyond what was expected, and that. */
export interface Window {
  rows: number;
  weights: number;
  off: number;
  expected: number;
}

/** How evidence of one direction has added up since it last was nothing. */
export interface Evidence {
  sum: number;
  since: number | null;
}

/** An alarm that lasts. */
export interface Episode {
  /** When it was raised, and when what it is about began, in milliseconds since 1970. */
  raisedAt: number;
  since: number;
  direction: 'higher' | 'lower';
  /** The place of the shortest window that showed it. */
  window: number;
  calmHours: number;
  /** Of a step: where the mean was before it, and how far it went. */
  step?: { from: number; by: number };
}

export interface Now {
  windows: Window[];
  higher: Evidence;
  lower: Evidence;
  open: Episode | null;
  /** Which way the last hour with rows was past a limit; absent: none was. */
  beyond?: 'higher' | 'lower';
  /** Of a mean that wanders. */
  steps: Steps | null;
}

/** All that is known of one contrast before an hour: of constant size, however long the past. */
export interface ContrastState {
  past: Past;
  now: Now;
}

/** The windows, by their places, over which all columns are looked at together: what is small in each needs a day to show. */
export const TOGETHER_WINDOWS = [WINDOWS.indexOf(24), WINDOWS.indexOf(168)] as const;

/** How far columns were off together in one window, in quiet times. */
export interface ErrorsTogether {
  looks: number;
  /** Sums of how many columns there were, of the mean of their squares, and of the squares of that. */
  columns: number;
  sum: number;
  squares: number;
  /** The most unusual of them; it fades. */
  most: number;
}

/** A column behind an alarm about several together. */
export interface NamedTogether {
  column: string;
  of: Change;
  direction: 'higher' | 'lower';
  since: number;
  raisedAt: number;
}

export interface Together {
  /** By window. */
  errors: ErrorsTogether[];
  /** Whether the last hour with rows was past a limit. */
  beyond: boolean;
  /** An alarm that lasts, and the columns behind it. */
  open: NamedTogether[] | null;
}

export interface AlarmState {
  /** Hours before this one are in it. */
  upTo: Instant;
  contrasts: Record<string, ContrastState>;
  /** Absent in states of earlier releases. */
  together?: Together;
}
export const emptyTogether = (): Together => ({
  errors: TOGETHER_WINDOWS.map(() => ({ looks: 0, columns: 0, sum: 0, squares: 0, most: 0 })),
  beyond: false,
  open: null,
});

export const emptyContrast = (): ContrastState => ({
  past: {
    season: emptySeason(),
    errors: WINDOWS.map(() => ({ looks: 0, sizes: 0, squares: 0, second: 0, fourth: 0, most: 0 })),
    squaredSizes: 0,
    sizedErrors: 0,
  },
  now: {
    windows: WINDOWS.map(() => ({ rows: 0, weights: 0, off: 0, expected: 0 })),
    higher: { sum: 0, since: null },
    lower: { sum: 0, since: null },
    open: null,
    steps: null,
  },
});

export const copyOf = ({ windows, higher, lower, open, beyond, steps }: Now): Now => ({
  windows: windows.map((window) => ({ ...window })),
  higher: { ...higher },
  lower: { ...lower },
  open: open && { ...open },
  steps: steps && { ...steps, starts: steps.starts.map((start) => ({ ...start })) },
  ...(beyond && { beyond }),
});
