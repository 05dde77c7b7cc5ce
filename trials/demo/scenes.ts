import { metricKinds } from '../../core/metrics/index.ts';
import { type DataResult } from '../../workflows/data.ts';
import { type MonitoringResult } from '../../workflows/monitoring.ts';
import { type PredictionResult } from '../../workflows/prediction.ts';
import { type Cycle } from '../../core/training/retraining/retraining.ts';
import { nextMoment } from '../../core/time/cron.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { whenOf } from '../../core/runs/schedules.ts';
import { placeInWords } from '../../core/sources/source.ts';
import { after, DAY, earliest, HOUR, instant, type Instant } from '../../core/time/time.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { type Step } from '../../local/progress.ts';
import { type SimulatedSource } from '../../local/simulation/source.ts';
import { type Simulated } from '../../local/simulation/sources.ts';
import { type Stack } from '../../local/stack/stack.ts';
import { sendTraffic } from '../../local/simulation/traffic.ts';
import { playRollout } from './rollout-scene.ts';
import { demand, type Timeline } from './timeline.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** Only what hangs takes so long, even on a busy machine. */
const PATIENCE_MS = 600_000;
/** What is asked for is a dozen queries, and work of a worker's. */
const GLANCE_MS = 200;
/** Drift is looked for this often. */
const LOOK_EVERY_HOURS = 3;
const MOST_LOOKS = 16;
const LAST_LOOKS = 4;

export interface DemoParts {
  stack: Pick<Stack, 'operations' | 'serverUrl' | 'names'>;
  source: SimulatedSource;
  example: Simulated['example'];
  step: Step;
  timeline: Timeline;
  start: Instant;
  historyDays: number;
  /** Called with the story's progress, before anything happens at that time. */
  onTime(at: Instant): void;
  /** Whether the world drifts after a quiet day; otherwise the story ends with that day. */
  drifts?: boolean;
}

