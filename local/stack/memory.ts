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

/**
 * Looks twice a second at the proportional memory (shared pages are split among those who share them) of processes and
 * their descendants. Where there is no /proc the peaks stay empty.
 */
export function watchMemory(processes: () => Watched[]): MemoryWatch {
  const peaks: MemoryPeaks = { byProcess: {}, together: 0 };
  const look = (): void => {
    const children = childrenByParent();
    let together = 0;
    for (const { name, pid, alone } of processes()) {
      const family = alone ? [pid] : descendants(pid, children);
      const held = family.reduce((sum, each) => sum + proportionalKiB(each), 0) / MIB;
      peaks.byProcess[name] = Math.max(peaks.byProcess[name] ?? 0, Math.round(held));
      together += held;
    }
    peaks.together = Math.max(peaks.together, Math.round(together));
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return { peaks: () => peaks, stop: () => clearInterval(timer) };
}

/** A process and all that it started. */
export const familyOf = (pid: number): number[] => descendants(pid, childrenByParent());

function descendants(pid: number, children: Map<number, number[]>): number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => descendants(child, children))];
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readFolder('/proc').filter((each) => /^\d+$/.test(each))) {
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readText(`/proc/${name}/status`))?.[1]);
    if (parent > 0) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

const proportionalKiB = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readText(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);

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
