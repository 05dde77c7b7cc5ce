import type { LabelKind } from '../data/labels/label-kinds.ts';
import { UserError } from '../base/errors/errors.ts';
import { versionName } from '../base/ids.ts';
import { milliseconds } from '../time/time.ts';

/** What each sample is worth. */
export interface Measure {
  /** label: its label. loss: how wrong its score was. Otherwise the name of a number that callers post. */
  name: string;
  /** What a sample without a number counts as; null: it does not count. */
  absent: number | null;
  /** How long after a prediction its number is waited for; later ones correct it. */
  within: string;
}
export type Better = 'higher' | 'lower';

/** The metric that decides. */
export interface Goal extends Measure {
  better: Better;
  /** Differences up to this one do not matter. */
  same: number;
}

/** What servers count of each version, which a guard can watch without a number of its own. */
export const countedGuards = ['errors', 'latency', 'score'] as const;
export type CountedGuard = (typeof countedGuards)[number];
export const isCounted = (name: string): name is CountedGuard => (countedGuards as readonly string[]).includes(name);

/** What no version may be worse in. */
export type Guard = { name: CountedGuard } | (Measure & { better: Better });

export interface Plan {
  goal: Goal;
  guards: Guard[];
  /** The versions with their shares; the champion, when it begins, is the control. */
  arms: { version: number; share: number }[];
  /** How likely any interval misses the truth, over all looks and versions together. */
  alpha: number;
  longest: string;
  /** What becomes of a version that is proven better: an ordinary rollout, or nothing. */
  afterwards: 'promote' | 'keep';
}

/** A plan as somebody asks for it. */
export interface PlanAsked {
  versions: readonly number[];
  shares?: readonly number[] | undefined;
  metric: string;
  better?: string | undefined;
  same?: number | undefined;
  /** 'errors', 'latency', 'score', or a number with what is better: 'refunds:lower'. */
  guards?: readonly string[] | undefined;
  absent?: number | undefined;
  within?: string | undefined;
  alpha?: number | undefined;
  longest?: string | undefined;
  afterwards?: string | undefined;
}

export const usual = {
  guards: ['errors', 'latency'] as readonly string[],
  alpha: 0.05,
  longest: '14 days',
  afterwards: 'keep',
} as const;

/** The metrics that need no posted number, and names that mean something else. */
export const labelMetrics = ['label', 'loss'] as const;
/** As a pattern, which the API's document shows too. */
export const NUMBER_NAME = '^[A-Za-z][A-Za-z0-9_.-]{0,63}$';
export const isNumberName = (name: string): boolean =>
  new RegExp(NUMBER_NAME).test(name) && !isCounted(name) && !(labelMetrics as readonly string[]).includes(name);
export const numberNameAdvice =
  'begin with a letter, then up to 63 letters, digits, dots, dashes or underscores; ' +
  `${[...labelMetrics, ...countedGuards].join(', ')} have meanings of their own`;

const MOST_VERSIONS = 10;
const refused = (message: string): UserError => new UserError('REQUEST_INVALID', `${message} Nothing was started.`);

/** What is known of the pipeline: its champion, and how its labels come. */
interface Known {
  champion: number;
  label: { kind?: LabelKind; maturesAfter: string; whenAbsent?: number | undefined };
}

/** Checks what was asked for; throws REQUEST_INVALID with what to write instead. */
export function planFrom(asked: PlanAsked, { champion, label }: Known): Plan {
  const { metric, alpha = usual.alpha, longest = usual.longest, afterwards = usual.afterwards, same = 0 } = asked;
  if (!(same >= 0 && same < Infinity)) throw refused('--same is a difference that does not matter: 0 or more.');
  if (!(alpha >= 1e-6 && alpha <= 0.5)) throw refused('--alpha is a probability like 0.05, from 0.000001 to 0.5.');
  if (afterwards !== 'promote' && afterwards !== 'keep') throw refused('--then is promote or keep.');
  const goal = measureOf(metric, asked.better, asked, label);
  const guards = (asked.guards ?? usual.guards).map((text) => guardOf(text, label));
  const names = guards.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i || name === goal.name);
  if (twice !== undefined) throw refused(`--guards: ${twice} is there twice, or is the metric itself.`);
  return {
    goal: { ...goal, same },
    guards,
    arms: armsOf(asked, champion),
    alpha,
    longest: stretchOf(longest),
    afterwards,
  };
}

