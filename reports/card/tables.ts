import { isFeature } from '../../core/columns/index.ts';
import { widthOf } from '../../core/model/preprocessing.ts';
import { versionName } from '../../core/base/ids.ts';
import { placeInWords } from '../../core/sources/source.ts';
import { type LabelKind } from '../../core/data/labels/label-kinds.ts';
import { warmStartInWords } from '../../core/training/warm-start/warm-start.ts';
import { metricKinds } from '../../core/metrics/index.ts';
import { periodsOf } from '../../core/training/splits/periods.ts';
import { type SplitName, splitNames, type Splits } from '../../core/training/training.ts';
import { type RedactedEncoding, type RedactedPipeline } from '../../core/declaration/redaction/redaction.ts';
import { count, counted, decimal, list, moment, percent, quantity } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { backendInWords, learntIn } from '../../pages/learnt.ts';
import { metricColumns } from '../../pages/metric-columns.ts';
import { type ModelCard } from './model-card.ts';
import { id, period } from '../../pages/elements.ts';
import { table, type TableColumn } from '../../pages/table.ts';

const purposes: Record<Exclude<SplitName, 'calibration'>, string> = {
  train: 'fits the weights',
  selection: 'stops early, picks the candidate',
  holdout: 'judges',
};

const calibrationPurposes: Record<LabelKind, string> = {
  binary: 'sets calibration and threshold',
  class: 'sets calibration',
  number: 'sets intervals',
};

const purposeOf = (split: SplitName, { label }: RedactedPipeline): string => {
  if (split !== 'calibration') return purposes[split];
  return label.interval === 'none' ? 'kept apart from the others' : calibrationPurposes[label.kind];
};

function splitInWords({ by }: Splits): string {
  if (!by) return 'Splits follow each other in time';
  const floor = by.notBefore
    ? `, and of the holdout's only rows since ${moment(by.notBefore)}, which the champion then had not seen`
    : '';
  return by.kind === 'group'
    ? `All rows with the same ${by.unit} are in one split, whatever their time${floor}`
    : `Rows are in a split by a hash of their ${by.unit}, whatever their time${floor}`;
}

/** The four splits with their dates, and where the rows came from. */
export function dataSection({ version, candidates, pipeline, artifact, snapshot, trainingSet }: ModelCard): Html {
  const { splits, evaluation } = version;
  const periods = periodsOf(splits);
  const embargo = trainingSet?.embargoed
    ? ` So are ${counted(trainingSet.embargoed, 'row')} shortly before a later split, whose labels were not known when it began.`
    : '';
  const seen = trainingSet?.seen
    ? ` ${counted(trainingSet.seen, 'row')} that the champion may have learnt from are in no split either, since it was split otherwise.`
    : '';
  const unlabelled = trainingSet?.unlabelled
    ? ` ${counted(trainingSet.unlabelled, 'row')} would be in the holdout if they had a label: no metric knows them, and drift checks count them.`
    : '';
  const { halfLife } = pipeline.retraining;
  const thinned =
    halfLife === undefined ? '' : ` It learnt from fewer of the old rows: half as many with each ${halfLife} of age.`;
  const selection = candidates.find((result) => result.candidate === version.candidate)?.selection;
  const rows: Record<SplitName, number | undefined> = trainingSet?.rows ?? {
    train: artifact.trainedWith.rows,
    selection: selection?.rows,
    calibration: undefined,
    holdout: evaluation.challenger.rows,
  };
  const positives: Record<SplitName, number | undefined> = trainingSet?.positives ?? {
    train: undefined,
    selection: selection?.positives,
    calibration: undefined,
    holdout: evaluation.challenger.positives,
  };
  const known = (value: number | undefined): string => (value === undefined ? '\u2013' : count(value));
  const ofClass = pipeline.label.kind === 'class';
  const positiveColumns: TableColumn<{ name: SplitName }>[] = [
    { head: ofClass ? 'Rarest class' : 'Positives', number: true, cell: ({ name }) => known(positives[name]) },
    {
      head: ofClass ? 'Its share' : 'Share positive',
      number: true,
      cell: ({ name }) =>
        rows[name] && positives[name] !== undefined ? percent(positives[name] / rows[name], 2) : '\u2013',
    },
  ];
  return html`<section>
    <h2>Training data</h2>
    ${table(
      `Snapshot ${snapshot.id} of ${placeInWords(pipeline.source)}, ${counted(snapshot.rows, 'row')}, taken as of ${moment(snapshot.asOf)}. ${splitInWords(splits)}; a label counts ${pipeline.label.maturesAfter} after its row, so newer rows are in no split.${embargo}${seen}${unlabelled}${thinned}`,
      [
        { head: 'Split', cell: ({ name }) => name },
        { head: 'Purpose', words: true, cell: ({ name }) => purposeOf(name, pipeline) },
        { head: 'Period', cell: ({ name }) => period(...periods[name]) },
        { head: 'Rows', number: true, cell: ({ name }) => known(rows[name]) },
        ...(pipeline.label.kind === 'number' ? [] : positiveColumns),
      ],
      splitNames.map((name) => ({ name })),
    )}
  </section>`;
}

