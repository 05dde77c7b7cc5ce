import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { decide } from '../../core/experiments/decide.ts';
import { type Standing } from '../../core/experiments/experiments.ts';
import { compare, mismatchIn } from '../../core/experiments/judge.ts';
import { type Look, type Numbers } from '../../core/experiments/look.ts';
import { isCounted, type Guard, type Measure } from '../../core/experiments/plan.ts';
import { planOf } from '../../core/rollout/steps/declared-steps.ts';
import { after, instant, SECOND } from '../../core/time/time.ts';
import { type ExperimentPorts } from './experiments.ts';

/** By then every server serves the shares: until then some still answered with the version before. */
export const SETTLES = '30 seconds';
/** Reading the numbers of many samples takes long, so it is done a twentieth of the time. */
const REST = 20;
const LEAST_REST_MS = 2 * SECOND;

/** What a look reads, which costs queries over the log: seldom, unless the shares have changed. */
interface Read {
  generation: number;
  until: number;
  numbers: Numbers;
  guarded: Map<string, Numbers>;
}

/** Looks at one experiment: its samples, what servers counted, and what follows. `signal` ends its queries. */
export function createLooking(ports: LookingPorts, pipeline: Pipeline, signal: AbortSignal) {
  const { numbers: ofSamples, tallies, modelVersions, trainingRuns, sharedClock } = ports;
  let read: Read | null = null;
  let renewing = false;
  let failure: { error: unknown } | null = null;
  const shifts = new Map<number, number>();

  /** The first numbers of a division are waited for; others are read meanwhile, since the guards must not wait. */
  async function readOnce(seen: Standing): Promise<Read> {
    if (read?.generation !== seen.experiment.generation) return (read = await readNumbers(seen));
    if (failure) throw failure.error;
    if (renewing || performance.now() < read.until) return read;
    renewing = true;
    void readNumbers(seen)
      .then((renewed) => {
        if (renewed.generation === read?.generation) read = renewed;
      })
      .catch((error: unknown) => (failure = { error }))
      .finally(() => (renewing = false));
    return read;
  }

  async function readNumbers({ experiment }: Standing): Promise<Read> {
    const { generation, plan, begunAt, dividedAt } = experiment;
    const began = performance.now();
    const asked = {
      pipeline: pipeline.name,
      versions: plan.arms.map(({ version }) => version),
      since: after(begunAt!, SETTLES),
      freshSince: after(dividedAt!, SETTLES),
      asOf: instant((await sharedClock.read()).now()),
      labelKind: pipeline.label.kind,
    };
    const of = (measure: Measure): Promise<Numbers> => ofSamples.of({ ...asked, measure }, signal);
    const numbers = await of(plan.goal);
    const guarded = new Map<string, Numbers>();
    for (const guard of plan.guards) if (isMeasured(guard)) guarded.set(guard.name, await of(guard));
    const ended = performance.now();
    return { generation, until: ended + Math.max(LEAST_REST_MS, REST * (ended - began)), numbers, guarded };
  }

  /** How far a version's scores lay from the control's at its gate, if that is what it was compared with. */
  async function shiftOf(version: number, control: number): Promise<number> {
    const { trainingRun, evaluation } = await modelVersions.get(pipeline.name, version);
    const compared = (await trainingRuns.get(trainingRun)).champion;
    return compared === control ? (evaluation.scoreShift ?? 0) : 0;
  }

  return async (seen: Standing): Promise<Look> => {
    const { experiment, traffic } = seen;
    const { champion: control, arms } = traffic!;
    const { numbers, guarded } = await readOnce(seen);
    for (const { version } of arms) if (!shifts.has(version)) shifts.set(version, await shiftOf(version, control));
    const found = {
      experiment,
      control,
      arms,
      numbers,
      guarded,
      tallies: await tallies.of(pipeline.name, experiment.generation),
      checks: planOf(pipeline).checks,
      expectedShift: (version: number) => shifts.get(version) ?? 0,
    };
    const clock = await sharedClock.read();
    const compared = compare(found);
    const overdue = clock.millisecondsUntil(after(experiment.begunAt!, experiment.plan.longest)) === 0;
    return {
      at: instant(clock.now()),
      arms: compared,
      crossed: numbers.crossed,
      ...decide({ experiment, arms: compared, mismatch: mismatchIn(found), overdue }),
    };
  };
}

const isMeasured = (guard: Guard): guard is Extract<Guard, Measure> => !isCounted(guard.name);

export type LookingPorts = Pick<
  ExperimentPorts,
  'numbers' | 'tallies' | 'modelVersions' | 'trainingRuns' | 'sharedClock'
>;
