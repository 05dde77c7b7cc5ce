import { connect, type Database } from '../adapters/postgres/database.ts';
import { createTemporalClient } from '../adapters/temporal/connection/connection.ts';
import { temporalNamedBy, withoutTemporal } from '../adapters/temporal/connection/connection-profile.ts';
import { createSchedules } from '../adapters/temporal/schedules.ts';
import { operator } from '../core/access/actor.ts';
import { contentId } from '../core/base/ids.ts';
import { inParallel } from '../core/base/in-parallel.ts';
import { type Names, namesOf } from '../core/base/names.ts';
import { MINUTE, SECOND } from '../core/time/time.ts';
import { openHome } from '../local/stack/home-folder.ts';
import { watchMemory } from '../local/stack/memory.ts';
import { type Stack, startStack } from '../local/stack/stack.ts';
import { aDriftReport, aPipeline } from '../test/reports/fixtures.ts';
import { CROWD, crowdName, insertCrowd } from '../test/support/postgres/crowd.ts';
import { environment as inherited, readConfig } from '../wiring/settings.ts';
import { makeFolder, alone, percentile, type Bench, type BenchRow } from './bench.ts';
import { cpuSeconds } from './crowd/cpu.ts';
import { type Client } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const AT_ONCE = 8;
/** The schedules of a thousand are to be made within three minutes, before the first check is due. */
const settle = (pipelines: number): number => Math.max(20 * SECOND, (pipelines / CROWD) * 3 * MINUTE);
const LONGEST = 30 * MINUTE;
const BETWEEN_LOOKS = 20 * SECOND;
const cli = fileURLToPath(new URL('../bin/perennial.js', import.meta.url));

type Settings = Parameters<typeof createSchedules>[1];

interface Run {
  due: number;
  started: number;
  ended: number;
}

/**
 * The stack as `npm start` runs it, in a home folder of its own; an hour's checks, whose jitter spreads them over six
 * minutes.
 */
export const bench: Bench = {
  summary: `An hour's drift checks of ${CROWD} pipelines, or of --pipelines: Postgres, Temporal, a worker of all roles and a server, on this machine`,
  async run(report, { pipelines = CROWD }) {
    const names = Array.from({ length: pipelines }, (_, i) => crowdName(i));
    const named = temporalNamedBy(inherited);
    if (named) throw new Error(`${named} is set: this benchmark fills a Temporal of its own. Unset it and run again.`);
    const folder = makeFolder();
    const home = openHome(join(folder, 'home'));
    const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true }), () => home.close()];
    try {
      const stack = await startStack({
        home,
        step: (what, work) => (report(what), work(report)),
        note: report,
        actor: operator('bench', 'automation'),
        dataRoots: [],
        recipeRoots: [],
        ports: { postgres: 25_432, temporal: 27_233, temporalUi: 28_233, server: 28_080 },
        clock: () => null,
        sources: async () => ({}),
      });
      closers.push(() => stack.stop());
      const config = readConfig({ ...withoutTemporal(inherited), ...stack.environment });
      const database = connect(config.databaseUrl, { connections: 2 });
      closers.push(() => database.end());
      const client = await createTemporalClient(config.temporal);
      closers.push(() => client.connection.close());

      await insertPipelines(database, pipelines);
      report(`${pipelines} pipelines inserted`);
      const hour = await scheduleChecks(client, config.temporal, names);
      const due = await dueMoments(client, config.temporal, names);
      report(`${pipelines} schedules made; the first check is due in ${Math.round((hour - Date.now()) / SECOND)} s`);
      await sleep(Math.max(0, hour - Date.now()));
      return await playHour(stack, client, { database, names, hour, due, report });
    } finally {
      for (const close of closers.reverse()) await close();
    }
  },
};

/** Pipelines as after some use, with a day of served counts: `apply` and trainings would take hours. */
async function insertPipelines(database: Database, pipelines: number): Promise<void> {
  await insertCrowd(database, { pipelines });
  const { binning, reference, current } = aDriftReport({ moved: false });
  await database.query(`insert into binnings (id, pipeline, columns) select $1, name, $2 from pipelines`, [
    binning.id,
    binning.columns,
  ]);
  await database.query(
    `insert into profiles (pipeline, subject, binning, profile) select name, 'version/1', $1, $2 from pipelines`,
    [binning.id, reference],
  );
  await database.query(
    `insert into served_counts (pipeline, version, binning, replica, sequence, hour, profile)
     select name, 1, $1, 'server', 1, date_trunc('hour', now()) - hours * interval '1 hour', $2 from pipelines, generate_series(0, 25) as hours`,
    [binning.id, current],
  );
  await database.query(
    `insert into traffic_history (pipeline, generation, champion, shares, from_time, changed_by)
     select pipeline, generation, champion, shares, now() - interval '90 days', 'the benchmark' from traffic`,
  );
  await database.query('analyze');
}

/** Hourly, at a minute that is some minutes away; returns that moment. */
async function scheduleChecks(client: Client, settings: Settings, names: readonly string[]): Promise<number> {
  const patience = settle(names.length);
  const hour = Math.ceil((Date.now() + patience) / MINUTE) * MINUTE;
  const monitoring = `${new Date(hour).getUTCMinutes()} * * * *`;
  const off = { data: 'off', retraining: 'off', prediction: 'off', lifecycle: 'off' } as const;
  const schedules = createSchedules(client, settings, { paused: false });
  const revision = contentId(aPipeline()); // as inserted
  await inParallel(AT_ONCE, names, (name) =>
    schedules.put(aPipeline({ name, schedules: { ...off, monitoring } }), { name, revision }),
  );
  if (Date.now() > hour) throw new Error(`${names.length} schedules were not made within ${patience / SECOND} s.`);
  return hour;
}

