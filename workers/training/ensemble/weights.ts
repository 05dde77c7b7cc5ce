import { createRandom, type Random } from '../../../core/base/random.ts';
import { type LabelKind } from '../../../core/data/labels/label-kinds.ts';
import { absoluteErrorOf, squaredErrorOf, widthOf } from '../../../core/metrics/scored.ts';
import { type MetricName } from '../../../core/metrics/index.ts';
import { MOST_MEMBERS } from '../../../core/model/kinds/ensemble.ts';

/** What the members say of the same rows: shares of positives, or of each class row by row, or estimates. */
export interface Said {
  members: readonly Float64Array[];
  labels: Float64Array;
  kind: LabelKind;
  /** What the gate compares. */
  metric?: MetricName | undefined;
}

const BAGS = 10;
/** Members are added to an average so often at most. */
const MOST_TURNS = 20;
/** A member with less is left out: it costs as much time as any other. */
const LEAST_WEIGHT = 0.05;

/**
 * The members' weights in the average, 0 for those left out. In each bag, a sample of the rows with replacement, an
 * average begins with the best member and gets the one that helps most, again and again, until none helps; the weights
 * are the mean over the bags, so that no few positives decide them. Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble
 * selection from libraries of models", 2004: https://doi.org/10.1145/1015330.1015432
 */
export async function chooseWeights(all: Said, seed: number, beat: () => Promise<void>): Promise<number[]> {
  const said = all.kind === 'class' ? ofTheTrue(all) : all;
  const total = said.members.map(() => 0);
  for (let bag = 0; bag < BAGS; bag++) {
    const counts = drawn(said.labels.length, createRandom(`${seed}/bag/${bag}`));
    const turns = await fill(said, counts, beat);
    const all = turns.reduce((sum, times) => sum + times, 0);
    for (const [member, times] of turns.entries()) total[member]! += times / all / BAGS;
  }
  const [least] = total.toSorted((a, b) => b - a).slice(MOST_MEMBERS - 1);
  const kept = total.map((weight) => (weight >= Math.max(LEAST_WEIGHT, least ?? 0) ? weight : 0));
  const sum = kept.reduce((all, weight) => all + weight, 0);
  return kept.map((weight) => weight / sum);
}

/** Only what a member gave a row's true class counts towards its log loss: to it that is the share of a positive. */
function ofTheTrue({ members, labels }: Said): Said {
  const width = widthOf(members[0]!, labels);
  const shares = members.map((scores) => labels.map((label, row) => scores[row * width + label]!));
  return { members: shares, labels: labels.map(() => 1), kind: 'binary' };
}

/** How often each row is in a sample. */
function drawn(rows: number, random: Random): Float64Array {
  const counts = new Float64Array(rows);
  for (let i = 0; i < rows; i++) counts[random.integer(rows)]!++;
  return counts;
}

/** How often each member is in the average. */
async function fill(said: Said, counts: Float64Array, beat: () => Promise<void>): Promise<number[]> {
  const turns = said.members.map(() => 0);
  const sum = new Float64Array(said.labels.length);
  let least = Infinity;
  for (let turn = 1; turn <= MOST_TURNS; turn++) {
    let best = -1;
    for (const [member, outputs] of said.members.entries()) {
      const cost = costWith(said, sum, outputs, turn, counts);
      await beat();
      if (!(cost < least)) continue;
      [best, least] = [member, cost];
    }
    if (best < 0) break;
    turns[best]!++;
    for (const [row, output] of said.members[best]!.entries()) sum[row]! += output;
  }
  return turns;
}

/** A share of 0 or 1 that proves wrong would cost infinitely much. */
const SMALLEST = 1e-9;

/** Log loss, or squared or absolute error, of the average with one member more. */
function costWith(
  { labels, kind, metric }: Said,
  sum: Float64Array,
  more: Float64Array,
  turn: number,
  counts: Float64Array,
) {
  const costOf = metric === 'mae' ? absoluteErrorOf : squaredErrorOf;
  let cost = 0;
  for (let row = 0; row < labels.length; row++) {
    if (counts[row] === 0) continue;
    const mean = (sum[row]! + more[row]!) / turn;
    const label = labels[row]!;
    const one = kind === 'number' ? costOf(label, mean) : -Math.log(Math.max(SMALLEST, label === 1 ? mean : 1 - mean));
    cost += counts[row]! * one;
  }
  return cost;
}
