import type { LabelKind } from '../data/labels/label-kinds.ts';
import { betterOf, metricInWords } from '../metrics/index.ts';
import { holds, mayBeOff, mayHaveRisen, nearness, nearnessOfBias, nearnessOfLoss, SUSPICIOUS, type Concept, type Shifts } from './decay.ts'; // prettier-ignore
import type { FloorCheck } from './floor.ts';

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
const number = (value: number): string => String(Number(value.toPrecision(3)));

const lossNames: Record<LabelKind, string> = {
  binary: 'log loss',
  class: 'log loss',
  number: 'mean absolute error',
};

const lossRose = ({ excess }: Shifts): boolean => excess.low > excess.bearable;
const isOff = ({ bias }: Shifts): boolean => bias.low > bias.bearable || bias.high < -bias.bearable;

/** Whether it does worse at the same inputs, not only below its floor. */
export const breaksPromise = (concept: Shifts): boolean => lossRose(concept) || isOff(concept);

export { holds };

/** Whether it looks like a fall, proven or not: it is too early to say that one is over. */
export const looksFallen = (concept: Shifts): boolean => nearness(concept) > SUSPICIOUS;

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

type Measured = Pick<Concept, 'kind' | 'rows' | 'days' | 'firstDays' | 'loss' | 'excess' | 'bias' | 'floor'>;

/** What fell, in a few words that follow "on 1,234 labelled rows". */
export function decayInWords(concept: Measured): string {
  const { rows, days, loss, floor, kind } = concept;
  const found = [
    lossRose(concept)
      ? `the ${lossNames[kind]} is ${number(loss.live)}, where the same inputs promised ${number(loss.promised)} (holdout: ${number(loss.holdout)})`
      : null,
    isOff(concept) ? biasInWords(concept) : null,
    floor?.isBelow
      ? `${metricInWords(floor.metric)} is ${number(floor.value)} (${number(floor.low)} to ${number(floor.high)}), ${sideOf(floor)} the floor of ${number(floor.floor)}${floor.derived ? ' that follows from its holdout' : ''}`
      : null,
  ].filter((words) => words !== null);
  return `on ${counted(rows, 'labelled row')} of ${counted(days, 'day')} ${found.join(', and ')}`;
}

/**
 * What is known where no fall is shown and none is ruled out, in words that follow "cannot tell yet:". Of what is
 * measured, the loss comes first: "on 900 labelled rows of 9 days the log loss is 0.08, where ... promised 0.038 (...)"
 */
export function unsureInWords(concept: Omit<Measured, 'floor'>): string {
  const { rows, days, loss, excess, bias, kind } = concept;
  const isOfLoss = mayHaveRisen(concept) && (nearnessOfLoss(concept) >= nearnessOfBias(concept) || !mayBeOff(concept)); // prettier-ignore
  const [what, { low, high, bearable }] = isOfLoss
    ? [
        `the ${lossNames[kind]} is ${number(loss.live)}, where the same inputs promised ${number(loss.promised)}`,
        excess,
      ]
    : [biasInWords(concept), bias];
  return `on ${counted(rows, 'labelled row')} of ${counted(days, 'day')} ${what} (the difference surely lies between ${number(low)} and ${number(high)}; ${number(bearable)} is bearable)`;
}

function biasInWords({
  kind,
  bias: { live, holdout },
  firstDays,
}: Pick<Concept, 'kind' | 'bias' | 'firstDays'>): string {
  const what = {
    binary: 'labels less scores',
    class: 'right answers less their probabilities',
    number: 'labels less estimates',
  };
  return `${what[kind]} are ${number(live)} on average, which were ${number(holdout)} on the holdout${firstDays ? ` and the first ${counted(firstDays, 'day')} after it` : ''}`;
}