/** When Temporal will start each pipeline's check, jitter included. */
async function dueMoments(client: Client, settings: Settings, names: readonly string[]): Promise<Map<string, number>> {
  const { ownerOf } = namesOf(settings.installation);
  const due = new Map<string, number>();
  for (const deadline = Date.now() + MINUTE; due.size < names.length; await sleep(SECOND)) {
    if (Date.now() > deadline) throw new Error(`Temporal lists ${due.size} of ${names.length} schedules.`);
    for await (const { scheduleId, info } of client.schedule.list()) {
      const [next] = info.nextActionTimes;
      const name = ownerOf(scheduleId)?.pipeline; // the installation's care has a schedule too
      if (next && name !== undefined) due.set(name, next.getTime());
    }
  }
  return due;
}

interface Parts {
  database: Database;
  names: readonly string[];
  /** What the cron text says; the jitter, which spreads the load, comes on top of it. */
  hour: number;
  due: Map<string, number>;
  report: (line: string) => void;
}

/** From the moment the checks are due to the end of the last, while people look. */
async function playHour(
  stack: Stack,
  client: Client,
  { database, names, hour, due, report }: Parts,
): Promise<BenchRow[]> {
  const memory = watchMemory(() => stack.processes);
  const cpu = (): number[] => stack.processes.map(({ pid }) => cpuSeconds(pid));
  const [began, before] = [Date.now(), cpu()];
  const [status, page]: [number[], number[]] = [[], []];
  for (let ended = 0; ended < names.length; await sleep(BETWEEN_LOOKS)) {
    if (Date.now() > began + LONGEST) throw new Error(`After ${LONGEST / MINUTE} minutes ${ended} of ${names.length} checks had ended.`); // prettier-ignore
    status.push(await secondsOf(() => askStatus(stack, names)));
    page.push(await secondsOf(() => openConsole(stack, names)));
    ended = (await client.workflow.count(`WorkflowType = "monitoring" and ExecutionStatus = "Completed"`)).count;
    report(`${ended} checks have ended`);
  }
  memory.stop();
  const used = cpu().map((seconds, i) => seconds - before[i]!);
  const { rows: verdicts } = await database.query<{ level: string; count: number }>(
    `select level, count(*)::int as count from verdicts where as_of > now() - interval '2 hours' and verdict ->> 'reportKey' is not null group by level`,
  );
  if (verdicts[0]?.count !== names.length)
    throw new Error(`The checks left other verdicts: ${JSON.stringify(verdicts)}`);

  const runs = await runsOf(client, stack.names, due, names.length);
  const late = runs.map((run) => run.started - run.due);
  const whole = runs.map((run) => run.ended - run.due);
  const sinceHour = runs.map((run) => run.started - hour);
  const share = (values: number[], of: number): number[] => [percentile(values, of) / SECOND];
  const { peaks } = memory;
  return [
    alone({ case: `time in which ${names.length} checks were due, by the jitter`, unit: 's' }, [(Math.max(...due.values()) - Math.min(...due.values())) / SECOND]),
    alone({ case: 'a run starts after its own moment, jitter included: ours', unit: 's p50' }, share(late, 0.5)),
    alone({ case: 'a run starts after its own moment, jitter included: ours', unit: 's p99' }, share(late, 0.99)),
    alone({ case: 'a run starts after what its cron text says, jitter and all', unit: 's p50' }, share(sinceHour, 0.5)),
    alone({ case: 'a run starts after what its cron text says, jitter and all', unit: 's p99' }, share(sinceHour, 0.99)),
    alone({ case: 'verdict and report are there after the check is due', unit: 's p50' }, share(whole, 0.5)),
    alone({ case: 'verdict and report are there after the check is due', unit: 's p99' }, share(whole, 0.99)),
    ...stack.processes.map(({ name }, i) => alone({ case: `processor time of ${name}`, unit: 's' }, [used[i]!])),
    alone({ case: 'processor time of all', unit: 's' }, [used.reduce((sum, each) => sum + each, 0)]),
    alone({ case: 'processor time of all, a check', unit: 's' }, [used.reduce((sum, each) => sum + each, 0) / names.length]),
    alone({ case: '`perennial status` meanwhile, with the start of the command', unit: 's' }, status),
    alone({ case: 'start page of the console meanwhile', unit: 's' }, page),
    ...Object.entries(peaks().byProcess).map(([name, held]) => alone({ case: `peak memory of ${name}`, unit: 'MiB' }, [held])),
    alone({ case: 'peak memory of all', unit: 'MiB' }, [peaks().together]),
  ]; // prettier-ignore
}

async function runsOf(client: Client, { ownerOf }: Names, due: Map<string, number>, pipelines: number): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const { workflowId, startTime, closeTime } of client.workflow.list({
    query: 'WorkflowType = "monitoring"',
    pageSize: pipelines,
  }))
    // prettier-ignore
    runs.push({
      due: due.get(ownerOf(workflowId)!.pipeline)!,
      started: startTime.getTime(),
      ended: closeTime!.getTime(),
    });
  return runs;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / SECOND;
}

async function askStatus({ environment }: Stack, names: readonly string[]): Promise<void> {
  const env = { ...inherited, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'status'], { env, maxBuffer: 64 * 2 ** 20 });
  if (!stdout.includes(names.at(-1)!)) throw new Error('perennial status did not name all pipelines.');
}

async function openConsole({ serverUrl }: Stack, names: readonly string[]): Promise<void> {
  const response = await fetch(`${serverUrl}/`);
  const page = await response.text();
  if (!response.ok || !page.includes(names[0]!)) throw new Error(`The console answered ${response.status} to GET /.`);
}
