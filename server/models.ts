import { messageOf, UserError } from '../core/base/errors.ts';
import { type Pipeline } from '../core/declaration/pipeline.ts';
import { type Pipelines } from '../core/declaration/pipelines.ts';
import { type Registry } from '../core/training/registry.ts';
import { versionName } from '../core/base/ids.ts';
import { SECOND } from '../core/time/time.ts';
import { type CurrentTraffic, type ModelVersion } from '../core/training/training.ts';
import { loadProblem, type LoadedModel, type ModelFiles, type VersionRef } from './load-model.ts';
import { composeServing, describeServing, standingOf, type Serving } from './serving.ts';
import { type ServingState, type StateFile } from './serving-state.ts';
import { type Log } from './spool.ts';
import { tellIfSlow, unlessStopped, within } from './time-limit.ts';

/** A pipeline of which this server knows, serving or not. */
export interface Known {
  pipeline: Pipeline;
  revision: string;
  serving: Serving | null;
  /** Why the newest traffic is not served; null when it is. */
  problem: string | null;
  /** Whether the database holds an older traffic than is served: it was set back. */
  setBack: boolean;
}

export interface Models {
  get(pipeline: string): Known | undefined;
  all(): Known[];
  /** Serves what this machine served last. */
  restore(): Promise<void>;
  /** Takes note of an applied pipeline and, while it serves nothing, of its newest declaration; throws when that cannot be read. */
  know(ref: { name: string; revision: string }): Promise<void>;
  /** Serves this traffic if it is newer; tells of one that is older than what is served. When it throws, what served before still serves. True when it was swapped in. */
  apply(traffic: CurrentTraffic, taking?: Taking): Promise<boolean>;
  /** Resolves when what is known is written down for the next start, as far as the disk lets it be. */
  saved(): Promise<void>;
  /** Pipelines of which no declaration can be read, and why. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** How often newer traffic could not be taken up. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface Taking {
  /** Ends the attempt, which then rejects and is told to nobody. */
  signal: AbortSignal;
  /** Called once when the attempt does nothing but wait for the object store. */
  onSlow(): void;
}

export interface ModelsOptions {
  registry: Pick<Registry, 'version'>;
  pipelines: Pick<Pipelines, 'declaration'>;
  files: ModelFiles;
  state: StateFile;
  log: Log;
  /** After this long an artifact that does not come is told, and no fallback is waited for. */
  slowMs?: number;
}

const LONGEST_QUESTION = 30 * SECOND; // a connection may hang for ever; the next attempt takes another one
const TO_ITS_END: Taking = { signal: new AbortController().signal, onSlow: () => undefined };

