import type { LabelKind } from '../data/labels/label-kinds.ts';
import { betterOf, metricInWords } from '../metrics/index.ts';
import type { Concept } from './decay.ts';
import type { FloorCheck } from './floor.ts';

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
const number = (value: number): string => String(Number(value.toPrecision(3)));

const lossNames: Record<LabelKind, string> = {
  binary: 'log loss',
  class: 'log loss',
  number: 'mean absolute error',
};

type Shifts = Pick<Concept, 'excess' | 'bias'>;
const lossRose = ({ excess }: Shifts): boolean => excess.low > excess.bearable;
const isOff = ({ bias }: Shifts): boolean => bias.low > bias.bearable || bias.high < -bias.bearable;

/** Whether it does worse at the same inputs, not only below its floor. */
export const breaksPromise = (concept: Shifts): boolean => lossRose(concept) || isOff(concept);

const sides = { lower: 'above', higher: 'below' };
const sideOf = ({ metric }: FloorCheck): string => sides[betterOf(metric) ?? 'higher'];

/** What a person should know of it, if anything: { what: 'the performance fell', words: 'on 1,234 labelled rows ...' } */
export function fallOf(concept: Concept): { what: string; words: string } | null {
  const { decayed, floor } = concept;
  if (!decayed && floor?.isBelow !== true) return null;
  const onlyFloor = floor !== undefined && !breaksPromise(concept);
  return {
    what: onlyFloor ? `${metricInWords(floor.metric)} is ${sideOf(floor)} its floor` : 'the performance fell',
    words: decayInWords(concept),
  };
}

/** What fell, in a few words that follow "on 1,234 labelled rows". */
export function decayInWords(
  concept: Pick<Concept, 'kind' | 'rows' | 'days' | 'loss' | 'excess' | 'bias' | 'floor'>,
): string {
  const { rows, days, loss, bias, floor, kind } = concept;
  const found = [
    lossRose(concept)
      ? `the ${lossNames[kind]} is ${number(loss.live)}, where the same inputs promised ${number(loss.promised)} (holdout: ${number(loss.holdout)})`
      : null,
    isOff(concept) ? biasInWords(kind, bias) : null,
    floor?.isBelow
      ? `${metricInWords(floor.metric)} is ${number(floor.value)} (${number(floor.low)} to ${number(floor.high)}), ${sideOf(floor)} the floor of ${number(floor.floor)}${floor.derived ? ' that follows from its holdout' : ''}`
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
