import { familyOf } from '../../local/stack/memory.ts';
import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const TICKS = 100;

/** Processor seconds of a process and all it started, also of those that have ended; only where there is /proc. */
export const cpuSeconds = (pid: number): number => familyOf(pid).reduce((sum, each) => sum + ticksOf(each), 0) / TICKS;

function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and brackets; behind it come the state, then numbers: the 12th to 15th are times.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return 0; // it has just ended
  }
}
