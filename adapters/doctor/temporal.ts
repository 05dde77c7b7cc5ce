import type { Config } from '../../core/base/settings/config.ts';
import { failed, ok, warning, type Check } from '../../core/runs/doctor.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { inParallel } from '../../core/base/in-parallel.ts';
import { namesOf } from '../../core/base/names.ts';
import { scheduledLoops, whenOf, type ScheduleState } from '../../core/runs/schedules.ts';
import { attributes } from '../../workflows/messages.ts';
import { shortTime } from '../../core/time/time.ts';
import type { WorkflowVersion } from '../../core/runs/versions.ts';
import { createPipelines } from '../postgres/pipelines.ts';
import { withDatabase } from './database.ts';
import { callTemporal, createTemporalClient } from '../temporal/connection/connection.ts';
import { knock } from '../temporal/connection/ready.ts';
import { createSchedules } from '../temporal/schedules.ts';
import { createObjectStore } from '../objects/object-store.ts';
import { createStoredBundles } from '../temporal/bundles/stored-bundles.ts';
import { createWorkflowVersions } from '../temporal/bundles/versions.ts';
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const inWords = (when: Pick<ScheduleState, 'cron' | 'zone'> | null): string | null =>
  when && `"${when.cron}" (${when.zone})`;

const AT_ONCE = 8; // pipelines whose schedules are fetched at once
const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType
const [WORKFLOWS, ACTIVITIES] = [1, 2]; // temporal.api.enums.v1.TaskQueueType

type Client = Awaited<ReturnType<typeof createTemporalClient>>;
type Look = Check['look'];

/** shortBuild('3fa9c1d2b4e5f607...') // => '3fa9c1d2b4e5' */
const shortBuild = (build: string): string => build.slice(0, 12);

function versionInWords({ build, state, since, open }: WorkflowVersion): string {
  const runs = `${open} ${open === 1 ? 'run' : 'runs'}`;
  const at = since ? ` since ${shortTime(since)}` : '';
  if (state === 'current') return `New runs use ${shortBuild(build)}${at}; ${runs} in progress.`;
  if (open > 0) return `${runs} still on ${shortBuild(build)}.`;
  return state === 'drained' ? `${shortBuild(build)} is drained${at}.` : `No run is left on ${shortBuild(build)}.`;
}

