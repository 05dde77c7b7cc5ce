import { createRandom, type Random } from '../../core/base/random.ts';

export const victims = ['worker', 'trainer', 'temporal', 'postgres', 'server'] as const;
/** The object store is a folder unless an outage needs a server (rounds.ts). */
export type Victim = (typeof victims)[number] | 'store';

/**
 * kill: SIGKILL, and started again some time later. stop: SIGSTOP, and SIGCONT some time later. restart: asked to stop,
 * and started again. child: SIGKILL for one of its child processes only, as when memory runs out. away: SIGKILL, and
 * down for so long that its users have to wait for it.
 */
export type Blow = 'kill' | 'stop' | 'restart' | 'child' | 'away';

/** What a fault waits for: it strikes at work, not at a clock. */
export const moments = [
  'the data loop runs',
  'a training is asked for',
  'a trainer runs',
  'a version is registered',
  'the drift check runs',
  'the prediction loop runs',
  'a person promotes',
  'a training is called off',
] as const;
export type Moment = (typeof moments)[number] | 'a batch is scored';

export interface Fault {
  victim: Victim;
  blow: Blow;
  /** Which of several processes, as a number to be taken modulo how many there are. */
  which: number;
  moment: Moment;
  /** After the moment. */
  afterMs: number;
  /** How long it is down, or stands still. */
  holdMs: number;
}

interface Card {
  victim: Victim;
  blow: Blow;
  /** Longest and shortest time that it is down. */
  hold: [number, number];
  moments?: readonly Moment[];
}

/** Longer than a training may be silent (workflows/steps/steps.ts), so a second attempt runs beside the first. */
const LONG_SILENCE: [number, number] = [23_000, 26_000];

const cards: readonly Card[] = [
  { victim: 'worker', blow: 'kill', hold: [0, 2_000] },
  { victim: 'temporal', blow: 'kill', hold: [0, 4_000] },
  { victim: 'postgres', blow: 'kill', hold: [0, 4_000] },
  { victim: 'server', blow: 'kill', hold: [0, 1_000] },
  { victim: 'trainer', blow: 'kill', hold: [0, 0], moments: ['a trainer runs'] },
  { victim: 'worker', blow: 'stop', hold: [500, 4_000] },
  { victim: 'postgres', blow: 'stop', hold: [500, 6_000] },
  { victim: 'temporal', blow: 'stop', hold: [500, 6_000] },
  { victim: 'server', blow: 'stop', hold: [500, 4_000] },
  { victim: 'worker', blow: 'restart', hold: [0, 1_000] },
  { victim: 'postgres', blow: 'child', hold: [0, 0] },
  { victim: 'worker', blow: 'stop', hold: LONG_SILENCE, moments: ['a trainer runs'] },
  { victim: 'postgres', blow: 'restart', hold: [0, 2_000] },
  { victim: 'temporal', blow: 'restart', hold: [0, 2_000] },
  { victim: 'trainer', blow: 'stop', hold: [1_000, 4_000], moments: ['a trainer runs'] },
  { victim: 'server', blow: 'restart', hold: [0, 1_000] },
];

const LONGEST_WAIT_MS = 1_500;

/**
 * The faults of a round, always the same for a seed and round. All kinds are dealt like cards, so a few rounds cover
 * each of them.
 */
export function planRound(seed: number, round: number, faults: number): Fault[] {
  const first = (round - 1) * faults;
  const random = createRandom(`${seed}/${round}`);
  return Array.from({ length: faults }, (_, i) => {
    const { victim, blow, hold, moments: fitting = moments } = cardAt(seed, first + i);
    return {
      victim,
      blow,
      which: random.integer(1_000),
      moment: random.pick(fitting),
      afterMs: random.integer(LONGEST_WAIT_MS),
      holdMs: hold[0] + random.integer(hold[1] - hold[0] + 1),
    };
  });
}

function cardAt(seed: number, at: number): Card {
  const deal = Math.floor(at / cards.length);
  const random: Random = createRandom(`${seed}/deck/${deal}`);
  return random.shuffle([...cards])[at % cards.length]!;
}

type Work = Extract<Moment, 'a trainer runs' | 'a batch is scored'>;

/** What can be down, and the work that has to wait for it. */
const outages: readonly { victim: Victim; moment: Work }[] = [
  { victim: 'postgres', moment: 'a trainer runs' },
  { victim: 'store', moment: 'a batch is scored' },
  { victim: 'temporal', moment: 'a trainer runs' },
  { victim: 'postgres', moment: 'a batch is scored' },
  { victim: 'store', moment: 'a trainer runs' },
  { victim: 'temporal', moment: 'a batch is scored' },
];
/** After so many rounds each has been away from each work. */
export const OUTAGES = outages.length;

/** The one outage of a round, at once when its work is seen: a batch takes a moment only. */
export const planOutage = (round: number, holdMs: number): Fault[] => [
  { ...outages[(round - 1) % OUTAGES]!, blow: 'away', which: 0, afterMs: 0, holdMs },
];

/** faultInWords(...) // => 'SIGKILL worker when a trainer runs (+120 ms), down for 800 ms' */
export function faultInWords({ victim, blow, moment, afterMs, holdMs }: Fault): string {
  const deed = {
    kill: `SIGKILL ${victim}`,
    stop: `SIGSTOP ${victim}`,
    restart: `restart ${victim}`,
    child: `SIGKILL a child of ${victim}`,
    away: `${victim} away`,
  }[blow];
  const held = holdMs === 0 ? '' : blow === 'stop' ? `, for ${holdMs} ms` : `, down for ${holdMs} ms`;
  return `${deed} when ${moment} (+${afterMs} ms)${held}`;
}
