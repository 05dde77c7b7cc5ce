import { createRandom, type Random } from '../base/random.ts';
import { candidateSchema, optionProblem, spaceOf, type Candidate, type RecipeName } from '../recipes/index.ts';
import { isSpan, type Range } from '../recipes/space.ts';
import { trialName, type Search } from './declared.ts';

const DIGITS = 3;

/**
 * The trials of a search: the recipes in turn, each with options drawn from its ranges. An option that is not searched is
 * as in the first declared candidate of the recipe, so that `monotonic` holds for trials too. Equal seeds and
 * declarations give equal trials.
 */
export function drawTrials(
  { search, candidates }: { search: Search; candidates: readonly Candidate[] },
  seed: number,
): Candidate[] {
  const drawn = Object.fromEntries(
    search.of.map((kind, i) => {
      const count = Math.floor(search.trials / search.of.length) + (i < search.trials % search.of.length ? 1 : 0);
      return [kind, optionsOf(kind, search, count, createRandom(`${seed}/search/${kind}`))];
    }),
  ) as Partial<Record<RecipeName, Record<string, unknown>[]>>;
  return Array.from({ length: search.trials }, (_, i) => {
    const kind = search.of[i % search.of.length]!;
    const options = drawn[kind]![Math.floor(i / search.of.length)]!;
    const declared = candidates.find((candidate) => candidate.kind === kind);
    // A recipe that nobody declared is also tried as it is by default.
    const first = i < search.of.length && declared === undefined;
    return candidateSchema.parse({ ...declared, ...(!first && options), kind, name: trialName(kind, i + 1) });
  });
}

/**
 * So many settings, spread evenly over each range: a range is cut into as many strips as there are settings, and each
 * strip gives one (a Latin hypercube). https://en.wikipedia.org/wiki/Latin_hypercube_sampling
 */
function optionsOf(kind: RecipeName, search: Search, count: number, random: Random): Record<string, unknown>[] {
  const ranges: Record<string, Range> = { ...spaceOf(kind), ...search.ranges?.[kind] };
  const settings: Record<string, unknown>[] = Array.from({ length: count }, () => ({}));
  for (const [option, range] of Object.entries(ranges).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const strips = random.shuffle(Array.from({ length: count }, (_, i) => i));
    const whole = isWhole(kind, option, range);
    for (const [i, setting] of settings.entries())
      setting[option] = valueAt(range, (strips[i]! + random.uniform()) / count, whole);
  }
  return settings;
}

/** Whether the recipe takes only whole numbers of a range. */
function isWhole(kind: RecipeName, option: string, range: Range): boolean {
  if (!isSpan(range)) return false;
  const broken = range.from + (range.to - range.from) * Math.SQRT1_2;
  return optionProblem(kind, option, Number.isInteger(broken) ? broken + 0.1 : broken) !== null;
}

/** The value this far (0 to 1) through a range. */
function valueAt(range: Range, far: number, whole: boolean): unknown {
  if (!isSpan(range)) return range[Math.min(range.length - 1, Math.floor(far * range.length))];
  const { from, to, scale } = range;
  const value = scale === 'log' ? from * (to / from) ** far : from + (to - from) * far;
  // Few digits, so that a person can declare the winner.
  return Math.min(to, Math.max(from, whole ? Math.round(value) : Number(value.toPrecision(DIGITS))));
}
