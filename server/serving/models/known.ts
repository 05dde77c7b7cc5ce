import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type ModelFiles } from './load-model.ts';
import { describeServing, versionsOf, type Serving } from '../serving.ts';
import { savedOf, type StateFile } from './serving-state.ts';
import { type Log } from '../../shipping/spool.ts';

/** A pipeline that this server knows, serving or not. */
export interface Known {
  /** The champion's declaration; without a champion, the newest readable one. */
  pipeline: Pipeline;
  revision: string;
  serving: Serving | null;
  /** Why the newest traffic is not served; null when it is. */
  problem: string | null;
  /** Whether the database was set back: its traffic is older than what is served. */
  setBack: boolean;
}

/** What this server knows of pipelines, logged and saved for its next start. */
export interface KnownPipelines {
  get(name: string): Known | undefined;
  all(): Known[];
  set(known: Known): void;
  /** Puts this into service, replacing what served before and any problem. */
  serve(serving: Serving): void;
  /** Records why the newest traffic is not served; logs it once. */
  tell(level: 'warn' | 'error', name: string, problem: string): void;
  /** The same, after a failed attempt. */
  failed(name: string, problem: string): void;
  /** Saves what is known; changes during a write go together into the next one. */
  save(): void;
  /** Resolves when what is known is saved, or the disk refused. */
  saved(): Promise<void>;
  /** Artifacts of traffic being taken up: already on disk, not served yet. */
  readonly arriving: Set<string>;
  /** Pipelines without a readable declaration, and why. */
  readonly unreadable: Map<string, string>;
  /** How often newer traffic could not be taken up. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface KnownOptions {
  files: Pick<ModelFiles, 'keepOnly'>;
  state: Pick<StateFile, 'write'>;
  log: Log;
}

export function createKnownPipelines({ files, state, log }: KnownOptions): KnownPipelines {
  const known = new Map<string, Known>();
  const failures = new Map<string, number>();
  const unreadable = new Map<string, string>();
  const arriving = new Set<string>();

  function tell(level: 'warn' | 'error', name: string, problem: string): void {
    const before = known.get(name);
    if (!before && unreadable.has(name)) return; // already reported
    if (before) known.set(name, { ...before, problem, setBack: false });
    if (before?.problem !== problem) log[level]({ pipeline: name }, `${name}: ${problem}; ${stillServes(before)}`);
  }

  const served = (): Set<string> =>
    new Set(
      [...known.values()].flatMap(({ serving }) =>
        serving ? versionsOf(serving).map(({ model }) => model.sha256) : [],
      ),
    );

  async function write(): Promise<void> {
    const saved = { format: 1 as const, pipelines: [...known.values()].map(savedOf) };
    try {
      await state.write(saved);
      const kept = served();
      // Models that begin to serve during the scan are not in `kept`, hence the second check before removing one.
      await files.keepOnly((sha256) => kept.has(sha256) || arriving.has(sha256) || served().has(sha256));
    } catch (error) {
      log.error({ err: error }, 'could not save what is served for the next start');
    }
  }

  let saving = Promise.resolve();
  let changed = false;

  return {
    arriving,
    unreadable,
    failures,
    tell,
    get: (name) => known.get(name),
    all: () => [...known.values()],
    set: (one) => void known.set(one.pipeline.name, one),
    serve(serving) {
      const { pipeline, revision } = serving.champion;
      known.set(pipeline.name, { pipeline, revision, serving, problem: null, setBack: false });
      unreadable.delete(pipeline.name);
    },
    failed(name, problem) {
      failures.set(name, (failures.get(name) ?? 0) + 1);
      tell('error', name, problem);
    },
    saved: () => saving,
    save() {
      if (changed) return;
      changed = true;
      saving = saving.then(() => {
        changed = false;
        return write();
      });
    },
  };
}

export const stillServes = (known: Known | undefined): string =>
  known?.serving ? `${describeServing(known.serving)} still serves` : 'nothing serves';
