import type { Config } from '../../../core/base/settings/config.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { namesOf } from '../../../core/base/names.ts';
import type { Replayed } from '../../../core/runs/versions.ts';
import { workflowBundle } from './bundle.ts';
import { callTemporal, createTemporalClient } from '../connection/connection.ts';
import { DefaultLogger, type ReplayHistoriesIterable, Runtime, Worker } from '@temporalio/worker';

/** For a process that only replays: the result has each run's problem, so the log need not repeat it. */
export const silenceSdk = (): void =>
  void Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), shutdownSignals: [] });

/** Replays every current run with this checkout's workflows, as a worker would that takes it over. Changes nothing. */
export async function replayOpenRuns(settings: Config['temporal'], bundlesFolder: string): Promise<Replayed[]> {
  const client = await createTemporalClient(settings);
  const names = namesOf(settings.installation);
  const runs = new Map<string, Omit<Replayed, 'problem'>>();
  async function* histories(): ReplayHistoriesIterable {
    const query = `ExecutionStatus = "Running" and ${names.query}`;
    for await (const run of client.workflow.list({ query })) {
      const handle = client.workflow.getHandle(run.workflowId, run.runId);
      const history = await handle.fetchHistory();
      runs.set(run.workflowId, {
        workflowId: run.workflowId,
        workflow: run.type,
        build: run.raw.versioningInfo?.deploymentVersion?.buildId ?? null,
      });
      yield { workflowId: run.workflowId, history };
    }
  }
  try {
    return await callTemporal(settings, async () => {
      const results: Replayed[] = [];
      // A run knows its installation by the queue's name.
      const options = { workflowBundle: await workflowBundle(bundlesFolder), replayName: names.queues.control };
      for await (const { workflowId, error } of Worker.runReplayHistories(options, histories())) {
        const run = runs.get(workflowId)!;
        results.push({ ...run, problem: error ? messageOf(error) : null });
      }
      return results;
    });
  } finally {
    await client.connection.close();
  }
}
