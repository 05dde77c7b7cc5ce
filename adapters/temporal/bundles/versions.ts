import type { Config } from '../../../core/base/settings/config.ts';
import { inParallel } from '../../../core/base/in-parallel.ts';
import { namesOf } from '../../../core/base/names.ts';
import { instant } from '../../../core/time/time.ts';
import type { WorkflowVersion, WorkflowVersions } from '../../../core/runs/versions.ts';
import { lookAgain } from '../../../workflows/messages.ts';
import { callTemporal, codeOf, isConnectionError } from '../connection/connection.ts';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

const NOT_FOUND = 5;
const WORKFLOWS = 1; // temporal.api.enums.v1.TaskQueueType
const AT_ONCE = 20;
/** In the metadata of a version. */
const HASH = 'sha256';

/** temporal.api.enums.v1.WorkerDeploymentVersionStatus; an inactive version was never current. */
const states: Record<number, WorkflowVersion['state']> = { 1: 'inactive', 2: 'current', 3: 'current', 4: 'draining', 5: 'drained' }; // prettier-ignore

export function createWorkflowVersions(client: Client, settings: Config['temporal']): WorkflowVersions {
  const { namespace, installation } = settings;
  const { deployment, queues } = namesOf(installation);
  const { workflowService } = client;
  const runningBy = (build: string): string =>
    `ExecutionStatus = "Running" and TemporalWorkerDeploymentVersion = "${deployment}:${build}"`;

  /** Null before a worker has ever polled. */
  async function describe() {
    try {
      const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({
        namespace,
        deploymentName: deployment,
      });
      return {
        versions: workerDeploymentInfo?.versionSummaries ?? [],
        current: workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? null,
      };
    } catch (error) {
      if (codeOf(error) === NOT_FOUND) return { versions: [], current: null };
      throw error;
    }
  }

  /** The versions that a worker polled in the last minutes. */
  async function workedBuilds(): Promise<Set<string | null | undefined>> {
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queues.control },
      taskQueueType: WORKFLOWS,
    });
    return new Set(pollers.map(({ deploymentOptions }) => deploymentOptions?.buildId));
  }

  async function makeCurrent(buildId: string): Promise<void> {
    await workflowService.setWorkerDeploymentCurrentVersion({
      namespace,
      deploymentName: deployment,
      buildId,
      identity: 'perennial',
      // Its workers are just starting to poll, and workers of any version poll the other queues.
      allowNoPollers: true,
      ignoreMissingTaskQueues: true,
    });
  }

  const isKnown = (versions: Awaited<ReturnType<typeof describe>>['versions'], build: string): boolean =>
    versions.some(({ deploymentVersion }) => deploymentVersion?.buildId === build);

  return {
    join: (build) =>
      callTemporal(settings, async () => {
        const { versions, current } = await describe();
        if (current !== null && isKnown(versions, build)) return current;
        await makeCurrent(build);
        return build;
      }),

    deploy: (build) =>
      callTemporal(settings, async () => {
        const { versions, current } = await describe();
        if (current !== build && isKnown(versions, build)) await makeCurrent(build);
      }),

    list: () =>
      callTemporal(settings, async () => {
        const { versions } = await describe();
        if (versions.length === 0) return [];
        const worked = await workedBuilds();
        return inParallel(AT_ONCE, versions, async (summary): Promise<WorkflowVersion> => {
          const { status, createTime, currentSinceTime, drainageInfo } = summary;
          const build = summary.deploymentVersion?.buildId ?? '';
          const { count } = await client.workflow.count(runningBy(build));
          const since = drainageInfo?.lastChangedTime ?? currentSinceTime ?? createTime;
          return {
            build,
            state: states[status ?? 0] ?? 'inactive',
            since: since ? instant(Number(since.seconds) * 1_000) : null,
            open: count,
            worked: worked.has(build),
          };
        });
      }),

    keepHash: (buildId, sha256) =>
      callTemporal(settings, async () => {
        await workflowService.updateWorkerDeploymentVersionMetadata({
          namespace,
          deploymentVersion: { deploymentName: deployment, buildId },
          upsertEntries: { [HASH]: defaultPayloadConverter.toPayload(sha256) },
          identity: 'perennial',
        });
      }),

    hashOf: (buildId) =>
      callTemporal(settings, async () => {
        const deploymentVersion = { deploymentName: deployment, buildId };
        const asked = { namespace, deploymentVersion };
        const { workerDeploymentVersionInfo } = await workflowService.describeWorkerDeploymentVersion(asked);
        const entry = workerDeploymentVersionInfo?.metadata?.entries?.[HASH];
        return entry ? defaultPayloadConverter.fromPayload<string>(entry) : null;
      }),

    wakeLoops: (current) =>
      callTemporal(settings, async () => {
        const { versions } = await describe();
        const worked = await workedBuilds();
        let told = 0;
        for (const { deploymentVersion } of versions) {
          const build = deploymentVersion?.buildId ?? '';
          if (build === current || !worked.has(build)) continue; // without a worker, signals only pile up
          const loops: string[] = [];
          const query = `${runningBy(build)} and WorkflowType = "retraining"`;
          for await (const { workflowId } of client.workflow.list({ query })) loops.push(workflowId);
          await inParallel(AT_ONCE, loops, async (workflowId) => {
            try {
              await client.workflow.getHandle(workflowId).signal(lookAgain);
              told++;
            } catch (error) {
              if (isConnectionError(error)) throw error; // otherwise it has ended, or cannot be signalled: the others can
            }
          });
        }
        return told;
      }),
  };
}
