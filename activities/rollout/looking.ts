import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { decide } from '../../core/rollout/steps/decide.ts';
import { type Evidence, type Moments } from '../../core/rollout/evidence/evidence.ts';
import { judge } from '../../core/rollout/evidence/judge.ts';
import { type Look, type Progress, type SeenArm } from '../../core/rollout/progress.ts';
import { planOf, type Step } from '../../core/rollout/steps/declared-steps.ts';
import { expectedShiftOf } from '../../core/rollout/evidence/expected-shift.ts';
import { emptyTally, type ArmTally, type Tally } from '../../core/rollout/evidence/tally.ts';
import { type Clock } from '../../core/time/clock.ts';
import { after, instant, milliseconds, MINUTE } from '../../core/time/time.ts';
import { type StepPorts } from './take-step.ts';

/** Labels come late and cost a query: they are read less often than the tallies. */
const LOSSES_EVERY = MINUTE;

/** Looks at the arms of a step: what servers counted, what labels say, and what follows. */
export function createLooking({ tallies, losses, modelVersions, trainingRuns, sharedClock }: LookingPorts) {
  const read = new Map<string, { at: number; losses: Evidence['losses'] }>();

  async function lossesOf(
    pipeline: Pipeline,
    { share }: Step,
    seen: Progress,
    clock: Clock,
  ): Promise<Evidence['losses']> {
    const now = clock.now();
    const { since } = seen.step!;
    const { maturesAfter, kind, whenAbsent = null } = pipeline.label;
    if (now.getTime() < Date.parse(since) + milliseconds(maturesAfter)) return null;
    const { id, version, generation } = seen.rollout;
    const key = `${id}/${generation}`;
    const before = read.get(key);
    if (before && performance.now() - before.at < LOSSES_EVERY) return before.losses;
    const { champion } = seen.traffic!;
    const labelling = { asOf: instant(now), maturesAfter, kind, whenAbsent };
    const pairs = { generation, shadow: version, answering: champion };
    const found =
      share === 'shadow'
        ? await losses.paired(pipeline.name, pairs, labelling)
        : inBoth(await losses.since(pipeline.name, [version, champion], since, labelling), version, champion);
    // Of the rollouts under way here; what ended is forgotten.
    for (const [other, { at }] of read) if (performance.now() - at >= LOSSES_EVERY) read.delete(other);
    read.set(key, { at: performance.now(), losses: found });
    return found;
  }

  /** If the gate compared with the version that is champion now. */
  async function expectedShift(pipeline: string, version: number, champion: number): Promise<number> {
    const challenger = await modelVersions.get(pipeline, version);
    const compared = (await trainingRuns.get(challenger.trainingRun)).champion;
    return compared === champion ? expectedShiftOf(challenger, await modelVersions.get(pipeline, champion)) : 0;
  }

  return async (pipeline: Pipeline, step: Step, seen: Progress): Promise<Look> => {
    const { rollout, traffic, orders } = seen;
    const { at, since } = seen.step!;
    const { version } = rollout;
    const { champion } = traffic!;
    const counted = await tallies.of(pipeline.name, rollout.generation);
    const [ofChallenger, ofChampion] = [tallyOf(counted, version), tallyOf(counted, champion)];
    const clock = await sharedClock.read();
    const { checks, alpha } = planOf(pipeline);
    const findings = judge(
      {
        challenger: ofChallenger,
        champion: ofChampion,
        share: step.share === 'shadow' ? 0.5 : step.share,
        expectedShift: await expectedShift(pipeline.name, version, champion),
        losses: await lossesOf(pipeline, step, seen, clock),
      },
      { checks, alpha },
    );
    const left = (duration: string): number => clock.millisecondsUntil(after(since, duration));
    // On a clock that stands still nothing ever bakes: there, requests alone move the rollout.
    const baked = left(step.bake) === 0 || !Number.isFinite(left(step.bake));
    const { rows: requests } = ofChallenger;
    return {
      step: at,
      at: instant(clock.now()),
      arms: armsOf(counted, [
        [champion, step.share === 'shadow' ? 1 : 1 - step.share],
        [version, step.share],
      ]),
      findings,
      ...decide({ step, requests, findings, baked, overdue: left(step.longest) === 0, orders }),
    };
  };
}

const tallyOf = (counted: readonly ArmTally[], version: number): Tally =>
  counted.find((one) => one.version === version)?.tally ?? emptyTally();

/** What a look saw of versions with these shares. */
export const armsOf = (counted: readonly ArmTally[], shares: [version: number, share: SeenArm['share']][]): SeenArm[] =>
  shares.map(([version, share]) => {
    const { rows, units, failed, refused } = tallyOf(counted, version);
    return { version, share, rows, units, failed, refused };
  });

/** null while one of them has none. */
function inBoth(found: Map<number, Moments>, version: number, beside: number): Evidence['losses'] {
  const [challenger, champion] = [found.get(version), found.get(beside)];
  return challenger && champion ? { challenger, champion } : null;
}

export type LookingPorts = Pick<StepPorts, 'tallies' | 'losses' | 'modelVersions' | 'trainingRuns' | 'sharedClock'>;
