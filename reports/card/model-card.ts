import { classesInWords, type LabelKind } from '../../core/data/labels/label-kinds.ts';
import { metricKinds } from '../../core/metrics/index.ts';
import { LEVEL, type Difference } from '../../core/metrics/difference.ts';
import { placeInWords } from '../../core/sources/source.ts';
import { versionName } from '../../core/base/ids.ts';
import { refitInWords } from '../../core/training/refit.ts';
import { levelDigits } from '../../core/training/gates/gate-words.ts';
import { type Cycle } from '../../core/training/retraining/retraining.ts';
import {
  type CandidateResult,
  type GateVerdict,
  type Looks,
  type ModelVersion,
  type TrainingSet,
} from '../../core/training/training.ts';
import {
  type RedactedInsight,
  type RedactedModel,
  type RedactedPipeline,
  type RedactedSnapshot,
} from '../../core/declaration/redaction/redaction.ts';
import { residualsSection } from './errors.ts';
import { candidatesSection, columnsOf, dataSection, inputsSection, lineageSection } from './tables.ts';
import { limits, whyNoChampion } from './limits.ts';
import { classCostsOf } from '../../core/declaration/class-costs.ts';
import { classTables, costsOfAnswers } from '../../pages/classes.ts';
import { classNames } from '../../core/metrics/confusion.ts';
import { counted, day, decimal, moment, percent, quantity, signed } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { metricColumns } from '../../pages/metric-columns.ts';
import { id, type Badge, type Fact } from '../../pages/elements.ts';
import { table } from '../../pages/table.ts';
import { page } from '../page.ts';
import { intervalPlot } from '../drawing/meters.ts';
import { classFigures, decisionsSection } from './decisions.ts';
import { fairnessSection } from './fairness.ts';
import { CARD_JSON } from '../../core/training/versions/card-json.ts';
import { modelCardJson } from './model-card-json.ts';
import { insightSection } from './insight.ts';
import { measuredNote } from './measured.ts';
import { slicesSection } from './slices.ts';

export interface ModelCard {
  version: ModelVersion;
  candidates: CandidateResult[];
  pipeline: RedactedPipeline;
  artifact: RedactedModel;
  snapshot: RedactedSnapshot;
  /** Rows and positives of every split; without it, the card shows those in its metrics. */
  trainingSet?: Pick<TrainingSet, 'rows' | 'positives' | 'embargoed' | 'seen' | 'unlabelled'>;
  /** What led to this training. */
  cycle?: Cycle;
  /** It came from elsewhere: nobody knows what it has learnt from. */
  brought?: boolean;
  /** So did the champion that it was compared with. */
  championBrought?: boolean;
  /** What it goes by; missing for what an earlier release evaluated. */
  insight?: RedactedInsight | null;
  /** What judged it. */
  environment?: Environment;
}

export interface Environment {
  /** The release of Perennial. */
  release: string;
  node: string;
  /** Like "Linux 6.1.0 x64". */
  system: string;
  cores: number;
}

const badges: Record<GateVerdict['outcome'], Badge> = {
  passed: { tone: 'good', text: 'passed its gate' },
  refused: { tone: 'bad', text: 'refused by its gate' },
  abstained: { tone: 'plain', text: 'gate abstained' },
};

const reasons: Record<Cycle['reason'], string> = {
  schedule: 'by schedule',
  automation: 'by an automation',
  drift: 'after drift',
  decay: 'after the performance fell',
  person: 'by a person',
};

const purposes: Record<LabelKind, (label: string) => string> = {
  binary: (label) => `Gives the probability that "${label}" is 1`,
  number: (label) => `Estimates "${label}"`,
  class: (label) => `Gives the probability of each class of "${label}"`,
};

