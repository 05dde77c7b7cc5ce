import { findPython } from '../../local/toolchain/tools/python.ts';
import { makeFolder } from '../bench.ts';
import type { ByMetric } from './ours.ts';
import { PER_DAY, type ScoredRow, type World } from './worlds.ts';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Peer {
  estimate(world: World): Promise<ByMetric>;
  close(): void;
}

const script = fileURLToPath(new URL('peer.py', import.meta.url));
/** Of the answers that are kept: another script or another NannyML may answer otherwise. */
const answersOf = [script, fileURLToPath(new URL('../../local/toolchain/python/bench-estimates.txt', import.meta.url))];

/** @param into keeps the answers, each by the rows that it is of: they take long, and ours are made anew each time */
export function openPeer(report: (line: string) => void, into?: string): Peer {
  const kept = new Map(into === undefined ? [] : answersIn(into));
  const version = answersOf.map((file) => readFileSync(file, 'utf8')).join();
  let started: Promise<Asked> | undefined;
  return {
    async estimate(world) {
      const [reference, analysis] = [csvOf(world, world.reference), csvOf(world, world.analysis)];
      const rows = createHash('sha256')
        .update([version, world.kind, world.windowDays, reference, analysis].join())
        .digest('hex');
      const known = kept.get(rows);
      if (known) return known;
      const answer = await (await (started ??= start(report))).ask(world, reference, analysis);
      if (into !== undefined) appendFileSync(into, `${JSON.stringify({ world: world.name, rows, answer })}\n`);
      return answer;
    },
    close: () =>
      void started?.then(
        ({ close }) => close(),
        () => {}, // who asked got the error
      ),
  };
}

function answersIn(file: string): [string, ByMetric][] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const { rows, answer } = JSON.parse(line) as { rows: string; answer: ByMetric };
    return [rows, answer];
  });
}

interface Asked {
  ask(world: World, reference: string, analysis: string): Promise<ByMetric>;
  close(): void;
}

/** One process for all worlds: most of what a short one does is to import. */
async function start(report: (line: string) => void): Promise<Asked> {
  const python = join((await findPython('bench-estimates', { report })).folder, 'python');
  const folder = makeFolder();
  const peer = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const { ask, stop } = talkTo(peer);
  const end = (): void => {
    stop();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  return {
    ask({ kind, windowDays }, reference, analysis) {
      const files = { reference: join(folder, 'reference.csv'), analysis: join(folder, 'analysis.csv') };
      writeFileSync(files.reference, reference);
      writeFileSync(files.analysis, analysis);
      return ask({ ...files, kind, chunk: windowDays * PER_DAY });
    },
    close() {
      process.off('exit', end);
      end();
    },
  };
}

/** Questions and answers in lines of JSON, one at a time. */
export function talkTo(peer: ChildProcessWithoutNullStreams): {
  ask(question: object): Promise<ByMetric>;
  stop(): void;
} {
  let said = '';
  peer.stderr.on('data', (text: Buffer) => (said = `${said}${text.toString()}`.slice(-2_000)));
  peer.stdin.on('error', () => {}); // it ended, which says more
  const ended = once(peer, 'close').then((): never => {
    throw new Error(`NannyML ended before it answered:\n${said}`);
  });
  ended.catch(() => {}); // the next question gets the error
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  return {
    async ask(question) {
      peer.stdin.write(`${JSON.stringify(question)}\n`);
      const answer = await Promise.race([lines.next(), ended]);
      if (answer.done) return ended; // its lines end before it does
      return JSON.parse(answer.value) as ByMetric;
    },
    stop: () => void peer.kill(),
  };
}

function csvOf({ threshold }: World, rows: readonly ScoredRow[]): string {
  const columns = Object.keys(rows[0]!.row);
  const classes = rows[0]!.probabilities?.map((_, place) => `class${place}`) ?? [];
  const lines = rows.map(({ row, score, label, probabilities = [] }) => {
    const taken = threshold === null ? probabilities.indexOf(score) : Number(score >= threshold);
    return [...columns.map((column) => row[column]), score, label, taken, ...probabilities].join();
  });
  return [[...columns, 'score', 'label', 'decision', ...classes].join(), ...lines].join('\n');
}
