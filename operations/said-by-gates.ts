import type { Pipeline } from '../core/declaration/pipeline.ts';
import { isSensitive, shownBy } from '../core/declaration/redaction/redaction.ts';
import { withoutEarlierReason } from '../core/training/retraining/nothing-new.ts';
import type { ModelVersion } from '../core/training/training.ts';

/** Of a version, or of a run's winner, what tells how its gate's words are shown. */
export type Judged = Pick<ModelVersion, 'evaluation' | 'gate'>;

/** Whether what gates said may name values of columns that are sensitive by today's declaration (null: it cannot be read). */
export const hidesGates = (today: Pipeline | null): boolean =>
  today === null || Object.keys(today.columns).some((column) => isSensitive(today, column));

/**
 * What copied the words of a gate, such as an outcome, as today's declaration shows them: a column may have become sensitive
 * since. Where neither the declaration nor what was judged is known, nothing says what to hide.
 */
export function withGateShown<Copy extends { reason: string }>(
  copy: Copy,
  judged: Judged | null | undefined,
  today: Pipeline | null,
): Copy {
  if (!hidesGates(today)) return copy;
  if (!judged) return today ? copy : { ...copy, reason: '' };
  const { reason } = judged.gate;
  if (reason === '' || !copy.reason.includes(reason)) return copy;
  const shown = shownBy(today).version({ evaluation: judged.evaluation, gate: judged.gate });
  return { ...copy, reason: copy.reason.replaceAll(reason, () => shown.gate.reason) };
}

/** An outcome likewise. A failure has no words of a gate, and nothing new those of an earlier one. */
export function withOutcomeShown<Ended extends { outcome: { result: string; reason: string } | null }>(
  ended: Ended,
  judged: Judged | null | undefined,
  today: Pipeline | null,
): Ended {
  const { outcome } = ended;
  if (!outcome || !hidesGates(today) || (!judged && outcome.result === 'failed')) return ended;
  if (outcome.result === 'nothing new')
    return { ...ended, outcome: { ...outcome, reason: withoutEarlierReason(outcome.reason) } };
  return { ...ended, outcome: withGateShown(outcome, judged, today) };
}
