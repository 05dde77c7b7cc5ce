import { findPython } from '../local/toolchain/tools/python.ts';
import { alone, compare, median, percentile, type Bench, type BenchRow } from './bench.ts';
import { allAnswers, checks, plainMinutes, play, type Outcome } from './rollouts/play.ts';
import { averagePrecision, MINUTE_LENGTH, usual, type Behaviour } from './rollouts/traffic.ts';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const EQUAL = 1000;
const FAULTY = 100;

const lowered = (noise: number): string =>
  `average precision ${averagePrecision(noise).toFixed(2)} instead of ${averagePrecision(usual.noise).toFixed(2)}`;
const faults = (): { name: string; behaviour: Partial<Behaviour> }[] => [
  { name: 'errors doubled', behaviour: { failing: 2 } },
  { name: 'latency doubled', behaviour: { slower: 2 } },
  { name: 'scores shifted by 0.2 deviations', behaviour: { shift: 0.2 } },
  ...[1.35, 2].map((noise) => ({ name: lowered(noise), behaviour: { noise } })),
];

/** Requests that the challenger had seen and answered when it was rolled back; null: it was not. */
type Found = [seen: number, answered: number] | null;
const peers = {
  mannWhitney: 'Mann-Whitney each minute',
  zAndT: 'z and t tests each minute',
  mannWhitneyOnce: 'Mann-Whitney once a step',
} as const;
type Peer = keyof typeof peers;
type PeerAnswer = Record<Peer, Found[]> & { scipy: string };

interface Scenario {
  ours: Outcome[];
  peer: PeerAnswer;
}

export const bench: Bench = {
  summary: `Canary rollouts looked at every minute: ${EQUAL} of a version as good as the champion, ${FAULTY} of each fault`,
  async run(report) {
    const python = join((await findPython('bench-serving', { report })).folder, 'python');
    const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
    const scenario = async (name: string, count: number, behaviour: Partial<Behaviour>): Promise<Scenario> => {
      const file = join(folder, 'minutes');
      const minutes = plainMinutes.reduce((sum, length) => sum + length, 0);
      const recorded = new Float32Array(count * minutes * MINUTE_LENGTH);
      let length = 0;
      const ours = Array.from({ length: count }, (_, i) =>
        play(`${name} ${i}`, { ...usual, ...behaviour }, (minute) => {
          recorded.set(minute, length);
          length += MINUTE_LENGTH;
        }),
      );
      writeFileSync(file, recorded);
      report(`${name}: ours done`);
      const peer = await askPeer(python, [file, String(count), plainMinutes.join(' ')]);
      report(`${name}: peers done`);
      return { ours, peer };
    };
    try {
      const equal = await scenario('equal', EQUAL, {});
      const rows = falseAlarms(equal);
      for (const { name, behaviour } of faults()) rows.push(...found(name, await scenario(name, FAULTY, behaviour)));
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function askPeer(python: string, args: string[]): Promise<PeerAnswer> {
  const script = fileURLToPath(new URL('rollouts/peer.py', import.meta.url));
  const { stdout } = await promisify(execFile)(python, [script, ...args], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as PeerAnswer;
}

const nameOf = (peer: Peer, { scipy }: PeerAnswer): string => `${peers[peer]} (scipy ${scipy})`;
const percent = (part: number, all: number): number => (100 * part) / all;
const ways = Object.keys(peers) as Peer[];

function falseAlarms({ ours, peer }: Scenario): BenchRow[] {
  const mine = ours.filter(({ by }) => by !== null).length;
  const minutes = ours.filter(({ through }) => through).map(({ minutes }) => minutes);
  const plain = plainMinutes.reduce((sum, length) => sum + length, 0);
  return [
    ...ways.map((way): BenchRow => {
      const theirs = peer[way].filter((found) => found !== null).length;
      return {
        case: `an equal version rolled back (allowed: ${100 * checks.falseAlarms} %)`,
        ours: percent(mine, ours.length),
        peer: percent(theirs, ours.length),
        peerName: nameOf(way, peer),
        unit: '%',
        ratio: timesFewer(mine, theirs),
      };
    }),
    alone({ case: 'an equal version gets all traffic', unit: '%' }, [percent(minutes.length, ours.length)]),
    alone({ case: `minutes until then (${plain} if nothing waits)`, unit: 'min p50' }, [median(minutes)]),
    alone({ case: '', unit: 'min p99' }, [percentile(minutes, 0.99)]),
  ];
}

function found(name: string, { ours, peer }: Scenario): BenchRow[] {
  const caught = ours.filter(({ by }) => by !== null);
  const answers = ours.reduce((sum, { answered }) => sum + answered, 0) / ours.length;
  return ways.flatMap((way) => {
    const theirs = peer[way].filter((found) => found !== null);
    const shared = { peerName: nameOf(way, peer) };
    const [mine, share] = [percent(caught.length, ours.length), percent(theirs.length, ours.length)];
    const theirAnswers = peer[way].reduce((sum, found) => sum + (found?.[1] ?? allAnswers), 0) / ours.length;
    const requests = { ...shared, unit: 'requests' };
    return [
      {
        ...shared,
        case: `${name}: found`,
        unit: '%',
        ours: mine,
        peer: share,
        ratio: share === 0 ? null : mine / share,
      },
      ...(caught.length > 0 && theirs.length > 0
        ? [
            compare(
              { ...requests, case: 'it had seen by then, median' },
              caught.map(({ seen }) => seen),
              theirs.map(([seen]) => seen),
              'less',
            ),
          ]
        : []),
      ...(answers + theirAnswers > 0
        ? [
            {
              ...requests,
              case: 'answered with the fault, mean',
              ours: answers,
              peer: theirAnswers,
              ratio: timesFewer(answers, theirAnswers),
            },
          ]
        : []),
    ];
  });
}

/** Fewer than one counts as one, or nothing could be said of none. */
const timesFewer = (mine: number, theirs: number): number => Math.max(1, theirs) / Math.max(1, mine);
