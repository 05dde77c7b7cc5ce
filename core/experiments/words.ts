import { versionName } from '../base/ids.ts';
import type { Experiment, Standing } from './experiments.ts';
import { differenceInWords, figure, percent, whole } from './figures.ts';
import type { ArmSeen, Look } from './look.ts';

/** 'v3 against v4 and v5, by label (higher is better)' */
export function titleOf({ plan: { arms, goal } }: Pick<Experiment, 'plan'>): string {
  const versions = arms.map(({ version }) => versionName(version));
  return `${versions.slice(0, -1).join(', ')} and ${versions.at(-1)}, by ${goal.name} (${goal.better} is better)`;
}

/** A version in a line: what it got, and how it stands beside the control. */
export function armInWords(arm: ArmSeen): string {
  const { version, share, isControl, samples, count, mean, verdict, difference, needs } = arm;
  const seen = `${whole(samples)} samples, ${whole(count)} with a number, mean ${mean === null ? 'unknown' : figure(mean)}`;
  const beside = isControl
    ? 'control'
    : share === 0
      ? 'taken out'
      : `${difference === null ? 'nothing to compare yet' : differenceInWords(difference)}: ${verdict}` +
        (needs ? `, about ${whole(needs)} more samples needed` : '');
  return `${versionName(version)} at ${percent(share)}: ${seen}; ${beside}`;
}

/** What the Temporal Web UI shows of an experiment. */
export function inShort({ experiment, waits }: Standing, look: Look | null): string {
  const { pipeline, plan, outcome, begunAt } = experiment;
  const head = `**${titleOf(experiment)}**`;
  if (outcome) return `${head}\n\n${outcome.result}: ${outcome.reason}`;
  if (begunAt === null && waits.length > 0) return `${head}\n\nIt waits until ${waits[0]!} has ended`;
  return [
    head,
    ...(look?.arms ?? []).map((arm) => `- ${armInWords(arm)}`),
    `It ends ${plan.longest} after it starts${begunAt === null ? '' : ` (${begunAt})`}, at the latest. The heartbeat of ` +
      `\`watchExperiment\` says what it waits for; \`perennial experiments status ${pipeline}\` shows the numbers of now.`,
    `To end it: \`perennial experiments stop ${pipeline} --reason "..."\``,
  ].join('\n\n');
}

/** How it stands and what it waits for. */
export function stateInWords(
  { outcome, begunAt, waits, overruled }: Experiment & { waits: readonly string[]; overruled: boolean },
  look: Look | null,
): string {
  if (outcome) {
    const next = outcome.rollout === undefined ? '' : `. Its rollout: ${outcome.rollout}`;
    return `${outcome.result}: ${outcome.reason}${next}`;
  }
  if (overruled) return 'somebody changed the traffic, so it ends as superseded as soon as a worker looks';
  if (begunAt === null) return waits[0] === undefined ? 'about to start' : `waits until ${waits[0]} has ended`;
  return look ? `${look.decision === 'hold' ? 'holds' : 'under way'}: ${look.reason}` : 'under way; no look yet';
}