/** The whole story without a person: a first champion, drift, and what the platform does about it. */
export async function playStory({
  stack,
  source,
  example,
  step,
  timeline,
  start,
  historyDays,
  onTime,
  drifts = true,
}: DemoParts): Promise<Instant> {
  const { operations, serverUrl, names } = stack;
  const { pipeline } = example;
  const { name } = pipeline;
  const { metric } = pipeline.gates;
  let sent = 0;

  /**
   * The world advances to `to`: rows and label facts arrive, and the application requests a prediction for each row.
   */
  const turn = async (from: Instant, to: Instant): Promise<void> => {
    onTime(to);
    await source.advance(from, to, async (events) => {
      const rows = events.map((event) => event.row.values);
      sent += await sendTraffic(serverUrl, pipeline, rows);
    });
  };
  const runLoop = async <T>(loop: 'data' | 'prediction' | 'monitoring', asOf: Instant): Promise<T> =>
    (await operations.run.result(await operations.run.start(loop, name, asOf))) as T;
  const lastCycle = async (): Promise<Cycle | undefined> => (await operations.status.of(name)).cycles[0];
  const untilLogged = async (): Promise<number> => {
    const logged = await until(
      async () => (await operations.status.of(name)).predictions,
      (count) => count >= sent,
    );
    demand(logged === sent, 'predictions logged', `${sent} were answered, ${logged} are in the log`);
    return logged;
  };

  await step(`${historyDays} days of ${placeInWords(pipeline.source)}, with their labels`, () =>
    source.advance(instant(Date.parse(start) - historyDays * DAY), start),
  );
  const [applied] = await step('Apply the declaration', () => operations.apply([example]));
  timeline.add('declaration applied', start, applied!.ref.revision, { pipeline: name });

  const first = await step('Data loop', () => runLoop<DataResult>('data', start));
  demand(first.rows > 0 && first.extracted > 0, 'extract', 'no rows were extracted');
  timeline.add('extract', start, names.run(name, 'data', start), { partitions: first.extracted, rows: first.rows });
  timeline.add('validate', start, first.snapshot, { 'expectations met': first.expectations });
  timeline.add('snapshot', start, first.snapshot, { rows: first.rows, binning: first.binning });

  const champion = await step('Training loop', async () => {
    const request = await operations.retraining.ask({
      pipeline: name,
      reason: 'a first model',
      asOf: start,
    });
    const cycle = await until(
      () => operations.retraining.cycleOf(request),
      (found) => found?.outcome != null,
    );
    demand(cycle?.outcome?.result === 'promoted', 'promote', `the first cycle ended ${cycle?.outcome?.reason}`);
    return tellTraining(cycle, cycle.outcome.version, start);
  });
  tellPromotion(champion, start);
  await step('The champion serves', () => untilServing(serverUrl, name, champion.version));

  if (pipeline.schedules.prediction !== 'off')
    await step('Batch predictions', async () => {
      const batch = await runLoop<PredictionResult>('prediction', start);
      const again = await runLoop<PredictionResult>('prediction', start);
      demand(batch.batch && batch.rows > 0, 'batch predictions', 'no row was scored');
      demand(again.batch === batch.batch, 'batch predictions', 'asked again, another batch came of the same moment');
      const { rows, version } = batch;
      timeline.add('batch predictions', start, batch.batch, { rows, version });
    });

  const driftFrom = after(start, '1 day');
  await step('A quiet day of traffic', () => turn(start, driftFrom));
  timeline.add('predictions logged', driftFrom, `${serverUrl}/predict/${name}`, { logged: await untilLogged() });
  const quiet = await step('Drift check', () => runLoop<MonitoringResult>('monitoring', driftFrom));
  demand(quiet.level === 'stable', 'stable verdict', `the quiet day was judged ${quiet.level}`);
  timeline.add('verdict', driftFrom, quiet.verdict ?? '', { level: quiet.level, report: quiet.report });
  if (!drifts) return driftFrom;

  source.drift(driftFrom);
  timeline.add('drift injected', driftFrom, `${name}@${driftFrom}`, {
    from: example.simulation.drift,
  });
  const severe = await step('Traffic until the drift is severe', () => trafficUntilSevere(driftFrom));
  const request = (await operations.status.of(name)).requests[0];
  demand(request?.reason === 'drift', 'retraining asked', 'the severe verdict left no request');
  timeline.add('retraining asked', severe, request.id, {
    'waiting for': (await operations.status.of(name)).waiting?.why,
  });

  const {
    retraining,
    label,
    source: { lateness },
  } = pipeline;
  const ready = after(after(after(request.driftSince ?? severe, retraining.afterDrift), label.maturesAfter), lateness);
  let now = severe;
  await step(`Days pass, labels mature (until ${ready.slice(0, 10)})`, async (tell) => {
    while (now < ready) {
      const next = nextRun(pipeline, now);
      await turn(now, next);
      await runLoop<DataResult>('data', next);
      now = next;
      tell(now);
      await until(
        async () => (await operations.status.of(name)).waiting,
        (waiting) => now >= ready || waiting !== null,
      );
    }
  });

  const { second, rollout } = await step('Retraining', async () => {
    const seen = await until(
      async () => ({ cycle: await lastCycle(), newest: (await operations.rollouts.list(name, 1))[0] }),
      ({ cycle, newest }) => cycle?.reason === 'drift' && (cycle.outcome !== null || newest?.cycle === cycle.id),
    );
    const cycle = seen.cycle!;
    const newest = seen.newest?.cycle === cycle.id ? seen.newest : null;
    demand(newest, 'rollout', `the drift cycle ended ${cycle.outcome?.result}: ${cycle.outcome?.reason}`);
    timeline.add('cycle opened', cycle.asOf, cycle.id, { reason: cycle.reason, requests: cycle.requests });
    return { second: await tellTraining(cycle, newest.version, now), rollout: newest.id };
  });
  now = await step('The challenger earns its traffic', (tell) =>
    playRollout({ operations, pipeline: name, rollout, timeline, turn, now, tell }),
  );
  tellPromotion(second, now);
  const { cycles } = await operations.status.of(name);
  demand(
    cycles.filter((cycle) => cycle.reason === 'drift').length === 1,
    'exactly one cycle',
    `there are ${cycles.length}`,
  );
  await step('The new champion serves', () => untilServing(serverUrl, name, second.version));
  const { afterDrift } = second.evaluation;
  timeline.add('new champion', now, versionName(second.version), {
    [`${metricKinds[metric].title} after the drift`]: {
      before: afterDrift?.champion?.[metric],
      after: afterDrift?.challenger[metric],
    },
  });

  let end = after(now, '1 day');
  await step('A day of traffic with the new champion', () => turn(now, end));
  await untilLogged();
  const last = await step('Drift check', async () => {
    // A window of some hours may be judged drifting now and then; it does not stay so.
    for (let look = 1; ; look++) {
      const check = await runLoop<MonitoringResult>('monitoring', end);
      if (check.level === 'stable' || look === LAST_LOOKS) return check;
      const next = instant(Date.parse(end) + LOOK_EVERY_HOURS * HOUR);
      await turn(end, next);
      end = next;
    }
  });
  demand(last.level === 'stable', 'stable again', `the new champion's traffic was judged ${last.level}`);
  const report = await operations.reports.drift(name, last.verdict ?? undefined);
  demand(report.html.includes('</html>'), 'report', 'the report is not whole');
  timeline.add('report', end, report.reportKey, {
    level: last.level,
    kilobytes: Math.round(report.html.length / 1024),
    'predictions logged': sent,
  });
  return end;

  /** Advances the world some hours at a time, until a check finds severe drift. */
  async function trafficUntilSevere(from: Instant): Promise<Instant> {
    for (let look = 1; look <= MOST_LOOKS; look++) {
      const at = instant(Date.parse(from) + look * LOOK_EVERY_HOURS * HOUR);
      await turn(instant(Date.parse(at) - LOOK_EVERY_HOURS * HOUR), at);
      await untilLogged();
      const check = await runLoop<MonitoringResult>('monitoring', at);
      if (check.level !== 'severe') continue;
      const { verdict } = await operations.status.of(name);
      const drifted = verdict?.columns.filter((column) => column.drifted) ?? [];
      timeline.add('verdict', at, check.verdict ?? '', {
        level: check.level,
        'hours after the drift': look * LOOK_EVERY_HOURS,
        PSI: Object.fromEntries(drifted.map(({ column, distances }) => [column, distances.psi?.value])),
        report: check.report,
      });
      return at;
    }
    demand(false, 'severe verdict', `${MOST_LOOKS * LOOK_EVERY_HOURS} hours of drifted traffic were not judged severe`);
    return from;
  }

  async function tellTraining(cycle: Cycle, number: number | null, asOf: Instant): Promise<ModelVersion> {
    const version = (await operations.models.list(name)).find((each) => each.version === number);
    demand(version, 'register', `cycle ${cycle.id} registered no version`);
    for (const { candidate, selection, seconds, backend } of await operations.models.candidates(version.trainingRun))
      timeline.add('candidate', asOf, `${names.training(name, cycle.id)} ${candidate}`, {
        [`${metricKinds[metric].title} (selection)`]: selection[metric],
        trained: `${seconds.toFixed(1)} s${backend === 'none' ? '' : ` on ${backend}`}`,
      });
    timeline.add('gate', asOf, cycle.id, { outcome: version.gate.outcome, reason: version.gate.reason });
    timeline.add('register', asOf, versionName(version.version), {
      sha256: version.sha256.slice(0, 16),
      candidate: version.candidate,
    });
    return version;
  }

  function tellPromotion({ version, evaluation: { champion, challenger } }: ModelVersion, asOf: Instant): void {
    timeline.add('promote', asOf, versionName(version), {
      [`${metricKinds[metric].title} (holdout)`]: {
        before: champion ? champion[metric] : 'no champion',
        after: challenger[metric],
      },
    });
  }
}

/** When data is due next; a day later where that is further off, or never. */
function nextRun(pipeline: Pipeline, now: Instant): Instant {
  const when = whenOf(pipeline, 'data');
  const next = when && nextMoment(when, now);
  const tomorrow = after(now, '1 day');
  return next ? earliest(next, tomorrow) : tomorrow;
}

async function untilServing(serverUrl: string, pipeline: string, version: number): Promise<void> {
  const look = async () =>
    (await (await fetch(`${serverUrl}/health`)).json()) as { pipelines: Record<string, { version: number | null }> };
  await until(look, (health) => health.pipelines[pipeline]?.version === version);
}

/** Polls until the expected state appears; fails when patience ends. */
async function until<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`Waited ${PATIENCE_MS / 1000} s; last seen: ${JSON.stringify(seen)?.slice(0, 500)}`);
    await sleep(GLANCE_MS);
  }
}
