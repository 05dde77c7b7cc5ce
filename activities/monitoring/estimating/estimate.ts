import { featuresOf } from '../../../core/columns/index.ts';
import { type Partition } from '../../../core/data/data.ts';
import { type Binning, SCORE } from '../../../core/data/profiles/binning.ts';
import { type Profile, total } from '../../../core/data/profiles/profile.ts';
import { classCostsOf } from '../../../core/declaration/class-costs.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { parseArtifact } from '../../../core/model/scorer.ts';
import { createErrorModel, type ErrorModel } from '../../../core/performance/error-model.ts';
import { estimatePerformance } from '../../../core/performance/estimate.ts';
import { daysIn } from '../../../core/performance/recalibration.ts';
import { whyWithheld } from '../../../core/performance/unseen.ts';
import { costsOf, valueOf, valueOfClasses } from '../../../core/performance/value.ts';
import { judgedArtifact } from '../../../core/training/refit.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { LABEL } from '../../../core/data/data.ts';
import { reportProgress, unlessCancelled } from '../../steps/heartbeats.ts';
import { createPauses } from '../../steps/pauses.ts';
import { scorerOf } from '../../training/scorer-of.ts';
import { rowsOf } from '../../training/scoring.ts';
import { countHoldoutDays, type HoldoutPorts } from '../performance/holdout-days.ts';
import { countLabelled, type ReferencePorts } from '../reference.ts';
import { type Counted } from '../window.ts';
import { readFile } from 'node:fs/promises';

export interface Window extends Counted {
  version: ModelVersion;
  window: Partition;
}

/** How the champion does in the window, before any label has come; undefined where nothing tells. */
export async function estimateServed(
  ports: HoldoutPorts & ReferencePorts,
  pipeline: Pipeline,
  { version, window, binning, current, currentScore, promised, unscored }: Window,
): Promise<Verdict['estimated']> {
  if (unscored !== undefined) return { rows: current.rows, withheld: unscored, metrics: {} };
  if (!currentScore) return undefined;
  const { kind } = pipeline.label;
  const trained = await ports.pipelines.declaration({ name: version.pipeline, revision: version.revision });
  const columns = Object.keys(featuresOf(trained.columns));
  const reference = await countLabelled(ports, columns, version, binning);
  const rows = total(currentScore.counts);
  const withheld = whyWithheld(reference, current, { columns, score: currentScore });
  if (withheld !== null) return { rows, withheld, metrics: {} };

  const bins = binning.columns[SCORE];
  const days = daysIn(window);
  const holdout = await countHoldoutDays(ports, pipeline, version);
  const estimated = estimatePerformance(kind, holdout, {
    profile: currentScore,
    edges: bins?.kind === 'number' ? bins.edges : [],
    days,
    threshold: kind === 'binary' ? await thresholdOf(ports, version) : null,
    promised,
    current,
    errors: kind === 'number' ? await errorsFor(ports, { version, binning, columns, reference }) : null,
  });
  if (!estimated) return undefined;
  const { wrong, confusion, ...told } = estimated;
  const [costs, ofClasses] = [costsOf(pipeline), classCostsOf(pipeline)];
  // Other versions answered the rest of the window.
  const itsDays = (days * rows) / Math.max(rows, current.rows);
  if (itsDays < 1 && rows < pipeline.gates.minRows) return { rows, withheld, ...told };
  if (ofClasses && confusion) return { rows, withheld, ...told, value: valueOfClasses(confusion, ofClasses, itsDays) };
  if (!costs || !wrong) return { rows, withheld, ...told };
  const { falsePositives, falseNegatives, positives } = wrong;
  const counts = { falsePositives: falsePositives.value, falseNegatives: falseNegatives.value, positives, rows };
  return { rows, withheld, ...told, value: valueOf(counts, costs, itsDays) };
}

async function thresholdOf({ cache }: Pick<HoldoutPorts, 'cache'>, version: ModelVersion): Promise<number | null> {
  return parseArtifact(await readFile(await unlessCancelled(cache.fetch(version)), 'utf8')).threshold;
}

interface Measured {
  version: ModelVersion;
  binning: Binning;
  columns: string[];
  reference: Profile;
}

/** How far labels of the holdout lie from the estimates of the artifact that was judged, by all columns; fitted once. */
export async function errorsFor(
  ports: HoldoutPorts & ReferencePorts,
  { version, binning, columns, reference }: Measured,
): Promise<ErrorModel | null> {
  const { performance, trainingRuns, analytics, cache } = ports;
  const known = await performance.errors(version.pipeline, version.version, binning.id);
  if (known) return known;
  const run = await trainingRuns.get(version.trainingRun);
  const file = await unlessCancelled(cache.fetch(run.trainingSet!));
  const { score } = await scorerOf(ports, { ...version, ...judgedArtifact(version) });
  const model = createErrorModel(binning, reference);
  const pause = createPauses();
  let counted = 0;
  for await (const chunk of analytics.readSplit(file, 'holdout', columns, [LABEL])) {
    let i = 0;
    for (const row of rowsOf(chunk, columns)) {
      model.add(row, score(row), Number(chunk.own[LABEL]![i]));
      if (++i % 64 === 0) await pause();
    }
    reportProgress({ counted: (counted += chunk.rows) });
  }
  const fitted = model.fit();
  if (fitted) await performance.recordErrors(version.pipeline, version.version, fitted);
  return fitted;
}