/** A model version as a page: what it is, its training data, its performance, and its limits. */
export function modelCard(card: ModelCard): string {
  const { version, pipeline, artifact, snapshot, cycle } = card;
  const name = `${version.pipeline} ${versionName(version.version)}`;
  const { from, to } = version.splits;
  return page({
    title: `Model card: ${name}`,
    kicker: `Model card \u00b7 ${version.pipeline}`,
    badge: badges[version.gate.outcome],
    heading: name,
    lead: [
      pipeline.description === '' ? '' : pipeline.description.replace(/[.\s]*$/, '.'),
      `${purposes[pipeline.label.kind](pipeline.label.name)}, from ${counted(columnsOf(artifact), 'column')} of ${placeInWords(pipeline.source)}; ${card.brought ? 'it came from elsewhere, and was judged on rows of' : 'trained on'} ${day(from)} to ${day(to)}.`,
    ]
      .filter(Boolean)
      .join(' '),
    facts: [
      { name: 'Stage', value: version.stage, detail: 'when this card was written' },
      { name: 'Recipe', value: version.candidate, detail: `best of ${counted(card.candidates.length, 'candidate')}` },
      {
        name: 'Requested',
        value: cycle ? reasons[cycle.reason] : moment(version.asOf),
        ...(cycle ? { detail: `as of ${moment(version.asOf)}` } : {}),
      },
      { name: 'Registered', value: moment(version.createdAt) },
      answerFact(card),
      { name: 'Snapshot', value: id(snapshot.id), detail: snapshot.status },
    ],
    body: [
      gateSection(card),
      dataSection(card),
      candidatesSection(card),
      scoreSections[pipeline.label.kind](card),
      insightSection(card),
      decisionsSection(card),
      slicesSection(card),
      fairnessSection(card),
      inputsSection(card),
      limits(card),
      lineageSection(card),
      html`<template id="${CARD_JSON}">${JSON.stringify(modelCardJson(card))}</template>`,
    ],
    footer: `${name}, artifact sha256 ${version.sha256}. This card was written when the version was registered; "perennial status ${version.pipeline}" shows which version serves now.`,
  });
}

function gateSection(card: ModelCard): Html {
  const { version, pipeline, brought = false, championBrought = false } = card;
  const { evaluation, gate } = version;
  const { challenger, champion, difference, afterDrift } = evaluation;
  const contenders = (
    name: string,
    pair: Pick<typeof evaluation, 'challenger' | 'champion' | 'anchor' | 'intervals'>,
  ): Html =>
    table(
      name,
      [
        { head: 'Model', cell: (row) => row.name },
        ...metricColumns<{ name: string; metrics: typeof challenger; intervals?: typeof evaluation.intervals }>(
          (row) => row.metrics,
          pipeline,
          { intervals: (row) => row.intervals },
        ),
      ],
      [
        {
          name: `${versionName(version.version)}, this one`,
          metrics: pair.challenger,
          ...(pair.intervals && { intervals: pair.intervals }),
        },
        ...(pair.champion ? [{ name: 'the champion then', metrics: pair.champion }] : []),
        ...(pair.anchor?.metrics
          ? [{ name: `the anchor, ${versionName(pair.anchor.version)}`, metrics: pair.anchor.metrics }]
          : []),
      ],
    );
  return html`<section>
    <h2>Performance</h2>
    <p class="note">${gate.reason}</p>
    ${measuredNote(card)} ${version.refit ? html`<p class="note">${refitInWords(version.refit)}</p>` : nothing}
    ${contenders(
      `On the holdout, ${day(version.splits.holdout)} to ${day(version.splits.to)}${seenBefore({ brought, championBrought })}${judgedBefore(evaluation.looks)}.`,
      evaluation,
    )}
    ${champion ? null : html`<p class="note">${whyNoChampion(evaluation)}</p>`}
    ${champion === null && evaluation.lead ? differenceFigure('Difference to a constant prediction', evaluation.lead, pipeline) : nothing}
    ${evaluation.leadOutOfFold ? differenceFigure(`The same on ${counted(evaluation.leadOutOfFold.rows, 'row')} that folds scored`, evaluation.leadOutOfFold, pipeline) : nothing}
    ${difference ? differenceFigure('Difference to the champion', difference, pipeline) : nothing}
    ${evaluation.others?.length ? othersTable(evaluation.others) : nothing}
    ${
      afterDrift
        ? html`<br />${contenders(`On the rows after the drift, since ${moment(afterDrift.since)}.`, afterDrift)}
            ${afterDrift.difference ? differenceFigure('Difference to the champion', afterDrift.difference, pipeline) : nothing}`
        : nothing
    }
  </section>`;
}

function seenBefore({ brought, championBrought }: Required<Pick<ModelCard, 'brought' | 'championBrought'>>): string {
  if (brought && championBrought)
    return ': rows that both models, which came from elsewhere, may have seen in their training';
  if (brought) return ': rows that this model, which came from elsewhere, may have seen in its training';
  if (championBrought)
    return ': rows that this model did not see in training or selection; the champion, which came from elsewhere, may have';
  return ': rows that neither model saw in training or selection';
}

/** Versions of earlier releases do not know. */
function judgedBefore(looks: Looks | undefined): string {
  if (!looks) return '';
  if (looks.runs.length === 0) return ', and no earlier training was judged on';
  return `, though ${counted(looks.runs.length, 'earlier training')} had been judged on some of them, so intervals are wider`;
}

