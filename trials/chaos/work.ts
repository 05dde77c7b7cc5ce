import { messageOf, UserError, type ErrorCode } from '../../core/base/errors/errors.ts';
import { type ScheduledLoop } from '../../core/runs/schedules.ts';
import { type Cycle, type RetrainRequest } from '../../core/training/retraining/retraining.ts';
import { type Instant } from '../../core/time/time.ts';
import { type Traffic } from '../../core/rollout/traffic.ts';
import { type Machine } from './machine.ts';
import { type Moments } from './moments.ts';
import { type Moment } from './plan.ts';
import { persist, until } from './persist.ts';
import { trainersOf } from './processes.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** What people were promised during faults: it must exist afterwards. */
export interface Promised {
  /** Requests for a training that were accepted. */
  requests: string[];
  /** Generations of traffic that were reported to a person. */
  generations: number[];
  /** Snapshots that were seen, and how many rows each had then. */
  snapshots: Map<string, number>;
  /** Runs that were started. */
  runs: string[];
  /** Trainings that a person ended; some were faster. */
  calledOff: string[];
  /** Failures of work that should have survived. */
  failed: string[];
}

export const nothingPromised = (): Promised => ({
  requests: [],
  generations: [],
  snapshots: new Map(),
  runs: [],
  calledOff: [],
  failed: [],
});

/** A batch of this small world is scored within a few tenths of a second. */
const GLANCE_MS = 25;

export interface Day {
  pipeline: string;
  asOf: Instant;
  moments: Moments;
  promised: Promised;
  /** Whether people then promote and roll back, and ask for more trainings, of which they cancel one. */
  busy: boolean;
}

/** A day of a round: data, a training that a person asks for, a drift check and a batch of predictions. */
export async function liveADay(
  { names, operations, database, workers }: Machine,
  { pipeline, asOf, moments, promised, busy }: Day,
): Promise<void> {
  const watching = new AbortController();
  const eyes = watch(watching.signal);

  async function run(loop: ScheduledLoop, moment: Moment): Promise<void> {
    const id = await persist(`starting the ${loop} loop`, () => operations.run.start(loop, pipeline, asOf));
    promised.runs.push(id);
    moments.reach(moment);
    await persist(`the ${loop} loop`, () => operations.run.result(id)).catch((error: unknown) => {
      promised.failed.push(`${id}: ${messageOf(error)}`);
    });
  }

  async function ask(reason: string): Promise<RetrainRequest> {
    const wish = { pipeline, reason, asOf, force: true } as const;
    const request = await persist('asking for a training', () => operations.retraining.ask(wish));
    promised.requests.push(request.id);
    moments.reach('a training is asked for');
    return request;
  }

  const cycleOf = (request: RetrainRequest, ended: boolean): Promise<Cycle> =>
    until(`the ${ended ? 'end' : 'beginning'} of the training`, async () => {
      const found = await operations.retraining.cycleOf(request);
      return found?.outcome || !ended ? found : null;
    });

  async function train(reason: string): Promise<void> {
    const cycle = await cycleOf(await ask(reason), true);
    if (cycle.outcome?.result === 'failed') promised.failed.push(`cycle ${cycle.id}: ${cycle.outcome.reason}`);
  }

  /** A person requests a training and cancels it: its cycle must still end, however far it had got. */
  async function callOff(): Promise<void> {
    const request = await ask('a whim');
    const id = names.training(pipeline, (await cycleOf(request, false)).id);
    await until(`the run ${id}`, () => operations.run.state(id).catch(unless('RUN_UNKNOWN')));
    promised.calledOff.push(id);
    moments.reach('a training is called off');
    await persist(`calling off ${id}`, () => operations.runs.cancel(id)).catch(unless('REQUEST_INVALID'));
    await cycleOf(request, true);
  }

  /** A person gives traffic to an older version, and takes it back. */
  async function changeOfMind(): Promise<void> {
    const versions = await persist('listing versions', () => operations.models.list(pipeline));
    const [newest] = versions;
    if (!newest) return;
    const deed = { pipeline, reason: 'a person wants so' };
    const note = ({ generation }: Traffic): void => void promised.generations.push(generation);
    moments.reach('a person promotes');
    await promote(() => operations.models.promote({ ...deed, version: newest.version })).then(
      note,
      unless('TRAFFIC_SUPERSEDED', 'NOTHING_TO_ROLL_BACK_TO'),
    );
    await promote(() => operations.models.rollBack(deed)).then(
      note,
      unless('TRAFFIC_SUPERSEDED', 'NOTHING_TO_ROLL_BACK_TO'),
    );
  }

  /** Detects events that the work does not report itself. */
  async function watch(stopped: AbortSignal): Promise<void> {
    const count = async (what: string): Promise<number | null> => {
      const sql = `select count(*) as count from ${what}`;
      return (await database.query<{ count: number }>(sql, [pipeline]).catch(() => null))?.rows[0]?.count ?? null;
    };
    const versions = () => count('model_versions where pipeline = $1');
    let before = await versions();
    async function look(moment: Moment, hasCome: () => boolean | Promise<boolean>): Promise<void> {
      if (moments.isAwaited(moment) && (await hasCome())) moments.reach(moment);
    }
    while (!stopped.aborted) {
      await look('a trainer runs', () => workers.some((worker) => trainersOf(worker.pid() ?? -1).length > 0));
      await look('a batch is scored', async () => {
        const scoring = await count(`batches where pipeline = $1 and status = 'scoring'`);
        return scoring !== null && scoring > 0;
      });
      await look('a version is registered', async () => {
        const now = await versions();
        const isNews = before !== null && now !== null && now > before;
        before ??= now;
        return isNews;
      });
      await sleep(GLANCE_MS);
    }
  }

  try {
    await run('data', 'the data loop runs');
    await Promise.all([
      train('the day is over'),
      run('monitoring', 'the drift check runs'),
      run('prediction', 'the prediction loop runs'),
    ]);
    if (!busy) return;
    await Promise.all([changeOfMind(), train('once more')]);
    await callOff();
  } finally {
    moments.end();
    watching.abort();
    await eyes;
  }
}

const promote = (work: () => Promise<Traffic>): Promise<Traffic> => persist('a promotion by a person', work);

/** Harmless errors: somebody else changed the traffic in between, or the run has ended. */
const unless =
  (...allowed: ErrorCode[]) =>
  (error: unknown): null => {
    if (error instanceof UserError && allowed.includes(error.code)) return null;
    throw error;
  };
