import { createClock, clockSetting } from '../../adapters/machine/clock.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { instant, type Instant } from '../../core/time/time.ts';
import { isUnreachable, messageOf, UserError } from '../../core/base/errors/errors.ts';
import { type Operations } from '../../operations/index.ts';
import { type ScheduledLoop } from '../../core/runs/schedules.ts';
import { dueBetween } from './due.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { type Simulated } from './sources.ts';
import { sendTraffic } from './traffic.ts';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What `npm start` saves of a simulated world, so a restart continues where it was. */
export interface WorldState {
  seed: number;
  driftSince: Instant | null;
  /** The time up to which its rows are written: its clock. */
  shown: Instant;
}

/** How much faster than the machine's clock the simulated one runs: half an hour a second. */
export const SPEED = 1_800;
const TICK_MS = 1_000;
const LOOK_MS = 500;

/** The setting of a clock that shows `from` now. */
export const worldClock = (from: Instant, speed = SPEED): string => clockSetting(new Date(from), new Date(), speed);

export interface WorldOptions {
  /** Those whose rows come from here, and about which the application asks. */
  simulated: Simulated[];
  operations: Operations;
  serverUrl: string;
  clock: string;
  state: WorldState;
  stateFile: string;
  /** Reports trouble; the world keeps running. */
  note(words: string): void;
}

/** The simulated world: events happen, get predictions, and get labels later; loops run when they are due. */
export function startWorld(options: WorldOptions) {
  const { simulated, operations, serverUrl, clock, state, stateFile, note } = options;
  const time = createClock(clock);
  const applied = createApplied(operations);
  let answered = 0;
  let stopped = false;
  let lastTrouble = '';
  let wake: () => void = () => undefined;

  const trouble = (error: unknown): void => {
    const words = messageOf(error);
    if (words !== lastTrouble) note(words);
    lastTrouble = words;
  };

  /** Asks until Temporal answers and a worker is there: what is due waits for them. */
  async function onceThere<T>(ask: () => Promise<T>): Promise<T> {
    for (; ; await sleep(LOOK_MS))
      try {
        return await ask();
      } catch (error) {
        if (stopped || !(error instanceof UserError && (error.code === 'NO_WORKER' || isUnreachable(error.code))))
          throw error;
        trouble(error);
      }
  }

  /** Polls rather than waiting in one long call, which could not be cancelled when we stop. */
  async function untilEnded(workflowId: string): Promise<void> {
    for (; !stopped; await sleep(LOOK_MS)) {
      const { status } = await onceThere(() => operations.run.state(workflowId));
      if (status === 'running') continue;
      await onceThere(() => operations.run.result(workflowId)); // a failure says why
      return;
    }
  }

  // A moment that comes while the run before it is under way is not lost: that of a day would be missed for a day.
  const runs = oneAtATime((_name, { loop, pipeline, asOf }: Run) =>
    onceThere(() => operations.run.start(loop, pipeline, asOf))
      .then(untilEnded)
      .catch(trouble),
  );

  async function dueOf(pipeline: Scheduled, from: Instant, to: Instant): Promise<Run[]> {
    const due = dueBetween(pipeline, from, to);
    if (due.length === 0) return [];
    const schedules = await operations.schedules.list(pipeline.name);
    const paused = schedules.filter(({ pausedBy }) => pausedBy === 'person').map(({ loop }) => loop);
    return due.filter(({ loop }) => !paused.includes(loop)).map((each) => ({ pipeline: pipeline.name, ...each }));
  }

  async function tick(): Promise<void> {
    const from = state.shown;
    const to = instant(time.now());
    // Before anything moves: when it fails, the next tick begins at the same moment.
    const due: Run[] = [];
    for (const pipeline of await applied()) due.push(...(await dueOf(pipeline, from, to)));
    for (const { example, source } of simulated)
      await source.advance(from, to, async (events) => {
        const rows = events.map((event) => event.row.values);
        answered += await sendTraffic(serverUrl, example.pipeline, rows).catch((error: unknown) => (trouble(error), 0));
      });
    state.shown = to;
    saveWorld(stateFile, state);
    for (const run of due) runs.ask(`${run.pipeline}/${run.loop}`, run);
  }

  const ended = (async () => {
    while (!stopped) {
      const started = Date.now();
      await tick().catch((error: unknown) => {
        if (!stopped) trouble(error);
      });
      const left = TICK_MS - (Date.now() - started);
      if (left > 0 && !stopped)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => (clearTimeout(timer), resolve());
        });
    }
  })();

  return {
    now: () => time.now(),
    answered: () => answered,
    drift(): Instant {
      state.driftSince = instant(time.now());
      saveWorld(stateFile, state);
      for (const { source } of simulated) source.drift(state.driftSince);
      return state.driftSince;
    },
    async stop(): Promise<void> {
      stopped = true;
      wake();
      await ended;
      await runs.end();
    },
  };
}
export type World = ReturnType<typeof startWorld>;

type Scheduled = Pick<Pipeline, 'name' | 'schedules'>;
interface Run {
  pipeline: string;
  loop: ScheduledLoop;
  asOf: Instant;
}

/** What is applied now, also while the world runs: each revision is read once. */
export function createApplied({ overview }: Pick<Operations, 'overview'>): () => Promise<Scheduled[]> {
  let known = new Map<string, Scheduled | null>();
  return async () => {
    const found = new Map<string, Scheduled | null>();
    for (const { name, revision } of await overview.list()) {
      const before = known.get(revision);
      found.set(revision, before === undefined ? (await overview.of(name)).declaration : before);
    }
    known = found;
    return [...found.values()].filter((pipeline) => pipeline !== null);
  };
}

export const worldFile = (home: string): string => join(home, 'world.json');

export const readWorld = (file: string): WorldState | null =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as WorldState) : null;

export function saveWorld(file: string, state: WorldState): void {
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 2));
  renameSync(`${file}.new`, file);
}
