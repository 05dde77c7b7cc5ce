import type { LabelKind } from '../data/labels/label-kinds.ts';
import { metricKinds } from '../metrics/index.ts';
import type { Concept } from './decay.ts';

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
const number = (value: number): string => String(Number(value.toPrecision(3)));

const lossNames: Record<LabelKind, string> = {
  binary: 'log loss',
  class: 'log loss',
  number: 'mean absolute error',
};

/** What fell, in a few words that follow "on 1,234 labelled rows". */
export function decayInWords({ rows, days, loss, excess, bias, floor, kind }: Concept): string {
  const found = [
    excess.low > excess.bearable
      ? `the ${lossNames[kind]} is ${number(loss.live)}, where the same inputs promised ${number(loss.promised)} (holdout: ${number(loss.holdout)})`
      : null,
    bias.low > bias.bearable || bias.high < -bias.bearable ? biasInWords(kind, bias) : null,
    floor?.isBelow
      ? `${metricKinds[floor.metric].title} is ${number(floor.value)} (${number(floor.low)} to ${number(floor.high)}), below the floor of ${number(floor.floor)}`
      : null,
  ].filter((words) => words !== null);
  return `on ${counted(rows, 'labelled row')} of ${counted(days, 'day')} ${found.join(', and ')}`;
}

function biasInWords(kind: LabelKind, { live, holdout }: Concept['bias']): string {
  const what = {
    binary: 'labels less scores',
    class: 'right answers less their probabilities',
    number: 'labels less estimates',
  };
  return `${what[kind]} are ${number(live)} on average, which were ${number(holdout)} on the holdout`;
}
