import { findPython } from '../local/toolchain/tools/python.ts';
import { makeFolder, alone, compare, median, percentile, type Bench, type BenchRow } from './bench.ts';
import { allAnswers, checks, plainMinutes, play, type Outcome } from './rollouts/play.ts';
import {
  averagePrecision,
  common,
  MINUTE_LENGTH,
  rare,
  rowsOfOracle,
  usual,
  type Behaviour,
  type Fate,
} from './rollouts/traffic.ts';
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const EQUAL = 1000;
const FAULTY = 100;

/** Where one row in eighty is positive, a rollout takes days until its labels tell. */
const RARE_EQUAL = 250;
const RARE_FAULTY = 50;

interface Fault {
  name: string;
  behaviour: Partial<Behaviour>;
}
const worseModels = (of: Fate): Fault[] =>
  [1.35, 2].map((noise) => {
    const [now, before] = [noise, usual.noise].map((its) => averagePrecision(its, of).toFixed(2));
    return { name: `average precision ${now} instead of ${before}`, behaviour: { noise } };
  });
const faults = (): Fault[] => [
  { name: 'errors doubled', behaviour: { failing: 2 } },
  { name: 'latency doubled', behaviour: { slower: 2 } },
  { name: 'scores shifted by 0.2 deviations', behaviour: { shift: 0.2 } },
  ...worseModels(common),
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
    const folder = makeFolder();
    const scenario = async (name: string, count: number, fault: Partial<Behaviour>, of = common): Promise<Scenario> => {
      const file = join(folder, 'minutes');
      const minutes = plainMinutes.reduce((sum, length) => sum + length, 0);
      const recorded = new Float32Array(count * minutes * MINUTE_LENGTH);
      let length = 0;
      const behaviour = { ...usual, ...fault };
      const ours = Array.from({ length: count }, (_, i) =>
        play(`${name} ${i}`, { behaviour, of }, (minute) => {
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
      const rows = falseAlarms(await scenario('equal', EQUAL, {}));
      for (const fault of faults()) {
        const played = await scenario(fault.name, FAULTY, fault.behaviour);
        rows.push(...found(fault.name, played), ...afterwards(played, fault, common));
      }
      rows.push(...falseAlarms(await scenario('equal, rare', RARE_EQUAL, {}, rare)).map(ofRare));
      for (const fault of worseModels(rare)) {
        const played = await scenario(`${fault.name}, rare`, RARE_FAULTY, fault.behaviour, rare);
        rows.push(...[...found(fault.name, played), ...afterwards(played, fault, rare)].map(ofRare));
      }
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

const ofRare = (row: BenchRow): BenchRow => ({ ...row, case: `1 in 80 positive: ${row.case}` });
const ended = (outcomes: readonly Outcome[], after: Outcome['after']): number =>
  percent(outcomes.filter((outcome) => outcome.after === after).length, outcomes.length);

function falseAlarms({ ours, peer }: Scenario): BenchRow[] {
  const mine = ours.filter(({ by }) => by !== null).length;
  const through = ours.filter((outcome) => outcome.through);
  const plain = plainMinutes.reduce((sum, length) => sum + length, 0);
  const minutes = through.map((outcome) => outcome.minutes);
  return [
    ...ways.map((way): BenchRow => {
      const theirs = peer[way].filter((found) => found !== null).length;
      return {
        case: `an equal version rolled or taken back (allowed: ${100 * checks.falseAlarms} %)`,
        ours: percent(mine, ours.length),
        peer: percent(theirs, ours.length),
        peerName: nameOf(way, peer),
        unit: '%',
        ratio: timesFewer(mine, theirs),
      };
    }),
    alone({ case: 'an equal version gets all traffic', unit: '%' }, [percent(through.length, ours.length)]),
    alone({ case: `minutes until then (${plain} if nothing waits)`, unit: 'min p50' }, [median(minutes)]),
    alone({ case: '', unit: 'min p99' }, [percentile(minutes, 0.99)]),
    alone({ case: 'an equal version is confirmed by labels', unit: '%' }, [ended(ours, 'confirmed')]),
    alone({ case: 'requests until then', unit: 'p50' }, [median(through.map(({ seen }) => seen))]),
  ];
}

/** What labels say of a fault that got through, beside what a test needs that knows when to look. */
function afterwards({ ours }: Scenario, { behaviour }: Fault, of: Fate): BenchRow[] {
  if (behaviour.noise === undefined) return [];
  const caught = ours.filter(({ by }) => by !== null);
  const share = { case: 'found before or taken back after all traffic', unit: '%' };
  const rows = [alone(share, [percent(caught.length, ours.length)])];
  if (caught.length === 0) return rows;
  const seen = median(caught.map((outcome) => outcome.seen));
  const oracle = rowsOfOracle(behaviour.noise, checks.pairedLoss, of);
  for (const [which, needs] of [
    ['on the same rows', oracle.paired],
    ['on rows of its own', oracle.apart],
  ] as const)
    rows.push({
      case: 'it had seen by then, median',
      ours: seen,
      peer: needs,
      peerName: `labelled rows of one look that finds 90 %, ${which}`,
      unit: 'requests',
      ratio: needs / seen,
    });
  return rows;
}

function found(name: string, { ours, peer }: Scenario): BenchRow[] {
  const caught = ours.filter(({ by, through }) => by !== null && !through);
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
        case: `${name}: found before all traffic`,
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
              case: 'answered with the fault before all traffic, mean',
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
