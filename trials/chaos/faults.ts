import { ensureObjectStore } from '../../adapters/objects/object-store.ts';
import { type Keeper } from './keeper.ts';
import { type Machine } from './machine.ts';
import { type Moments } from './moments.ts';
import { persist } from './persist.ts';
import { type Fault, faultInWords } from './plan.ts';
import { signal, trainersOf } from './processes.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** A fault that happened. */
export interface Struck {
  fault: Fault;
  /** From the fault until the victim answered again; null for a trainer, whose training continues elsewhere. */
  recoveredMs: number | null;
}

const FIND_MS = 20_000;
const MOST_RUNS = 100;

/**
 * Waits for the fault's event and strikes. Resolves when the victim is back; null when there was nothing to strike, or
 * when an outage came too late for any work to wait for its end.
 */
export async function inflict(
  fault: Fault,
  machine: Machine,
  moments: Moments,
  tell: (words: string) => void,
): Promise<Struck | null> {
  if (!(await moments.of(fault.moment))) {
    tell(`not done, its moment did not come: ${faultInWords(fault)}`);
    return null;
  }
  await sleep(fault.afterMs);
  if (fault.victim === 'trainer') return strikeTrainer(fault, machine, tell);

  const keeper = keeperOf(fault, machine);
  tell(`${faultInWords(fault)} (${keeper.name}, process ${keeper.pid() ?? 'none'})`);
  const struckAt = performance.now();
  const from = Date.now();
  if (fault.blow === 'kill' || fault.blow === 'away') await keeper.kill(fault.holdMs);
  else if (fault.blow === 'stop') await keeper.pause(fault.holdMs);
  else if (fault.blow === 'restart') await keeper.restart(fault.holdMs);
  else await keeper.killChild((count) => fault.which % count);
  await answering(fault, machine);
  if (fault.blow === 'away' && !(await waited(fault, from, machine))) {
    tell(`came too late, its work had ended: ${faultInWords(fault)}`);
    return null;
  }
  return { fault, recoveredMs: Math.round(performance.now() - struckAt) };
}

/**
 * Whether a run that an outage came upon ended after it only. Its own times tell: it hurries once the outage is over.
 */
async function waited({ moment, holdMs }: Fault, from: number, { operations }: Machine): Promise<boolean> {
  const loop = moment === 'a trainer runs' ? 'training' : 'prediction';
  const runs = await persist('asking for the runs', () => operations.runs.list(undefined, MOST_RUNS));
  return runs.some(
    (run) =>
      run.loop === loop &&
      Date.parse(run.startedAt) <= from &&
      (run.closedAt === null || Date.parse(run.closedAt) >= from + holdMs),
  );
}

function keeperOf({ victim, which, moment }: Fault, { workers, temporal, postgres, server, store }: Machine): Keeper {
  if (victim === 'store' && store === null) throw new Error('The object store is a folder, which no process keeps.');
  if (victim !== 'worker' && victim !== 'trainer') return { temporal, postgres, server, store: store! }[victim];
  // Where it is about trainings, one that is at it.
  const training = workers.filter((worker) => trainersOf(worker.pid() ?? -1).length > 0);
  const fitting = moment === 'a trainer runs' && training.length > 0 ? training : workers;
  return fitting[which % fitting.length]!;
}

/** The next trainer there is: the one that was seen may have ended. */
async function strikeTrainer(
  fault: Fault,
  { workers }: Machine,
  tell: (words: string) => void,
): Promise<Struck | null> {
  for (const deadline = Date.now() + FIND_MS; Date.now() < deadline; await sleep(20)) {
    const trainers = workers.flatMap((worker) => trainersOf(worker.pid() ?? -1));
    const trainer = trainers[fault.which % Math.max(1, trainers.length)];
    if (!trainer) continue;
    tell(`${faultInWords(fault)} (process ${trainer.pid})`);
    signal([trainer.pid], fault.blow === 'stop' ? 'SIGSTOP' : 'SIGKILL');
    if (fault.blow === 'stop') {
      await sleep(fault.holdMs);
      signal([trainer.pid], 'SIGCONT');
    }
    return { fault, recoveredMs: null };
  }
  tell(`not done, no trainer ran any more: ${faultInWords(fault)}`);
  return null;
}

const ANSWER_MS = 60_000;

/** Waits until the victim works again, from its users' view. */
async function answering({ victim }: Fault, { config, operations, serverUrl, database }: Machine): Promise<void> {
  const probe: Record<Exclude<Fault['victim'], 'trainer'>, () => Promise<unknown>> = {
    // Its keeper waits until it works; a frozen one continues by itself.
    worker: async () => undefined,
    temporal: () => operations.run.ready(),
    postgres: () => database.query('select 1'),
    store: () => ensureObjectStore(config),
    server: async () => (await fetch(`${serverUrl}/health/live`, { signal: AbortSignal.timeout(2_000) })).text(),
  };
  if (victim === 'trainer') return;
  for (const deadline = Date.now() + ANSWER_MS; ; await sleep(20)) {
    try {
      return void (await probe[victim]());
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
