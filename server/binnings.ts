import { type Binning } from '../core/binning.ts';
import { type Catalogue } from '../core/ports.ts';
import { SECOND } from '../core/time.ts';

/** A pipeline that is binned anew without a change of traffic is counted in its new bins at most this much later. */
const FRESH_FOR = 5 * SECOND;

/** The binnings in which predictions are counted, at hand while a batch is written. */
export interface Binnings {
  /** Asks the catalogue for those that are not known or not fresh; a pipeline without a binning is absent. */
  of(pipelines: Iterable<string>): Promise<Map<string, Binning>>;
  forget(pipeline: string): void;
}

export function createBinnings(catalogue: Pick<Catalogue, 'binning'>): Binnings {
  const known = new Map<string, { binning: Binning; until: number }>();
  return {
    async of(pipelines) {
      const found = new Map<string, Binning>();
      for (const pipeline of new Set(pipelines)) {
        let entry = known.get(pipeline);
        if (!entry || entry.until < Date.now()) {
          const binning = await catalogue.binning(pipeline);
          if (!binning) continue;
          entry = { binning, until: Date.now() + FRESH_FOR };
          known.set(pipeline, entry);
        }
        found.set(pipeline, entry.binning);
      }
      return found;
    },
    forget: (pipeline) => void known.delete(pipeline),
  };
}
