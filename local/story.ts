import { type Cycle } from '../core/retraining.ts';
import { versionName } from '../core/ids.ts';
import { type Operations, type PipelineStatus } from '../operations/index.ts';
import { type World } from './world.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 1_000;

/** Tells a person at the terminal what changed since they last looked: verdicts, cycles, champions. */
export function tellStory({
  operations,
  pipeline,
  world,
  say,
}: {
  operations: Operations;
  pipeline: string;
  world: World;
  say(words: string): void;
}) {
  const stopping = new AbortController();
  const live = process.stderr.isTTY;
  const tell = (words: string): void => say(`${live ? '\r\x1b[K' : ''}${time(world.now())}  ${words}`);

  async function follow(): Promise<void> {
    let before = await operations.status.of(pipeline);
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal: stopping.signal });
      const now = await operations.status.of(pipeline).catch(() => before); // what is down is told by others
      for (const words of changes(before, now)) tell(words);
      if (live) process.stderr.write(`\r\x1b[K${summary(now, world)}`);
      before = now;
    }
  }
  const ended = follow().catch(() => undefined);
  return {
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
      if (live) process.stderr.write('\n');
    },
  };
}

function changes(before: PipelineStatus, now: PipelineStatus): string[] {
  const told: string[] = [];
  const { verdict, champion, waiting } = now;
  if (verdict && verdict.abstained === null && verdict.level !== (before.verdict?.level ?? 'stable')) {
    const drifted = verdict.columns.filter((column) => column.drifted).map((column) => column.column);
    told.push(`${verdict.level}${drifted.length > 0 ? `: ${drifted.join(', ')} drifted` : ''} (verdict ${verdict.id})`);
  }
  if (waiting && waiting.until !== before.waiting?.until)
    told.push(`retraining waits until ${time(new Date(waiting.until))}: ${waiting.why}`);
  for (const cycle of now.cycles) {
    const known = before.cycles.find((each) => each.id === cycle.id);
    if (!known) told.push(`cycle ${cycle.id} opened (${cycle.reason})`);
    if (cycle.outcome && !known?.outcome) told.push(ending(cycle));
  }
  if (champion && champion.version !== before.champion?.version) told.push(`${versionName(champion.version)} serves`);
  return told;
}

const ending = ({ id, outcome }: Cycle): string => `cycle ${id} ${outcome!.result}: ${outcome!.reason}`;

const summary = ({ champion, verdict }: PipelineStatus, world: World): string =>
  `${time(world.now())}  ${world.answered()} predictions answered  ` +
  `${champion ? versionName(champion.version) : 'nothing'} serves  ${verdict ? verdict.level : 'not checked yet'}  [d]rift [q]uit`;

const time = (at: Date): string => at.toISOString().slice(0, 16).replace('T', ' ');
