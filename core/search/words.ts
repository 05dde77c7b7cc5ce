import type { Candidate } from '../recipes/index.ts';
import type { Rung, SearchPlan } from './rungs.ts';
import type { Trial } from './trials.ts';

/** optionsInWords({ kind: 'forest', name: 'forest', trees: 200, leaves: 64, ... }) // => 'trees 200, leaves 64, ...' */
export const optionsInWords = (spec: Candidate | null): string =>
  Object.entries(spec ?? {})
    .filter(([name, value]) => name !== 'kind' && name !== 'name' && value !== undefined)
    .map(([name, value]) => `${name} ${optionInWords(value)}`)
    .join(', ');

/** A recipe's own file: its beginning tells it from others. */
const HASH = /^[0-9a-f]{64}$/;

export const optionInWords = (value: unknown): string =>
  Array.isArray(value)
    ? value.join('×')
    : typeof value === 'string' && HASH.test(value)
      ? value.slice(0, 12)
      : value !== null && typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);

const percent = (share: number): string => (share === 1 ? 'all rows' : `${Number((share * 100).toPrecision(2))} % of the rows`); // prettier-ignore

export const stoppedInWords = ({ share }: Rung, continuing: number): string =>
  `${continuing} ${continuing === 1 ? 'other was' : 'others were'} better on ${percent(share)}`;

/** How a search ended. `cutAt`: the rung in which its time was up. */
export function outcomeInWords(
  { rungs, trials, within }: SearchPlan,
  all: readonly Trial[],
  cutAt: number | null,
): string {
  const finished = all.filter(({ state }) => state === 'finished').length;
  const failed = all.filter(({ state }) => state === 'failed').length;
  const whole = `${finished} of ${trials} trials ${finished === 1 ? 'was' : 'were'} trained on all rows`;
  const failures = failed === 0 ? '' : `; ${failed} failed`;
  if (cutAt === null) return `${whole}${failures}`;
  const began = all.filter(({ result }) => result !== null).length;
  return (
    `cut: its ${within} were over in rung ${cutAt + 1} of ${rungs.length} (${percent(rungs[cutAt]!.share)}), ` +
    `when ${began} of ${trials} trials had a result; ${whole}${failures}`
  );
}