export function createModels(options: ModelsOptions): Models {
  const { registry, pipelines, files, state, log, slowMs = 5 * SECOND } = options;
  const known = new Map<string, Known>();
  const failures = new Map<string, number>();
  const unreadable = new Map<string, string>();

  function tell(level: 'warn' | 'error', name: string, problem: string): void {
    const before = known.get(name);
    if (!before && unreadable.has(name)) return; // which is told already
    if (before) known.set(name, { ...before, problem, setBack: false });
    if (before?.problem !== problem) log[level]({ pipeline: name }, `${name}: ${problem}; ${stillServes(before)}`);
  }

  function failed(name: string, problem: string): void {
    failures.set(name, (failures.get(name) ?? 0) + 1);
    tell('error', name, problem);
  }

  let saving = Promise.resolve();
  let changed = false;
  /** Writes down what is known; all that changes while it is written goes into the next writing together. */
  function save(): void {
    if (changed) return;
    changed = true;
    saving = saving.then(() => {
      changed = false;
      return write();
    });
  }

  /** Artifacts of traffic that is being taken up: on disk already, and not served yet. */
  const arriving = new Set<string>();
  const served = (): Set<string> =>
    new Set(
      [...known.values()].flatMap(({ serving }) =>
        serving ? [...serving.arms.map(({ model }) => model.sha256), serving.fallback?.sha256 ?? []].flat() : [],
      ),
    );

  async function write(): Promise<void> {
    const saved = { format: 1 as const, pipelines: [...known.values()].map(toSaved) };
    try {
      await state.write(saved);
      const kept = served();
      // What begins to serve while files are looked through is not in `kept`: hence the second look before one is removed.
      await files.keepOnly((sha256) => kept.has(sha256) || arriving.has(sha256) || served().has(sha256));
    } catch (error) {
      log.error({ err: error }, 'what is served could not be saved for the next start');
    }
  }

  /** A fallback is good to have: nothing waits long for one, or fails without it, unless `signal` ends the whole attempt. */
  async function ifToBeHad(name: string, version: number, loading: Promise<LoadedModel>, signal?: AbortSignal) {
    return within(slowMs, `loading ${versionName(version)}`, loading).catch((error: unknown) => {
      signal?.throwIfAborted();
      log.warn({ pipeline: name }, `${name} has no fallback: ${messageOf(error)}`);
      return null;
    });
  }

  /** The traffic is not newer: all is well when it is what is served. */
  function compareWith(traffic: CurrentTraffic, serving: Serving): void {
    const { pipeline: name, generation, shares, changedAt } = traffic;
    const before = known.get(name)!;
    if (standingOf(traffic, serving) === 'same') {
      if (serving.changedAt === null) known.set(name, { ...before, serving: { ...serving, changedAt } });
      else if (before.problem !== null) known.set(name, { ...before, problem: null, setBack: false });
      return;
    }
    const there = shares.map(({ version }) => versionName(version)).join(', ');
    const problem =
      `the database was set back: it has generation ${generation} of the traffic (${there}), which is older than generation ` +
      `${serving.generation} that is served. Say which version is to serve: perennial promote ${name} VERSION --again`;
    if (before.problem === problem) return;
    known.set(name, { ...before, problem, setBack: true });
    log.error({ pipeline: name, generation }, `${name}: ${problem}; ${stillServes(before)}`);
  }

  type Saved = ServingState['pipelines'][number];
  async function restoreOne({ declaration, revision, traffic }: Saved, signal: AbortSignal): Promise<void> {
    const { name } = declaration;
    known.set(name, { pipeline: declaration, revision, serving: null, problem: null, setBack: false });
    if (!traffic) return;
    const before = traffic.fallback;
    const fallback = before && (await ifToBeHad(name, before.version, loadNamed(files, name, before, signal)));
    const loaded: { model: LoadedModel; share: number }[] = [];
    try {
      for (const arm of traffic.arms)
        loaded.push({ model: await loadNamed(files, name, arm, signal), share: arm.share });
    } catch (error) {
      // The version before is better than none; the generation before lets the watch try the newest again.
      const serving = fallback
        ? composeServing(
            declaration,
            revision,
            { ...traffic, generation: traffic.generation - 1 },
            [{ model: fallback, share: 1 }],
            null,
          )
        : null;
      known.set(name, { pipeline: declaration, revision, serving, problem: null, setBack: false });
      failed(name, messageOf(error));
      return;
    }
    const serving = composeServing(declaration, revision, traffic, loaded, fallback);
    known.set(name, { pipeline: declaration, revision, serving, problem: null, setBack: false });
    log.info(
      { pipeline: name, version: serving.arms[0]?.model.version },
      `${name} serves ${describeServing(serving)} from disk`,
    );
  }

  return {
    failures,
    unreadable,
    saved: () => saving,
    get: (name) => known.get(name),
    all: () => [...known.values()],

    async restore() {
      const { pipelines: saved } = await state.read();
      const patience = new AbortController(); // for what is not on disk; what is needs none
      const timer = setTimeout(() => patience.abort(new Error('the object store did not send it in time')), slowMs);
      for (const one of saved) await restoreOne(one, patience.signal);
      clearTimeout(timer);
    },

    async know({ name, revision }) {
      const before = known.get(name);
      // A serving pipeline's requests are checked by the declaration its champion was trained with.
      if (before && (before.serving || before.revision === revision)) return;
      try {
        const pipeline = await pipelines.declaration({ name, revision });
        const meanwhile = known.get(name);
        if (meanwhile?.serving) return;
        known.set(name, { pipeline, revision, serving: null, problem: meanwhile?.problem ?? null, setBack: false });
        unreadable.delete(name);
      } catch (error) {
        const problem = messageOf(error);
        if (unreadable.get(name) !== problem) log.error({ pipeline: name }, `${name}: ${problem}`);
        unreadable.set(name, problem);
        throw error;
      }
      save();
    },

    async apply(traffic, { signal, onSlow } = TO_ITS_END) {
      const { pipeline: name, generation, previous } = traffic;
      const current = known.get(name)?.serving;
      if (current && standingOf(traffic, current) !== 'newer') {
        compareWith(traffic, current);
        return false;
      }
      const ask = <T>(question: Promise<T>): Promise<T> =>
        unlessStopped(signal, within(LONGEST_QUESTION, `asking the database about ${name}`, question));
      const arrived: string[] = [];
      const load = (version: ModelVersion): Promise<LoadedModel> => {
        arriving.add(version.sha256);
        arrived.push(version.sha256);
        return loadNamed(files, name, version, signal, current);
      };
      try {
        const arms: { model: LoadedModel; share: number }[] = [];
        const shares = traffic.shares.filter(({ share }) => share > 0).sort((a, b) => b.version - a.version);
        const versions = await ask(Promise.all(shares.map(({ version }) => registry.version(name, version))));
        for (const [i, version] of versions.entries()) {
          const isSlow = (): void => {
            tell('warn', name, stillToCome(version, slowMs));
            onSlow();
          };
          arms.push({ model: await tellIfSlow(slowMs, isSlow, load(version)), share: shares[i]!.share });
        }
        const revision = largest(arms, versions)?.revision;
        if (revision === undefined)
          throw new UserError('MODEL_UNKNOWN', `generation ${generation} of the traffic of ${name} names no version.`);
        const pipeline = await ask(pipelines.declaration({ name, revision }));
        const inMemory = current?.arms.find(({ model }) => model.version === previous)?.model ?? null;
        const fallback =
          previous === null || inMemory
            ? inMemory
            : await ifToBeHad(name, previous, ask(registry.version(name, previous)).then(load), signal);
        const serving = composeServing(pipeline, revision, traffic, arms, fallback);
        const meanwhile = known.get(name)?.serving;
        if (meanwhile && standingOf(traffic, meanwhile) !== 'newer') return false; // overtaken while it loaded
        known.set(name, { pipeline, revision, serving, problem: null, setBack: false });
        unreadable.delete(name);
        log.info(
          { pipeline: name, generation },
          `${name} serves ${describeServing(serving)} since generation ${generation}`,
        );
      } catch (error) {
        if (!signal.aborted) failed(name, messageOf(error));
        throw error;
      } finally {
        for (const sha256 of arrived) arriving.delete(sha256);
      }
      save();
      return true;
    },
  };
}

