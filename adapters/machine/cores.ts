import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Cores that this process may fill: those of the machine, or what the container may use of them, rounded down. */
export function coresHere(ofMachine = availableParallelism(), quota = quotaHere()): number {
  // "200000 100000": two cores' time in each tenth of a second. "max 100000": no limit.
  const [time, period] = quota.trim().split(/\s+/).map(Number);
  const allowed = Math.floor(time! / period!);
  return Math.max(1, Math.min(ofMachine, Number.isFinite(allowed) ? allowed : ofMachine));
}

/** https://docs.kernel.org/admin-guide/cgroup-v2.html, cpu.max; empty where there is none. */
function quotaHere(): string {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
  } catch {
    return '';
  }
}