function armsOf({ versions, shares }: PlanAsked, champion: number): Plan['arms'] {
  const named = versions.map(versionName).join(',');
  if (new Set(versions).size !== versions.length) throw refused(`--versions ${named} names one version twice.`);
  if (versions.length > MOST_VERSIONS) throw refused(`--versions takes at most ${MOST_VERSIONS} versions.`);
  if (!versions.includes(champion))
    throw refused(
      `--versions must include the champion, with which the others are compared: ${[champion, ...versions].join(',')}.`,
    );
  if (versions.length < 2) throw refused('--versions needs the champion and at least one other version: 3,4.');
  const given = shares ?? versions.map(() => 1 / versions.length);
  const sum = given.reduce((all, share) => all + share, 0);
  if (given.length !== versions.length) throw refused(`--shares gives ${given.length} shares to ${versions.length} versions.`); // prettier-ignore
  if (given.some((share) => !(share > 0 && share < 1)) || Math.abs(sum - 1) > 1e-6)
    throw refused('--shares are above 0 and add up to 1: 0.5,0.3,0.2, or 50%,30%,20%.');
  // Exactly 1, whatever the rounding of what was written.
  return versions.map((version, i) => ({ version, share: given[i]! / sum }));
}

type Waiting = Pick<PlanAsked, 'absent' | 'within'>;

function measureOf(name: string, better: string | undefined, waiting: Waiting, label: Known['label']) {
  if (name !== 'label' && name !== 'loss' && !isNumberName(name))
    throw refused(`"${name}" is not a metric. Write label, loss, or the name of a number that is posted: ${numberNameAdvice}.`); // prettier-ignore
  if (name === 'label' && label.kind === 'class')
    throw refused('A class is neither high nor low, so no mean of label can be compared. Write loss, or the name of a number that is posted.'); // prettier-ignore
  const { absent, within } = waiting;
  if (name !== 'label' && name !== 'loss' && absent === undefined && within !== undefined)
    throw refused('--within needs --absent: what a sample without a number counts as by then.');
  const way = better ?? (name === 'loss' ? 'lower' : undefined);
  if (way !== 'higher' && way !== 'lower')
    throw refused(`Say which way is better: --better higher or lower; of a guard ${name}:higher or ${name}:lower.`);
  const usually =
    name === 'label' || name === 'loss'
      ? { absent: label.whenAbsent ?? null, within: label.maturesAfter }
      : { absent: null, within: absent === undefined ? '0 seconds' : '1 day' };
  const measure: Measure = {
    name,
    absent: absent ?? usually.absent,
    within: within === undefined ? usually.within : stretchOf(within),
  };
  return { ...measure, better: way as Better };
}

/** 'errors', 'loss' or 'refunds:lower' */
function guardOf(text: string, label: Known['label']): Guard {
  const [name = '', better] = text.split(':');
  if (isCounted(name)) return { name };
  return measureOf(name, better, {}, label);
}

const shortUnits = { m: 'minute', h: 'hour', d: 'day', w: 'week' } as const;

/** '14d', '14 d' or '14 days', as '14 days'. */
function stretchOf(text: string): string {
  const [, amount, short] = /^(\d{1,6}) ?([mhdw])$/.exec(text) ?? [];
  const long = amount === undefined ? text : `${amount} ${shortUnits[short as keyof typeof shortUnits]}s`;
  try {
    if (milliseconds(long) > 0) return long;
  } catch {
    // Told below.
  }
  throw refused(`"${text}" is not a time above zero, like 90m, 24h, 14d or "14 days".`);
}
