import { readdirSync, readFileSync } from 'node:fs';

/** A living process as /proc shows it; the list is empty where there is no /proc. */
export interface Living {
  pid: number;
  parent: number;
  command: string;
}

/** All processes that live now, by id. Zombies are left out: they run no more. */
export function livingProcesses(): Map<number, Living> {
  const found = new Map<number, Living>();
  for (const name of names('/proc')) {
    const status = text(`/proc/${name}/status`);
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    if (!Number.isInteger(parent) || /^State:\s+[ZX]/m.test(status)) continue;
    found.set(Number(name), { pid: Number(name), parent, command: commandOf(name) });
  }
  return found;
}

/** The children of a process, their children, and so on. */
export function descendantsOf(pid: number, living = livingProcesses()): Living[] {
  const children = [...living.values()].filter((each) => each.parent === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child.pid, living)]);
}

/** The processes in which a worker's candidates are trained. It is asked all the time, so it looks at no others. */
export const trainersOf = (pid: number): Living[] =>
  names(`/proc/${pid}/task`)
    .flatMap((thread) => text(`/proc/${pid}/task/${thread}/children`).match(/\d+/g) ?? [])
    .map((child) => ({ pid: Number(child), parent: pid, command: commandOf(child) }))
    .filter(({ command }) => command.includes('workers/training/trainer.ts'));

/** Processes that name a folder in their command or environment, and that none of ours has started. */
export function orphansOf(folder: string, ourselves = process.pid): Living[] {
  const living = livingProcesses();
  const family = new Set([ourselves, ...descendantsOf(ourselves, living).map(({ pid }) => pid)]);
  for (let at = living.get(ourselves)?.parent ?? 0; at > 0; at = living.get(at)?.parent ?? 0) family.add(at);
  return [...living.values()].filter(
    ({ pid, command }) =>
      !family.has(pid) && (command.includes(folder) || text(`/proc/${pid}/environ`).includes(folder)),
  );
}

/** Sends a signal to those who still live. */
export function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, name);
    } catch {
      // it ended meanwhile
    }
}

const names = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
};

const commandOf = (pid: string): string => text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();

/** Processes end while they are looked at. */
function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
