import { UserError } from '../core/base/errors/errors.ts';
import { versionName } from '../core/base/ids.ts';
import { may } from '../core/access/actor.ts';
import { sha256 } from '../core/base/sha256.ts';
import type { Row } from '../core/data/data.ts';
import type { ObjectStore } from '../core/data/objects/objects.ts';
import type { LoggedRows } from '../core/data/predictions/logged-rows.ts';
import type { Binnings } from '../core/data/profiles/binnings.ts';
import type { Pipeline } from '../core/declaration/pipeline.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { answersAreSensitive, isSensitive, shownBy } from '../core/declaration/redaction/redaction.ts';
import { tryRow, type Triable, type WhatIf } from '../core/explaining/what-if.ts';
import { compileScorer, parseArtifact } from '../core/model/scorer.ts';
import type { ModelVersions } from '../core/training/versions/model-versions.ts';
import type { TrainingRuns } from '../core/training/versions/training-runs.ts';
import { readable } from './declarations.ts';
import { acts, readsAs } from './door.ts';
import { setImmediate } from 'node:timers/promises';

export interface WhatIfPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  trainingRuns: Pick<TrainingRuns, 'insightOf'>;
  binnings: Pick<Binnings, 'current'>;
  loggedRows: LoggedRows;
  store: Pick<ObjectStore, 'get'>;
}

/** What is declared today, and was when each version was trained; null: this release cannot read that. */
interface Declared {
  today: Pipeline;
  trainedBy: ReadonlyMap<number, Pipeline | null>;
}

interface Trial {
  pipeline: string;
  /** The first one's strongest column is drawn, unless another is named. */
  versions: readonly number[];
  /** Values in place of those of the typical row. */
  row?: Readonly<Record<string, unknown>> | undefined;
  /** The values are texts of a form. */
  written?: boolean | undefined;
  /** The column whose curve is drawn. */
  changed?: string | undefined;
  /** By how much an estimate is to change. */
  by?: number | undefined;
}

const MOST_VERSIONS = 2;
/** Models that stay compiled: who tries one tries it many times. */
const MOST_KEPT = 6;
const MOST_TOLD = 1_000;
const LONGEST_TURN_MS = 5;
const AN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What versions would say of a row. Nothing is logged, and no traffic is needed. */
export const createWhatIf = ({ pipelines, modelVersions, trainingRuns, binnings, loggedRows, store }: WhatIfPorts) => {
  const kept = new Map<string, Triable>();
  /** Who looked at which prediction: each change of its row would be a row of the audit. */
  const told = new Set<string>();

  async function triable(pipeline: string, number: number): Promise<Triable> {
    const { version, objectKey, sha256: hash } = await modelVersions.get(pipeline, number);
    const key = `${pipeline}/${version}/${hash}`;
    let found = kept.get(key);
    if (!found) {
      const text = new TextDecoder().decode(await store.get(objectKey));
      if (sha256(text) !== hash)
        throw new UserError(
          'OBJECT_CORRUPT',
          `The model of ${versionName(version)} of ${pipeline}, ${objectKey}, is not what was stored. ` +
            'Restore the object from a backup, or try another version.',
        );
      const artifact = parseArtifact(text);
      found = { version, artifact, scorer: compileScorer(artifact) };
    }
    kept.delete(key);
    kept.set(key, found);
    for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest);
    return found;
  }

  async function declared({ pipeline: name, versions }: Trial): Promise<Declared> {
    if (versions.length === 0 || versions.length > MOST_VERSIONS)
      throw new UserError('REQUEST_INVALID', `Name one version of ${name} to try, or two to compare.`);
    const today = await pipelines.declaration(await pipelines.applied(name));
    const trainedBy = new Map<number, Pipeline | null>();
    for (const version of versions) {
      const { revision } = await modelVersions.get(name, version);
      trainedBy.set(version, await readable(pipelines, { name, revision }));
    }
    return { today, trainedBy };
  }

  /** Beside the curve of the row, that of the rows of each version's holdout. */
  async function withDependence(tried: WhatIf, { today, trainedBy }: Declared): Promise<WhatIf> {
    const versions = tried.versions.map(async (each) => {
      const { trainingRun } = await modelVersions.get(tried.pipeline, each.version);
      const found = await trainingRuns.insightOf(trainingRun);
      const insight = found && shownBy(trainedBy.get(each.version) ?? null, today).insight(found);
      const dependence = insight?.dependence.find(({ column }) => column === tried.changed);
      return dependence ? { ...each, dependence } : each;
    });
    return { ...tried, versions: await Promise.all(versions) };
  }

  async function trial(
    { pipeline: name, versions, row = {}, ...asked }: Trial,
    declarations: Declared,
    logged: { id: string; row: Row } | null,
  ): Promise<WhatIf> {
    const { today, trainedBy } = declarations;
    const ready: Triable[] = [];
    for (const version of new Set(versions)) ready.push(await triable(name, version));
    const binning = await binnings.current(name);
    const sensitive = (column: string): boolean =>
      [today, ...trainedBy.values()].some((one) => one === null || isSensitive(one, column));
    const work = tryRow({ pipeline: today, sensitive, binning, versions: ready, logged, given: row, ...asked });
    let turn = performance.now();
    for (;;) {
      const { done, value } = work.next();
      if (done) return withDependence(value, declarations);
      if (performance.now() - turn < LONGEST_TURN_MS) continue;
      await setImmediate();
      turn = performance.now();
    }
  }

  return {
    /** Starts from the typical row. Estimates and classes reveal a sensitive label, so they are for who may operate, as logged rows are. */
    try: readsAs(({ actor }) => async (asked: Trial): Promise<WhatIf> => {
      const declarations = await declared(asked);
      const { today, trainedBy } = declarations;
      const isHidden = [today, ...trainedBy.values()].some((one) =>
        one ? answersAreSensitive(one) : today.label.kind !== 'binary',
      );
      if (isHidden && !may(actor, 'act'))
        throw new UserError(
          'NOT_PERMITTED',
          `${actor.name} is a viewer and may not try rows on versions of ${today.name}: they tell ` +
            `"${today.label.name}", which is declared sensitive, or was when they were trained. Ask an operator.`,
        );
      return trial(asked, declarations, null);
    }),

    /** Starts from the row of a prediction, which is somebody's: only who may operate sees it, and the audit says so. */
    tryLogged: acts(({ actor, record }) => async ({ prediction, ...asked }: Trial & { prediction: string }) => {
      const { pipeline } = asked;
      await pipelines.applied(pipeline);
      const row = AN_ID.test(prediction) ? await loggedRows.row(pipeline, prediction) : null;
      if (!row)
        throw new UserError(
          'REQUEST_INVALID',
          `The log of ${pipeline} has no prediction "${prediction}". Use the "id" of an answer: it is logged within seconds, ` +
            'and as long as predictions are kept.',
        );
      const tried = await trial(asked, await declared(asked), { id: prediction, row });
      const look = `${actor.name}/${prediction}`;
      if (!told.has(look)) await record({ action: 'try prediction', pipeline, details: { prediction } });
      told.add(look);
      if (told.size > MOST_TOLD) told.clear();
      return tried;
    }),
  };
};
