import { printable } from '../../core/base/errors/shown.ts';
import { behindInWords } from '../../core/drift/verdict.ts';
import { type Cycle } from '../../core/training/retraining/retraining.ts';
import { versionName } from '../../core/base/ids.ts';
import { atStep } from '../../core/rollout/steps/step-words.ts';
import { type Traffic } from '../../core/rollout/traffic.ts';
import { isLive } from '../progress.ts';
import { type Operations, type PipelineStatus } from '../../operations/index.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 1_000;

export interface StoryOptions {
  operations: Operations;
  pipelines: string[];
  now(): Date;
  /** How many predictions the simulated application was given; null without one. */
  answered: (() => number) | null;
  say(words: string): void;
}

/** Tells a person at the terminal what changed since they last looked: verdicts, cycles, steps, champions. */
export function tellStory({ operations, pipelines, now, answered, say }: StoryOptions) {
  const stopping = new AbortController();
  const live = isLive();
  const tell = (words: string): void => say(`${live ? '\r\x1b[K' : ''}${time(now())}  ${printable(words)}`);

  async function follow(): Promise<void> {
    const known = new Map<string, PipelineStatus>();
    for (const name of pipelines) known.set(name, await operations.status.of(name));
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal: stopping.signal });
      for (const [name, before] of known) {
        const status = await operations.status.of(name).catch(() => before); // what is down is told by others
        const whose = known.size > 1 ? `${name}: ` : '';
        for (const words of changes(before, status)) tell(whose + words);
        known.set(name, status);
      }
      if (live) process.stderr.write(`\r\x1b[K${summary([...known.values()])}`);
    }
  }

  const summary = (all: PipelineStatus[]): string =>
    [
      time(now()),
      ...(answered ? [`${answered()} predictions answered`] : []),
      ...all.map(inShort),
      `${answered ? '[d]rift ' : ''}[q]uit`,
    ].join('  ');

  const ended = follow().catch(() => undefined);
  return {
    tell,
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
      if (live) process.stderr.write('\n');
    },
  };
}

function changes(before: PipelineStatus, now: PipelineStatus): string[] {
  const told: string[] = [];
  const { verdict, champion, traffic, waiting } = now;
  if (verdict && verdict.abstained === null && verdict.level !== (before.verdict?.level ?? 'stable')) {
    const drifted = behindInWords(verdict);
    told.push(`${verdict.level}${drifted.length > 0 ? `: ${drifted.join(', ')} drifted` : ''} (verdict ${verdict.id})`);
  }
  if (waiting && waiting.until !== before.waiting?.until)
    told.push(`retraining waits until ${time(new Date(waiting.until))}: ${waiting.why}`);
  for (const cycle of now.cycles) {
    const known = before.cycles.find((each) => each.id === cycle.id);
    if (!known) told.push(`cycle ${cycle.id} opened (${cycle.reason})`);
    if (cycle.outcome && !known?.outcome) told.push(ending(cycle));
  }
  if (traffic && traffic.generation !== before.traffic?.generation) told.push(...onTheirWay(traffic));
  if (champion && champion.version !== before.champion?.version) told.push(`${versionName(champion.version)} serves`);
  return told;
}

/** onTheirWay(traffic) // => ['v2 at 10 %'] */
const onTheirWay = ({ champion, arms, shadow }: Traffic): string[] => [
  ...(shadow === null ? [] : [atStep(versionName(shadow), { share: 'shadow' })]),
  ...arms.filter(({ version }) => version !== champion).map((arm) => atStep(versionName(arm.version), arm)),
];

const ending = ({ id, outcome }: Cycle): string => `cycle ${id} ${outcome!.result}: ${outcome!.reason}`;

const inShort = ({ pipeline, champion, verdict }: PipelineStatus): string =>
  `${pipeline.name} ${champion ? versionName(champion.version) : 'not served'} ${verdict ? verdict.level : 'not checked yet'}`;

const time = (at: Date): string => at.toISOString().slice(0, 16).replace('T', ' ');
