import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type ModelFiles } from './load-model.ts';
import { describeServing, type Serving } from './serving.ts';
import { savedOf, type StateFile } from './serving-state.ts';
import { type Log } from '../shipping/spool.ts';

/** A pipeline of which this server knows, serving or not. */
export interface Known {
  /** The champion's declaration; while nothing serves, the newest that could be read. */
  pipeline: Pipeline;
  revision: string;
  serving: Serving | null;
  /** Why the newest traffic is not served; null when it is. */
  problem: string | null;
  /** Whether the database holds an older traffic than is served: it was set back. */
  setBack: boolean;
}

/** What this server knows of pipelines, told to its log and written down for its next start. */
export interface KnownPipelines {
  get(name: string): Known | undefined;
  all(): Known[];
  set(known: Known): void;
  /** Puts this into service, in the place of what served before and of any problem. */
  serve(serving: Serving): void;
  /** Notes why the newest traffic is not served; logged once. */
  tell(level: 'warn' | 'error', name: string, problem: string): void;
  /** The same, of an attempt that failed. */
  failed(name: string, problem: string): void;
  /** Writes down what is known; all that changes while it is written goes into the next writing together. */
  save(): void;
  /** Resolves when what is known is written down, as far as the disk lets it be. */
  saved(): Promise<void>;
  /** Artifacts of traffic that is being taken up: on disk already, and not served yet. */
  readonly arriving: Set<string>;
  /** Pipelines of which no declaration can be read, and why. */
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
    if (!before && unreadable.has(name)) return; // which is told already
    if (before) known.set(name, { ...before, problem, setBack: false });
    if (before?.problem !== problem) log[level]({ pipeline: name }, `${name}: ${problem}; ${stillServes(before)}`);
  }

  const served = (): Set<string> =>
    new Set(
      [...known.values()].flatMap(({ serving }) =>
        serving ? [...serving.arms.map(({ model }) => model.sha256), serving.fallback?.sha256 ?? []].flat() : [],
      ),
    );

  async function write(): Promise<void> {
    const saved = { format: 1 as const, pipelines: [...known.values()].map(savedOf) };
    try {
      await state.write(saved);
      const kept = served();
      // What begins to serve while files are looked through is not in `kept`: hence the second look before one is removed.
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
