import { messageOf } from '../../../core/base/errors/errors.ts';
import { type CurrentTraffic } from '../../../core/rollout/traffic.ts';
import { SECOND } from '../../../core/time/time.ts';
import { createKnownPipelines, type Known } from './known.ts';
import { ifToBeHad, loadNamed } from './load-model.ts';
import { composeServing, describeServing, type LoadedArm, type LoadedVersion } from '../serving.ts';
import { type SavedVersion, type ServingState, type StateFile } from './serving-state.ts';
import { createTakingUp, type Taking, type TakingUpOptions } from '../traffic/taking-up.ts';

export interface Models {
  get(pipeline: string): Known | undefined;
  all(): Known[];
  /** Serves what this machine served last. */
  restore(): Promise<void>;
  /**
   * Registers an applied pipeline and, while it serves nothing, its newest declaration; throws if that is unreadable.
   */
  know(ref: { name: string; revision: string }): Promise<void>;
  /**
   * Serves this traffic if it is newer; reports an older one. When it throws, the previous traffic still serves. True
   * when it was swapped in.
   */
  apply(traffic: CurrentTraffic, taking?: Taking): Promise<boolean>;
  /** Resolves when what is known is saved for the next start, or the disk refused. */
  saved(): Promise<void>;
  /** Pipelines without a readable declaration, and why. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** How often newer traffic could not be taken up. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface ModelsOptions extends Omit<TakingUpOptions, 'slowMs'> {
  state: StateFile;
  /** After this long a missing artifact is reported, and a fallback is given up. */
  slowMs?: number;
}

export function createModels(options: ModelsOptions): Models {
  const { pipelines, files, state, log, slowMs = 5 * SECOND } = options;
  const known = createKnownPipelines(options);

  async function restoreOne({ declaration, revision, traffic }: Saved, signal: AbortSignal): Promise<void> {
    const { name } = declaration;
    known.set({ pipeline: declaration, revision, serving: null, problem: null, setBack: false });
    if (!traffic) return;
    async function load({ declared, prior, shares, ...ref }: SavedVersion): Promise<LoadedVersion> {
      const model = await loadNamed(files, name, ref, signal);
      const pipeline = declared?.declaration ?? declaration;
      return { model, prior, shares, pipeline, revision: declared?.revision ?? revision };
    }
    const optional = (what: string, version: SavedVersion | null): Promise<LoadedVersion | null> | null =>
      version && ifToBeHad(load(version), { what, name, version: version.version, slowMs, log });
    const fallback = await optional('fallback', traffic.fallback);
    try {
      const arms: LoadedArm[] = [];
      for (const { share, ...version } of traffic.arms) arms.push({ ...(await load(version)), share });
      const shadow = await optional('shadow', traffic.shadow);
      const serving = composeServing(traffic, { arms, shadow, fallback });
      known.serve(serving);
      log.info(
        { pipeline: name, version: serving.champion.model.version },
        `${name} serves ${describeServing(serving)} from disk`,
      );
    } catch (error) {
      // The previous version is better than none; the previous generation lets the watch try the newest again.
      if (fallback)
        known.serve(
          composeServing(
            { ...traffic, generation: traffic.generation - 1, champion: fallback.model.version },
            { arms: [{ ...fallback, share: 1 }], shadow: null, fallback: null },
          ),
        );
      known.failed(name, messageOf(error));
    }
  }

  return {
    failures: known.failures,
    unreadable: known.unreadable,
    saved: known.saved,
    get: known.get,
    all: known.all,
    apply: createTakingUp(known, { ...options, slowMs }),

    async restore() {
      const { pipelines: saved } = await state.read();
      const patience = new AbortController(); // only for artifacts that are not on disk
      const timer = setTimeout(() => patience.abort(new Error('the object store did not send it in time')), slowMs);
      for (const one of saved) await restoreOne(one, patience.signal);
      clearTimeout(timer);
    },

    async know({ name, revision }) {
      const before = known.get(name);
      // A serving pipeline is described by the declaration that its champion was trained with.
      if (before && (before.serving || before.revision === revision)) return;
      try {
        const pipeline = await pipelines.declaration({ name, revision });
        const meanwhile = known.get(name);
        if (meanwhile?.serving) return;
        known.set({ pipeline, revision, serving: null, problem: meanwhile?.problem ?? null, setBack: false });
        known.unreadable.delete(name);
      } catch (error) {
        const problem = messageOf(error);
        if (known.unreadable.get(name) !== problem) log.error({ pipeline: name }, `${name}: ${problem}`);
        known.unreadable.set(name, problem);
        throw error;
      }
      known.save();
    },
  };
}

type Saved = ServingState['pipelines'][number];
