import { metricNamesOf } from '../../metrics/index.ts';
import { recipesFor } from '../../recipes/index.ts';
import type { Pipeline } from '../pipeline.ts';

/** Some expectations, metrics and recipes apply only to numbers, others only to two classes. */
export function* labelProblems({
  label,
  gates,
  expectations,
  candidates,
}: Pick<Pipeline, 'label' | 'gates' | 'expectations' | 'candidates'>) {
  const fitting = metricNamesOf(label.kind);
  if (!fitting.includes(gates.metric))
    yield {
      path: ['gates', 'metric'],
      message: `for a label of kind ${label.kind} write one of ${fitting.join(', ')}`,
    };
  const learning = recipesFor(label.kind);
  for (const [i, { kind }] of candidates.entries())
    if (!learning.includes(kind))
      yield {
        path: ['candidates', i, 'kind'],
        message: `a label of kind ${label.kind} takes one of ${learning.join(', ')}`,
      };
  if (label.kind === 'class' && !label.classes)
    yield { path: ['label', 'classes'], message: 'list the values that the label takes, like ["low", "mid", "high"]' };
  if (label.kind !== 'class' && label.classes)
    yield { path: ['label', 'classes'], message: 'leave it out: it applies only to labels of kind class' };
  if (label.kind !== 'number' && label.interval !== undefined)
    yield { path: ['label', 'interval'], message: 'leave it out: it applies only to labels of kind number' };
  if (label.kind === 'class') yield* directionProblems(candidates);
  if (label.kind === 'binary') return;
  const isNumber = label.kind === 'number';
  if (gates.threshold !== undefined)
    yield {
      path: ['gates', 'threshold'],
      message: isNumber
        ? 'leave it out: an estimate of a number decides nothing'
        : 'leave it out: the likeliest class is the answer, or the one that costs least by gates.costs',
    };
  if (label.whenAbsent !== undefined)
    yield {
      path: ['label', 'whenAbsent'],
      message: isNumber
        ? 'leave it out: a number that was not measured is not 0 or 1'
        : 'leave it out: a row without a fact has no class',
    };
  if (expectations.labelShare)
    yield { path: ['expectations', 'labelShare'], message: 'leave it out: it applies only to labels of kind binary' };
}

/** Trees that may move the output only in one direction. */
function* directionProblems(candidates: Pipeline['candidates']) {
  for (const [i, candidate] of candidates.entries()) {
    if ('monotonic' in candidate && candidate.monotonic)
      yield { path: ['candidates', i, 'monotonic'], message: 'leave it out: classes have no direction' };
  }
}
