import { type LabelKind } from '../../../core/data/labels/label-kinds.ts';
import { sharesOf } from '../../../core/metrics/confusion.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../../core/declaration/pipelines.ts';
import { type CurrentTraffic } from '../../../core/rollout/traffic.ts';
import { SECOND } from '../../../core/time/time.ts';
import { type Metrics } from '../../../core/metrics/metrics.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { stillServes, type KnownPipelines } from '../models/known.ts';
import { ifToBeHad, loadNamed, type LoadedModel, type ModelFiles, type VersionRef } from '../models/load-model.ts';
import {
  composeServing,
  describeServing,
  standingOf,
  versionsOf,
  type LoadedVersion,
  type Serving,
} from '../serving.ts';
import { type Log } from '../../shipping/spool.ts';
import { tellIfSlow, unlessStopped, within } from '../../../core/time/time-limit.ts';

export interface Taking {
  /** Aborts the attempt, which then rejects without a report. */
  signal: AbortSignal;
  /** Called once when the attempt only waits for the object store. */
  onSlow(): void;
}

/** A registered version, as far as serving reads it. */
export type Registered = VersionRef &
  Pick<ModelVersion, 'revision'> & { evaluation?: { challenger: Pick<Metrics, 'rows' | 'positives' | 'confusion'> } };

export interface TakingUpOptions {
  modelVersions: { get(pipeline: string, version: number): Promise<Registered> };
  pipelines: Pick<Pipelines, 'declaration'>;
  files: ModelFiles;
  log: Log;
  slowMs: number;
}

const LONGEST_QUESTION = 30 * SECOND; // a connection can hang for ever; the next attempt takes another one
const TO_ITS_END: Taking = { signal: new AbortController().signal, onSlow: () => undefined };

/** Takes up the database's traffic if it is newer than what is served. */
export function createTakingUp(
  known: KnownPipelines,
  { modelVersions, pipelines, files, log, slowMs }: TakingUpOptions,
) {
  /** For traffic that is not newer: all is well if it is what is served. */
  function compareWith(traffic: CurrentTraffic, serving: Serving): void {
    const { pipeline: name, generation, arms, changedAt } = traffic;
    const before = known.get(name)!;
    if (standingOf(traffic, serving) === 'same') {
      if (serving.changedAt === null) known.set({ ...before, serving: { ...serving, changedAt } });
      else if (before.problem !== null) known.set({ ...before, problem: null, setBack: false });
      return;
    }
    const there = arms.map(({ version }) => versionName(version)).join(', ');
    const problem =
      `the database was set back: it has generation ${generation} of the traffic (${there}), which is older than the served generation ` +
      `${serving.generation}. Choose the version to serve: perennial models promote ${name} VERSION --again`;
    if (before.problem === problem) return;
    known.set({ ...before, problem, setBack: true });
    log.error({ pipeline: name, generation }, `${name}: ${problem}; ${stillServes(before)}`);
  }

  /** Loads all versions of the traffic: those that already serve from memory, others from disk or store. */
  async function load(traffic: CurrentTraffic, { signal, onSlow }: Taking, arriving: (sha256: string) => void) {
    const { pipeline: name, previous, shadow } = traffic;
    const current = known.get(name)?.serving;
    const inMemory = current ? versionsOf(current) : [];
    const ask = <T>(question: Promise<T>): Promise<T> =>
      unlessStopped(signal, within(LONGEST_QUESTION, `asking the database about ${name}`, question));

    async function modelOf(version: VersionRef): Promise<LoadedModel> {
      arriving(version.sha256);
      const there = inMemory.find(({ model }) => model.sha256 === version.sha256 && model.version === version.version);
      return there?.model ?? loadNamed(files, name, version, signal);
    }

    async function declaredOf(version: Registered, loading: Promise<LoadedModel>): Promise<LoadedVersion> {
      const model = await loading;
      const { revision } = version;
      const pipeline = await ask(pipelines.declaration({ name, revision }));
      return { model, revision, pipeline, ...priorOf(pipeline, model, version) };
    }

    /** A version that must be there before this traffic is served. */
    function needed(version: Registered): Promise<LoadedVersion> {
      const isSlow = (): void => {
        known.tell('warn', name, stillToCome(version, slowMs));
        onSlow();
      };
      return declaredOf(version, tellIfSlow(slowMs, isSlow, modelOf(version)));
    }

    async function fallbackOf(version: number): Promise<LoadedVersion> {
      const registered = await ask(modelVersions.get(name, version));
      return declaredOf(registered, modelOf(registered));
    }

    const wanted = shadow === null ? traffic.arms : [...traffic.arms, { version: shadow }];
    const versions = await ask(Promise.all(wanted.map(({ version }) => modelVersions.get(name, version))));
    const loaded: LoadedVersion[] = [];
    for (const version of versions) loaded.push(await needed(version));
    const servedBefore = current?.arms.find(({ model }) => model.version === previous) ?? null;
    const fallback =
      previous === null || servedBefore
        ? servedBefore
        : await ifToBeHad(fallbackOf(previous), { what: 'fallback', name, version: previous, slowMs, log, signal });
    return composeServing(traffic, {
      arms: traffic.arms.map(({ share }, i) => ({ ...loaded[i]!, share })),
      shadow: loaded[traffic.arms.length] ?? null,
      fallback,
    });
  }

  return async (traffic: CurrentTraffic, taking = TO_ITS_END): Promise<boolean> => {
    const { pipeline: name, generation } = traffic;
    const current = known.get(name)?.serving;
    if (current && standingOf(traffic, current) !== 'newer') {
      compareWith(traffic, current);
      return false;
    }
    const arrived: string[] = [];
    try {
      const serving = await load(traffic, taking, (sha256) => {
        known.arriving.add(sha256);
        arrived.push(sha256);
      });
      const meanwhile = known.get(name)?.serving;
      if (meanwhile && standingOf(traffic, meanwhile) !== 'newer') return false; // overtaken while it loaded
      known.serve(serving);
      log.info(
        { pipeline: name, generation },
        `${name} serves ${describeServing(serving)} since generation ${generation}`,
      );
    } catch (error) {
      if (!taking.signal.aborted) known.failed(name, messageOf(error));
      throw error;
    } finally {
      for (const sha256 of arrived) known.arriving.delete(sha256);
    }
    known.save();
    return true;
  };
}

function priorOf(
  { label }: Pipeline,
  { mean }: LoadedModel,
  { evaluation }: Registered,
): Pick<LoadedVersion, 'prior' | 'shares'> {
  const { rows, positives, confusion } = evaluation?.challenger ?? { rows: 0, positives: 0 };
  const prior: Record<LabelKind, () => Pick<LoadedVersion, 'prior' | 'shares'>> = {
    binary: () => ({ prior: rows > 0 ? positives / rows : null, shares: null }),
    number: () => ({ prior: mean, shares: null }),
    class() {
      const shares = rows > 0 && confusion ? sharesOf(confusion) : null;
      return { prior: shares && Math.max(...shares), shares };
    },
  };
  return prior[label.kind]();
}

const stillToCome = ({ version, objectKey }: VersionRef, afterMs: number): string =>
  `${versionName(version)} waits for the object store, which has not sent ${objectKey} within ${afterMs / SECOND} s`;
