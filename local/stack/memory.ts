import { readdirSync, readFileSync } from 'node:fs';

/** A process to watch: with all its descendants, or, for the parent of the others, alone. */
export interface Watched {
  name: string;
  pid: number;
  alone?: boolean;
}

/** Most memory that each named process and its descendants held at once, in MiB, and all of them together. */
export interface MemoryPeaks {
  byProcess: Record<string, number>;
  together: number;
}

export interface MemoryWatch {
  peaks(): MemoryPeaks;
  stop(): void;
}

const LOOK_MS = 500;
const MIB = 1024;
/** A rise smaller than this is none. */
const RISEN = 1.03;

/**
 * Looks twice a second at the proportional memory (shared pages are split among those who share them) of processes and
 * their descendants. The kernel walks all their pages for it, 50 ms for a whole stack, so it is asked only when what
 * costs nothing to read, each process's own and shared memory, has risen, and only about those where that changed. Where there is no /proc the peaks stay empty.
 */
export function watchMemory(processes: () => Watched[]): MemoryWatch {
  const peaks: MemoryPeaks = { byProcess: {}, together: 0 };
  const most = new Map<string, number>();
  /** What each had when its pages were last walked, and what that found. */
  const walked = new Map<string, { held: number; mib: number }>();
  const look = (): void => {
    const table = processTable();
    const families = processes().map(({ name, pid, alone }) => ({
      name,
      members: alone ? [pid] : descendants(pid, table.children),
    }));
    const rough = families.map(({ name, members }): [string, number] => [
      name,
      members.reduce((sum, each) => sum + (table.held.get(each) ?? 0), 0),
    ]);
    rough.push(['together', rough.reduce((sum, [, held]) => sum + held, 0)]);
    const risen = rough.filter(([name, held]) => held > (most.get(name) ?? 0) * RISEN);
    if (risen.length === 0) return;
    for (const [name, held] of risen) most.set(name, held);

    for (const [i, { name, members }] of families.entries()) {
      const [, held] = rough[i]!;
      const known = walked.get(name);
      if (known && Math.abs(held - known.held) < held * (RISEN - 1)) continue; // it is as it was
      const mib = members.reduce((sum, each) => sum + proportionalKiB(each), 0) / MIB;
      walked.set(name, { held, mib });
      peaks.byProcess[name] = Math.max(peaks.byProcess[name] ?? 0, Math.round(mib));
    }
    const together = families.reduce((sum, { name }) => sum + (walked.get(name)?.mib ?? 0), 0);
    peaks.together = Math.max(peaks.together, Math.round(together));
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return { peaks: () => peaks, stop: () => clearInterval(timer) };
}

/** A process and all that it started. */
export const familyOf = (pid: number): number[] => descendants(pid, processTable().children);

function descendants(pid: number, children: Map<number, number[]>): number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => descendants(child, children))];
}

/** All processes: who started whom, and how many KiB each has, shared ones counted for each. */
function processTable(): { children: Map<number, number[]>; held: Map<number, number> } {
  const [children, held] = [new Map<number, number[]>(), new Map<number, number>()];
  for (const name of readFolder('/proc').filter((each) => /^\d+$/.test(each))) {
    const status = readText(`/proc/${name}/status`);
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    if (parent > 0) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    held.set(Number(name), kiB('RssAnon', status) + kiB('RssShmem', status));
  }
  return { children, held };
}

const proportionalKiB = (pid: number): number => kiB('Pss', readText(`/proc/${pid}/smaps_rollup`));

const kiB = (name: string, text: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);

/** Processes end while they are looked at. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
function readFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
