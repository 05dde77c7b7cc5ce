import { messageOf } from '../../../core/base/errors/errors.ts';
import { type ArmTally, type Tallies } from '../../../core/rollout/evidence/tally.ts';
import { within } from '../../../core/time/time-limit.ts';
import { SECOND } from '../../../core/time/time.ts';
import { type Log } from '../../shipping/spool.ts';
import { createArmCounts, type ArmCounts } from './arm-counts.ts';
import { type Models } from '../models/models.ts';
import { type Serving } from '../serving.ts';
import { randomUUID } from 'node:crypto';

const LONGEST_WRITE = 30 * SECOND; // a connection can hang for ever
/** Tallies in one write, so no answer waits for a thousand to become JSON; and scores of shadows. */
const AT_ONCE = 200;
const SCORES_AT_ONCE = 1000;

export interface TallyingOptions {
  tallies: Pick<Tallies, 'record' | 'keep'>;
  models: Pick<Models, 'get'>;
  replica: string;
  log: Log;
  everyMs?: number;
}

export interface Tallying {
  /** What counts the rows that this serving meets. */
  of(serving: Serving): ArmCounts;
  /** Writes what has changed since the last time. */
  tell(): Promise<void>;
  start(): void;
  /** Writes the rest, if that takes no longer than this. */
  stop(withinMs: number): Promise<void>;
}

/** The counts of one generation, and how many rows of each version are written. */
interface Counted {
  pipeline: string;
  generation: number;
  counts: ArmCounts;
  written: Map<number, number>;
}

/**
 * Counts per version under each generation of the traffic that this process serves, written as absolute totals once a
 * second. As a process of its own incarnation it overwrites no other's, and what a dead one wrote stays.
 */
export function createTallying({ tallies, models, replica, log, everyMs = SECOND }: TallyingOptions): Tallying {
  const incarnation = `${replica}/${randomUUID()}`;
  const counted = new Map<string, Map<number, Counted>>();
  let telling: Promise<void> | null = null;
  let complaint = '';
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function of({ champion, generation }: Serving): ArmCounts {
    const pipeline = champion.pipeline.name;
    let generations = counted.get(pipeline);
    if (!generations) counted.set(pipeline, (generations = new Map()));
    let one = generations.get(generation);
    if (!one)
      generations.set(generation, (one = { pipeline, generation, counts: createArmCounts(), written: new Map() }));
    return one.counts;
  }

  const changesOf = ({ pipeline, generation, counts, written }: Counted): ArmTally[] =>
    [...counts.tallies]
      .filter(([version, { rows }]) => rows !== written.get(version))
      .map(([version, tally]) => ({ pipeline, generation, version, tally }));

  /** What is to be written; forgets what is written and serves no longer. */
  function changes(): ArmTally[] {
    return [...counted.values()].flatMap((generations) =>
      [...generations.values()].flatMap((one) => {
        const known = models.get(one.pipeline);
        const changed = changesOf(one);
        // A database that was set back has other traffic, and perhaps soon another one of this generation.
        const foreign = known?.setBack === true;
        const told = changed.length === 0 && one.counts.kept.length === 0;
        const over = known?.serving?.generation !== one.generation && told;
        if (foreign || over) generations.delete(one.generation);
        return foreign ? [] : changed;
      }),
    );
  }

  async function write(): Promise<void> {
    const all = changes();
    for (let start = 0; start < all.length; start += AT_ONCE) {
      const some = all.slice(start, start + AT_ONCE);
      const rows = some.map(({ tally }) => tally.rows);
      await within(LONGEST_WRITE, 'writing what the versions did', tallies.record(incarnation, some));
      for (const [i, { pipeline, generation, version }] of some.entries())
        counted.get(pipeline)?.get(generation)?.written.set(version, rows[i]!);
    }
    for (const one of [...counted.values()].flatMap((generations) => [...generations.values()])) await keepScores(one);
    complaint = '';
  }

  async function keepScores({ pipeline, generation, counts: { kept } }: Counted): Promise<void> {
    while (kept.length > 0) {
      const some = kept.slice(0, SCORES_AT_ONCE);
      const scores = some.map((score) => ({ pipeline, generation, ...score }));
      await within(LONGEST_WRITE, 'writing what shadows score', tallies.keep(scores));
      kept.splice(0, some.length);
    }
  }

  /** One write at a time; a call during one waits for it and then makes its own. */
  async function tell(): Promise<void> {
    while (telling) await telling.catch(() => undefined);
    telling = write().finally(() => (telling = null));
    await telling;
  }

  async function tellQuietly(): Promise<void> {
    await tell().catch((error: unknown) => {
      if (messageOf(error) !== complaint)
        log.warn(`what the versions do under the traffic waits to be written: ${messageOf(error)}`);
      complaint = messageOf(error);
    });
  }

  function plan(): void {
    if (!stopped) timer = setTimeout(() => void tellQuietly().finally(plan), everyMs);
  }

  return {
    of,
    tell,
    start: plan,
    async stop(withinMs) {
      stopped = true;
      clearTimeout(timer);
      await within(withinMs, 'writing what the versions did', tellQuietly()).catch(() => undefined);
    },
  };
}