/** The other metrics, by which the champion may have been better. */
const othersTable = (others: Difference[]): Html =>
  table(
    'Differences to the champion by the other metrics, with their intervals; more is better.',
    [
      { head: 'Metric', cell: ({ metric }) => metricKinds[metric].title },
      { head: 'Difference', number: true, cell: ({ estimate }) => signed(estimate, 4) },
      { head: 'From', number: true, cell: ({ low }) => signed(low, 4) },
      { head: 'To', number: true, cell: ({ high }) => signed(high, 4) },
    ],
    others,
  );

function differenceFigure(title: string, difference: Difference, { gates }: RedactedPipeline): Html {
  const { metric, estimate, low, high, level = LEVEL } = difference;
  const words = `${signed(estimate, 4)} on ${metricKinds[metric].title}, ${percent(level, level === LEVEL ? 0 : levelDigits(level))} interval ${signed(low, 4)} to ${signed(high, 4)}, where more is better; the gate's margin is ${decimal(gates.margin, 4)}.`;
  return html`<figure class="card wide">
    <figcaption class="title"><h3>${title}</h3></figcaption>
    <p>${words}</p>
    ${intervalPlot(difference, gates.margin, words)}
  </figure>`;
}

function answerFact({ artifact, version, pipeline }: ModelCard): Fact {
  if (pipeline.label.kind === 'class') {
    const names = classNames(pipeline, Math.sqrt(version.evaluation.challenger.confusion?.length ?? 0));
    return { name: 'Answers one of', value: `${names.length} classes`, detail: classesInWords(names) };
  }
  if (artifact.threshold === null) return targetFact(artifact);
  return { name: 'Decides positive from', value: percent(artifact.threshold, 2), detail: 'calibrated probability' };
}

const targetFact = ({ target }: RedactedModel): Fact => ({
  name: 'Mean of the training labels',
  value: target ? quantity(target.mean) : 'not shown',
  ...(target && { detail: `standard deviation ${quantity(target.deviation)}` }),
});

function calibrationSection({ artifact, pipeline }: ModelCard): Html {
  if (artifact.threshold === null) return nothing;
  const { slope, intercept, knots } = artifact.calibration;
  const how = knots
    ? `Isotonic regression, fitted on the calibration split, turns the model's raw score into a probability, along lines between ${counted(knots.from.length, 'knot')}: it predicted rows that it was not fitted on better than Platt scaling did.`
    : `Platt scaling, fitted on the calibration split, turns the model's raw score into a probability: slope ${decimal(slope)}, intercept ${signed(intercept)}. ${slopeWords(slope)}`;
  return html`<section class="prose">
    <h2>From score to decision</h2>
    <p>
      ${how} Predictions of ${percent(artifact.threshold, 2)} and more count as positive; on the calibration split that
      threshold had ${aimInWords(pipeline.gates.threshold)}.
    </p>
  </section>`;
}

/** How well each class is told. */
const classesSection = ({ version, pipeline, artifact }: ModelCard): Html =>
  html`<section>
    <h2>Classes</h2>
    <p class="note">
      One temperature, fitted on the calibration split, turns the model's raw scores into the probabilities of all
      classes: slope ${decimal(artifact.calibration.slope)}. ${slopeWords(artifact.calibration.slope)} The
      ${classCostsOf(pipeline) ? 'class that is expected to cost least' : 'likeliest class'} is the answer.
    </p>
    ${costsOfAnswers(pipeline, version.evaluation.classes)}${classTables(version.evaluation.challenger, pipeline, version.evaluation.classes)}
    ${classFigures(version.evaluation.classes, pipeline)}
  </section>`;

const scoreSections: Record<LabelKind, (card: ModelCard) => Html> = {
  binary: calibrationSection,
  number: residualsSection,
  class: classesSection,
};

function aimInWords(aim: RedactedPipeline['gates']['threshold']): string {
  if (!aim) return 'the best F1';
  if ('costs' in aim)
    return `the least cost, a false positive costing ${quantity(aim.costs.falsePositive)} and a false negative ${quantity(aim.costs.falseNegative)}`;
  return 'precision' in aim
    ? `the most positives found at a precision of ${percent(aim.precision)}, or the nearest to it`
    : `as many positives as are wanted at most, ${quantity(aim.perDay)} a day`;
}

const slopeWords = (slope: number): string => {
  if (slope < 0.9) return 'A slope below 1 shows that the raw scores were overconfident.';
  if (slope > 1.1) return 'A slope above 1 shows that the raw scores were too cautious.';
  return 'A slope near 1 shows that the raw scores needed little correction.';
};
