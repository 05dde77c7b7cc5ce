import type { Pipeline } from '../../declaration/pipeline.ts';
import { versionName } from '../../base/ids.ts';
import { gain, metricKinds, metricTitle } from '../../metrics/index.ts';
import {
  abstain,
  count,
  FIRST,
  gainInWords,
  intervalInWords,
  looksInWords,
  pass,
  refuse,
  rowsInWords,
  signed,
  value,
} from './gate-words.ts';
import type { Evaluation, GateVerdict } from '../training.ts';

/** Of half an interval of 95 %: a lead that is larger is no chance in four of five cases, by any number of blocks. */
const LIKELY = 0.43;

/**
 * A pipeline's first model has only chance to beat, and so has one whose champion cannot score today's rows; not one from
 * elsewhere, which must be better than that champion.
 */
export function judgeFirst(evaluation: Evaluation, gates: Pipeline['gates'], brought: boolean): GateVerdict {
  const verdict = judgeByChance(evaluation, gates);
  if (!brought || !evaluation.notCompared || !verdict.passed) return verdict;
  return abstain(
    `A model from elsewhere must be better than the champion, since nobody knows what it has learnt from. ${verdict.reason}`,
  );
}

function judgeByChance(evaluation: Evaluation, { metric, margin }: Pipeline['gates']): GateVerdict {
  const { challenger, lead, leadOutOfFold, notCompared } = evaluation;
  const incomparable =
    notCompared && `Champion ${versionName(notCompared.version)} cannot be compared, since ${notCompared.why}`;
  const none = incomparable ?? 'There is no champion';
  const first = incomparable ?? FIRST;
  const nothing = metricKinds[metric].knowingNothing(challenger);
  const estimate = gain(metric, challenger[metric]!, nothing);
  const numbers = [
    `${metricTitle(metric)} is ${value(challenger[metric]!)} on ${rowsInWords(evaluation, 'holdout rows')}, where a constant ` +
      `prediction gives ${value(nothing)}: ${gainInWords(estimate, lead)}, where ${estimate < 0 ? 'a gain of ' : ''}${value(margin)} is required.`,
    looksInWords(evaluation),
  ]
    .filter(Boolean)
    .join(' ');
  if (!lead || estimate < margin || estimate <= 0)
    return refuse(`${none}, but the challenger does not beat a constant prediction by the margin. ${numbers}`);
  if (lead.low > margin) return pass(`${first}, and the challenger beats a constant prediction. ${numbers}`);
  const more = outOfFoldInWords(evaluation);
  const leads = leadOutOfFold !== undefined && leadOutOfFold.low > margin;
  // Folds lie between each other in time: what they know must be more than rows near in time say. Earlier releases stored
  // evaluations without that.
  if (leads && (leadOutOfFold.overNearby?.low ?? Infinity) <= margin)
    return abstain(
      `${none}. In folds the challenger beats a constant prediction, but not clearly what rows near in time already say, so it may not hold tomorrow. ${numbers}${more}`,
    );
  // The holdout, which lies after the folds, must itself make the lead likely.
  return leads && lead.estimate - LIKELY * (lead.estimate - lead.low) > margin
    ? pass(
        `${first}, and the challenger beats a constant prediction, which more rows than the holdout's show. ${numbers}${more}`,
      )
    : abstain(`${none}, but that the challenger beats a constant prediction may be chance. ${numbers}${more}`);
}

function outOfFoldInWords({ leadOutOfFold: lead }: Evaluation): string {
  if (!lead) return '';
  const { overNearby } = lead;
  const nearby =
    overNearby && overNearby.low < lead.low
      ? `, and over what rows near in time say ${signed(overNearby.estimate)} (${intervalInWords(overNearby)})`
      : '';
  return ` On ${count(lead.rows)} rows scored by models of other folds it gains ${signed(lead.estimate)} (${intervalInWords(lead)})${nearby}.`;
}

/** A champion may have become worse than no model at all: what beats it alone is not yet worth serving. */
export function judgeByBaseline(
  { metric, whenUnclear }: Pipeline['gates'],
  { challenger, lead }: Evaluation,
  verdict: GateVerdict,
): GateVerdict {
  if (!lead) return verdict;
  const nothing = metricKinds[metric].knowingNothing(challenger);
  const numbers = `Against a constant prediction, which gives ${value(nothing)}, it gains ${signed(lead.estimate)} (${intervalInWords(lead)}).`;
  if (lead.estimate <= 0)
    return refuse(`The challenger does not beat a constant prediction. ${numbers} ${verdict.reason}`);
  return lead.low > 0 || whenUnclear === 'fresher'
    ? pass(`${verdict.reason} ${numbers}`)
    : abstain(`That the challenger beats a constant prediction may be chance. ${numbers} ${verdict.reason}`);
}
