import { runner } from '../adapters/machine/runner.ts';
import { makeFolder, compare, type Bench, type BenchRow } from './bench.ts';
import { CATEGORIES, HOURS, MOVED, NUMBERS, PSI_THRESHOLD, writeRows } from './drift/data.ts';
import { startParty, type Answer, type Party } from './drift/party.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = 3;
const ROWS = 200_000;
/** Memory is measured at two sizes: it must not grow with the rows. */
const MANY = 1_000_000;
const peerName = 'Evidently, pandas';

interface Side {
  rows: number[];
  bins: number[];
  counts: number[];
  page: number[];
  kilobytes: number[];
  memory: number[];
  many: { rows: number[]; bins: number[]; memory: number[] };
}
const nothingYet = (): Side => ({
  rows: [],
  bins: [],
  counts: [],
  page: [],
  kilobytes: [],
  memory: [],
  many: { rows: [], bins: [], memory: [] },
});

/** Each round restarts both sides, which then take turns, so the machine's other load affects both. */
export const bench: Bench = {
  summary: `A drift check of ${NUMBERS.length + CATEGORIES.length} columns over Parquet, by PSI: ours counts in DuckDB, Evidently reads with pandas`,
  async run(report) {
    const python = join((await findPython('bench-drift', { report })).folder, 'python');
    const folder = makeFolder();
    const start = {
      ours: (rows: number) => startOurs(folder, rows),
      peer: (rows: number) => startPeer(python, folder, rows),
    };
    const [ours, peer] = [nothingYet(), nothingYet()];
    try {
      for (const rows of [ROWS, MANY]) await writeRows(folder, rows);
      for (let round = 0; round < ROUNDS; round++) {
        await withParty(start.ours(ROWS), (party) => askOurs(party, ours));
        await withParty(start.peer(ROWS), (party) => askPeer(party, peer));
        await withParty(start.ours(MANY), (party) => askMany(party, 'rows and bins', ours.many));
        await withParty(start.peer(MANY), (party) => askMany(party, 'rows', peer.many));
        report(`round ${round + 1} of ${ROUNDS}: done`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return table(ours, peer);
  },
};

async function askOurs(party: Party, into: Side): Promise<void> {
  // The first task also warms the process up, so our time with bins is the worse for it.
  into.bins.push(await askMemory(party, 'rows and bins', into.memory));
  addReport(await ask(party, 'report'), into);
  await ask(party, 'counts');
  into.counts.push((await ask(party, 'counts')).milliseconds);
}

async function askPeer(party: Party, into: Side): Promise<void> {
  await askMemory(party, 'rows', into.memory);
  addReport(await ask(party, 'report'), into);
}

function addReport({ milliseconds, page }: Answer, into: Side): void {
  into.rows.push(milliseconds);
  into.page.push(page!.milliseconds);
  into.kilobytes.push(page!.bytes / 1000);
}

async function askMany(party: Party, task: string, into: Side['many']): Promise<void> {
  into.bins.push(await askMemory(party, task, into.memory));
  into.rows.push((await ask(party, 'rows')).milliseconds);
}

/** For a process that has done only this task. */
async function askMemory(party: Party, task: string, into: number[]): Promise<number> {
  const { milliseconds } = await ask(party, task);
  const memory = party.peakMemory();
  if (memory !== null) into.push(memory);
  return milliseconds;
}

/** A check with another result has done other work, so its time means nothing. */
async function ask(party: Party, task: string): Promise<Answer> {
  const answer = await party.ask(task);
  if (answer.drifted.join() !== MOVED.join())
    throw new Error(
      `"${task}" found drift in ${answer.drifted.join(', ') || 'nothing'}; what moved is ${MOVED.join(', ')}`,
    );
  return answer;
}

async function withParty(party: Party, work: (party: Party) => Promise<unknown>): Promise<void> {
  try {
    await work(party);
  } finally {
    await party.close();
  }
}

function startOurs(folder: string, rows: number): Party {
  const entry = fileURLToPath(new URL('drift/ours.ts', import.meta.url));
  return startParty(process.execPath, [runner, entry, folder, String(rows)]);
}

function startPeer(python: string, folder: string, rows: number): Party {
  const script = fileURLToPath(new URL('drift/peer.py', import.meta.url));
  const columns = [NUMBERS.join(' '), CATEGORIES.join(' ')];
  return startParty(python, [script, folder, String(rows), String(PSI_THRESHOLD), ...columns]);
}

function table(ours: Side, peer: Side): BenchRow[] {
  const size = (rows: number): string => `${rows.toLocaleString('en-US')} + ${rows.toLocaleString('en-US')} rows`;
  const lines: [string, string, number[], number[]][] = [
    [`from ${size(ROWS)}`, 'ms', ours.rows, peer.rows],
    [`from ${size(ROWS)}, making our bins too`, 'ms', ours.bins, peer.rows],
    [`from ${HOURS} hours' counts (peer: from the rows, it has no counts that add up)`, 'ms', ours.counts, peer.rows],
    [`from ${size(ROWS)} to an HTML report`, 'ms', ours.page, peer.page],
    ['size of the HTML report', 'kB', ours.kilobytes, peer.kilobytes],
    [`from ${size(MANY)}`, 'ms', ours.many.rows, peer.many.rows],
    [`from ${size(MANY)}, making our bins too`, 'ms', ours.many.bins, peer.many.rows],
    [`peak memory, ${size(ROWS)}`, 'MB', ours.memory, peer.memory],
    [`peak memory, ${size(MANY)}`, 'MB', ours.many.memory, peer.many.memory],
  ];
  // Without /proc a process's memory is unknown.
  return lines
    .filter(([, , mine, theirs]) => mine.length > 0 && theirs.length > 0)
    .map(([name, unit, mine, theirs]) => compare({ case: name, peerName, unit }, mine, theirs, 'less'));
}
