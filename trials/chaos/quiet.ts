import { messageOf } from '../../core/base/errors/errors.ts';
import { type Machine } from './machine.ts';
import { trainersOf } from './processes.ts';
import { type Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any step may be silent before it is tried again, and then once more. */
const PATIENCE_MS = 300_000;
const LOOK_MS = 500;

/**
 * Waits until all work has ended: every run has ended except the one that never does, no cycle is open, requests are
 * settled or waiting, and the spool is empty. Resolves with what still remains when time is up.
 */
export async function untilQuiet(machine: Machine, client: Client, pipeline: string): Promise<string[]> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    const left = await unrest(machine, client, pipeline).catch((error: unknown) => [messageOf(error)]);
    if (left.length === 0 || Date.now() > deadline) return left;
  }
}

async function unrest({ names, operations, serverUrl, workers, keepers }: Machine, client: Client, pipeline: string) {
  const left: string[] = [];
  for (const keeper of keepers) if (keeper.pid() === null) left.push(`${keeper.name} does not run`);
  for await (const run of client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
    if (run.workflowId !== names.retraining(pipeline)) left.push(`${run.workflowId} still runs`);
  const { cycles, requests, waiting } = await operations.status.of(pipeline);
  for (const cycle of cycles) if (cycle.outcome === null) left.push(`cycle ${cycle.id} is open`);
  if (requests.length > 0 && waiting === null)
    left.push(`${requests.map(({ id }) => id).join(', ')}: nobody waits for it`);
  const { spool } = (await (await fetch(`${serverUrl}/health`)).json()) as { spool: { bytes: number } };
  if (spool.bytes > 0) left.push(`${spool.bytes} bytes are in the spool`);
  const trainers = workers.flatMap((worker) => trainersOf(worker.pid() ?? -1));
  if (trainers.length > 0) left.push(`process ${trainers.map(({ pid }) => pid).join(', ')} still trains`);
  return left;
}