/** A version from memory when it serves already, else from disk or store; a failure names the version. */
async function loadNamed(
  files: ModelFiles,
  name: string,
  ref: VersionRef,
  signal: AbortSignal,
  current?: Serving | null,
): Promise<LoadedModel> {
  const there = [...(current?.arms.map((arm) => arm.model) ?? []), current?.fallback].find(
    (model) => model?.sha256 === ref.sha256 && model.version === ref.version,
  );
  if (there) return there;
  const { version, objectKey, sha256, createdAt } = ref;
  return files.load(name, { version, objectKey, sha256, createdAt }, signal).catch((error: unknown) => {
    throw new Error(loadProblem(version, error), { cause: error });
  });
}

const stillToCome = ({ version, objectKey }: VersionRef, afterMs: number): string =>
  `${versionName(version)} waits for the object store, which has not sent ${objectKey} in ${afterMs / SECOND} s`;

function largest<T>(arms: readonly { share: number }[], items: readonly T[]): T | undefined {
  const most = Math.max(...arms.map((arm) => arm.share));
  return items[arms.findIndex((arm) => arm.share === most)];
}

function toSaved({ pipeline, revision, serving }: Known): ServingState['pipelines'][number] {
  const refOf = ({ version, objectKey, sha256, createdAt }: LoadedModel) => ({ version, objectKey, sha256, createdAt });
  return {
    declaration: pipeline,
    revision,
    traffic: serving && {
      generation: serving.generation,
      changedAt: serving.changedAt,
      arms: serving.arms.map(({ model, share }) => ({ ...refOf(model), share })),
      fallback: serving.fallback && refOf(serving.fallback),
    },
  };
}

const stillServes = (known: Known | undefined): string =>
  known?.serving ? `${describeServing(known.serving)} still serves` : 'nothing serves';
