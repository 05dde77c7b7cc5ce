import type { Pipeline } from './pipeline.ts';
import { closest } from '../base/closest.ts';
import { own } from '../base/own.ts';
import { ofAnswers, type ClassCosts } from '../metrics/answer.ts';

/** What a wrong answer costs where the declaration does not say. */
const USUAL = 1;

type Declared = Pick<Pipeline, 'label' | 'gates'>;

/** The declared costs of wrong answers, in the order of the classes; null where none are declared. */
export function classCostsOf({ label: { classes }, gates: { costs } }: Declared): ClassCosts | null {
  if (!costs || !classes) return null;
  const costOf = (is: string, answer: string): number =>
    is === answer ? 0 : (own(own(costs, is) ?? {}, answer) ?? USUAL);
  return classes.map((is) => classes.map((answer) => costOf(is, answer)));
}

export function* classCostProblems(declared: Declared) {
  const {
    label: { kind, classes = [] },
    gates: { costs, metric },
  } = declared;
  if (!costs) return;
  const path = ['gates', 'costs'];
  if (kind !== 'class') {
    yield {
      path,
      message:
        kind === 'binary'
          ? 'for a label of kind binary write gates.threshold: { costs: { falsePositive, falseNegative } } instead'
          : 'leave it out: an estimate of a number decides nothing',
    };
    return;
  }
  if (ofAnswers.includes(metric))
    yield {
      path: ['gates', 'metric'],
      message: `${metric} falls on purpose where costs choose the answer: judge by logLoss or macroRocAuc, which do not depend on it`,
    };
  const unknown = (name: string): string => {
    const near = closest(name, classes);
    return `"${name}" is none of label.classes, ${classes.join(', ')}${near === null ? '' : `; did you mean "${near}"?`}`;
  };
  for (const [is, answers] of Object.entries(costs)) {
    if (!classes.includes(is)) yield { path: [...path, is], message: unknown(is) };
    for (const [answer, cost] of Object.entries(answers)) {
      if (!classes.includes(answer)) yield { path: [...path, is, answer], message: unknown(answer) };
      else if (answer === is && cost !== 0)
        yield { path: [...path, is, answer], message: 'leave it out: a right answer costs nothing' };
    }
  }
  const free = classes.find((_, place) => classCostsOf(declared)!.every((line) => line[place] === 0));
  if (free !== undefined)
    yield { path, message: `answering "${free}" never costs anything, so every row would be: give it a cost above 0` };
}