/** How candidates were measured, and what they started from. */
function choiceInWords({ candidates, version: { warmStart } }: ModelCard): string {
  const folds = candidates.find((each) => each.folds !== undefined)?.folds;
  const how = folds
    ? `All scored on the rows of the train and selection splits in ${folds} folds, each by a model of the others, then trained on all of them.`
    : 'All scored on the same rows of the selection split.';
  return `${how} The best became this version.${warmStart ? ` ${warmStartInWords(warmStart)}` : ''}`;
}

/** Every recipe tried, best first by the gate's metric. */
export function candidatesSection(card: ModelCard): Html {
  const { candidates, pipeline, version } = card;
  const { metric } = pipeline.gates;
  const sign = metricKinds[metric].better === 'lower' ? 1 : -1;
  const worth = (value: number | null | undefined): number => (value == null ? Infinity : sign * value);
  const ordered = [...candidates].sort(
    (a, b) => worth(a.selection[metric]) - worth(b.selection[metric]) || (a.candidate < b.candidate ? -1 : 1),
  );
  return html`<section>
    <h2>Candidates</h2>
    ${table(
      choiceInWords(card),
      [
        {
          head: 'Candidate',
          cell: ({ candidate }) =>
            candidate === version.candidate ? html`${candidate}<br /><small>✓ chosen</small>` : candidate,
        },
        ...metricColumns<(typeof ordered)[number]>(({ selection }) => selection, pipeline, { sized: false }),
        { head: 'Learnt in', number: true, cell: learntIn },
        { head: 'Seconds', number: true, cell: ({ seconds }) => decimal(seconds, 1) },
        { head: 'Backend', cell: backendInWords },
      ],
      ordered,
    )}
  </section>`;
}

const nullsIn = ({ median, flagMissing }: { median: number | null; flagMissing: boolean }): string =>
  `nulls become ${median === null ? 'the median' : quantity(median)}${flagMissing ? ' and are flagged' : ''}`;

const encoded = (encoding: RedactedEncoding): string => {
  switch (encoding.kind) {
    case 'number':
      return `${encoding.transform === 'log' ? 'signed logarithm, then standardised' : 'standardised'}; ${nullsIn(encoding)}`;
    case 'robust':
      return `${encoding.transform === 'log' ? 'signed logarithm, then scaled by quartiles' : 'scaled by quartiles'}; ${nullsIn(encoding)}`;
    case 'pieces':
      return `${counted(encoding.edges.length - 1, 'piece')} between quantiles; ${nullsIn(encoding)}`;
    case 'category':
    case 'level': {
      if (!Array.isArray(encoding.levels)) return `${counted(encoding.levels.length, 'level')}, which are sensitive`;
      const shown = encoding.levels.slice(0, 6);
      const rest = encoding.levels.length - shown.length;
      const further = 'shared' in encoding && encoding.shared ? encoding.shared : null;
      const sharing = further
        ? `; ${counted(further.levels.length, 'further level')} share ${counted(further.inputs, 'input')}`
        : '';
      return `${counted(encoding.levels.length, 'level')}: ${rest > 0 ? `${shown.join(', ')} and ${rest} more` : list(shown)}${sharing}`;
    }
    case 'hour':
      return 'sine and cosine, and an input for each hour';
    case 'value':
      return 'as it is';
  }
};

