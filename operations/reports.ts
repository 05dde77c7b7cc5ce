import { reportMail } from '../core/alerts/report-mail.ts';
import { UserError } from '../core/base/errors/errors.ts';
import { versionName } from '../core/base/ids.ts';
import type { ObjectStore } from '../core/data/objects/objects.ts';
import type { Snapshots } from '../core/data/snapshots.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { redactorOf, shownBy } from '../core/declaration/redaction/redaction.ts';
import type { Verdict } from '../core/drift/verdict.ts';
import type { Verdicts } from '../core/drift/verdicts.ts';
import type { ModelVersions } from '../core/training/versions/model-versions.ts';
import { cardJsonIn } from '../core/training/versions/card-json.ts';
import type { Instant } from '../core/time/time.ts';
import { readableToday } from './declarations.ts';
import { reads } from './door.ts';

export interface ReportPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  verdicts: Pick<Verdicts, 'get' | 'list'>;
  snapshots: Pick<Snapshots, 'get'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  store: Pick<ObjectStore, 'get'>;
}

/** Of a pipeline that is checked each hour, more than a day's. */
const CHECKS = 30;

export const reportKinds = ['drift', 'quality', 'models'] as const;
export type ReportKind = (typeof reportKinds)[number];

interface DriftReport {
  verdict: string;
  reportKey: string;
  html: string;
  /** The newest check, where its report is not written yet and this is an earlier one's. */
  newer: { verdict: string; asOf: Instant } | null;
}

const noCheck = (pipeline: string): UserError =>
  new UserError('VERDICT_UNKNOWN', `${pipeline} has no drift check yet. Run one: perennial run ${pipeline} monitoring`);

/** Finds reports among the stored objects; of a verdict the newest, unless said. */
export const createReports = ({ pipelines, verdicts, snapshots, modelVersions, store }: ReportPorts) => {
  // Keys come from the database, never from the request.
  async function cardKey(pipeline: string, id: string): Promise<string> {
    const { version, cardKey } = await modelVersions.get(pipeline, Number(/^v?(\d{1,9})$/.exec(id)?.[1] ?? 0));
    if (cardKey !== null) return cardKey;
    throw new UserError(
      'MODEL_UNKNOWN',
      `The card of ${versionName(version)} is not written yet. Try again in a moment.`,
    );
  }
  async function qualityKey(pipeline: string, id: string): Promise<string> {
    const snapshot = await snapshots.get(id);
    if (snapshot.pipeline !== pipeline)
      throw new UserError('SNAPSHOT_MISSING', `${pipeline} has no snapshot ${id}: it is one of ${snapshot.pipeline}.`);
    if (snapshot.reportKey !== null) return snapshot.reportKey;
    throw new UserError(
      'SNAPSHOT_MISSING',
      `Snapshot ${id} has not been checked yet, so it has no report. Try again in a moment.`,
    );
  }

  async function drift(pipeline: string, verdictId?: string): Promise<DriftReport> {
    await pipelines.applied(pipeline);
    // The newest may still be in writing: then the previous one is the newest complete one.
    const newest = verdictId ? [await verdicts.get(pipeline, verdictId)] : await verdicts.list(pipeline, 5);
    const verdict = newest.find(({ reportKey }) => reportKey !== null) ?? newest[0];
    if (!verdict) throw noCheck(pipeline);
    if (verdict.reportKey === null)
      throw new UserError(
        'VERDICT_UNKNOWN',
        `The report of verdict ${verdict.id} is not written yet. Try again in a moment.`,
      );
    const html = new TextDecoder().decode(await store.get(verdict.reportKey));
    const newer = newest[0]!.id === verdict.id ? null : { verdict: newest[0]!.id, asOf: newest[0]!.asOf };
    return { verdict: verdict.id, reportKey: verdict.reportKey, html, newer };
  }

  async function stored(pipeline: string, kind: ReportKind, id: string): Promise<string> {
    await pipelines.applied(pipeline);
    if (kind === 'drift') return (await drift(pipeline, id)).html;
    const key = kind === 'models' ? await cardKey(pipeline, id) : await qualityKey(pipeline, id);
    return new TextDecoder().decode(await store.get(key));
  }

  return {
    drift: reads(drift),

    /** The newest checks, as today's declaration shows them: a column may have become sensitive since. */
    checks: reads(async (pipeline: string): Promise<Verdict[]> => {
      const shown = shownBy(await readableToday(pipelines, pipeline));
      return (await verdicts.list(pipeline, CHECKS)).map(shown.verdict);
    }),

    /** The report of a check for a mail: of the newest, unless said. */
    mail: reads(async (pipeline: string, verdictId?: string): Promise<{ verdict: string; html: string }> => {
      const declaration = await pipelines.declaration(await pipelines.applied(pipeline));
      const [verdict] = verdictId ? [await verdicts.get(pipeline, verdictId)] : await verdicts.list(pipeline, 1);
      if (verdict) {
        const shown = redactorOf(declaration).verdict(verdict);
        return { verdict: verdict.id, html: reportMail(shown, declaration) };
      }
      throw noCheck(pipeline);
    }),

    /** The page that a loop wrote of a check, a snapshot or a version; only of one that is this pipeline's own. */
    stored: reads(stored),

    /** A version's card for programs, by the Model Card Toolkit's schema. */
    card: reads(async (pipeline: string, version: number): Promise<object> => {
      const json = cardJsonIn(await stored(pipeline, 'models', versionName(version)));
      if (json !== null) return json as object;
      throw new UserError(
        'REQUEST_INVALID',
        `An earlier release wrote the card of ${versionName(version)} of ${pipeline}, without its JSON. Read it as a page: ` +
          `perennial models card ${pipeline} ${versionName(version)} --as html`,
      );
    }),
  };
};