/** Whether the stored code of current runs is what their releases stored. */
async function lookAtBundles(bundles: ReturnType<typeof createStoredBundles>, versions: WorkflowVersion[]) {
  const [spoilt, unchecked]: [string[], string[]] = [[], []];
  const folder = await mkdtemp(join(tmpdir(), 'perennial-doctor-'));
  try {
    for (const { build } of versions)
      try {
        if (!(await bundles.fetch(build, join(folder, `${build}.js`))).checked) unchecked.push(build);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (error.code === 'OBJECT_CORRUPT') spoilt.push(error.message);
        else if (error.code !== 'OBJECT_MISSING') throw error; // a worker of that version stores it, and without one none runs it
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { spoilt, unchecked };
}

export function temporalChecks(config: Config): Check[] {
  const { temporal, databaseUrl, clock } = config;
  const { address, namespace, installation } = temporal;
  const { queues } = namesOf(installation);
  const withTemporal = (work: (client: Client, signal: AbortSignal) => ReturnType<Look>): Look =>
    async (signal) => {
      setMaxListeners(0, signal); // every call in progress is one
      const client = await createTemporalClient(temporal);
      try {
        return await callTemporal(temporal, async () => {
          await knock(temporal, signal);
          return client.connection.withAbortSignal(signal, () => work(client, signal));
        });
      } finally {
        // Not awaited: it lets a last retry run out.
        void client.connection.close().catch(() => undefined);
      }
    }; // prettier-ignore

  return [
    {
      name: 'Temporal',
      needed: true,
      look: withTemporal(async ({ workflowService }) => {
        const { serverVersion } = await workflowService.getSystemInfo({});
        await workflowService.describeNamespace({ namespace });
        return ok(`${serverVersion} answers at ${address} (namespace ${namespace}).`);
      }),
    },
    {
      name: 'search attributes',
      look: withTemporal(async ({ connection }) => {
        const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
        const names = Object.values(attributes).map(({ name }) => name);
        const wrong = names.filter((name) => customAttributes[name] !== KEYWORD);
        if (wrong.length === 0) return ok(`${names.join(', ')} are registered.`);
        const command = `temporal operator search-attribute create --namespace ${namespace} ${wrong
          .map((name) => `--name ${name} --type Keyword`)
          .join(' ')}`;
        return failed(`${wrong.join(', ')} are missing or of another type.`, `Start a worker, or run: ${command}`);
      }),
    },
    {
      name: 'workers',
      look: withTemporal(async ({ workflowService }) => {
        const polled = async (name: string, taskQueueType: number): Promise<boolean> =>
          (await workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType })).pollers.length >
          0;
        const idle: string[] = [];
        for (const [role, queue] of Object.entries(queues)) {
          const working = await polled(queue, ACTIVITIES);
          if (!working || (role === 'control' && !(await polled(queue, WORKFLOWS)))) idle.push(role);
        }
        if (idle.length === 0) return ok(`Workers are polling for ${Object.keys(queues).join(', ')}.`);
        return failed(
          `No worker has polled for ${idle.join(', ')} in the last minutes.`,
          `Run "npm start", or start a worker with the missing roles (workers/main.ts ${idle.join(' | ')}).`,
        );
      }),
    },
    {
      name: 'workflow versions',
      look: withTemporal(async (client) => {
        const kept = createWorkflowVersions(client, temporal);
        const versions = await kept.list();
        const current = versions.find(({ state }) => state === 'current');
        if (!current) return warning('No worker has registered its workflows yet.', 'Start a worker.');
        const used = versions.filter(({ open, state }) => open > 0 || state === 'current');
        const { spoilt, unchecked } = await lookAtBundles(createStoredBundles(createObjectStore(config), kept), used);
        const stranded = versions.filter(({ open, worked }) => open > 0 && !worked);
        const named = (builds: string[]): string => builds.map(shortBuild).join(', ');
        const found = [
          ...versions.map(versionInWords),
          ...(unchecked.length > 0
            ? [`The code of ${named(unchecked)} runs unchecked: it was stored without a hash.`]
            : []),
          ...spoilt,
          ...(stranded.length > 0 ? [`No worker runs ${named(stranded.map(({ build }) => build))}.`] : []),
        ].join('\n');
        if (spoilt.length > 0) return { state: 'failed', found, fix: null }; // the words say what to do
        if (stranded.length > 0)
          return failed(
            found,
            'Start a worker: it takes over older runs, or reports that it cannot; then start one of the release they began with.',
          );
        if (unchecked.length === 0) return ok(found);
        return warning(
          found,
          'This clears when their runs have ended. Until then, let nobody else write to the bucket.',
        );
      }),
    },
    {
      name: 'schedules',
      look: withTemporal((client, signal) =>
        withDatabase(databaseUrl, signal, async (database) => {
          const pipelines = createPipelines(database);
          const schedules = createSchedules(client, temporal, { paused: clock !== undefined });
          const refs = await pipelines.list();
          const problems: string[] = [];
          const paused: string[] = [];
          const listed = await inParallel(AT_ONCE, refs, ({ name }) => schedules.list(name));
          for (const [i, ref] of refs.entries()) {
            const there = listed[i]!;
            const declared = await pipelines.declaration(ref).catch((error: unknown) => {
              if (!(error instanceof UserError)) throw error;
              problems.push(error.message); // the others are still checked
              return null;
            });
            for (const loop of declared ? scheduledLoops : []) {
              const found = there.find((each) => each.loop === loop);
              const name = `${ref.name}/${loop}`;
              const [is, wanted] = [inWords(found ?? null), inWords(whenOf(declared!, loop))];
              if (is !== wanted) problems.push(`${name} is ${is ?? 'missing'}, declared ${wanted ?? "'off'"}`);
              else if (found?.pausedBy === 'person') paused.push(`${name} (${found.note})`);
            }
          }
          if (problems.length > 0) return failed(`${problems.join('; ')}.`, 'To update them: perennial apply');
          if (paused.length > 0)
            return warning(`Paused: ${paused.join('; ')}.`, 'To resume them: perennial resume PIPELINE');
          const simulated = clock === undefined ? '' : ' A simulated clock runs the loops.';
          return ok(`The schedules of ${refs.length} pipelines are as declared.${simulated}`);
        }),
      ),
    },
  ];
}
