import { decodeWeights, encodeWeights } from '../../../model/numbers/weights.ts';
import type { Instant } from '../../../time/time.ts';
import { weekendsOf } from '../season.ts';
import {
  emptyContrast,
  noMoves,
  WINDOWS,
  type AlarmState,
  type ContrastState,
  type Episode,
  type Moves,
  type Together,
} from './state.ts';
import type { Start, Steps } from '../steps/steps.ts';

interface StoredContrast {
  /** All that is no time, in the order of `placesOf`. */
  numbers: string;
  /** Since when evidence has added up: of higher means, and of lower ones. */
  since?: [number | null, number | null];
  open?: Episode;
  beyond?: 'higher' | 'lower';
  aroundMean?: true;
  served?: number;
  moves?: string;
  steps?: StoredSteps;
}

interface StoredSteps {
  starts: number;
  numbers: string;
}

/** A state as it is stored: a sixth of its JSON, with seven digits of each number. */
export interface StoredState {
  upTo: Instant;
  stored: Record<string, StoredContrast>;
  together?: Together;
}

/** Reads and writes one number of a contrast. */
interface Place {
  get: (of: ContrastState) => number;
  set: (of: ContrastState, value: number) => void;
}

const places = placesOf();

function placesOf(): Place[] {
  const found: Place[] = [];
  /** The numbers of one object, or of one list. */
  const each = <Key extends PropertyKey>(keys: readonly Key[], within: (of: ContrastState) => Record<Key, number>) => {
    for (const key of keys)
      found.push({ get: (of) => within(of)[key], set: (of, value) => void (within(of)[key] = value) });
  };
  const [cell, empty] = [[0, 1] as const, emptyContrast()];
  each([0, 1, 2], ({ past }) => past.season.all);
  each(['hours'], ({ past }) => past.season);
  empty.past.season.byHour.forEach((_, i) => each(cell, ({ past }) => past.season.byHour[i]!));
  empty.past.season.byHour.forEach((_, i) => each(cell, ({ past }) => weekendsOf(past.season)[i]!));
  empty.past.season.byDay.forEach((_, i) => each(cell, ({ past }) => past.season.byDay[i]!));
  for (const w of WINDOWS.keys()) {
    each(['looks', 'sizes', 'squares', 'second', 'fourth', 'most'], ({ past }) => past.errors[w]!);
    each(['rows', 'weights', 'off', 'expected'], ({ now }) => now.windows[w]!);
  }
  each(['squaredSizes', 'sizedErrors'], ({ past }) => past);
  each(['sum'], ({ now }) => now.higher);
  each(['sum'], ({ now }) => now.lower);
  return found;
}

const encode = (numbers: readonly number[]): string => encodeWeights(Float32Array.from(numbers));

/** In this order. */
const ofMoves = ['looks', 'second', 'fourth', 'squares', 'most'] as const;
const ofPairs = ['looks', 'sizes', 'squares', 'squaredSizes', 'sizedErrors'] as const;
const ofStart = ['age', 'followed', 'sum', 'size'] as const;

const storedMoves = (moves: Moves): string =>
  encode([...ofMoves.map((key) => moves[key]), ...ofPairs.map((key) => moves.pairs[key])]);
function readMoves(stored: string): Moves {
  const numbers = decodeWeights(stored, ofMoves.length + ofPairs.length);
  const moves = noMoves();
  ofMoves.forEach((key, i) => (moves[key] = numbers[i]!));
  ofPairs.forEach((key, i) => (moves.pairs[key] = numbers[ofMoves.length + i]!));
  return moves;
}

const storedSteps = ({ level, variance, starts }: Steps): StoredSteps => ({
  starts: starts.length,
  numbers: encode([level, variance, ...starts.flatMap((start) => ofStart.map((key) => start[key]))]),
});
function readSteps({ starts, numbers }: StoredSteps): Steps {
  const [level, variance, ...others] = decodeWeights(numbers, 2 + starts * ofStart.length);
  const startAt = (place: number): Start => {
    const [age, followed, sum, size] = others.slice(place * ofStart.length);
    return { age: age!, followed: followed!, sum: sum!, size: size! };
  };
  return { level: level!, variance: variance!, starts: Array.from({ length: starts }, (_, place) => startAt(place)) };
}

export const storedState = ({ upTo, contrasts, together }: AlarmState): StoredState => ({
  upTo,
  ...(together && { together }),
  stored: Object.fromEntries(
    Object.entries(contrasts).map(([id, contrast]): [string, StoredContrast] => {
      const { higher, lower, open, beyond, steps } = contrast.now;
      const { aroundMean, served, moves } = contrast.past;
      return [
        id,
        {
          numbers: encodeWeights(Float32Array.from(places, ({ get }) => get(contrast))),
          ...((higher.since ?? lower.since) !== null && { since: [higher.since, lower.since] }),
          ...(open && { open }),
          ...(beyond && { beyond }),
          ...(aroundMean && { aroundMean }),
          ...(served !== undefined && { served }),
          ...(moves && { moves: storedMoves(moves) }),
          ...(steps && { steps: storedSteps(steps) }),
        },
      ];
    }),
  ),
});

/** Also of an earlier release, which stored a state as it is. */
export function readState(state: StoredState | AlarmState): AlarmState {
  if ('contrasts' in state) return state;
  const { upTo, stored, together } = state;
  return {
    upTo,
    ...(together && { together }),
    contrasts: Object.fromEntries(
      Object.entries(stored).map(([id, its]): [string, ContrastState] => {
        const { numbers, since, open, beyond, aroundMean, served, moves, steps } = its;
        const contrast = emptyContrast();
        const values = decodeWeights(numbers, places.length);
        places.forEach(({ set }, i) => set(contrast, values[i]!));
        const { now, past } = contrast;
        if (since) [now.higher.since, now.lower.since] = since;
        if (open) now.open = open;
        if (beyond) now.beyond = beyond;
        if (aroundMean) past.aroundMean = aroundMean;
        if (served !== undefined) past.served = served;
        if (moves) past.moves = readMoves(moves);
        if (steps) now.steps = readSteps(steps);
        return [id, contrast];
      }),
    ),
  };
}
