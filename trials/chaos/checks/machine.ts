import { leftIn } from '../../../adapters/objects/leftovers.ts';
import { type Evidence, type Invariant } from './evidence.ts';
import { orphansOf, trainersOf } from '../processes.ts';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MOST_ATTEMPTS = 10;
const well = ['completed', 'continued_as_new'];

/** What the dead left before this round began: since then their successors had work to do, and cleared it away. */
async function leftovers(folder: string, since: number): Promise<string[]> {
  if (!existsSync(folder)) return [];
  return (await leftIn(folder)).filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? since) < since);
}

/** Where processes of ours do work that a kill can leave half done. */
const unfinishedWork = ({ homeFolder, machine: { workers } }: Evidence): string[] => [
  join(homeFolder, 'objects', '.incoming'),
  ...workers.flatMap(({ name }) => [
    join(homeFolder, 'data', name, 'cache', 'work'),
    join(homeFolder, 'data', name, 'duckdb'),
  ]),
];

export const checksOfMachine: Invariant[] = [
  {
    name: 'every run has succeeded or is still running',
    async look({ machine, client, promised, world: { name } }) {
      const broken = [...promised.failed];
      const counted: Record<string, number> = {};
      const seen = new Set<string>();
      const calledOff = new Set(promised.calledOff);
      for await (const run of client.workflow.list()) {
        seen.add(run.workflowId);
        const status = run.status.name.toLowerCase();
        counted[status] = (counted[status] ?? 0) + 1;
        if (status === 'running') {
          const { raw } = await client.workflow.getHandle(run.workflowId, run.runId).describe();
          const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
          if (attempt > MOST_ATTEMPTS) broken.push(`${run.workflowId} is stuck: its task was tried ${attempt} times`);
          if (run.workflowId !== machine.names.retraining(name)) broken.push(`${run.workflowId} still runs`);
        } else if (!well.includes(status) && !(status === 'cancelled' && calledOff.has(run.workflowId)))
          broken.push(`${run.workflowId} is ${status}`);
      }
      for (const id of promised.runs) if (!seen.has(id)) broken.push(`${id} was started and is gone`);
      await machine.operations.run.ready();
      const words = Object.entries(counted).map(([status, times]) => `${times} ${status}`);
      return { counted: words.join(', '), broken };
    },
  },
  {
    name: 'no process ended or failed to start by itself',
    async look({ machine }) {
      const broken = machine.keepers.flatMap((keeper) => keeper.faults);
      return { counted: `${machine.keepers.length} programs`, broken };
    },
  },
  {
    name: 'no process is left without its parent',
    async look({ machine, homeFolder }) {
      const orphans = orphansOf(homeFolder);
      const trainers = machine.workers.flatMap((worker) => trainersOf(worker.pid() ?? -1));
      const words = [...orphans, ...trainers].map(({ pid, command }) => `process ${pid}: ${command.slice(0, 120)}`);
      return { counted: `${orphans.length} orphans`, broken: words };
    },
  },
  {
    name: 'no unfinished file is left behind',
    async look(evidence) {
      const folders = unfinishedWork(evidence);
      const left = (await Promise.all(folders.map((folder) => leftovers(folder, evidence.since)))).flat();
      return { counted: `${left.length} files`, broken: left };
    },
  },
];
