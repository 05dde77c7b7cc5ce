import { readdirSync, readFileSync } from 'node:fs';

const PER_SECOND = 100; // what Linux calls a clock tick, on every usual machine

/** Seconds of processor time that a process and its children have taken; NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  try {
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(read);
    const ticks = all.filter((one) => one.pid === pid || one.parent === pid).map((one) => one.ticks);
    return ticks.reduce((sum, each) => sum + each, 0) / PER_SECOND;
  } catch {
    return NaN;
  }
}

function read(pid: string): { pid: number; parent: number; ticks: number }[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which may hold anything: state, parent, ..., utime, stime and those of children that have ended.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks }];
  } catch {
    return []; // it has ended meanwhile
  }
}
