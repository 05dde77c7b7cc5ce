import { withoutEarlierReason } from '../../training/retraining/nothing-new.ts';
import type { ModelVersion } from '../../training/training.ts';
import type { Pipeline } from '../pipeline.ts';
import { classesAreSensitive, isSensitive, shownBy } from './redaction.ts';

/** Of a version, or of a run's winner, what tells how its gate's words are shown. */
export type Judged = Pick<ModelVersion, 'evaluation' | 'gate'>;

/**
 * Whether what gates said may name values of columns, or classes of a label, that are sensitive by today's declaration
 * (null: it cannot be read).
 */
export const hidesGates = (today: Pipeline | null): boolean =>
  today === null ||
  classesAreSensitive(today) ||
  Object.keys(today.columns).some((column) => isSensitive(today, column));

/** A text that quotes gates, as today's declaration shows it: a column may have become sensitive since. */
export function quotesShown(text: string, judged: readonly Judged[], today: Pipeline | null): string {
  if (judged.length === 0 || !hidesGates(today)) return text;
  const { version } = shownBy(today);
  return judged.reduce(
    (told, { evaluation, gate }) => version({ evaluation, gate: { ...gate, reason: told } }).gate.reason,
    text.replace(SHORTENED, '$1$2$3'),
  );
}

/** Where `shown` left out the middle of a long text it may have cut a name, which is then not recognised: sentences remain. */
const SHORTENED = /(^|\n|\. )(?:(?!\. )[^\n])*?( \.\.\. \(\d+ letters\) \.\.\. )[^\n]*?(\. |\n|$)/;

/** The versions that a text names. */
export const versionsNamedIn = (text: string): number[] => [
  ...new Set([...text.matchAll(/\bv(\d{1,9})\b/g)].map(([, version]) => Number(version))),
];

/**
 * What copied the words of a gate, such as an outcome, likewise. Where neither the declaration nor what was judged is known,
 * nothing says what to hide.
 */
export function withGateShown<Copy extends { reason: string }>(
  copy: Copy,
  judged: Judged | null | undefined,
  today: Pipeline | null,
): Copy {
  if (!hidesGates(today)) return copy;
  if (!judged) return today ? copy : { ...copy, reason: '' };
  return { ...copy, reason: quotesShown(copy.reason, [judged], today) };
}

const hasNoGate = ['failed', 'cancelled'];

/** An outcome likewise. A failure and a cancellation have no words of a gate, and nothing new those of an earlier one. */
export function withOutcomeShown<Ended extends { outcome: { result: string; reason: string } | null }>(
  ended: Ended,
  judged: Judged | null | undefined,
  today: Pipeline | null,
): Ended {
  const { outcome } = ended;
  if (!outcome || !hidesGates(today) || (!judged && hasNoGate.includes(outcome.result))) return ended;
  if (outcome.result === 'nothing new')
    return { ...ended, outcome: { ...outcome, reason: withoutEarlierReason(outcome.reason) } };
  return { ...ended, outcome: withGateShown(outcome, judged, today) };
}