/** How many columns are read; an average may encode one in several ways. */
export const columnsOf = ({ encodings }: ModelCard['artifact']): number =>
  new Set(encodings.map(({ column }) => column)).size;

export function inputsSection({ artifact, pipeline }: ModelCard): Html {
  const kept = Object.entries(pipeline.columns).flatMap(([name, column]) => (isFeature(column) ? [] : [name]));
  const unlearnt = kept.length > 0 ? ` Kept to split, slice or compare rows by, but learnt by no model: ${list(kept)}.` : ''; // prettier-ignore
  const total = artifact.encodings.reduce((all, encoding) => all + widthOf(encoding), 0);
  return html`<section>
    <h2>Inputs</h2>
    ${table(
      `${counted(columnsOf(artifact), 'column')} become ${counted(total, 'input')}. Fitted on the train split, carried by the artifact, and the same in training and serving.${unlearnt}`,
      [
        { head: 'Column', words: true, cell: ({ column }) => column },
        { head: 'Kind', cell: ({ kind }) => kind },
        { head: 'Encoding', words: true, cell: encoded },
        { head: 'Inputs', number: true, cell: (encoding) => count(widthOf(encoding)) },
      ],
      artifact.encodings,
    )}
  </section>`;
}

const memberInWords = ({ candidate, weight }: { candidate: string; weight: number }): string =>
  `${candidate} (${percent(weight)})`;

const environmentInWords = ({ release, node, system, cores }: NonNullable<ModelCard['environment']>): string =>
  `Perennial ${release}, Node ${node}, ${system}, ${counted(cores, 'core')}`;

/** The version whose weights are in it. */
function startOf({ warmStart }: ModelCard['version']) {
  if (!warmStart || 'whyNot' in warmStart || warmStart.outcome === 'lost') return [];
  const { version, sha256 } = warmStart;
  return [{ name: 'Started from', value: html`${versionName(version)}, ${id(sha256)}` }];
}

export function lineageSection({ version, artifact, snapshot, cycle, environment }: ModelCard): Html {
  const { trainedWith } = artifact;
  const { tensorflow, rows, seconds } = trainedWith;
  return html`<section>
    <h2>Lineage</h2>
    ${table(
      'Everything needed to find, check or repeat this model.',
      [
        { head: 'What', cell: ({ name }) => name },
        { head: 'Which', words: true, cell: ({ value }) => value },
      ],
      [
        { name: 'Version', value: `${version.pipeline} ${versionName(version.version)}` },
        { name: 'Pipeline revision', value: id(version.revision) },
        { name: 'Snapshot', value: id(snapshot.id) },
        { name: 'Training run', value: id(version.trainingRun) },
        ...(cycle ? [{ name: 'Cycle', value: id(cycle.id) }] : []),
        ...(cycle?.driftSince ? [{ name: 'Drift since', value: moment(cycle.driftSince) }] : []),
        { name: 'Artifact', value: id(version.objectKey) },
        { name: 'Artifact sha256', value: id(version.sha256) },
        ...(version.refit?.outcome === 'refitted'
          ? [{ name: 'Judged artifact sha256', value: id(version.refit.judged.sha256) }]
          : []),
        ...startOf(version),
        ...(artifact.members ? [{ name: 'Averages', value: list(artifact.members.map(memberInWords)) }] : []),
        {
          name: 'Trained with',
          value: `${tensorflow === undefined ? (trainedWith.backend === 'kernel' ? 'Our own kernel' : 'No TensorFlow.js') : `TensorFlow.js ${tensorflow}, ${trainedWith.backend} backend`}: ${learntIn(trainedWith)} over ${counted(rows, 'row')} in ${decimal(seconds, 1)} s`,
        },
        ...(environment ? [{ name: 'Judged with', value: environmentInWords(environment) }] : []),
      ],
    )}
  </section>`;
}
